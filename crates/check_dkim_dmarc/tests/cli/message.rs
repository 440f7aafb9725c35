//! Messages: each signature, SPF, and whether one of them speaks for the author.

use std::fs;
use std::sync::LazyLock;

use demo_host::dkim::Signer;
use demo_host::dns::{Behaviour, Zone};
use mailhost_tests::Run;

use crate::support::{bare, run};

static RSA: LazyLock<Signer> = LazyLock::new(|| Signer::rsa("d.example", "s1", 2048).unwrap());
static ED25519: LazyLock<Signer> = LazyLock::new(|| Signer::ed25519("d.example", "s2").unwrap());
static SHORT: LazyLock<Signer> = LazyLock::new(|| Signer::rsa("d.example", "s3", 1024).unwrap());
static TINY: LazyLock<Signer> = LazyLock::new(|| Signer::rsa("d.example", "s4", 768).unwrap());
static OTHER: LazyLock<Signer> = LazyLock::new(|| Signer::ed25519("o.example", "s1").unwrap());
static BELOW: LazyLock<Signer> = LazyLock::new(|| Signer::ed25519("m.d.example", "s1").unwrap());

const MESSAGE: &str = "From: Ann <a@d.example>\r\nTo: b@e.example\r\nSubject: hello\r\n\
    Date: Sat, 28 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@d.example>\r\n\r\nHello.\r\n";
const FIELDS: &[&str] =
    &["from", "from", "to", "to", "subject", "subject", "date", "date", "message-id", "message-id"];

/// The domain with everybody's key, without a DMARC record.
fn keys() -> Zone {
    let signers = [&*RSA, &*ED25519, &*SHORT, &*OTHER, &*BELOW];
    let zone = Zone::new().txt("d.example", "v=spf1 ip4:192.0.2.25 -all").txt("o.example", "x");
    signers.iter().fold(zone, |zone, it| zone.txt(&it.name(), it.record().unwrap()))
}

/// The same with a policy.
fn zone() -> Zone {
    keys().txt("_dmarc.d.example", "v=DMARC1; p=reject; rua=mailto:a@d.example")
}

fn signed(signer: &Signer) -> String {
    signer.sign(MESSAGE, FIELDS, "").unwrap()
}

/// Verifies a message from a file.
fn verify(zone: &Zone, message: impl AsRef<[u8]>, words: &str) -> Run {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("message");
    fs::write(&file, message).unwrap();
    run(zone, &format!("--message {} {words}", file.display()))
}

#[test]
fn ok_a_good_message() {
    for signer in [&*RSA, &*ED25519, &*BELOW] {
        let run = verify(&zone(), signed(signer), "");
        let domain = &signer.domain;
        run.says(&format!("OK - dmarc=pass, d.example by DKIM of {domain}"), &[]);
        assert_eq!((run.metric("dns_queries").is_some(), run.metric("policy")), (true, None));
    }
    let run = verify(&zone(), signed(&RSA), "-v");
    run.shows("[OK] message: message from d.example passes DMARC by DKIM of d.example");
    run.shows("[OK] signature: signature 1 (d=d.example, s=s1) pass, rsa-sha256");
    run.shows("  message: 1 of 1 signature good");
    let both = verify(&zone(), signed(&RSA), "--ip 192.0.2.25 --envelope-from x@d.example -v");
    assert_eq!(
        both.verdict(),
        "OK - dmarc=pass, d.example by DKIM of d.example and SPF of d.example"
    );
    both.shows("[OK] message-spf: message from d.example SPF pass for 192.0.2.25 as d.example");
}

#[test]
fn ok_what_transport_does_to_a_message() {
    let good = signed(&RSA);
    for (what, message) in [
        ("line ends of a file", good.replace("\r\n", "\n")),
        ("a mailbox file", format!("From a@d.example Sat Nov 28\n{}", good.replace("\r\n", "\n"))),
        (
            "fields on top",
            format!("Received: from x by y; now\r\nReturn-Path: <a@d.example>\r\n{good}"),
        ),
        ("blank lines at the end", format!("{good}\r\n\r\n")),
        ("blanks at the end of lines", good.replace("Hello.", "Hello. \t")),
        ("another folding", good.replace("Subject: hello", "Subject:\r\n hello")),
    ] {
        let run = verify(&zone(), message, "");
        assert_eq!(run.verdict(), "OK - dmarc=pass, d.example by DKIM of d.example", "{what}");
    }
}

