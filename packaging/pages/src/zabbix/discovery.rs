//! What is discovered in the answers of the plugins: blocklists, mail exchangers, mounts and queues.

use serde_json::{Value, json};

use super::check::{Check, described};
use super::export::{self, Kind, Step, VERDICTS, metric_path, of_kind, steps};
use super::template::{Template, Trigger};

/// Adds an item for each list and each target of a `check_rbl`, and a graph of all lists.
pub(super) fn blocklists(template: &mut Template, check: &Check) {
    let key = check.key("list[{#TARGET},{#LIST}]");
    let path = "$.facts.targets[?(@.subject==\"{#TARGET}\")].lists[?(@.zone==\"{#LIST}\")].verdict.first()";
    let name = format!("{}: {{#TARGET}} at {{#LIST}}", check.title);
    let item = check.dependent(template.name, &key, &name, &[Step::IfThere(path)]);
    let listed = Trigger {
        name: "{#TARGET} is listed by {#LIST}".to_owned(),
        expression: while_it_is_there(check, &key, "last(ITEM)=\"listed\""),
        severity: "INFO",
        what_to_do: LISTED.to_owned(),
        ..Trigger::default()
    };
    let rule = Rule {
        name: "lists",
        script: LISTS_SCRIPT,
        macros: &["TARGET", "LIST"],
        items: vec![described(of_kind(item, Kind::Word(VERDICTS)), LIST)],
        triggers: vec![listed],
        graph: None,
    };
    rule.add_to(template, check);
    let lines = ["listed", "answered", "refused", "broken", "unanswered"];
    template.graph(LISTS_GRAPH, &check.keys(&lines));
}

/// Adds items for each mail exchanger of a `check_smtp_banner -d`.
pub(super) fn mail_exchangers(template: &mut Template, check: &Check, critical: &Trigger) {
    let preprocessing = [
        // Of a host that nobody looked at nothing is said. One with several addresses is named with each.
        Step::IfThere("$.findings[?(@.subject=~\"^{#PATTERN}( at |$)\")]"),
        Step::Or("$[?(@.state==\"CRITICAL\" || @.state==\"WARNING\")].length()", "0"),
    ];
    let name = format!("{}: {{#MX}} faults", check.title);
    let faults_key = check.key("mx.faults[{#MX}]");
    let faults = check.dependent(template.name, &faults_key, &name, &preprocessing);
    let mut items = vec![described(faults, FAULTS)];
    for label in ["connect", "greeting", "ehlo", "tls", "cert_left", "dane_ok"] {
        let path = format!(
            "$.metrics[?(@.instance==\"{{#MX}}\" && @.label=~\"_{label}$\")].value.first()"
        );
        let key = check.key(&format!("mx.{label}[{{#MX}}]"));
        let name = format!("{}: {{#MX}} {}", check.title, label.replace('_', " "));
        items.push(check.metric(template.name, label, &key, &name, &path));
    }
    let connect = check.key("mx.connect[{#MX}]");
    let slow = Trigger {
        name: "{#MX} takes long to accept connections".to_owned(),
        expression: while_it_is_there(
            check,
            &connect,
            "min(ITEM,15m)>{$MAILHOST.CONNECT.WARNING:\"{#MX}\"}",
        ),
        operational_data: "{ITEM.LASTVALUE1}".to_owned(),
        severity: "WARNING",
        what_to_do: SLOW.to_owned(),
        unless: vec![critical.clone()],
        ..Trigger::default()
    };
    let wrong = Trigger {
        name: "{#MX}: something is wrong".to_owned(),
        expression: while_it_is_there(check, &faults_key, "min(ITEM,{$MAILHOST.TIMES})>0"),
        severity: "INFO",
        what_to_do: FAULTY.to_owned(),
        unless: vec![critical.clone()],
        ..Trigger::default()
    };
    let lines = ["connect", "greeting", "ehlo", "tls"];
    let lines = lines.map(|label| check.key(&format!("mx.{label}[{{#MX}}]"))).to_vec();
    let rule = Rule {
        name: "mail exchangers",
        script: MX_SCRIPT,
        macros: &["MX", "PATTERN"],
        items,
        triggers: vec![slow, wrong],
        graph: Some((MX_GRAPH, lines)),
    };
    rule.add_to(template, check);
}

