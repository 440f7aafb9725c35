//! Which lists are asked.

use std::fs;

use demo_host::dns::{Behaviour, DnsServer, Zone};

use crate::support::{HOST, ask, bare, check_one, entry, four, list, one, run};

/// The zones that were asked, each once, in their order.
fn asked(words: &str) -> Vec<String> {
    let server = DnsServer::start(&Zone::new()).unwrap();
    ask(&server, words);
    let mut zones: Vec<String> = Vec::new();
    for query in server.queries() {
        if let Some(zone) = query.name.strip_prefix("7.196.31.192.")
            && !zones.contains(&zone.to_owned())
        {
            zones.push(zone.to_owned());
        }
    }
    zones
}

#[test]
fn unknown_the_usual_lists() {
    let zones = asked(&format!("-H {HOST}"));
    assert_eq!(zones.len(), 14, "{zones:?}");
    assert_eq!(zones[0], "zen.spamhaus.org");
    assert!(!zones.iter().any(|zone| zone.contains("dnswl") || zone.contains("barracuda")));
}

#[test]
fn unknown_lists_named_added_and_left_out() {
    assert_eq!(
        asked(&format!("-H {HOST} -s a.example --with b.example")),
        ["a.example", "b.example"]
    );
    assert_eq!(
        asked(&format!("-H {HOST} --server a.example --zone b.example --without A.example")),
        ["b.example"]
    );
    let zones = asked(&format!("-H {HOST} --with x.example --without zen.spamhaus.org"));
    assert_eq!((zones.len(), zones[0].as_str()), (14, "bl.spamcop.net"));
    assert_eq!(zones[13], "x.example");
    // Another weight is not another list.
    assert_eq!(asked(&format!("-H {HOST} --with zen.spamhaus.org=1")).len(), 14);
}

#[test]
fn unknown_dead_lists_are_refused_with_the_reason() {
    for (zone, why) in [
        ("dnsbl.sorbs.net", "dnsbl.sorbs.net ended in 2024: it was emptied"),
        (
            "combined.njabl.org",
            "combined.njabl.org ended in 2013: its domain expired, and then it listed \
                                the world",
        ),
        (
            "cbl.abuseat.org",
            "cbl.abuseat.org ended in 2021: it is a part of zen.spamhaus.org now, and \
                             would count twice",
        ),
    ] {
        bare(&format!("-H {HOST} -s {zone}")).says_only(&format!(
            "UNKNOWN - {why}; leave it out (--force asks it all the same); see --help"
        ));
    }
    assert_eq!(asked(&format!("-H {HOST} -s dnsbl.sorbs.net --force")), ["dnsbl.sorbs.net"]);
}

#[test]
fn ok_allow_lists() {
    let zone = one()
        .a("2.0.0.127.list.dnswl.org", [127, 0, 10, 0])
        .a(&entry("list.dnswl.org"), [127, 0, 5, 2])
        .a(&entry("good.example"), [127, 0, 0, 2])
        .a("2.0.0.127.good.example", [127, 0, 0, 2]);
    let said = check_one(&zone, "--allow-list list.dnswl.org --allow-list good.example -v");
    said.says(
        "OK - 192.31.196.7 is on none of 1 list",
        &["[OK] allow-list", "[OK] allow-list", "[OK] not-listed", "[OK] state-unusable"],
    );
    said.shows("[OK] allow-list: 192.31.196.7 is on the allow list list.dnswl.org: trust: medium");
    let counts = ["score", "lists", "answered", "allow_listed"];
    let values: Vec<_> = counts.iter().map(|it| said.metric(it).unwrap()).collect();
    assert_eq!(values, ["0", "1", "1", "2"]);
    // The last digits of 255 say that the resolver asks too often.
    let zone = one()
        .a("2.0.0.127.list.dnswl.org", [127, 0, 10, 0])
        .a(&entry("list.dnswl.org"), [127, 0, 0, 255]);
    let said = check_one(&zone, "--allow-list list.dnswl.org -v");
    said.shows("[OK] list-refused: list.dnswl.org refuses to answer: the resolver asked too often");
}

