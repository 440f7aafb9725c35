//! The formats and the levels of detail.

use demo_host::Action;
use demo_host::smtp::Script;
use serde_json::Value;

use crate::support::{Ca, check_cut_off, check_script};

const GOOD: &str = "OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TIME";

fn bad() -> Script {
    Script::default().answering("MAIL", Action::reply("452 4.3.1 <full> | \u{1b}disk"))
}

#[test]
fn ok_the_whole_output() {
    let run = check_script(Script::default(), &["-w", "5", "-F", "monitor.example.net"]);
    let numbers = regex_lite::Regex::new("=[0-9.]+s").unwrap();
    assert_eq!(
        numbers.replace_all(&run.stdout, "=Ns"),
        "SMTP BANNER OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TIME | time=Ns;5;;0 \
         dns=Ns;;;0 connect=Ns;;;0 greeting=Ns;;;0 ehlo=Ns;;;0\n",
    );
}

#[test]
fn critical_the_whole_output() {
    let run = check_script(bad(), &["-f", "<>", "--no-perfdata"]);
    assert_eq!(
        run.stdout,
        "SMTP BANNER CRITICAL - 127.0.0.1:PORT refuses mail from \"\": 452 4.3.1 (full) ! ?disk\n\
         [CRITICAL] mail-refused: refuses mail from \"\": 452 4.3.1 (full) ! ?disk\n    The \
         server's own words say why: 452 is a full disk or queue, 530 wants TLS (-S) or a login (-U), 5.7 \
         a policy.\n",
    );
    assert_eq!(run.code, 2);
}

#[test]
fn ok_levels_of_detail() {
    let args = ["-F", "monitor.example.net", "--no-perfdata"];
    let at = |level: &str| {
        let mut all = args.to_vec();
        if !level.is_empty() {
            all.push(level);
        }
        check_script(Script::default(), &all)
    };
    assert_eq!(at("").stdout, format!("SMTP BANNER {GOOD}\n"));
    let first = at("-v");
    first.shows("[OK] greeting: 220 mail.example.org ESMTP, TIME after connect");
    first.shows("[OK] ehlo: offers PIPELINING, 8BITMIME, ENHANCEDSTATUSCODES");
    assert!(!first.stdout.contains("C: EHLO"));
    let second = at("-vv");
    for line in [
        "  127.0.0.1:PORT:",
        "  S: 220 mail.example.org ESMTP",
        "  C: EHLO monitor.example.net",
        "  S: 250-mail.example.org",
        "  S: 250 ENHANCEDSTATUSCODES",
        "  C: QUIT",
        "  S: 221 2.0.0 Bye",
    ] {
        second.shows(line);
    }
    assert!(!second.stdout.contains(" total "));
    let third = at("-vvv");
    assert!(third.stdout.contains("  127.0.0.1:PORT connect 0."), "{}", third.stdout);
    assert!(third.stdout.contains(", total 0."), "{}", third.stdout);
}

