//! Whether mail of the domain can pass at all, given what it asks to be done with mail that does not.

use demo_host::dns::{Behaviour, RecordType, Zone};

use crate::support::{RSA_768, RSA_2048, check, dmarc, run, with_dmarc, with_keys};

/// The domain with this policy, this SPF record if any, and no keys.
fn domain(policy: &str, spf: &str) -> Zone {
    let zone = with_dmarc(Zone::new(), &format!("v=DMARC1; p={policy}; rua=mailto:a@d.example"))
        .mx("d.example", 10, "mx.d.example");
    if spf.is_empty() { zone } else { zone.txt("d.example", spf) }
}

const NO_KEYS: &str = "[WARNING] dkim-missing: has no DKIM keys: there is nothing below _domainkey";

#[test]
fn critical_nothing_passes_and_everything_is_refused() {
    let said = check(&domain("reject", ""), "");
    said.shows(
        "[CRITICAL] dmarc-nothing-passes: has no SPF and no DKIM keys, so nothing passes, and DMARC \
         asks everybody to refuse all its mail",
    );
    said.shows(NO_KEYS);
    assert_eq!(said.findings(), ["[CRITICAL] dmarc-nothing-passes", "[WARNING] dkim-missing"]);
    // The end of the sentence is what matters: it must be on the first line.
    assert_eq!(
        said.verdict(),
        "CRITICAL - d.example has no SPF and no DKIM keys, so nothing passes, and DMARC asks \
         everybody to refuse all its mail (+1 more)"
    );
    said.ends_as("CRITICAL");
}

#[test]
fn warning_nothing_passes_and_everything_is_put_aside() {
    let said = check(&domain("quarantine", ""), "");
    said.says(
        "WARNING - d.example has no SPF and no DKIM keys, so nothing passes, and DMARC asks \
         everybody to put all its mail aside (+1 more)",
        &["[WARNING] dmarc-nothing-passes", "[WARNING] dkim-missing"],
    );
    said.shows(
        "[WARNING] dmarc-nothing-passes: has no SPF and no DKIM keys, so nothing passes, and DMARC \
         asks everybody to put all its mail aside",
    );
    // A test of p=reject is carried out as quarantine.
    let tested = check(&domain("reject; t=y", ""), "");
    assert!(tested.findings().contains(&"[WARNING] dmarc-nothing-passes"), "{}", tested.stdout);
    tested.ends_as("WARNING");
}

#[test]
fn ok_nothing_passes_and_nobody_minds_yet() {
    let words = "-v --ignore dmarc-policy-none --ignore dkim-missing";
    let said = check(&domain("none", ""), words);
    said.shows(
        "[OK] dmarc-nothing-passes: has no SPF and no DKIM keys, so nothing passes, and DMARC asks \
         nobody to do anything about it yet",
    );
    assert!(said.findings().contains(&"[OK] dmarc-nothing-passes"), "{}", said.stdout);
    assert_eq!(said.verdict(), "OK - d.example DMARC p=none (2 ignored)");
    said.ends_as("OK");
}

#[test]
fn critical_each_reason_of_spf() {
    for (zone, why) in [
        (domain("reject", ""), "no SPF"),
        (domain("reject", "hello"), "no SPF"),
        (domain("reject", "v=spf1 -all"), "an SPF record that lets nobody pass"),
        (domain("reject", "v=spf1 ~all"), "an SPF record that lets nobody pass"),
        (domain("reject", "v=spf1"), "an SPF record that lets nobody pass"),
        (domain("reject", "v=spf1 ?mx ~a -all"), "an SPF record that lets nobody pass"),
        (
            domain("reject", "v=spf1 mx -all").txt("d.example", "v=spf1 a -all"),
            "several SPF records",
        ),
        (domain("reject", "v=spf1 mx moo -all"), "an SPF record that is wrong"),
    ] {
        let said = check(&zone, "");
        said.shows(&format!(
            "[CRITICAL] dmarc-nothing-passes: has {why} and no DKIM keys, so nothing passes, and DMARC \
             asks everybody to refuse all its mail"
        ));
        assert_eq!(said.findings(), ["[CRITICAL] dmarc-nothing-passes", "[WARNING] dkim-missing"]);
        said.ends_as("CRITICAL");
    }
}

#[test]
fn warning_mail_passes_by_spf_and_nothing_signs() {
    for spf in [
        "v=spf1 mx -all",
        "v=spf1 a:mail.example ~all",
        "v=spf1 include:service.example -all",
        "v=spf1 ip4:192.0.2.1 -all",
        "v=spf1 -mx redirect=other.example",
        "v=spf1 +all",
    ] {
        check(&domain("reject", spf), "").finds(NO_KEYS);
    }
}

