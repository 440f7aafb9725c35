//! The second channel of Zabbix: the packaged media type tells at once, somebody else after a while, and both of
//! the end, as docs/zabbix.md sets it up.

use std::fs;
use std::time::{Duration, Instant};

use mailhost_tests::free_port;
use mailhost_tests::packages::DEB;
use serde_json::{Value, json};

use crate::http;
use crate::zabbix::Zabbix;
use crate::zabbix_site::Site;
use crate::zabbix_templates::{
    HIGH, OFTEN, OUTSIDE, wait_for_end, wait_for_problem, with_templates,
};

#[test]
fn critical_and_ok_the_telephone_rings_then_that_of_somebody_else_and_both_at_the_end() {
    let Some(zabbix) = with_templates() else {
        return;
    };
    let (telephones, calls) = http::receive();
    set_up(zabbix, telephones);
    let site = Site::start(zabbix.root());
    let macros = [
        ("{$MAILHOST.NAME}", "mail.example.org"),
        ("{$MAILHOST.RESOLVER}", &site.resolver()),
        ("{$MAILHOST.SMTP.PORT}", &site.closed()),
        ("{$MAILHOST.SMTP.INTERVAL}", OFTEN),
    ];
    let [taken, left] =
        [TAKEN, LEFT].map(|name| zabbix.create_host(name, OUTSIDE, free_port(), &macros));
    let port = site.closed();
    let name = format!("SMTP: 127.0.0.1:{port} greets with 554 5.3.2 Closed for repairs");
    let call =
        |who: &str, says: &str, host: &str| (who.to_owned(), format!("{says} {host}: {name}"));
    let next = || {
        let end = Instant::now() + CALL_LIMIT;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let (path, body) = calls.recv_timeout(left).expect("a call");
            let text = decoded(body.strip_prefix("text=").expect("the one field"));
            // Those of the other tests' hosts are nobody's business here.
            if text.contains(TAKEN) || text.contains(LEFT) {
                return (path, text);
            }
        }
    };

    // Somebody takes it over as soon as the first telephone has rung.
    let problem = wait_for_problem(zabbix, &taken, &name, HIGH);
    let mut expected = vec![call("/oncall", "High", TAKEN), call("/oncall", "High", LEFT)];
    while expected.contains(&call("/oncall", "High", TAKEN)) {
        strike(&mut expected, &next());
    }
    let acknowledge = json!({"eventids": problem.event, "action": ACKNOWLEDGE});
    zabbix.call("event.acknowledge", &acknowledge);
    wait_for_problem(zabbix, &left, &name, HIGH);

    // The second step is a minute later, which is as short as Zabbix has it.
    expected.push(call("/oncall", "Zabbix Administrator (Admin) acknowledged", TAKEN));
    expected.extend([call("/oncall", "High", TAKEN), call("/oncall", "High", LEFT)]);
    expected.push(call("/second", "High", LEFT));
    while !expected.is_empty() {
        strike(&mut expected, &next());
    }

    for host in [&taken, &left] {
        zabbix.set_macro(host, "{$MAILHOST.SMTP.PORT}", &site.smtp());
        wait_for_end(zabbix, host, &name);
    }
    let mut ends = vec![
        call("/oncall", "ENDED", TAKEN),
        call("/oncall", "ENDED", LEFT),
        call("/second", "ENDED", LEFT),
    ];
    while !ends.is_empty() {
        let call = next();
        // Another step may have begun before the end.
        if !call.1.starts_with("High ") {
            strike(&mut ends, &call);
        }
    }
}

/// Takes a call from those that are expected.
fn strike(expected: &mut Vec<(String, String)>, call: &(String, String)) {
    let place = expected.iter().position(|other| other == call);
    expected.swap_remove(place.unwrap_or_else(|| panic!("{call:?} and not {expected:?}")));
}

/// Imports the media type, and makes the users and the action of the docs, with steps of a minute.
fn set_up(zabbix: &Zabbix, telephones: u16) {
    let path = format!("/usr/share/doc/{DEB}/examples/zabbix/second-channel.yaml");
    let source = fs::read_to_string(zabbix.root().join(&path)).expect("it is in the package");
    let rules = json!({"mediaTypes": {"createMissing": true, "updateExisting": true}});
    let import = json!({"format": "yaml", "source": source, "rules": rules});
    assert_eq!(zabbix.call("configuration.import", &import), json!(true));
    let filter = json!({"filter": {"name": "mailhost: by telephone"}});
    let media_type = zabbix.call("mediatype.get", &filter)[0]["mediatypeid"].clone();
    let user = |name: &str| {
        let media = json!({
            "mediatypeid": media_type, "sendto": format!("http://127.0.0.1:{telephones}/{name}"),
            // From Warning up.
            "severity": "60",
        });
        let user = json!({
            "username": name, "passwd": "Kept-for-nobody-1", "roleid": ROLE_OF_A_SUPER_ADMIN,
            "usrgrps": [{"usrgrpid": USERS_WITHOUT_RESTRICTION}], "medias": [media],
        });
        zabbix.call("user.create", &user)["userids"][0].clone()
    };
    let send = |to: &Value, from: u8, conditions: Value| {
        json!({
            "operationtype": 0, "esc_period": "0", "esc_step_from": from, "esc_step_to": 0,
            "opmessage": {"default_msg": 1, "mediatypeid": media_type},
            "opmessage_usr": [{"userid": to}], "opconditions": conditions, "evaltype": 0,
        })
    };
    let not_acknowledged = json!([{"conditiontype": 14, "operator": 0, "value": "0"}]);
    let (oncall, second) = (user("oncall"), user("second"));
    let conditions = json!([
        {"conditiontype": 25, "operator": 0, "value": "check"},
        {"conditiontype": 4, "operator": 5, "value": "2"},
        // Other tests have hosts of their own.
        {"conditiontype": 3, "operator": 2, "value": "SMTP"},
    ]);
    let action = json!({
        "name": "Mail", "eventsource": 0, "esc_period": "60s",
        "filter": {"evaltype": 0, "conditions": conditions},
        "operations": [send(&oncall, 1, json!([])), send(&second, 2, not_acknowledged)],
        "recovery_operations": [{"operationtype": 11, "opmessage": {"default_msg": 1}}],
        "update_operations": [{"operationtype": 12, "opmessage": {"default_msg": 1}}],
    });
    zabbix.call("action.create", &action);
}

/// Takes away the encoding of a form.
fn decoded(form: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = form.bytes();
    while let Some(byte) = rest.next() {
        let digits: Vec<u8> =
            if byte == b'%' { rest.by_ref().take(2).collect() } else { Vec::new() };
        let code = str::from_utf8(&digits).ok().and_then(|it| u8::from_str_radix(it, 16).ok());
        bytes.push(code.unwrap_or(byte));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The host whose problem somebody acknowledges, and the one whose nobody does.
const TAKEN: &str = "taken.example.org";
const LEFT: &str = "left.example.org";
/// Bit of an acknowledgement.
const ACKNOWLEDGE: u8 = 2;
const ROLE_OF_A_SUPER_ADMIN: &str = "3";
/// "Zabbix administrators", who see all hosts.
const USERS_WITHOUT_RESTRICTION: &str = "7";
const CALL_LIMIT: Duration = Duration::from_mins(2);
