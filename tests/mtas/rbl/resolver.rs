//! A resolver whose ways to the lists are not all good, and names that are looked up first.

use std::{net::SocketAddr, time::Duration};

use demo_host::dns::{Behaviour, DnsServer, Zone};
use mailhost_tests::{Unavailable, loopback_address};

use super::world::{Case, LISTED, NOTHING, available, hold_everywhere, lists, resolver_of};
use crate::unbound::Unbound;

#[test]
fn ok_and_warning_one_list_is_silent() {
    let silent = Zone::new().behave("*", Behaviour::Silence);
    let Some((resolver, _server)) = beside_three("silent.example", &silent) else { return };
    let four = "-s set.example -s trie.example -s both.example -s silent.example";
    Case {
        words: &format!("-H 192.31.196.8 {four} -v"),
        verdict: "OK - 192.31.196.8 is on none of 3 lists; no answer from silent.example",
        findings: &["[OK] not-listed", "[OK] list-unanswered"],
        lines: &[
            "[OK] list-unanswered: silent.example has not answered: no answer from SERVER in time",
        ],
        counts: "lists=4 answered=3 unanswered=1",
    }
    .hold("cold", resolver.address());
    Case {
        words: &format!("-H 192.31.196.7 {four}"),
        verdict: "CRITICAL - 192.31.196.7 is listed by 3 lists: set.example, trie.example, \
                  both.example (score 3, critical range 1)",
        findings: &["[CRITICAL] address-listed"],
        lines: &["    set.example: answers 127.0.0.2", "    \"Listed: 192.31.196.7\""],
        counts: "score=3 listed=3 lists=4 answered=3 unanswered=1",
    }
    .hold("warm", resolver.address());
}

/// The resolver knows the answer only after seconds, because it sends again and asks for one label after
/// the other, and by then answers nobody who has waited for longer than its `discard-timeout` (1.9 s): the
/// answer goes to a question that was sent again.
#[test]
fn warning_a_list_answers_late() {
    let late = Zone {
        authoritative: true,
        ..Zone::new()
            .a("2.0.0.127.late.example", [127, 0, 0, 2])
            .a("7.196.31.192.late.example", [127, 0, 0, 3])
            .txt("7.196.31.192.late.example", "Better late than never")
            .behave("*", Behaviour::Delay(Duration::from_millis(800)))
    };
    let Some((resolver, _server)) = beside_three("late.example", &late) else { return };
    let words = "-H 192.31.196.7 -s late.example -s quiet.example -s still.example -t 9";
    for how in ["cold", "warm"] {
        Case {
            words,
            verdict: "WARNING - 192.31.196.7 is listed by late.example: answers 127.0.0.3",
            lines: &["    \"Better late than never\""],
            counts: "score=1 listed=1 lists=3 answered=3",
            ..LISTED
        }
        .hold(how, resolver.address());
    }
}

#[test]
fn ok_and_warning_the_address_of_a_name() {
    hold_everywhere(&[
        Case {
            words: "-H mail.d.example -s set.example -s quiet.example",
            verdict: "WARNING - 192.31.196.7 of mail.d.example is listed by set.example: answers \
                      127.0.0.2",
            lines: &["    \"Listed: 192.31.196.7\""],
            counts: "score=1 listed=1 lists=2 answered=2",
            ..LISTED
        },
        Case {
            words: "-H clean.d.example -4 -s set.example -s quiet.example",
            verdict: "OK - 192.31.196.8 of clean.d.example is on none of 2 lists",
            counts: "lists=2 answered=2",
            ..NOTHING
        },
    ]);
}

#[test]
fn critical_a_name_without_an_address() {
    for words in ["-H gone.d.example -s set.example", "-H mail.d.example -6 -s both.example"] {
        let name = words.split(' ').nth(1).unwrap_or_default();
        hold_everywhere(&[Case {
            words,
            verdict: &format!("CRITICAL - {name} has no address"),
            findings: &["[CRITICAL] name-not-found"],
            ..NOTHING
        }]);
    }
}

#[test]
fn warning_the_mail_exchangers_of_a_domain() {
    hold_everywhere(&[Case {
        words: "-d d.example --mx -s both.example",
        verdict: "WARNING - 192.31.196.7 of mail.d.example is listed by both.example: answers \
                  127.0.0.2",
        lines: &["    \"Listed: 192.31.196.7\""],
        ..LISTED
    }]);
}

/// A resolver that has just been started, with the shared lists behind it and one list more that is
/// elsewhere.
fn beside_three(origin: &str, zone: &Zone) -> Option<(Unbound, DnsServer)> {
    let lists = lists()?;
    let address = SocketAddr::from((loopback_address(), 53));
    let server = DnsServer::start_at(zone, address).map_err(|source| Unavailable::Io {
        doing: "bind port 53 of a loopback address".to_owned(),
        source,
    });
    let server = available(server)?;
    let others = ["set.example", "trie.example", "both.example", "quiet.example", "still.example"];
    let resolver = resolver_of(&[(lists.address(), &others), (address, &[origin])])?;
    Some((resolver, server))
}