#[test]
fn critical_each_reason_of_dkim() {
    let p = RSA_2048.published();
    for (record, code) in [
        (String::new(), "dkim-selector-missing"),
        ("v=DKIM1; p=".to_owned(), "dkim-revoked"),
        ("v=DKIM1; p=x".to_owned(), "dkim-syntax"),
        ("v=DKIM1; p=aGVsbG8=".to_owned(), "dkim-key-invalid"),
        (format!("v=DKIM1; k=dsa; p={p}"), "dkim-key-type"),
        (format!("v=DKIM1; h=sha1; p={p}"), "dkim-hash"),
        (format!("v=DKIM1; s=other; p={p}"), "dkim-service"),
        (format!("v=DKIM1; p={}", RSA_768.published()), "dkim-key-short"),
    ] {
        let zone = domain("reject", "v=spf1 -all");
        let zone =
            if record.is_empty() { zone } else { zone.txt("s._domainkey.d.example", &record) };
        let said = check(&zone, "--selector s");
        said.shows(
            "[CRITICAL] dmarc-nothing-passes: has an SPF record that lets nobody pass and no selector that \
             works, so nothing passes, and DMARC asks everybody to refuse all its mail",
        );
        let code = format!("[CRITICAL] {code}");
        assert_eq!(said.findings(), ["[CRITICAL] dmarc-nothing-passes", &code], "{}", said.stdout);
        said.ends_as("CRITICAL");
    }
}

#[test]
fn critical_none_of_several_selectors() {
    let zone = domain("reject", "").txt("s._domainkey.d.example", "v=DKIM1; p=");
    let said = check(&zone, "--selector s --selector t");
    assert_eq!(
        said.findings(),
        [
            "[CRITICAL] dmarc-nothing-passes",
            "[CRITICAL] dkim-revoked",
            "[CRITICAL] dkim-selector-missing"
        ]
    );
    said.ends_as("CRITICAL");
    // A signature of somebody else does not count.
    let service = domain("reject", "")
        .txt("k._domainkey.service.example", format!("v=DKIM1; p={}", RSA_2048.published()));
    let said = check(&service, "--selector k@service.example");
    assert_eq!(said.findings(), ["[CRITICAL] dmarc-nothing-passes", "[WARNING] dkim-not-aligned"]);
    said.shows(
        "[CRITICAL] dmarc-nothing-passes: has no SPF and no DKIM keys, so nothing passes, and DMARC \
         asks everybody to refuse all its mail",
    );
    // What is retired neither.
    let retired = with_keys(domain("reject", ""));
    let said = check(&retired, "--selector nope --retired s1");
    assert_eq!(
        said.findings(),
        [
            "[CRITICAL] dmarc-nothing-passes",
            "[CRITICAL] dkim-selector-missing",
            "[WARNING] dkim-retired"
        ]
    );
    said.ends_as("CRITICAL");
}

#[test]
fn ok_mail_passes_by_dkim() {
    let zone = with_keys(domain("reject", "v=spf1 -all"));
    check(&zone, "--selector s1").ends_as("OK");
    check(&zone, "--guess").ends_as("OK");
    check(&zone, "--selector s1 --selector s2").ends_as("OK");
}

#[test]
fn critical_mail_passes_by_one_of_two_selectors() {
    let zone = with_keys(domain("reject", "v=spf1 -all"));
    check(&zone, "--selector s1 --selector nope").finds(
        "[CRITICAL] dkim-selector-missing: selector nope has no key: the selector is wrong, or its key \
         is gone",
    );
}

#[test]
fn warning_mail_passes_by_a_key_that_is_weak() {
    let short = domain("reject", "").txt(
        "s._domainkey.d.example",
        format!("v=DKIM1; t=y; p={}", crate::support::RSA_1024.published()),
    );
    let said = check(&short, "--selector s");
    said.says(
        "WARNING - d.example selector s says that DKIM is only tested (t=y) (+1 more)",
        &["[WARNING] dkim-testing", "[WARNING] dkim-key-short"],
    );
}

/// RFC 8463 is not what every receiver knows.
#[test]
fn warning_only_ed25519_and_no_spf() {
    let zone = with_keys(domain("reject", ""));
    check(&zone, "--selector s2").finds(
        "[WARNING] dkim-rsa-missing: has no SPF, and of its keys only ed25519 ones work, which many \
         receivers cannot verify: to them nothing passes",
    );
    // An RSA key of somebody else does not help.
    let service = zone.txt("k._domainkey.o.example", format!("p={}", RSA_2048.published()));
    let said = check(&service, "--selector s2 --selector k@o.example");
    assert_eq!(said.findings(), ["[WARNING] dkim-not-aligned", "[WARNING] dkim-rsa-missing"]);
}

