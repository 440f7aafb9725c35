//! What every check has, whatever it looks at: one item that runs the plugin, those that take its answer apart,
//! and a problem for each way in which it can be bad.

use mailhost_core::contract::{MetricSpec, Unit};
use serde_json::{Value, json};

use super::export::{self, Kind, STATES, Step, metric_path, of_kind, steps};
use super::template::{Template, Trigger};
use crate::plugins::{PLUGINS, Plugin};

/// A plugin with its options.
#[derive(Clone, Copy, Debug)]
pub(super) struct Check {
    /// In the keys of its items: `mailhost.<id>.`
    pub(super) id: &'static str,
    /// What people call what it looks at.
    pub(super) title: &'static str,
    /// The plugin without `check_`.
    pub(super) plugin: &'static str,
    /// Who runs it.
    pub(super) runner: Runner,
    /// Its options, as they stand in the key of the item.
    pub(super) options: &'static str,
    /// How often: a time or a user macro.
    pub(super) interval: &'static str,
    /// After how long without an answer there is a problem.
    pub(super) silence: &'static str,
    /// Its metrics by their labels, as far as they have no instance.
    pub(super) metrics: &'static [&'static str],
}

/// Who runs a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runner {
    /// The agent on the mail host.
    Agent,
    /// The server or a proxy, as an external check.
    Server,
}

impl Check {
    /// The key of the item that runs the plugin.
    pub(super) fn master(&self) -> String {
        let format = match self.runner {
            Runner::Server => ",--output,json",
            // It stands in the agent's own configuration.
            Runner::Agent => "",
        };
        format!("mailhost_{}[{}{format},-t,{{$MAILHOST.TIMEOUT}}]", self.plugin, self.options)
    }

    /// The key of an item of this check.
    pub(super) fn key(&self, name: &str) -> String {
        format!("mailhost.{}.{name}", self.id)
    }

    /// The keys of several of its items.
    pub(super) fn keys(&self, names: &[&str]) -> Vec<String> {
        names.iter().map(|name| self.key(name)).collect()
    }

    /// Adds its items and problems, and gives the gravest of these, beside which others say nothing new.
    pub(super) fn add_to(&self, template: &mut Template) -> Trigger {
        template.items.push(self.runs(template.name));
        let state = self.dependent(
            template.name,
            &self.key("state"),
            &format!("{}: state", self.title),
            &[Step::Path("$.code")],
        );
        template.items.push(described(of_kind(state, Kind::Coded(STATES)), STATE));
        let report = self.dependent(
            template.name,
            &self.key("report"),
            &format!("{}: what is the matter", self.title),
            &[Step::Script(REPORT_SCRIPT)],
        );
        template.items.push(described(of_kind(report, Kind::Text), REPORT));
        for label in self.metrics {
            let name = format!("{}: {}", self.title, label.replace('_', " "));
            let item =
                self.metric(template.name, label, &self.key(label), &name, &metric_path(label));
            template.items.push(item);
        }
        let problems = self.problems();
        for problem in &problems {
            template.add_trigger(problem);
        }
        let [critical, ..] = problems;
        critical
    }

    /// Adds the share of the time in which it was not CRITICAL, now and over 30 days.
    pub(super) fn add_availability_to(&self, template: &mut Template) {
        let name = format!("{}: works", self.title);
        let script = [Step::Path("$.code"), Step::Unless("^3$"), Step::Script(WORKS_SCRIPT)];
        let works = self.dependent(template.name, &self.key("works"), &name, &script);
        template.items.push(described(of_kind(works, Kind::Float("%")), WORKS));
        let item = json!({
            "uuid": export::uuid(&[template.name, &self.key("works30")]),
            "name": format!("{}: works, of the last 30 days", self.title),
            "type": "CALCULATED",
            "key": self.key("works30"),
            "delay": "1h",
            // 30 days, in the unit of the shift, as Zabbix wants it.
            "params": format!("trendavg(//{},720h:now/h)", self.key("works")),
            "tags": [self.tag()],
        });
        template.items.push(described(of_kind(item, Kind::Float("%")), WORKS30));
    }

    /// An item that takes something out of the plugin's answer.
    pub(super) fn dependent(
        &self,
        template: &str,
        key: &str,
        name: &str,
        preprocessing: &[Step],
    ) -> Value {
        json!({
            "uuid": export::uuid(&[template, key]),
            "name": name,
            "type": "DEPENDENT",
            "key": key,
            "delay": "0",
            "preprocessing": steps(preprocessing),
            "master_item": {"key": self.master()},
            "tags": [self.tag()],
        })
    }

    /// The item of a registered metric, which is at this path in the plugin's answer.
    pub(super) fn metric(
        &self,
        template: &str,
        label: &str,
        key: &str,
        name: &str,
        path: &str,
    ) -> Value {
        let spec = self.spec(label);
        let item = self.dependent(template, key, name, &[Step::IfThere(path)]);
        described(of_kind(item, kind_of(spec)), spec.meaning)
    }

    /// The tag of its items and problems.
    fn tag(&self) -> Value {
        json!({"tag": "check", "value": self.id.replace('_', "-")})
    }

