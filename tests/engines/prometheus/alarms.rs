//! From a check that is bad to the telephone, through the real Prometheus and the real Alertmanager.

use std::cell::RefCell;
use std::fs;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use mailhost_tests::packages::DEB;
use mailhost_tests::{Account, World, skip};
use serde_json::Value;

use super::{Machine, PATIENCE, RESULTS, Server};
use crate::http;
use crate::recorded::blurred;

#[test]
fn ok_the_samples_are_understood() {
    let machine = match Machine::installed() {
        Ok(machine) => machine,
        Err(reason) => return skip("engines/prometheus-samples", reason),
    };
    let sample = |name: &str| format!("/usr/share/doc/{DEB}/examples/prometheus/{name}");
    for (program, what, name) in [
        ("promtool", vec!["check", "rules"], "mailhost.rules.yml"),
        ("promtool", vec!["test", "rules"], "mailhost.rules.test.yml"),
        ("amtool", vec!["check-config"], "alertmanager.yml"),
    ] {
        let mut arguments = what;
        let path = sample(name);
        arguments.push(&path);
        machine.root.run(program, &arguments).expect("it is understood");
    }
    for (labels, receivers) in [
        ("alertname=MailhostCritical severity=critical", "oncall,admins"),
        ("alertname=MailhostCheckDead severity=unknown", "oncall,admins"),
        ("alertname=MailhostWarning severity=warning", "admins"),
        ("alertname=MailhostEscalated severity=escalated", "oncall-second"),
        ("alertname=SomethingElse severity=critical", "admins"),
    ] {
        let config = format!("--config.file={}", sample("alertmanager.yml"));
        let words = ["config", "routes", "test", &config];
        let words: Vec<&str> = words.into_iter().chain(labels.split(' ')).collect();
        let output = machine.root.run("amtool", &words).expect("a route");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), receivers, "{labels}");
    }
}

/// Nothing complains of a password that is not there, until a mail is to be sent.
#[test]
fn ok_the_docs_make_the_file_of_the_password_and_alertmanager_can_read_it() {
    let machine = match Machine::installed() {
        Ok(machine) => machine,
        Err(reason) => return skip("engines/prometheus-password", reason),
    };
    let read = |path: &str| {
        let path = format!("/usr/share/doc/{DEB}/{path}");
        fs::read_to_string(machine.root.join(&path)).expect("it is in the package")
    };
    let sample = read("examples/prometheus/alertmanager.yml");
    let file =
        sample.lines().find_map(|line| line.trim().strip_prefix("smtp_auth_password_file: "));
    let file = file.expect("the file of the password");
    let docs = read("docs/prometheus.md");
    let install = docs.lines().find_map(|line| line.trim().strip_prefix("# install "));
    let words: Vec<&str> = install.expect("a command that makes a file").split(' ').collect();
    assert_eq!(words.last(), Some(&file));
    machine.root.run("install", &words).expect("what the docs say");
    for (account, may) in [(Account::user("prometheus"), true), (Account::NOBODY, false)] {
        let reads = machine.root.command_as(account, "test").args(["-r", file]).status();
        assert_eq!(reads.expect("test runs").success(), may);
    }
}

