//! Lists of every kind of data, asked themselves and through a resolver, cold and warm.

use hickory_proto::rr::RecordType;

use super::world::{Case, LISTED, NOTHING, hold_everywhere, lists};
use crate::dns_client::ask;

#[test]
fn ok_nothing_listed() {
    hold_everywhere(&[
        Case {
            words: "-H 192.31.196.8 -s set.example -s trie.example -v",
            verdict: "OK - 192.31.196.8 is on none of 2 lists",
            findings: &["[OK] not-listed"],
            lines: &["[OK] not-listed: 192.31.196.8 is on none of 2 lists"],
            counts: "lists=2 answered=2",
        },
        // Taken out of a network that is listed.
        Case {
            words: "-H 192.175.48.25 -s set.example -s trie.example",
            verdict: "OK - 192.175.48.25 is on none of 2 lists",
            counts: "lists=2 answered=2",
            ..NOTHING
        },
        Case {
            words: "-H 2620:4f:8000::25 -s six.example",
            verdict: "OK - 2620:4f:8000::25 is on none of 1 list",
            counts: "lists=1 answered=1",
            ..NOTHING
        },
        Case {
            words: "-d good.example -s names.example",
            verdict: "OK - good.example is on none of 1 list",
            counts: "lists=1 answered=1",
            ..NOTHING
        },
        Case {
            words: "-H 192.31.196.8 -H 2620:4f:8000::25 -d good.example -s both.example",
            verdict: "OK - 3 targets are on none of 1 list",
            counts: "lists=1 answered=1",
            ..NOTHING
        },
    ]);
}

#[test]
fn warning_listed_with_code_and_reason() {
    hold_everywhere(&[
        Case {
            words: "-H 192.31.196.7 -s set.example",
            verdict: "WARNING - 192.31.196.7 is listed by set.example: answers 127.0.0.2",
            lines: &["    \"Listed: 192.31.196.7\""],
            ..LISTED
        },
        Case {
            words: "-H 192.175.48.9 -s trie.example",
            verdict: "WARNING - 192.175.48.9 is listed by trie.example: answers 127.0.0.4",
            lines: &["    \"Policy, see https://www.example.org/?192.175.48.9\""],
            ..LISTED
        },
        // By its half octets.
        Case {
            words: "-H 2620:4f:8000::7 -s six.example",
            verdict: "WARNING - 2620:4f:8000::7 is listed by six.example: answers 127.0.0.2",
            lines: &["    \"Listed: 2620:4f:8000::7\""],
            ..LISTED
        },
        Case {
            words: "-d Bad.example -s names.example",
            verdict: "WARNING - Bad.example is listed by names.example: answers 127.0.0.2",
            findings: &["[WARNING] domain-listed"],
            lines: &["    \"Listed: bad.example\""],
            ..LISTED
        },
        // All names below it too; without a reason.
        Case {
            words: "-d mail.worse.example -s names.example",
            verdict: "WARNING - mail.worse.example is listed by names.example: answers 127.0.0.4",
            findings: &["[WARNING] domain-listed"],
            ..LISTED
        },
        // What every list has, so that an operator can hear the alarm.
        Case {
            words: "-H 127.0.0.2 -s set.example",
            verdict: "WARNING - 127.0.0.2 is listed by set.example: answers 127.0.0.2",
            lines: &["    \"Listed: 127.0.0.2\""],
            ..LISTED
        },
    ]);
}

#[test]
fn critical_two_lists() {
    hold_everywhere(&[Case {
        words: "-H 192.31.196.7 -s set.example -s trie.example -s both.example=0.5",
        verdict: "CRITICAL - 192.31.196.7 is listed by 3 lists: set.example, trie.example, \
                  both.example (score 2.5, critical range 1)",
        findings: &["[CRITICAL] address-listed"],
        lines: &["    set.example: answers 127.0.0.2", "    \"Listed: 192.31.196.7\""],
        counts: "score=2.5 listed=3 lists=3 answered=3",
    }]);
}

#[test]
fn unknown_lists_that_are_empty_or_list_the_world() {
    hold_everywhere(&[
        Case {
            words: "-H 192.31.196.8 -s empty.example -v",
            verdict: "UNKNOWN - 192.31.196.8 only 0 of 1 list can be believed: empty.example is broken (+1 more)",
            findings: &["[UNKNOWN] answers-too-few", "[UNKNOWN] list-broken"],
            lines: &[
                "[UNKNOWN] list-broken: empty.example is broken: the test entry is missing: empty, dead, or not of this kind",
            ],
            counts: "lists=1 broken=1",
        },
        // A listing of a list that does not keep to the rules counts as little as none.
        Case {
            words: "-H 192.31.196.7 -s old.example -v",
            verdict: "UNKNOWN - 192.31.196.7 only 0 of 1 list can be believed: old.example is broken (+1 more)",
            findings: &["[UNKNOWN] answers-too-few", "[UNKNOWN] list-broken"],
            lines: &[
                "[UNKNOWN] list-broken: old.example is broken: the test entry is missing: empty, dead, or not of this kind",
            ],
            counts: "lists=1 broken=1",
        },
        Case {
            words: "-H 192.31.196.8 -s world.example -v",
            verdict: "UNKNOWN - 192.31.196.8 only 0 of 1 list can be believed: world.example is broken (+1 more)",
            findings: &["[UNKNOWN] answers-too-few", "[UNKNOWN] list-broken"],
            lines: &[
                "[UNKNOWN] list-broken: world.example is broken: the entry that must not be listed is listed too (127.0.0.2)",
            ],
            counts: "lists=1 broken=1",
        },
    ]);
}

#[test]
fn ok_and_warning_broken_lists_beside_others() {
    hold_everywhere(&[
        Case {
            words: "-H 192.31.196.8 -s set.example -s trie.example -s empty.example -s world.example",
            verdict: "OK - 192.31.196.8 is on none of 2 lists; 2 are broken",
            counts: "lists=4 answered=2 broken=2",
            ..NOTHING
        },
        Case {
            words: "-H 192.31.196.7 -s set.example -s world.example",
            counts: "score=1 listed=1 lists=2 answered=1 broken=1",
            verdict: "WARNING - 192.31.196.7 is listed by set.example: answers 127.0.0.2",
            ..LISTED
        },
    ]);
}

#[test]
fn warning_the_reasons_that_fit_into_a_datagram() {
    let Some(lists) = lists() else { return };
    // The server leaves out what does not fit, and does not say so; it speaks no TCP.
    let message = ask(lists.address(), "7.196.31.192.long.example", RecordType::TXT, false);
    assert_eq!(message.map(|message| message.answers.len()).ok(), Some(5));
    let runs = hold_everywhere(&[Case {
        words: "-H 192.31.196.7 -s long.example",
        verdict: "WARNING - 192.31.196.7 is listed by long.example: answers 127.0.0.2, 127.0.0.3, \
                  127.0.0.4, 127.0.0.5, 127.0.0.6, 127.0.0.7",
        ..LISTED
    }]);
    for run in runs {
        // Those that come first; a resolver gives them in another order each time.
        let is_reason = |line: &&str| line.starts_with("    \"") && line.len() == 4 + 2 + 217;
        assert_eq!(run.stdout.lines().filter(is_reason).count(), 3, "{}", run.stdout);
    }
}