#[test]
fn critical_a_body_that_was_changed() {
    let run = verify(&zone(), signed(&RSA).replace("Hello.", "Hello!"), "");
    run.says(
        "CRITICAL - dmarc=neutral, message from d.example does not pass DMARC by DKIM: the body was \
         changed after it was signed... (+1 more)",
        &["[CRITICAL] message-dmarc", "[WARNING] signature-body"],
    );
    run.shows(
        "[CRITICAL] message-dmarc: message from d.example does not pass DMARC by DKIM: the body was \
         changed after it was signed, SPF was not evaluated; unless SPF passes it is refused",
    );
    run.shows(
        "[WARNING] signature-body: signature 1 (d=d.example, s=s1) fail: the body was changed after \
         it was signed",
    );
}

#[test]
fn critical_a_header_that_was_changed() {
    let changed = |signer: &Signer| signed(signer).replace("hello", "goodbye");
    let added = format!("Subject: x\r\n{}", signed(&RSA));
    for (message, selector, why) in [
        (changed(&RSA), "s1", "a signed header field was changed after it was signed"),
        (
            changed(&ED25519),
            "s2",
            "a signed header field was changed after it was signed, or it was made with another key than \
             the published one",
        ),
        (
            added,
            "s1",
            "another Subject was added above the signed one: without it the signature is right",
        ),
    ] {
        let run = verify(&zone(), message, "");
        run.shows(&format!(
            "[WARNING] signature-header: signature 1 (d=d.example, s={selector}) fail: {why}"
        ));
        fails_with(&run, "[WARNING] signature-header");
    }
}

#[test]
fn critical_a_key_that_does_not_fit() {
    let another = Signer::rsa("d.example", "s1", 2048).unwrap().record().unwrap();
    let with = |record: &str| {
        Zone::new()
            .txt("d.example", "x")
            .txt("_dmarc.d.example", "v=DMARC1; p=reject")
            .txt(&RSA.name(), record)
    };
    let key = RSA.record().unwrap();
    for (zone, result) in [
        (
            with(&another),
            "fail: it was made with another key than the published one, or b= is damaged",
        ),
        (with("v=DKIM1; p="), "permerror: its key is revoked"),
        (
            Zone::new().txt("d.example", "x").txt("_dmarc.d.example", "v=DMARC1; p=reject"),
            "permerror: its key is not published",
        ),
        (
            with(&key).txt(&RSA.name(), "v=DKIM1; p="),
            "permerror: there are 2 key records, and any of them may be taken",
        ),
        (with(&format!("{key}; s=other")), "permerror: the key is not for mail (s=)"),
        (with(&format!("{key}; h=sha1")), "permerror: the key record does not allow SHA-256 (h=)"),
        (
            with(&ED25519.record().unwrap()),
            "permerror: the key is one for ed25519, and the signature is made with rsa-sha256",
        ),
    ] {
        let run = verify(&zone, signed(&RSA), "");
        run.shows(&format!("[WARNING] signature-key: signature 1 (d=d.example, s=s1) {result}"));
        let findings = run.findings();
        assert_eq!(findings[..2], ["[CRITICAL] message-dmarc", "[WARNING] signature-key"]);
        run.ends_as("CRITICAL");
    }
    let zone = zone().txt(&TINY.name(), TINY.record().unwrap());
    let run = verify(&zone, signed(&TINY), "");
    run.shows(
        "[WARNING] signature-key: signature 1 (d=d.example, s=s4) permerror: the RSA key has 768 \
         bits, and verifiers refuse less than 1024 (RFC 8301 section 3.2)",
    );
    fails_with(&run, "[WARNING] signature-key");
}

#[test]
fn warning_a_key_that_the_dns_says_nothing_about() {
    for (behaviour, code, says) in [
        (Behaviour::ServFail, "[WARNING] signature-dns-failed", "SERVFAIL from DNS"),
        (Behaviour::Refused, "[WARNING] signature-dns-failed", "REFUSED from DNS"),
        (Behaviour::Silence, "[WARNING] signature-dns-failed", "no answer from DNS in time"),
        (
            Behaviour::Bogus,
            "[WARNING] dnssec-bogus",
            "SERVFAIL from DNS, because DNSSEC validation fails (DNSSEC bogus)",
        ),
    ] {
        let run = verify(&zone().behave(&RSA.name(), behaviour), signed(&RSA), "-t 1.5");
        run.shows(&format!(
            "{code}: signature 1 (d=d.example, s=s1) temperror: the key is not known: {says}"
        ));
        assert!(run.verdict().starts_with("WARNING - dmarc=temperror, "), "{}", run.stdout);
        let whole = if code.ends_with("bogus") { code } else { "[WARNING] dmarc-dns-failed" };
        assert_eq!(run.findings(), [whole, code], "{}", run.stdout);
        run.ends_as("WARNING");
    }
}

