//! Where reports go: how the places are written, whether they want them, and whether mail gets there.

use demo_host::dns::{Behaviour, RecordType, Zone};

use crate::support::{dmarc, record, run};

/// A record with this value of `rua`.
fn rua(value: &str) -> Zone {
    record(&format!("v=DMARC1; p=reject; rua={value}"))
}

/// The same with a place that takes mail, and reports too.
fn with_service(value: &str) -> Zone {
    rua(value)
        .mx("service.example", 10, "mx.service.example")
        .txt("d.example._report._dmarc.service.example", "v=DMARC1")
}

#[test]
fn warning_nobody_gets_reports() {
    dmarc(&record("v=DMARC1; p=reject"), "").finds(
        "[WARNING] dmarc-rua-missing: DMARC record has no rua=: nobody will tell you whose mail fails",
    );
    // Reports of single messages are something else.
    dmarc(&record("v=DMARC1; p=reject; ruf=mailto:a@d.example"), "").finds(
        "[WARNING] dmarc-rua-missing: DMARC record has no rua=: nobody will tell you whose mail fails",
    );
}

#[test]
fn warning_an_address_that_cannot_be_used() {
    for (value, why) in [
        ("", "it is empty"),
        ("a@d.example", "it has no scheme; write mailto: in front"),
        ("d.example", "it has no scheme"),
        ("mailto:a", "it is no mailbox"),
        ("mailto:", "it is no mailbox"),
        ("mailto:@d.example", "nothing usable stands before its at-sign"),
        ("mailto://a@d.example", "nothing usable stands before its at-sign"),
        ("mailto:a@", "\"\" is no domain"),
        ("mailto:a@-x.example", "\"-x.example\" is no domain"),
        ("mailto:a b@d.example", "a blank is in it"),
        ("mailto:a@d.example!big", "an exclamation mark in it is written %21"),
        ("https:", "nothing follows its scheme"),
        ("mailto:a@d.example,", "it is empty"),
        ("mailto:a@d.example mailto:b@d.example", "a blank is in it"),
    ] {
        dmarc(&rua(value), "").finds(&format!(
            "[WARNING] dmarc-uri: DMARC record: rua= has no usable address here: {why}"
        ));
    }
    let said = dmarc(&record("v=DMARC1; p=reject; rua=mailto:a@d.example; ruf=b@d.example"), "");
    said.finds(
        "[WARNING] dmarc-uri: DMARC record: ruf= has no usable address here: it has no scheme; write \
         mailto: in front",
    );
    said.shows("    ...; rua=mailto:a@d.example; ruf=b@d.example");
    said.shows("    .................................^^^^^^^^^^^");
}

#[test]
fn warning_an_address_that_is_no_mailbox() {
    for (value, scheme) in [
        ("https://d.example/report", "https"),
        ("HTTP://d.example", "http"),
        ("ftp://x", "ftp"),
        ("mailto:a@d.example,https://d.example/r", "https"),
    ] {
        dmarc(&rua(value), "").finds(&format!(
            "[WARNING] dmarc-uri-scheme: DMARC record: rua= has an address of {scheme}:, and only mailto: \
             has to work"
        ));
    }
}

#[test]
fn ok_a_size_limit() {
    for value in ["mailto:a@d.example!10m", "mailto:a@d.example!50", "mailto:a@d.example!1T"] {
        let said = dmarc(&rua(value), "-v");
        said.shows("[OK] dmarc-uri-size: DMARC record: rua= has a size limit, which nobody heeds");
        assert!(said.findings().contains(&"[OK] dmarc-uri-size"), "{}", said.stdout);
        said.ends_as("OK");
    }
}

#[test]
fn warning_more_addresses_than_receivers_heed() {
    let three = "mailto:a@d.example,mailto:b@d.example, mailto:c@d.example";
    dmarc(&rua(three), "").finds(
        "[WARNING] dmarc-uri-count: DMARC record: rua= has 3 addresses, and receivers need heed only 2",
    );
    dmarc(&record(&format!("v=DMARC1; p=reject; rua=mailto:a@d.example; ruf={three}")), "").finds(
        "[WARNING] dmarc-uri-count: DMARC record: ruf= has 3 addresses, and receivers need heed only 2",
    );
    dmarc(&rua("mailto:a@d.example,mailto:b@d.example"), "").ends_as("OK");
}

