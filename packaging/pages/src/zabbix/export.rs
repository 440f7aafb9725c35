//! The export format of Zabbix 6.0. Every scalar in it is a string, and what has its default is left out.

use serde_json::{Value, json};

use super::template::{Row, Template, Widget};

/// The file of a template.
pub(super) fn document(template: &Template) -> String {
    let macros = template.macros.iter().map(
        |(name, value, what_for)| json!({"macro": name, "value": value, "description": what_for}),
    );
    let document = json!({"zabbix_export": {
        "version": "6.0",
        "groups": [{"uuid": GROUP_UUID, "name": GROUP}],
        "templates": [{
            "uuid": uuid(&[template.name]),
            "template": template.name,
            "name": template.name,
            "description": template.description,
            "groups": [{"name": GROUP}],
            "items": template.items,
            "discovery_rules": template.discovery_rules,
            "tags": [{"tag": "class", "value": "application"}, {"tag": "target", "value": "mail"}],
            "macros": macros.collect::<Vec<_>>(),
            "dashboards": [dashboard(template)],
            "valuemaps": value_maps(template),
        }],
        "triggers": template.triggers,
        "graphs": template.graphs,
    }});
    format!("{document:#}\n")
}

/// A name that is the same in each build and no other thing has: what is imported again is known by it. Its
/// form is that of random ones (RFC 9562 section 5.4), because Zabbix takes no other.
pub(super) fn uuid(names: &[&str]) -> String {
    // FNV-1a of 128 bits.
    let hash =
        names.join("\n").bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, byte| {
            (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        });
    let version = hash & !(0xf << 76) | (4 << 76);
    format!("{:032x}", version & !(0x3 << 62) | (0x2 << 62))
}