/// Adds items for each file system of a `check_host_resources`.
pub(super) fn mounts(template: &mut Template, check: &Check) {
    let mut items = Vec::new();
    for label in ["disk_used", "disk_free", "inodes_used", "full_in"] {
        let key = check.key(&format!("mount.{label}[{{#MOUNT}}]"));
        let path = metric_path(&format!("{{#LABEL}}_{label}"));
        let name = format!("{}: {{#MOUNT}} {}", check.title, label.replace('_', " "));
        items.push(check.metric(template.name, label, &key, &name, &path));
    }
    let used = check.key("mount.disk_used[{#MOUNT}]");
    let full = Trigger {
        name: "{#MOUNT} is fuller than its own limit".to_owned(),
        expression: while_it_is_there(
            check,
            &used,
            "min(ITEM,5m)>{$MAILHOST.MOUNT.LIMIT:\"{#MOUNT}\"}",
        ),
        operational_data: "{ITEM.LASTVALUE1}".to_owned(),
        severity: "WARNING",
        what_to_do: FULL.to_owned(),
        ..Trigger::default()
    };
    let rule = Rule {
        name: "mounts",
        script: MOUNTS_SCRIPT,
        macros: &["LABEL", "MOUNT"],
        items,
        triggers: vec![full],
        graph: Some((MOUNT_GRAPH, vec![used, check.key("mount.inodes_used[{#MOUNT}]")])),
    };
    rule.add_to(template, check);
}

/// Adds items for each queue of a `check_smtp_queue`.
pub(super) fn queues(template: &mut Template, check: &Check) {
    let mut items = Vec::new();
    for (suffix, words, units) in
        [("", "messages", ""), ("_age", "oldest", "s"), ("_bytes", "size", "B")]
    {
        let key = check.key(&format!("queue{}[{{#QUEUE}}]", suffix.replace('_', ".")));
        let name = format!("{}: {{#QUEUE}}, {words}", check.title);
        let path = metric_path(&format!("{{#LABEL}}{suffix}"));
        let item = check.dependent(template.name, &key, &name, &[Step::IfThere(&path)]);
        items.push(of_kind(item, Kind::Float(units)));
    }
    let messages = check.key("queue[{#QUEUE}]");
    let long = Trigger {
        name: "Queue {#QUEUE} is longer than its own limit".to_owned(),
        expression: while_it_is_there(
            check,
            &messages,
            "min(ITEM,10m)>{$MAILHOST.QUEUE.LIMIT:\"{#QUEUE}\"}",
        ),
        operational_data: "{ITEM.LASTVALUE1}".to_owned(),
        severity: "WARNING",
        what_to_do: LONG_QUEUE.to_owned(),
        ..Trigger::default()
    };
    let rule = Rule {
        name: "queues",
        script: QUEUES_SCRIPT,
        macros: &["LABEL", "QUEUE"],
        items,
        triggers: vec![long],
        graph: Some((QUEUE_GRAPH, vec![messages, check.key("queue.age[{#QUEUE}]")])),
    };
    rule.add_to(template, check);
}

/// A condition on the item with this key, `ITEM` in it, as long as the item has values: what is unmounted, or taken
/// out of the DNS, is no problem any more, and without this it would stay one until it is forgotten.
fn while_it_is_there(check: &Check, key: &str, condition: &str) -> String {
    let item = format!("/@/{key}");
    let condition = condition.replace("ITEM", &item);
    format!("{condition} and nodata({item},{})=0", check.silence)
}

/// A discovery rule before it is written.
struct Rule<'a> {
    name: &'a str,
    script: &'a str,
    /// The macros without `{#` and `}`; the script gives them under these names in small letters.
    macros: &'a [&'a str],
    items: Vec<Value>,
    triggers: Vec<Trigger>,
    graph: Option<(&'a str, Vec<String>)>,
}

impl Rule<'_> {
    fn add_to(self, template: &mut Template, check: &Check) {
        let key = check.key("discovery");
        let paths = self.macros.iter().map(|name| {
            json!({"lld_macro": format!("{{#{name}}}"), "path": format!("$.{}", name.to_lowercase())})
        });
        let graphs =
            self.graph.iter().map(|(name, lines)| export::graph(template.name, name, lines));
        let triggers = self.triggers.iter().map(|trigger| template.trigger(trigger));
        let rule = json!({
            "uuid": export::uuid(&[template.name, &key]),
            "name": format!("{}: {}", check.title, self.name),
            "type": "DEPENDENT",
            "key": key,
            "delay": "0",
            "lifetime": "7d",
            "master_item": {"key": check.master()},
            "preprocessing": steps(&[Step::Script(self.script)]),
            "lld_macro_paths": paths.collect::<Vec<_>>(),
            "item_prototypes": self.items,
            "trigger_prototypes": triggers.collect::<Vec<_>>(),
            "graph_prototypes": graphs.collect::<Vec<_>>(),
        });
        template.discovery_rules.push(rule);
    }
}

