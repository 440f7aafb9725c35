//! Domains: good, weak, broken and parked ones, and what their DNS does to them.

use super::world::{told, world};

#[test]
fn ok_a_domain_in_good_order() {
    let Some(world) = world() else { return };
    let selectors = ["--selector", "s2048", "--selector", "ed", "--selector", "alias"];
    let run =
        world.check(&[&["-d", "example.org", "--consistency", "-v"], &selectors[..]].concat());
    told(
        &run,
        "OK - example.org DMARC p=reject, DKIM 3 of 3 selectors good",
        &[
            "[OK] dmarc: DMARC record: v=DMARC1; p=reject; rua=mailto:dmarc@example.org",
            "[OK] policy: mail that fails is refused",
            "[OK] policy-below: from subdomains without a record of their own it is refused, from names that do not exist refused",
            "[OK] alignment: alignment is relaxed for DKIM, relaxed for SPF",
            "[OK] key: selector s2048: RSA 2048 bits, SHA-256 HASH",
            "[OK] key: selector ed: ed25519, SHA-256 HASH",
            "[OK] key: selector alias: RSA 2048 bits, SHA-256 HASH",
            "[OK] agreement: 2 name servers say the same of DMARC",
            "[OK] agreement: 2 name servers say the same of selector alias",
            "[OK] agreement: 2 name servers say the same of selector ed",
            "[OK] agreement: 2 name servers say the same of selector s2048",
        ],
    );
    run.shows("  selector alias is an alias of s1.keys.provider.example");
    for (label, value) in [("policy", "2"), ("selectors_ok", "3"), ("key_length", "2048")] {
        assert_eq!(run.number(label), Some(value), "{}", run.stdout);
    }
}

#[test]
fn ok_a_subdomain_under_its_organization() {
    let Some(world) = world() else { return };
    told(
        &world.check(&["-d", "sub.example.org", "--only", "dmarc"]),
        "OK - sub.example.org DMARC reject by example.org",
        NOTHING,
    );
    told(
        &world.check(&["-d", "new.example.org", "--only", "dmarc"]),
        "CRITICAL - new.example.org does not exist in the DNS",
        &["[CRITICAL] domain-not-found: does not exist in the DNS"],
    );
}

#[test]
fn warning_a_weak_domain() {
    let Some(world) = world() else { return };
    let lines = [
        "[WARNING] dmarc-policy-none: DMARC record: p=none: mail that fails is delivered all the same",
        "[WARNING] dkim-key-short: the RSA key of selector s1 has 1024 bits: 2048 is the least now",
    ];
    let verdict = "WARNING - weak.example DMARC record: p=none: mail that fails is delivered all the same (+1 more)";
    for words in [&["--selector", "s1"][..], &["--guess"]] {
        let run = world.check(&[&["-d", "weak.example"], words].concat());
        told(&run, verdict, &lines);
        assert_eq!((run.number("policy"), run.number("key_length")), (Some("0"), Some("1024")));
    }
    // Its reports go to another organization, which has said with a wildcard that it takes them.
    world
        .check(&["-d", "weak.example", "--selector", "s1", "-v"])
        .shows("[OK] reports: rua=reports@provider.example takes reports of others");
    told(
        &world.check(&["-d", "weak.example", "--only", "dmarc", "--require-policy", "quarantine"]),
        "CRITICAL - weak.example DMARC policy in force is none, and quarantine is required (+1 more)",
        &[
            "[CRITICAL] dmarc-policy-weak: DMARC policy in force is none, and quarantine is required",
            lines[0],
        ],
    );
}

/// That it has two records is all that there is to say of its policy: it is not as if there were none.
#[test]
fn critical_a_broken_domain() {
    let Some(world) = world() else { return };
    let several = "[WARNING] dmarc-several: has 2 DMARC records, so none counts";
    let with = |selector| world.check(&["-d", "broken.example", "--selector", selector]);
    told(
        &with("dangling"),
        "CRITICAL - broken.example selector dangling has no key: it is an alias of gone.provider.example, which does not exist... (+1 more)",
        &[
            "[CRITICAL] dkim-selector-missing: selector dangling has no key: it is an alias of gone.provider.example, which does not exist in the DNS",
            several,
        ],
    );
    told(
        &with("typo"),
        "CRITICAL - broken.example selector typo is wrong at \"v=DKIM1; k=rsa, p=MIIB\": the tag p= is missing, which holds the key (+1 more)",
        &[
            "[CRITICAL] dkim-syntax: selector typo is wrong at \"v=DKIM1; k=rsa, p=MIIB\": the tag p= is missing, which holds the key",
            several,
        ],
    );
    // A key of two strings of which the second is lost.
    let run = with("cut");
    assert_eq!(
        run.findings(),
        ["[CRITICAL] dkim-syntax", "[WARNING] dmarc-several"],
        "{}",
        run.stdout
    );
    run.ends_as("CRITICAL");
    let start = "[CRITICAL] dkim-syntax: selector cut is wrong at \"MIIB";
    let end = "\": base64 has a multiple of four characters: a part is missing or too much";
    let line = |line: &str| line.starts_with(start) && line.ends_with(end);
    assert!(run.stdout.lines().any(line), "{}", run.stdout);
}

