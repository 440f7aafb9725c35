//! What a template may rely on: a small one, followed from the plugin to the problem and back.

use std::sync::LazyLock;

use demo_host::{
    Action,
    smtp::{Script, SmtpServer},
};
use mailhost_tests::{free_port, packages::DIRECTORY};
use serde_json::{Value, json};

use crate::zabbix::{Agent2, Problem, Zabbix, zabbix};

#[test]
fn critical_a_problem_is_found_with_its_reason_and_ends() {
    let Some(zabbix) = with_template() else {
        return;
    };
    let (closed, well) = (server(closed()), server(Script::default()));
    let port = closed.port().to_string();
    let host = zabbix.create_host("closed", &[TEMPLATE], free_port(), &[("{$PORT}", &port)]);

    let problems = zabbix.wait_until(&host, "problem", || {
        Some(zabbix.problems(&host)).filter(|problems| !problems.is_empty())
    });
    let data = format!("127.0.0.1:{port} greets with 554 5.3.2 Closed for repairs");
    assert_eq!(problems, [Problem { name: format!("SMTP: {data}"), severity: 4, data }]);
    assert_eq!(zabbix.item(&host, "code").value.as_deref(), Some("2"));

    zabbix.set_macro(&host, "{$PORT}", &well.port().to_string());
    zabbix.wait_until(&host, "end of the problem", || {
        zabbix.problems(&host).is_empty().then_some(())
    });
    assert_eq!(zabbix.item(&host, "code").value.as_deref(), Some("0"));
    assert_eq!(zabbix.unsupported(&host), [] as [&str; 0]);
    // Not kept: there is nothing in it that another item has not.
    assert_eq!(zabbix.item(&host, MASTER).value, None);
}

#[test]
fn critical_findings_are_discovered_and_are_ok_when_they_are_gone() {
    let Some(zabbix) = with_template() else {
        return;
    };
    let (closed, well) = (server(closed()), server(Script::default()));
    let port = closed.port().to_string();
    let host = zabbix.create_host("findings", &[TEMPLATE], free_port(), &[("{$PORT}", &port)]);

    let finding = || {
        let items = zabbix.items(&host);
        let value = items.into_iter().find(|item| item.key == "finding[greeting-refused]")?.value;
        value.filter(|value| !value.is_empty())
    };
    assert_eq!(zabbix.wait_until(&host, "finding", finding), "CRITICAL");

    zabbix.set_macro(&host, "{$PORT}", &well.port().to_string());
    zabbix.wait_until(&host, "end of the finding", || finding().filter(|state| state == "OK"));
    assert_eq!(zabbix.unsupported(&host), [] as [&str; 0]);
}

/// The time that Zabbix gives a script is three seconds, and it tells nothing of one that it had to end.
#[test]
fn critical_a_silent_server_is_told_before_zabbix_loses_patience() {
    let Some(zabbix) = with_template() else {
        return;
    };
    let silent = server(Script { greeting: Action::Silence, ..Script::default() });
    let port = silent.port().to_string();
    let host = zabbix.create_host("silent", &[TEMPLATE], free_port(), &[("{$PORT}", &port)]);
    let summary = zabbix.wait_until(&host, "summary", || zabbix.item(&host, "summary").value);
    // On a machine with too much to do the plugin's watchdog may be first, and has other words for it.
    assert!(summary.contains("the greeting") && summary.contains("2.5 s"), "{summary}");
}

/// And this is what it would say, so that it is known that the other test can fail.
#[test]
fn unknown_a_plugin_that_takes_too_long_is_not_supported() {
    let Some(zabbix) = with_template() else {
        return;
    };
    let silent = server(Script { greeting: Action::Silence, ..Script::default() });
    let macros = [("{$PORT}", silent.port().to_string()), ("{$TIMEOUT}", "9".to_owned())];
    let macros = macros.each_ref().map(|(name, value)| (*name, value.as_str()));
    let host = zabbix.create_host("endless", &[TEMPLATE], free_port(), &macros);
    let reason = zabbix.wait_until(&host, "reason", || {
        Some(zabbix.item(&host, MASTER).error).filter(|error| !error.is_empty())
    });
    assert_eq!(reason, "Timeout while executing a shell script.");
    assert_eq!(zabbix.item(&host, "code").value, None);
}

#[test]
fn critical_agent_2_runs_a_plugin_and_refuses_characters_of_the_shell() {
    let Some(zabbix) = with_template() else {
        return;
    };
    let parameter =
        format!("UserParameter=smtp[*],{DIRECTORY}/check_smtp_banner --output json $1 $2 $3 $4\n");
    let root = zabbix.root();
    root.write(PARAMETERS, parameter, 0o644).expect("a file of user parameters");
    let agent = Agent2::start(root, &[PARAMETERS]);
    let refused = agent.get("smtp[-H,127.0.0.1,-w,~:1]");
    assert!(refused.contains("Character \"~\" is not allowed"), "{refused}");

    let closed = server(closed());
    let port = closed.port().to_string();
    let host = zabbix.create_host("agent", &[TEMPLATE], agent.port(), &[("{$PORT}", &port)]);
    let answer = zabbix.wait_until(&host, "answer", || {
        zabbix.check_now(&host, BY_AGENT);
        zabbix.item(&host, BY_AGENT).value
    });
    let answer: Value = serde_json::from_str(&answer).expect("all of the JSON");
    let summary = format!("127.0.0.1:{port} greets with 554 5.3.2 Closed for repairs");
    assert_eq!(answer["summary"], summary);
}

