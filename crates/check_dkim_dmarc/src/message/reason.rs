//! What becomes of a signature, and why, in words.

use std::fmt;

use mailhost_core::contract::day;
use mailhost_core::dns::Failure;
use mailhost_core::mail::SyntaxError;
use serde::Serialize;

/// What becomes of a signature (RFC 8601 section 2.7.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// It is not that of this message, or no longer.
    Fail,
    /// It cannot be read or is of an unknown kind, and is passed over.
    Neutral,
    Pass,
    /// It cannot be verified, and never will be.
    PermError,
    /// It cannot be verified now.
    TempError,
}

impl Outcome {
    /// As it stands in Authentication-Results.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Neutral => "neutral",
            Self::Pass => "pass",
            Self::PermError => "permerror",
            Self::TempError => "temperror",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a signature does not pass.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// It is made in a way that must not be accepted.
    AlgorithmRefused(String),
    /// It is made in a way that nobody knows.
    AlgorithmUnknown(String),
    /// The body is not the one that was signed.
    BodyHash,
    /// The body has fewer bytes than `l=` says were signed.
    BodyShort { signed: u64, there: u64 },
    /// Its time is over.
    Expired { at: i64 },
    /// It would be right if these fields were there only once, the lowest of each.
    FieldsAdded(Vec<&'static str>),
    /// The key fits and the header is not the one that was signed. Of the fields that it covers these
    /// are not there, and perhaps never were.
    HeaderChanged { absent: Vec<String> },
    /// The DNS did not say whether there is a key.
    KeyFailed(Failure),
    /// There is no key.
    KeyMissing,
    /// The domain has taken the key back.
    KeyRevoked,
    /// There is something, and it is no key for this signature.
    KeyUnusable(String),
    /// It was made with another key, or is damaged.
    OtherKey,
    /// Either of the last two; ed25519 does not show which.
    Signature { absent: Vec<String> },
    /// The field breaks the grammar.
    Syntax { text: String, errors: Vec<SyntaxError> },
    /// The header has more fields than are looked at.
    TooManyFields,
}

impl Reason {
    /// What it makes of a signature.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::AlgorithmRefused(_)
            | Self::KeyMissing
            | Self::KeyRevoked
            | Self::KeyUnusable(_) => Outcome::PermError,
            Self::AlgorithmUnknown(_) | Self::Syntax { .. } | Self::TooManyFields => {
                Outcome::Neutral
            }
            Self::BodyHash
            | Self::BodyShort { .. }
            | Self::Expired { .. }
            | Self::FieldsAdded(_)
            | Self::HeaderChanged { .. }
            | Self::OtherKey
            | Self::Signature { .. } => Outcome::Fail,
            Self::KeyFailed(_) => Outcome::TempError,
        }
    }
}

/// As a sentence without an end.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlgorithmRefused(name) => {
                write!(f, "it is made with {name}, which verifiers must not accept (RFC 8301)")
            }
            Self::AlgorithmUnknown(name) => {
                write!(f, "nobody verifies signatures made with {name}")
            }
            Self::BodyHash => f.write_str("the body was changed after it was signed"),
            Self::BodyShort { signed, there } => write!(
                f,
                "the body was cut after it was signed: {signed} bytes of it were, and {there} are there"
            ),
            Self::Expired { at } => write!(f, "it expired on {}", day(*at)),
            Self::FieldsAdded(names) => write!(
                f,
                "another {} was added above the signed one: without it the signature is right",
                names.join(" and another ")
            ),
            Self::HeaderChanged { absent } => {
                write!(f, "a signed header field was changed after it was signed{}", Absent(absent))
            }
            Self::KeyFailed(failure) => write!(f, "the key could not be looked up: {failure}"),
            Self::KeyMissing => f.write_str("its key is not published"),
            Self::KeyRevoked => f.write_str("its key is revoked"),
            Self::KeyUnusable(text) => f.write_str(text),
            Self::OtherKey => {
                f.write_str("it was made with another key than the published one, or b= is damaged")
            }
            Self::Signature { absent } => write!(
                f,
                "a signed header field was changed after it was signed, or it was made with another \
                 key than the published one{}",
                Absent(absent)
            ),
            Self::Syntax { errors, .. } => write!(f, "it cannot be read: {}", First(errors)),
            Self::TooManyFields => f.write_str("the header has too many fields to verify it"),
        }
    }
}

/// The first of several errors.
struct First<'a>(&'a [SyntaxError]);

impl fmt::Display for First<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, more)) = self.0.split_first() else { return Ok(()) };
        f.write_str(&first.text)?;
        match more.len() {
            0 => Ok(()),
            1 => f.write_str(", and one more error"),
            count => write!(f, ", and {count} more errors"),
        }
    }
}

/// The end of a sentence about a header that was changed.
struct Absent<'a>(&'a [String]);

impl fmt::Display for Absent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, "; of the fields in h= these are not there: {}", self.0.join(", "))
    }
}

/// Something about a signature that a person should know, whatever becomes of it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Note {
    /// `l=`: that many bytes at the end of the body are not signed, and more can be added.
    BodyOpen { unsigned: u64 },
    /// A field is there more often than it is signed: those above were added, or left unsigned.
    FieldExtra { name: &'static str, there: usize, signed: usize },
    /// These fields can be added once more without breaking the signature.
    FieldsAddable(Vec<&'static str>),
    /// These fields are there and not signed at all.
    FieldsUnsigned(Vec<&'static str>),
    /// It was made later than now.
    Future { seconds: i64 },
    /// An RSA key in the form that RFC 6376 has, and not all verifiers read.
    KeyBare,
    /// A value of the key record is in capitals, which not all verifiers read.
    KeyCapitals(String),
    /// The domain says that it tests DKIM (`t=y`).
    KeyTesting,
    /// An RSA key that is accepted, and should be longer (RFC 8301 section 3.2).
    KeyWeak { bits: u32 },
}

/// As a sentence without an end.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BodyOpen { unsigned: 0 } => {
                f.write_str("l= lets anybody add to the body without breaking the signature")
            }
            Self::BodyOpen { unsigned } => {
                write!(f, "l= leaves the last {unsigned} bytes of the body unsigned")
            }
            Self::FieldExtra { name, there, signed } => {
                let all = if *signed == 1 { "only the lowest is" } else { "not all are" };
                write!(f, "{name} is there {there} times and {all} signed: one may have been added")
            }
            Self::FieldsAddable(names) => {
                write!(f, "h= does not keep others from adding a second {}", names.join(" or "))
            }
            Self::FieldsUnsigned(names) => write!(f, "not signed: {}", names.join(", ")),
            Self::Future { seconds } => {
                write!(f, "t= is {seconds} seconds from now: a clock is wrong")
            }
            Self::KeyBare => {
                f.write_str("the key is a bare RSAPublicKey (PKCS#1): not all read it")
            }
            Self::KeyCapitals(value) => {
                write!(
                    f,
                    "the key record has {value} in capitals, which some verifiers do not know"
                )
            }
            Self::KeyTesting => f.write_str("the key is marked as a test (t=y)"),
            Self::KeyWeak { bits } => {
                write!(
                    f,
                    "the RSA key has {bits} bits, and should have 2048 (RFC 8301 section 3.2)"
                )
            }
        }
    }
}
