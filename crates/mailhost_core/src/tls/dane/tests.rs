//! Records that match, that do not, and that nobody can use.

use demo_host::certificates::{Authority, CertificateSpec, Identity};
use proptest::prelude::*;

use super::*;

/// What a server sends: its certificate, and those above it; the root only if it is given.
fn sent(identity: &Identity, root: Option<&Authority>) -> Vec<Vec<u8>> {
    let root = root.map(Authority::certificate);
    let all = [&identity.certificate].into_iter().chain(&identity.chain).chain(root);
    all.map(|it| it.to_der().expect("DER")).collect()
}

fn record(usage: u8, selector: u8, matching: u8, data: &[u8]) -> Tlsa {
    Tlsa { usage, selector, matching, data: data.to_vec() }
}

/// The record of a certificate.
fn of(usage: u8, selector: u8, matching: u8, certificate: &X509) -> Tlsa {
    let part = match selector {
        CERTIFICATE => certificate.to_der(),
        _ => certificate.public_key().expect("a key").public_key_to_der(),
    };
    let part = part.expect("DER");
    let data = match matching {
        FULL => part,
        SHA256 => sha256(&part).to_vec(),
        _ => sha512(&part).to_vec(),
    };
    record(usage, selector, matching, &data)
}

fn held(der: &[Vec<u8>], names: &[&str], record: &Tlsa) -> Match {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let chain = ServedChain::new(der.iter().map(Vec::as_slice), &names).expect("certificates");
    chain.hold_against(std::slice::from_ref(record)).remove(0).found
}

fn root() -> Authority {
    Authority::new("Root of a test").expect("an authority")
}

fn issued(authority: &Authority) -> Identity {
    authority.issue(&CertificateSpec::default()).expect("a certificate")
}

const NAME: &str = "mail.example.org";
const ALL: [(u8, u8); 6] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)];

#[test]
fn ok_the_servers_own_certificate_whatever_its_names_and_dates() {
    let spec = CertificateSpec {
        not_before_days: -9,
        not_after_days: -2,
        self_signed: true,
        ..CertificateSpec::named("other.example")
    };
    let identity = root().issue(&spec).expect("a certificate");
    let der = sent(&identity, None);
    for (selector, matching) in ALL {
        let found = held(&der, &[NAME], &of(3, selector, matching, &identity.certificate));
        assert_eq!(found, Match::Leaf, "{selector} {matching}");
        assert!(found.is_good());
    }
}

#[test]
fn ok_an_authority_that_was_sent() {
    let root = root();
    let middle = root.intermediate("In the middle", 30).expect("an authority");
    let identity = issued(&middle);
    let der = sent(&identity, Some(&root));
    for (at, authority) in [(1, &middle), (2, &root)] {
        for (selector, matching) in ALL {
            let found = held(&der, &[NAME], &of(2, selector, matching, authority.certificate()));
            assert_eq!(found, Match::Anchor { at: Some(at), fault: None }, "{selector} {matching}");
        }
    }
}

#[test]
fn ok_an_authority_that_was_not_sent_where_the_record_holds_it() {
    let root = root();
    let middle = root.intermediate("In the middle", 30).expect("an authority");
    let below_middle = sent(&issued(&middle), None);
    let below_root = sent(&issued(&root), None);
    let nothing_between = sent(&issued(&middle).without_chain(), None);
    for (selector, matching) in ALL {
        let record = of(2, selector, matching, root.certificate());
        let whole = Match::Anchor { at: None, fault: None };
        let expected = if matching == FULL { whole } else { Match::Nothing };
        assert_eq!(held(&below_middle, &[NAME], &record), expected, "{selector} {matching}");
        assert_eq!(held(&below_root, &[NAME], &record), expected, "{selector} {matching}");
        assert_eq!(held(&nothing_between, &[NAME], &record), Match::Nothing);
    }
}

#[test]
fn warning_a_certificate_that_has_signed_itself_is_its_own_authority_by_its_key_alone() {
    let spec = CertificateSpec { self_signed: true, ..CertificateSpec::default() };
    let identity = root().issue(&spec).expect("a certificate");
    let der = sent(&identity, None);
    for (selector, matching) in ALL {
        let found = held(&der, &[NAME], &of(2, selector, matching, &identity.certificate));
        let expected = match (selector, matching) {
            (KEY, FULL) => Match::Anchor { at: None, fault: None },
            _ => Match::LeafAsAnchor,
        };
        assert_eq!(found, expected, "{selector} {matching}");
    }
}

