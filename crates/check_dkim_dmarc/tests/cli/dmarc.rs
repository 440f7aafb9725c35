//! The DMARC record itself: whether there is one, where, and how it is written.

use demo_host::dns::{Behaviour, RecordData, RecordType, Zone};

use crate::support::{dmarc, record, run, sending, with_dmarc};

const RUA: &str = "rua=mailto:a@d.example";

/// A record with `p=reject`, reports and this in the end.
fn with(rest: &str) -> Zone {
    record(&format!("v=DMARC1; p=reject; {RUA}; {rest}"))
}

#[test]
fn ok_every_tag_as_it_may_be_written() {
    for text in [
        "v=DMARC1; p=reject; rua=mailto:a@d.example",
        "v=DMARC1;p=reject;rua=mailto:a@d.example;",
        "v = DMARC1 ;\tp = reject ; rua = mailto:a@d.example ; ",
        "V=DMARC1; p=reject; rua=mailto:a@d.example",
        "v=DMARC1; p=Reject; rua=MAILTO:a@d.example",
        "v=DMARC1; p=reject; sp=reject; np=REJECT; rua=mailto:a@d.example",
        "v=DMARC1; p=reject; adkim=r; aspf=s; rua=mailto:a@d.example",
        "v=DMARC1; p=reject; adkim=S; aspf=R; rua=mailto:a@d.example",
        "v=DMARC1; p=reject; fo=0; rua=mailto:a@d.example",
        "v=DMARC1; p=reject; fo=1:d:s; rua=mailto:a@d.example",
        "v=DMARC1; p=reject; fo=1 : S : D; rua=mailto:a@d.example",
        "v=DMARC1; p=reject; fo=d; rua=mailto:a@d.example",
        "v=DMARC1; p=reject; psd=u; t=n; rua=mailto:a@d.example",
        "v=DMARC1; p=reject; psd=n; rua=mailto:a@d.example",
        "v=DMARC1; p=reject; rua=mailto:a@d.example, mailto:b@d.example; ruf=mailto:c@d.example",
    ] {
        let said = dmarc(&record(text), "");
        assert_eq!(said.verdict(), "OK - d.example DMARC p=reject", "{text}\n{}", said.stdout);
        said.says("OK - d.example DMARC p=reject", &[]);
        assert_eq!(said.metric("policy"), Some("2"), "{text}");
        let said = dmarc(&record(text), "-v");
        assert!(said.stdout.lines().any(|line| line.starts_with("[OK] dmarc: DMARC record: ")));
    }
}

#[test]
fn warning_no_record() {
    let said = dmarc(&sending(), "");
    said.finds("[WARNING] dmarc-missing: has no DMARC record");
    assert_eq!(said.verdict(), "WARNING - d.example has no DMARC record");
    assert_eq!(said.metric("policy"), Some("0"));
    // That there is something else at its name makes no record.
    dmarc(&sending().a("_dmarc.d.example", [192, 0, 2, 1]), "")
        .finds("[WARNING] dmarc-missing: has no DMARC record");
}

#[test]
fn warning_several_records_are_none() {
    let zone = with("").txt("_dmarc.d.example", "v=DMARC1; p=none");
    let said = dmarc(&zone, "");
    said.says(
        "WARNING - d.example has 2 DMARC records, so none counts",
        &["[WARNING] dmarc-several"],
    );
    assert_eq!(said.metric("policy"), Some("0"));
    // At the organization's name, too.
    let said = run(&zone.txt("x.d.example", "v=spf1 mx -all"), "-d x.d.example --only dmarc");
    said.says(
        "WARNING - x.d.example DMARC: d.example has 2 DMARC records, so none counts (+1 more)",
        &["[WARNING] dmarc-several", "[WARNING] dmarc-missing"],
    );
}

#[test]
fn warning_several_records_and_one_above_that_counts() {
    let zone = with("")
        .txt("x.d.example", "v=spf1 mx -all")
        .txt("_dmarc.x.d.example", "v=DMARC1; p=none")
        .txt("_dmarc.x.d.example", "v=DMARC1; p=reject");
    let said = run(&zone, "-d x.d.example --only dmarc");
    said.finds("[WARNING] dmarc-several: has 2 DMARC records, so none counts");
    assert_eq!(said.metric("policy"), Some("2"));
}

