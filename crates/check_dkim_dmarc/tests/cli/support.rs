//! Runs the program on a zone.

use std::sync::LazyLock;

use demo_host::dns::{DnsServer, Zone};
use mailhost_tests::{DnsPlugin, Run};
use openssl::base64::encode_block;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sha::sha256;

/// Keys that sign; made once a run of the tests, because that takes a while.
pub(crate) static RSA_2048: LazyLock<Key> = LazyLock::new(|| Key::rsa(2048));
pub(crate) static RSA_1024: LazyLock<Key> = LazyLock::new(|| Key::rsa(1024));
pub(crate) static RSA_768: LazyLock<Key> = LazyLock::new(|| Key::rsa(768));
pub(crate) static ED25519: LazyLock<Key> = LazyLock::new(|| Key(PKey::generate_ed25519().unwrap()));

/// A key pair.
pub(crate) struct Key(pub(crate) PKey<Private>);

impl Key {
    fn rsa(bits: u32) -> Self {
        Self(PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap())
    }

    /// The value of `p=`.
    pub(crate) fn published(&self) -> String {
        match self.0.raw_public_key() {
            Ok(raw) => encode_block(&raw),
            Err(_) => encode_block(&self.0.public_key_to_der().unwrap()),
        }
    }

    /// The value of `p=` as an `RSAPublicKey`.
    pub(crate) fn pkcs1(&self) -> String {
        encode_block(&self.0.rsa().unwrap().public_key_to_der_pkcs1().unwrap())
    }

    /// The fingerprint that the program shows.
    pub(crate) fn fingerprint(&self) -> String {
        let digest = sha256(&self.0.public_key_to_der().unwrap());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A domain, `d.example`, about which there is nothing to say: its selectors are `s1` (RSA) and `s2`
/// (ed25519).
pub(crate) fn well() -> Zone {
    with_keys(with_dmarc(Zone::new(), "v=DMARC1; p=reject; rua=mailto:dmarc@d.example"))
        .txt("d.example", "v=spf1 mx -all")
        .mx("d.example", 10, "mx.d.example")
}

/// Adds the record of `d.example`.
pub(crate) fn with_dmarc(zone: Zone, record: &str) -> Zone {
    zone.txt("_dmarc.d.example", record)
}

/// Adds the selectors of `d.example`.
pub(crate) fn with_keys(zone: Zone) -> Zone {
    zone.txt("s1._domainkey.d.example", format!("v=DKIM1; k=rsa; p={}", RSA_2048.published()))
        .txt("s2._domainkey.d.example", format!("v=DKIM1; k=ed25519; p={}", ED25519.published()))
}

/// A zone with one selector, `s`, of `d.example`.
pub(crate) fn key(record: &str) -> Zone {
    Zone::new().txt("s._domainkey.d.example", record)
}

/// Runs the program on `d.example` in a zone, with these words more.
pub(crate) fn check(zone: &Zone, words: &str) -> Run {
    run(zone, &format!("-d d.example {words}"))
}

/// The same for the selector `s` alone.
pub(crate) fn dkim(zone: &Zone, words: &str) -> Run {
    check(zone, &format!("--only dkim --selector s {words}"))
}

/// The same for DMARC alone.
pub(crate) fn dmarc(zone: &Zone, words: &str) -> Run {
    check(zone, &format!("--only dmarc {words}"))
}

/// Runs the program in a zone with exactly these words.
pub(crate) fn run(zone: &Zone, words: &str) -> Run {
    PROGRAM.run(zone, words)
}

/// Runs the program with a server.
pub(crate) fn ask(server: &DnsServer, words: &str) -> Run {
    PROGRAM.ask(server, words)
}

/// Runs the program with these words alone.
pub(crate) fn bare(words: &str) -> Run {
    PROGRAM.bare(words)
}

pub(crate) const PROGRAM: DnsPlugin = DnsPlugin(env!("CARGO_BIN_EXE_check_dkim_dmarc"));

/// `d.example`, from which mail can pass by SPF, with this DMARC record and nothing else.
pub(crate) fn record(text: &str) -> Zone {
    with_dmarc(sending(), text)
}

/// `d.example`, from which mail can pass by SPF, without DMARC.
pub(crate) fn sending() -> Zone {
    Zone::new().txt("d.example", "v=spf1 mx -all").mx("d.example", 10, "mx.d.example")
}
