//! Verifying the signatures of a message (RFC 6376 section 6.1), in two steps: what the message alone
//! decides comes first and once, and what needs the key comes when the DNS has answered.

use mailhost_core::dns::Name;
use openssl::sha::Sha256;
use serde::Serialize;

use super::header::{Covered, Header};
use super::key_use::{self, Verdict};
use super::{Algorithm, Canonical, Message, Note, Outcome, Outline, Reason, Signature};
use crate::dkim::KeyState;

/// The signatures of a message.
#[derive(Clone, Debug)]
pub(crate) struct Signatures {
    /// The first ones from the top, at most [`MOST_SIGNATURES`].
    pub(crate) prepared: Vec<Prepared>,
    /// How many more there are.
    pub(crate) left_out: usize,
}

/// A signature that only waits for its key.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    outline: Outline,
    /// What waits, or why no key would help.
    waiting: Result<Waiting, Reason>,
}

#[derive(Clone, Debug)]
struct Waiting {
    signature: Signature,
    /// What is wrong with the body.
    body: Option<Reason>,
    /// The hash that is signed.
    digest: [u8; 32],
    /// Fields that are there twice, and the hash as if they were not.
    doubled: Option<(Vec<&'static str>, [u8; 32])>,
    absent: Vec<String>,
    notes: Vec<Note>,
}

/// A signature, verified.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Verified {
    /// What of it could be told; all of it where it could be read.
    #[serde(flatten)]
    pub(crate) outline: Outline,
    pub(crate) result: Outcome,
    /// Why it is not a pass, what decides first; none where it is.
    pub(crate) reasons: Vec<Reason>,
    pub(crate) notes: Vec<Note>,
}

/// Reads the signatures of a message and computes all their hashes.
pub(crate) fn prepare(message: &Message<'_>) -> Signatures {
    let header = Header::new(message);
    let mut bodies = Bodies { body: message.body, known: Vec::new() };
    let all = message.fields.iter().enumerate();
    let mut all = all.filter(|(_, field)| field.name().eq_ignore_ascii_case("DKIM-Signature"));
    let first = all.by_ref().take(MOST_SIGNATURES);
    let prepared = first.map(|(at, field)| {
        let text = field.text();
        let (outline, signature) = Signature::read(&text);
        let waiting = match signature {
            Err(errors) => Err(Reason::Syntax { text, errors }),
            Ok(_) if message.left_out > 0 => Err(Reason::TooManyFields),
            Ok(signature) => Waiting::new(signature, at, &header, &mut bodies),
        };
        Prepared { outline, waiting }
    });
    Signatures { prepared: prepared.collect(), left_out: all.count() }
}

impl Prepared {
    /// The domain that signs, if it can be told.
    pub(crate) fn domain(&self) -> Option<&Name> {
        self.outline.domain.as_ref()
    }

    /// The name of its key; none where no key would help.
    pub(crate) fn key_name(&self) -> Option<&Name> {
        self.waiting.as_ref().ok().map(|waiting| &waiting.signature.key_name)
    }

    /// Verifies it with what is at the name of its key. `now` is in seconds since 1970. Where a key is
    /// needed and there is none here, it was not looked up.
    pub(crate) fn conclude(&self, key: Option<&KeyState>, now: i64) -> Verified {
        let (reasons, notes) = match &self.waiting {
            Err(reason) => (vec![reason.clone()], Vec::new()),
            Ok(waiting) => (waiting.reasons(key, now), waiting.all_notes(key, now)),
        };
        Verified {
            outline: self.outline.clone(),
            result: reasons.first().map_or(Outcome::Pass, Reason::outcome),
            reasons,
            notes,
        }
    }
}