#[test]
fn warning_a_record_in_the_wrong_place() {
    let text = "v=DMARC1; p=reject; rua=mailto:a@d.example";
    let apex = "[WARNING] dmarc-wrong-place: a DMARC record at the domain itself has no effect: it \
                belongs to _dmarc";
    let said = dmarc(&sending().txt("d.example", text), "");
    said.shows(apex);
    assert_eq!(said.findings(), ["[WARNING] dmarc-wrong-place", "[WARNING] dmarc-missing"]);
    said.ends_as("WARNING");
    dmarc(&record(text).txt("d.example", text), "").finds(apex);
    let doubled = sending().txt("_dmarc.d.example.d.example", text);
    let said = dmarc(&doubled, "");
    said.shows(
        "[WARNING] dmarc-wrong-place: a DMARC record is at _dmarc.d.example.d.example: a dot is missing \
         in the zone",
    );
    assert_eq!(said.findings(), ["[WARNING] dmarc-wrong-place", "[WARNING] dmarc-missing"]);
    // Where there is a record, one more is nobody's business.
    dmarc(&with_dmarc(doubled, text), "").ends_as("OK");
}

#[test]
fn warning_what_only_looks_like_a_record() {
    for (text, why) in [
        (" v=DMARC1; p=reject", "a blank stands before it"),
        ("\"v=DMARC1; p=reject\"", "a quotation mark is part of it"),
        ("v=dmarc1; p=reject", "DMARC1 is written in capitals"),
        ("v=DMARC1 p=reject", "a semicolon is missing behind DMARC1"),
        ("v=DMARC1, p=reject", "a semicolon is missing behind DMARC1"),
        ("v=DMARC2; p=reject", "its version is not DMARC1"),
        ("p=reject; v=DMARC1", "it does not begin with v=DMARC1"),
        ("p=reject; rua=mailto:a@d.example", "it does not begin with v=DMARC1"),
        ("DMARC1; p=reject", "it does not begin with v=DMARC1"),
        ("_dmarc IN TXT v=DMARC1; p=reject", "it does not begin with v=DMARC1"),
    ] {
        let said = dmarc(&record(text), "");
        assert_eq!(said.metric("policy"), Some("0"), "{text}");
        said.ends_as("WARNING");
        let mut findings = said.findings();
        findings.sort_unstable();
        assert_eq!(findings, ["[WARNING] dmarc-look-alike", "[WARNING] dmarc-missing"], "{text}");
        said.shows(&format!(
            "[WARNING] dmarc-look-alike: a text only looks like a DMARC record: {why}: {}",
            text.trim()
        ));
    }
    let beside = with("").txt("_dmarc.d.example", "v=DMARC1 p=none");
    let said = dmarc(&beside, "");
    said.finds(
        "[WARNING] dmarc-look-alike: a text only looks like a DMARC record: a semicolon is missing \
         behind DMARC1: v=DMARC1 p=none",
    );
    assert_eq!(said.metric("policy"), Some("2"));
}

#[test]
fn warning_a_backslash_is_called_one() {
    let said = dmarc(&record("v=DMARC1\\; p=reject"), "");
    said.shows(
        "[WARNING] dmarc-look-alike: a text only looks like a DMARC record: a backslash stands behind \
         DMARC1: v=DMARC1\\; p=reject",
    );
    assert_eq!(said.findings(), ["[WARNING] dmarc-look-alike", "[WARNING] dmarc-missing"]);
    said.ends_as("WARNING");
}

/// Why there is none is what the line at night has to say.
#[test]
fn warning_the_first_line_says_why_there_is_no_record() {
    for (zone, says) in [
        (
            record("v=DMARC1 p=reject"),
            "a text only looks like a DMARC record: a semicolon is missing behind DMARC1",
        ),
        (
            sending().txt("d.example", "v=DMARC1; p=reject"),
            "a DMARC record at the domain itself has no effect: it belongs to _dmarc",
        ),
        (
            sending().txt("_dmarc.d.example.d.example", "v=DMARC1; p=reject"),
            "a DMARC record is at _dmarc.d.example.d.example: a dot is missing in the zone",
        ),
    ] {
        let said = dmarc(&zone, "");
        let start = format!("WARNING - d.example {says}");
        assert!(said.verdict().starts_with(&start), "{}", said.stdout);
    }
}

#[test]
fn warning_spf_is_where_dmarc_belongs() {
    let line = "[WARNING] dmarc-spf-record: SPF is where DMARC belongs: v=spf1 -all";
    dmarc(&with("").txt("_dmarc.d.example", "v=spf1 -all"), "").finds(line);
    let wildcard = sending().txt("*.d.example", "v=spf1 -all");
    let said = dmarc(&wildcard, "");
    said.shows(line);
    let mut findings = said.findings();
    findings.sort_unstable();
    assert_eq!(findings, ["[WARNING] dmarc-missing", "[WARNING] dmarc-spf-record"]);
    said.ends_as("WARNING");
}

