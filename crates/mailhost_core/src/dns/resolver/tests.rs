//! The resolver against a real server on loopback, good and bad.

use std::time::Duration;

use demo_host::dns::{Behaviour, DnsServer, RecordData, Zone};

use super::Resolver;
use crate::deadline::Deadline;
use crate::dns::{Answer, Lookup, Name, Question, RecordType};

const NAME: &str = "mail.example.org";

fn question(name: &str) -> Question {
    Question::new(&Name::from_text(name).expect("a name"), RecordType::A)
}

fn zone() -> Zone {
    Zone::new().a(NAME, [192, 0, 2, 25])
}

fn misbehaving(behaviour: Behaviour) -> DnsServer {
    DnsServer::start(&zone().behave(NAME, behaviour)).expect("a server")
}

/// What is answered about [`NAME`] within two seconds, with the servers' ports taken out.
fn ask(servers: &[&DnsServer]) -> String {
    let (answer, _) = asked(servers, 2.0);
    let mut said = answer.outcome.to_string();
    for (server, name) in servers.iter().zip(["first", "second"]) {
        said = said.replace(&server.address().to_string(), name);
    }
    said
}

fn asked(servers: &[&DnsServer], seconds: f64) -> (Answer, u64) {
    let addresses: Vec<_> = servers.iter().map(|server| server.address()).collect();
    let deadline = Deadline::start(Duration::from_secs_f64(seconds));
    let mut resolver = Resolver::new(&addresses, &deadline).expect("a resolver");
    let answer = resolver.ask(&[question(NAME)]).pop().expect("an answer");
    (answer, resolver.sent())
}

#[test]
fn ok_an_answer_and_who_gave_it() {
    let server = DnsServer::start(&zone()).expect("a server");
    let (answer, sent) = asked(&[&server], 20.0);
    assert_eq!(answer.outcome.to_string(), "192.0.2.25");
    assert_eq!(usize::try_from(sent), Ok(server.queries().len()));
    assert_eq!(answer.server, Some(server.address()));
    let queries = server.queries();
    assert!(queries[0].recursion_desired && !queries[0].checking_disabled && !queries[0].tcp);
    assert_eq!(queries[0].edns_payload, Some(1232));
}

#[test]
fn ok_a_resolver_tells_whether_it_has_validated() {
    let owner = "_25._tcp.mail.example.org";
    let question = Question::new(&Name::from_text(owner).expect("a name"), RecordType::Tlsa);
    for authenticated in [true, false] {
        let data = RecordData::Tlsa(3, 1, 1, vec![0xab; 32]);
        let zone = Zone { authenticated, ..Zone::new() }.record(owner, data);
        let server = DnsServer::start(&zone).expect("a server");
        let deadline = Deadline::start(Duration::from_secs(20));
        let mut resolver = Resolver::new(&[server.address()], &deadline).expect("a resolver");
        let answer = resolver.ask(std::slice::from_ref(&question)).pop().expect("an answer");
        assert_eq!(answer.outcome.to_string(), format!("3 1 1 {}", "ab".repeat(32)));
        assert_eq!(answer.tlsa().count(), 1);
        assert_eq!(answer.authentic, authenticated);
        // What itself knows a server need not validate, and is not asked whether it has.
        let there = question.clone().at(server.address());
        assert!(!resolver.ask(&[there]).pop().expect("an answer").authentic);
    }
}

#[test]
fn ok_a_failure_that_passes_is_no_wrong_dnssec() {
    let server = misbehaving(Behaviour::FailFirst(1));
    assert_eq!(ask(&[&server]), "192.0.2.25");
    let asked: Vec<bool> = server.queries().iter().map(|it| it.checking_disabled).collect();
    assert_eq!(asked, [false, true, false]);
}

#[test]
fn ok_many_that_are_silent_do_not_keep_others_on_the_ground() {
    let zone = zone().behave("*.silent.example", Behaviour::Silence);
    let server = DnsServer::start(&zone).expect("a server");
    let deadline = Deadline::start(Duration::from_secs(6));
    let mut resolver = Resolver::new(&[server.address()], &deadline).expect("a resolver");
    let mut questions: Vec<Question> =
        (0..500).map(|at| question(&format!("n{at}.silent.example"))).collect();
    questions.push(question(NAME));
    let answers = resolver.ask(&questions);
    assert_eq!(answers[500].outcome.to_string(), "192.0.2.25");
    assert!(answers[499].failure().is_some());
}

