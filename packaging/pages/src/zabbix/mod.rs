//! Templates for Zabbix 6.0 and later, one for each role of a host. They are written by a program because every
//! check has the same items and triggers, and names, units and meanings are those of the plugins' metrics.

mod check;
mod discovery;
mod export;
mod mail_domain;
mod mail_host;
mod mail_machine;
mod mail_submission;
mod template;

/// The name of each template's file and its content, in the export format of Zabbix 6.0 as JSON.
pub(crate) fn templates() -> Vec<(&'static str, String)> {
    [
        mail_host::template(),
        mail_submission::template(),
        mail_domain::template(),
        mail_machine::template(),
    ]
    .map(|template| (template.file, export::document(&template)))
    .into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::plugins::PLUGINS;

    fn exports() -> Vec<Value> {
        templates()
            .iter()
            .map(|(_, text)| {
                serde_json::from_str::<Value>(text).expect("JSON")["zabbix_export"].take()
            })
            .collect()
    }

    /// Every value of this member, wherever it is.
    fn all<'a>(value: &'a Value, member: &str, found: &mut Vec<&'a str>) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| all(value, member, found)),
            Value::Object(members) => {
                found.extend(members.get(member).and_then(Value::as_str));
                members.values().for_each(|value| all(value, member, found));
            }
            _ => {}
        }
    }

    fn items(template: &Value) -> Vec<&Value> {
        let rules = template["discovery_rules"].as_array().expect("rules");
        let prototypes =
            rules.iter().flat_map(|rule| rule["item_prototypes"].as_array().expect("items"));
        let items = template["items"].as_array().expect("items").iter();
        items.chain(prototypes).chain(rules).collect()
    }

    /// Zabbix takes two things of one name for the same, and keeps one of them without a word.
    #[test]
    fn ok_every_uuid_and_every_key_is_there_once() {
        let exports = exports();
        let mut uuids = Vec::new();
        for export in &exports {
            all(&export["templates"], "uuid", &mut uuids);
            all(&export["triggers"], "uuid", &mut uuids);
            all(&export["graphs"], "uuid", &mut uuids);
            let keys: Vec<_> =
                items(&export["templates"][0]).iter().map(|item| item["key"].as_str()).collect();
            assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{keys:?}");
        }
        assert!(uuids.len() > 150, "{}", uuids.len());
        assert_eq!(uuids.iter().collect::<BTreeSet<_>>().len(), uuids.len());
    }

    #[test]
    fn ok_every_macro_is_defined_and_used() {
        for (file, text) in templates() {
            let export: Value = serde_json::from_str(&text).expect("JSON");
            let mut defined = Vec::new();
            all(&export, "macro", &mut defined);
            let used: BTreeSet<&str> =
                text.split("{$").skip(1).filter_map(|rest| rest.split(['}', ':']).next()).collect();
            let known: BTreeSet<&str> =
                defined.iter().map(|name| name.trim_matches(['{', '$', '}'])).collect();
            assert_eq!(used, known, "{file}");
            for name in known {
                assert!(text.matches(&format!("{{${name}")).count() > 1, "{file}: {name}");
            }
        }
    }

    /// In the trigger's words `/template/key`, in those of an item `//key`.
    #[test]
    fn ok_every_key_of_an_expression_is_an_item() {
        for export in exports() {
            let template = &export["templates"][0];
            let name = template["name"].as_str().expect("a name");
            let keys: BTreeSet<&str> =
                items(template).iter().filter_map(|item| item["key"].as_str()).collect();
            let mut expressions = Vec::new();
            for member in ["expression", "recovery_expression", "params"] {
                all(&export, member, &mut expressions);
            }
            let mut seen = 0;
            for expression in expressions {
                for rest in expression.replace(&format!("/{name}/"), "//").split("//").skip(1) {
                    let depth = |end: &str| end.matches('[').count() == end.matches(']').count();
                    let ends = rest.match_indices([',', ')']).map(|(at, _)| &rest[..at]);
                    let key = ends.into_iter().find(|end| depth(end)).unwrap_or(rest);
                    assert!(keys.contains(key), "{key} of {expression}");
                    seen += 1;
                }
            }
            assert!(seen > 5, "{seen}");
        }
    }

    /// With what people put into the macros that have no value.
    #[test]
    fn ok_every_command_line_is_one_that_the_plugin_understands() {
        let mut seen = 0;
        for export in exports() {
            let template = &export["templates"][0];
            for item in items(template) {
                let key = item["key"].as_str().expect("a key");
                let Some((plugin, options)) =
                    key.strip_prefix("mailhost_").and_then(|key| key.split_once('['))
                else {
                    continue;
                };
                let mut options =
                    options.trim_end_matches(']').replace("{HOST.CONN}", "192.0.2.25");
                for defined in template["macros"].as_array().expect("macros") {
                    let value = defined["value"].as_str().filter(|value| !value.is_empty());
                    let name = defined["macro"].as_str().expect("a name");
                    options = options.replace(name, value.unwrap_or("example.org"));
                }
                let words: Vec<String> = options
                    .split('"')
                    .enumerate()
                    .flat_map(|(number, part)| match number % 2 {
                        0 => part
                            .split(',')
                            .filter(|word| !word.is_empty())
                            .map(str::to_owned)
                            .collect(),
                        _ => vec![part.to_owned()],
                    })
                    .collect();
                let plugin = PLUGINS.iter().find(|known| known.name == plugin).expect("a plugin");
                let line = std::iter::once(plugin.binary()).chain(words);
                let understood = plugin.options().try_get_matches_from(line);
                assert!(understood.is_ok(), "{key}: {:?}", understood.err());
                seen += 1;
            }
        }
        assert_eq!(seen, 9);
    }
}