#[test]
fn ok_not_on_an_allow_list() {
    let zone = one().a("2.0.0.127.list.dnswl.org", [127, 0, 10, 0]);
    let said = check_one(&zone, "--allow-list list.dnswl.org -v");
    assert_eq!(
        said.findings(),
        ["[OK] allow-list-missing", "[OK] not-listed", "[OK] state-unusable"]
    );
    let moved = "--severity allow-list-missing=warning";
    let said = check_one(&zone, &format!("--allow-list list.dnswl.org {moved}"));
    said.says(
        "WARNING - 192.31.196.7 is not on the allow list list.dnswl.org",
        &["[WARNING] allow-list-missing"],
    );
}

#[test]
fn unknown_an_allow_list_alone_says_nothing_of_a_score() {
    let zone = Zone::new()
        .behave("*.l.example", Behaviour::ServFail)
        .a("2.0.0.127.list.dnswl.org", [127, 0, 10, 0])
        .a(&entry("list.dnswl.org"), [127, 0, 5, 2]);
    let said = check_one(&zone, "--allow-list list.dnswl.org");
    assert_eq!(said.findings(), ["[UNKNOWN] answers-too-few", "[UNKNOWN] list-unanswered"]);
    assert_eq!((said.metric("score"), said.metric("allow_listed")), (None, Some("1")));
}

#[test]
fn ok_a_table_of_ones_own() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("lists.toml");
    let table = "[[list]]\nzone = \"mine.example\"\nasked = [\"ipv4\"]\ndefault = true\nweight = 3\n\
                 codes = [{ answer = \"127.0.0.[4..6]\", meaning = \"seen by us\" }]\n\
                 other = \"information\"\nremoval = \"https://mine.example/\"\n\
                 [[list]]\nzone = \"other.example\"\nasked = [\"ipv4\"]\n";
    fs::write(&file, table).unwrap();
    let words = format!("-H {HOST} --lists {}", file.display());
    let zone = list(Zone::new(), "mine.example").a(&entry("mine.example"), [127, 0, 0, 5]);
    let said = run(&zone, &words);
    said.says(
        "CRITICAL - 192.31.196.7 is listed by mine.example: seen by us",
        &["[CRITICAL] address-listed"],
    );
    said.shows("    see https://mine.example/");
    assert_eq!(asked(&words), ["mine.example"]);
    assert_eq!(asked(&format!("{words} --with other.example")), ["mine.example", "other.example"]);
    fs::write(&file, "[[list]]\nzone = \"mine.example\"\nasked = [\"ipv4\"]\n").unwrap();
    run(&zone, &words).says_only(&format!(
        "UNKNOWN - no list in {} has default = true: name the lists with -s; see --help",
        file.display()
    ));
    fs::write(&file, "[[list]]\nzone = \"mine.example\"\n").unwrap();
    run(&zone, &words)
        .says_only(&format!("UNKNOWN - reading {}: line 1: missing field `asked`", file.display()));
    run(&zone, &format!("-H {HOST} --lists /nonexistent"))
        .says_only("UNKNOWN - reading /nonexistent: no such file");
}

#[test]
fn unknown_the_table_that_is_printed_can_be_read() {
    let printed = bare("--print-lists");
    assert_eq!(printed.code, 3);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("lists.toml");
    fs::write(&file, &printed.stdout).unwrap();
    let words = format!("-H {HOST} --lists {}", file.display());
    assert_eq!(asked(&words), asked(&format!("-H {HOST}")));
}

#[test]
fn unknown_lists_of_an_unknown_kind_are_judged_by_rfc_5782() {
    // A list of IPv4 addresses alone does not list the IPv6 test entry.
    let zone = Zone::new().a("2.0.0.127.l.example", [127, 0, 0, 2]);
    let said = run(&zone, "-H 2620:4f:8000::7 -s l.example");
    said.says(
        "UNKNOWN - 2620:4f:8000::7 only 0 of 1 list can be believed: l.example is broken (+1 more)",
        &["[UNKNOWN] answers-too-few", "[UNKNOWN] list-broken"],
    );
    run(&four(), &format!("-H {HOST} -s a.example -s b.example"))
        .says("OK - 192.31.196.7 is on none of 2 lists", &[]);
}