#[test]
fn ok_names_of_paced_zones_wait_for_their_turn() {
    let deadline = Deadline::start(Duration::from_secs(5));
    let mut resolver = Resolver::new(&[], &deadline).expect("a resolver");
    let zones = ["a.example", "b.example"].map(|zone| Name::from_text(zone).expect("a name"));
    let span = Duration::from_secs(10);
    resolver.pace(zones.to_vec(), 2, span);
    // Later than the moments in which it may have asked before.
    let now = std::time::Instant::now() + span;
    let mut turn = |name: &str| resolver.not_before(&question(name), now) - now;
    assert_eq!(turn("1.a.example"), Duration::ZERO);
    assert_eq!(turn("1.b.example"), Duration::ZERO);
    assert_eq!(turn("1.c.example"), Duration::ZERO);
    assert_eq!(turn("2.b.example"), span);
    assert_eq!(turn("2.a.example"), span);
    assert_eq!(turn("3.a.example"), span * 2);
}

#[test]
fn ok_many_questions_fly_together_and_keep_their_order() {
    let mut zone = Zone::new();
    let names: Vec<String> = (0..150).map(|at| format!("n{at}.example.org")).collect();
    for (at, name) in (0_u8..).zip(&names) {
        zone = zone.a(name, [192, 0, 2, at]);
    }
    let server = DnsServer::start(&zone).expect("a server");
    let deadline = Deadline::start(Duration::from_secs(20));
    let mut resolver = Resolver::new(&[server.address()], &deadline).expect("a resolver");
    let questions: Vec<Question> = names.iter().map(|name| question(name)).collect();
    for (at, answer) in resolver.ask(&questions).iter().enumerate() {
        assert_eq!(answer.outcome.to_string(), format!("192.0.2.{at}"));
    }
}

#[test]
fn ok_a_lost_datagram_is_sent_again() {
    let server = misbehaving(Behaviour::LoseFirst(1));
    let (answer, sent) = asked(&[&server], 10.0);
    assert_eq!(answer.outcome.to_string(), "192.0.2.25");
    assert!(sent >= 2, "{sent}");
}

#[test]
fn ok_what_does_not_fit_comes_over_tcp() {
    let server = misbehaving(Behaviour::Truncated);
    assert_eq!(ask(&[&server]), "192.0.2.25");
    assert!(server.queries().iter().any(|query| query.tcp));
}

#[test]
fn ok_where_one_server_fails_the_other_is_asked() {
    let good = DnsServer::start(&zone()).expect("a server");
    for behaviour in [
        Behaviour::Garbage,
        Behaviour::Refused,
        Behaviour::ServFail,
        Behaviour::Silence,
        Behaviour::WrongId,
    ] {
        let bad = misbehaving(behaviour.clone());
        assert_eq!(ask(&[&bad, &good]), "192.0.2.25", "{behaviour:?}");
    }
    let closed = demo_host::ports::refused_port().expect("a port");
    let gone = std::net::SocketAddr::from(([127, 0, 0, 1], closed.port()));
    let deadline = Deadline::start(Duration::from_secs(2));
    let mut resolver = Resolver::new(&[gone, good.address()], &deadline).expect("a resolver");
    let answers = resolver.ask(&[question(NAME)]);
    assert_eq!(answers[0].outcome.to_string(), "192.0.2.25");
}

#[test]
fn ok_a_slow_server_is_waited_for_where_the_other_refuses() {
    for behaviour in [Behaviour::Refused, Behaviour::Garbage] {
        let bad = misbehaving(behaviour);
        let slow = misbehaving(Behaviour::Delay(Duration::from_millis(1500)));
        let (answer, _) = asked(&[&bad, &slow], 20.0);
        assert_eq!(answer.outcome.to_string(), "192.0.2.25");
    }
}

