//! The policy in force: what is carried out for mail that fails, whose record says so, and whether that
//! is enough.

use demo_host::dns::{Behaviour, RecordType, Zone};

use crate::support::{dmarc, record, run, sending};

const RUA: &str = "rua=mailto:a@d.example";

/// A record with this behind its version, and with reports.
fn with(tags: &str) -> Zone {
    record(&format!("v=DMARC1; {tags}; {RUA}"))
}

/// The same with a name below the domain, `x.d.example`, which has no record of its own.
fn above(tags: &str) -> Zone {
    with(tags).txt("x.d.example", "v=spf1 mx -all")
}

fn below(zone: &Zone, words: &str) -> mailhost_tests::Run {
    run(zone, &format!("-d x.d.example --only dmarc {words}"))
}

#[test]
fn ok_what_happens_in_words() {
    for (tags, own, subdomains, non_existent) in [
        ("p=reject", "refused", "refused", "refused"),
        (
            "p=quarantine",
            "taken for suspicious, mostly put into the junk folder",
            "taken for suspicious, mostly put into the junk folder",
            "taken for suspicious, mostly put into the junk folder",
        ),
        (
            "p=quarantine; sp=reject",
            "taken for suspicious, mostly put into the junk folder",
            "refused",
            "refused",
        ),
        (
            "p=quarantine; np=reject",
            "taken for suspicious, mostly put into the junk folder",
            "taken for suspicious, mostly put into the junk folder",
            "refused",
        ),
    ] {
        let said = dmarc(&with(tags), "-v");
        said.shows(&format!("[OK] policy: mail that fails is {own}"));
        said.shows(&format!(
            "[OK] policy-below: from subdomains without a record of their own it is {subdomains}, from \
             names that do not exist {non_existent}"
        ));
        said.shows("[OK] alignment: alignment is relaxed for DKIM, relaxed for SPF");
        said.ends_as("OK");
    }
    dmarc(&with("p=reject; adkim=s; aspf=s"), "-v")
        .shows("[OK] alignment: alignment is strict for DKIM, strict for SPF");
}

#[test]
fn ok_the_first_line_and_the_metric() {
    for (tags, policy, number) in [("p=reject", "reject", "2"), ("p=quarantine", "quarantine", "1")]
    {
        let said = dmarc(&with(tags), "");
        said.says(&format!("OK - d.example DMARC p={policy}"), &[]);
        assert_eq!(said.metric("policy"), Some(number));
    }
    let said = dmarc(&with("p=none"), "--ignore dmarc-policy-none");
    said.says("OK - d.example DMARC p=none (1 ignored)", &[]);
    assert_eq!(said.metric("policy"), Some("0"));
}

#[test]
fn warning_a_policy_of_none() {
    let said = dmarc(&with("p=none"), "-v");
    said.shows(
        "[WARNING] dmarc-policy-none: DMARC record: p=none: mail that fails is delivered all the same",
    );
    said.shows("[OK] policy: mail that fails is delivered as if nothing were wrong");
    assert_eq!(said.findings()[0], "[WARNING] dmarc-policy-none");
    said.ends_as("WARNING");
    let said = dmarc(&record("v=DMARC1; p=none"), "");
    said.says(
        "WARNING - d.example DMARC record: p=none: mail that fails is delivered all the same (+1 more)",
        &["[WARNING] dmarc-policy-none", "[WARNING] dmarc-rua-missing"],
    );
}

