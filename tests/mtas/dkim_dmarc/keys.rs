//! Keys: those that OpenDKIM signs with, and what is published in their place.

use mailhost_tests::Account;

use super::world::{told, world};
use crate::opendkim::{Key, Letter, Verdict};

/// What is told of a message that an author signed, and of the selector itself.
struct Case {
    author: &'static str,
    /// The first line about the message.
    message: &'static str,
    /// The findings about it.
    findings: &'static [&'static str],
    /// Why OpenDKIM does not let the signature pass.
    fails: Option<&'static str>,
}

#[test]
fn ok_to_critical_messages_signed_with_every_kind_of_key() {
    let Some(world) = world() else { return };
    for Case { author, message, findings, fails } in CASES {
        let signed = world.sign("Canonicalization relaxed/relaxed\n", author);
        let run = world.verify(&signed, &[]);
        assert_eq!(run.verdict(), *message, "{author}\n{}", run.stdout);
        told(&run, message, findings);
        let verdict = fails.map_or(Verdict::Passes, |reason| Verdict::Fails(reason.to_owned()));
        assert_eq!(world.signer.verify(world.resolver(), "", &signed), verdict, "{author}");
    }
}

#[test]
fn critical_keys_that_dkimsign_is_given() {
    let Some(world) = world() else { return };
    let sign = |algorithm, selector, key: &Key| {
        let words = ["--signalg", algorithm, selector, "example.org", &key.file];
        let letter = world.signer.write(&Letter::of("ed@example.org"));
        world.signer.dkimsign(&words, &letter)
    };
    for (signed, code, outcome, reason, start, peers) in [
        (
            sign("ed25519-sha256", "ed-replaced", &world.keys.ed25519),
            "header",
            "s=ed-replaced) fail",
            "a signed header field was changed after it was signed, or it was made with another key than the published one",
            "a signed header field was changed afte...",
            false,
        ),
        (
            sign("rsa-sha256", "ed", &world.keys.rsa),
            "key",
            "s=ed) permerror",
            "the key is one for ed25519, and the signature is made with rsa-sha256",
            "the key is one for ed25519, and the si...",
            false,
        ),
        (
            sign("ed25519-sha256", "s2048", &world.keys.ed25519),
            "key",
            "s=s2048) permerror",
            "the key is one for RSA, and the signature is made with ed25519-sha256",
            "the key is one for RSA, and the signat...",
            false,
        ),
        // RFC 8301 section 3.1 forbids what RFC 6376 still allowed, and both peers still do.
        (
            sign("rsa-sha1", "wide", &world.keys.rsa),
            "algorithm",
            "s=wide) permerror",
            "it is made with rsa-sha1, which verifiers must not accept (RFC 8301)",
            "it is made with rsa-sha1, which verifi...",
            true,
        ),
    ] {
        let run = world.verify(&signed, &[]);
        let verdict = format!(
            "CRITICAL - dmarc=neutral, message from example.org does not pass DMARC by DKIM: {start} (+1 more)"
        );
        assert_eq!(run.verdict(), verdict, "{signed}{}", run.stdout);
        told(
            &run,
            &verdict,
            &[
                format!(
                    "[CRITICAL] message-dmarc: message from example.org does not pass DMARC by DKIM: {reason}, SPF was not evaluated; unless SPF passes it is refused"
                ),
                format!(
                    "[WARNING] signature-{code}: signature 1 (d=example.org, {outcome}: {reason}"
                ),
            ],
        );
        let verdict = world.signer.verify(world.resolver(), "", &signed);
        assert_eq!(verdict == Verdict::Passes, peers, "{signed}{verdict:?}");
        assert_eq!(world.signer.passes_dkimverify(&signed), peers, "{signed}");
    }
}

/// `opendkim-testkey` compares a published key with a file, as `--key-file` does.
#[test]
fn ok_to_critical_published_keys_beside_the_local_one() {
    let Some(world) = world() else { return };
    let words =
        ["-d", "example.org", "--only", "dkim", "--key-file", "/etc/dkimkeys/s2048.private"];
    for (selector, verdict, findings, said) in BESIDE {
        let run = world.check_as(Account::ROOT, &[&words[..], &["--selector", selector]].concat());
        assert_eq!(run.verdict(), *verdict, "{selector}\n{}", run.stdout);
        told(&run, verdict, findings);
        let testkey = world.signer.testkey(world.resolver(), selector, &world.keys.rsa);
        assert_eq!(testkey.is_empty(), said.is_empty(), "{selector}: {testkey}");
        assert!(testkey.contains(said), "{selector}: {testkey}");
    }
}