#[test]
fn ok_addresses_of_the_same_organization() {
    for value in [
        "mailto:a@d.example",
        "mailto:a@D.EXAMPLE",
        "mailto:a+b=c@d.example?subject=x",
        "mailto:a%21b@d.example",
        "mailto:a@reports.d.example",
    ] {
        let zone = rua(value).mx("reports.d.example", 10, "mx.d.example");
        let said = dmarc(&zone, "-v");
        assert_eq!(said.verdict(), "OK - d.example DMARC p=reject", "{value}\n{}", said.stdout);
        assert!(!said.stdout.contains("takes reports of others"), "{}", said.stdout);
    }
    // Of a name below, the organization is where the record is.
    let zone = rua("mailto:a@d.example").txt("x.d.example", "v=spf1 mx -all");
    run(&zone, "-d x.d.example --only dmarc").ends_as("OK");
    // A record of its own that says so makes another organization of it.
    let apart = rua("mailto:a@reports.d.example")
        .mx("reports.d.example", 10, "mx.d.example")
        .txt("_dmarc.reports.d.example", "v=DMARC1; p=reject; psd=n");
    dmarc(&apart, "").finds(
        "[WARNING] dmarc-destination-unauthorised: rua=a@reports.d.example gets no reports: there is no \
         v=DMARC1 at d.example._report._dmarc.reports.d.example",
    );
}

#[test]
fn ok_a_place_that_takes_reports() {
    let said = dmarc(&with_service("mailto:r@service.example"), "-v");
    said.shows("[OK] reports: rua=r@service.example takes reports of others");
    said.ends_as("OK");
    let wildcard = rua("mailto:r@service.example")
        .mx("service.example", 10, "mx.service.example")
        .txt("*._report._dmarc.service.example", "v=DMARC1;");
    dmarc(&wildcard, "").ends_as("OK");
    let more = with_service("mailto:r@service.example")
        .txt("d.example._report._dmarc.service.example", "something else");
    dmarc(&more, "").ends_as("OK");
    let other = rua("mailto:r@service.example")
        .a("service.example", [192, 0, 2, 25])
        .txt("d.example._report._dmarc.service.example", "v=DMARC1; rua=mailto:q@service.example");
    dmarc(&other, "").ends_as("OK");
    let alias = rua("mailto:r@service.example")
        .mx("service.example", 10, "mx.service.example")
        .cname("d.example._report._dmarc.service.example", "yes.service.example")
        .txt("yes.service.example", "v=DMARC1");
    dmarc(&alias, "").ends_as("OK");
    // The record's own domain has to be allowed, not the one that inherits it.
    let zone = with_service("mailto:r@service.example").txt("x.d.example", "v=spf1 mx -all");
    run(&zone, "-d x.d.example --only dmarc").ends_as("OK");
}

#[test]
fn warning_a_place_that_does_not_want_them() {
    let line = "[WARNING] dmarc-destination-unauthorised: rua=r@service.example gets no reports: there is \
                no v=DMARC1 at d.example._report._dmarc.service.example";
    let base = || rua("mailto:r@service.example").mx("service.example", 10, "mx.service.example");
    let name = "d.example._report._dmarc.service.example";
    for (zone, instead) in [
        (base(), ""),
        (base().txt(name, "v=dmarc1"), ", but: v=dmarc1"),
        (base().txt(name, "v=DMARC1 p=none"), ", but: v=DMARC1 p=none"),
        (base().txt("*.service.example", "v=spf1 -all"), ", but: v=spf1 -all"),
        (base().txt("other.example._report._dmarc.service.example", "v=DMARC1"), ""),
        (base().txt("_report._dmarc.service.example", "v=DMARC1"), ""),
    ] {
        dmarc(&zone, "").finds(&format!("{line}{instead}"));
    }
    let ruf = record("v=DMARC1; p=reject; rua=mailto:a@d.example; ruf=mailto:r@service.example");
    dmarc(&ruf.mx("service.example", 10, "mx.service.example"), "").finds(
        "[WARNING] dmarc-destination-unauthorised: ruf=r@service.example gets no reports: there is no \
         v=DMARC1 at d.example._report._dmarc.service.example",
    );
}

