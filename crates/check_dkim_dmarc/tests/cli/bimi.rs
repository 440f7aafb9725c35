//! The BIMI record: `--bimi`.

use demo_host::dns::{Behaviour, RecordData, RecordType, Zone};

use crate::support::{dmarc, record, run, sending};

const GOOD: &str = "v=BIMI1; l=https://d.example/logo.svg; a=https://d.example/vmc.pem";

/// The domain with this BIMI record.
fn with(text: &str) -> Zone {
    domain("p=reject").txt("default._bimi.d.example", text)
}

fn domain(policy: &str) -> Zone {
    record(&format!("v=DMARC1; {policy}; rua=mailto:a@d.example"))
}

#[test]
fn ok_records_as_they_may_be_written() {
    for text in [
        GOOD,
        "v=BIMI1;l=https://d.example/logo.svg;a=https://d.example/vmc.pem;",
        " v = BIMI1 ; l = https://d.example/logo.svg ; a = HTTPS://d.example/vmc.pem ;",
        "v=BIMI1; l=https://d.example:8443/x?y=z#f; a=https://d.example/v; avp=personal; lps=news,a-1",
        "v=BIMI1; l=https://192.0.2.1/x; a=https://d.example/v; avp=brand; lps=",
    ] {
        let said = dmarc(&with(text), "--bimi");
        assert_eq!(said.verdict(), "OK - d.example DMARC p=reject", "{text}\n{}", said.stdout);
        said.ends_as("OK");
    }
    let said = dmarc(&with(GOOD), "--bimi -vv");
    said.shows(&format!("[OK] bimi: BIMI record of d.example: {GOOD}"));
    said.shows(&format!("  default._bimi.d.example: {GOOD}"));
    // It is not looked at without the option.
    dmarc(&with("v=BIMI1"), "").ends_as("OK");
}

#[test]
fn warning_no_record() {
    dmarc(&domain("p=reject"), "--bimi")
        .finds("[WARNING] bimi-missing: has no BIMI record at default._bimi");
    dmarc(&with(GOOD), "--bimi=brand")
        .finds("[WARNING] bimi-missing: has no BIMI record at brand._bimi");
}

#[test]
fn ok_another_selector() {
    let zone = domain("p=reject").txt("brand-2._bimi.d.example", GOOD);
    let said = dmarc(&zone, "--bimi=brand-2 -vv");
    said.shows(&format!("  brand-2._bimi.d.example: {GOOD}"));
    said.ends_as("OK");
}

#[test]
fn warning_several_records() {
    dmarc(&with(GOOD).txt("default._bimi.d.example", "v=BIMI1; l="), "--bimi")
        .finds("[WARNING] bimi-several: has 2 BIMI records, so none counts");
}

