//! DANE for SMTP (RFC 6698, RFC 7671, RFC 7672): the chain that a server sent, held against the TLSA
//! records of its name. Whether those are authentic is not asked here.

use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::sha::{sha256, sha512};
use openssl::stack::Stack;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::verify::{X509CheckFlags, X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509PurposeId, X509StoreContext, X509VerifyResult};
use serde::Serialize;

use super::certificate::{der_element, public_key_info};
use crate::dns::Tlsa;

/// Why senders make no use of a record. Where they can use none, they still want TLS, and take any
/// certificate (RFC 7672 section 2.2).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Unusable {
    /// The digest has not the length of its kind.
    #[error("its digest has {found} bytes in place of {expected}")]
    DigestLength {
        /// What its kind has.
        expected: usize,
        /// What is there.
        found: usize,
    },
    /// The matching type is none of RFC 6698 section 2.1.3.
    #[error("matching type {0} does not exist")]
    Matching(u8),
    /// The data is to be a certificate, and is none.
    #[error("its data is no certificate")]
    NoCertificate,
    /// The data is to be a public key, and is none that can be read.
    #[error("its data is no public key")]
    NoKey,
    /// The selector is none of RFC 6698 section 2.1.2.
    #[error("selector {0} does not exist")]
    Selector(u8),
    /// The certificate usage is none of RFC 6698 section 2.1.1.
    #[error("usage {0} does not exist")]
    Usage(u8),
    /// PKIX-TA(0) or PKIX-EE(1), which say nothing to mail servers (RFC 7672 section 3.1.3).
    #[error("usage {0} is not for mail servers, which take 2 and 3")]
    WebUsage(u8),
}

/// What of a chain a record matches.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// DANE-TA(2): an authority. The server is who it should be only where nothing is wrong on the
    /// way to it.
    Anchor {
        /// Its place in the chain, from 1 behind the server's own certificate; `None` where it was
        /// not sent, and the record holds all of it.
        at: Option<usize>,
        /// What is wrong on the way.
        fault: Option<PathFault>,
    },
    /// DANE-EE(3): the server's own certificate or key. Nothing else counts, neither its names nor its
    /// dates (RFC 7671 section 5.1).
    Leaf,
    /// DANE-TA(2) with the server's own certificate or key, which authorities alone can be: usage 3 is
    /// meant.
    LeafAsAnchor,
    /// Nothing.
    Nothing,
    /// Nothing, because senders make no use of the record.
    Unusable(Unusable),
}

/// Why a server's certificate is not vouched for by an authority that a record names (RFC 7672 section
/// 3.1.2).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PathFault {
    /// A certificate on the way has expired or is not valid yet, in OpenSSL's words.
    #[error("{0}")]
    Outdated(String),
    /// The signatures do not lead to it, in OpenSSL's words.
    #[error("{0}")]
    Untrusted(String),
    /// The certificate is for none of the names.
    #[error("the certificate is for another name")]
    WrongName,
}

/// What came of holding a chain against one record.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Held {
    /// What the record matches.
    pub found: Match,
    /// Whether senders pass it over all the same, because a record of the same usage and selector has
    /// a stronger digest (RFC 7671 section 9): with one SHA-512 that is out of date, SHA-256 that is
    /// right does not help.
    pub outranked: bool,
}

impl Match {
    /// Whether the server is who the record says, so far as it counts.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Leaf | Self::Anchor { fault: None, .. })
    }
}

impl Held {
    /// Whether the record lets senders deliver: one of them is enough.
    pub fn is_good(&self) -> bool {
        self.found.is_good() && !self.outranked
    }
}

