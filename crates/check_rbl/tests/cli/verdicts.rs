//! What an answer of a list comes to, whatever a server does.

use std::time::Duration;

use demo_host::dns::{Behaviour, DnsServer, RecordData, RecordType, Zone};

use crate::support::{HOST, ask, check_four, check_one, entry, four, list, one, run};

/// How the list fails, as `unanswered` and nothing else.
#[track_caller]
fn unanswered(behaviour: Behaviour, why: &str) {
    // The other three lists are enough.
    let zone = four().behave("*.a.example", behaviour);
    let said = check_four(&zone, "-v -t 2");
    said.says(
        "OK - 192.31.196.7 is on none of 3 lists; no answer from a.example",
        &["[OK] not-listed", "[OK] list-unanswered", "[OK] state-unusable"],
    );
    said.shows(&format!("[OK] list-unanswered: a.example has not answered: {why}"));
    let counts = ["listed", "lists", "answered", "refused", "broken", "unanswered"];
    let values: Vec<_> = counts.iter().map(|it| said.metric(it).unwrap()).collect();
    assert_eq!(values, ["0", "4", "3", "0", "0", "1"]);
}

#[test]
fn ok_nothing_listed() {
    let said = check_four(&four(), "-v");
    said.says(
        "OK - 192.31.196.7 is on none of 4 lists",
        &["[OK] not-listed", "[OK] state-unusable"],
    );
    let perfdata = said.stdout.lines().next().unwrap().split(" | ").nth(1).unwrap();
    assert!(
        perfdata.starts_with(
            "score=0;0;1;0 listed=0;;;0 lists=4;;;0 answered=4;;;0 refused=0;;;0 broken=0;;;0 \
             unanswered=0;;;0 allow_listed=0;;;0 dns_queries=12;;;0 time="
        ),
        "{perfdata}"
    );
}

#[test]
fn ok_a_name_without_an_address_is_not_listed() {
    let zone = one().behave(&entry("l.example"), Behaviour::NoData);
    check_one(&zone, "").says("OK - 192.31.196.7 is on none of 1 list", &[]);
}

#[test]
fn warning_one_list() {
    let zone = one()
        .a(&entry("l.example"), [127, 0, 0, 2])
        .txt(&entry("l.example"), "spam seen, see <https://l.example/?ip=192.31.196.7>");
    let said = check_one(&zone, "");
    said.says(
        "WARNING - 192.31.196.7 is listed by l.example: answers 127.0.0.2",
        &["[WARNING] address-listed"],
    );
    said.shows("    \"spam seen, see (https://l.example/?ip=192.31.196.7)\"");
    assert_eq!((said.metric("score"), said.metric("listed")), (Some("1"), Some("1")));
}

#[test]
fn ok_silence() {
    unanswered(Behaviour::Silence, "no answer from DNS in time");
}

#[test]
fn ok_servfail() {
    unanswered(Behaviour::ServFail, "SERVFAIL from DNS");
}

#[test]
fn ok_refused_by_the_server() {
    unanswered(Behaviour::Refused, "REFUSED from DNS");
}

#[test]
fn ok_garbage() {
    unanswered(Behaviour::Garbage, "no usable answer from DNS");
}

#[test]
fn ok_a_wrong_identifier() {
    unanswered(Behaviour::WrongId, "no answer from DNS in time");
}

#[test]
fn ok_a_referral() {
    unanswered(Behaviour::Referral, "only a referral from DNS, which looks nothing up for us");
}

#[test]
fn ok_wrong_dnssec() {
    unanswered(
        Behaviour::Bogus,
        "SERVFAIL from DNS, because DNSSEC validation fails (DNSSEC bogus)",
    );
}

#[test]
fn ok_an_answer_to_another_question_lists_nobody() {
    // Right identifier, right sender, and the answer says that somebody is listed.
    let zone = four()
        .a(&entry("a.example"), [127, 0, 0, 2])
        .behave("*.a.example", Behaviour::WrongQuestion);
    let said = check_four(&zone, "-v -t 2");
    said.says(
        "OK - 192.31.196.7 is on none of 3 lists; no answer from a.example",
        &["[OK] not-listed", "[OK] list-unanswered", "[OK] state-unusable"],
    );
}

