//! What was seen, as plain data.

use mailhost_core::dns::{Failure, Tlsa};
use mailhost_core::mail::field_list::LookAlike;
use mailhost_core::mail::mta_sts::{Policy, PolicyFault, Record};
use mailhost_core::mail::{Alias, MxAnswer};
use mailhost_core::net::{ConnectFault, ResolveFault};
use mailhost_core::smtp::{Extensions, Fault, Mechanism, Reply};
use mailhost_core::tls::dane::Held;
use mailhost_core::tls::{Certificate, KeyKind, TlsFacts, TlsFault, TlsVersion};
use serde::Serialize;

use crate::history::Past;

/// A reply, or why there was none.
pub(crate) type Answer = Result<Reply, Fault>;

/// Everything seen in one run. All times are in seconds.
#[derive(Debug, Serialize)]
pub struct Facts {
    /// When it was seen, in seconds since 1970.
    pub(crate) now: i64,
    /// The addresses of the target, or why there are none; absent for a Unix socket.
    pub(crate) addresses: Option<Result<Vec<String>, ResolveFault>>,
    /// The time that resolving the name took.
    pub(crate) dns: Option<f64>,
    /// What was found at each address that was tried.
    pub(crate) doors: Vec<Door>,
    /// What was found of a whole domain, where that was asked for.
    pub(crate) domain: Option<MailDomain>,
    /// Why the resolver knows nothing, where it was asked and does not.
    pub(crate) resolver: Option<Failure>,
    /// The TLSA records of one host, where they were asked for.
    pub(crate) dane: Option<Dane>,
    /// Every question to the DNS with its answer, where -vvv shows them.
    #[serde(skip)]
    pub(crate) questions: Vec<String>,
    /// The time of the whole run.
    pub(crate) time: f64,
}

/// A mail domain.
#[derive(Debug, Serialize)]
pub(crate) struct MailDomain {
    /// What the DNS says of its mail exchangers.
    pub(crate) mx: MxAnswer,
    /// Whether a null MX is among them (RFC 7505), or is all there is.
    pub(crate) has_null: bool,
    /// The mail exchangers in the order of their preference.
    pub(crate) hosts: Vec<Host>,
    /// Its MTA-STS, where that was asked for.
    pub(crate) mta_sts: Option<MtaSts>,
    /// The record that says where reports on TLS go, where that was asked for.
    pub(crate) tls_rpt: Option<Published>,
}

/// The texts at a name where a record of the domain is looked for.
#[derive(Debug, Serialize)]
pub(crate) struct Published {
    /// The name: `_mta-sts.example.org`.
    pub(crate) at: String,
    /// What it is an alias of.
    pub(crate) alias: Alias,
    /// Why the texts are not known.
    pub(crate) failure: Option<Failure>,
    /// Those that begin as the record does.
    pub(crate) records: Vec<String>,
    /// Those that only look like it.
    pub(crate) look_alikes: Vec<LookAlike>,
    /// Those that have nothing to do with it.
    pub(crate) others: Vec<String>,
    /// Whether such a record is at the domain itself, where nobody looks for it.
    pub(crate) misplaced: bool,
}

/// What a domain says of TLS to its mail exchangers.
#[derive(Debug, Serialize)]
pub(crate) struct MtaSts {
    pub(crate) record: Published,
    /// The web server's answer, or why there is none; absent where no record asks for it.
    pub(crate) policy: Option<Result<WebAnswer, FetchFault>>,
    /// What earlier runs saw.
    pub(crate) history: Option<History>,
}

impl MtaSts {
    /// The id of the record, where there is one that senders can use.
    pub(crate) fn id(&self) -> Option<String> {
        let [text] = &self.record.records[..] else {
            return None;
        };
        Record::parse(text).ok().map(|record| record.id)
    }

    /// The policy that senders have to keep to, where they get one.
    pub(crate) fn in_force(&self) -> Option<&Policy> {
        self.id()?;
        self.policy.as_ref()?.as_ref().ok()?.policy.as_ref()?.as_ref().ok()
    }
}

/// What the web server answers.
#[derive(Debug, Serialize)]
pub(crate) struct WebAnswer {
    /// Until when its certificate is valid, in seconds since 1970.
    pub(crate) valid_until: i64,
    /// The HTTP status.
    pub(crate) status: u16,
    /// Where it sends others to.
    pub(crate) location: Option<String>,
    pub(crate) content_type: Option<String>,
    /// The policy, or what is wrong with it; only where the status is 200.
    pub(crate) policy: Option<Result<Policy, Vec<PolicyFault>>>,
}

