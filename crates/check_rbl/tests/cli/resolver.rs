//! A resolver that is dead, rewrites or is refused, told apart from "listed on all".

use demo_host::dns::{Behaviour, Zone};
use demo_host::ports::refused_port;

use crate::support::{HOST, bare, check_four, check_one, entry, four, list, one, run, world};

#[test]
fn unknown_a_resolver_that_is_dead() {
    let silent = Zone::new().behave("*", Behaviour::Silence).behave(".", Behaviour::Silence);
    let said = check_four(&silent, "-t 1");
    said.says(
        "UNKNOWN - 192.31.196.7 no list could be asked: no answer from DNS in time",
        &["[UNKNOWN] resolver-failed"],
    );
    assert_eq!((said.metric("score"), said.metric("unanswered")), (None, Some("4")));
    let port = refused_port().unwrap();
    let words = format!("-H {HOST} -s l.example --nameserver 127.0.0.1:{} ", port.port());
    let said = bare(&format!("{words} --state-dir /nonexistent/state"));
    assert_eq!(said.findings(), ["[UNKNOWN] resolver-failed"]);
}

#[test]
fn unknown_a_dead_resolver_is_told_also_of_many_targets() {
    let port = refused_port().unwrap();
    let hosts: String = (1..=9).map(|last| format!(" -H 192.31.196.{last}")).collect();
    let server = format!("127.0.0.1:{}", port.port());
    let said =
        bare(&format!("{hosts} -s l.example --nameserver {server} --state-dir /nonexistent/state"));
    let start =
        "UNKNOWN - 192.31.196.1, 192.31.196.2 and 7 more no list could be asked: no way to an";
    assert!(said.verdict().starts_with(start), "{}", said.stdout);
}

#[test]
fn unknown_a_resolver_that_invents_addresses() {
    for address in [[203, 0, 113, 80], [127, 0, 0, 2], [127, 0, 0, 1]] {
        let zone = ["a.example", "b.example", "c.example", "d.example"]
            .into_iter()
            .fold(four(), |zone, list| world(zone, list, address));
        let said = check_four(&zone, "");
        let [a, b, c, d] = address;
        let text = format!(
            "the resolver invents addresses: it answers {a}.{b}.{c}.{d} for 4 of 4 test names that do \
             not exist"
        );
        said.says(&format!("UNKNOWN - 192.31.196.7 {text}"), &["[UNKNOWN] resolver-rewrites"]);
        assert_eq!(said.metric("listed"), None);
    }
}

#[test]
fn unknown_a_resolver_that_knows_no_name() {
    // Three of the usual lists of IPv6 addresses are not known to have an entry that must be listed.
    let said = run(&Zone::new(), "-H 2620:4f:8000::7");
    said.says(
        "UNKNOWN - 2620:4f:8000::7 only 0 of 5 lists can be believed: 2 are broken, no answer from 3 \
         (+2 more)",
        &["[UNKNOWN] answers-too-few", "[UNKNOWN] list-broken", "[UNKNOWN] list-unanswered"],
    );
    // Where there is no other, silence is all that such a list can say.
    run(&Zone::new(), &format!("-H {HOST} -s bl.blocklist.de"))
        .says("OK - 192.31.196.7 is on none of 1 list", &[]);
}

#[test]
fn unknown_lists_that_refuse_are_not_a_resolver_that_invents() {
    let zone = Zone::new().a("*", [127, 0, 0, 1]);
    let said = run(&zone, "-d d.example -s multi.surbl.org -s multi.uribl.com -v");
    assert_eq!(
        said.findings(),
        ["[UNKNOWN] answers-too-few", "[UNKNOWN] list-refused", "[OK] state-unusable"]
    );
}

#[test]
fn unknown_a_list_that_lists_the_world_is_not_the_resolver() {
    let zone = world(one(), "l.example", [127, 0, 0, 2]);
    let said = check_one(&zone, "-v");
    assert_eq!(
        said.findings(),
        ["[UNKNOWN] answers-too-few", "[UNKNOWN] list-broken", "[OK] state-unusable"]
    );
}

#[test]
fn unknown_half_of_the_lists_is_not_enough_where_more_are_wanted() {
    let zone = four().behave("*.a.example", Behaviour::ServFail);
    check_four(&zone, "--min-answers 75%").ends_as("OK");
    check_four(&zone, "--min-answers 76%").says(
        "UNKNOWN - 192.31.196.7 only 3 of 4 lists can be believed: no answer from a.example (+1 more)",
        &["[UNKNOWN] answers-too-few", "[UNKNOWN] list-unanswered"],
    );
    check_four(&zone, "--min-answers 4").ends_as("UNKNOWN");
    check_four(&zone, "--min-answers 3").ends_as("OK");
    // A listing is a listing, however few lists there are.
    let zone = zone.a(&entry("b.example"), [127, 0, 0, 2]);
    check_four(&zone, "--min-answers 4").ends_as("WARNING");
    // And nothing at all is never enough.
    let none = four().behave("*", Behaviour::Refused);
    check_four(&none, "--min-answers 0").ends_as("UNKNOWN");
}

#[test]
fn unknown_spamhaus_refuses_a_public_resolver() {
    let zone = list(Zone::new(), "zen.spamhaus.org").a("*.zen.spamhaus.org", [127, 255, 255, 254]);
    let said = run(&zone, &format!("-H {HOST} -s zen.spamhaus.org -v"));
    said.says(
        "UNKNOWN - 192.31.196.7 only 0 of 1 list can be believed: zen.spamhaus.org refuses (+1 more)",
        &["[UNKNOWN] answers-too-few", "[UNKNOWN] list-refused", "[OK] state-unusable"],
    );
    said.shows(
        "[UNKNOWN] list-refused: zen.spamhaus.org refuses to answer: the question came through a public \
         resolver, or one whose address has no name (rDNS)",
    );
}

#[test]
fn ok_half_of_sixty_lists_are_silent() {
    let mut zone = Zone::new();
    let words: String = (0..60).map(|number| format!(" -s l{number}.example")).collect();
    for number in 0..60 {
        zone = list(zone, &format!("l{number}.example"));
        if number % 2 == 1 {
            zone = zone.behave(&format!("*.l{number}.example"), Behaviour::Silence);
        }
    }
    let said = run(&zone, &format!("-H {HOST} {words}"));
    said.says("OK - 192.31.196.7 is on none of 30 lists; no answer from 30", &[]);
    assert_eq!((said.metric("answered"), said.metric("unanswered")), (Some("30"), Some("30")));
    let listed = zone.a(&entry("l58.example"), [127, 0, 0, 2]).txt(&entry("l58.example"), "spam");
    let said = run(&listed, &format!("-H {HOST} {words}"));
    said.says(
        "WARNING - 192.31.196.7 is listed by l58.example: answers 127.0.0.2",
        &["[WARNING] address-listed"],
    );
    said.shows("    \"spam\"");
}

#[test]
fn unknown_a_name_that_the_resolver_does_not_resolve() {
    let zone = one().behave("mail.d.example", Behaviour::ServFail);
    let said = run(&zone, "-H mail.d.example -s l.example");
    said.says(
        "UNKNOWN - mail.d.example could not be resolved: SERVFAIL from DNS",
        &["[UNKNOWN] resolver-failed"],
    );
}