#[test]
fn ok_a_dead_server_is_waited_for_once() {
    let good = DnsServer::start(&zone()).expect("a server");
    let dead = misbehaving(Behaviour::Silence);
    let deadline = Deadline::start(Duration::from_secs(20));
    let servers = [dead.address(), good.address()];
    let mut resolver = Resolver::new(&servers, &deadline).expect("a resolver");
    for _ in 0..5 {
        let answers = resolver.ask(&[question(NAME)]);
        assert_eq!(answers[0].outcome.to_string(), "192.0.2.25");
    }
    assert!(dead.queries().len() < 5, "{:?}", dead.queries());
}

#[test]
fn critical_failures_are_told_apart() {
    for (behaviour, said) in [
        (Behaviour::NoData, "no such record"),
        (Behaviour::NxDomain, "no such name"),
        (Behaviour::ServFail, "SERVFAIL from first"),
        (Behaviour::Bogus, "SERVFAIL from first, because DNSSEC validation fails (DNSSEC bogus)"),
        (Behaviour::BogusUntold, "SERVFAIL from first, because DNSSEC validation fails"),
        (Behaviour::Refused, "REFUSED from first"),
        (Behaviour::Referral, "only a referral from first, which looks nothing up for us"),
        (Behaviour::Silence, "no answer from first in time"),
        (Behaviour::Garbage, "no usable answer from first"),
        (Behaviour::WrongId, "no answer from first in time"),
    ] {
        assert_eq!(ask(&[&misbehaving(behaviour)]), said);
    }
}

#[test]
fn critical_of_several_failures_the_most_telling_is_told() {
    let (silent, failing) = (misbehaving(Behaviour::Silence), misbehaving(Behaviour::ServFail));
    assert_eq!(ask(&[&silent, &failing]), "SERVFAIL from second");
    let refusing = misbehaving(Behaviour::Refused);
    assert_eq!(ask(&[&failing, &refusing]), "SERVFAIL from first");
    let also = misbehaving(Behaviour::ServFail);
    assert_eq!(ask(&[&failing, &also]), "SERVFAIL from first and second");
}

#[test]
fn critical_a_failing_resolver_is_asked_once_more_without_validation() {
    let server = misbehaving(Behaviour::ServFail);
    ask(&[&server]);
    let unchecked: Vec<bool> =
        server.queries().iter().map(|query| query.checking_disabled).collect();
    assert_eq!(unchecked, [false, true]);
}

#[test]
fn unknown_nobody_listens() {
    let closed = demo_host::ports::refused_port().expect("a port");
    let gone = std::net::SocketAddr::from(([127, 0, 0, 1], closed.port()));
    let deadline = Deadline::start(Duration::from_secs(5));
    let mut resolver = Resolver::new(&[gone], &deadline).expect("a resolver");
    let answers = resolver.ask(&[question(NAME)]);
    let said = answers[0].outcome.to_string();
    assert_eq!(said, format!("no way to an answer from {gone} (connection refused)"));
}

#[test]
fn ok_one_server_is_asked_for_what_itself_knows() {
    let (resolver_side, other) =
        (DnsServer::start(&Zone::new()).expect("a server"), misbehaving(Behaviour::ServFail));
    let deadline = Deadline::start(Duration::from_secs(3));
    let mut resolver = Resolver::new(&[resolver_side.address()], &deadline).expect("a resolver");
    let answers = resolver.ask(&[question(NAME).at(other.address())]);
    let said = answers[0].outcome.to_string();
    assert_eq!(said, format!("SERVFAIL from {}", other.address()));
    assert!(resolver_side.queries().is_empty());
    let asked: Vec<_> =
        other.queries().iter().map(|it| (it.recursion_desired, it.checking_disabled)).collect();
    assert_eq!(asked, [(false, false)]);
}

#[test]
fn unknown_a_spent_deadline_asks_nothing() {
    let server = DnsServer::start(&zone()).expect("a server");
    let deadline = Deadline::start(Duration::ZERO);
    let mut resolver = Resolver::new(&[server.address()], &deadline).expect("a resolver");
    let answers = resolver.ask(&[question(NAME)]);
    assert!(answers[0].failure().is_some());
    assert_eq!(resolver.sent(), 0);
}
