use super::*;

const GOOD: &str = "v=1; a=rsa-sha256; b=aGVs; bh=aGVsbG8=; d=example.org; h=From:To; s=sel";

fn read(text: &str) -> Signature {
    Signature::read(text).1.expect(text)
}

/// What is said about the first error of a text.
fn said(text: &str) -> (String, String) {
    let errors = Signature::read(text).1.expect_err(text);
    let SyntaxError { span, text: says } = errors[0].clone();
    (text[span].to_owned(), says)
}

#[test]
fn ok_every_tag() {
    let signature = read(
        "v=1; a=ed25519-sha256; b=aG Vs ; bh= aGVsbG8=; c=relaxed/simple; d=Example.org; h=From : to:\t\
         from; i=a=3Bb@mail.example.org; l=0012; q=dns/txt:x/y; s=one.two_3; t=1; x=2; z=From:x; w=y;",
    );
    assert_eq!(signature.algorithm, Algorithm::Ed25519Sha256);
    assert_eq!((&signature.bytes[..], &signature.body_hash[..]), (&b"hel"[..], &b"hello"[..]));
    assert_eq!((signature.header, signature.body), (Canonical::Relaxed, Canonical::Simple));
    assert_eq!(signature.domain.to_string(), "Example.org");
    assert_eq!(signature.identity_domain.to_string(), "mail.example.org");
    assert_eq!(signature.fields, ["from", "to", "from"]);
    assert_eq!(signature.key_name.to_string(), "one.two_3._domainkey.Example.org");
    assert_eq!((signature.length, signature.time, signature.expires), (Some(12), Some(1), Some(2)));
}

#[test]
fn ok_what_stands_for_a_missing_tag() {
    let (outline, signature) = Signature::read(GOOD);
    let signature = signature.expect("a signature");
    assert_eq!((signature.header, signature.body), (Canonical::Simple, Canonical::Simple));
    assert_eq!(signature.identity_domain, signature.domain);
    assert_eq!((signature.length, signature.time, signature.expires), (None, None, None));
    assert_eq!(outline.identity.as_deref(), Some("@example.org"));
    assert_eq!(outline.selector.as_deref(), Some("sel"));
}

#[test]
fn ok_canonicalizations() {
    use Canonical::{Relaxed, Simple};
    for (c, both) in [
        ("simple", (Simple, Simple)),
        ("relaxed", (Relaxed, Simple)),
        ("simple/relaxed", (Simple, Relaxed)),
        ("relaxed/relaxed", (Relaxed, Relaxed)),
    ] {
        let signature = read(&format!("{GOOD}; c={c}"));
        assert_eq!((signature.header, signature.body), both, "{c}");
    }
}

#[test]
fn ok_algorithms() {
    for (a, algorithm) in [
        ("RSA-SHA256", Algorithm::RsaSha256),
        ("rsa-sha1", Algorithm::RsaSha1),
        ("rsa", Algorithm::Other("rsa".to_owned())),
    ] {
        assert_eq!(read(&GOOD.replace("rsa-sha256", a)).algorithm, algorithm, "{a}");
    }
}

#[test]
fn critical_a_missing_or_empty_tag() {
    for (tag, which) in [
        ("v=1", "says the version"),
        ("a=rsa-sha256", "names the algorithm"),
        ("b=aGVs", "holds the signature"),
        ("bh=aGVsbG8=", "holds the hash of the body"),
        ("d=example.org", "names the domain that signs"),
        ("h=From:To", "names the signed header fields"),
        ("s=sel", "names the key"),
    ] {
        let (name, _) = tag.split_once('=').expect("a tag");
        let parts: Vec<&str> = GOOD.split("; ").filter(|part| *part != tag).collect();
        let without = parts.join("; ");
        let says = format!("the tag {name}= is missing, which {which}");
        assert_eq!(said(&without), (without.clone(), says));
        let empty = GOOD.replace(tag, &format!("{name}="));
        let says = format!("the tag {name}= is empty, which {which}");
        assert_eq!(said(&empty), (format!("{name}="), says));
    }
}

