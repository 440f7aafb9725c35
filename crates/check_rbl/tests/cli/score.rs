//! What several listings come to.

use demo_host::dns::{Behaviour, Zone};
use serde_json::Value;

use crate::support::{HOST, check_four, check_one, entry, four, list, one, run};

fn listing(zone: Zone, lists: &[&str]) -> Zone {
    lists.iter().fold(zone, |zone, list| zone.a(&entry(list), [127, 0, 0, 2]))
}

#[test]
fn critical_three_lists() {
    let zone = listing(four(), &["a.example", "b.example", "d.example"])
        .txt(&entry("b.example"), "sent spam");
    let said = check_four(&zone, "");
    said.says(
        "CRITICAL - 192.31.196.7 is listed by 3 lists: a.example, b.example, d.example (score 3, \
         critical range 1)",
        &["[CRITICAL] address-listed"],
    );
    said.shows("    b.example: answers 127.0.0.2");
    said.shows("    \"sent spam\"");
    assert_eq!((said.metric("score"), said.metric("listed")), (Some("3"), Some("3")));
}

#[test]
fn ok_a_listing_inside_the_ranges_is_said_in_the_first_line() {
    let zone = listing(four(), &["a.example"]);
    let said = check_four(&zone, "-w 1 -c 2 -v");
    said.says(
        "OK - 192.31.196.7 has 1 listing, tolerated by -w 1: a.example",
        &["[OK] listing-tolerated", "[OK] state-unusable"],
    );
    said.shows("[OK] listing-tolerated: 192.31.196.7 has 1 listing, tolerated by -w 1: a.example");
    let zone = listing(four(), &["a.example", "b.example"]);
    check_four(&zone, "-w 1 -c 2").says(
        "WARNING - 192.31.196.7 is listed by 2 lists: a.example, b.example (score 2, warning range 1)",
        &["[WARNING] address-listed"],
    );
}

#[test]
fn unknown_a_tolerated_listing_is_said_also_beside_something_else() {
    let zone = listing(four(), &["a.example"]).a("mail.d.example", [10, 0, 0, 1]);
    let said = check_four(&zone, "-w 1 -c 2 -H mail.d.example -4");
    said.says(
        "UNKNOWN - 192.31.196.7 has 1 listing, tolerated by -w 1: a.example, 10.0.0.1 of mail.d.example is \
         not public (private): no list...",
        &["[UNKNOWN] address-not-public"],
    );
    // Few lists are enough to know that something is listed, and not that nothing else is.
    let zone = ["b.example", "c.example", "d.example"]
        .into_iter()
        .fold(listing(four(), &["a.example"]), |zone, list| {
            zone.behave(&format!("*.{list}"), Behaviour::ServFail)
        });
    check_four(&zone, "-w 1 -c 2").says(
        "UNKNOWN - 192.31.196.7 has 1 listing, tolerated by -w 1: a.example, 192.31.196.7 only 1 of 4 \
         lists can be believed: n... (+1 more)",
        &["[UNKNOWN] answers-too-few", "[UNKNOWN] list-unanswered"],
    );
    check_four(&zone, "-w 1 -c 2 --min-answers 1").says(
        "OK - 192.31.196.7 has 1 listing, tolerated by -w 1: a.example; no answer from 3",
        &[],
    );
    check_four(&zone, "").ends_as("WARNING");
}

#[test]
fn warning_a_range_that_wants_a_score() {
    let said = check_four(&four(), "-w 1: -c 5");
    said.says(
        "WARNING - 192.31.196.7 has the score 0 (warning range 1:)",
        &["[WARNING] score-threshold"],
    );
    // Where no list can be believed, there is no score to be held to it.
    let none = four().behave("*", Behaviour::ServFail);
    let said = check_four(&none, "-w 1: -c ~:");
    assert_eq!(said.findings(), ["[UNKNOWN] answers-too-few", "[UNKNOWN] list-unanswered"]);
}