#[test]
fn ok_texts_that_have_nothing_to_do_with_it() {
    let zone = with("").txt("_dmarc.d.example", "verification=1");
    let said = dmarc(&zone, "-v");
    said.shows("[OK] dmarc-unrelated: 1 text at _dmarc has nothing to do with DMARC");
    assert!(said.findings().contains(&"[OK] dmarc-unrelated"), "{}", said.stdout);
    said.ends_as("OK");
    dmarc(&zone.txt("_dmarc.d.example", ""), "-v")
        .shows("[OK] dmarc-unrelated: 2 texts at _dmarc have nothing to do with DMARC");
    dmarc(&sending().txt("_dmarc.d.example", "verification=1"), "")
        .finds("[WARNING] dmarc-missing: has no DMARC record");
}

#[test]
fn warning_an_alias_that_is_in_the_way() {
    let beside = with("").cname("_dmarc.d.example", "other.example");
    dmarc(&beside, "").finds(
        "[WARNING] alias-conflict: the name of its DMARC record is an alias and has other records too",
    );
    let stray = Behaviour::Stray {
        records: vec![("_dmarc.d.example".into(), RecordData::Cname("other.example".into()))],
        instead: false,
    };
    dmarc(&with("").behave_for("_dmarc.d.example", RecordType::Txt, stray), "").finds(
        "[WARNING] alias-conflict: the name of its DMARC record is an alias and has other records too",
    );
    let text = "v=DMARC1; p=reject; rua=mailto:a@d.example";
    let several = sending()
        .cname("_dmarc.d.example", "a.example")
        .cname("_dmarc.d.example", "b.example")
        .txt("a.example", text)
        .txt("b.example", text);
    dmarc(&several, "").finds(
        "[WARNING] alias-conflict: the name of its DMARC record is an alias of several names at once",
    );
}

#[test]
fn ok_a_record_behind_an_alias() {
    let zone = sending()
        .cname("_dmarc.d.example", "d.dmarc.service.example")
        .txt("d.dmarc.service.example", "v=DMARC1; p=reject; rua=mailto:a@d.example");
    let said = dmarc(&zone, "-v");
    said.shows("[OK] alias: DMARC record is an alias of d.dmarc.service.example");
    said.ends_as("OK");
}

#[test]
fn warning_an_alias_of_a_record_that_is_gone() {
    let gone = sending().cname("_dmarc.d.example", "gone.service.example");
    dmarc(&gone, "").finds(
        "[WARNING] dmarc-missing: has no DMARC record: its name is an alias of gone.service.example, \
         which does not exist in the DNS",
    );
}

#[test]
fn ok_strings_are_put_together() {
    let strings = vec![b"v=DMARC1; p=rej".to_vec(), b"ect; rua=mailto:a@d.example".to_vec()];
    let zone = sending().record("_dmarc.d.example", RecordData::Txt(strings));
    dmarc(&zone, "").says("OK - d.example DMARC p=reject", &[]);
}

#[test]
fn warning_a_value_that_a_tag_does_not_have() {
    for (rest, line, carets) in [
        ("adkim=relaxed", "adkim= is r or s; r counts here", "relaxed"),
        ("aspf=x", "aspf= is r or s; r counts here", "x"),
        ("fo=2", "fo= has 0 or 1, d and s, with colons between them", "2"),
        ("fo=1:x", "fo= has 0 or 1, d and s, with colons between them", "x"),
        ("fo=0,1", "fo= has 0 or 1, d and s, with colons between them", "0,1"),
        ("fo=0:1", "fo= has 0 and 1, so 0 counts", "1"),
        ("fo=1:d:d", "fo= has d twice, so 0 counts", "d"),
        ("psd=yes", "psd= is y, n or u", "yes"),
        ("t=1", "t= is y or n", "1"),
    ] {
        let said = dmarc(&with(rest), "");
        said.finds(&format!("[WARNING] dmarc-value: DMARC record: {line}"));
        let (dots, carets) = (said.stdout.lines().nth(2).unwrap(), "^".repeat(carets.len()));
        assert!(dots.ends_with(rest), "{}", said.stdout);
        assert!(
            said.stdout.lines().nth(3).unwrap().ends_with(&format!(".{carets}")),
            "{}",
            said.stdout
        );
        assert_eq!(said.metric("policy"), Some("2"));
    }
    // A policy: see the tests of what is carried out then.
    for tag in ["p", "sp", "np"] {
        let text = format!("v=DMARC1; p=reject; {tag}=deny; {RUA}").replace("p=reject; p=", "p=");
        let said = dmarc(&record(&text), "");
        said.shows(&format!(
            "[WARNING] dmarc-value: DMARC record: {tag}= is none, quarantine or reject"
        ));
        said.shows(&format!("    {text}"));
        assert_eq!(said.metric("policy"), Some("0"), "{text}");
        said.ends_as("WARNING");
    }
    dmarc(&record(&format!("v=DMARC1; p=; {RUA}")), "").shows("    ..........^^");
}

