//! The keys, and the zones that they are published in.

use std::{fmt::Write as _, net::Ipv4Addr};

use openssl::{base64, rsa::Rsa};

use crate::opendkim::{Key, Signer};

/// Every key that there is.
pub(super) struct Keys {
    /// That of most selectors, of 2048 bits.
    pub(super) rsa: Key,
    pub(super) ed25519: Key,
    /// Another one of 2048 bits, for mail alone (`s=email`).
    pub(super) other: Key,
    other25519: Key,
    pem: Key,
    /// Of 1024 bits.
    short: Key,
    /// `t=s`.
    strict: Key,
    /// `t=y`.
    testing: Key,
}

impl Keys {
    pub(super) fn of(signer: &Signer) -> Self {
        let generate =
            |selector, options: &[&str]| signer.generate("example.org", selector, options);
        Self {
            rsa: generate("s2048", &["-b", "2048"]),
            ed25519: signer.generate_ed25519("ed"),
            other: generate("other", &["-r"]),
            other25519: signer.generate_ed25519("ed-other"),
            pem: signer.generate_ed25519_pem("pem"),
            short: generate("s1024", &["-b", "1024"]),
            strict: generate("strict", &["-S"]),
            testing: generate("testing", &["-t"]),
        }
    }
}

/// The records of the zones with keys.
pub(super) struct Texts {
    /// example.org.
    pub(super) own: String,
    pub(super) provider: String,
    pub(super) weak: String,
    pub(super) wild: String,
    pub(super) broken: String,
    pub(super) mixed: String,
}

impl Texts {
    pub(super) fn of(keys: &Keys) -> Self {
        let (rsa, short) = (strings(&keys.rsa.record), strings(&keys.short.record));
        // The first string of a key, without the second.
        let cut = strings(&keys.rsa.record[..255]);
        Self {
            own: own(keys),
            provider: format!("{PROVIDER}s1.keys TXT {rsa}\ns1.short TXT {short}\n"),
            weak: format!("{WEAK}s1._domainkey CNAME s1.short.provider.example.\n"),
            wild: format!("{WILD}*._domainkey TXT {rsa}\n"),
            broken: format!("{BROKEN}cut._domainkey TXT {cut}\n"),
            mixed: format!("{MIXED}s1._domainkey TXT {rsa}\n"),
        }
    }
}

fn own(keys: &Keys) -> String {
    let mut text = OWN.to_owned();
    for key in [&keys.rsa, &keys.short, &keys.strict, &keys.testing, &keys.other] {
        text.push_str(&key.zone_line);
    }
    let Keys { rsa, ed25519, other, other25519, pem, short, .. } = keys;
    for (selector, record) in [
        ("ed", &ed25519.record),
        ("pem", &pem.record),
        ("ed-replaced", &other25519.record),
        ("replaced", &other.record),
        ("shorter", &short.record),
        ("several", &rsa.record),
        ("several", &other.record),
        ("service", &rsa.record.replacen("v=DKIM1; ", "v=DKIM1; s=other; ", 1)),
        ("wide", &rsa.record.replacen("h=sha256", "h=sha1:sha256; s=*; t=", 1)),
        ("revoked", &"v=DKIM1; k=rsa; p=".to_owned()),
        ("bare", &bare(&rsa.record)),
    ] {
        writeln!(text, "{selector}._domainkey TXT {}", strings(record)).expect("a string");
    }
    text
}

/// The same key without the name of its algorithm around it (PKCS#1).
fn bare(record: &str) -> String {
    let (_, wrapped) = record.split_once("p=").expect("a key");
    let key = base64::decode_block(wrapped).and_then(|key| Rsa::public_key_from_der(&key));
    let bare = key.and_then(|key| key.public_key_to_der_pkcs1()).expect("an RSA key");
    format!("v=DKIM1; k=rsa; p={}", base64::encode_block(&bare))
}

/// apart.example, of whose three name servers one is a stranger.
pub(super) fn apart(keys: &Keys, stranger: Ipv4Addr) -> String {
    let rsa = strings(&keys.rsa.record);
    format!("{APART}@ NS ns3\nns3 A {stranger}\ns1._domainkey TXT {rsa}\n")
}

/// A text as a zone file has it: in strings of at most 255 bytes.
fn strings(text: &str) -> String {
    let part = |part: &[u8]| format!("\"{}\"", String::from_utf8_lossy(part));
    text.as_bytes().chunks(255).map(part).collect::<Vec<_>>().join(" ")
}

/// `lame` is a delegation, and at `bogus` there is a zone with wrong signatures.
const OWN: &str = "\
@ MX 10 mail
@ TXT \"v=spf1 mx -all\"
_dmarc TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@example.org\"
mail A 192.0.2.25
sub A 192.0.2.26
lame._domainkey NS ns1.lame.example.
alias._domainkey CNAME s1.keys.provider.example.
";
const PROVIDER: &str = "\
_dmarc TXT \"v=DMARC1; p=quarantine; rua=mailto:reports@provider.example\"
@ MX 10 mail
mail A 192.0.2.30
*._report._dmarc TXT \"v=DMARC1\"
";
const WEAK: &str = "\
@ TXT \"v=spf1 ip4:192.0.2.31 -all\"
_dmarc TXT \"v=DMARC1; p=none; rua=mailto:reports@provider.example\"
";
const BROKEN: &str = "\
@ TXT \"v=spf1 -all\"
_dmarc TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@broken.example\"
_dmarc TXT \"v=DMARC1; p=none\"
typo._domainkey TXT \"v=DKIM1; k=rsa, p=MIIB\"
dangling._domainkey CNAME gone.provider.example.
";
pub(super) const PARKED: &str = "\
@ TXT \"v=spf1 -all\"
_dmarc TXT \"v=DMARC1; p=reject\"
*._domainkey TXT \"v=DKIM1; p=\"
";
const WILD: &str = "\
@ TXT \"v=spf1 -all\"
* TXT \"v=spf1 -all\"
";
const MIXED: &str = "\
@ TXT \"v=spf1 -all\"
";
const APART: &str = "\
@ TXT \"v=spf1 ip4:192.0.2.32 -all\"
@ MX 10 mail
_dmarc TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@apart.example\"
mail A 192.0.2.32
";