#[test]
fn ok_truncated_and_no_tcp() {
    for behaviour in [Behaviour::TruncatedThenSilence, Behaviour::TruncatedThenClosed] {
        unanswered(behaviour, "a truncated answer from DNS, and none over TCP");
    }
    let zone = Zone { udp_only: true, ..four().behave("*.a.example", Behaviour::Truncated) };
    let said = check_four(&zone, "-v -t 2");
    said.shows(
        "[OK] list-unanswered: a.example has not answered: a truncated answer from DNS, and none over \
         TCP",
    );
}

#[test]
fn warning_truncated_and_listed_over_tcp() {
    let zone =
        one().a(&entry("l.example"), [127, 0, 0, 2]).behave("*.l.example", Behaviour::Truncated);
    let said = check_one(&zone, "");
    said.says(
        "WARNING - 192.31.196.7 is listed by l.example: answers 127.0.0.2",
        &["[WARNING] address-listed"],
    );
}

#[test]
fn warning_slow_and_lossy_lists_are_waited_for() {
    let listed = one().a(&entry("l.example"), [127, 0, 0, 2]);
    for behaviour in [Behaviour::Delay(Duration::from_millis(700)), Behaviour::LoseFirst(2)] {
        let said = check_one(&listed.clone().behave("*.l.example", behaviour), "-t 9");
        said.ends_as("WARNING");
    }
}

#[test]
fn warning_several_answers_and_a_huge_text() {
    let strings: Vec<Vec<u8>> = (0..200).map(|_| vec![b'x'; 255]).collect();
    let name = entry("zen.spamhaus.org");
    let zone = list(Zone::new(), "zen.spamhaus.org")
        .a(&name, [127, 0, 0, 4])
        .a(&name, [127, 0, 0, 2])
        .record(&name, RecordData::Txt(strings));
    let said = run(&zone, &format!("-H {HOST} -s zen.spamhaus.org=1"));
    said.says(
        "WARNING - 192.31.196.7 is listed by zen.spamhaus.org: SBL: source of spam, XBL: infected or \
         taken over",
        &["[WARNING] address-listed"],
    );
    said.shows("    see https://check.spamhaus.org/");
    assert!(said.stdout.len() < 1500, "{}", said.stdout.len());
}

#[test]
fn warning_a_list_that_does_not_say_why() {
    let name = entry("l.example");
    for behaviour in [Behaviour::Silence, Behaviour::TruncatedThenSilence, Behaviour::ServFail] {
        let zone = one().a(&name, [127, 0, 0, 2]).behave_for(&name, RecordType::Txt, behaviour);
        let said = check_one(&zone, "");
        said.says(
            "WARNING - 192.31.196.7 is listed by l.example: answers 127.0.0.2",
            &["[WARNING] address-listed"],
        );
        // Nothing rests on it, so it is not asked for until the time is up.
        let queries: u32 = said.metric("dns_queries").unwrap().parse().unwrap();
        assert!(queries <= 6, "{queries}");
    }
}

#[test]
fn warning_reasons_and_codes_are_told_in_an_order_of_their_own() {
    let name = entry("l.example");
    let zone = one().a(&name, [127, 0, 0, 3]).a(&name, [127, 0, 0, 2]);
    let zone = ["d", "b", "a", "c"].into_iter().fold(zone, |zone, text| zone.txt(&name, text));
    let said = check_one(&zone, "");
    said.says(
        "WARNING - 192.31.196.7 is listed by l.example: answers 127.0.0.2, 127.0.0.3",
        &["[WARNING] address-listed"],
    );
    let lines: Vec<&str> = said.stdout.lines().skip(2).take(3).collect();
    assert_eq!(lines, ["    \"a\"", "    \"b\"", "    \"c\""]);
}

#[test]
fn warning_a_list_that_answers_through_an_alias() {
    let zone =
        one().cname(&entry("l.example"), "shared.l.example").a("shared.l.example", [127, 0, 0, 9]);
    check_one(&zone, "").says(
        "WARNING - 192.31.196.7 is listed by l.example: answers 127.0.0.9",
        &["[WARNING] address-listed"],
    );
}