/// A selector, the first line and the findings, and what is in OpenDKIM's words.
type Beside = (&'static str, &'static str, &'static [&'static str], &'static str);
const GOOD: &str = "OK - example.org DKIM 1 of 1 selector good";
const BESIDE: &[Beside] = &[
    ("s2048", GOOD, &[], ""),
    ("wide", GOOD, &[], ""),
    ("alias", GOOD, &[], ""),
    (
        "replaced",
        "CRITICAL - example.org the key of selector replaced is not the one of /etc/dkimkeys/s2048.private, so what that signs fails: SHA...",
        &[
            "[CRITICAL] dkim-key-mismatch: the key of selector replaced is not the one of /etc/dkimkeys/s2048.private, so what that signs fails: SHA-256 HASH against HASH",
        ],
        "keys do not match",
    ),
    (
        "shorter",
        "CRITICAL - example.org the key of selector shorter is not the one of /etc/dkimkeys/s2048.private, so what that signs f... (+1 more)",
        &[
            "[CRITICAL] dkim-key-mismatch: the key of selector shorter is not the one of /etc/dkimkeys/s2048.private, so what that signs fails: SHA-256 HASH against HASH",
            "[WARNING] dkim-key-short: the RSA key of selector shorter has 1024 bits: 2048 is the least now",
        ],
        "keys do not match",
    ),
    (
        "ed",
        "CRITICAL - example.org the key of selector ed is not the one of /etc/dkimkeys/s2048.private, so what that signs fails: SHA-256 HASH...",
        &[
            "[CRITICAL] dkim-key-mismatch: the key of selector ed is not the one of /etc/dkimkeys/s2048.private, so what that signs fails: SHA-256 HASH against HASH",
        ],
        "keys do not match",
    ),
    (
        "revoked",
        "CRITICAL - example.org the key of selector revoked is revoked: nothing signed with it passes",
        &[
            "[CRITICAL] dkim-revoked: the key of selector revoked is revoked: nothing signed with it passes",
        ],
        "Revoked key",
    ),
    (
        "gone",
        "CRITICAL - example.org selector gone has no key: the selector is wrong, or its key is gone",
        &[
            "[CRITICAL] dkim-selector-missing: selector gone has no key: the selector is wrong, or its key is gone",
        ],
        "record not found",
    ),
    (
        "several",
        "CRITICAL - example.org selector several has 2 keys, and verifiers take any of them",
        &["[CRITICAL] dkim-several: selector several has 2 keys, and verifiers take any of them"],
        "multiple DNS replies",
    ),
    (
        "lame",
        "WARNING - example.org selector lame is not known: SERVFAIL from RESOLVER",
        &["[WARNING] dkim-dns-failed: selector lame is not known: SERVFAIL from RESOLVER"],
        "unexpected reply class/type",
    ),
    (
        "bogus",
        "WARNING - example.org selector bogus is not known: SERVFAIL from RESOLVER, because DNSSEC validation fails",
        &[
            "[WARNING] dnssec-bogus: selector bogus is not known: SERVFAIL from RESOLVER, because DNSSEC validation fails",
        ],
        "unexpected reply class/type",
    ),
];