/// RFC 9989 section 4.10.1.
#[test]
fn warning_a_policy_that_is_missing_or_wrong() {
    dmarc(&record(&format!("v=DMARC1; {RUA}")), "")
        .finds("[WARNING] dmarc-policy-none: DMARC record: p= is missing, which counts as p=none");
    for tags in ["p=deny", "p=reject; sp=deny", "p=reject; np=deny", "p="] {
        let said = dmarc(&with(tags), "");
        said.shows(
            "[WARNING] dmarc-policy-none: DMARC record: a policy in it is wrong or doubled, which counts as p=none",
        );
        assert_eq!(said.findings(), ["[WARNING] dmarc-value", "[WARNING] dmarc-policy-none"]);
        assert_eq!(said.metric("policy"), Some("0"), "{tags}");
    }
    for text in [
        "v=DMARC1",
        "v=DMARC1;",
        "v=DMARC1; p=deny",
        "v=DMARC1; p=reject; sp=deny",
        "v=DMARC1; p=deny; rua=a@d.example",
        "v=DMARC1; p=deny; ruf=mailto:a@d.example",
    ] {
        let said = dmarc(&record(text), "");
        said.shows(
            "[WARNING] dmarc-not-applied: DMARC record does nothing: its policy is missing or wrong, and \
             it has no usable rua=",
        );
        assert!(said.findings().contains(&"[WARNING] dmarc-not-applied"), "{}", said.stdout);
        assert_eq!(said.metric("policy"), Some("0"), "{text}");
        said.ends_as("WARNING");
    }
}

/// One of another scheme is a valid address too (RFC 9989 section 4.10.1), so the record counts as
/// p=none.
#[test]
fn warning_a_wrong_policy_and_an_address_of_another_scheme() {
    let said = dmarc(&record("v=DMARC1; p=deny; rua=https://d.example/r"), "");
    said.shows(
        "[WARNING] dmarc-policy-none: DMARC record: a policy in it is wrong or doubled, which counts as p=none",
    );
    assert_eq!(
        said.findings(),
        ["[WARNING] dmarc-value", "[WARNING] dmarc-uri-scheme", "[WARNING] dmarc-policy-none"]
    );
    said.ends_as("WARNING");
}

#[test]
fn critical_less_than_required() {
    for (tags, required, line) in [
        ("p=none", "quarantine", "DMARC policy in force is none, and quarantine is required"),
        ("p=none", "reject", "DMARC policy in force is none, and reject is required"),
        ("p=quarantine", "reject", "DMARC policy in force is quarantine, and reject is required"),
        ("p=reject; t=y", "reject", "DMARC policy in force is quarantine, and reject is required"),
        ("p=deny", "quarantine", "DMARC policy in force is none, and quarantine is required"),
    ] {
        let said = dmarc(&with(tags), &format!("--require-policy {required}"));
        said.shows(&format!("[CRITICAL] dmarc-policy-weak: {line}"));
        assert_eq!(said.findings()[0], "[CRITICAL] dmarc-policy-weak", "{}", said.stdout);
        said.ends_as("CRITICAL");
    }
    for (tags, required) in
        [("p=quarantine", "quarantine"), ("p=reject", "quarantine"), ("p=reject", "reject")]
    {
        dmarc(&with(tags), &format!("--require-policy {required}")).ends_as("OK");
    }
    for zone in [
        sending(),
        record("v=DMARC1; p=deny"),
        with("p=reject").txt("_dmarc.d.example", "v=DMARC1"),
    ] {
        dmarc(&zone, "--require-policy quarantine").shows(
            "[CRITICAL] dmarc-policy-weak: no DMARC policy is in force, and quarantine is required",
        );
    }
    below(&above("p=reject; sp=none"), "--require-policy reject").shows(
        "[CRITICAL] dmarc-policy-weak: DMARC policy in force is none, and reject is required",
    );
}

#[test]
fn warning_less_for_what_is_below() {
    for (tags, line) in [
        ("p=reject; sp=none", "DMARC is weaker for subdomains: sp=none under p=reject"),
        ("p=reject; sp=quarantine", "DMARC is weaker for subdomains: sp=quarantine under p=reject"),
        ("p=quarantine; sp=none", "DMARC is weaker for subdomains: sp=none under p=quarantine"),
        (
            "p=reject; np=none",
            "DMARC is weaker for names that do not exist: np=none under p=reject",
        ),
        (
            "p=quarantine; sp=reject; np=quarantine",
            "DMARC is weaker for names that do not exist: np=quarantine under sp=reject",
        ),
    ] {
        let said = dmarc(&with(tags), "");
        said.finds(&format!("[WARNING] dmarc-subdomains-weaker: {line}"));
    }
    let both = dmarc(&with("p=reject; sp=quarantine; np=none"), "");
    assert_eq!(both.findings(), ["[WARNING] dmarc-subdomains-weaker"; 2], "{}", both.stdout);
    dmarc(&with("p=reject; sp=none; np=reject"), "-v").shows(
        "[OK] policy-below: from subdomains without a record of their own it is delivered as if nothing \
         were wrong, from names that do not exist refused",
    );
}

