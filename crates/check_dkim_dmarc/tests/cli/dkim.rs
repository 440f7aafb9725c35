//! What stands at a selector's name, tag by tag (RFC 6376 section 3.6.1).

use demo_host::dns::{Behaviour, RecordData, RecordType, Zone};

use crate::support::{ED25519, RSA_2048, check, dkim, key, well};

/// A record of RSA, with the good key in place of `{}`.
fn with_key(record: &str) -> Zone {
    key(&record.replace("{}", &RSA_2048.published()))
}

#[test]
fn ok_every_tag_as_it_may_be_written() {
    for record in [
        "v=DKIM1; k=rsa; p={}",
        "v=DKIM1; k=rsa; p={};",
        "v=DKIM1;k=rsa;p={}",
        " v = DKIM1 ;\tk = rsa ; p = {} ; ",
        "p={}",
        "k=rsa; p={}",
        "v=DKIM1; p={}",
        "v=DKIM1; p={}; k=rsa",
        "v=DKIM1; h=sha256; p={}",
        "v=DKIM1; h=sha1:sha256; p={}",
        "v=DKIM1; h=sha256 : sha1; p={}",
        "v=DKIM1; h=sha256:sha3-512; p={}",
        "v=DKIM1; s=*; p={}",
        "v=DKIM1; s=email; p={}",
        "v=DKIM1; s=tlsrpt:email; p={}",
        "v=DKIM1; s=other:*; p={}",
        "v=DKIM1; t=s; p={}",
        "v=DKIM1; t=; p={}",
        "v=DKIM1; t=x:z; p={}",
        "v=DKIM1; n=; p={}",
        "v=DKIM1; n=made in May=20for the list; p={}",
    ] {
        let said = dkim(&with_key(record), "");
        assert_eq!(said.verdict(), "OK - d.example DKIM 1 of 1 selector good", "{record}");
        said.says("OK - d.example DKIM 1 of 1 selector good", &[]);
        assert_eq!(
            (said.metric("selectors_ok"), said.metric("key_length")),
            (Some("1"), Some("2048"))
        );
    }
}

#[test]
fn ok_strings_are_put_together_and_a_key_may_have_blanks() {
    let key = RSA_2048.published();
    let (first, last) = key.split_at(100);
    let strings = [format!("v=DKIM1; k=rsa; p={first}"), last.to_owned()];
    let strings = strings.map(String::into_bytes).to_vec();
    let zone = Zone::new().record("s._domainkey.d.example", RecordData::Txt(strings));
    dkim(&zone, "").says("OK - d.example DKIM 1 of 1 selector good", &[]);
    dkim(&crate::support::key(&format!("v=DKIM1; p={first} \t{last}")), "")
        .says("OK - d.example DKIM 1 of 1 selector good", &[]);
}

#[test]
fn critical_a_record_that_breaks_the_grammar() {
    for (record, at, why, carets) in [
        ("v=DKIM2; p=aGVs", "DKIM2", "the version is exactly DKIM1, in capitals", "..^^^^^"),
        ("v=dkim1; p=aGVs", "dkim1", "the version is exactly DKIM1, in capitals", "..^^^^^"),
        ("v=DKIM1", "v=DKIM1", "the tag p= is missing, which holds the key", "^^^^^^^"),
        (
            "v=DKIM1; k=rsa",
            "v=DKIM1; k=rsa",
            "the tag p= is missing, which holds the key",
            "^^^^^^^^^^^^^^",
        ),
        ("v=DKIM1; p=aGVs; p=aGVs", "p", "p= must be there only once", ".................^"),
        ("v=DKIM1; k=rsa; k=rsa; p=aGVs", "k", "k= must be there only once", "................^"),
        ("v=DKIM1; v=DKIM1; p=aGVs", "v", "v= must be there only once", ".........^"),
        ("v=DKIM1; p=aG*s", "*", "this is no character of base64", ".............^"),
        (
            "v=DKIM1; p=aGVsbA==aGVs",
            "a",
            "base64 goes on behind its padding",
            "...................^",
        ),
        (
            "v=DKIM1; p=aGVsb",
            "aGVsb",
            "base64 has a multiple of four characters: a part is missing or too much",
            "...........^^^^^",
        ),
        (
            "v=DKIM1; k=rsa;; p=aGVs",
            ";",
            "there is no tag before this semicolon",
            "...............^",
        ),
        ("v=DKIM1; rsa; p=aGVs", "rsa", "a tag is a name, the sign = and a value", ".........^^^"),
        ("v=DKIM1; =rsa; p=aGVs", "=", "there is no name before this sign", ".........^"),
        ("v=DKIM1; 2k=rsa; p=aGVs", "2k", "this is not the name of a tag", ".........^^"),
        ("\"v=DKIM1; p=aGVs\"", "\"v", "this is not the name of a tag", "^^"),
    ] {
        let said = dkim(&key(record), "");
        let line = format!("[CRITICAL] dkim-syntax: selector s is wrong at \"{at}\": {why}");
        assert_eq!(said.findings()[0], "[CRITICAL] dkim-syntax", "{record}\n{}", said.stdout);
        said.shows(&line);
        said.shows(&format!("    {record}"));
        said.shows(&format!("    {carets}"));
        said.ends_as("CRITICAL");
        assert_eq!((said.metric("selectors_ok"), said.metric("key_length")), (Some("0"), None));
    }
}