#[test]
fn ok_tags_that_no_longer_exist() {
    for (rest, line) in [
        ("pct=100", "pct= no longer exists (RFC 9989)"),
        ("rf=afrf", "rf= no longer exists (RFC 9989)"),
        ("ri=86400", "ri= no longer exists (RFC 9989)"),
        ("pct=", "pct= no longer exists (RFC 9989), and was 0 to 100"),
        ("pct=101", "pct= no longer exists (RFC 9989), and was 0 to 100"),
        ("pct=+50", "pct= no longer exists (RFC 9989), and was 0 to 100"),
        ("pct=all", "pct= no longer exists (RFC 9989), and was 0 to 100"),
    ] {
        let said = dmarc(&with(rest), "-v");
        said.shows(&format!("[OK] dmarc-removed-tag: DMARC record: {line}"));
        assert!(said.findings().contains(&"[OK] dmarc-removed-tag"), "{}", said.stdout);
        said.ends_as("OK");
    }
}

#[test]
fn warning_a_percentage_that_some_still_heed() {
    for percent in ["0", "50", "99"] {
        let said = dmarc(&with(&format!("pct={percent}")), "");
        said.finds(&format!(
            "[WARNING] dmarc-removed-tag: DMARC record: pct= no longer exists (RFC 9989): some receivers \
             apply the policy to {percent} % of mail, others to all; a test is t=y now"
        ));
        assert_eq!(said.metric("policy"), Some("2"));
    }
}

#[test]
fn warning_tags_that_nobody_knows() {
    for (rest, line) in [
        ("foo=1", "foo= is no tag of DMARC"),
        ("policy=reject", "policy= is no tag of DMARC; p= is meant"),
        ("asp=r", "asp= is no tag of DMARC; aspf= is meant"),
        ("dkim=r", "dkim= is no tag of DMARC; adkim= is meant"),
        ("report=mailto:x@d.example", "report= is no tag of DMARC; rua= is meant"),
        ("ruff=mailto:x@d.example", "ruff= is no tag of DMARC; ruf= is meant"),
        ("ps=none", "ps= is no tag of DMARC; sp= is meant"),
        ("SP=reject", "SP= is not known to every receiver: write sp="),
    ] {
        dmarc(&with(rest), "").finds(&format!("[WARNING] dmarc-unknown-tag: DMARC record: {line}"));
    }
}

#[test]
fn ok_the_policy_is_not_the_second_tag() {
    let said = dmarc(&record(&format!("v=DMARC1; {RUA}; p=reject")), "-v");
    said.shows(
        "[OK] dmarc-tag-order: DMARC record: p= is not the second tag, as older receivers want it",
    );
    assert!(said.findings().contains(&"[OK] dmarc-tag-order"), "{}", said.stdout);
    assert_eq!(said.metric("policy"), Some("2"));
    said.ends_as("OK");
}

#[test]
fn warning_a_part_that_breaks_the_grammar() {
    for (text, line, carets) in [
        (
            "v=DMARC1; p=reject; v=DMARC1; rua=mailto:a@d.example",
            "v= must be there only once",
            "....................^",
        ),
        (
            "v=DMARC1;; p=reject; rua=mailto:a@d.example",
            "there is no tag before this semicolon",
            ".........^",
        ),
        (
            "v=DMARC1; p=reject; rua=mailto:a@d.example;;",
            "there is no tag before this semicolon",
            "",
        ),
        (
            "v=DMARC1; p=reject; none; rua=mailto:a@d.example",
            "a tag is a name, the sign = and a value",
            "....................^^^^",
        ),
        (
            "v=DMARC1; p=reject; =x; rua=mailto:a@d.example",
            "there is no name before this sign",
            "....................^",
        ),
        (
            "v=DMARC1; p=reject; s-p=x; rua=mailto:a@d.example",
            "this is not the name of a tag",
            "....................^^^",
        ),
        (
            "v=DMARC1; p=reject; x=\u{fc}; rua=mailto:a@d.example",
            "a character that is not ASCII must not be in a value",
            "......................^",
        ),
    ] {
        let said = dmarc(&record(text), "");
        said.finds(&format!("[WARNING] dmarc-syntax: DMARC record: {line}"));
        if !carets.is_empty() {
            said.shows(&format!("    {}", text.replace('\u{fc}', "?")));
            said.shows(&format!("    {carets}"));
        }
        // The rest of it counts.
        assert_eq!(said.metric("policy"), Some("2"), "{text}");
    }
}