#[test]
fn ok_sp_in_the_record_of_a_subdomain() {
    let zone = above("p=reject; sp=quarantine")
        .txt("_dmarc.x.d.example", format!("v=DMARC1; p=reject; sp=none; {RUA}"));
    let said = below(&zone, "-v");
    said.shows(
        "[OK] dmarc-subdomains-ignored: DMARC record has sp= or np=, which have no effect below d.example",
    );
    assert!(said.findings().contains(&"[OK] dmarc-subdomains-ignored"), "{}", said.stdout);
    said.shows(
        "[OK] policy-below: from subdomains without a record of their own it is taken for suspicious, \
         mostly put into the junk folder, from names that do not exist taken for suspicious, mostly put \
         into the junk folder",
    );
    assert_eq!(said.verdict(), "OK - x.d.example DMARC p=reject");
    said.ends_as("OK");
    // psd=n makes an organization of it.
    let apart = above("p=reject")
        .mx("x.d.example", 10, "mx.d.example")
        .txt("_dmarc.x.d.example", "v=DMARC1; p=reject; sp=none; psd=n; rua=mailto:a@x.d.example");
    below(&apart, "").finds(
        "[WARNING] dmarc-subdomains-weaker: DMARC is weaker for subdomains: sp=none under p=reject",
    );
}

#[test]
fn warning_a_policy_that_is_only_tested() {
    for (tags, carried_out, number) in
        [("p=reject; t=y", "quarantine", "1"), ("p=quarantine; t=y", "none", "0")]
    {
        let said = dmarc(&with(tags), "");
        said.finds(&format!(
            "[WARNING] dmarc-testing: DMARC record is only tested (t=y): its policy is carried out as \
             {carried_out}"
        ));
        assert_eq!(said.metric("policy"), Some(number), "{tags}");
    }
    // There is nothing to test.
    dmarc(&with("p=none; t=y"), "").finds(
        "[WARNING] dmarc-policy-none: DMARC record: p=none: mail that fails is delivered all the same",
    );
    let said = dmarc(&with("p=reject; sp=quarantine; np=none; t=y"), "-v");
    said.shows(
        "[OK] policy-below: from subdomains without a record of their own it is delivered as if nothing \
         were wrong, from names that do not exist delivered as if nothing were wrong",
    );
}

/// The line at the top says what is in force, not only what is written.
#[test]
fn ok_a_test_that_is_ignored_is_not_forgotten() {
    let said = dmarc(&with("p=reject; t=y"), "--ignore dmarc-testing");
    said.says("OK - d.example DMARC p=reject, carried out as quarantine (1 ignored)", &[]);
    let inherited = with("p=reject; t=y").txt("x.d.example", "v=spf1 mx -all");
    below(&inherited, "--ignore dmarc-testing")
        .says("OK - x.d.example DMARC quarantine by d.example (1 ignored)", &[]);
    let words = "--ignore dmarc-value --ignore dmarc-policy-none";
    dmarc(&with("p=reject; sp=deny"), words)
        .says("OK - d.example DMARC p=reject, carried out as none (2 ignored)", &[]);
    let words = "--ignore dmarc-value --ignore dmarc-not-applied --ignore dmarc-rua-missing";
    dmarc(&record("v=DMARC1; p=deny"), words)
        .says("OK - d.example DMARC without effect (3 ignored)", &[]);
}

#[test]
fn ok_the_policy_of_the_organization() {
    for (tags, policy, number, words) in [
        ("p=reject", "reject", "2", "refused"),
        (
            "p=none; sp=quarantine",
            "quarantine",
            "1",
            "taken for suspicious, mostly put into the junk folder",
        ),
        ("p=quarantine; sp=reject; np=none", "reject", "2", "refused"),
    ] {
        let said = below(&above(tags), "-v");
        assert_eq!(said.verdict(), format!("OK - x.d.example DMARC {policy} by d.example"));
        assert_eq!(said.metric("policy"), Some(number));
        said.shows(&format!("[OK] policy: mail that fails is {words}, as d.example asks"));
        said.shows(&format!("[OK] dmarc: DMARC record of d.example: v=DMARC1; {tags}; {RUA}"));
        said.ends_as("OK");
    }
}