/// Whether the signature would speak for the author is not known either.
#[test]
fn warning_neither_the_key_nor_the_organization_of_the_signer_is_known() {
    let failing = zone()
        .behave(&BELOW.name(), Behaviour::ServFail)
        .behave("_dmarc.m.d.example", Behaviour::ServFail);
    let says = "WARNING - dmarc=temperror, message from d.example may pass DMARC or not: SERVFAIL from DNS";
    let run = verify(&failing, signed(&BELOW), "");
    run.says(
        &format!("{says} (+1 more)"),
        &["[WARNING] dmarc-dns-failed", "[WARNING] signature-dns-failed"],
    );
    let spf = zone()
        .behave("m.d.example", Behaviour::ServFail)
        .behave("_dmarc.m.d.example", Behaviour::ServFail);
    let run = verify(&spf, MESSAGE, "--ip 192.0.2.25 --envelope-from x@m.d.example");
    assert!(run.headline().contains("dmarc=temperror"), "{}", run.stdout);
    run.ends_as("WARNING");
}

/// The time alone decides too.
#[test]
fn critical_a_signature_that_expired_while_the_dns_fails() {
    let failing = zone().behave(&RSA.name(), Behaviour::ServFail);
    let run = verify(&failing, RSA.sign(MESSAGE, FIELDS, "x=1700000000; ").unwrap(), "");
    run.shows(
        "[WARNING] signature-expired: signature 1 (d=d.example, s=s1) fail: it expired on 2023-11-14",
    );
    assert!(run.headline().contains("dmarc=neutral"), "{}", run.stdout);
    run.ends_as("CRITICAL");
}

#[test]
fn warning_a_key_record_in_capitals() {
    let record = RSA.record().unwrap().replace("k=rsa", "k=RSA");
    let capitals = Zone::new()
        .txt("d.example", "x")
        .txt("_dmarc.d.example", "v=DMARC1; p=reject")
        .txt(&RSA.name(), &record);
    assert!(record.contains("k=RSA"), "{record}");
    verify(&capitals, signed(&RSA), "").finds(
        "[WARNING] dkim-capitals: signature 1 (d=d.example, s=s1) the key record has k=RSA in capitals, \
         which some verifiers do not know",
    );
}

/// The body alone decides, whatever the key may be.
#[test]
fn critical_a_body_that_was_changed_while_the_dns_fails() {
    let failing = zone().behave(&RSA.name(), Behaviour::ServFail);
    let run = verify(&failing, signed(&RSA).replace("Hello.", "Hello!"), "");
    run.shows(
        "[WARNING] signature-body: signature 1 (d=d.example, s=s1) fail: the body was changed after \
         it was signed",
    );
    run.says(
        "CRITICAL - dmarc=neutral, message from d.example does not pass DMARC by DKIM: the body was \
         changed after it was signed... (+2 more)",
        &[
            "[CRITICAL] message-dmarc",
            "[WARNING] signature-body",
            "[WARNING] signature-dns-failed",
        ],
    );
}

/// With tags of its own.
fn with_tags(tags: &str) -> Run {
    verify(&zone(), RSA.sign(MESSAGE, FIELDS, tags).unwrap(), "")
}

/// Holds a message to have no more wrong with it than this about its signature, and to fail for it.
#[track_caller]
fn fails_with(run: &Run, finding: &str) {
    assert_eq!(run.findings(), ["[CRITICAL] message-dmarc", finding], "{}", run.stdout);
    assert!(run.verdict().starts_with("CRITICAL - dmarc=neutral, "), "{}", run.stdout);
    run.ends_as("CRITICAL");
}

#[test]
fn critical_signatures_that_cannot_count() {
    let over = with_tags("x=1700000000; ");
    over.shows(
        "[WARNING] signature-expired: signature 1 (d=d.example, s=s1) fail: it expired on 2023-11-14",
    );
    fails_with(&over, "[WARNING] signature-expired");
    let wrong = with_tags("i=@e.example; ");
    wrong.shows(
        "[WARNING] signature-syntax: signature 1 (d=d.example, s=s1) neutral: it cannot be read: the domain \
         of i= has to be that of d= or below it",
    );
    fails_with(&wrong, "[WARNING] signature-syntax");
    let sha1 = verify(&zone(), signed(&RSA).replace("a=rsa-sha256", "a=rsa-sha1"), "");
    sha1.shows(
        "[WARNING] signature-algorithm: signature 1 (d=d.example, s=s1) permerror: it is made with \
         rsa-sha1, which verifiers must not accept (RFC 8301)",
    );
    fails_with(&sha1, "[WARNING] signature-algorithm");
}