/// What an item's value is, as far as it is not the default, a number without a fraction.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A number in these units.
    Float(&'static str),
    /// A whole number that one of the value maps shows as words.
    Coded(&'static str),
    /// A text.
    Text,
    /// A word that one of the value maps shows as others.
    Word(&'static str),
}

/// Adds to an item what its kind asks for.
pub(super) fn of_kind(mut item: Value, kind: Kind) -> Value {
    match kind {
        Kind::Float(units) => {
            item["value_type"] = json!("FLOAT");
            if !units.is_empty() {
                item["units"] = json!(units);
            }
        }
        Kind::Coded(value_map) => item["valuemap"] = json!({"name": value_map}),
        Kind::Text => {
            item["value_type"] = json!("TEXT");
            item["history"] = json!("31d");
            item["trends"] = json!("0");
        }
        Kind::Word(value_map) => {
            item["value_type"] = json!("CHAR");
            item["trends"] = json!("0");
            item["valuemap"] = json!({"name": value_map});
        }
    }
    item
}

/// A step of preprocessing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    /// What this path finds; where it finds nothing, there is no value.
    IfThere(&'a str),
    /// What this path finds, and this where it finds nothing.
    Or(&'a str, &'a str),
    /// What this path finds, which has to be there.
    Path(&'a str),
    /// What the script returns.
    Script(&'a str),
    /// No value where this expression matches.
    Unless(&'a str),
}

/// Steps as they are exported.
pub(super) fn steps(steps: &[Step]) -> Value {
    let one = |step: &Step| match step {
        Step::IfThere(path) => {
            json!({"type": "JSONPATH", "parameters": [path], "error_handler": "DISCARD_VALUE"})
        }
        Step::Or(path, value) => json!({
            "type": "JSONPATH",
            "parameters": [path],
            "error_handler": "CUSTOM_VALUE",
            "error_handler_params": value,
        }),
        Step::Path(path) => json!({"type": "JSONPATH", "parameters": [path]}),
        Step::Script(script) => json!({"type": "JAVASCRIPT", "parameters": [script]}),
        Step::Unless(pattern) => json!({
            "type": "NOT_MATCHES_REGEX",
            "parameters": [pattern],
            "error_handler": "DISCARD_VALUE",
        }),
    };
    steps.iter().map(one).collect()
}

/// The path to the value of the metric with this label.
pub(super) fn metric_path(label: &str) -> String {
    format!("$.metrics[?(@.label==\"{label}\")].value.first()")
}

/// A graph of the items with these keys, or the prototype of one.
pub(super) fn graph(template: &str, name: &str, lines: &[String]) -> Value {
    let lines =
        lines.iter().zip(COLOURS.iter().cycle()).enumerate().map(|(number, (key, colour))| {
            json!({
                "sortorder": number.to_string(),
                "color": colour,
                "item": {"host": template, "key": key},
            })
        });
    json!({
        "uuid": uuid(&[template, "graph", name]),
        "name": name,
        "graph_items": lines.collect::<Vec<_>>(),
    })
}

fn dashboard(template: &Template) -> Value {
    let mut widgets = Vec::new();
    let mut top = 0;
    for Row { height, widgets: row } in &template.rows {
        let width = COLUMNS / u32::try_from(row.len()).unwrap_or(COLUMNS).max(1);
        for (left, widget) in (0..).step_by(width as usize).zip(row) {
            let mut value = widget_of(template.name, widget);
            for (side, number) in [("x", left), ("y", top), ("width", width), ("height", *height)] {
                value[side] = json!(number.to_string());
            }
            widgets.push(value);
        }
        top += height;
    }
    json!({
        "uuid": uuid(&[template.name, "dashboard"]),
        "name": "Mail",
        "pages": [{"widgets": widgets}],
    })
}

fn widget_of(template: &str, widget: &Widget) -> Value {
    let number = |name: &str, value: &str| json!({"type": "INTEGER", "name": name, "value": value});
    let item = |name: &str, key: &str| json!({"type": "ITEM", "name": name, "value": {"host": template, "key": key}});
    // The value and its time. "CRITICAL (2)" has to go into a line.
    let value_widget = |name: &str, key: &str, decimals: &str| {
        let show = [number("show", "2"), number("show", "3"), number("value_size", "28")];
        let fields =
            [&show[..], &[number("decimal_places", decimals), item("itemid", key)]].concat();
        json!({"type": "ITEM", "name": name, "fields": fields})
    };
    match widget {
        Widget::Value(name, key) => value_widget(name, key, "0"),
        Widget::Fraction(name, key) => value_widget(name, key, "2"),
        Widget::Text(name, key) => json!({
            "type": "PLAIN_TEXT",
            "name": name,
            "fields": [number("show_lines", "1"), item("itemids", key)],
        }),
        Widget::Graph(name) => json!({
            "type": "GRAPH_CLASSIC",
            "name": name,
            "fields": [
                number("source_type", "0"),
                {"type": "GRAPH", "name": "graphid", "value": {"host": template, "name": name}},
            ],
        }),
        Widget::GraphOfEach(name) => json!({
            "type": "GRAPH_PROTOTYPE",
            "fields": [
                number("source_type", "2"),
                number("columns", "2"),
                number("rows", "2"),
                {"type": "GRAPH_PROTOTYPE", "name": "graphid", "value": {"host": template, "name": name}},
            ],
        }),
    }
}

/// Those that an item of the template names.
fn value_maps(template: &Template) -> Value {
    let all = json!([template.items, template.discovery_rules]).to_string();
    let used =
        VALUE_MAPS.iter().filter(|(name, _)| all.contains(&json!({"name": name}).to_string()));
    let one = |(name, mappings): &(&str, &[(&str, &str)])| {
        let mappings =
            mappings.iter().map(|(value, word)| json!({"value": value, "newvalue": word}));
        json!({
            "uuid": uuid(&[template.name, "value map", name]),
            "name": name,
            "mappings": mappings.collect::<Vec<_>>(),
        })
    };
    used.map(one).collect()
}

/// The value map of states.
pub(super) const STATES: &str = "mailhost state";
/// The value map of what lists say.
pub(super) const VERDICTS: &str = "mailhost blocklist";
/// The value map of what DMARC asks for.
pub(super) const POLICIES: &str = "mailhost DMARC policy";

const VALUE_MAPS: &[(&str, &[(&str, &str)])] = &[
    (STATES, &[("0", "OK"), ("1", "WARNING"), ("2", "CRITICAL"), ("3", "UNKNOWN")]),
    (
        VERDICTS,
        &[
            ("allowed", "on an allow list"),
            ("broken", "the list is broken"),
            ("information", "says something that does not count"),
            ("listed", "listed"),
            ("not_listed", "not listed"),
            ("policy", "should send no mail itself"),
            ("refused", "the list refuses to answer"),
            ("unanswered", "no answer"),
        ],
    ),
    (POLICIES, &[("0", "none"), ("1", "quarantine"), ("2", "reject")]),
];

/// One that every Zabbix has, with the name that it has everywhere.
const GROUP: &str = "Templates/Applications";
const GROUP_UUID: &str = "a571c0d144b14fd4a87a9d9b2aa9fcd6";
const COLUMNS: u32 = 24;
/// Okabe and Ito's, which are told apart by people who see fewer colours.
const COLOURS: &[&str] = &["0072B2", "E69F00", "009E73", "D55E00", "CC79A7", "56B4E9"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_a_uuid_has_version_4_and_stays_the_same() {
        let one = uuid(&["Mail host by mailhost"]);
        assert_eq!(one, uuid(&["Mail host by mailhost"]));
        assert_ne!(one, uuid(&["Mail host by", "mailhost"]));
        assert_eq!((one.len(), &one[12..13]), (32, "4"));
        assert!(["8", "9", "a", "b"].contains(&&one[16..17]), "{one}");
    }
}