/// The packaged rules and routes, with no patience and other addresses: a check that is bad and one that is
/// dead are heard on the second channel, and so is that they are well again.
#[test]
fn critical_and_unknown_alarms_arrive_on_the_second_channel_and_end() {
    let machine = match Machine::ready() {
        Ok(machine) => machine,
        Err(reason) => return skip("engines/prometheus-alarm", reason),
    };
    let world = World::around(&machine.root);
    let line = |args: Vec<String>| format!("smtp 1s check_smtp_banner {}\n", args.join(" "));
    let well = line(world.good("check_smtp_banner")) + "host 1s check_host_resources --only load\n";
    let ill = line(world.bad("check_smtp_banner")) + "host 1s check_gone\n";
    machine.run(&well).is_well();
    let webhook = Webhook::new();
    let alertmanager = alertmanager(&machine, &webhook, "1s");
    let exporter = machine.exporter();
    let prometheus = prometheus(&machine, &exporter, &alertmanager);
    wait("two checks and no alarm", &prometheus, |it| {
        query(it, "mailhost_check_answered").len() == 2 && query(it, "ALERTS").is_empty()
    });

    assert_eq!(machine.run(&ill).code, Some(1));
    let alarms = [
        "MailhostCheckDead unknown #:#: host says nothing: the plugin is missing or was killed",
        "MailhostCritical critical #:#: smtp is CRITICAL: greeting-refused (#:#)",
    ];
    webhook.rings("/oncall", "firing", &alarms);
    // Nobody has the patience for half an hour here.
    let escalated = [
        "MailhostEscalated escalated #:# host: half an hour of MailhostCheckDead",
        "MailhostEscalated escalated #:# smtp: half an hour of MailhostCritical",
    ];
    webhook.rings("/second", "firing", &escalated);

    machine.run(&well).is_well();
    wait("no alarm", &prometheus, |it| query(it, "ALERTS").is_empty());
    webhook.rings("/oncall", "resolved", &alarms);
    webhook.rings("/second", "resolved", &escalated);

    // What was said last is shown, and only its age tells: first that of the checks, then that of the run.
    let make_old = |name| {
        let file = format!("{RESULTS}/mailhost_{name}.prom");
        machine.root.run("touch", &["-d", "-10 minutes", &file]).expect("an older file");
    };
    make_old("smtp");
    make_old("host");
    let stale = |name| {
        format!(
            "MailhostCheckStale unknown #:#: {name} was last run #m #s ago; what it said then is still shown"
        )
    };
    webhook.rings("/oncall", "firing", &[&stale("host"), &stale("smtp")]);
    make_old("textfile");
    let stopped = "MailhostRunStale unknown #:#: the checks were last run #m #s ago; what they said then is \
                   still shown";
    webhook.rings("/oncall", "firing", &[stopped]);
    webhook.rings("/oncall", "resolved", &[&stale("host"), &stale("smtp")]);

    // It runs again, and one of the results is not there, as on a full disk.
    machine.run(&well).is_well();
    fs::remove_file(machine.file("host")).expect("it was there");
    let missing = "MailhostCheckMissing unknown #:#: host is in the list and has no result";
    webhook.rings("/oncall", "firing", &[missing]);
}