#[test]
fn warning_signatures_that_say_odd_things() {
    with_tags("l=8; ").finds(
        "[WARNING] signature-body-open: signature 1 (d=d.example, s=s1) l= lets anybody add to the \
         body without breaking the signature",
    );
    let future = with_tags("t=999999999999; ");
    assert_eq!(future.findings(), ["[WARNING] signature-future"]);
    future.ends_as("WARNING");
    let testing = Zone::new()
        .txt("d.example", "x")
        .txt("_dmarc.d.example", "v=DMARC1; p=reject")
        .txt(&RSA.name(), format!("{}; t=y", RSA.record().unwrap()));
    verify(&testing, signed(&RSA), "").finds(
        "[WARNING] dkim-testing: signature 1 (d=d.example, s=s1) the key is marked as a test (t=y)",
    );
    verify(&zone(), signed(&SHORT), "").finds(
        "[WARNING] dkim-key-short: signature 1 (d=d.example, s=s3) the RSA key has 1024 bits, and \
         should have 2048 (RFC 8301 section 3.2)",
    );
}

#[test]
fn critical_a_second_from_that_the_signature_lets_through() {
    let run = verify(&zone(), format!("From: x@o.example\r\n{}", open()), "");
    run.says(
        "CRITICAL - dmarc=permerror, message has no author that DMARC can judge: there are 2 From \
         fields (+1 more)",
        &["[CRITICAL] message-author", "[WARNING] signature-field-extra"],
    );
}

/// Signed in a way that lets others add fields.
fn open() -> String {
    RSA.sign(MESSAGE, &["from", "to", "subject"], "").unwrap()
}

#[test]
fn warning_a_second_subject_that_the_signature_lets_through() {
    let run = verify(&zone(), format!("Subject: x\r\n{}", open()), "-v");
    run.shows(
        "[WARNING] signature-field-extra: signature 1 (d=d.example, s=s1) Subject is there 2 times and \
         only the lowest is signed: one may have been added",
    );
    run.shows(
        "[OK] signature-coverage: signature 1 (d=d.example, s=s1) not signed: Date, Message-ID",
    );
    assert_eq!(
        run.findings(),
        [
            "[WARNING] signature-field-extra",
            "[OK] message",
            "[OK] signature",
            "[OK] signature-coverage",
            "[OK] signature-coverage"
        ]
    );
    run.ends_as("WARNING");
}

#[test]
fn critical_what_passes_and_is_not_aligned() {
    let run = verify(&zone(), signed(&OTHER), "--ip 192.0.2.25 --envelope-from x@o.example");
    run.says(
        "CRITICAL - dmarc=fail, message from d.example fails DMARC: DKIM passes as o.example, which \
         is not aligned, SPF none; i... (+1 more)",
        &["[CRITICAL] message-dmarc", "[WARNING] message-spf"],
    );
    let strict =
        keys().txt("_dmarc.d.example", "v=DMARC1; p=quarantine; adkim=s; rua=mailto:a@d.example");
    let run = verify(&strict, signed(&BELOW), "");
    run.finds(
        "[CRITICAL] message-dmarc: message from d.example does not pass DMARC by DKIM: DKIM passes as \
         m.d.example, which is not aligned, SPF was not evaluated; unless SPF passes it is taken for suspicious, mostly \
         put into the junk folder",
    );
}

#[test]
fn warning_spf_that_fails_beside_a_good_signature() {
    let run = verify(&zone(), signed(&RSA), "--ip 192.0.2.99 --envelope-from x@d.example");
    run.finds("[WARNING] message-spf: message from d.example SPF fail for 192.0.2.99 as d.example");
    let from_path = format!("Return-Path: <x@d.example>\r\n{}", signed(&RSA));
    let run = verify(&zone(), from_path, "--ip 192.0.2.99");
    run.finds("[WARNING] message-spf: message from d.example SPF fail for 192.0.2.99 as d.example");
    let null =
        verify(&zone(), signed(&RSA), "--ip 192.0.2.25 --envelope-from <> --helo d.example -v");
    null.shows("[OK] message-spf: message from d.example SPF pass for 192.0.2.25 as d.example");
}

