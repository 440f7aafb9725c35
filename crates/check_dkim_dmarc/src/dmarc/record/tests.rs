use super::*;

use OddityKind::{
    Obsolete, ObsoletePercentage, Order, Syntax, Unknown, Uri, UriCount, UriScheme, UriSize, Value,
};

/// A record of `v=DMARC1; ` and more.
fn record(rest: &str) -> Record {
    Record::parse(&format!("v=DMARC1; {rest}"))
}

#[test]
fn ok_nothing_odd_about_a_good_record() {
    for rest in [
        "p=none",
        "p=reject; rua=mailto:a@example.org",
        "p=QUARANTINE;sp=Reject ; np = none;adkim=S;aspf=r;fo=1:d:s;psd=n;t=n",
        "p=none; rua=mailto:a@example.org,mailto:b@example.org ; ruf=mailto:c@example.org;",
        "p=none; fo=d:s",
        "p=none; fo=s:0",
    ] {
        assert_eq!(record(rest).oddities, [], "{rest}");
    }
}

#[test]
fn ok_what_is_read() {
    let all = record(
        "p=reject; sp=quarantine; np=none; adkim=s; aspf=s; psd=y; t=y; rua=mailto:a@example.org; \
         ruf=mailto:b@example.net",
    );
    assert_eq!((all.policy, all.subdomains), (Some(Policy::Reject), Some(Policy::Quarantine)));
    assert_eq!((all.non_existent, all.psd, all.testing), (Some(Policy::None), Psd::Yes, true));
    assert_eq!((all.dkim_alignment, all.spf_alignment), (Mode::Strict, Mode::Strict));
    assert_eq!((all.aggregate[0].mailbox.as_str(), all.aggregate[0].tag), ("a@example.org", "rua"));
    assert_eq!((all.failure[0].mailbox.as_str(), all.failure[0].tag), ("b@example.net", "ruf"));
    let least = Record::parse("v=DMARC1");
    assert_eq!((least.policy, least.psd, least.testing), (None, Psd::Unknown, false));
    assert_eq!((least.dkim_alignment, least.spf_alignment), (Mode::Relaxed, Mode::Relaxed));
}

/// Section 4.10.1.
#[test]
fn ok_what_a_record_asks_for() {
    let of = |rest: &str| {
        let asked = record(rest).asks_for();
        asked.map(|it: Policies| [it.domain, it.subdomains, it.non_existent].map(Policy::name))
    };
    let rua = "rua=mailto:a@example.org";
    assert_eq!(of("p=reject"), Some(["reject"; 3]));
    assert_eq!(of("p=reject; sp=none"), Some(["reject", "none", "none"]));
    assert_eq!(of("p=none; np=reject"), Some(["none", "none", "reject"]));
    assert_eq!(of("p=none; sp=quarantine; np=reject"), Some(["none", "quarantine", "reject"]));
    assert_eq!(of(""), None);
    assert_eq!(of("p=reject; sp=moo"), None);
    assert_eq!(of("p=moo; rua=a@example.org"), None);
    for wrong in ["", "p=moo; ", "p=; ", "p=reject; sp=moo; ", "p=reject; np=moo; ", "sp=reject; "]
    {
        assert_eq!(of(&format!("{wrong}{rua}")), Some(["none"; 3]), "{wrong}");
    }
}

#[test]
fn warning_a_test_weakens_by_one() {
    let carried_out = |t: &str, policy| record(&format!("p=none; t={t}")).carried_out(policy);
    assert_eq!(carried_out("y", Policy::Reject), Policy::Quarantine);
    assert_eq!(carried_out("y", Policy::Quarantine), Policy::None);
    assert_eq!(carried_out("y", Policy::None), Policy::None);
    assert_eq!(carried_out("n", Policy::Reject), Policy::Reject);
}