#[test]
fn warning_weights_are_added_as_people_add_them() {
    let zone = listing(four(), &["a.example", "b.example"]);
    let words = format!("-H {HOST} -s a.example=0.1 -s b.example=0.2");
    run(&zone, &format!("{words} -w 0.3 -c 1")).ends_as("OK");
    run(&zone, &format!("{words} -w 0.25 -c 1")).says(
        "WARNING - 192.31.196.7 is listed by 2 lists: a.example, b.example (score 0.3, warning range \
         0.25)",
        &["[WARNING] address-listed"],
    );
}

#[test]
fn warning_the_range_may_be_turned_around() {
    check_one(&one(), "-w @0:0 -c 5").ends_as("WARNING");
    let zone = listing(one(), &["l.example"]);
    check_one(&zone, "-w @1:1 -c @2:9").ends_as("WARNING");
}

#[test]
fn critical_lists_of_one_operator_count_once() {
    let spamhaus = ["zen.spamhaus.org", "sbl.spamhaus.org", "xbl.spamhaus.org"];
    let zone = spamhaus.into_iter().fold(Zone::new(), list);
    let zone = zone
        .a(&entry("zen.spamhaus.org"), [127, 0, 0, 2])
        .a(&entry("zen.spamhaus.org"), [127, 0, 0, 4])
        .a(&entry("sbl.spamhaus.org"), [127, 0, 0, 2])
        .a(&entry("xbl.spamhaus.org"), [127, 0, 0, 4]);
    let words = "-s zen.spamhaus.org -s sbl.spamhaus.org -s xbl.spamhaus.org";
    let said = run(&zone, &format!("-H {HOST} {words}"));
    said.ends_as("CRITICAL");
    assert_eq!((said.metric("score"), said.metric("listed")), (Some("2"), Some("3")));
}

#[test]
fn critical_weights() {
    let zone = listing(four(), &["a.example"]);
    let said = run(&zone, &format!("-H {HOST} -s a.example=2.5 -s b.example"));
    said.ends_as("CRITICAL");
    assert_eq!(said.metric("score"), Some("2.5"));
    // A list without weight is told, and does not count.
    let said = run(&zone, &format!("-H {HOST} -s a.example=0 -s b.example -v"));
    assert_eq!(
        said.findings(),
        ["[OK] listing-information", "[OK] not-listed", "[OK] state-unusable"]
    );
}

#[test]
fn ok_a_listing_that_is_accepted() {
    let zone = listing(four(), &["a.example"]);
    let said = check_four(&zone, "--accept A.example@192.31.196.7 -v");
    said.says(
        "OK - 192.31.196.7 is on no list but accepted ones: a.example",
        &["[OK] listing-accepted", "[OK] state-unusable"],
    );
    assert_eq!((said.metric("score"), said.metric("listed")), (Some("0"), Some("0")));
    let zone = listing(zone, &["b.example"]);
    let said = check_four(&zone, "--accept a.example@192.31.196.7");
    said.says(
        "WARNING - 192.31.196.7 is listed by b.example: answers 127.0.0.2",
        &["[WARNING] address-listed"],
    );
    check_four(&zone, "--accept a.example@192.31.196.8").ends_as("CRITICAL");
}

#[test]
fn critical_json_has_a_verdict_for_each_list() {
    let zone = listing(four(), &["a.example", "b.example"]);
    let said = check_four(&zone, "--output json");
    let value: Value = serde_json::from_str(&said.stdout).unwrap();
    let target = &value["facts"]["targets"][0];
    assert_eq!(target["subject"], "192.31.196.7");
    let verdicts: Vec<_> =
        target["lists"].as_array().unwrap().iter().map(|it| &it["verdict"]).collect();
    assert_eq!(verdicts, ["listed", "listed", "not_listed", "not_listed"]);
    assert_eq!(target["lists"][0]["zone"], "a.example");
    assert_eq!(value["code"], 2);
}