/// A wildcard of the domain answers for `_domainkey` too, as long as there is nothing.
#[test]
fn warning_no_keys_behind_a_wildcard_of_the_domain() {
    for zone in [
        crate::support::sending().a("*.d.example", [192, 0, 2, 1]),
        crate::support::sending().txt("*.d.example", "v=spf1 -all"),
    ] {
        let said = check(&zone, "--only dkim");
        said.finds("[WARNING] dkim-missing: has no DKIM keys: there is nothing below _domainkey");
        let keys = zone.txt("x1._domainkey.d.example", format!("p={}", RSA_2048.published()));
        check(&keys, "--only dkim")
            .finds("[UNKNOWN] not-looked-at: there may be DKIM keys, but no selector was named");
    }
}

/// Servers that deny in the compact way (RFC 9824) have no data at any name, so that nothing is known.
#[test]
fn unknown_every_name_has_no_data() {
    let zone = crate::support::sending().mx("*.d.example", 10, "mx.d.example");
    let keys = zone.clone().txt("x1._domainkey.d.example", format!("p={}", RSA_2048.published()));
    for zone in [zone, keys] {
        check(&zone, "--only dkim")
            .finds("[UNKNOWN] not-looked-at: there may be DKIM keys, but no selector was named");
    }
}

/// Values are case-sensitive (RFC 6376 section 3.2): some verifiers read these, some do not.
#[test]
fn warning_values_in_capitals() {
    for (tag, value) in [("k", "RSA"), ("s", "EMAIL"), ("h", "SHA256"), ("t", "S")] {
        let record = format!("v=DKIM1; {tag}={value}; p={}", RSA_2048.published());
        let said = dkim(&key(&record), "");
        said.finds(&format!(
            "[WARNING] dkim-capitals: selector s has {tag}={value} in capitals, which some verifiers do \
             not know"
        ));
        assert_eq!(said.metric("selectors_ok"), Some("1"), "{record}");
    }
}

#[test]
fn critical_every_error_of_a_record_is_told() {
    dkim(&key("v=DKIM2; =x; p=aG*s"), "").says(
        "CRITICAL - d.example selector s is wrong at \"DKIM2\": the version is exactly DKIM1, in \
         capitals (+2 more)",
        &["[CRITICAL] dkim-syntax"; 3],
    );
}

/// What editors of zones leave in a record.
#[test]
fn critical_a_backslash_before_the_semicolon_is_called_one() {
    let said = dkim(&with_key("v=DKIM1\\; k=rsa\\; p={}"), "");
    said.shows(
        "[CRITICAL] dkim-syntax: selector s is wrong at \"\\\": a backslash is part of the record: \
         only a zone file has one before a semicolon",
    );
    said.ends_as("CRITICAL");
}

#[test]
fn critical_a_key_that_is_revoked() {
    for record in ["v=DKIM1; p=", "p=", "v=DKIM1; k=rsa; p=;", "v=DKIM1; k=ed25519; p= "] {
        let said = dkim(&key(record), "");
        said.finds(
            "[CRITICAL] dkim-revoked: the key of selector s is revoked: nothing signed with it passes",
        );
        assert_eq!(said.metric("selectors_ok"), Some("0"), "{record}");
    }
}

