//! The JSON object: its syntax is `serde_json`'s business, its shape is judged here.

use serde_json::{Map, Value};

use super::{Judged, STATES, badness, harmless, lines, unique_labels};

/// Reads the output of a run that ended with `code`.
pub(crate) fn read(output: &str, code: i32) -> Judged<Map<String, Value>> {
    let line = match lines(output)?.as_slice() {
        [line] => *line,
        lines => return Err(format!("{} lines", lines.len())),
    };
    let Value::Object(object) =
        serde_json::from_str(line).map_err(|error| format!("{error} in {line}"))?
    else {
        return Err(format!("not an object: {line}"));
    };
    keys(&object, &WHOLE, &["dropped"])?;
    all_harmless(&Value::Object(object.clone()))?;
    for key in ["plugin", "version", "target", "summary"] {
        text(&object, key)?;
    }
    if text(&object, "summary")?.is_empty() {
        return Err("an empty summary".to_owned());
    }
    let state = text(&object, "state")?;
    if object["code"].as_i64() != Some(code.into())
        || usize::try_from(code).ok().and_then(|code| STATES.get(code)) != Some(&state)
    {
        return Err(format!(
            "{state} and {} with the code {code}",
            object["code"]
        ));
    }
    findings(&object, state)?;
    metrics(&object)?;
    Ok(object)
}

/// The objects of one of the lists.
pub(crate) fn list<'a>(
    object: &'a Map<String, Value>,
    key: &str,
) -> Judged<Vec<&'a Map<String, Value>>> {
    object[key]
        .as_array()
        .and_then(|list| list.iter().map(Value::as_object).collect())
        .ok_or_else(|| format!("{key} is not a list of objects"))
}

/// A member that is a text.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Judged<&'a str> {
    object[key]
        .as_str()
        .ok_or_else(|| format!("{key} is not a text"))
}

fn findings(object: &Map<String, Value>, state: &str) -> Judged<()> {
    let mut worst = usize::MAX;
    for finding in list(object, "findings")? {
        keys(finding, &FINDING, &[])?;
        text(finding, "code")?;
        text(finding, "text")?;
        let this = badness(text(finding, "state")?)?;
        if this > worst {
            return Err("findings that are not worst first".to_owned());
        }
        if worst == usize::MAX && this != badness(state)? {
            return Err(format!("a worst finding that is not {state}"));
        }
        worst = this;
        optional(
            finding,
            &["subject", "action", "moved_from"],
            Value::is_string,
        )?;
    }
    Ok(())
}

fn metrics(object: &Map<String, Value>) -> Judged<()> {
    let metrics = list(object, "metrics")?;
    for metric in &metrics {
        keys(metric, &METRIC, &[])?;
        text(metric, "label")?;
        if !["", "s", "B", "%"].contains(&text(metric, "unit")?) {
            return Err(format!("the unit {}", metric["unit"]));
        }
        // JSON itself has no NaN and no infinity.
        if !metric["value"].is_number() {
            return Err(format!("the value {}", metric["value"]));
        }
        optional(
            metric,
            &["instance", "warning", "critical"],
            Value::is_string,
        )?;
        optional(metric, &["min", "max"], Value::is_number)?;
    }
    let labels: Vec<&str> = metrics
        .iter()
        .map(|metric| text(metric, "label"))
        .collect::<Judged<_>>()?;
    unique_labels(labels)
}

fn keys(object: &Map<String, Value>, must: &[&str], may: &[&str]) -> Judged<()> {
    if let Some(missing) = must.iter().find(|key| !object.contains_key(**key)) {
        return Err(format!("no {missing}"));
    }
    let known = |key: &&String| !must.contains(&key.as_str()) && !may.contains(&key.as_str());
    match object.keys().find(known) {
        Some(unknown) => Err(format!("an unknown member {unknown}")),
        None => Ok(()),
    }
}

fn optional(object: &Map<String, Value>, keys: &[&str], kind: fn(&Value) -> bool) -> Judged<()> {
    match keys
        .iter()
        .find(|key| !object[**key].is_null() && !kind(&object[**key]))
    {
        Some(key) => Err(format!("{key} is {}", object[*key])),
        None => Ok(()),
    }
}

fn all_harmless(value: &Value) -> Judged<()> {
    match value {
        Value::String(text) if text.contains('|') => Err(format!("a | in {text:?}")),
        Value::String(text) => harmless(text),
        Value::Array(list) => list.iter().try_for_each(all_harmless),
        Value::Object(map) => map.iter().try_for_each(|(key, value)| {
            harmless(key)?;
            all_harmless(value)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

const WHOLE: [&str; 9] = [
    "plugin", "version", "target", "state", "code", "summary", "findings", "metrics", "facts",
];
const FINDING: [&str; 6] = ["code", "state", "subject", "text", "action", "moved_from"];
const METRIC: [&str; 8] = [
    "label", "instance", "value", "unit", "warning", "critical", "min", "max",
];

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = concat!(
        r#"{"plugin":"check_x","version":"1","target":"t","state":"WARNING","code":1,"summary":"s","#,
        r#""findings":[{"code":"a-b","state":"WARNING","subject":null,"text":"x","action":"y","#,
        r#""moved_from":null}],"metrics":[{"label":"time","instance":null,"value":0.5,"unit":"s","#,
        r#""warning":"1","critical":null,"min":0.0,"max":null}],"facts":{}}"#,
        "\n",
    );

    #[test]
    fn ok_a_good_object_is_understood() {
        assert_eq!(read(GOOD, 1).unwrap()["plugin"], "check_x");
    }

    #[test]
    fn critical_every_fault_is_found() {
        for (from, to) in [
            ("\n", ""),
            ("\n", "\n\n"),
            ("\"code\":1", "\"code\":2"),
            ("\"code\":1", "\"code\":\"1\""),
            ("\"target\":\"t\",", ""),
            ("\"target\":\"t\"", "\"target\":\"t\",\"more\":1"),
            ("\"target\":\"t\"", "\"target\":null"),
            ("\"summary\":\"s\"", "\"summary\":\"\""),
            ("\"facts\":{}", "\"facts\":{\"a\":[\"\\u001b\"]}"),
            ("\"facts\":{}", "\"facts\":{\"\\u202e\":1}"),
            ("\"x\"", "\"<i>\""),
            ("\"x\"", "\"a|b\""),
            ("\"value\":0.5", "\"value\":null"),
            ("\"value\":0.5", "\"value\":\"0.5\""),
            ("\"unit\":\"s\"", "\"unit\":\"ms\""),
            ("\"label\":\"time\"", "\"label\":\"ti.me\""),
            (
                "\"state\":\"WARNING\",\"subject\"",
                "\"state\":\"OK\",\"subject\"",
            ),
        ] {
            let bad = GOOD.replacen(from, to, 1);
            assert_ne!(bad, GOOD);
            assert!(read(&bad, 1).is_err(), "{bad}");
        }
    }
}