const PASS: &str = "OK - dmarc=pass, example.org by DKIM of example.org";
const CASES: &[Case] = &[
    Case { author: "s2048@example.org", message: PASS, findings: &[], fails: None },
    Case { author: "alias@example.org", message: PASS, findings: &[], fails: None },
    // RFC 6376 has it so, and dkimpy reads it.
    Case {
        author: "bare@example.org",
        message: "WARNING - dmarc=pass, signature 1 (d=example.org, s=bare) the key is a bare RSAPublicKey (PKCS#1): not all read it",
        findings: &[
            "[WARNING] dkim-key-form: signature 1 (d=example.org, s=bare) the key is a bare RSAPublicKey (PKCS#1): not all read it",
        ],
        fails: Some("unable to apply public key"),
    },
    Case { author: "wide@example.org", message: PASS, findings: &[], fails: None },
    // Its record says s=email.
    Case { author: "other@example.org", message: PASS, findings: &[], fails: None },
    Case { author: "strict@example.org", message: PASS, findings: &[], fails: None },
    Case {
        author: "s2048@sub.example.org",
        message: "OK - dmarc=pass, sub.example.org by DKIM of example.org",
        findings: &[],
        fails: None,
    },
    Case {
        author: "strict@sub.example.org",
        message: "CRITICAL - dmarc=neutral, message from sub.example.org does not pass DMARC by DKIM: the key does not allow i= in a sub... (+1 more)",
        findings: &[
            "[CRITICAL] message-dmarc: message from sub.example.org does not pass DMARC by DKIM: the key does not allow i= in a subdomain (t=s), and it is in sub.example.org, SPF was not evaluated; unless SPF passes it is refused",
            "[WARNING] signature-key: signature 1 (d=example.org, s=strict) permerror: the key does not allow i= in a subdomain (t=s), and it is in sub.example.org",
        ],
        fails: Some("unauthorized subdomain"),
    },
    Case {
        author: "s1024@example.org",
        message: "WARNING - dmarc=pass, signature 1 (d=example.org, s=s1024) the RSA key has 1024 bits, and should have 2048 (RFC 8301 section 3.2)",
        findings: &[
            "[WARNING] dkim-key-short: signature 1 (d=example.org, s=s1024) the RSA key has 1024 bits, and should have 2048 (RFC 8301 section 3.2)",
        ],
        fails: None,
    },
    Case {
        author: "testing@example.org",
        message: "WARNING - dmarc=pass, signature 1 (d=example.org, s=testing) the key is marked as a test (t=y)",
        findings: &[
            "[WARNING] dkim-testing: signature 1 (d=example.org, s=testing) the key is marked as a test (t=y)",
        ],
        fails: None,
    },
    Case {
        author: "replaced@example.org",
        message: "CRITICAL - dmarc=neutral, message from example.org does not pass DMARC by DKIM: it was made with another key than the... (+1 more)",
        findings: &[
            "[CRITICAL] message-dmarc: message from example.org does not pass DMARC by DKIM: it was made with another key than the published one, or b= is damaged, SPF was not evaluated; unless SPF passes it is refused",
            "[WARNING] signature-key: signature 1 (d=example.org, s=replaced) fail: it was made with another key than the published one, or b= is damaged",
        ],
        fails: Some("signature verification failed"),
    },
    Case {
        author: "shorter@example.org",
        message: "CRITICAL - dmarc=neutral, message from example.org does not pass DMARC by DKIM: it was made with another key than the... (+2 more)",
        findings: &[
            "[CRITICAL] message-dmarc: message from example.org does not pass DMARC by DKIM: it was made with another key than the published one, or b= is damaged, SPF was not evaluated; unless SPF passes it is refused",
            "[WARNING] signature-key: signature 1 (d=example.org, s=shorter) fail: it was made with another key than the published one, or b= is damaged",
            "[WARNING] dkim-key-short: signature 1 (d=example.org, s=shorter) the RSA key has 1024 bits, and should have 2048 (RFC 8301 section 3.2)",
        ],
        fails: Some("signature verification failed"),
    },
    Case {
        author: "several@example.org",
        message: "CRITICAL - dmarc=neutral, message from example.org does not pass DMARC by DKIM: there are 2 key records, and any of th... (+1 more)",
        findings: &[
            "[CRITICAL] message-dmarc: message from example.org does not pass DMARC by DKIM: there are 2 key records, and any of them may be taken, SPF was not evaluated; unless SPF passes it is refused",
            "[WARNING] signature-key: signature 1 (d=example.org, s=several) permerror: there are 2 key records, and any of them may be taken",
        ],
        fails: Some("multiple keys found"),
    },
    Case {
        author: "service@example.org",
        message: "CRITICAL - dmarc=neutral, message from example.org does not pass DMARC by DKIM: the key is not for mail (s=), SPF was... (+1 more)",
        findings: &[
            "[CRITICAL] message-dmarc: message from example.org does not pass DMARC by DKIM: the key is not for mail (s=), SPF was not evaluated; unless SPF passes it is refused",
            "[WARNING] signature-key: signature 1 (d=example.org, s=service) permerror: the key is not for mail (s=)",
        ],
        fails: Some("not an e-mail key"),
    },
    Case {
        author: "revoked@example.org",
        message: "CRITICAL - dmarc=neutral, message from example.org does not pass DMARC by DKIM: its key is revoked, SPF was not evalua... (+1 more)",
        findings: &[
            "[CRITICAL] message-dmarc: message from example.org does not pass DMARC by DKIM: its key is revoked, SPF was not evaluated; unless SPF passes it is refused",
            "[WARNING] signature-key: signature 1 (d=example.org, s=revoked) permerror: its key is revoked",
        ],
        fails: Some("key revoked"),
    },
    Case {
        author: "gone@example.org",
        message: "CRITICAL - dmarc=neutral, message from example.org does not pass DMARC by DKIM: its key is not published, SPF was not... (+1 more)",
        findings: &[
            "[CRITICAL] message-dmarc: message from example.org does not pass DMARC by DKIM: its key is not published, SPF was not evaluated; unless SPF passes it is refused",
            "[WARNING] signature-key: signature 1 (d=example.org, s=gone) permerror: its key is not published",
        ],
        fails: Some("key not found in DNS"),
    },
    Case {
        author: "lame@example.org",
        message: "WARNING - dmarc=temperror, message from example.org may pass DMARC or not: SERVFAIL from RESOLVER (+1 more)",
        findings: &[
            "[WARNING] dmarc-dns-failed: message from example.org may pass DMARC or not: SERVFAIL from RESOLVER",
            "[WARNING] signature-dns-failed: signature 1 (d=example.org, s=lame) temperror: the key is not known: SERVFAIL from RESOLVER",
        ],
        fails: Some("key DNS query failed"),
    },
    Case {
        author: "bogus@example.org",
        message: "WARNING - dmarc=temperror, message from example.org may pass DMARC or not: SERVFAIL from RESOLVER, because DNS... (+1 more)",
        findings: &[
            "[WARNING] dnssec-bogus: message from example.org may pass DMARC or not: SERVFAIL from RESOLVER, because DNSSEC validation fails",
            "[WARNING] dnssec-bogus: signature 1 (d=example.org, s=bogus) temperror: the key is not known: SERVFAIL from RESOLVER, because DNSSEC validation fails",
        ],
        fails: Some("key DNS query failed"),
    },
];