#[test]
fn ok_one_of_several_names() {
    let root = root();
    let der = sent(&issued(&root), Some(&root));
    let record = of(2, 0, 1, root.certificate());
    let good = Match::Anchor { at: Some(1), fault: None };
    assert_eq!(held(&der, &["example.org", NAME], &record), good);
    assert_eq!(held(&der, &["MAIL.Example.org"], &record), good);
    assert_eq!(held(&der, &[], &record), good);
}

#[test]
fn ok_of_several_records_each_is_told() {
    let root = root();
    let (old, new) = (issued(&root), issued(&root));
    let der = sent(&new, Some(&root));
    let good = |records: &[Tlsa]| -> Vec<bool> {
        let chain = ServedChain::new(der.iter().map(Vec::as_slice), &[]).expect("certificates");
        chain.hold_against(records).iter().map(Held::is_good).collect()
    };
    let (old, new) = (&old.certificate, &new.certificate);
    assert_eq!(good(&[of(3, 1, 1, old), of(3, 1, 1, new)]), [false, true]);
    assert_eq!(good(&[of(2, 1, 1, root.certificate()), of(3, 1, 1, old)]), [true, false]);
    assert!(good(&[]).is_empty());
    // Senders look at the strongest digest alone, as long as it is one.
    assert_eq!(good(&[of(3, 1, 1, new), of(3, 1, 2, old)]), [false, false]);
    assert_eq!(good(&[of(3, 1, 1, new), of(3, 1, 2, new)]), [false, true]);
    assert_eq!(good(&[of(3, 1, 1, new), of(3, 0, 2, old)]), [true, false]);
    assert_eq!(good(&[of(3, 1, 0, new), of(3, 1, 2, old)]), [true, false]);
    assert_eq!(good(&[of(3, 1, 1, new), record(3, 1, 2, &[0; 32])]), [true, false]);
}

#[test]
fn critical_nothing_matches() {
    let (root, other) = (root(), root());
    let identity = issued(&root);
    let der = sent(&identity, Some(&root));
    let stranger = issued(&other);
    for (selector, matching) in ALL {
        for record in [
            of(3, selector, matching, &stranger.certificate),
            // Usage 3 means the server's own alone.
            of(3, selector, matching, root.certificate()),
            // Of the same name, with another key.
            of(2, selector, matching, other.certificate()),
        ] {
            assert_eq!(held(&der, &[NAME], &record), Match::Nothing, "{record}");
        }
        let own = of(2, selector, matching, &identity.certificate);
        assert_eq!(held(&der, &[NAME], &own), Match::LeafAsAnchor);
    }
    assert_eq!(held(&[], &[NAME], &of(3, 1, 1, root.certificate())), Match::Nothing);
    assert_eq!(held(&[], &[NAME], &of(2, 0, 0, root.certificate())), Match::Nothing);
}

#[test]
fn critical_what_is_wrong_on_the_way_to_an_authority() {
    let root = root();
    let record = of(2, 0, 1, root.certificate());
    let fault = |der: &[Vec<u8>], name: &str| match held(der, &[name], &record) {
        Match::Anchor { at: Some(_), fault } => fault.map(|fault| format!("{fault:?}")),
        other => panic!("{other:?}"),
    };
    let with =
        |spec: &CertificateSpec| sent(&root.issue(spec).expect("a certificate"), Some(&root));
    let says = |text: &str| Some(text.to_owned());

    let der = with(&CertificateSpec::default());
    assert_eq!(fault(&der, "mx.example.org"), says("WrongName"));
    let der = with(&CertificateSpec {
        not_before_days: -9,
        not_after_days: -2,
        ..CertificateSpec::default()
    });
    assert_eq!(fault(&der, NAME), says("Outdated(\"certificate has expired\")"));
    let der = with(&CertificateSpec { not_before_days: 2, ..CertificateSpec::default() });
    assert_eq!(fault(&der, NAME), says("Outdated(\"certificate is not yet valid\")"));
    let late = root.intermediate("Expired", -1).expect("an authority");
    let der = sent(&issued(&late), Some(&root));
    assert_eq!(fault(&der, NAME), says("Outdated(\"certificate has expired\")"));
    // The authority stands in the chain, and has signed nothing of it.
    let stranger = Authority::new("Another root").expect("an authority");
    let der = sent(&issued(&stranger), Some(&root));
    assert!(fault(&der, NAME).is_some_and(|fault| fault.starts_with("Untrusted")));
    let middle = root.intermediate("In the middle", 30).expect("an authority");
    let der = sent(&issued(&middle).without_chain(), Some(&root));
    assert!(fault(&der, NAME).is_some_and(|fault| fault.starts_with("Untrusted")));
}