/// Why there is no answer.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FetchFault {
    /// What is wrong with its certificate.
    #[error("the web server's certificate {0}")]
    Certificate(String),
    #[error("the web server {0}")]
    Connection(ConnectFault),
    /// The connection ended before the answer did.
    #[error("the web server broke the connection: {0}")]
    Broken(String),
    #[error("the web server's address is not known: {0}")]
    Dns(Failure),
    #[error("the web server's answer is no HTTP: {0}")]
    Http(String),
    #[error("{0}")]
    Local(String),
    #[error("{0} has no address")]
    NoAddress(String),
    #[error("the web server speaks no TLS newer than {0}")]
    OldTls(TlsVersion),
    #[error("the web server did not answer in time")]
    TimedOut,
    #[error("the web server {0}")]
    Tls(TlsFault),
}

/// What is known of earlier runs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum History {
    Known(Past),
    /// Nothing, and why.
    Unusable(String),
}

/// A mail exchanger.
#[derive(Debug, Serialize)]
pub(crate) struct Host {
    pub(crate) name: String,
    /// A lower one is tried first.
    pub(crate) preference: u16,
    /// Whether its addresses were looked for: not of the last ones of very many hosts.
    pub(crate) looked_at: bool,
    /// Addresses that it has besides, when they are very many.
    pub(crate) more_addresses: usize,
    /// Whether it has addresses, be it of a family that is not wanted.
    pub(crate) other_family: bool,
    /// Why addresses of it are not known.
    pub(crate) failure: Option<Failure>,
    /// Its TLSA records, where they were asked for.
    pub(crate) dane: Option<Dane>,
    /// What was found at each of its addresses.
    pub(crate) doors: Vec<Door>,
}

/// What the DNS says of a host's certificates (TLSA).
#[derive(Debug, Serialize)]
pub(crate) struct Dane {
    /// Where the records are looked for: `_25._tcp.mail.example.org`.
    pub(crate) at: String,
    /// What the host is an alias of, where the records are there.
    pub(crate) target: Option<String>,
    /// The records, in their order; none where there are none.
    pub(crate) records: Result<Vec<Tlsa>, Failure>,
    /// What on the way to them no DNSSEC vouches for, so that senders make no use of them (RFC 7672
    /// section 2.2): "MX", "address", "TLSA".
    pub(crate) insecure: Vec<&'static str>,
    /// Names of which one has to be in a certificate that an authority vouches for.
    pub(crate) names: Vec<String>,
}

/// A certificate that a server shows, held against the TLSA records of its name.
#[derive(Debug, Serialize)]
pub(crate) struct Vouching {
    /// The kind of its key, where the server may have another one with another kind.
    pub(crate) key: Option<KeyKind>,
    /// What came of each record, in their order.
    pub(crate) held: Vec<Held>,
}

/// What was found at one address. A stage that was not reached is absent.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Door {
    /// The address and port, or the path of the socket.
    pub(crate) address: String,
    /// Each attempt to connect: the time it took, or why it failed.
    pub(crate) attempts: Vec<Result<f64, ConnectFault>>,
    /// The address's name by its PTR record, where it was asked for.
    pub(crate) ptr: Option<Result<String, ResolveFault>>,
    /// The greeting.
    pub(crate) greeting: Option<Answer>,
    /// The reply to the first EHLO, LHLO or, where EHLO was refused, HELO.
    pub(crate) hello: Option<Answer>,
    /// What EHLO was answered, where HELO had to be said instead.
    pub(crate) ehlo_refused: Option<Reply>,
    /// What is offered before TLS.
    pub(crate) offered_in_clear: Option<Extensions>,
    /// What became of MAIL and AUTH before TLS, where they were tried.
    pub(crate) in_clear: Option<InClear>,
    /// The replies to RSET.
    pub(crate) resets: Vec<Answer>,
    /// The reply to STARTTLS.
    pub(crate) starttls: Option<Answer>,
    /// What came behind that reply in clear.
    pub(crate) injected: Option<String>,
    /// What the handshake showed.
    pub(crate) tls: Option<Result<TlsFacts, TlsFault>>,
    /// Why it is not known whether the server has a certificate with the other kind of key, where that was
    /// asked for.
    pub(crate) other_unseen: Option<String>,
    /// The chain with the other kind of key, where one was asked for and the server has it.
    pub(crate) other_chain: Vec<Certificate>,
    /// The certificates that were shown, held against TLSA records where there are some.
    pub(crate) vouching: Vec<Vouching>,
    /// The reply to EHLO under TLS, after STARTTLS.
    pub(crate) hello_again: Option<Answer>,
    /// What is offered where the dialogue went on: under TLS if it was asked for.
    pub(crate) offered: Option<Extensions>,
    /// The login.
    pub(crate) login: Option<Login>,
    /// The reply to MAIL FROM.
    pub(crate) mail: Option<Answer>,
    /// Each recipient with the reply to its RCPT TO.
    pub(crate) recipients: Vec<(String, Answer)>,
    /// Each command of -C with its reply.
    pub(crate) commands: Vec<(String, Answer)>,
    /// The attempt to relay.
    pub(crate) relay: Option<Relay>,
    /// The reply to QUIT.
    pub(crate) quit: Option<Answer>,
    /// The time each stage took.
    pub(crate) times: Times,
    /// Both sides' lines, without secrets, where -vv shows them. The replies above say the same.
    #[serde(skip)]
    pub(crate) dialogue: Vec<String>,
}