#[test]
fn ok_aliases_without_end() {
    let zone =
        four().cname(&entry("a.example"), "x.a.example").cname("x.a.example", &entry("a.example"));
    let said = check_four(&zone, "-v");
    said.shows("[OK] list-unanswered: a.example has not answered: aliases without end from DNS");
}

#[test]
fn ok_refusals_are_no_listings() {
    for (code, why) in [
        ([127, 255, 255, 250], "the key is disabled"),
        ([127, 255, 255, 251], "the key is not accepted"),
        ([127, 255, 255, 252], "there is a typing error in the zone"),
        (
            [127, 255, 255, 254],
            "the question came through a public resolver, or one whose address has no name (rDNS)",
        ),
        ([127, 255, 255, 255], "too many questions, or not registered"),
        ([127, 0, 0, 1], "answers 127.0.0.1: the resolver may not ask"),
    ] {
        let zone = four().a("*.a.example", code).a("2.0.0.127.a.example", code);
        let said = check_four(&zone, "-v");
        said.says(
            "OK - 192.31.196.7 is on none of 3 lists; a.example refuses",
            &["[OK] not-listed", "[OK] list-refused", "[OK] state-unusable"],
        );
        said.shows(&format!("[OK] list-refused: a.example refuses to answer: {why}"));
        assert_eq!(said.metric("refused"), Some("1"));
    }
}

#[test]
fn ok_a_refusal_that_only_the_test_entries_show() {
    let zone = four().a("1.0.0.127.a.example", [127, 255, 255, 255]);
    let said = check_four(&zone, "-v");
    said.shows(
        "[OK] list-refused: a.example refuses to answer: too many questions, or not registered",
    );
}

#[test]
fn ok_lists_that_are_broken() {
    let world = "the entry that must not be listed is listed too (127.0.0.2)";
    let parked = "203.0.113.80 is no answer of a list";
    let empty = "the test entry is missing: empty, dead, or not of this kind";
    let healthy = ["b.example", "c.example", "d.example"].into_iter().fold(Zone::new(), list);
    for (zone, why) in [
        (healthy.clone().a("*.a.example", [127, 0, 0, 2]), world),
        (healthy.clone().a("*.a.example", [203, 0, 113, 80]), parked),
        (healthy, empty),
        (four().a(&entry("a.example"), [203, 0, 113, 80]), parked),
    ] {
        let said = check_four(&zone, "-v");
        said.says(
            "OK - 192.31.196.7 is on none of 3 lists; a.example is broken",
            &["[OK] not-listed", "[OK] list-broken", "[OK] state-unusable"],
        );
        said.shows(&format!("[OK] list-broken: a.example is broken: {why}"));
        assert_eq!((said.metric("broken"), said.metric("score")), (Some("1"), Some("0")));
    }
}

#[test]
fn ok_a_listing_is_believed_only_where_the_world_is_seen_not_to_be_listed() {
    let zone = four()
        .a(&entry("a.example"), [127, 0, 0, 2])
        .behave("1.0.0.127.a.example", Behaviour::ServFail);
    let said = check_four(&zone, "-v");
    said.shows(
        "[OK] list-unanswered: a.example has not answered: nothing of its test entry: SERVFAIL from \
         DNS",
    );
    // And nothing listed, only where the list is seen to list anything.
    let zone = four().behave("2.0.0.127.a.example", Behaviour::ServFail);
    let said = check_four(&zone, "-v");
    assert_eq!((said.metric("answered"), said.metric("unanswered")), (Some("3"), Some("1")));
    // Of the other entry nothing depends on it.
    let zone = four()
        .a(&entry("a.example"), [127, 0, 0, 2])
        .behave("2.0.0.127.a.example", Behaviour::ServFail);
    check_four(&zone, "").ends_as("WARNING");
}