/// A policy is as wrong by a character that must not be there as by another word.
#[test]
fn warning_a_policy_that_is_not_ascii() {
    let said = dmarc(&record("v=DMARC1; p=reject; sp=n\u{f6}ne; rua=mailto:a@d.example"), "");
    assert_eq!(said.findings(), ["[WARNING] dmarc-syntax", "[WARNING] dmarc-policy-none"]);
    assert_eq!(said.metric("policy"), Some("0"));
}

/// Nobody can tell which of two counts: receivers differ.
#[test]
fn warning_a_policy_that_is_there_twice() {
    for (tags, name) in [
        ("p=reject; p=none", "p"),
        ("p=reject; P=none", "P"),
        ("p=reject; sp=reject; sp=none", "sp"),
        ("p=reject; np=none; np=reject", "np"),
        ("p=reject; p=", "p"),
    ] {
        let zone = record(&format!("v=DMARC1; {tags}; rua=mailto:a@d.example"));
        let said = dmarc(&zone, "");
        assert_eq!(said.findings(), ["[WARNING] dmarc-syntax", "[WARNING] dmarc-policy-none"]);
        said.shows(&format!(
            "[WARNING] dmarc-syntax: DMARC record: {name}= must be there only once"
        ));
        said.shows(
            "[WARNING] dmarc-policy-none: DMARC record: a policy in it is wrong or doubled, which counts \
             as p=none",
        );
        assert_eq!(said.metric("policy"), Some("0"));
        dmarc(&zone, "--require-policy reject").ends_as("CRITICAL");
    }
    let said =
        dmarc(&record("v=DMARC1; p=reject; rua=mailto:a@d.example; RUA=mailto:b@d.example"), "");
    said.finds("[WARNING] dmarc-syntax: DMARC record: RUA= must be there only once");
    assert_eq!(said.metric("policy"), Some("2"));
}

#[test]
fn critical_the_record_is_not_the_expected_one() {
    let text = "v=DMARC1; p=reject; rua=mailto:a@d.example";
    let words = "--expect-record v=DMARC1;_p=reject;_rua=mailto:a@d.example";
    dmarc(&record(text), words).says("OK - d.example DMARC p=reject", &[]);
    dmarc(&record("v=DMARC1; p=quarantine; rua=mailto:a@d.example"), words).finds(
        "[CRITICAL] dmarc-unexpected: DMARC record is not the expected one: v=DMARC1; p=quarantine; \
         rua=mailto:a@d.example",
    );
    let none = dmarc(&sending(), words);
    none.says(
        "CRITICAL - d.example DMARC record is not the expected one: nothing (+1 more)",
        &["[CRITICAL] dmarc-unexpected", "[WARNING] dmarc-missing"],
    );
    let several = dmarc(&record(text).txt("_dmarc.d.example", "v=DMARC1; p=none"), words);
    several.shows(&format!(
        "[CRITICAL] dmarc-unexpected: DMARC record is not the expected one: v=DMARC1; p=none and {text}"
    ));
}

#[test]
fn critical_the_domain_does_not_exist() {
    let zone = Zone::new().txt("other.example", "x");
    let said = dmarc(&zone, "");
    said.finds("[CRITICAL] domain-not-found: does not exist in the DNS");
    assert_eq!(said.verdict(), "CRITICAL - d.example does not exist in the DNS");
    dmarc(&zone.cname("d.example", "gone.example"), "").finds(
        "[CRITICAL] domain-not-found: is an alias of gone.example, which does not exist in the DNS",
    );
}

/// Some old servers deny a name that only has names below it (RFC 8020 section 2 forbids it).
#[test]
fn ok_a_domain_whose_record_is_there_exists() {
    let zone = with("").behave_for("d.example", RecordType::Txt, Behaviour::NxDomain);
    dmarc(&zone, "").says("OK - d.example DMARC p=reject", &[]);
}

#[test]
fn ok_the_name_in_any_spelling() {
    let said = run(&with(""), "-d D.Example. --only dmarc");
    said.says("OK - D.Example DMARC p=reject", &[]);
}