/// Why senders make no use of a record, if so.
pub fn unusable(record: &Tlsa) -> Option<Unusable> {
    match record.usage {
        PKIX_TA | PKIX_EE => return Some(Unusable::WebUsage(record.usage)),
        DANE_TA | DANE_EE => {}
        other => return Some(Unusable::Usage(other)),
    }
    if record.selector > KEY {
        return Some(Unusable::Selector(record.selector));
    }
    let found = record.data.len();
    let digest =
        |expected| (found != expected).then_some(Unusable::DigestLength { expected, found });
    match (record.matching, record.selector) {
        (FULL, CERTIFICATE) => {
            read_certificate(&record.data).is_none().then_some(Unusable::NoCertificate)
        }
        (FULL, _) => {
            let key =
                is_one_element(&record.data) && PKey::public_key_from_der(&record.data).is_ok();
            (!key).then_some(Unusable::NoKey)
        }
        (SHA256, _) => digest(32),
        (SHA512, _) => digest(64),
        (other, _) => Some(Unusable::Matching(other)),
    }
}

/// The certificates that a server sent, its own first, and the names that it may have.
pub struct ServedChain<'a> {
    certificates: Vec<X509>,
    /// Each of them in DER, as it was sent.
    der: Vec<&'a [u8]>,
    names: &'a [String],
}

impl<'a> ServedChain<'a> {
    /// Takes the certificates in DER, and the names of which one has to be the server's where an
    /// authority vouches for it: that of its MX record, and the mail domain's (RFC 7672 section 3.2.2).
    /// Without any, names are not looked at.
    ///
    /// # Errors
    /// OpenSSL's, where one of them is no certificate.
    pub fn new(
        chain: impl Iterator<Item = &'a [u8]>,
        names: &'a [String],
    ) -> Result<Self, ErrorStack> {
        let der: Vec<&[u8]> = chain.collect();
        let certificates: Result<_, _> = der.iter().map(|der| X509::from_der(der)).collect();
        Ok(Self { certificates: certificates?, der, names })
    }

    /// What comes of each record of a name, in their order, at the present time.
    pub fn hold_against(&self, records: &[Tlsa]) -> Vec<Held> {
        let outranks = |one: &Tlsa, other: &Tlsa| {
            (one.usage, one.selector) == (other.usage, other.selector)
                && (one.matching, other.matching) == (SHA512, SHA256)
                && unusable(one).is_none()
        };
        let held = |record| Held {
            found: self.found(record),
            outranked: records.iter().any(|other| outranks(other, record)),
        };
        records.iter().map(held).collect()
    }

    fn found(&self, record: &Tlsa) -> Match {
        if let Some(why) = unusable(record) {
            return Match::Unusable(why);
        }
        let is_leaf = self.der.first().is_some_and(|leaf| is_named(record, leaf));
        if record.usage == DANE_EE {
            return if is_leaf { Match::Leaf } else { Match::Nothing };
        }
        let anchor = self.sent_anchor(record).or_else(|| self.unsent_anchor(record));
        anchor.unwrap_or(if is_leaf { Match::LeafAsAnchor } else { Match::Nothing })
    }

    /// The authority in the chain that a record names: of several with its key, one that the server's
    /// certificate leads to.
    fn sent_anchor(&self, record: &Tlsa) -> Option<Match> {
        let mut found: Option<Match> = None;
        let sent = self.certificates.iter().zip(&self.der).enumerate().skip(1);
        for (at, (certificate, _)) in sent.filter(|(_, (_, der))| is_named(record, der)) {
            let anchor = Match::Anchor { at: Some(at), fault: self.fault(certificate) };
            if anchor.is_good() {
                return Some(anchor);
            }
            found.get_or_insert(anchor);
        }
        found
    }

    /// An authority that was not sent, where the record holds its certificate or its key (RFC 7671
    /// section 5.2).
    fn unsent_anchor(&self, record: &Tlsa) -> Option<Match> {
        if record.matching != FULL {
            return None;
        }
        let anchor = if record.selector == CERTIFICATE {
            // The server's own is none, not even where it has signed itself.
            let is_leaf = self.der.first().is_some_and(|leaf| *leaf == record.data);
            read_certificate(&record.data).filter(|_| !is_leaf)
        } else {
            // A key alone vouches for what it has signed, be it the certificate that holds it.
            let key = PKey::public_key_from_der(&record.data).ok()?;
            let mut from_the_top = self.certificates.iter().rev();
            from_the_top.find(|it| it.verify(&key).unwrap_or(false)).cloned()
        }?;
        let fault = self.fault(&anchor);
        // An authority that the chain has nothing to do with is no match.
        let is_other = matches!(fault, Some(PathFault::Untrusted(_)));
        (!is_other).then_some(Match::Anchor { at: None, fault })
    }

