//! What a template may rely on: a small one, followed from the plugin to the problem and back.

use demo_host::{
    Action,
    smtp::{Script, SmtpServer},
};
use mailhost_tests::packages::DIRECTORY;
use mailhost_tests::{free_port, skip};
use serde_json::{Value, json};

use crate::zabbix::{Agent2, Problem, Zabbix, root};

#[test]
fn critical_and_ok_a_problem_is_found_and_its_end_too() {
    let root = match root() {
        Ok(root) => root,
        Err(reason) => return skip("engines/zabbix", reason),
    };
    let zabbix = Zabbix::start(&root);
    zabbix.import(&template().to_string());
    let (well, closed) = (server(Script::default()), server(closed()));
    let port = closed.port().to_string();
    let host = zabbix.create_host("mx1", &[TEMPLATE], free_port(), &[("{$PORT}", &port)]);

    let problems = || Some(zabbix.problems(&host)).filter(|problems| !problems.is_empty());
    let problems = zabbix.check_until(&host, MASTER, "problem", problems);
    let name = "SMTP banner: 127.0.0.1:PORT greets with 554 5.3.2 Closed for repairs"
        .replace("PORT", &port);
    assert_eq!(problems, [Problem { name, severity: 4 }]);
    assert_eq!(zabbix.item(&host, "code").value.as_deref(), Some("2"));
    let discovered =
        || zabbix.items(&host).into_iter().find(|item| item.key == "finding[greeting]");
    let finding = zabbix.check_until(&host, MASTER, "finding", discovered);
    assert_eq!(finding.name, "Finding greeting");
    let told = || zabbix.item(&host, "finding[greeting]").value;
    assert_eq!(zabbix.check_until(&host, MASTER, "value of the finding", told), "CRITICAL");
    assert_eq!(zabbix.unsupported(&host), [] as [&str; 0]);
    assert_eq!(zabbix.item(&host, MASTER).value, None);

    zabbix.set_macro(&host, "{$PORT}", &well.port().to_string());
    let over = || zabbix.problems(&host).is_empty().then_some(());
    zabbix.check_until(&host, MASTER, "end of the problem", over);
    assert_eq!(zabbix.item(&host, "code").value.as_deref(), Some("0"));
    assert_eq!(zabbix.unsupported(&host), [] as [&str; 0]);
    let _ = (Agent2::start(&root, &[]).get("agent.ping"), DIRECTORY);
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
            "macros": [{"macro": "{$PORT}", "value": "25"}],
            "valuemaps": [{"uuid": uuid(3), "name": "State", "mappings": [
                {"value": "0", "newvalue": "OK"},
                {"value": "2", "newvalue": "CRITICAL"},
            ]}],
            "items": [
                {
                    "uuid": uuid(4), "name": "SMTP banner", "type": "EXTERNAL", "key": MASTER,
                    "value_type": "TEXT", "history": "0", "trends": "0", "delay": "1h",
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
                    "preprocessing": [json_path(
                        "$.findings[?(@.code==\"{#CODE}\")].state.first()"
                    )],
                }],
            }],
        }],
        "triggers": [{
            "uuid": uuid(9),
            "expression": format!("last(/{TEMPLATE}/code)=2 and length(last(/{TEMPLATE}/summary))>0"),
            "name": "SMTP banner is CRITICAL",
            "event_name": "SMTP banner: {ITEM.LASTVALUE2}",
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
const MASTER: &str = "mailhost_smtp_banner[-H,{HOST.CONN},-p,{$PORT},--output,json,-t,2.5]";