impl Waiting {
    fn new(
        signature: Signature,
        at: usize,
        header: &Header<'_, '_>,
        bodies: &mut Bodies<'_>,
    ) -> Result<Self, Reason> {
        match &signature.algorithm {
            Algorithm::Ed25519Sha256 | Algorithm::RsaSha256 => {}
            Algorithm::Other(name) => return Err(Reason::AlgorithmUnknown(name.clone())),
            Algorithm::RsaSha1 => {
                return Err(Reason::AlgorithmRefused(signature.algorithm.to_string()));
            }
        }
        let body = bodies.hash(signature.body, signature.length);
        let problem = match signature.length {
            Some(signed) if signed > body.length => {
                Some(Reason::BodyShort { signed, there: body.length })
            }
            _ => (body.hash[..] != signature.body_hash[..]).then_some(Reason::BodyHash),
        };
        let covered = Covered::new(at, &signature.fields);
        let mut notes = header.notes(&covered);
        if let Some(signed) = signature.length
            && let Some(unsigned) = body.length.checked_sub(signed)
        {
            notes.insert(0, Note::BodyOpen { unsigned });
        }
        let digest = |once: &[&str]| header.digest(signature.header, &covered, once);
        let doubled = Some(header.doubled(&covered)).filter(|names| !names.is_empty());
        Ok(Self {
            body: problem,
            digest: digest(&[]),
            doubled: doubled.map(|names| (names.clone(), digest(&names))),
            absent: header.absent(&covered),
            notes,
            signature,
        })
    }

    /// A key that is of no use comes first, since nothing is known without one; that the body is another
    /// is told all the same.
    fn reasons(&self, key: Option<&KeyState>, now: i64) -> Vec<Reason> {
        let (key, mut reasons) = match key_use::usable(&self.signature, key) {
            Ok(key) => (Some(key), Vec::new()),
            Err(reasons) => (None, reasons),
        };
        let expired = self.signature.expires.filter(|at| *at < now);
        let mut expired = expired.map(|at| Reason::Expired { at });
        // What is wrong with the body is final, and so is the time; a DNS that fails is not.
        let first = matches!(reasons.first(), Some(Reason::KeyFailed(_)));
        let at = if first { 0 } else { reasons.len() };
        let body = self.body.clone().into_iter();
        reasons.splice(at..at, body.chain(expired.take_if(|_| first)));
        if let Some(key) = key {
            let verdict = key_use::verify(&self.signature, key, &self.digest);
            let absent = || self.absent.clone();
            let wrong = match verdict {
                Verdict::OtherData => Some(Reason::HeaderChanged { absent: absent() }),
                Verdict::OtherKey => Some(Reason::OtherKey),
                Verdict::Right => None,
                Verdict::Wrong => Some(Reason::Signature { absent: absent() }),
            };
            let added = || {
                let (names, digest) = self.doubled.as_ref()?;
                let is_right = key_use::verify(&self.signature, key, digest) == Verdict::Right;
                is_right.then(|| Reason::FieldsAdded(names.clone()))
            };
            reasons.extend(wrong.map(|wrong| added().unwrap_or(wrong)));
        }
        reasons.extend(expired);
        reasons
    }

    fn all_notes(&self, key: Option<&KeyState>, now: i64) -> Vec<Note> {
        let mut notes = key_use::notes(key);
        notes.extend(self.notes.iter().cloned());
        let ahead = self.signature.time.map(|time| time.saturating_sub(now));
        let future = ahead.filter(|seconds| *seconds > CLOCK_SLACK);
        notes.extend(future.map(|seconds| Note::Future { seconds }));
        notes
    }
}

/// The hashes of one body, each computed once.
struct Bodies<'a> {
    body: &'a [u8],
    known: Vec<(Canonical, Option<u64>, BodyHash)>,
}

#[derive(Clone, Copy)]
struct BodyHash {
    hash: [u8; 32],
    /// How long the whole canonical body is.
    length: u64,
}

impl Bodies<'_> {
    /// The hash of the first `limit` bytes of the canonical body.
    fn hash(&mut self, canonical: Canonical, limit: Option<u64>) -> BodyHash {
        let known = self.known.iter().find(|known| (known.0, known.1) == (canonical, limit));
        if let Some((.., hash)) = known {
            return *hash;
        }
        let mut hash = Sha256::new();
        let mut length = 0_u64;
        canonical.body(self.body, |part| {
            let left = limit.map(|limit| limit.saturating_sub(length));
            let left = left.and_then(|left| usize::try_from(left).ok()).unwrap_or(usize::MAX);
            hash.update(part.get(..left).unwrap_or(part));
            length += part.len() as u64;
        });
        let hash = BodyHash { hash: hash.finish(), length };
        self.known.push((canonical, limit, hash));
        hash
    }
}

/// More than any message needs, and few enough that nobody can make this long (RFC 6376 section 8.4
/// warns of it).
const MOST_SIGNATURES: usize = 20;

/// How far the clocks of good hosts are apart, in seconds.
const CLOCK_SLACK: i64 = 300;

#[cfg(test)]
mod tests;