#[test]
fn warning_the_policy_of_the_organization_is_weak_here() {
    let said = below(&above("p=reject; sp=none"), "");
    said.finds(
        "[WARNING] dmarc-policy-none: DMARC record of d.example: its policy for subdomains is none: mail \
         that fails is delivered all the same",
    );
    assert_eq!(said.metric("policy"), Some("0"));
    below(&above("p=none"), "").finds(
        "[WARNING] dmarc-policy-none: DMARC record of d.example: its policy for subdomains is none: mail \
         that fails is delivered all the same",
    );
    below(&above("p=reject; t=y"), "").finds(
        "[WARNING] dmarc-testing: DMARC record of d.example is only tested (t=y): its policy is carried \
         out as quarantine",
    );
    below(&above("p=reject; foo=1"), "")
        .finds("[WARNING] dmarc-unknown-tag: DMARC record of d.example: foo= is no tag of DMARC");
}

#[test]
fn warning_the_record_of_the_organization_asks_for_no_reports() {
    let no_reports = record("v=DMARC1; p=reject").txt("x.d.example", "v=spf1 mx -all");
    below(&no_reports, "").finds(
        "[WARNING] dmarc-rua-missing: DMARC record of d.example has no rua=: nobody will tell you whose \
         mail fails",
    );
}

/// Records between the name and its organization do not count (RFC 9989 section 4.10.1).
#[test]
fn ok_a_record_between_does_not_count() {
    let zone = with("p=reject")
        .txt("_dmarc.b.d.example", format!("v=DMARC1; p=none; {RUA}"))
        .txt("a.b.d.example", "v=spf1 mx -all");
    run(&zone, "-d a.b.d.example --only dmarc")
        .says("OK - a.b.d.example DMARC reject by d.example", &[]);
    let apart = with("p=reject")
        .txt("_dmarc.b.d.example", "v=DMARC1; p=quarantine; psd=n; rua=mailto:a@b.d.example")
        .mx("b.d.example", 10, "mx.d.example")
        .txt("a.b.d.example", "v=spf1 mx -all");
    run(&apart, "-d a.b.d.example --only dmarc")
        .says("OK - a.b.d.example DMARC quarantine by b.d.example", &[]);
}

/// Its own record would have a name of more than 253 characters, so it can have none.
#[test]
fn ok_a_name_too_long_for_a_record_of_its_own() {
    let (long, last) = ("x".repeat(63), "y".repeat(48));
    let name = format!("{long}.{long}.{long}.{last}.d.example");
    let zone = with("p=reject; sp=quarantine").txt(&name, "v=spf1 mx -all");
    let said = run(&zone, &format!("-d {name} --only dmarc"));
    assert_eq!(said.metric("policy"), Some("1"), "{}", said.stdout);
    said.ends_as("OK");
    // That of the name above is not its own: sp= counts.
    let above = zone.txt(
        &format!("_dmarc.{long}.{long}.{last}.d.example"),
        "v=DMARC1; p=reject; sp=none; psd=n; rua=mailto:a@d.example",
    );
    let said = run(&above, &format!("-d {name} --only dmarc"));
    assert_eq!(said.metric("policy"), Some("0"), "{}", said.stdout);
}