#[test]
fn ok_codes_that_are_no_listing() {
    let known = |name: &str, code: [u8; 4]| {
        let listed = list(Zone::new(), name).a(&entry(name), code);
        run(&listed, &format!("-H {HOST} -s {name} -v"))
    };
    let said = known("bl.mailspike.net", [127, 0, 0, 18]);
    said.says(
        "OK - 192.31.196.7 is on none of 1 list",
        &["[OK] not-listed", "[OK] state-unusable"],
    );
    let said = known("zen.spamhaus.org", [127, 0, 0, 10]);
    said.says(
        "OK - 192.31.196.7 is on none of 1 list; policy listing at zen.spamhaus.org",
        &["[OK] listing-policy", "[OK] not-listed", "[OK] state-unusable"],
    );
    let said = known("zen.spamhaus.org", [127, 0, 0, 77]);
    said.shows(
        "[OK] listing-information: 192.31.196.7 is told of by zen.spamhaus.org: answers 127.0.0.77, \
         which is not documented",
    );
    let said = known("dnsbl-3.uceprotect.net", [127, 0, 0, 2]);
    said.shows(
        "[OK] listing-information: 192.31.196.7 is told of by dnsbl-3.uceprotect.net: level 3: its \
         provider sent much spam",
    );
    let said = run(
        &list(Zone::new(), "zen.spamhaus.org").a(&entry("zen.spamhaus.org"), [127, 0, 0, 10]),
        &format!("-H {HOST} -s zen.spamhaus.org --severity listing-policy=warning"),
    );
    said.ends_as("WARNING");
}

#[test]
fn critical_bits() {
    let zone = Zone::new()
        .a("test.surbl.org.multi.surbl.org", [127, 0, 0, 254])
        .a("bad.example.multi.surbl.org", [127, 0, 0, 72])
        .a("grey.example.multi.uribl.com", [127, 0, 0, 4])
        .a("test.uribl.com.multi.uribl.com", [127, 0, 0, 14])
        .a("refused.example.multi.uribl.com", [127, 0, 0, 1])
        .a("refused.example.multi.surbl.org", [127, 0, 0, 1])
        .a("refused.example.dbl.spamhaus.org", [127, 0, 1, 255])
        .a("dbltest.com.dbl.spamhaus.org", [127, 0, 1, 2]);
    let said = run(&zone, "-d bad.example -s multi.surbl.org");
    said.says(
        "CRITICAL - bad.example is listed by multi.surbl.org: PH: phishing, ABUSE: spam and other \
         abuse",
        &["[CRITICAL] domain-listed"],
    );
    let said = run(&zone, "-d bad.example -s multi.surbl.org=1");
    said.says(
        "WARNING - bad.example is listed by multi.surbl.org: PH: phishing, ABUSE: spam and other abuse",
        &["[WARNING] domain-listed"],
    );
    let said = run(&zone, "-d grey.example -s multi.uribl.com -v");
    assert_eq!(
        said.findings(),
        ["[OK] listing-information", "[OK] not-listed", "[OK] state-unusable"]
    );
    for (domain, list) in [
        ("refused.example", "multi.uribl.com"),
        ("refused.example", "multi.surbl.org"),
        ("refused.example", "dbl.spamhaus.org"),
    ] {
        let said = run(&zone, &format!("-d {domain} -s {list}"));
        said.says(
            &format!(
                "UNKNOWN - {domain} only 0 of 1 list can be believed: {list} refuses (+1 more)"
            ),
            &["[UNKNOWN] answers-too-few", "[UNKNOWN] list-refused"],
        );
    }
}

#[test]
fn ok_what_a_list_says_does_not_reach_the_output_raw() {
    let zone = one()
        .a(&entry("l.example"), [127, 0, 0, 2])
        .txt(&entry("l.example"), b"a|b \x1b[31m <b> \xff\0 \n x".as_slice());
    let said = check_one(&zone, "");
    said.shows("    \"a!b ?[31m (b) ?? x\"");
}

#[test]
fn ok_everything_is_asked_at_once_and_once() {
    let server = DnsServer::start(&four()).unwrap();
    ask(&server, &format!("-H {HOST} {}", crate::support::FOUR)).ends_as("OK");
    let asked = server.queries();
    assert_eq!(asked.len(), 12);
    assert!(asked.iter().all(|query| query.kind == RecordType::A && query.recursion_desired));
}