#[test]
fn warning_spf_passes_and_nothing_is_signed() {
    let run = verify(&zone(), MESSAGE, "--ip 192.0.2.25 --envelope-from x@d.example");
    run.says(
        "WARNING - dmarc=pass, message from d.example has no DKIM-Signature",
        &["[WARNING] message-unsigned"],
    );
}

#[test]
fn unknown_nobody_knows_who_sent_it() {
    let run = verify(&zone(), signed(&RSA), "--ip 192.0.2.25");
    run.finds(
        "[UNKNOWN] not-looked-at: message from d.example SPF not evaluated: it has no usable \
         Return-Path; give --envelope-from",
    );
    let null = format!("Return-Path: <>\r\n{}", signed(&RSA));
    verify(&zone(), null, "--ip 192.0.2.25").finds(
        "[UNKNOWN] not-looked-at: message from d.example SPF not evaluated: it is from the null \
         sender; give the name in HELO with --helo",
    );
}

#[test]
fn warning_a_policy_that_does_nothing() {
    let none = keys().txt("_dmarc.d.example", "v=DMARC1; p=none; rua=mailto:a@d.example");
    let run = verify(&none, MESSAGE, "");
    run.says(
        "WARNING - dmarc=neutral, message from d.example does not pass DMARC by DKIM: it has no \
         DKIM-Signature, SPF was not ev... (+1 more)",
        &["[WARNING] message-dmarc", "[WARNING] message-unsigned"],
    );
    let run = verify(&keys(), signed(&RSA), "");
    run.says(
        "WARNING - dmarc=none, message from d.example is not judged: its domain has no DMARC record that counts",
        &["[WARNING] message-no-policy"],
    );
}

#[test]
fn critical_a_message_without_a_usable_author() {
    for (from, says) in [
        ("X: y", "there is no From"),
        ("From: Ann", "From cannot be read: this is no address: it has no @"),
        ("From: a@d.example, b@o.example", "From has mailboxes of 2 domains: d.example, o.example"),
        ("From: a@[192.0.2.1]", "From has [192.0.2.1] in place of a domain"),
    ] {
        let message = MESSAGE.replace("From: Ann <a@d.example>", from);
        let run = verify(&zone(), message, "");
        run.shows(&format!(
            "[CRITICAL] message-author: message has no author that DMARC can judge: {says}"
        ));
        let verdict = run.verdict();
        assert!(
            verdict.starts_with("CRITICAL - dmarc=permerror, message has no"),
            "{}",
            run.stdout
        );
        assert_eq!(run.findings(), ["[CRITICAL] message-author", "[WARNING] message-unsigned"]);
        run.ends_as("CRITICAL");
    }
}

/// What real programs write, and real receivers read.
#[test]
fn warning_a_from_that_breaks_the_grammar() {
    for (from, why) in [
        ("a@d.example <a@d.example>", "a comma has to come before this"),
        ("D, Inc. <a@d.example>", "this is no address: it has no @"),
    ] {
        let message = MESSAGE.replace("Ann <a@d.example>", from);
        let run = verify(&zone(), RSA.sign(&message, FIELDS, "").unwrap(), "");
        run.finds(&format!(
            "[WARNING] message-author: message from d.example From breaks the grammar: {why}; most \
             receivers take the address of d.example in its angle brackets"
        ));
        assert!(run.headline().contains("dmarc=pass"), "{}", run.stdout);
    }
}

/// What was not read is not judged.
#[test]
fn unknown_an_author_that_was_not_read() {
    let other = MESSAGE.replace("a@d.example", "a@b\u{fc}cher.example");
    verify(&zone(), RSA.sign(&other, FIELDS, "").unwrap(), "").says(
        "UNKNOWN - dmarc=neutral, message is not judged: From has the domain b\u{fc}cher.example, which \
         needs its ASCII form (xn--...)",
        &["[UNKNOWN] not-looked-at"],
    );
    let long = format!("From: x@o.example\r\n{}{MESSAGE}", "X: y\r\n".repeat(1000));
    verify(&zone(), long, "").says(
        "UNKNOWN - dmarc=neutral, message is not judged: the header has 1006 fields, and not all were read",
        &["[UNKNOWN] not-looked-at"],
    );
    let endless = MESSAGE.replace("To: b", &format!("{}To: b", "B: c\r\n".repeat(100_000)));
    verify(&zone(), endless, "").says(
        "UNKNOWN - dmarc=neutral, message is not judged: the header has 100005 fields, and not all were read",
        &["[UNKNOWN] not-looked-at"],
    );
}

