//! The record itself: whether there is one, and whether it can be read.

use demo_host::dns::{Behaviour, RecordData, Zone};

use crate::support::{audit, spf};

#[test]
fn warning_no_record() {
    let zone = Zone::new().txt("d.example", "google-site-verification=x");
    audit(&zone, "").finds("[WARNING] spf-missing: has no SPF record");
}

#[test]
fn warning_what_only_looks_like_a_record() {
    for text in ["v=spf10 -all", "\"v=spf1 -all\"", " v=spf1 -all", "v=spf1\u{a0}-all"] {
        audit(&Zone::new().txt("d.example", text), "").says(
            &format!(
                "WARNING - d.example has a text that only looks like an SPF record: {} (+1 more)",
                text.trim().replace('\u{a0}', " ")
            ),
            &["[WARNING] spf-look-alike", "[WARNING] spf-missing"],
        );
    }
    let both = spf("v=spf1 -all").txt("d.example", "v=spf2 a -all");
    audit(&both, "").finds(
        "[WARNING] spf-look-alike: has a text that only looks like an SPF record: v=spf2 a -all",
    );
    let said = audit(&spf("v=spf1 -all").txt("d.example", "spf2.0/pra -all"), "-v");
    said.shows("[OK] spf-sender-id: has a record of Sender ID: spf2.0/pra -all");
    assert!(said.findings().contains(&"[OK] spf-sender-id"));
}

#[test]
fn critical_several_records() {
    audit(&spf("v=spf1 -all").txt("d.example", "V=SPF1 a -all"), "")
        .finds("[CRITICAL] spf-several: SPF: 2 records, and only one may be there");
    let included = spf("v=spf1 include:i.example -all")
        .txt("i.example", "v=spf1 -all")
        .txt("i.example", "v=spf1 a -all");
    audit(&included, "")
        .finds("[CRITICAL] spf-several: SPF of i.example: 2 records, and only one may be there");
}

#[test]
fn critical_a_record_that_breaks_the_grammar() {
    let said = audit(&spf("v=spf1 ip4:192.31.196.25~all"), "");
    said.finds("[CRITICAL] spf-syntax: SPF is wrong at \"~all\": a blank is missing before ~all");
    said.shows("    v=spf1 ip4:192.31.196.25~all");
    said.shows("    ........................^^^^");
    assert_eq!(said.metric("record_bytes"), Some("28B"));
    assert_eq!(said.metric("lookups"), None);
    let several = audit(&spf("v=spf1 moo redirect= ip4:1.2.3 -all"), "");
    several.says(
        "CRITICAL - d.example SPF is wrong at \"moo\": \"moo\" is no mechanism of SPF (+2 more)",
        &["[CRITICAL] spf-syntax", "[CRITICAL] spf-syntax", "[CRITICAL] spf-syntax"],
    );
    let included = spf("v=spf1 include:i.example -all").txt("i.example", "v=spf1 a:x -all");
    audit(&included, "").finds(
        "[CRITICAL] spf-syntax: SPF of i.example is wrong at \"x\": a domain has at least two \
         labels, such as x.example.org, or ends in a macro",
    );
}

#[test]
fn critical_bytes_that_are_no_text() {
    let text = RecordData::txt(b"v=spf1 a:\x1b[31m\xff|x -all");
    let said = audit(&Zone::new().record("d.example", text), "");
    said.finds(
        "[CRITICAL] spf-syntax: SPF is wrong at \"?\": the control character 27 must not be in a \
         record: terms are separated by blanks only",
    );
    said.shows("    v=spf1 a:?[31m?!x -all");
    said.shows("    .........^");
    // It is not known from what is shown.
    assert_eq!(said.metric("record_bytes"), None);
}

#[test]
fn ok_strings_are_put_together() {
    let strings = vec![b"v=spf1 ip4:192.31.196.25 ".to_vec(), b"-al".to_vec(), b"l".to_vec()];
    let zone = Zone::new().record("d.example", RecordData::Txt(strings));
    let said = audit(&zone, "-v");
    said.shows("[OK] spf: v=spf1 ip4:192.31.196.25 -all");
    said.ends_as("OK");
}

#[test]
fn ok_what_else_is_at_the_name() {
    let type_99 = RecordData::Spf(vec![b"v=spf1 -all".to_vec()]);
    let said = audit(&spf("v=spf1 -all").record("d.example", type_99), "-v");
    said.shows("[OK] spf-obsolete-type: has an SPF record of type 99 too");
    assert!(said.findings().contains(&"[OK] spf-obsolete-type"));
    let binary = RecordData::txt(b"\xff\xfe\xfd");
    let said = audit(&spf("v=spf1 -all").record("d.example", binary), "-v");
    said.shows("[OK] spf-undecodable: 1 TXT record at the name is not UTF-8");
    assert!(said.findings().contains(&"[OK] spf-undecodable"));
}

#[test]
fn warning_a_record_that_is_too_long() {
    let long = |networks: u8| {
        let networks: Vec<String> =
            (0..networks).map(|at| format!("ip4:192.31.196.{at:0>3}")).collect();
        let networks: Vec<String> =
            networks.iter().map(|it| it.replace(".0", ".").replace(".0", ".")).collect();
        format!("v=spf1 {} -all", networks.join(" "))
    };
    let very = long(30);
    assert!(very.len() > 512);
    audit(&spf(&very), "").finds(&format!(
        "[WARNING] spf-too-long: SPF record of d.example has {} bytes",
        very.len()
    ));
    let rather = long(25);
    assert!((451..=512).contains(&rather.len()), "{}", rather.len());
    let said = audit(&spf(&rather), "-v");
    said.shows(&format!("[OK] spf-too-long: SPF record of d.example has {} bytes", rather.len()));
    said.ends_as("OK");
}

#[test]
fn warning_an_alias_that_is_in_the_way() {
    let both = Behaviour::Stray {
        records: vec![("i.example".into(), RecordData::Cname("other.example".into()))],
        instead: false,
    };
    let included = spf("v=spf1 include:i.example -all").txt("i.example", "v=spf1 -all");
    audit(&included.behave("i.example", both), "")
        .finds("[WARNING] alias-conflict: i.example is an alias and has other records too");
    let beside = spf("v=spf1 -all").cname("d.example", "other.example");
    let said = audit(&beside, "");
    said.finds("[WARNING] alias-conflict: is an alias and has other records too");
    let several = Zone::new()
        .cname("d.example", "a.example")
        .cname("d.example", "b.example")
        .txt("a.example", "v=spf1 -all")
        .txt("b.example", "v=spf1 -all");
    let said = audit(&several, "");
    said.finds("[WARNING] alias-conflict: is an alias of several names at once");
}

#[test]
fn ok_a_record_behind_an_alias() {
    let zone = Zone::new().cname("d.example", "other.example").txt("other.example", "v=spf1 -all");
    let said = audit(&zone, "-v");
    said.shows("[OK] alias: the domain is an alias of other.example");
    said.shows("  spf d.example (alias of other.example): 0 look-ups");
    said.ends_as("OK");
}
