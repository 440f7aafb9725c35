//! What an SMTP server is told to do: plain data whose default is a well-behaved server.

use crate::action::Action;
use crate::smtp::auth::Auth;
use crate::smtp::proxy::ProxyVersion;
use crate::smtp::tls::Tls;

/// The conduct of one SMTP or LMTP server.
///
/// The default greets as mail.example.org, knows the mailboxes of example.org, refuses to relay,
/// and offers neither TLS nor AUTH until it is given the means.
///
/// ```
/// use demo_host::{Action, smtp::Script};
///
/// let script = Script { size_limit: Some(10_240_000), ..Script::default() }
///     .answering("NOOP", Action::reply("421 4.3.2 Shutting down"));
/// assert_eq!(script.host, "mail.example.org");
/// ```
#[derive(Clone, Debug)]
pub struct Script {
    /// The name in the greeting and in the replies to HELO, EHLO and LHLO.
    pub host: String,
    /// What happens on connect; as usual that is `220 {host} ESMTP`.
    pub greeting: Action,
    /// Speaks LMTP (RFC 2033): LHLO, and neither HELO nor EHLO.
    pub lmtp: bool,
    /// Expects a PROXY header of this version before anything else, and closes without one.
    pub proxy: Option<ProxyVersion>,
    /// Certificate, key and settings for TLS; without them there is no TLS.
    pub tls: Option<Tls>,
    /// Begins with the TLS handshake, as port 465 does (RFC 8314 section 3.3).
    pub implicit_tls: bool,
    /// How STARTTLS (RFC 3207) is handled.
    pub starttls: StartTls,
    /// EHLO keywords besides SIZE, STARTTLS and AUTH, which follow from other fields.
    pub keywords: Vec<String>,
    /// The same once TLS is up, where they differ.
    pub keywords_under_tls: Option<Vec<String>>,
    /// Mechanisms and accounts for AUTH (RFC 4954).
    pub auth: Auth,
    /// Refuses MAIL, RCPT and AUTH before STARTTLS with 530 (RFC 3207 section 4).
    pub require_tls: bool,
    /// Refuses MAIL before AUTH with 530 (RFC 4954 section 6).
    pub require_auth: bool,
    /// The limit of SIZE (RFC 1870) in bytes: advertised, and enforced at MAIL with 552.
    pub size_limit: Option<u64>,
    /// Domains whose recipients are accepted.
    pub local_domains: Vec<String>,
    /// What recipients elsewhere get who did not authenticate; [`Action::AsUsual`] accepts them.
    pub relay: Action,
    /// What certain recipients get, the first match counting: a whole address, `@domain` or `*`.
    pub recipients: Vec<(String, Action)>,
    /// What certain commands get instead of everything else; see [`Script::answering`].
    pub overrides: Vec<Override>,
}

impl Script {
    /// A well-behaved server that can do STARTTLS.
    pub fn with_starttls(tls: Tls) -> Self {
        Self { tls: Some(tls), ..Self::default() }
    }

    /// A well-behaved server that begins with the TLS handshake.
    pub fn with_implicit_tls(tls: Tls) -> Self {
        Self { tls: Some(tls), implicit_tls: true, ..Self::default() }
    }

    /// A server that accepts every recipient from everybody.
    pub fn open_relay() -> Self {
        Self { relay: Action::AsUsual, ..Self::default() }
    }

    /// Answers the command `verb` with `action`, whatever its arguments and the time.
    #[must_use]
    pub fn answering(self, verb: &str, action: Action) -> Self {
        self.overriding(verb, None, action)
    }

    /// Answers the command `verb` with `action` while the connection is in clear.
    #[must_use]
    pub fn answering_in_clear(self, verb: &str, action: Action) -> Self {
        self.overriding(verb, Some(false), action)
    }

    /// Answers the command `verb` with `action` once TLS is up.
    #[must_use]
    pub fn answering_under_tls(self, verb: &str, action: Action) -> Self {
        self.overriding(verb, Some(true), action)
    }

    /// What is to be done about `verb` instead of the usual, if anything.
    pub(super) fn override_for(&self, verb: &str, tls: bool) -> Option<&Action> {
        let mut overrides = self.overrides.iter();
        let found = overrides.find(|entry| {
            entry.verb.eq_ignore_ascii_case(verb) && entry.tls.is_none_or(|wanted| wanted == tls)
        });
        found.map(|entry| &entry.action)
    }

    fn overriding(mut self, verb: &str, tls: Option<bool>, action: Action) -> Self {
        self.overrides.push(Override { verb: verb.into(), tls, action });
        self
    }
}

impl Default for Script {
    fn default() -> Self {
        Self {
            host: "mail.example.org".into(),
            greeting: Action::AsUsual,
            lmtp: false,
            proxy: None,
            tls: None,
            implicit_tls: false,
            starttls: StartTls::Offered,
            keywords: ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES"].map(String::from).into(),
            keywords_under_tls: None,
            auth: Auth::default(),
            require_tls: false,
            require_auth: false,
            size_limit: None,
            local_domains: vec!["example.org".into(), "mail.example.org".into()],
            relay: Action::reply("454 4.7.1 Relay access denied"),
            recipients: Vec::new(),
            overrides: Vec::new(),
        }
    }
}

/// One exception from the usual conduct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The command, in any case.
    pub verb: String,
    /// Only under TLS, only in clear, or (None) always.
    pub tls: Option<bool>,
    /// What is done; [`Action::AsUsual`] goes on with the usual answer.
    pub action: Action,
}

/// How a server handles STARTTLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StartTls {
    /// Neither offered nor known.
    NotOffered,
    /// Offered where the script has the means for TLS, and done.
    #[default]
    Offered,
    /// The same with the keyword in lower case, as RFC 5321 section 2.4 permits.
    OfferedLowerCase,
    /// Offered, and then refused with this reply, such as `454 4.7.0 TLS not available`.
    Refused(String),
    /// Offered; these bytes follow the 220 in the same write, in clear, as if injected on the way.
    InjectAfter220(Vec<u8>),
    /// Offered and answered with 220; then this is done in place of the handshake.
    Then(Action),
}