#[test]
fn warning_a_place_that_takes_no_mail() {
    let authorised = |zone: Zone| zone.txt("d.example._report._dmarc.service.example", "v=DMARC1");
    let base = || rua("mailto:r@service.example");
    for (zone, why) in [
        (authorised(base()), "its domain has no MX record and no address"),
        (authorised(base()).mx("service.example", 0, "."), "its domain says that it takes no mail"),
    ] {
        dmarc(&zone, "").finds(&format!(
            "[WARNING] dmarc-destination-no-mail: rua=r@service.example gets no reports: {why}"
        ));
    }
    let said = dmarc(&rua("mailto:r@gone.d.example"), "");
    said.finds(
        "[WARNING] dmarc-destination-no-mail: rua=r@gone.d.example gets no reports: its domain does not \
         exist",
    );
    // The domain's own null MX.
    let null = Zone::new()
        .txt("d.example", "v=spf1 a -all")
        .mx("d.example", 0, ".")
        .txt("_dmarc.d.example", "v=DMARC1; p=reject; rua=mailto:a@d.example");
    dmarc(&null, "").finds(
        "[WARNING] dmarc-destination-no-mail: rua=a@d.example gets no reports: its domain says that it \
         takes no mail",
    );
}

#[test]
fn warning_the_dns_of_a_place_fails() {
    let name = "d.example._report._dmarc.service.example";
    let zone = || with_service("mailto:r@service.example");
    for (behaviour, why) in [
        (Behaviour::ServFail, "SERVFAIL from DNS"),
        (Behaviour::Refused, "REFUSED from DNS"),
        (Behaviour::Silence, "no answer from DNS in time"),
    ] {
        dmarc(&zone().behave(name, behaviour.clone()), "-t 3").finds(&format!(
            "[WARNING] dmarc-destination-unknown: whether rua=r@service.example takes reports of others \
             is not known: {why}"
        ));
        dmarc(&zone().behave_for("service.example", RecordType::Mx, behaviour), "-t 3").finds(&format!(
            "[WARNING] dmarc-destination-unknown: whether rua=r@service.example takes mail is not known: \
             {why}"
        ));
    }
    let failing = zone().behave(name, Behaviour::ServFail);
    dmarc(&failing, "--unreachable-state ok").ends_as("OK");
    let silent = zone().behave(name, Behaviour::Silence);
    dmarc(&silent, "-t 3:unknown").finds(
        "[UNKNOWN] dmarc-destination-unknown: whether rua=r@service.example takes reports of others is \
         not known: no answer from DNS in time",
    );
    // A place that says yes needs no way up to be found.
    let above = zone().behave("_dmarc.service.example", Behaviour::ServFail);
    dmarc(&above, "").ends_as("OK");
    // Addresses in place of MX.
    let no_mx = rua("mailto:r@service.example").txt(name, "v=DMARC1").behave_for(
        "service.example",
        RecordType::A,
        Behaviour::ServFail,
    );
    dmarc(&no_mx, "").finds(
        "[WARNING] dmarc-destination-unknown: whether rua=r@service.example takes mail is not known: \
         SERVFAIL from DNS",
    );
}

/// There is nobody who could publish that it wants reports: that its domain is gone says it all.
#[test]
fn warning_a_place_of_another_organization_that_does_not_exist() {
    dmarc(&rua("mailto:r@service.example"), "").finds(
        "[WARNING] dmarc-destination-no-mail: rua=r@service.example gets no reports: its domain does not \
         exist",
    );
}

#[test]
fn warning_each_kind_of_report() {
    let value = "mailto:r@gone.d.example";
    let zone = record(&format!("v=DMARC1; p=reject; rua={value}; ruf={value}"));
    let said = dmarc(&zone, "");
    said.says(
        "WARNING - d.example rua=r@gone.d.example gets no reports: its domain does not exist (+1 more)",
        &["[WARNING] dmarc-destination-no-mail"; 2],
    );
}
