//! What every check has, whatever it looks at: one item that runs the plugin, those that take its answer apart,
//! and a problem for each way in which it can be bad.

use mailhost_core::contract::{MetricSpec, Unit};
use serde_json::{Value, json};

use super::export::{self, Kind, Step, metric_path, of_kind, steps};
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

/// The problems of a check that others hang on.
#[derive(Clone, Debug)]
pub(super) struct Problems {
    /// It is CRITICAL.
    pub(super) critical: Trigger,
}

impl Check {
    /// The key of the item that runs the plugin.
    pub(super) fn master(&self) -> String {
        let options = match self.runner {
            Runner::Server => {
                format!("{},--output,json,-t,{{$MAILHOST.TIMEOUT}}", self.options)
            }
            // The format stands in the agent's own configuration.
            Runner::Agent => format!("{},-t,{{$MAILHOST.TIMEOUT}}", self.options),
        };
        format!("mailhost_{}[{}]", self.plugin, options.trim_start_matches(','))
    }

    /// The key of an item of this check.
    pub(super) fn key(&self, name: &str) -> String {
        format!("mailhost.{}.{name}", self.id)
    }

    /// Adds its items and problems.
    pub(super) fn add_to(&self, template: &mut Template) -> Problems {
        template.items.push(self.runs(template.name));
        let dependents = [
            ("state", "state", Kind::State, [Step::Path("$.code")].as_slice(), STATE),
            ("summary", "what is the matter", Kind::Text, &[Step::Path("$.summary")], SUMMARY),
            ("findings", "what to do", Kind::Text, &[Step::Script(FINDINGS_SCRIPT)], FINDINGS),
        ];
        for (name, words, kind, preprocessing, description) in dependents {
            let words = format!("{}: {words}", self.title);
            let item = self.dependent(template.name, &self.key(name), &words, preprocessing);
            template.items.push(described(of_kind(item, kind), description));
        }
        for label in self.metrics {
            template.items.push(self.metric(template.name, label));
        }
        let problems = self.problems();
        for problem in &problems {
            template.add_trigger(problem);
        }
        let [critical, ..] = problems;
        Problems { critical }
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
            "params": format!("trendavg(//{},30d:now/h)", self.key("works")),
            // In the first hour there is nothing yet.
            "preprocessing": steps(&[Step::Silently]),
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

    /// The tag of its items and problems.
    pub(super) fn tag(&self) -> Value {
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

    fn metric(&self, template: &str, label: &str) -> Value {
        let spec = self.spec(label);
        let path = metric_path(label);
        let name = format!("{}: {}", self.title, label.replace('_', " "));
        let item = self.dependent(template, &self.key(label), &name, &[Step::IfThere(&path)]);
        described(of_kind(item, kind_of(spec)), spec.meaning)
    }

    fn problems(&self) -> [Trigger; 4] {
        let problem = |state: &str, condition: &str, severity| {
            let findings = self.key("findings");
            Trigger {
                name: format!("{} is {state}", self.title),
                expression: format!("length(last(/@/{findings}))>0 and {condition}"),
                event_name: format!("{}: {{?last(//{})}}", self.title, self.key("summary")),
                operational_data: OPERATIONAL_DATA.to_owned(),
                severity,
                what_to_do: WHAT_TO_DO.to_owned(),
                unless: Vec::new(),
            }
        };
        let state = self.key("state");
        let all = |function: &str| format!("{function}(/@/{state},{{$MAILHOST.TIMES}})");
        let critical =
            problem("CRITICAL", &format!("{}=2 and {}=2", all("min"), all("max")), "HIGH");
        let unknown = problem("UNKNOWN", &format!("{}=3", all("min")), "AVERAGE");
        let silent = Trigger {
            name: format!("{}: no answer from check_{}", self.title, self.plugin),
            expression: format!("nodata(/@/{state},{})=1", self.silence),
            severity: "AVERAGE",
            what_to_do: match self.runner {
                Runner::Agent => SILENT_AGENT,
                Runner::Server => SILENT_SERVER,
            }
            .to_owned(),
            ..Trigger::default()
        };
        let warning = Trigger {
            unless: vec![critical.clone(), unknown.clone()],
            ..problem("WARNING", &format!("{}>0", all("min")), "WARNING")
        };
        [critical, unknown, silent, warning]
    }
}

/// The kind of a metric's value, in Zabbix' units.
pub(super) fn kind_of(spec: &MetricSpec) -> Kind {
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

/// The text of the first item of the expression as it was then. Without a function Zabbix cuts it after 20
/// characters.
const OPERATIONAL_DATA: &str = r#"{{ITEM.VALUE1}.regsub("^([\s\S]*)$", "\1")}"#;
const STATE: &str = "The state of the check: that of its worst finding.";
const SUMMARY: &str = "The first line: the most important fact.";
const FINDINGS: &str = "All that is wrong, worst first, each with what to do about it.";
const RUNS: &str = "Runs the plugin. Its answer is not kept; the other items take it apart.";
const WORKS: &str =
    "100 when it is not CRITICAL, else 0. An UNKNOWN says nothing about it, and is no value.";
const WORKS30: &str =
    "The share of the last 30 days in which it was not CRITICAL, as far as somebody looked.";
const WHAT_TO_DO: &str =
    "The latest data of \"what to do\" say it, and so do the operational data of the problem.";
const SILENT_SERVER: &str = "The item that runs the plugin says why: the package is missing on the server or proxy, \
    or Timeout there is not longer than {$MAILHOST.TIMEOUT}.";
const SILENT_AGENT: &str = "The item that runs the plugin says why: the agent does not answer, the package is missing \
    beside it, or Timeout of the agent or the server is not longer than {$MAILHOST.TIMEOUT}.";

/// The findings that are not OK, each with its advice.
const FINDINGS_SCRIPT: &str = "\
var answer = JSON.parse(value);
var lines = answer.findings.filter(function (finding) {
    return finding.state !== 'OK';
}).map(function (finding) {
    var subject = finding.subject ? finding.subject + ' ' : '';
    var action = finding.action ? '\\n    ' + finding.action : '';
    return '[' + finding.state + '] ' + finding.code + ': ' + subject + finding.text + action;
});
if (lines.length === 0) {
    return answer.code === 0 ? 'Nothing is wrong.' : answer.summary;
}
return lines.join('\\n');
";

const WORKS_SCRIPT: &str = "return value === '2' ? 0 : 100;";