/// Every tag with a value that it does not have, and with what there is no tag for.
#[test]
fn warning_oddities_are_pointed_at() {
    for (rest, kind, at, says) in [
        ("p=moo", Value, "moo", "p= is none, quarantine or reject"),
        ("p=", Value, "p=", "p= is none, quarantine or reject"),
        ("p=none; sp=rejected", Value, "rejected", "sp= is none, quarantine or reject"),
        ("p=none; np=y", Value, "y", "np= is none, quarantine or reject"),
        ("p=none; psd=x", Value, "x", "psd= is y, n or u"),
        ("p=none; t=yes", Value, "yes", "t= is y or n"),
        ("p=none; adkim=strict", Value, "strict", "adkim= is r or s; r counts here"),
        ("p=none; aspf=", Value, "aspf=", "aspf= is r or s; r counts here"),
        ("p=none; fo=2", Value, "2", "fo= has 0 or 1, d and s, with colons between them"),
        ("p=none; fo=", Value, "fo=", "fo= has 0 or 1, d and s, with colons between them"),
        ("p=none; fo=1,d", Value, "1,d", "fo= has 0 or 1, d and s, with colons between them"),
        ("p=none; fo=0:d:1", Value, "1", "fo= has 0 and 1, so 0 counts"),
        ("p=none; fo=1:s:s", Value, "s", "fo= has s twice, so 0 counts"),
        ("p=none; pct=100", Obsolete, "pct", "pct= no longer exists (RFC 9989)"),
        ("p=none; pct=x", Obsolete, "x", "pct= no longer exists (RFC 9989), and was 0 to 100"),
        ("p=none; pct=101", Obsolete, "101", "pct= no longer exists (RFC 9989), and was 0 to 100"),
        ("p=none; rf=afrf", Obsolete, "rf", "rf= no longer exists (RFC 9989)"),
        ("p=none; ri=86400", Obsolete, "ri", "ri= no longer exists (RFC 9989)"),
        ("sp=none; p=none", Order, "p", "p= is not the second tag, as older receivers want it"),
        ("p=none; x=1", Unknown, "x", "x= is no tag of DMARC"),
        ("p=none; ruaa=1", Unknown, "ruaa", "ruaa= is no tag of DMARC; rua= is meant"),
        ("P=none", Unknown, "P", "P= is not known to every receiver: write p="),
        ("p=none; moo", Syntax, "moo", "a tag is a name, the sign = and a value"),
        ("p=none; p=reject", Syntax, "p", "p= must be there only once"),
        ("p=none;; t=n", Syntax, ";", "there is no tag before this semicolon"),
        ("p=none; rua=", Uri, "rua=", "rua= has no usable address here: it is empty"),
        (
            "p=none; rua=a@b.example",
            Uri,
            "a@b.example",
            "rua= has no usable address here: it has no scheme; write mailto: in front",
        ),
        (
            "p=none; ruf=mailto:a",
            Uri,
            "mailto:a",
            "ruf= has no usable address here: it is no mailbox",
        ),
        (
            "p=none; rua=https://b.example/",
            UriScheme,
            "https://b.example/",
            "rua= has an address of https:, and only mailto: has to work",
        ),
        (
            "p=none; rua=mailto:a@b.example!10m",
            UriSize,
            "mailto:a@b.example!10m",
            "rua= has a size limit, which nobody heeds",
        ),
        (
            "p=none; rua=mailto:a@b.example,mailto:c@b.example,mailto:d@b.example",
            UriCount,
            "mailto:a@b.example,mailto:c@b.example,mailto:d@b.example",
            "rua= has 3 addresses, and receivers need heed only 2",
        ),
    ] {
        let record = record(rest);
        let said: Vec<_> = record
            .oddities
            .iter()
            .map(|odd| (odd.kind, &record.text[odd.span.clone()], odd.text.as_str()))
            .collect();
        assert_eq!(said, [(kind, at, says)], "{rest}");
    }
    let percent = record("p=reject; pct=20");
    assert_eq!(percent.oddities[0].kind, ObsoletePercentage);
    assert_eq!(
        percent.oddities[0].text,
        "pct= no longer exists (RFC 9989): some receivers apply the policy to 20 % of mail, others to \
         all; a test is t=y now"
    );
}
