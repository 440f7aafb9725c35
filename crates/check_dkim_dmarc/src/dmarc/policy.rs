//! What a domain asks receivers to do with mail that fails (RFC 9989 section 4.7).

use std::fmt;

use serde::Serialize;

/// A domain owner assessment policy, the weakest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Policy {
    None,
    Quarantine,
    Reject,
}

/// What a record asks for, with all that stands for a missing or wrong tag filled in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Policies {
    /// Of the domain itself.
    pub(crate) domain: Policy,
    /// Of its subdomains that have no record of their own.
    pub(crate) subdomains: Policy,
    /// Of names below it that do not exist (RFC 8020).
    pub(crate) non_existent: Policy,
}

/// How alike the domains have to be (section 4.4).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// Of the same organizational domain.
    Relaxed,
    /// The same.
    Strict,
}

impl Policy {
    /// Reads a value, in any case.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let all = [Self::None, Self::Quarantine, Self::Reject];
        all.into_iter().find(|policy| policy.name().eq_ignore_ascii_case(text))
    }

    /// As it is written in a record.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }

    /// One level weaker, as a test of it is carried out (`t=y`).
    pub(crate) fn tested(self) -> Self {
        match self {
            Self::Reject => Self::Quarantine,
            Self::Quarantine | Self::None => Self::None,
        }
    }

    /// 0 to 2.
    pub(crate) fn strength(self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Quarantine => 1.0,
            Self::Reject => 2.0,
        }
    }

    /// What it means for mail that fails, as the end of a sentence.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::None => "delivered as if nothing were wrong",
            Self::Quarantine => "taken for suspicious, mostly put into the junk folder",
            Self::Reject => "refused",
        }
    }
}

impl Policies {
    /// The same for all.
    pub(crate) fn all(policy: Policy) -> Self {
        Self { domain: policy, subdomains: policy, non_existent: policy }
    }
}

impl Mode {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Relaxed => "relaxed",
            Self::Strict => "strict",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
