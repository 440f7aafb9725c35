//! Whether strangers' mail to strangers is taken.

use demo_host::Action;
use demo_host::smtp::Script;

use crate::support::{check, check_script, polite, start};

const GOOD: &str = "OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TIME";

#[test]
fn critical_an_open_relay() {
    let server = start(Script::open_relay());
    let run = check(server.port(), &["--open-relay"]);
    run.says(
        "CRITICAL - 127.0.0.1:PORT relays mail from relay-test@example.net to \
         relay-test@example.com from this address: 250 2.1.5 Ok",
        &["[CRITICAL] open-relay"],
    );
    assert_eq!(
        polite(&server).lines[1..],
        [
            "MAIL FROM:<relay-test@example.net>",
            "RCPT TO:<relay-test@example.com>",
            "QUIT",
        ],
    );
}

#[test]
fn ok_relaying_refused_in_every_way() {
    for reply in [
        "454 4.7.1 Relay access denied",
        "554 5.7.1 Relay access denied",
    ] {
        let script = Script {
            relay: Action::reply(reply),
            ..Script::default()
        };
        let run = check_script(script, &["--open-relay", "-v"]);
        assert_eq!((run.code, run.headline()), (0, GOOD), "{}", run.stdout);
        run.shows(&format!(
            "[OK] relay: refuses mail from relay-test@example.net to relay-test@example.com from \
             this address: {reply}"
        ));
    }
    let script = Script {
        require_auth: true,
        ..Script::default()
    };
    let run = check_script(script, &["--open-relay", "-v"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    run.shows(
        "[OK] relay: refuses mail from relay-test@example.net to relay-test@example.com from this \
         address: 530 5.7.0 Authentication required",
    );
}

#[test]
fn ok_addresses_of_ones_own_after_another_envelope() {
    let server = start(Script::default());
    let run = check(
        server.port(),
        &[
            "-f",
            "probe@example.net",
            "--rcpt",
            "a@example.org",
            "--open-relay",
            "who@example.com",
        ],
    );
    run.says(GOOD, &[]);
    assert_eq!(
        polite(&server).verbs,
        ["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "QUIT"],
    );
}