/// The packaged routes wait for nothing, what was silenced is not escalated, and the only host that is gone is
/// one alarm.
#[test]
fn critical_a_second_alarm_does_not_wait_and_a_silence_covers_the_escalation() {
    let machine = match Machine::ready() {
        Ok(machine) => machine,
        Err(reason) => return skip("engines/prometheus-silence", reason),
    };
    // It has the files that the check reads.
    let _world = World::around(&machine.root);
    machine.run("smtp 1s check_host_resources --only load\n").is_well();
    let webhook = Webhook::new();
    // As it is in the sample: long after this test.
    let alertmanager = alertmanager(&machine, &webhook, "5m");
    let exporter = machine.exporter();
    let prometheus = prometheus(&machine, &exporter, &alertmanager);
    wait("a check and no alarm", &prometheus, |it| {
        query(it, "mailhost_check_answered").len() == 1 && query(it, "ALERTS").is_empty()
    });
    let url = format!("--alertmanager.url=http://127.0.0.1:{}", alertmanager.port);
    let instance = format!("instance=127.0.0.1:{}", exporter.port);
    let silence = ["silence", "add", &url, &instance, "check=smtp", "--comment=mine"];
    machine.root.run("amtool", &silence).expect("a silence");

    assert_eq!(machine.run("smtp 1s check_gone\nfirst 1s check_gone\n").code, Some(1));
    let says_nothing = |name| {
        format!(
            "MailhostCheckDead unknown #:#: {name} says nothing: the plugin is missing or was killed"
        )
    };
    let escalated =
        |check, what| format!("MailhostEscalated escalated #:# {check}: half an hour of {what}");
    webhook.rings("/oncall", "firing", &[&says_nothing("first")]);
    webhook.rings("/second", "firing", &[&escalated("first", "MailhostCheckDead")]);
    for name in ["MailhostCheckDead", "MailhostEscalated"] {
        wait_for_hush(&alertmanager, &[("alertname", name), ("check", "smtp")], "silencedBy");
    }
    let list = "smtp 1s check_gone\nfirst 1s check_gone\nsecond 1s check_gone\n";
    assert_eq!(machine.run(list).code, Some(1));
    webhook.rings("/oncall", "firing", &[&says_nothing("second")]);
    webhook.rings("/second", "firing", &[&escalated("second", "MailhostCheckDead")]);

    drop(exporter);
    let gone = "MailhostGone critical #:#: there are no results of any mail host check any more";
    webhook.rings("/oncall", "firing", &[gone]);
    webhook.rings("/second", "firing", &[&escalated("", "MailhostGone")]);
    let nowhere = [("alertname", "MailhostNowhere")];
    wait_for_hush(&alertmanager, &nowhere, "inhibitedBy");
    // Its instance is empty, as to JSON is one that is not there.
    let nowhere = [("alertname", "MailhostEscalated"), ("instance", "")];
    wait_for_hush(&alertmanager, &nowhere, "inhibitedBy");
    for hushed in ["smtp", "MailhostNowhere"] {
        let heard = webhook.heard.borrow();
        assert!(!heard.iter().any(|call| call.contains(hushed)), "{}", heard.join("\n"));
    }
}

/// Waits until Alertmanager has an alarm with these labels and keeps it to itself, for this reason.
fn wait_for_hush(alertmanager: &Server, labels: &[(&str, &str)], reason: &str) {
    let is_meant = |alert: &&Value| {
        labels
            .iter()
            .all(|(name, value)| alert["labels"][name].as_str().unwrap_or_default() == *value)
    };
    wait(&format!("{labels:?} {reason}"), alertmanager, |it| {
        let alerts: Value = serde_json::from_str(&it.get("/api/v2/alerts")).expect("JSON");
        let alert = alerts.as_array().into_iter().flatten().find(is_meant);
        alert.is_some_and(|alert| {
            let why = alert["status"][reason].as_array();
            alert["status"]["state"] == "suppressed" && why.is_some_and(|why| !why.is_empty())
        })
    });
}

/// Alertmanager with the packaged routes. `interval` is how long a group waits of which something was told.
fn alertmanager(machine: &Machine, webhook: &Webhook, interval: &str) -> Server {
    let sample = format!("/usr/share/doc/{DEB}/examples/prometheus/alertmanager.yml");
    let mut config = fs::read_to_string(machine.root.join(&sample)).expect("the sample");
    for (from, to) in [
        ("https://push.example.net", format!("http://127.0.0.1:{}", webhook.port)),
        // Nothing is to leave this machine.
        ("smtp.example.net:587", "127.0.0.1:1".to_owned()),
        ("group_wait: 30s", "group_wait: 0s".to_owned()),
        ("group_interval: 5m", format!("group_interval: {interval}")),
    ] {
        assert!(config.contains(from), "{from}");
        config = config.replace(from, &to);
    }
    machine.root.write("/srv/alertmanager.yml", config, 0o644).expect("a configuration");
    writable(machine, "/srv/alertmanager");
    machine.start("prometheus-alertmanager", |port| {
        vec![
            format!("--web.listen-address=127.0.0.1:{port}"),
            "--cluster.listen-address=".to_owned(),
            "--config.file=/srv/alertmanager.yml".to_owned(),
            "--storage.path=/srv/alertmanager".to_owned(),
        ]
    })
}