#[test]
fn ok_only_ed25519_and_spf_beside_it() {
    check(&with_keys(domain("reject", "v=spf1 mx -all")), "--selector s2").ends_as("OK");
    // What fails may be RSA, and has its own finding.
    let failing =
        with_keys(domain("reject", "")).behave("r._domainkey.d.example", Behaviour::ServFail);
    check(&failing, "--selector s2 --selector r --ignore dkim-dns-failed").ends_as("OK");
}

#[test]
fn unknown_selectors_that_nobody_named() {
    let zone = with_keys(domain("reject", ""));
    check(&zone, "").finds(
        "[UNKNOWN] not-looked-at: has no SPF, and whether mail can pass DMARC by DKIM was not looked at: \
         no selector was named",
    );
}

/// The organization has keys, and SPF that lets nobody pass.
#[test]
fn unknown_keys_of_the_organization_that_nobody_named() {
    let above = with_keys(domain("reject", "v=spf1 -all")).txt("x.d.example", "hello");
    let said = run(&above, "-d x.d.example --ignore dkim-missing");
    said.finds(
        "[UNKNOWN] not-looked-at: has no SPF, and whether mail can pass DMARC by DKIM was not looked at: \
         no selector was named, and keys of d.example may sign for it",
    );
    said.ends_as("UNKNOWN");
}

#[test]
fn critical_a_wrong_selector_where_the_organization_has_keys() {
    let above = with_keys(domain("reject", "v=spf1 -all")).txt("x.d.example", "hello");
    let said = run(&above, "-d x.d.example --selector nope");
    said.shows(
        "[UNKNOWN] not-looked-at: has no SPF, and whether mail can pass DMARC by DKIM was not looked at: \
         no selector that works was named, and keys of d.example may sign for it",
    );
    assert_eq!(said.findings(), ["[CRITICAL] dkim-selector-missing", "[UNKNOWN] not-looked-at"]);
    said.ends_as("CRITICAL");
}

#[test]
fn warning_whether_the_organization_has_keys_is_not_known() {
    let failing = domain("reject", "v=spf1 -all")
        .txt("x.d.example", "hello")
        .behave("_domainkey.d.example", Behaviour::ServFail);
    let said = run(&failing, "-d x.d.example --ignore dkim-missing");
    said.finds(
        "[WARNING] dkim-dns-failed: whether d.example has DKIM keys is not known: SERVFAIL from DNS",
    );
}

/// What cannot help anyway may fail.
#[test]
fn critical_a_selector_that_does_not_matter_fails() {
    let zone = domain("reject; adkim=s", "");
    let old = zone.clone().behave("old._domainkey.d.example", Behaviour::ServFail);
    let foreign = zone.behave("k1._domainkey.o.example", Behaviour::ServFail);
    for (zone, words) in [(old, "--retired old"), (foreign, "--selector k1@o.example")] {
        let said = check(&zone, words);
        assert_eq!(said.findings()[0], "[CRITICAL] dmarc-nothing-passes", "{}", said.stdout);
        said.ends_as("CRITICAL");
    }
}

/// That of somebody else does not tell whether there are keys of its own.
#[test]
fn unknown_only_the_selector_of_somebody_else_was_named() {
    let zone = domain("reject", "")
        .txt("zz._domainkey.d.example", format!("p={}", RSA_2048.published()))
        .txt("k1._domainkey.o.example", format!("p={}", RSA_2048.published()));
    check(&zone, "--selector k1@o.example --ignore dkim-not-aligned").finds(
        "[UNKNOWN] not-looked-at: has no SPF, and whether mail can pass DMARC by DKIM was not looked at: \
         no aligned selector that works was named",
    );
}

/// Behind an all a redirect= is ignored (RFC 7208 section 6.1).
#[test]
fn critical_a_redirect_that_is_ignored() {
    let said = check(&domain("reject", "v=spf1 -all redirect=_spf.o.example"), "");
    assert_eq!(said.findings()[0], "[CRITICAL] dmarc-nothing-passes", "{}", said.stdout);
    check(&domain("reject", "v=spf1 redirect=_spf.o.example"), "--ignore dkim-missing")
        .ends_as("OK");
}

#[test]
fn warning_without_a_policy_nothing_is_lost_by_a_missing_selector() {
    check(&with_keys(domain("none", "")), "").finds(
        "[WARNING] dmarc-policy-none: DMARC record: p=none: mail that fails is delivered all the same",
    );
}

