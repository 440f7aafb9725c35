//! A certificate authority for one test and the server certificates it signs, good and bad.

use std::time::{SystemTime, UNIX_EPOCH};

use openssl::{
    asn1::Asn1Time,
    bn::{BigNum, MsbOption},
    ec::{EcGroup, EcKey},
    error::ErrorStack,
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    rsa::Rsa,
    x509::{
        X509, X509Builder, X509Name, X509NameRef,
        extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName},
    },
};

/// What a server certificate is like; all but the named fault is in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// Expired nine days ago.
    Expired,
    /// Expires in so many days, counted from the start of the server.
    ExpiresInDays(u16),
    /// Signed by its own key, so unknown to the authority.
    SelfSigned,
    /// For mail.example.org, signed by the authority, good for 90 days.
    #[default]
    Valid,
    /// For other.example.net.
    WrongName,
}

/// What kind of keys the authority and the server have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Keys {
    /// EC on the curve P-256.
    #[default]
    Ec,
    /// RSA of 2048 bits.
    Rsa,
}

/// The PEM texts a server and its clients need.
pub(crate) struct Issued {
    /// The authority's certificate, for clients.
    pub(crate) authority: Vec<u8>,
    /// The server's certificate.
    pub(crate) certificate: Vec<u8>,
    /// The server's key.
    pub(crate) key: Vec<u8>,
}

/// Makes a new authority and lets it sign a certificate of the wanted kind.
pub(crate) fn issue(kind: Certificate, keys: Keys) -> Result<Issued, ErrorStack> {
    let authority_key = new_key(keys)?;
    let authority_name = name("Example Mail CA")?;
    let mut authority = draft(&authority_name, &authority_key, -400, 400)?;
    authority.set_issuer_name(&authority_name)?;
    authority.append_extension(BasicConstraints::new().critical().ca().build()?)?;
    authority.append_extension(KeyUsage::new().critical().key_cert_sign().crl_sign().build()?)?;
    authority.sign(&authority_key, MessageDigest::sha256())?;

    let key = new_key(keys)?;
    let host = if kind == Certificate::WrongName { "other.example.net" } else { HOST };
    let (from, to) = match kind {
        Certificate::Expired => (-99, -9),
        Certificate::ExpiresInDays(days) => (-1, i64::from(days)),
        Certificate::SelfSigned | Certificate::Valid | Certificate::WrongName => (-1, 90),
    };
    let subject = name(host)?;
    let mut server = draft(&subject, &key, from, to)?;
    server.append_extension(BasicConstraints::new().critical().build()?)?;
    server.append_extension(ExtendedKeyUsage::new().server_auth().build()?)?;
    let names =
        SubjectAlternativeName::new().dns(host).build(&server.x509v3_context(None, None))?;
    server.append_extension(names)?;
    if kind == Certificate::SelfSigned {
        server.set_issuer_name(&subject)?;
        server.sign(&key, MessageDigest::sha256())?;
    } else {
        server.set_issuer_name(&authority_name)?;
        server.sign(&authority_key, MessageDigest::sha256())?;
    }
    Ok(Issued {
        authority: authority.build().to_pem()?,
        certificate: server.build().to_pem()?,
        key: key.private_key_to_pem_pkcs8()?,
    })
}

/// A certificate without issuer, extensions and signature, valid between two days from now.
fn draft(
    subject: &X509NameRef,
    key: &PKey<Private>,
    from: i64,
    to: i64,
) -> Result<X509Builder, ErrorStack> {
    let mut serial = BigNum::new()?;
    serial.rand(120, MsbOption::MAYBE_ZERO, false)?;
    let mut certificate = X509::builder()?;
    certificate.set_version(2)?;
    certificate.set_serial_number(&*serial.to_asn1_integer()?)?;
    certificate.set_subject_name(subject)?;
    certificate.set_pubkey(key)?;
    certificate.set_not_before(&*day(from)?)?;
    certificate.set_not_after(&*day(to)?)?;
    Ok(certificate)
}

fn new_key(keys: Keys) -> Result<PKey<Private>, ErrorStack> {
    if keys == Keys::Rsa {
        return PKey::from_rsa(Rsa::generate(2048)?);
    }
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    PKey::from_ec_key(EcKey::generate(&group)?)
}

fn name(common_name: &str) -> Result<X509Name, ErrorStack> {
    let mut name = X509Name::builder()?;
    name.append_entry_by_nid(Nid::COMMONNAME, common_name)?;
    Ok(name.build())
}

/// So many days from now, and an hour more: the number of whole days stays the same while a test runs.
fn day(from_now: i64) -> Result<Asn1Time, ErrorStack> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Asn1Time::from_unix(
        i64::try_from(now).unwrap_or_default() + from_now * 86_400 + from_now.signum() * 3600,
    )
}

/// The name the servers say they have.
pub(crate) const HOST: &str = "mail.example.org";

#[test]
fn a_certificate_expires_when_it_is_told_to() -> Result<(), ErrorStack> {
    let issued = issue(Certificate::ExpiresInDays(5), Keys::Ec)?;
    let certificate = X509::from_pem(&issued.certificate)?;
    let left = Asn1Time::days_from_now(0)?.diff(certificate.not_after())?;
    assert_eq!(left.days, 5, "{left:?}");
    let authority_key = X509::from_pem(&issued.authority)?.public_key()?;
    assert!(certificate.verify(&authority_key)?);
    Ok(())
}