#[test]
fn critical_what_is_wrong_on_the_way_to_an_authority_that_was_not_sent() {
    let root = root();
    let spec =
        CertificateSpec { not_before_days: -9, not_after_days: -2, ..CertificateSpec::default() };
    let expired = sent(&root.issue(&spec).expect("a certificate"), None);
    let good = sent(&issued(&root), None);
    for selector in [CERTIFICATE, KEY] {
        let record = of(2, selector, FULL, root.certificate());
        let Match::Anchor { at: None, fault: Some(fault) } = held(&expired, &[NAME], &record)
        else {
            panic!("an anchor that was not sent");
        };
        assert_eq!(fault, PathFault::Outdated("certificate has expired".to_owned()));
        let fault = Some(PathFault::WrongName);
        assert_eq!(held(&good, &["x.example"], &record), Match::Anchor { at: None, fault });
    }
}

#[test]
fn warning_records_that_nobody_can_use() {
    let root = root();
    let identity = issued(&root);
    let der = sent(&identity, Some(&root));
    let longer = |mut record: Tlsa| {
        record.data.push(0);
        record
    };
    let leaf = &identity.certificate;
    for (record, why, says) in [
        (
            of(0, 0, 1, root.certificate()),
            Unusable::WebUsage(0),
            "usage 0 is not for mail servers, which take 2 and 3",
        ),
        (
            of(1, 1, 1, leaf),
            Unusable::WebUsage(1),
            "usage 1 is not for mail servers, which take 2 and 3",
        ),
        (of(4, 1, 1, leaf), Unusable::Usage(4), "usage 4 does not exist"),
        (record(255, 1, 1, &[0; 32]), Unusable::Usage(255), "usage 255 does not exist"),
        (record(3, 2, 1, &[0; 32]), Unusable::Selector(2), "selector 2 does not exist"),
        (record(3, 1, 3, &[0; 48]), Unusable::Matching(3), "matching type 3 does not exist"),
        (
            record(3, 1, 1, &[0; 20]),
            Unusable::DigestLength { expected: 32, found: 20 },
            "its digest has 20 bytes in place of 32",
        ),
        (
            longer(of(3, 1, 2, leaf)),
            Unusable::DigestLength { expected: 64, found: 65 },
            "its digest has 65 bytes in place of 64",
        ),
        (
            record(2, 0, 2, &[]),
            Unusable::DigestLength { expected: 64, found: 0 },
            "its digest has 0 bytes in place of 64",
        ),
        (record(3, 0, 0, b"x"), Unusable::NoCertificate, "its data is no certificate"),
        (longer(of(2, 0, 0, leaf)), Unusable::NoCertificate, "its data is no certificate"),
        (record(2, 1, 0, &[]), Unusable::NoKey, "its data is no public key"),
        (longer(of(3, 1, 0, leaf)), Unusable::NoKey, "its data is no public key"),
        // Each in place of the other.
        (
            record(3, 0, 0, &of(3, 1, 0, leaf).data),
            Unusable::NoCertificate,
            "its data is no certificate",
        ),
        (record(3, 1, 0, &of(3, 0, 0, leaf).data), Unusable::NoKey, "its data is no public key"),
    ] {
        assert_eq!(why.to_string(), says);
        assert_eq!(held(&der, &[NAME], &record), Match::Unusable(why), "{record}");
    }
}

#[test]
fn unknown_what_is_no_certificate_is_no_chain() {
    assert!(ServedChain::new([&b"x"[..]].into_iter(), &[]).is_err());
}

proptest! {
    #[test]
    fn any_record_is_unusable_or_matches_nothing(
        (usage, selector, matching) in (0..5u8, 0..3u8, 0..4u8),
        data in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let record = record(usage, selector, matching, &data);
        let found = held(&CHAIN.with(Clone::clone), &[NAME], &record);
        prop_assert!(matches!(found, Match::Unusable(_) | Match::Nothing), "{:?}", found);
        prop_assert_eq!(unusable(&record).is_none(), found == Match::Nothing);
    }

    #[test]
    fn a_certificate_that_is_cut_or_broken_matches_nothing(
        selector in 0..2u8, cut in any::<usize>(), changed in any::<usize>(), bit in 0..8u8
    ) {
        let chain = CHAIN.with(Clone::clone);
        let mut data = of(3, selector, FULL, &X509::from_der(&chain[0]).expect("DER")).data;
        let changed = changed % data.len();
        data[changed] ^= 1 << bit;
        data.truncate(1 + cut % data.len());
        for usage in [2, 3] {
            let found = held(&chain, &[NAME], &record(usage, selector, FULL, &data));
            prop_assert!(matches!(found, Match::Unusable(_) | Match::Nothing), "{:?}", found);
        }
    }
}

thread_local! {
    static CHAIN: Vec<Vec<u8>> = sent(&issued(&root()), None);
}