    /// What is wrong on the way from the server's certificate to an authority.
    fn fault(&self, anchor: &X509) -> Option<PathFault> {
        let timeless = X509VerifyFlags::NO_CHECK_TIME;
        let way = |flags, name: Option<&str>| match self.verify(anchor, flags, name) {
            Ok(result) if result == X509VerifyResult::OK => None,
            Ok(result) => Some(result.error_string().to_owned()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(words) = way(timeless, None) {
            return Some(PathFault::Untrusted(words));
        }
        if let Some(words) = way(X509VerifyFlags::empty(), None) {
            return Some(PathFault::Outdated(words));
        }
        let mut names = self.names.iter();
        let is_named = names.len() == 0 || names.any(|name| way(timeless, Some(name)).is_none());
        (!is_named).then_some(PathFault::WrongName)
    }

    /// OpenSSL's verdict on the chain, with one authority that is trusted, be it a root or not.
    fn verify(
        &self,
        anchor: &X509,
        flags: X509VerifyFlags,
        name: Option<&str>,
    ) -> Result<X509VerifyResult, ErrorStack> {
        let Some((leaf, rest)) = self.certificates.split_first() else {
            return Ok(X509VerifyResult::APPLICATION_VERIFICATION);
        };
        let mut untrusted = Stack::new()?;
        for certificate in rest {
            untrusted.push(certificate.clone())?;
        }
        let mut parameters = X509VerifyParam::new()?;
        parameters.set_flags(X509VerifyFlags::PARTIAL_CHAIN | flags)?;
        parameters.set_purpose(X509PurposeId::SSL_SERVER)?;
        if let Some(name) = name {
            // The common name counts where there is no DNS name (RFC 7672 section 3.2.3).
            parameters.set_hostflags(X509CheckFlags::NO_PARTIAL_WILDCARDS);
            parameters.set_host(name)?;
        }
        let mut store = X509StoreBuilder::new()?;
        store.add_cert(anchor.clone())?;
        store.set_param(&parameters)?;
        X509StoreContext::new()?.init(&store.build(), leaf, &untrusted, |context| {
            context.verify_cert()?;
            Ok(context.error())
        })
    }
}

/// Whether a certificate in DER, or its key, is what a usable record holds (RFC 6698 section 2.1).
fn is_named(record: &Tlsa, certificate: &[u8]) -> bool {
    let part = if record.selector == CERTIFICATE {
        Some(certificate)
    } else {
        public_key_info(certificate)
    };
    part.is_some_and(|part| match record.matching {
        FULL => part == record.data,
        SHA256 => sha256(part)[..] == record.data,
        SHA512 => sha512(part)[..] == record.data,
        _ => false,
    })
}

fn read_certificate(der: &[u8]) -> Option<X509> {
    is_one_element(der).then(|| X509::from_der(der).ok()).flatten()
}

/// Whether nothing follows the first element; OpenSSL would not notice.
fn is_one_element(der: &[u8]) -> bool {
    der_element(der).is_some_and(|(_, _, rest)| rest.is_empty())
}

/// Certificate usages (RFC 6698 section 2.1.1, named by RFC 7218).
const PKIX_TA: u8 = 0;
const PKIX_EE: u8 = 1;
const DANE_TA: u8 = 2;
const DANE_EE: u8 = 3;
/// Selectors (section 2.1.2).
const CERTIFICATE: u8 = 0;
const KEY: u8 = 1;
/// Matching types (section 2.1.3).
const FULL: u8 = 0;
const SHA256: u8 = 1;
const SHA512: u8 = 2;

#[cfg(test)]
mod tests;
