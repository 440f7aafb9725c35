//! Prometheus' text format, read back.

use std::collections::BTreeMap;

/// Every series with its value. The labels stand in the order of their names, and none is empty: to
/// Prometheus that is a label which is not there.
pub(crate) fn series(text: &str) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').expect("a value");
        let value = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        assert!(all.insert(ordered(series), value).is_none(), "twice: {line}");
    }
    all
}

fn ordered(series: &str) -> String {
    let Some((name, labels)) = series.split_once('{') else {
        return series.to_owned();
    };
    let labels = labels.strip_suffix('}').expect("an end of the labels");
    let mut pairs = Vec::new();
    let mut rest = labels;
    while !rest.is_empty() {
        let end = end_of_pair(rest);
        pairs.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(',');
    }
    pairs.retain(|pair| !pair.ends_with("=\"\""));
    pairs.sort_unstable();
    format!("{name}{{{}}}", pairs.join(","))
}

/// Behind the quote that ends the first value.
fn end_of_pair(labels: &str) -> usize {
    let mut escaped = false;
    let mut quotes = 0;
    for (at, c) in labels.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' if quotes == 1 => return at + 1,
            '"' => quotes += 1,
            _ => {}
        }
    }
    panic!("no end of a value: {labels}");
}

#[test]
fn ok_labels_are_put_in_order() {
    let text = "# HELP a b\na 1\nb{y=\"1,\\\"}\",x=\"\",c=\"d e\"} 2.5e+03\n";
    let all: Vec<(String, f64)> = series(text).into_iter().collect();
    assert_eq!(all, [("a".to_owned(), 1.0), ("b{c=\"d e\",y=\"1,\\\"}\"}".to_owned(), 2500.0)]);
}