#[test]
fn ok_and_critical_json() {
    for (script, state, code) in [(Script::default(), "OK", 0), (bad(), "CRITICAL", 2)] {
        let run = check_script(script, &["-f", "<>", "--output", "json"]);
        assert_eq!(run.code, code);
        assert_eq!(run.stdout.lines().count(), 1);
        let object: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(object["plugin"], "check_smtp_banner");
        assert_eq!(object["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(object["target"], "127.0.0.1:PORT");
        assert_eq!(object["state"], state);
        assert_eq!(object["code"], code);
        assert_eq!(object["metrics"][0]["label"], "time");
        assert_eq!(object["metrics"][0]["unit"], "s");
        assert_eq!(object["facts"]["doors"][0]["greeting"]["code"], 220);
        let first = &object["findings"][0];
        if code == 2 {
            assert_eq!(
                object["summary"],
                "127.0.0.1:PORT refuses mail from \"\": 452 4.3.1 (full) ! ?disk"
            );
            assert_eq!((&first["code"], &first["state"]), (&"mail-refused".into(), &state.into()));
        }
    }
}

#[test]
fn ok_the_facts_hold_no_nulls_and_trust_is_a_word() {
    let ca = Ca::new();
    let run = check_script(ca.good_script(), &ca.trusting(&["-S", "--output", "json"]));
    let object: Value = serde_json::from_str(&run.stdout).unwrap();
    let door = &object["facts"]["doors"][0];
    assert_eq!(door["tls"]["trust"], "trusted", "{door}");
    assert!(!object["facts"].to_string().contains("null"), "{}", object["facts"]);
    let args = ["-S", "--sni", "mail.example.org", "--output", "json"];
    let run = check_script(ca.good_script(), &args);
    let object: Value = serde_json::from_str(&run.stdout).unwrap();
    let trust = &object["facts"]["doors"][0]["tls"]["trust"];
    assert!(trust["untrusted"].is_string() || trust == "no_roots", "{trust}");
}

#[test]
fn critical_very_many_findings_leave_valid_json_with_its_metrics() {
    let recipients: Vec<String> = (0..60).map(|at| format!("user{at}@example.org")).collect();
    let mut args = vec!["--output", "json", "-w", "5"];
    args.extend(recipients.iter().flat_map(|recipient| ["--rcpt", recipient]));
    // Short reasons fit, long ones do not.
    for (reason, all) in [("No".to_owned(), true), ("<No> \u{1b}".repeat(300), false)] {
        let refusal = Action::reply(&format!("550 5.1.1 {reason}"));
        let script = Script { recipients: vec![("*".into(), refusal)], ..Script::default() };
        let run = check_script(script, &args);
        assert_eq!(run.code, 2);
        assert!(run.stdout.len() <= 60_001, "{}", run.stdout.len());
        let object: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((&object["state"], &object["code"]), (&"CRITICAL".into(), &2.into()));
        assert!(object["summary"].as_str().unwrap().ends_with("(+59 more)"));
        let findings = object["findings"].as_array().unwrap();
        let refused = findings.iter().filter(|it| it["code"] == "rcpt-refused").count();
        assert!(if all { refused == 60 } else { refused > 20 }, "{refused}");
        let labels = object["metrics"].as_array().unwrap().iter().map(|it| it["label"].as_str());
        let labels: Option<Vec<&str>> = labels.collect();
        let known = ["time", "dns", "connect", "greeting", "ehlo", "mail", "rcpt"];
        assert_eq!(labels.unwrap(), known);
        assert_eq!(object["metrics"][0]["warning"], "5");
    }
}

#[test]
fn ok_and_critical_prometheus() {
    let run = check_script(Script::default(), &["--output", "prometheus"]);
    assert_eq!(run.code, 0);
    run.shows("# TYPE mailhost_smtp_banner_state gauge");
    run.shows("mailhost_smtp_banner_state{target=\"127.0.0.1:PORT\"} 0");
    run.shows("# TYPE mailhost_smtp_banner_greeting_seconds gauge");
    let run = check_script(bad(), &["-f", "<>", "--output", "prometheus"]);
    assert_eq!(run.code, 2);
    run.shows("mailhost_smtp_banner_state{target=\"127.0.0.1:PORT\"} 2");
    run.shows(
        "mailhost_smtp_banner_finding{target=\"127.0.0.1:PORT\",subject=\"127.0.0.1:PORT\",\
         code=\"mail-refused\"} 2",
    );
}

#[test]
fn critical_machine_formats_when_nothing_answers() {
    let script = || Script { greeting: Action::Close, ..Script::default() };
    let run = check_cut_off(script(), &["--output", "json"]);
    let object: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&object["state"], run.code), (&"CRITICAL".into(), 2));
    let run = check_cut_off(script(), &["--output", "prometheus"]);
    run.shows("mailhost_smtp_banner_state{target=\"127.0.0.1:PORT\"} 2");
}

#[test]
fn critical_ignored_findings_leave_the_state() {
    let run = check_script(bad(), &["-f", "<>", "--ignore", "mail-refused"]);
    run.says(&format!("{GOOD} (1 ignored)"), &[]);
    let run = check_script(bad(), &["-f", "<>", "--severity", "mail-refused=unknown"]);
    run.says(
        "UNKNOWN - 127.0.0.1:PORT refuses mail from \"\": 452 4.3.1 (full) ! ?disk",
        &["[UNKNOWN] mail-refused"],
    );
}