#[test]
fn critical_hash_algorithms_that_nobody_verifies() {
    for (record, hashes) in [
        ("v=DKIM1; h=sha1; p={}", "sha1"),
        ("v=DKIM1; h=sha1:sha512; p={}", "sha1:sha512"),
        ("v=DKIM1; h=sha-256; p={}", "sha-256"),
    ] {
        let said = dkim(&with_key(record), "");
        said.finds(&format!(
            "[CRITICAL] dkim-hash: selector s allows only h={hashes}, and nobody verifies without \
             SHA-256"
        ));
        assert_eq!(said.metric("selectors_ok"), Some("0"), "{record}");
    }
}

#[test]
fn critical_a_key_for_something_else_than_mail() {
    for (record, services) in
        [("v=DKIM1; s=tlsrpt; p={}", "tlsrpt"), ("v=DKIM1; s=a:b; p={}", "a:b")]
    {
        dkim(&with_key(record), "").finds(&format!(
            "[CRITICAL] dkim-service: selector s is for s={services}, not for mail"
        ));
    }
}

#[test]
fn critical_a_type_of_key_that_nobody_knows() {
    for (record, name) in [("v=DKIM1; k=dsa; p={}", "dsa"), ("v=DKIM1; k=rsa2048; p={}", "rsa2048")]
    {
        dkim(&with_key(record), "").finds(&format!(
            "[CRITICAL] dkim-key-type: selector s: nobody verifies with keys of type {name}"
        ));
    }
}

#[test]
fn warning_dkim_is_only_tested() {
    for record in ["v=DKIM1; t=y; p={}", "v=DKIM1; t=s:y; p={}", "v=DKIM1; t= y : s; p={}"] {
        let said = dkim(&with_key(record), "");
        said.finds("[WARNING] dkim-testing: selector s says that DKIM is only tested (t=y)");
        assert_eq!(said.metric("selectors_ok"), Some("1"));
    }
}

#[test]
fn warning_the_version_is_not_the_first_tag() {
    for record in ["k=rsa; v=DKIM1; p={}", "p={}; v=DKIM1"] {
        dkim(&with_key(record), "").finds(
            "[WARNING] dkim-version-order: selector s has v=DKIM1 behind other tags, where some \
             verifiers refuse it",
        );
    }
}

#[test]
fn ok_tags_that_do_no_harm_are_told() {
    for (record, line) in [
        (
            "v=DKIM1; g=*; p={}",
            "[OK] dkim-obsolete-tag: selector s has g=*, which nobody heeds any more",
        ),
        (
            "v=DKIM1; g=; p={}",
            "[OK] dkim-obsolete-tag: selector s has g=, which nobody heeds any more",
        ),
        (
            "v=DKIM1; x=1; y_2=; p={}",
            "[OK] dkim-unknown-tag: selector s has tags that nobody knows: x= y_2=",
        ),
        (
            "v=DKIM1; K=rsa; p={}",
            "[OK] dkim-unknown-tag: selector s has tags that nobody knows: K=",
        ),
    ] {
        let said = dkim(&with_key(record), "-v");
        said.shows(line);
        let code = line.split(": ").next().unwrap();
        assert!(said.findings().contains(&code), "{}", said.stdout);
        said.ends_as("OK");
    }
    // As the register is held against these tests.
    let codes = ["[OK] dkim-obsolete-tag", "[OK] dkim-unknown-tag"];
    let said = dkim(&with_key("v=DKIM1; g=*; x=1; p={}"), "-v");
    assert_eq!(said.findings()[..2], codes, "{}", said.stdout);
}

#[test]
fn critical_more_than_one_key() {
    let zone = well()
        .txt("s1._domainkey.d.example", format!("v=DKIM1; k=ed25519; p={}", ED25519.published()));
    let said = check(&zone, "--only dkim --selector s1 --selector s2");
    said.finds("[CRITICAL] dkim-several: selector s1 has 2 keys, and verifiers take any of them");
    assert_eq!((said.metric("selectors_ok"), said.metric("key_length")), (Some("1"), None));
}