#[test]
fn warning_the_policy_of_a_public_suffix() {
    let suffix = |tags: &str| {
        sending()
            .txt("_dmarc.example", format!("v=DMARC1; {tags}; psd=y; rua=mailto:r@nic.example"))
            .mx("nic.example", 10, "mx.nic.example")
            .txt("example._report._dmarc.nic.example", "v=DMARC1")
    };
    let line = "[WARNING] dmarc-public-suffix: has no DMARC record of its own, so that of the public \
                suffix example counts";
    let said = dmarc(&suffix("p=reject"), "");
    said.finds(line);
    assert_eq!(said.metric("policy"), Some("2"));
    let said = dmarc(&suffix("p=reject; sp=quarantine"), "-v");
    assert_eq!(said.metric("policy"), Some("1"));
    said.shows(
        "[OK] policy: mail that fails is taken for suspicious, mostly put into the junk folder, as \
         example asks",
    );
    // A record of the organization counts, and the suffix ends the way up.
    let own = suffix("p=reject").txt("_dmarc.d.example", format!("v=DMARC1; p=quarantine; {RUA}"));
    dmarc(&own, "").says("OK - d.example DMARC p=quarantine", &[]);
    let own = own.txt("x.d.example", "v=spf1 mx -all");
    below(&own, "").says("OK - x.d.example DMARC quarantine by d.example", &[]);
    // What a registry writes is not the operator's to mend.
    let bad = suffix("p=reject; foo=1; pct=5");
    dmarc(&bad, "").finds(line);
    let silent = sending().txt("_dmarc.example", "v=DMARC1; p=reject; psd=y");
    dmarc(&silent, "").finds(line);
}

/// Nor is it where a registry has its reports sent.
#[test]
fn warning_the_reports_of_a_public_suffix_are_not_looked_at() {
    let zone =
        sending().txt("_dmarc.example", "v=DMARC1; p=reject; psd=y; rua=mailto:r@gone.example");
    dmarc(&zone, "").finds(
        "[WARNING] dmarc-public-suffix: has no DMARC record of its own, so that of the public suffix \
         example counts",
    );
}

#[test]
fn warning_a_domain_that_says_it_is_a_public_suffix() {
    let said = dmarc(&with("p=reject; psd=y"), "");
    said.finds(
        "[WARNING] dmarc-public-suffix: DMARC record says psd=y: every name below is an organization of \
         its own",
    );
    assert_eq!(said.metric("policy"), Some("2"));
    dmarc(&with("p=reject; psd=n"), "").ends_as("OK");
}

#[test]
fn critical_a_name_that_does_not_exist() {
    let zone = with("p=reject; sp=quarantine; np=none");
    let said = run(&zone, "-d gone.d.example --only dmarc -v");
    said.shows("[CRITICAL] domain-not-found: does not exist in the DNS");
    said.shows(
        "[OK] policy: mail that fails is delivered as if nothing were wrong, as d.example asks",
    );
    assert_eq!(said.verdict(), "CRITICAL - gone.d.example does not exist in the DNS (+1 more)");
    assert_eq!(said.metric("policy"), Some("0"));
    for (tags, number) in
        [("p=none; np=reject", "2"), ("p=none; sp=quarantine", "1"), ("p=reject", "2")]
    {
        let said = run(&with(tags), "-d gone.d.example --only dmarc");
        said.finds("[CRITICAL] domain-not-found: does not exist in the DNS");
        assert_eq!(said.metric("policy"), Some(number), "{tags}");
    }
}

#[test]
fn ok_a_parked_domain() {
    let parked =
        |text: &str| Zone::new().txt("d.example", "v=spf1 -all").txt("_dmarc.d.example", text);
    for text in [
        "v=DMARC1; p=reject",
        "v=DMARC1; p=reject;",
        "v=DMARC1; p=reject; sp=reject; np=reject; adkim=s; aspf=s",
    ] {
        dmarc(&parked(text), "--parked").says("OK - d.example DMARC p=reject", &[]);
        // Nothing has to sign either.
        crate::support::check(&parked(text), "--parked").says("OK - d.example DMARC p=reject", &[]);
    }
    let inherited = parked("v=DMARC1; p=reject").txt("x.d.example", "v=spf1 -all");
    below(&inherited, "--parked").says("OK - x.d.example DMARC reject by d.example", &[]);
}