    /// The registered metric with this label.
    pub(super) fn spec(&self, label: &str) -> &'static MetricSpec {
        let plugin = PLUGINS.iter().find(|plugin: &&Plugin| plugin.name == self.plugin);
        let spec = plugin.and_then(|it| it.metrics.iter().find(|metric| metric.name == label));
        spec.unwrap_or_else(|| unreachable!("check_{} has no metric {label}", self.plugin))
    }

    fn runs(&self, template: &str) -> Value {
        let master = self.master();
        let mut item = json!({
            "uuid": export::uuid(&[template, &master]),
            "name": format!("{}: check_{} runs", self.title, self.plugin),
            "key": master,
            "delay": self.interval,
            "history": "0",
            "trends": "0",
            "value_type": "TEXT",
            "tags": [self.tag()],
        });
        if self.runner == Runner::Server {
            item["type"] = json!("EXTERNAL");
        }
        described(item, RUNS)
    }

    /// Those of the states look at the one item that has both the state and the sentence: two items may be stored one
    /// after the other, and a problem would have the sentence of the check before. None of them is true together
    /// with another one, so none has to wait for another.
    fn problems(&self) -> [Trigger; 5] {
        let report = format!("/@/{}", self.key("report"));
        let now = |states: &str| format!("find({report},,\"regexp\",\"^({states})\")=1");
        let problem = |state: &str, severity| Trigger {
            name: format!("{} is {state}", self.title),
            // And it has not been OK for as long as counts.
            expression: format!(
                "{} and count({report},{{$MAILHOST.TIMES}},\"regexp\",\"^OK\")=0",
                now(state)
            ),
            event_name: format!("{}: {SUMMARY}", self.title),
            operational_data: WHOLE_REPORT.to_owned(),
            severity,
            what_to_do: WHAT_TO_DO.to_owned(),
            ..Trigger::default()
        };
        let critical = Trigger {
            // That nothing is known any more is not its end.
            recovery: now("OK|WARNING"),
            ..problem("CRITICAL", "HIGH")
        };
        let unknown = problem("UNKNOWN", "AVERAGE");
        let warning = problem("WARNING", "WARNING");
        let swinging = Trigger {
            name: format!("{} keeps changing its state", self.title),
            expression: format!("changecount(/@/{},#10)>=4", self.key("state")),
            severity: "WARNING",
            what_to_do: SWINGING.to_owned(),
            ..Trigger::default()
        };
        let silent = Trigger {
            name: format!("{}: no answer from check_{}", self.title, self.plugin),
            expression: format!("nodata({report},{})=1", self.silence),
            severity: "AVERAGE",
            what_to_do: match self.runner {
                Runner::Agent => SILENT_AGENT,
                Runner::Server => SILENT_SERVER,
            }
            .to_owned(),
            ..Trigger::default()
        };
        [critical, unknown, silent, warning, swinging]
    }
}

/// The kind of a metric's value, in Zabbix' units.
fn kind_of(spec: &MetricSpec) -> Kind {
    match spec.unit {
        Unit::Bytes => Kind::Float("B"),
        Unit::Percent => Kind::Float("%"),
        Unit::Seconds => Kind::Float("s"),
        Unit::Count => Kind::Float(""),
    }
}

/// The item with a description.
pub(super) fn described(mut item: Value, description: &str) -> Value {
    item["description"] = json!(description);
    item
}

/// The first line of the first item of the expression as it was then, without the state.
const SUMMARY: &str = r#"{{ITEM.VALUE1}.regsub("^[A-Z]+ - (.*)", "\1")}"#;
/// All of it. Without a function Zabbix cuts it after 20 characters.
const WHOLE_REPORT: &str = r#"{{ITEM.VALUE1}.regsub("^([\s\S]*)$", "\1")}"#;
const STATE: &str = "The state of the check: that of its worst finding.";
const REPORT: &str = "The state, the most important fact, and all that is wrong, worst first, each with what to do about it.";
const RUNS: &str = "Runs the plugin. Its answer is not kept; the other items take it apart.";
const WORKS: &str =
    "100 when it is not CRITICAL, else 0. An UNKNOWN says nothing about it, and is no value.";
const WORKS30: &str =
    "The share of the last 30 days in which it was not CRITICAL, as far as somebody looked.";
const WHAT_TO_DO: &str = "The operational data of the problem say it, and so do the latest data of \"what is the matter\".";
const SWINGING: &str = "Look at its latest data: one of several addresses or servers may be ill, or a limit may be \
    just reached.";
const SILENT_SERVER: &str = "The item that runs the plugin says why: the package is missing on the server or proxy, \
    or Timeout there is not longer than {$MAILHOST.TIMEOUT}.";
const SILENT_AGENT: &str = "The item that runs the plugin says why: the agent does not answer, the package is missing \
    beside it, or Timeout of the agent or the server is not longer than {$MAILHOST.TIMEOUT}.";

/// As the plugin itself writes it: the first line without metrics, then the findings that are not OK.
const REPORT_SCRIPT: &str = "\
var answer = JSON.parse(value);
var lines = answer.findings.filter(function (finding) {
    return finding.state !== 'OK';
}).map(function (finding) {
    var subject = finding.subject ? finding.subject + ' ' : '';
    var action = finding.action ? '\\n    ' + finding.action : '';
    return '\\n[' + finding.state + '] ' + finding.code + ': ' + subject + finding.text + action;
});
return answer.state + ' - ' + answer.summary + lines.join('');
";

const WORKS_SCRIPT: &str = "return value === '2' ? 0 : 100;";