#[test]
fn unknown_selectors_that_could_not_be_guessed() {
    let other = domain("reject", "").txt("x1._domainkey.d.example", "v=DKIM1; p=");
    check(&other, "--guess").finds(
        "[UNKNOWN] not-looked-at: has no SPF, and whether mail can pass DMARC by DKIM was not looked at: \
         none of the guessed selectors has a good key",
    );
}

/// Who leaves DKIM out does not want to be asked for a selector that he cannot give.
#[test]
fn ok_dkim_was_left_out_on_purpose() {
    for spf in ["", "v=spf1 -all"] {
        dmarc(&domain("reject", spf), "").says("OK - d.example DMARC p=reject", &[]);
    }
}

#[test]
fn warning_the_dns_of_spf_fails() {
    let failing =
        domain("reject", "").behave_for("d.example", RecordType::Txt, Behaviour::ServFail);
    let said = check(&failing, "");
    said.says(
        "WARNING - d.example whether mail can pass by SPF is not known: SERVFAIL from DNS (+1 more)",
        &["[WARNING] spf-dns-failed", "[WARNING] dkim-missing"],
    );
}

/// Mail passes by DKIM, and the records below the domain say that it exists.
#[test]
fn ok_the_dns_of_spf_fails_and_dkim_works() {
    let zone = with_keys(domain("reject", "v=spf1 mx -all"));
    let failing = zone.behave_for("d.example", RecordType::Txt, Behaviour::ServFail);
    check(&failing, "--selector s1")
        .says("OK - d.example DMARC p=reject, DKIM 1 of 1 selector good", &[]);
}

#[test]
fn warning_a_selector_that_is_not_known() {
    let zone = domain("reject", "").behave("s._domainkey.d.example", Behaviour::ServFail);
    check(&zone, "--selector s")
        .finds("[WARNING] dkim-dns-failed: selector s is not known: SERVFAIL from DNS");
    let zone = domain("reject", "").behave("_domainkey.d.example", Behaviour::ServFail);
    check(&zone, "").finds(
        "[WARNING] dkim-dns-failed: whether there are DKIM keys is not known: SERVFAIL from DNS",
    );
}

#[test]
fn ok_a_parked_domain_sends_nothing() {
    check(&domain("reject", "v=spf1 -all"), "--parked").says("OK - d.example DMARC p=reject", &[]);
    check(&domain("reject", ""), "--parked").says("OK - d.example DMARC p=reject", &[]);
}

/// With relaxed alignment mail passes by what the organization has: its envelope and its signatures
/// count for all names below (RFC 9989 section 4.4).
#[test]
fn ok_a_name_below_sends_in_the_name_of_its_organization() {
    let zone = with_keys(domain("reject", "v=spf1 mx -all")).txt("x.d.example", "hello");
    let said = run(&zone, "-d x.d.example --ignore dkim-missing");
    said.says("OK - x.d.example DMARC reject by d.example (1 ignored)", &[]);
    let said = run(&zone, "-d x.d.example --selector s1@d.example");
    said.says("OK - x.d.example DMARC reject by d.example, DKIM 1 of 1 selector good", &[]);
}

#[test]
fn critical_strict_alignment_does_not_let_the_organization_speak() {
    let strict =
        with_keys(domain("reject; adkim=s; aspf=s", "v=spf1 mx -all")).txt("x.d.example", "hello");
    let said = run(&strict, "-d x.d.example");
    said.says(
        "CRITICAL - x.d.example has no SPF and no DKIM keys, so nothing passes, and DMARC asks everybody \
         to refuse all its mail (+1 more)",
        &["[CRITICAL] dmarc-nothing-passes", "[WARNING] dkim-missing"],
    );
}

#[test]
fn critical_that_all_mail_is_lost_stands_before_what_is_only_wrong() {
    let zone = domain("reject", "");
    for words in ["--selector nope", "--expect-record v=DMARC1;_p=none"] {
        let said = check(&zone, words);
        assert_eq!(said.findings()[0], "[CRITICAL] dmarc-nothing-passes", "{}", said.stdout);
        said.ends_as("CRITICAL");
    }
}

#[test]
fn warning_without_a_policy_nothing_can_be_lost() {
    let said = check(&Zone::new().txt("d.example", "v=spf1 -all"), "");
    let mut findings = said.findings();
    findings.sort_unstable();
    assert_eq!(findings, ["[WARNING] dkim-missing", "[WARNING] dmarc-missing"]);
    said.ends_as("WARNING");
}