#[test]
fn warning_a_record_that_breaks_a_rule() {
    for (text, at, why, carets) in [
        ("v=BIMI1", "v=BIMI1", "the tag l= is missing; without a value it declines", "^^^^^^^"),
        (
            "v=BIMI1; a=https://d.example/x",
            "v=BIMI1; a=https://d.example/x",
            "the tag l= is missing; without a value it declines",
            "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        ),
        ("v=bimi1; l=", "bimi1", "the record begins with v=BIMI1, in capitals", "..^^^^^"),
        (
            "v=BIMI1; l=http://d.example/x",
            "http://d.example/x",
            "l= is empty or an address of https:",
            "...........^^^^^^^^^^^^^^^^^^",
        ),
        (
            "v=BIMI1; l=d.example/x",
            "d.example/x",
            "l= is empty or an address of https:",
            "...........^^^^^^^^^^^",
        ),
        (
            "v=BIMI1; l=https://",
            "https://",
            "l= has no full domain name in it",
            "...........^^^^^^^^",
        ),
        (
            "v=BIMI1; l=https://d.example/x,y",
            ",",
            "\",\" must not be in an address; write it as %2C",
            "..............................^",
        ),
        (
            "v=BIMI1; l=https://d.example/x y",
            " ",
            "\" \" must not be in an address; write it as %20",
            "..............................^",
        ),
        (
            "v=BIMI1; l=; a=https://localhost/x",
            "https://localhost/x",
            "a= has no full domain name in it",
            "...............^^^^^^^^^^^^^^^^^^^",
        ),
        (
            "v=BIMI1; l=; a=https://192.0.2.1/x",
            "https://192.0.2.1/x",
            "a= has no full domain name in it",
            "...............^^^^^^^^^^^^^^^^^^^",
        ),
        ("v=BIMI1; l=; avp=logo", "logo", "avp= is brand or personal", ".................^^^^"),
        (
            "v=BIMI1; l=; lps=a_b",
            "a_b",
            "lps= is a list of prefixes of letters, digits and hyphens",
            ".................^^^",
        ),
        ("v=BIMI1; l=; l=", "l", "l= must be there only once", ".............^"),
        ("v=BIMI1; l=; l", "l", "a tag is a name, the sign = and a value", ".............^"),
    ] {
        let said = dmarc(&with(text), "--bimi");
        said.finds(&format!("[WARNING] bimi-syntax: BIMI record is wrong at \"{at}\": {why}"));
        said.shows(&format!("    {text}"));
        said.shows(&format!("    {carets}"));
    }
}

#[test]
fn warning_a_tag_that_nobody_knows() {
    dmarc(&with(&format!("{GOOD}; x=1")), "--bimi")
        .finds("[WARNING] bimi-unknown-tag: BIMI record: x= is no tag of BIMI");
}

#[test]
fn ok_the_domain_declines() {
    for text in ["v=BIMI1; l=", "v=BIMI1; l=; a=;"] {
        // It needs no policy for that.
        let zone = domain("p=quarantine; sp=none").txt("default._bimi.d.example", text);
        let said = dmarc(&zone, "--bimi -v --ignore dmarc-subdomains-weaker");
        said.shows("[OK] bimi-declined: the domain declines to show a picture");
        assert!(!said.stdout.contains("bimi-policy"), "{}", said.stdout);
        said.ends_as("OK");
    }
}

#[test]
fn ok_no_certificate() {
    for text in ["v=BIMI1; l=https://d.example/x", "v=BIMI1; l=https://d.example/x; a="] {
        let said = dmarc(&with(text), "--bimi -v");
        said.shows(
            "[OK] bimi-no-evidence: BIMI record names no mark certificate (a=), without which few show \
             the picture",
        );
        assert!(said.findings().contains(&"[OK] bimi-no-evidence"), "{}", said.stdout);
        said.ends_as("OK");
    }
}

#[test]
fn warning_a_record_in_the_wrong_place() {
    let line = "[WARNING] bimi-wrong-place: a BIMI record at the domain itself has no effect: it belongs \
                to default._bimi";
    dmarc(&with(GOOD).txt("d.example", GOOD), "--bimi").finds(line);
    let said = dmarc(&domain("p=reject").txt("d.example", GOOD), "--bimi");
    said.shows(line);
    assert_eq!(said.findings(), ["[WARNING] bimi-missing", "[WARNING] bimi-wrong-place"]);
    said.ends_as("WARNING");
}

#[test]
fn warning_the_right_place_is_that_of_the_selector() {
    let zone = domain("p=reject").txt("d.example", GOOD).txt("b._bimi.d.example", GOOD);
    dmarc(&zone, "--bimi=b").finds(
        "[WARNING] bimi-wrong-place: a BIMI record at the domain itself has no effect: it belongs to \
         b._bimi",
    );
}

#[test]
fn warning_spf_is_where_bimi_belongs() {
    dmarc(&with(GOOD).txt("default._bimi.d.example", "v=spf1 -all"), "--bimi")
        .finds("[WARNING] bimi-spf-record: SPF is where BIMI belongs: v=spf1 -all");
    let wildcard = domain("p=reject").txt("*.d.example", "v=spf1 -all");
    let said = dmarc(&wildcard, "--bimi");
    assert_eq!(said.findings(), ["[WARNING] bimi-missing", "[WARNING] bimi-spf-record"]);
    said.ends_as("WARNING");
}

#[test]
fn ok_texts_that_have_nothing_to_do_with_it() {
    let said = dmarc(&with(GOOD).txt("default._bimi.d.example", "hello"), "--bimi -v");
    said.shows("[OK] bimi-unrelated: 1 text at default._bimi has nothing to do with BIMI");
    assert!(said.findings().contains(&"[OK] bimi-unrelated"), "{}", said.stdout);
    said.ends_as("OK");
}

#[test]
fn warning_a_policy_with_which_nothing_is_shown() {
    for (policy, why, ignored) in [
        ("p=none", "the DMARC policy in force is none", "dmarc-policy-none"),
        ("p=quarantine; t=y", "the DMARC policy in force is none", "dmarc-testing"),
        ("p=reject; sp=none", "the DMARC policy for subdomains is none", "dmarc-subdomains-weaker"),
        (
            "p=quarantine; pct=50",
            "the DMARC policy is for a part of mail only (pct)",
            "dmarc-removed-tag",
        ),
    ] {
        let zone = domain(policy).txt("default._bimi.d.example", GOOD);
        dmarc(&zone, &format!("--bimi --ignore {ignored}")).finds(&format!(
            "[WARNING] bimi-policy: BIMI shows nothing: {why}, and it has to be quarantine or reject"
        ));
    }
    let none = sending().txt("default._bimi.d.example", GOOD);
    dmarc(&none, "--bimi --ignore dmarc-missing").finds(
        "[WARNING] bimi-policy: BIMI shows nothing: no DMARC policy is in force, and it has to be \
         quarantine or reject",
    );
    for policy in ["p=quarantine", "p=reject; sp=quarantine", "p=reject; pct=50"] {
        let zone = domain(policy).txt("default._bimi.d.example", GOOD);
        let said = dmarc(&zone, "--bimi");
        assert!(!said.stdout.contains("bimi-policy"), "{policy}\n{}", said.stdout);
    }
}

/// A policy that is not known is not none.
#[test]
fn warning_the_policy_is_not_known() {
    let zone = with(GOOD).behave("_dmarc.d.example", Behaviour::ServFail);
    dmarc(&zone, "--bimi")
        .finds("[WARNING] dmarc-dns-failed: DMARC record is not known: SERVFAIL from DNS");
}

#[test]
fn ok_the_record_of_the_organization() {
    let zone = with(GOOD).txt("x.d.example", "v=spf1 mx -all");
    let said = run(&zone, "-d x.d.example --only dmarc --bimi -vv");
    said.shows(&format!("[OK] bimi: BIMI record of d.example: {GOOD}"));
    said.shows(&format!("  default._bimi.d.example: {GOOD}"));
    said.ends_as("OK");
    // Its own counts before that.
    let own = zone.txt("default._bimi.x.d.example", "v=BIMI1; l=");
    run(&own, "-d x.d.example --only dmarc --bimi -v")
        .shows("[OK] bimi: BIMI record of x.d.example: v=BIMI1; l=");
    let none = domain("p=reject").txt("x.d.example", "v=spf1 mx -all");
    run(&none, "-d x.d.example --only dmarc --bimi")
        .finds("[WARNING] bimi-missing: has no BIMI record at default._bimi");
}

#[test]
fn warning_the_dns_does_not_say_it() {
    for (behaviour, line) in [
        (
            Behaviour::ServFail,
            "[WARNING] bimi-dns-failed: BIMI record is not known: SERVFAIL from DNS",
        ),
        (
            Behaviour::Silence,
            "[WARNING] bimi-dns-failed: BIMI record is not known: no answer from DNS in time",
        ),
    ] {
        dmarc(&with(GOOD).behave("default._bimi.d.example", behaviour), "--bimi -t 3").finds(line);
    }
    let zone = with(GOOD)
        .txt("x.d.example", "v=spf1 mx -all")
        .behave("default._bimi.d.example", Behaviour::ServFail);
    run(&zone, "-d x.d.example --only dmarc --bimi")
        .finds("[WARNING] bimi-dns-failed: BIMI record is not known: SERVFAIL from DNS");
}

#[test]
fn critical_a_failure_where_the_operator_says_so() {
    let zone = with(GOOD).behave("default._bimi.d.example", Behaviour::ServFail);
    dmarc(&zone, "--bimi --unreachable-state critical")
        .finds("[CRITICAL] bimi-dns-failed: BIMI record is not known: SERVFAIL from DNS");
}

/// Which organization's record counts is not known, so that there is none is not known either.
#[test]
fn warning_a_failure_on_the_way_up_is_not_no_record() {
    let zone = with(GOOD)
        .txt("x.d.example", "v=spf1 mx -all")
        .behave("_dmarc.d.example", Behaviour::ServFail);
    let said = run(&zone, "-d x.d.example --only dmarc --bimi");
    said.says(
        "WARNING - x.d.example whether d.example has a DMARC record that counts is not known: SERVFAIL from \
         DNS (+1 more)",
        &["[WARNING] dmarc-dns-failed", "[WARNING] bimi-dns-failed"],
    );
    said.shows(
        "[WARNING] bimi-dns-failed: whether a BIMI record above counts is not known: SERVFAIL from DNS",
    );
}

#[test]
fn warning_an_alias_that_is_in_the_way() {
    let stray = Behaviour::Stray {
        records: vec![(
            "default._bimi.d.example".into(),
            RecordData::Cname("other.example".into()),
        )],
        instead: false,
    };
    let zone = with(GOOD).behave_for("default._bimi.d.example", RecordType::Txt, stray);
    dmarc(&zone, "--bimi").finds(
        "[WARNING] alias-conflict: the name of its BIMI record is an alias and has other records too",
    );
    // A server that has both in its zone shows one at a time.
    let zone = with(GOOD).cname("default._bimi.d.example", "other.example");
    dmarc(&zone, "--bimi").finds(
        "[WARNING] alias-conflict: the name of its BIMI record is an alias and has other records too",
    );
}

#[test]
fn unknown_a_selector_that_can_be_none() {
    for words in ["--bimi=a..b", "--bimi=-", "--bimi=a@b", "--bimi=.x"] {
        let said = dmarc(&with(GOOD), words);
        let selector = words.trim_start_matches("--bimi=");
        said.says_only(&format!("UNKNOWN - \"{selector}\" for --bimi is not SELECTOR; see --help"));
    }
}