/// The metrics of a `check_rbl`.
pub(super) const BLOCKLIST_METRICS: &[&str] = &[
    "score",
    "listed",
    "lists",
    "answered",
    "refused",
    "broken",
    "unanswered",
    "dns_queries",
    "time",
];
/// The graph of all blocklists.
pub(super) const LISTS_GRAPH: &str = "Blocklists";
/// The graph of each mail exchanger.
pub(super) const MX_GRAPH: &str = "{#MX}: seconds";
/// The graph of each mount.
pub(super) const MOUNT_GRAPH: &str = "{#MOUNT}: in use";
/// The graph of each queue.
pub(super) const QUEUE_GRAPH: &str = "{#QUEUE}: messages and the oldest";

const LIST: &str = "What the list says of the target, as far as it can be believed.";
const FAULTS: &str = "How many findings of this mail exchanger are WARNING or CRITICAL.";
const LISTED: &str = "Find out what the address sent: the queue, the log, accounts that were taken over. Stop that \
    first, then ask the list for removal; asked too early, it is listed again.";
const SLOW: &str = "See what the server is busy with, and how far it is away; the bound is the macro \
    {$MAILHOST.CONNECT.WARNING}, which can have a context: {$MAILHOST.CONNECT.WARNING:\"mx1.example.org\"}.";
const FAULTY: &str = "The latest data of \"what is the matter\" name it. Other mail exchangers of the domain take the \
    mail meanwhile, as long as {$MAILHOST.QUORUM} of them work.";
const FULL: &str = "Make room: logs, quarantine, old packages. The limit is the macro {$MAILHOST.MOUNT.LIMIT} with the \
    mount as its context; those of all mounts are judged by the plugin.";
const LONG_QUEUE: &str = "Run check_smtp_queue --top 5 on the host to see who sends, where it goes and why it waits. \
    The limit is the macro {$MAILHOST.QUEUE.LIMIT} with the queue as its context.";

/// The plugin leaves the facts out where its answer would be longer than Zabbix takes; then nothing can be said of
/// what there is.
const LISTS_SCRIPT: &str = "\
var answer = JSON.parse(value);
if ((answer.dropped || []).indexOf('facts') >= 0) {
    throw 'too many targets for one check: the answer has no room for what each list says';
}
var found = [];
(answer.facts.targets || []).forEach(function (target) {
    target.lists.forEach(function (list) {
        found.push({target: target.subject, list: list.zone});
    });
});
return JSON.stringify(found);
";

/// Also those that have no metrics, because they cannot be reached. A name that no host has could break out of the
/// expressions that it is put into.
const MX_SCRIPT: &str = "\
var answer = JSON.parse(value);
var hosts = answer.facts.domain ? answer.facts.domain.hosts || [] : [];
var names = hosts.map(function (host) { return host.name; });
answer.metrics.forEach(function (metric) {
    if (metric.instance && names.indexOf(metric.instance) < 0) { names.push(metric.instance); }
});
return JSON.stringify(names.filter(function (name) {
    return /^[A-Za-z0-9._-]+$/.test(name);
}).map(function (name) {
    return {mx: name, pattern: name.replace(/[.]/g, '[.]')};
}));
";

const MOUNTS_SCRIPT: &str = "\
var ends = /_disk_used$/;
return JSON.stringify(JSON.parse(value).metrics.filter(function (metric) {
    return ends.test(metric.label);
}).map(function (metric) {
    return {label: metric.label.replace(ends, ''), mount: metric.instance};
}));
";

/// Every metric that has an age beside it, but for the sums, which are items already. With several mail systems
/// each has its name in front, and sums of its own.
const QUEUES_SCRIPT: &str = "\
var metrics = JSON.parse(value).metrics;
var labels = metrics.map(function (metric) { return metric.label; });
return JSON.stringify(metrics.filter(function (metric) {
    var is_item = /^(messages|send|receive)$/.test(metric.label);
    return labels.indexOf(metric.label + '_age') >= 0 && !is_item;
}).map(function (metric) {
    var queue = metric.label.split('_').pop();
    return {label: metric.label, queue: metric.instance ? metric.instance + ' ' + queue : queue};
}));
";