#[test]
fn warning_other_texts_beside_the_key() {
    let zone = well().txt("s1._domainkey.d.example", "some-verification=1");
    check(&zone, "--only dkim --selector s1")
        .finds("[WARNING] dkim-unrelated: selector s1 has 1 other text beside its key");
    let said =
        check(&zone.txt("s1._domainkey.d.example", "v=spf1 -all"), "--only dkim --selector s1 -vv");
    said.shows("[WARNING] dkim-unrelated: selector s1 has 2 other texts beside its key");
    said.shows("  selector s1: v=spf1 -all");
}

#[test]
fn critical_a_selector_without_a_key() {
    for (zone, line) in [
        (well(), "selector s has no key: the selector is wrong, or its key is gone"),
        (
            Zone::new().txt("d.example", "v=spf1 -all"),
            "selector s has no key, and there is nothing below _domainkey: no DKIM at all",
        ),
        (key("v=spf1 -all"), "selector s has no key, but another text: v=spf1 -all"),
        (
            Zone::new().a("s._domainkey.d.example", [192, 0, 2, 1]),
            "selector s has no key: the selector is wrong, or its key is gone",
        ),
    ] {
        let said = dkim(&zone, "");
        said.finds(&format!("[CRITICAL] dkim-selector-missing: {line}"));
        assert_eq!((said.metric("selectors_ok"), said.metric("key_length")), (Some("0"), None));
    }
}

/// The usual way in which a key of a service goes: the selector is right, and the alias leads nowhere.
#[test]
fn critical_an_alias_of_a_key_that_is_gone() {
    let zone = well().cname("s._domainkey.d.example", "gone.service.example");
    dkim(&zone, "").finds(
        "[CRITICAL] dkim-selector-missing: selector s has no key: it is an alias of \
         gone.service.example, which does not exist in the DNS",
    );
}

#[test]
fn critical_a_name_that_is_too_long_for_a_key() {
    let label = "x".repeat(63);
    let selector = [label.as_str(); 4].join(".");
    check(&well(), &format!("--only dkim --selector {selector}")).finds(&format!(
        "[CRITICAL] dkim-selector-missing: selector {selector} can have no key: the name is longer \
         than 253 bytes"
    ));
}

#[test]
fn ok_a_key_behind_an_alias() {
    let zone = Zone::new()
        .cname("s._domainkey.d.example", "d.keys.service.example")
        .cname("d.keys.service.example", "k1.service.example")
        .txt("k1.service.example", format!("v=DKIM1; p={}", RSA_2048.published()));
    let said = dkim(&zone, "-v");
    said.shows("  selector s is an alias of k1.service.example");
    said.ends_as("OK");
    let said = dkim(&zone, "");
    said.says("OK - d.example DKIM 1 of 1 selector good", &[]);
    assert!(!said.stdout.contains("alias"), "{}", said.stdout);
}

#[test]
fn warning_an_alias_that_is_in_the_way() {
    let beside = Behaviour::Stray {
        records: vec![(
            "s1._domainkey.d.example".into(),
            RecordData::Cname("other.example".into()),
        )],
        instead: false,
    };
    let zone = well().behave_for("s1._domainkey.d.example", RecordType::Txt, beside);
    check(&zone, "--only dkim --selector s1").finds(
        "[WARNING] alias-conflict: the name of selector s1 is an alias and has other records too",
    );
}

#[test]
fn warning_a_wildcard_answers_for_the_selector() {
    let record = format!("v=DKIM1; p={}", RSA_2048.published());
    let zone = Zone::new().txt("*._domainkey.d.example", record);
    dkim(&zone, "").finds(
        "[WARNING] dkim-wildcard: selector s is answered by a wildcard, as every other selector would \
         be",
    );
    // One that has a record of its own is not.
    let own = zone
        .txt("s._domainkey.d.example", format!("v=DKIM1; k=ed25519; p={}", ED25519.published()));
    dkim(&own, "").says("OK - d.example DKIM 1 of 1 selector good", &[]);
}

#[test]
fn critical_a_wildcard_of_something_else() {
    let zone = Zone::new().txt("d.example", "v=spf1 -all").txt("*.d.example", "v=spf1 -all");
    dkim(&zone, "").finds(
        "[CRITICAL] dkim-selector-missing: selector s has no key, but another text: v=spf1 -all",
    );
    let revoked = Zone::new().txt("*._domainkey.d.example", "v=DKIM1; p=");
    let said = dkim(&revoked, "");
    said.says(
        "CRITICAL - d.example the key of selector s is revoked: nothing signed with it passes (+1 more)",
        &["[CRITICAL] dkim-revoked", "[WARNING] dkim-wildcard"],
    );
}