/// Prometheus with the packaged alarms, of which none waits: a second stands for a minute.
fn prometheus(machine: &Machine, exporter: &Server, alertmanager: &Server) -> Server {
    let sample = format!("/usr/share/doc/{DEB}/examples/prometheus/mailhost.rules.yml");
    let rules = fs::read_to_string(machine.root.join(&sample)).expect("the sample");
    let eager = |line: &str| match line.trim().split_once(": ") {
        Some((word @ ("for" | "keep_firing_for"), _)) => format!("        {word}: 0s"),
        _ => line
            .replace("m:1m]", "s:1s]")
            .replace("[1h:1m]) > 30", "[10s:1s]) > 3")
            .replace("[5m]", "[5s]"),
    };
    let rules: Vec<String> = rules.lines().map(eager).collect();
    machine.root.write("/srv/mailhost.rules.yml", rules.join("\n"), 0o644).expect("rules");
    let config = format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
         rule_files: [/srv/mailhost.rules.yml]\n\
         alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{}']}}]}}]}}\n\
         scrape_configs: [{{job_name: node, static_configs: [{{targets: ['127.0.0.1:{}']}}]}}]\n",
        alertmanager.port, exporter.port
    );
    machine.root.write("/srv/prometheus.yml", config, 0o644).expect("a configuration");
    writable(machine, "/srv/prometheus");
    let prometheus = machine.start("prometheus", |port| {
        vec![
            format!("--web.listen-address=127.0.0.1:{port}"),
            "--config.file=/srv/prometheus.yml".to_owned(),
            "--storage.tsdb.path=/srv/prometheus".to_owned(),
        ]
    });
    wait("Prometheus", &prometheus, |it| it.try_get("/-/ready").is_ok());
    prometheus
}

fn writable(machine: &Machine, directory: &str) {
    machine.root.run("install", &["-d", "-o", "prometheus", directory]).expect("a directory");
}

/// What a query gives.
fn query(prometheus: &Server, query: &str) -> Vec<Value> {
    let answer = prometheus.get(&format!("/api/v1/query?query={query}"));
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    answer["data"]["result"].as_array().cloned().unwrap_or_default()
}

#[track_caller]
fn wait(what: &str, server: &Server, ready: impl Fn(&Server) -> bool) {
    let end = Instant::now() + PATIENCE;
    while !ready(server) {
        assert!(Instant::now() < end, "{what}: {}", server.daemon.output());
        thread::sleep(Duration::from_millis(100));
    }
}

/// The service that sends to telephones.
struct Webhook {
    port: u16,
    calls: Receiver<(String, String)>,
    heard: RefCell<Vec<String>>,
}

impl Webhook {
    fn new() -> Self {
        let (port, calls) = http::receive();
        Self { port, calls, heard: RefCell::default() }
    }

    /// Waits until all of these have been heard: name, severity and summary, with `#` for numbers.
    #[track_caller]
    fn rings(&self, path: &str, status: &str, wanted: &[&str]) {
        let end = Instant::now() + PATIENCE;
        let mut heard = self.heard.borrow_mut();
        for wanted in wanted {
            let wanted = format!("{path} {status} {wanted}");
            while !heard.contains(&wanted) {
                let left = end.saturating_duration_since(Instant::now());
                let Ok((path, call)) = self.calls.recv_timeout(left) else {
                    panic!("{wanted}\nwas not heard, but\n{}", heard.join("\n"));
                };
                let call: Value = serde_json::from_str(&call).expect("JSON");
                for alert in call["alerts"].as_array().into_iter().flatten() {
                    let word = |place: &Value| place.as_str().unwrap_or_default().to_owned();
                    heard.push(format!(
                        "{path} {} {} {} {}",
                        word(&alert["status"]),
                        word(&alert["labels"]["alertname"]),
                        word(&alert["labels"]["severity"]),
                        blurred(word(&alert["annotations"]["summary"]).trim()),
                    ));
                }
            }
        }
    }
}
