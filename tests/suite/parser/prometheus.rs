//! Prometheus' text format 0.0.4, as strict as `node_exporter`'s textfile collector and stricter.

use std::collections::{BTreeMap, BTreeSet};

use super::{Judged, decimal, lines};

/// The samples of one output by name and sorted labels.
pub(crate) type Samples = BTreeMap<(String, BTreeMap<String, String>), f64>;

/// Reads an output: families whose HELP and TYPE come first and once, each in one piece.
pub(crate) fn read(output: &str) -> Judged<Samples> {
    let mut samples = Samples::new();
    let mut finished: BTreeSet<String> = BTreeSet::new();
    let (mut family, mut helped, mut typed) = (String::new(), false, false);
    for line in lines(output)? {
        let wrong = |what: &str| format!("{what}: {line:?}");
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let [Some(keyword), Some(name), Some(rest)] =
                [words.next(), words.next(), words.next()]
            else {
                return Err(wrong("a comment"));
            };
            check_name(name, true)?;
            if name != family {
                if !(family.is_empty() || helped && typed) {
                    return Err(wrong("the family before has no TYPE"));
                }
                if !finished.insert(name.to_owned()) {
                    return Err(wrong("a family in two pieces"));
                }
                (family, helped, typed) = (name.to_owned(), false, false);
            }
            let seen = match keyword {
                "HELP" if !rest.trim().is_empty() => &mut helped,
                "TYPE" if ["counter", "gauge"].contains(&rest) => &mut typed,
                _ => return Err(wrong("neither HELP nor TYPE of a plain metric")),
            };
            if std::mem::replace(seen, true) || samples.keys().any(|(name, _)| *name == family) {
                return Err(wrong("HELP or TYPE twice or too late"));
            }
        } else {
            let (name, labels, value) = read_sample(line)?;
            if name != family || !helped || !typed {
                return Err(wrong("a sample outside its family"));
            }
            if samples.insert((name, labels), value).is_some() {
                return Err(wrong("the same series twice"));
            }
        }
    }
    if !samples.keys().any(|(name, _)| *name == family) {
        return Err(format!("no sample of {family:?}"));
    }
    Ok(samples)
}

/// `name{label="value",...} number`, without a time stamp.
fn read_sample(line: &str) -> Judged<(String, BTreeMap<String, String>, f64)> {
    let wrong = || format!("not a sample: {line:?}");
    let (name, rest) = line.split_once('{').ok_or_else(wrong)?;
    check_name(name, true)?;
    let mut labels = BTreeMap::new();
    let mut rest = rest;
    loop {
        let (label, after) = rest.split_once("=\"").ok_or_else(wrong)?;
        check_name(label, false)?;
        let (value, after) = read_quoted(after).ok_or_else(wrong)?;
        if labels.insert(label.to_owned(), value).is_some() {
            return Err(wrong());
        }
        let Some(next) = after.strip_prefix(',') else {
            let number = after.strip_prefix("} ").ok_or_else(wrong)?;
            return Ok((name.to_owned(), labels, decimal(number)?));
        };
        rest = next;
    }
}

/// A label's value up to its closing quote, and what follows; `\\`, `\"` and `\n` are all escapes
/// there are.
fn read_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match chars.next()?.1 {
                'n' => '\n',
                c @ ('\\' | '"') => c,
                _ => return None,
            }),
            c => value.push(c),
        }
    }
    None
}

fn check_name(name: &str, is_metric: bool) -> Judged<()> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let good = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(allowed);
    if !good || is_metric && !name.starts_with("mailhost_") {
        return Err(format!("the name {name:?}"));
    }
    if UNITS.iter().any(|unit| name.ends_with(&format!("_{unit}_{unit}"))) {
        return Err(format!("the name {name:?} says its unit twice"));
    }
    Ok(())
}

/// What a name ends with.
const UNITS: [&str; 3] = ["bytes", "ratio", "seconds"];

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# HELP mailhost_x_state What.\n# TYPE mailhost_x_state gauge\n\
        mailhost_x_state{target=\"a\\\"b\\\\c\"} 2\n\
        # HELP mailhost_x_time_seconds How long.\n# TYPE mailhost_x_time_seconds gauge\n\
        mailhost_x_time_seconds{target=\"a\",of=\"1\"} 0.5\n\
        mailhost_x_time_seconds{target=\"a\",of=\"2\"} -1\n";

    #[test]
    fn ok_a_good_text_is_understood() {
        let samples = read(GOOD).unwrap();
        let labels = BTreeMap::from([("target".to_owned(), "a\"b\\c".to_owned())]);
        let state = samples.get(&("mailhost_x_state".to_owned(), labels)).copied();
        assert_eq!((samples.len(), state), (3, Some(2.0)));
    }

    #[test]
    fn critical_every_fault_is_found() {
        for (from, to) in [
            ("} -1\n", "} -1"),
            ("} 2\n", "} 2 \n"),
            ("} 2\n", "} 2\n\n"),
            ("} 2\n", "} 2 1700000000\n"),
            ("} 2\n", "} NaN\n"),
            ("} 2\n", "} 1e3\n"),
            ("} 2\n", "} 2\nmailhost_x_state{target=\"a\\\"b\\\\c\"} 2\n"),
            ("of=\"2\"", "of=\"1\""),
            ("of=\"2\"", "target=\"2\""),
            ("of=\"2\"", "of=\"\\t\""),
            ("of=\"2\"", "of=\"\"\""),
            ("of=\"2\"", "Of=\"2\""),
            ("# TYPE mailhost_x_state gauge\n", ""),
            ("# HELP mailhost_x_state What.\n", ""),
            ("x_state gauge", "x_state histogram"),
            ("# TYPE mailhost_x_state", "# HELP mailhost_x_state"),
            ("mailhost_x_state{", "other{"),
            ("mailhost_x_time_seconds{target=\"a\",of=\"1\"}", "mailhost_x_state{target=\"a\"}"),
            ("# TYPE mailhost_x_time_seconds", "# TYPE mailhost_x_state"),
        ] {
            let bad = GOOD.replacen(from, to, 1);
            assert_ne!(bad, GOOD);
            assert!(read(&bad).is_err(), "{bad}");
        }
        assert!(read(&GOOD.replace("_seconds", "_seconds_seconds")).is_err());
    }
}