#[test]
fn ok_to_critical_a_parked_domain_and_others_called_so() {
    let Some(world) = world() else { return };
    told(
        &world.check(&["-d", "parked.example", "--parked"]),
        "OK - parked.example DMARC p=reject",
        NOTHING,
    );
    told(
        &world.check(&["-d", "example.org", "--parked", "--only", "dmarc"]),
        "WARNING - example.org SPF lets somebody pass; a parked domain says v=spf1 -all",
        &["[WARNING] dmarc-parked: SPF lets somebody pass; a parked domain says v=spf1 -all"],
    );
    told(
        &world.check(&["-d", "weak.example", "--parked", "--only", "dmarc"]),
        "WARNING - weak.example DMARC is none for the domain, none for subdomains, none for names that do not exist; a parked... (+1 more)",
        &[
            "[WARNING] dmarc-parked: DMARC is none for the domain, none for subdomains, none for names that do not exist; a parked domain needs reject for all",
            "[WARNING] dmarc-parked: SPF lets somebody pass; a parked domain says v=spf1 -all",
        ],
    );
    told(
        &world.check(&["-d", "parked.example", "--selector", "s1"]),
        "CRITICAL - parked.example has an SPF record that lets nobody pass and no selector that works, so nothing passes, and D... (+3 more)",
        &[
            "[CRITICAL] dmarc-nothing-passes: has an SPF record that lets nobody pass and no selector that works, so nothing passes, and DMARC asks everybody to refuse all its mail",
            "[CRITICAL] dkim-revoked: the key of selector s1 is revoked: nothing signed with it passes",
            "[WARNING] dkim-wildcard: selector s1 is answered by a wildcard, as every other selector would be",
            "[WARNING] dmarc-rua-missing: DMARC record has no rua=: nobody will tell you whose mail fails",
        ],
    );
}

#[test]
fn warning_wildcards_that_answer_for_everything() {
    let Some(world) = world() else { return };
    let missing = "[WARNING] dmarc-missing: has no DMARC record";
    let spf = "[WARNING] dmarc-spf-record: SPF is where DMARC belongs: v=spf1 -all";
    told(
        &world.check(&["-d", "wild.example", "--selector", "s1"]),
        "WARNING - wild.example SPF is where DMARC belongs: v=spf1 -all (+2 more)",
        &[
            spf,
            missing,
            "[WARNING] dkim-wildcard: selector s1 is answered by a wildcard, as every other selector would be",
        ],
    );
    told(
        &world.check(&["-d", "wild.example", "--guess"]),
        "WARNING - wild.example SPF is where DMARC belongs: v=spf1 -all (+1 more)",
        &[spf, missing],
    );
    told(
        &world.check(&["-d", "wild.example", "--retired", "old"]),
        "WARNING - wild.example SPF is where DMARC belongs: v=spf1 -all (+2 more)",
        &[
            spf,
            missing,
            "[WARNING] dkim-retired: selector old is retired and its key is still there, by way of a wildcard",
        ],
    );
}

#[test]
fn warning_wrong_dnssec_and_servers_that_do_not_serve() {
    let Some(world) = world() else { return };
    // At _dmarc alone: the rest is told all the same.
    let bogus =
        "DMARC record is not known: SERVFAIL from RESOLVER, because DNSSEC validation fails";
    let run = world.check(&["-d", "mixed.example", "--selector", "s1"]);
    told(
        &run,
        &format!("WARNING - mixed.example {bogus}"),
        &[format!("[WARNING] dnssec-bogus: {bogus}")],
    );
    assert_eq!((run.number("policy"), run.number("selectors_ok")), (None, Some("1")));
    let failed = "SERVFAIL from RESOLVER";
    told(
        &world.check(&["-d", "lame.example", "--selector", "s1"]),
        &format!(
            "WARNING - lame.example whether the domain exists is not known: {failed} (+2 more)"
        ),
        &[
            format!("[WARNING] dmarc-dns-failed: whether the domain exists is not known: {failed}"),
            format!("[WARNING] dmarc-dns-failed: DMARC record is not known: {failed}"),
            format!("[WARNING] dkim-dns-failed: selector s1 is not known: {failed}"),
        ],
    );
    told(
        &world.check(&["-d", "nowhere.example"]),
        "CRITICAL - nowhere.example does not exist in the DNS",
        &["[CRITICAL] domain-not-found: does not exist in the DNS"],
    );
}

#[test]
fn warning_name_servers_that_say_different_things() {
    let Some(world) = world() else { return };
    let run = world.check(&["-d", "apart.example", "--selector", "s1", "--consistency", "-v"]);
    let differ = "name servers differ on selector s1: ns3.apart.example (ADDRESS) says v=DKIM1; h=sha256; k=rsa; s=email; p=";
    let line = format!("[WARNING] servers-differ: {differ}");
    assert!(run.stdout.lines().any(|shown| shown.starts_with(&line)), "{}", run.stdout);
    // How much of it is in the first line depends on the addresses.
    let start =
        "WARNING - apart.example name servers differ on selector s1: ns3.apart.example (ADDRESS) ";
    assert!(run.verdict().starts_with(start), "{}", run.stdout);
    run.ends_as("WARNING");
    let told = run.findings().into_iter().filter(|finding| !finding.starts_with("[OK] "));
    assert_eq!(told.collect::<Vec<_>>(), ["[WARNING] servers-differ"], "{}", run.stdout);
    run.shows("[OK] agreement: 3 name servers say the same of DMARC");
}

const NOTHING: &[&str] = &[];
