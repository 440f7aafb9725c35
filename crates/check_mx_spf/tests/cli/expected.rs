//! What the operator says must be: `--expect-mx`, `--mx-count`, `--parked`, `--expect-record`.

use demo_host::dns::{Behaviour, RecordType, Zone};

use crate::support::{audit, check, spf, well};

#[test]
fn ok_the_expected_exchangers() {
    for words in [
        "--expect-mx mx1.d.example --expect-mx mx2.d.example",
        "--expect-mx 10:mx1.d.example --expect-mx 20:MX2.d.example.=2620:4f:8000::19",
        "--expect-mx mx2.d.example=192.175.48.25 --expect-mx mx1.d.example",
    ] {
        let said = check(&well(), &format!("--only mx -v {words}"));
        said.shows("[OK] expected-mx: the mail exchangers are the expected ones");
        said.ends_as("OK");
    }
}

#[test]
fn critical_other_exchangers_than_expected() {
    for (words, line) in [
        (
            "--expect-mx mx1.d.example",
            "[CRITICAL] mx-unexpected: MX mx2.d.example was not expected",
        ),
        (
            "--expect-mx mx1.d.example --expect-mx mx2.d.example --expect-mx mx3.d.example",
            "[CRITICAL] mx-unexpected: MX mx3.d.example is missing",
        ),
        (
            "--expect-mx 5:mx1.d.example --expect-mx mx2.d.example",
            "[CRITICAL] mx-unexpected: MX mx1.d.example has the preference 10, not 5",
        ),
        (
            "--expect-mx mx1.d.example=192.0.2.1 --expect-mx mx2.d.example",
            "[CRITICAL] mx-unexpected: MX mx1.d.example does not have the address 192.0.2.1",
        ),
    ] {
        check(&well(), &format!("--only mx {words}")).finds(line);
    }
    let implicit = Zone::new().a("d.example", [192, 31, 196, 25]);
    check(&implicit, "--only mx --expect-mx d.example --ignore ptr-missing").says(
        "CRITICAL - d.example MX d.example is missing (+1 more)",
        &["[CRITICAL] mx-unexpected", "[WARNING] mx-implicit"],
    );
}

#[test]
fn warning_what_is_not_known_is_not_unexpected() {
    let of_mx1 = |kind| well().behave_for("mx1.d.example", kind, Behaviour::ServFail);
    let words = "--only mx --expect-mx mx1.d.example=192.31.196.25 --expect-mx mx2.d.example";
    check(&of_mx1(RecordType::A), words).says(
        "WARNING - d.example the address of MX mx1.d.example is not known: SERVFAIL from DNS",
        &["[WARNING] mx-dns-failed", "[UNKNOWN] not-looked-at"],
    );
    // What failed is another family than the one that was asked about.
    check(&of_mx1(RecordType::Aaaa), words).finds(
        "[WARNING] mx-dns-failed: the address of MX mx1.d.example is not known: SERVFAIL from DNS",
    );
    let other = words.replace("196.25", "196.99");
    let said = check(&of_mx1(RecordType::Aaaa), &other);
    said.shows(
        "[CRITICAL] mx-unexpected: MX mx1.d.example does not have the address 192.31.196.99",
    );
    let twice = well().mx("d.example", 30, "mx1.d.example");
    check(&twice, "--only mx --ignore mx-duplicate --expect-mx 10:mx1.d.example --expect-mx 30:mx1.d.example --expect-mx mx2.d.example")
        .ends_as("OK");
    check(
        &twice,
        "--only mx --ignore mx-duplicate --expect-mx 10:mx1.d.example --expect-mx mx2.d.example",
    )
    .finds("[CRITICAL] mx-unexpected: MX 30 mx1.d.example was not expected");
}

#[test]
fn warning_the_number_of_exchangers() {
    check(&well(), "--only mx --mx-count 3:")
        .finds("[WARNING] mx-count: has 2 MX hosts (range 3:)");
    let said = check(&well(), "--only mx --mx-count 2:");
    said.says("OK - d.example 2 MX hosts", &[]);
    assert!(said.stdout.contains("mx_hosts=2;2:;;0 "), "{}", said.stdout);
}

#[test]
fn ok_a_parked_domain_that_says_so() {
    let null = Zone::new().mx("d.example", 0, ".").txt("d.example", "v=spf1 -all");
    check(&null, "--parked")
        .says("OK - d.example takes no mail, SPF ends in -all with 0 of 10 look-ups", &[]);
    let without = Zone::new().txt("d.example", "v=spf1 -all");
    check(&without, "--parked")
        .says("OK - d.example no MX, SPF ends in -all with 0 of 10 look-ups", &[]);
}

#[test]
fn ok_parked_domains_that_share_a_record() {
    let zone = Zone::new()
        .mx("d.example", 0, ".")
        .txt("d.example", "v=spf1 redirect=parked.example")
        .txt("parked.example", "v=spf1 -all exp=why.example")
        .txt("why.example", "nobody sends from here");
    check(&zone, "--parked").ends_as("OK");
}

#[test]
fn warning_a_parked_domain_that_does_not() {
    check(&well(), "--parked").says(
        "WARNING - d.example is parked and has the MX mx1.d.example (+1 more)",
        &["[WARNING] mx-parked", "[WARNING] spf-not-parked"],
    );
    let address = Zone::new().a("d.example", [192, 31, 196, 25]);
    check(&address, "--parked").says(
        "WARNING - d.example has no null MX, so its own address takes its mail (+1 more)",
        &["[WARNING] mx-parked", "[WARNING] spf-missing"],
    );
    audit(&spf("v=spf1 ~all"), "--parked").finds(
        "[WARNING] spf-not-parked: is parked, and its SPF record is not v=spf1 -all: v=spf1 ~all",
    );
}

#[test]
fn critical_another_record_than_expected() {
    audit(&spf("v=spf1 -all"), "--expect-record v=spf1_-all")
        .says("OK - d.example SPF ends in -all with 0 of 10 look-ups", &[]);
    audit(&spf("v=spf1 -all"), "--expect-record v=spf1_~all")
        .finds("[CRITICAL] spf-unexpected: SPF record is not the expected one: v=spf1 -all");
    audit(&Zone::new().a("d.example", [192, 0, 2, 1]), "--expect-record v=spf1_-all").says(
        "CRITICAL - d.example SPF record is not the expected one: nothing (+1 more)",
        &["[CRITICAL] spf-unexpected", "[WARNING] spf-missing"],
    );
}