/// Mail passes DMARC all the same.
#[test]
fn warning_a_parked_domain_in_whose_name_somebody_can_send() {
    let zone =
        |spf: &str| Zone::new().txt("d.example", spf).txt("_dmarc.d.example", "v=DMARC1; p=reject");
    for spf in ["v=spf1 +all", "v=spf1 mx -all"] {
        dmarc(&zone(spf), "--parked").finds(
            "[WARNING] dmarc-parked: SPF lets somebody pass; a parked domain says v=spf1 -all",
        );
    }
    let key = crate::support::RSA_2048.published();
    let live = zone("v=spf1 -all").txt("s1._domainkey.d.example", format!("p={key}"));
    for words in ["--parked --selector s1", "--parked --guess"] {
        crate::support::check(&live, words).finds(
            "[WARNING] dmarc-parked: selector s1 has a key; a parked domain has none, or a revoked one",
        );
    }
    let wildcard = zone("v=spf1 -all").txt("*._domainkey.d.example", format!("p={key}"));
    for words in ["--parked", "--parked --guess", "--parked --selector x"] {
        crate::support::check(&wildcard, words).finds(
            "[WARNING] dmarc-parked: every selector has a key, by way of a wildcard; a parked domain has \
             none, or a revoked one",
        );
    }
    // Without a policy more so.
    let said = dmarc(&Zone::new().txt("d.example", "v=spf1 +all"), "--parked");
    assert_eq!(said.findings(), ["[WARNING] dmarc-missing", "[WARNING] dmarc-parked"]);
    let failing = zone("").behave_for("d.example", RecordType::Txt, Behaviour::ServFail);
    dmarc(&failing, "--parked").finds(
        "[WARNING] spf-dns-failed: whether SPF lets somebody pass is not known: SERVFAIL from DNS",
    );
}

/// What the plugin advises is right.
#[test]
fn ok_a_parked_domain_whose_keys_are_revoked_or_gone() {
    let zone = Zone::new()
        .txt("d.example", "v=spf1 -all redirect=o.example")
        .txt("_dmarc.d.example", "v=DMARC1; p=reject");
    let revoked = zone.clone().txt("*._domainkey.d.example", "v=DKIM1; p=");
    for (zone, words) in [
        (&revoked, "--parked --guess"),
        (&revoked, "--parked --selector s1"),
        (&zone, "--parked --selector s1"),
    ] {
        crate::support::check(zone, words).ends_as("OK");
    }
}

#[test]
fn warning_a_parked_domain_that_lets_something_through() {
    let parked =
        |text: &str| Zone::new().txt("d.example", "v=spf1 -all").txt("_dmarc.d.example", text);
    for (text, domain, below, non_existent) in [
        ("v=DMARC1; p=none", "none", "none", "none"),
        ("v=DMARC1; p=quarantine", "quarantine", "quarantine", "quarantine"),
        ("v=DMARC1; p=reject; sp=none", "reject", "none", "none"),
        ("v=DMARC1; p=reject; np=quarantine", "reject", "reject", "quarantine"),
        ("v=DMARC1; p=reject; t=y", "quarantine", "quarantine", "quarantine"),
    ] {
        let text = format!("{text}; {RUA}");
        let said = dmarc(&parked(&text).mx("d.example", 10, "mx.d.example"), "--parked");
        assert_eq!(said.findings(), ["[WARNING] dmarc-parked"], "{text}\n{}", said.stdout);
        said.finds(&format!(
            "[WARNING] dmarc-parked: DMARC is {domain} for the domain, {below} for subdomains, \
             {non_existent} for names that do not exist; a parked domain needs reject for all"
        ));
    }
    // Below a domain with a record of its own the organization's counts.
    let own = Zone::new()
        .txt("_dmarc.d.example", format!("v=DMARC1; p=none; {RUA}"))
        .txt("x.d.example", "v=spf1 -all")
        .txt("_dmarc.x.d.example", "v=DMARC1; p=reject");
    below(&own, "--parked").finds(
        "[WARNING] dmarc-parked: DMARC is reject for the domain, none for subdomains, none for names \
         that do not exist; a parked domain needs reject for all",
    );
    dmarc(&Zone::new().txt("d.example", "v=spf1 -all"), "--parked").finds(
        "[WARNING] dmarc-missing: has no DMARC record; a parked domain says v=DMARC1; p=reject",
    );
}