/// A tag that is wrong, where, and what is said about it.
#[rustfmt::skip]
const WRONG: [(&str, &str, &str); 32] = [
    ("v=2", "2", "v= is 1"),
    ("b=a*", "*", "this is no character of base64"),
    ("bh=aGV", "aGV", "base64 has a multiple of four characters: a part is missing or too much"),
    ("c=nofws", "nofws", CANONICAL),
    ("c=relaxed/", "relaxed/", CANONICAL),
    ("c=", "c=", CANONICAL),
    ("d=org", "org", "this is no domain"),
    ("d=example..org", "example..org", "this is no domain"),
    ("d=example.org.", "example.org.", "this is no domain"),
    ("d=exa mple.org", "exa mple.org", "this is no domain"),
    ("d=b\u{fc}cher.example", "\u{fc}", "a character that is not ASCII must not be in a value"),
    ("h=To:Subject", "To:Subject", "h= has to name From"),
    ("h=From::To", "From::To", FIELDS),
    ("h=From To", "From To", FIELDS),
    ("i=example.org", "example.org", "i= has an @ in it"),
    ("i=a@example.net", "a@example.net", BELOW),
    ("i=a@badexample.org", "a@badexample.org", BELOW),
    ("i=a=b@example.org", "a=b@example.org", ESCAPE),
    ("i=a@", "a@", "this is no domain"),
    ("l=x", "x", "l= is a number of bytes"),
    ("l=-1", "-1", "l= is a number of bytes"),
    ("l=", "l=", "l= is a number of bytes"),
    ("q=dns", "dns", "q= has to have dns/txt, which is the only way to a key"),
    ("s=a..b", "a..b", "this is no selector"),
    ("s=-a", "-a", "this is no selector"),
    ("t=+1", "+1", "t= is a number of seconds since 1970"),
    ("t=1234567890123", "1234567890123", "t= is a number of seconds since 1970"),
    ("x=never", "never", "x= is a number of seconds since 1970"),
    ("t=5; x=5", "5", "x= has to be later than t="),
    ("t=5; x=4", "4", "x= has to be later than t="),
    ("w", "w", "a tag is a name, the sign = and a value"),
    ("w=1; w=2", "w", "w= must be there only once"),
];

const BELOW: &str = "the domain of i= has to be that of d= or below it";
const CANONICAL: &str = "c= is simple or relaxed for the header, and for the body after a slash";
const ESCAPE: &str = "i= has the sign = only before two hex digits in its local part";
const FIELDS: &str = "h= is names of header fields with colons between them";

#[test]
fn critical_wrong_values_are_pointed_at() {
    for (tag, at, says) in WRONG {
        let (name, _) = tag.split_once('=').unwrap_or((tag, ""));
        let others = GOOD.split("; ").filter(|part| part.split('=').next() != Some(name));
        let text = format!("{}; {tag}", others.collect::<Vec<_>>().join("; "));
        assert_eq!(said(&text), (at.to_owned(), says.to_owned()), "{tag}");
    }
    let long = GOOD.replace("s=sel", &format!("s={}", "a".repeat(64)));
    let says = "there is no such key: a part of the name is longer than 63 bytes";
    assert_eq!(said(&long), ("a".repeat(64), says.to_owned()));
    assert_eq!(read(&format!("{GOOD}; l={}", "9".repeat(76))).length, Some(u64::MAX));
}

#[test]
fn critical_all_errors_are_told_in_order_and_the_rest_is_kept() {
    let (outline, signature) = Signature::read(
        "v=1; a=rsa-sha256; b=*; bh=aGVs; d=example.org; h=To; i=@x.example; s=sel",
    );
    let errors = signature.expect_err("errors");
    assert_eq!(errors.iter().map(|error| error.span.start).collect::<Vec<_>>(), [21, 50, 56]);
    assert_eq!(outline.algorithm, Some(Algorithm::RsaSha256));
    assert_eq!(outline.domain, Name::from_text("example.org").ok());
    assert_eq!(outline.identity.as_deref(), Some("@x.example"));
}
