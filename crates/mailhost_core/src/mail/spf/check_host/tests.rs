//! Evaluations over a table. The published suite holds the results; this is about the rest.

use super::expansion::validated_name;
use super::*;
use crate::dns::{Fault, Zone};
use crate::mail::spf::Mailbox;

fn evaluated(zone: &mut Zone, address: &str, sender: &str) -> Evaluation {
    let client =
        Client::new(address.parse().expect("an address"), Mailbox::parse(sender), "mx.example.net");
    let mut policies = Policies::default();
    Known::up_to(500).settle(zone, |known| check_host(known, &mut policies, &client, 0))
}

#[test]
fn ok_what_does_not_depend_on_each_other_is_asked_at_once() {
    let mut zone = Zone::default()
        .txt("d.example", "v=spf1 include:a.example include:b.example mx a:h.example -all")
        .txt("a.example", "v=spf1 include:c.example exists:%{i}.x.example -all")
        .txt("b.example", "v=spf1 a:h.example -all")
        .txt("c.example", "v=spf1 ip4:192.0.2.1 -all")
        .mx("d.example", 10, "h.example")
        .a("h.example", [192, 0, 2, 9]);
    let evaluation = evaluated(&mut zone, "192.0.2.77", "x@d.example");
    assert_eq!((evaluation.result, evaluation.lookups), (SpfResult::Fail, 7));
    assert_eq!(evaluation.voids.len(), 1);
    // The record; its includes, exchangers and hosts; what is below these.
    assert_eq!(zone.batches(), 3);
}

#[test]
fn ok_the_path_to_the_term_that_decides() {
    let mut zone = Zone::default()
        .txt("d.example", "v=spf1 ip4:192.0.2.5 redirect=r.example")
        .txt("r.example", "v=spf1 include:n.example include:a.example -all")
        .txt("n.example", "v=spf1 ip4:192.0.2.6 ~all")
        .txt("a.example", "v=spf1 ip4:192.0.2.0/24 -all");
    let evaluation = evaluated(&mut zone, "192.0.2.7", "x@d.example");
    let path: Vec<String> =
        evaluation.path.iter().map(|step| format!("{} {}", step.domain, step.term)).collect();
    assert_eq!(
        path,
        [
            "d.example redirect=r.example",
            "r.example include:a.example",
            "a.example ip4:192.0.2.0/24"
        ]
    );
}

#[test]
fn warning_what_fails_is_named_with_its_question() {
    let mut zone = Zone::default()
        .txt("d.example", "v=spf1 a:h.example -all")
        .fails("h.example", Fault::Timeout);
    let evaluation = evaluated(&mut zone, "2001:db8::1", "x@d.example");
    assert_eq!(evaluation.result, SpfResult::TempError);
    assert_eq!(evaluation.reason.as_deref(), Some("AAAA h.example: no answer in time"));
    // A match before it needs no answer.
    let mut zone = Zone::default()
        .txt("d.example", "v=spf1 ip6:2001:db8::/32 a:h.example -all")
        .fails("h.example", Fault::Timeout);
    assert_eq!(evaluated(&mut zone, "2001:db8::1", "x@d.example").result, SpfResult::Pass);
}

#[test]
fn ok_a_failing_reverse_name_is_no_match() {
    let mut zone = Zone::default()
        .txt("d.example", "v=spf1 ptr ~all")
        .fails("1.2.0.192.in-addr.arpa", Fault::ServFail);
    let evaluation = evaluated(&mut zone, "192.0.2.1", "x@d.example");
    assert_eq!((evaluation.result, evaluation.voids.len()), (SpfResult::SoftFail, 0));
}

#[test]
fn ok_the_name_of_a_client_that_is_nearest_to_the_domain() {
    let names = |all: &[&str]| -> Vec<Name> {
        all.iter().map(|name| Name::from_text(name).expect("a name")).collect()
    };
    for (all, chosen) in [
        (&["x.example", "a.d.example", "d.example"][..], "d.example"),
        (&["x.example", "a.d.example"], "a.d.example"),
        (&["x.example", "y.example"], "x.example"),
        (&[], "unknown"),
    ] {
        assert_eq!(validated_name(&names(all), "d.example"), chosen);
    }
}