#[test]
fn ok_fields_that_filters_miss() {
    let without = MESSAGE
        .replace("Date: Sat, 28 Nov 2026 12:00:00 +0000\r\n", "")
        .replace("Message-ID: <1@d.example>\r\n", "");
    let run = verify(&zone(), RSA.sign(&without, FIELDS, "").unwrap(), "-v");
    run.shows("[OK] message-field-missing: message from d.example has no Date and no Message-ID");
    run.ends_as("OK");
}

#[test]
fn warning_headers_that_filters_take_for_spam() {
    let twice = MESSAGE.replace("Message-ID:", "Message-ID: <2@d.example>\r\nMessage-ID:");
    let run = verify(&zone(), RSA.sign(&twice, FIELDS, "").unwrap(), "");
    run.finds(
        "[WARNING] message-field-repeated: message from d.example has more than one Message-ID",
    );
    let broken = MESSAGE.replace("Subject: hello\r\n", "Subject hello\r\n");
    let run = verify(&zone(), broken, "--ip 192.0.2.25 --envelope-from x@d.example");
    run.shows(
        "[WARNING] message-header-broken: message from d.example has a header that ends early: line \
         3 is no header field",
    );
    assert_eq!(run.findings(), ["[WARNING] message-unsigned", "[WARNING] message-header-broken"]);
    run.ends_as("WARNING");
}

#[test]
fn warning_more_signatures_than_are_looked_at() {
    let many = "DKIM-Signature: v=1\r\n".repeat(30);
    let run = verify(&zone(), signed(&RSA).replace("\r\nFrom", &format!("\r\n{many}From")), "");
    run.shows("[UNKNOWN] not-looked-at: 11 more signatures of the message were not looked at");
    let mut findings = vec!["[WARNING] signature-syntax"; 19];
    findings.push("[UNKNOWN] not-looked-at");
    assert_eq!(run.findings(), findings, "{}", run.stdout);
    run.ends_as("WARNING");
}

#[test]
fn unknown_no_message() {
    for (words, says) in [
        (
            "--message /nonexistent/message",
            "reading the message from /nonexistent/message: no such file",
        ),
        ("--message /tmp", "reading the message from /tmp: it is a directory"),
        ("--message -", "standard input holds no message: it has no header"),
        ("--message /dev/null", "/dev/null holds no message: it has no header"),
    ] {
        bare(&format!("{words} --nameserver 127.0.0.1:1")).says_only(&format!("UNKNOWN - {says}"));
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("message").display().to_string();
    fs::write(&file, "no header\r\n").unwrap();
    run(&zone(), &format!("--message {file}"))
        .says_only(&format!("UNKNOWN - {file} holds no message: it has no header"));
}

#[test]
fn critical_hostile_messages_are_bounded() {
    let long = format!("Subject: {}\r\n", "x".repeat(2_000_000));
    let names = vec!["subject"; 20_000].join(":");
    let bomb = format!(
        "DKIM-Signature: v=1; a=rsa-sha256; d=d.example; s=s1; h=from:{names}; bh=; b=\r\n"
    );
    let endless = "CRITICAL - dmarc=permerror, message has no author that DMARC can judge: From cannot be read: \
                   what begins here has no end (+1 more)";
    let bombs = "CRITICAL - dmarc=neutral, message from d.example does not pass DMARC by DKIM: it cannot be read: \
                 the tag bh= is empty... (+20 more)";
    let unsigned = "CRITICAL - dmarc=neutral, message from d.example does not pass DMARC by DKIM: it has no \
                    DKIM-Signature, SPF was not ev... (+1 more)";
    for (message, verdict) in [
        (format!("{long}{MESSAGE}"), unsigned),
        (bomb.repeat(20) + MESSAGE, bombs),
        (format!("From: {}a@d.example\r\n\r\n", "(".repeat(500_000)), endless),
        (MESSAGE.replace("hello", "\x1b[31m|<b>\u{202e}\0"), unsigned),
    ] {
        let run = verify(&zone(), message, "-vvv");
        assert!(run.stdout.len() < 65_536, "{}", run.stdout.len());
        assert_eq!(run.verdict(), verdict, "{}", run.stdout);
        run.ends_as("CRITICAL");
    }
}
