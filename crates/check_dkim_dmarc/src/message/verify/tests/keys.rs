//! What becomes of a good signature with all kinds of keys.

use mailhost_core::dns::{Fault, Zone};

use super::{ALL, MESSAGE, NOW, OTHER_KEY, conclude, outcomes, signed, tags, told, zone};
use crate::message::testing::{ED25519, Key, RSA_1024, RSA_2048, RSA_OTHER, RSA_SHORT, sign};
use crate::message::{Message, Note, Outcome, Reason, prepare};

/// What is published, what becomes of a good signature then, and why.
#[test]
fn critical_keys_that_are_of_no_use() {
    let good = RSA_2048.record();
    let text = signed(&format!("h={ALL}; i=@mail.example.org"));
    let with = |tags: &str| good.replace("v=DKIM1; ", &format!("v=DKIM1; {tags}; "));
    let permanent = [
        ("v=DKIM1; p=".to_owned(), "its key is revoked"),
        (
            "v=DKIM1; p=A*".to_owned(),
            "the key record cannot be read: this is no character of base64",
        ),
        ("v=DKIM1; p=AAAA".to_owned(), "the key cannot be used: it is no RSA key"),
        (RSA_OTHER.record(), OTHER_KEY),
        (ED25519.record(), "the key is one for ed25519, and the signature is made with rsa-sha256"),
        (with("h=sha1"), "the key record does not allow SHA-256 (h=)"),
        (with("s=tlsrpt"), "the key is not for mail (s=)"),
        (
            with("t=s"),
            "the key does not allow i= in a subdomain (t=s), and it is in mail.example.org",
        ),
    ];
    for (record, says) in permanent {
        let verified = conclude(&text, &mut zone(&record), NOW).remove(0);
        let outcome = if says == OTHER_KEY { Outcome::Fail } else { Outcome::PermError };
        assert_eq!(told(&verified), (outcome, vec![says.to_owned()]), "{record}");
    }
    let all = conclude(&text, &mut zone(with("h=sha1; s=x; t=s")), NOW).remove(0);
    assert_eq!((all.result, all.reasons.len()), (Outcome::PermError, 3));
    for harmless in ["t=y", "h=sha256:sha1", "s=email", "g=x", "n=x"] {
        assert_eq!(outcomes(&text, &mut zone(with(harmless))), [Outcome::Pass], "{harmless}");
    }
    let strict =
        conclude(signed(&format!("h={ALL}; i=a@example.org")), &mut zone(with("t=s")), NOW);
    assert_eq!(strict[0].result, Outcome::Pass);
}

#[test]
fn critical_keys_that_are_not_there() {
    let text = signed(&format!("h={ALL}"));
    let damaged = text.replace("Bob", "Rob");
    let name = "sel._domainkey.example.org";
    let missing = conclude(&damaged, &mut Zone::default(), NOW).remove(0);
    assert_eq!(missing.reasons, [Reason::KeyMissing, Reason::BodyHash]);
    assert_eq!(missing.result, Outcome::PermError);
    let failed = conclude(&text, &mut Zone::default().fails(name, Fault::ServFail), NOW).remove(0);
    assert_eq!(failed.result, Outcome::TempError);
    assert!(failed.reasons[0].to_string().starts_with("the key could not be looked up: "));
    let two = zone(RSA_2048.record()).txt(name, RSA_OTHER.record());
    let says = "there are 2 key records, and any of them may be taken".to_owned();
    let several = conclude(&text, &mut two.clone(), NOW).remove(0);
    assert_eq!(told(&several), (Outcome::PermError, vec![says]));
    let unasked = prepare(&Message::read(text.as_bytes())).prepared.remove(0).conclude(None, NOW);
    assert_eq!(unasked.result, Outcome::TempError);
}

#[test]
fn critical_the_length_of_a_key() {
    let of = |key: &Key| {
        let text = sign(MESSAGE, &tags(key, &format!("h={ALL}")), key);
        conclude(text, &mut zone(key.record()), NOW).remove(0)
    };
    let says =
        "the RSA key has 1023 bits, and verifiers refuse less than 1024 (RFC 8301 section 3.2)";
    assert_eq!(told(&of(&RSA_SHORT)), (Outcome::PermError, vec![says.to_owned()]));
    let weak = of(&RSA_1024);
    assert_eq!((weak.result, weak.notes), (Outcome::Pass, vec![Note::KeyWeak { bits: 1024 }]));
    let testing = RSA_2048.record().replace("v=DKIM1; ", "v=DKIM1; t=y; ");
    let testing = conclude(signed(&format!("h={ALL}")), &mut zone(testing), NOW).remove(0);
    assert_eq!((testing.result, testing.notes), (Outcome::Pass, vec![Note::KeyTesting]));
}