/// What became of the commands that want TLS.
#[derive(Debug, Serialize)]
pub(crate) struct InClear {
    /// The reply to MAIL FROM.
    pub(crate) mail: Answer,
    /// The reply to AUTH, where the dialogue went on.
    pub(crate) auth: Option<Answer>,
}

/// A login.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Login {
    /// The server offers no mechanism that will do.
    NotOffered,
    /// The server's last word.
    Tried {
        mechanism: Mechanism,
        /// Whether it went through TLS.
        encrypted: bool,
        answer: Answer,
    },
    /// The password was not given to a server whose certificate will not do.
    Withheld,
}

/// An attempt to relay.
#[derive(Debug, Serialize)]
pub(crate) struct Relay {
    /// The sender and the recipient, both strangers.
    pub(crate) envelope: [String; 2],
    /// The reply to MAIL FROM.
    pub(crate) mail: Answer,
    /// The reply to RCPT TO, where MAIL was taken.
    pub(crate) rcpt: Option<Answer>,
}

impl Relay {
    /// The refusal of the recipient, where it is a word on relaying: an error of syntax or sequence
    /// (RFC 5321 section 4.2.3) is none, nor is a goodbye.
    pub(crate) fn refusal(&self) -> Option<&Reply> {
        let reply = self.rcpt.as_ref()?.as_ref().ok()?;
        let says_nothing = matches!(reply.code, 421 | 500..=504);
        (reply.code >= 400 && !says_nothing).then_some(reply)
    }
}

/// Seconds that the stages took, whatever came of them.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Times {
    pub(crate) greeting: Option<f64>,
    pub(crate) ehlo: Option<f64>,
    pub(crate) tls: Option<f64>,
    pub(crate) auth: Option<f64>,
    pub(crate) mail: Option<f64>,
    pub(crate) rcpt: Option<f64>,
    /// From the first attempt to connect to the end.
    pub(crate) total: f64,
}

/// The reply when it is 250, the one success of EHLO, HELO, LHLO, MAIL and RSET (RFC 5321 section
/// 4.3.2).
pub(crate) fn taken(answer: &Answer) -> Option<&Reply> {
    answer.as_ref().ok().filter(|reply| reply.code == 250)
}

impl Door {
    /// Whether any attempt to connect succeeded.
    pub(crate) fn is_connected(&self) -> bool {
        self.attempts.iter().any(Result::is_ok)
    }

    /// Why there is no connection; `None` when there is one.
    pub(crate) fn fault(&self) -> Option<&ConnectFault> {
        let fault = self.attempts.iter().rev().find_map(|attempt| attempt.as_ref().err());
        fault.filter(|_| !self.is_connected())
    }

    /// Whether the server greets and answers EHLO as one that takes mail, by whatever name of an error that may
    /// go otherwise.
    pub(crate) fn takes_mail(&self) -> bool {
        let greets = matches!(&self.greeting, Some(Ok(reply)) if reply.code == 220);
        greets && self.hello.as_ref().is_some_and(|hello| taken(hello).is_some())
    }

    /// The time of the connection that was used, the last that succeeded.
    pub(crate) fn connect_time(&self) -> Option<f64> {
        self.attempts.iter().rev().find_map(|attempt| attempt.as_ref().ok().copied())
    }
}
