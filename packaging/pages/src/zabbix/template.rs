//! A template as plain data, and how it is put together.

use serde_json::{Value, json};

use super::export;

/// One template.
#[derive(Debug)]
pub(super) struct Template {
    /// The name of its file.
    pub(super) file: &'static str,
    /// Its name in Zabbix, which is in every expression.
    pub(super) name: &'static str,
    /// What it is for, and what has to be set on the host.
    pub(super) description: &'static str,
    /// The user macros with their values and what they are for.
    pub(super) macros: Vec<Macro>,
    /// Items, as they are exported.
    pub(super) items: Vec<Value>,
    /// Discovery rules with their prototypes.
    pub(super) discovery_rules: Vec<Value>,
    /// Triggers.
    pub(super) triggers: Vec<Value>,
    /// Graphs.
    pub(super) graphs: Vec<Value>,
    /// What is on its dashboard, from top to bottom.
    pub(super) rows: Vec<Row>,
}

/// A row of the dashboard: widgets side by side that share its width equally.
#[derive(Debug)]
pub(super) struct Row {
    /// In the dashboard's own units.
    pub(super) height: u32,
    /// The widgets from left to right.
    pub(super) widgets: Vec<Widget>,
}

/// What a widget shows.
#[derive(Debug)]
pub(super) enum Widget {
    /// The latest value of the item with this key, under this name: a state, or a number of things.
    Value(&'static str, String),
    /// The same of a number with two digits behind the point.
    Fraction(&'static str, String),
    /// The latest text of the item with this key, under this name.
    Text(&'static str, String),
    /// A graph by its name.
    Graph(&'static str),
    /// A graph for each thing that is discovered, by the name of its prototype.
    GraphOfEach(&'static str),
}

impl Template {
    pub(super) fn new(file: &'static str, name: &'static str, description: &'static str) -> Self {
        Self {
            file,
            name,
            description,
            macros: SHARED_MACROS.to_vec(),
            items: Vec::new(),
            discovery_rules: Vec::new(),
            triggers: Vec::new(),
            graphs: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Adds user macros: name, value, what for.
    pub(super) fn with_macros(mut self, macros: &[Macro]) -> Self {
        self.macros.extend(macros);
        self
    }

    /// Adds a graph of the items with these keys.
    pub(super) fn graph(&mut self, name: &'static str, lines: &[String]) {
        let graph = export::graph(self.name, name, lines);
        self.graphs.push(graph);
    }

    /// Adds a trigger.
    pub(super) fn add_trigger(&mut self, trigger: &Trigger) {
        let trigger = self.trigger(trigger);
        self.triggers.push(trigger);
    }

    /// Adds a row to the dashboard.
    pub(super) fn row(&mut self, height: u32, widgets: Vec<Widget>) {
        self.rows.push(Row { height, widgets });
    }

    /// A trigger, or the prototype of one, as it is exported.
    pub(super) fn trigger(&self, trigger: &Trigger) -> Value {
        let at = |text: &str| text.replace("/@/", &format!("/{}/", self.name));
        let mut value = json!({
            "uuid": export::uuid(&[self.name, "trigger", &trigger.name]),
            "expression": at(&trigger.expression),
            "name": trigger.name,
        });
        if !trigger.recovery.is_empty() {
            value["recovery_mode"] = json!("RECOVERY_EXPRESSION");
            value["recovery_expression"] = json!(at(&trigger.recovery));
        }
        if !trigger.event_name.is_empty() {
            value["event_name"] = json!(trigger.event_name);
        }
        if !trigger.operational_data.is_empty() {
            value["opdata"] = json!(trigger.operational_data);
        }
        value["priority"] = json!(trigger.severity);
        value["description"] = json!(trigger.what_to_do);
        if !trigger.unless.is_empty() {
            let other = |other: &Trigger| {
                let mut value = json!({"name": other.name, "expression": at(&other.expression)});
                if !other.recovery.is_empty() {
                    value["recovery_expression"] = json!(at(&other.recovery));
                }
                value
            };
            value["dependencies"] = trigger.unless.iter().map(other).collect();
        }
        value
    }
}

/// What raises a problem.
#[derive(Clone, Debug, Default)]
pub(super) struct Trigger {
    /// Unique within the template; also what the problem is called where there is no better name.
    pub(super) name: String,
    /// When; `/@/` stands for the template.
    pub(super) expression: String,
    /// When it is over, where that is not whenever the other is no longer so.
    pub(super) recovery: String,
    /// What the problem is called when it comes.
    pub(super) event_name: String,
    /// What is shown beside it while it lasts.
    pub(super) operational_data: String,
    /// In Zabbix' words.
    pub(super) severity: &'static str,
    /// What to do.
    pub(super) what_to_do: String,
    /// Problems beside which this one says nothing new.
    pub(super) unless: Vec<Trigger>,
}

/// A user macro: its name, its value and what it is for.
pub(super) type Macro = (&'static str, &'static str, &'static str);

/// The resolver of the checks that look things up.
pub(super) const RESOLVER: Macro = (
    "{$MAILHOST.RESOLVER}",
    "127.0.0.1",
    "IP[:PORT] of a resolver of your own, as the Zabbix server sees it.",
);
/// Where mail is taken in.
pub(super) const SMTP_PORT: Macro = ("{$MAILHOST.SMTP.PORT}", "25", "The port of SMTP.");
/// The name of one host.
pub(super) const NAME: Macro = (
    "{$MAILHOST.NAME}",
    "",
    "The name of the mail host; its certificate has to be for it, and its addresses are looked for in blocklists.",
);
/// When a certificate has to be renewed.
pub(super) const CERTIFICATE: Macro = (
    "{$MAILHOST.CERTIFICATE}",
    "14,7",
    "Days that a certificate has to be valid at least: WARNING,CRITICAL.",
);

const SHARED_MACROS: &[Macro] = &[
    (
        "{$MAILHOST.TIMEOUT}",
        "2.5",
        "Seconds after which a plugin ends; has to be less than Timeout of the server, proxy or agent that runs it.",
    ),
    (
        "{$MAILHOST.TIMES}",
        "#2",
        "How often in a row a check has to say the same before there is a problem; or for how long, such as 5m.",
    ),
];