/// The Zabbix of all tests, with the template.
fn with_template() -> Option<&'static Zabbix> {
    static IMPORTED: LazyLock<Option<&'static Zabbix>> =
        LazyLock::new(|| zabbix().inspect(|zabbix| zabbix.import(&template().to_string())));
    *IMPORTED
}

fn server(script: Script) -> SmtpServer {
    SmtpServer::start(script).expect("a server on loopback")
}

fn closed() -> Script {
    Script { greeting: Action::reply("554 5.3.2 Closed for repairs"), ..Script::default() }
}

fn template() -> Value {
    json!({"zabbix_export": {
        "version": "6.0",
        "groups": [{"uuid": uuid(1), "name": "Templates/Mail"}],
        "templates": [{
            "uuid": uuid(2),
            "template": TEMPLATE,
            "name": TEMPLATE,
            "groups": [{"name": "Templates/Mail"}],
            "macros": [
                {"macro": "{$PORT}", "value": "25"},
                {"macro": "{$TIMEOUT}", "value": "2.5"},
            ],
            "valuemaps": [{"uuid": uuid(3), "name": "State", "mappings": [
                {"value": "0", "newvalue": "OK"},
                {"value": "2", "newvalue": "CRITICAL"},
            ]}],
            "items": [
                {
                    "uuid": uuid(4), "name": "SMTP banner", "type": "EXTERNAL", "key": MASTER,
                    "value_type": "TEXT", "history": "0", "trends": "0", "delay": "1s",
                },
                {
                    "uuid": uuid(10), "name": "By the agent", "type": "ZABBIX_PASSIVE", "key": BY_AGENT,
                    "value_type": "TEXT", "trends": "0", "delay": "1h",
                },
                dependent(5, "code", json!({"valuemap": {"name": "State"}})),
                dependent(6, "summary", json!({"value_type": "TEXT", "trends": "0"})),
            ],
            "discovery_rules": [{
                "uuid": uuid(7), "name": "Findings", "type": "DEPENDENT", "key": "findings",
                "master_item": {"key": MASTER},
                "preprocessing": [json_path("$.findings")],
                "lld_macro_paths": [{"lld_macro": "{#CODE}", "path": "$.code"}],
                "item_prototypes": [{
                    "uuid": uuid(8), "name": "Finding {#CODE}", "type": "DEPENDENT",
                    "key": "finding[{#CODE}]", "value_type": "TEXT", "trends": "0",
                    "master_item": {"key": MASTER},
                    "preprocessing": [{
                        "type": "JSONPATH",
                        "parameters": ["$.findings[?(@.code==\"{#CODE}\")].state.first()"],
                        "error_handler": "CUSTOM_VALUE", "error_handler_params": "OK",
                    }],
                }],
            }],
        }],
        "triggers": [{
            "uuid": uuid(9),
            "expression": format!("last(/{TEMPLATE}/code)=2 and length(last(/{TEMPLATE}/summary))>0"),
            "name": "SMTP banner is CRITICAL",
            "event_name": "SMTP: {ITEM.LASTVALUE2}",
            "opdata": WHOLE_SUMMARY,
            "priority": "HIGH",
        }],
    }})
}

/// An item that is what the plugin's JSON has under the same name.
fn dependent(number: u8, key: &str, more: Value) -> Value {
    let mut item = json!({
        "uuid": uuid(number), "name": key, "type": "DEPENDENT", "key": key,
        "master_item": {"key": MASTER}, "preprocessing": [json_path(&format!("$.{key}"))],
    });
    let (Some(item_fields), Value::Object(more)) = (item.as_object_mut(), more) else {
        panic!("both are objects");
    };
    item_fields.extend(more);
    item
}

fn json_path(path: &str) -> Value {
    json!({"type": "JSONPATH", "parameters": [path]})
}

/// The import takes nothing but version 4.
fn uuid(number: u8) -> String {
    format!("{number:08x}000040008000000000000000")
}

const TEMPLATE: &str = "Mailhost trial";
const MASTER: &str = "mailhost_smtp_banner[-H,{HOST.CONN},-p,{$PORT},--output,json,-t,{$TIMEOUT}]";
const BY_AGENT: &str = "smtp[-H,{HOST.CONN},-p,{$PORT}]";
/// A value that stands there by itself is cut after 20 characters. The number counts the functions of the expression.
const WHOLE_SUMMARY: &str = r#"{{ITEM.VALUE2}.regsub("^([\s\S]*)$", "\1")}"#;
const PARAMETERS: &str = "/etc/zabbix/zabbix_agent2.d/trial.conf";
