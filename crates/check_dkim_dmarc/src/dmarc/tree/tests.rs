use mailhost_core::dns::{Fault, Zone};

use super::*;

fn name(text: &str) -> Name {
    Name::from_text(text).expect("a name")
}

/// A zone with a record below each of these domains.
fn zone(records: &[(&str, &str)]) -> Zone {
    records.iter().fold(Zone::default(), |zone, (domain, record)| {
        zone.txt(&format!("_dmarc.{domain}"), record)
    })
}

fn walked(zone: &mut Zone, domain: &str) -> Walk {
    Known::up_to(100).settle(zone, |known| walk(known, &name(domain)))
}

/// Where the record is that counts, and the organizational domain.
fn found(records: &[(&str, &str)], domain: &str) -> (Option<String>, String) {
    let walk = walked(&mut zone(records), domain);
    let ruling = walk.ruling().expect("all is known");
    let organization = walk.organizational_domain().expect("all is known");
    (ruling.map(|ruling| ruling.domain.to_string()), organization.to_string())
}

fn at(domain: &str, organization: &str) -> (Option<String>, String) {
    (Some(domain.to_owned()), organization.to_owned())
}

const ANY: &str = "v=DMARC1; p=reject";
const NO: &str = "v=DMARC1; p=reject; psd=n";
const YES: &str = "v=DMARC1; p=none; psd=y";

/// The examples of section 4.10.2, and those around them.
#[test]
fn ok_the_record_that_counts_and_the_organization() {
    let above = [("mail.example.com", ANY), ("example.com", ANY)];
    assert_eq!(found(&above, "a.mail.example.com"), at("example.com", "example.com"));
    assert_eq!(found(&above, "mail.example.com"), at("mail.example.com", "example.com"));
    let no = [("mail.example.com", NO), ("example.com", ANY)];
    assert_eq!(found(&no, "a.mail.example.com"), at("mail.example.com", "mail.example.com"));
    assert_eq!(found(&no, "example.com"), at("example.com", "example.com"));
    assert_eq!(found(&[("com", YES)], "a.mail.example.com"), at("com", "example.com"));
    let suffix = [("bank.example", YES), ("a.bank.example", ANY)];
    assert_eq!(found(&suffix, "x.a.bank.example"), at("a.bank.example", "a.bank.example"));
    assert_eq!(found(&suffix, "x.b.bank.example"), at("bank.example", "b.bank.example"));
    assert_eq!(found(&suffix, "bank.example"), at("bank.example", "bank.example"));
    assert_eq!(found(&[], "a.example.com"), (None, "a.example.com".to_owned()));
    assert_eq!(found(&[("com", ANY)], "a.example.com"), at("com", "com"));
}

#[test]
fn ok_a_public_suffix_steps_in_where_the_organization_has_nothing() {
    let walk = walked(&mut zone(&[("bank.example", YES)]), "b.bank.example");
    let ruling = walk.ruling().expect("all is known").expect("a record");
    assert!(ruling.of_public_suffix && !ruling.own);
    let walk = walked(&mut zone(&[("example.com", ANY)]), "b.example.com");
    let ruling = walk.ruling().expect("all is known").expect("a record");
    assert!(!ruling.of_public_suffix && !ruling.own);
}

#[test]
fn ok_a_walk_ends_where_a_record_settles_it() {
    let records = [("b.example.com", NO), ("example.com", ANY), ("com", YES)];
    let walk = walked(&mut zone(&records), "a.b.example.com");
    let names: Vec<String> = walk.steps.iter().map(|step| step.domain.to_string()).collect();
    assert_eq!(names, ["a.b.example.com", "b.example.com"]);
}

#[test]
fn ok_a_long_name_takes_eight_questions_and_one_round_trip() {
    let mut empty = Zone::default();
    let walk = walked(&mut empty, "a.b.c.d.e.f.g.h.i.j.mail.example.com");
    let names: Vec<String> = walk.steps.iter().map(|step| step.domain.to_string()).collect();
    assert_eq!(
        names,
        [
            "a.b.c.d.e.f.g.h.i.j.mail.example.com",
            "g.h.i.j.mail.example.com",
            "h.i.j.mail.example.com",
            "i.j.mail.example.com",
            "j.mail.example.com",
            "mail.example.com",
            "example.com",
            "com",
        ]
    );
    assert_eq!(empty.batches(), 1);
    let eight = walked(&mut empty, "a.b.c.d.e.f.example.com");
    assert_eq!(eight.steps.len(), 8);
    assert_eq!(eight.steps[1].domain, name("b.c.d.e.f.example.com"));
    // A record in the gap of a long name is not seen by anybody.
    let gap = [("f.g.h.i.j.mail.example.com", NO)];
    let long = "a.b.c.d.e.f.g.h.i.j.mail.example.com";
    assert_eq!(found(&gap, long), (None, long.to_owned()));
    // The organization below a public suffix is cut out of the long name itself.
    let suffix = [("g.h.i.j.mail.example.com", YES)];
    assert_eq!(found(&suffix, long), at("g.h.i.j.mail.example.com", "f.g.h.i.j.mail.example.com"));
}

#[test]
fn warning_several_records_are_none() {
    let records = [("a.example.com", ANY), ("a.example.com", NO), ("example.com", ANY)];
    assert_eq!(found(&records, "a.example.com"), at("example.com", "example.com"));
    let walk = walked(&mut zone(&records), "a.example.com");
    assert!(matches!(&walk.steps[0].found, Found::Several(all) if all.len() == 2));
    // A text of something else beside a record does not count.
    let beside = [("example.com", ANY), ("example.com", "x=y"), ("example.com", "v=spf1 -all")];
    assert_eq!(found(&beside, "example.com"), at("example.com", "example.com"));
}

#[test]
fn unknown_a_failure_in_the_middle_leaves_it_open() {
    for fault in [Fault::ServFail, Fault::Timeout, Fault::Bogus, Fault::NotAsked] {
        let with = |records| zone(records).fails("_dmarc.example.com", fault);
        let below = walked(&mut with(&[("com", YES)]), "a.example.com");
        assert_eq!(below.ruling().map_err(|failure| failure.fault), Err(fault));
        assert!(below.organizational_domain().is_err());
        // Its own record counts all the same.
        let own = walked(&mut with(&[("a.example.com", ANY)]), "a.example.com");
        let ruling = own.ruling().expect("its own is known").expect("a record");
        assert!(ruling.own);
        assert!(own.organizational_domain().is_err());
        // What lies behind the end does not matter.
        let ended = walked(&mut with(&[("a.example.com", NO)]), "a.example.com");
        assert_eq!(ended.organizational_domain(), Ok(name("a.example.com")));
    }
    let itself = walked(&mut zone(&[]).fails("_dmarc.example.com", Fault::ServFail), "example.com");
    assert!(itself.ruling().is_err());
}

#[test]
fn ok_a_name_too_long_for_a_record_has_none() {
    let long =
        format!("{}.{}.{}.{}", "a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(60));
    // What is above it does not become its own.
    let above = name(&long).parent().expect("a parent").parent().expect("a parent");
    let mut zone = zone(&[(&above.to_string(), ANY)]);
    let walk = walked(&mut zone, &long);
    assert_eq!((&walk.start, &walk.steps[0].found), (&name(&long), &Found::Missing));
    assert!(walk.ruling().expect("all is known").is_some_and(|ruling| !ruling.own));
}