#[test]
fn warning_the_dns_does_not_say_it() {
    for (behaviour, line) in [
        (
            Behaviour::ServFail,
            "[WARNING] dkim-dns-failed: selector s1 is not known: SERVFAIL from DNS",
        ),
        (
            Behaviour::Refused,
            "[WARNING] dkim-dns-failed: selector s1 is not known: REFUSED from DNS",
        ),
        (
            Behaviour::Garbage,
            "[WARNING] dkim-dns-failed: selector s1 is not known: no usable answer from DNS",
        ),
        (
            Behaviour::Silence,
            "[WARNING] dkim-dns-failed: selector s1 is not known: no answer from DNS in time",
        ),
        (
            Behaviour::Bogus,
            "[WARNING] dnssec-bogus: selector s1 is not known: SERVFAIL from DNS, because DNSSEC \
             validation fails (DNSSEC bogus)",
        ),
    ] {
        let zone = well().behave("s1._domainkey.d.example", behaviour);
        let said = check(&zone, "--only dkim --selector s1 --selector s2 -t 3");
        said.finds(line);
        // How many are good is not known, and of those that are the shortest may be another one.
        let both = check(
            &zone.clone().txt("s3._domainkey.d.example", format!("p={}", RSA_2048.published())),
            "--only dkim --selector s1 --selector s3 -t 3",
        );
        assert_eq!((both.metric("selectors_ok"), both.metric("key_length")), (None, None));
        assert_eq!((said.metric("selectors_ok"), said.metric("key_length")), (None, None));
    }
}

#[test]
fn critical_a_failure_where_the_operator_says_so() {
    let failing = well().behave("s1._domainkey.d.example", Behaviour::ServFail);
    check(&failing, "--only dkim --selector s1 --unreachable-state critical")
        .finds("[CRITICAL] dkim-dns-failed: selector s1 is not known: SERVFAIL from DNS");
    let bogus = well().behave("s1._domainkey.d.example", Behaviour::Bogus);
    let said = check(&bogus, "--only dkim --selector s1 --severity dnssec-bogus=critical");
    assert_eq!(said.findings(), ["[CRITICAL] dnssec-bogus"]);
    said.ends_as("CRITICAL");
}

#[test]
fn unknown_silence_where_the_operator_says_so() {
    let silent = well().behave("s1._domainkey.d.example", Behaviour::Silence);
    check(&silent, "--only dkim --selector s1 -t 3:unknown")
        .finds("[UNKNOWN] dkim-dns-failed: selector s1 is not known: no answer from DNS in time");
}

#[test]
fn ok_the_domains_own_texts_fail_and_its_keys_are_there() {
    let zone = well().behave_for("d.example", RecordType::Txt, Behaviour::ServFail);
    // Whatever is at the domain itself, what is below it is there, and so is the domain.
    check(&zone, "--only dkim --selector s1 --selector s2")
        .says("OK - d.example DKIM 2 of 2 selectors good", &[]);
}

#[test]
fn critical_the_domain_does_not_exist() {
    let zone = Zone::new().txt("other.example", "x");
    let said = dkim(&zone, "");
    assert_eq!(said.verdict(), "CRITICAL - d.example does not exist in the DNS (+1 more)");
    said.ends_as("CRITICAL");
    check(&zone, "--only dkim").finds("[CRITICAL] domain-not-found: does not exist in the DNS");
    let alias = zone.cname("d.example", "gone.example");
    check(&alias, "--only dkim").finds(
        "[CRITICAL] domain-not-found: is an alias of gone.example, which does not exist in the DNS",
    );
}

#[test]
fn unknown_our_resolver_fails_at_everything() {
    for behaviour in [Behaviour::ServFail, Behaviour::Refused, Behaviour::Silence] {
        let zone = Zone::new().behave("*", behaviour.clone()).behave(".", behaviour);
        for words in ["--only dkim --selector s", "--selector s --selector t --guess --bimi", ""] {
            let said = check(&zone, &format!("{words} -t 3"));
            assert_eq!(said.findings(), ["[UNKNOWN] resolver-failed"], "{words} {}", said.stdout);
            said.ends_as("UNKNOWN");
        }
    }
}
