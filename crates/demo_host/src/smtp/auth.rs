//! AUTH (RFC 4954): PLAIN, LOGIN, CRAM-MD5 and XOAUTH2, really spoken.

use std::io;
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use openssl::base64::{decode_block, encode_block};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use crate::action::Action;
use crate::smtp::connection::{Connection, Turn};

const CANCELLED: &str = "501 5.7.0 Authentication cancelled";
const MALFORMED: &str = "501 5.5.2 Cannot decode that";

/// What an XOAUTH2 client is told before the 535; it answers with an empty line.
const XOAUTH2_FAILURE: &str =
    r#"{"status":"401","schemes":"bearer","scope":"https://mail.example.org/"}"#;

/// Who may authenticate, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Auth {
    /// The mechanisms offered in clear. Names besides PLAIN, LOGIN, CRAM-MD5 and XOAUTH2 are
    /// offered and then refused with 504. With none of them, AUTH is not offered.
    pub mechanisms: Vec<String>,
    /// The mechanisms offered under TLS, where they differ.
    pub mechanisms_under_tls: Option<Vec<String>>,
    /// Those who are let in.
    pub accounts: Vec<Account>,
    /// What comes in place of the first 334; [`Action::AsUsual`] asks for the response.
    pub challenge: Action,
    /// What right credentials get; as usual 235.
    pub success: Action,
    /// What wrong credentials get; as usual 535.
    pub failure: Action,
}

impl Auth {
    /// These mechanisms for one account, in clear as well as under TLS.
    pub fn new(mechanisms: &[&str], account: Account) -> Self {
        let mechanisms = mechanisms.iter().map(ToString::to_string).collect();
        Self { mechanisms, accounts: vec![account], ..Self::default() }
    }

    /// These mechanisms for one account, under TLS only.
    pub fn under_tls(mechanisms: &[&str], account: Account) -> Self {
        let auth = Self::new(mechanisms, account);
        Self { mechanisms: Vec::new(), mechanisms_under_tls: Some(auth.mechanisms), ..auth }
    }

    /// The mechanisms on offer.
    pub(super) fn offered(&self, tls: bool) -> &[String] {
        self.mechanisms_under_tls.as_ref().filter(|_| tls).unwrap_or(&self.mechanisms)
    }
}

/// One who may authenticate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user's name.
    pub name: String,
    /// The password, for PLAIN, LOGIN and CRAM-MD5.
    pub password: String,
    /// The bearer token, for XOAUTH2.
    pub token: Option<String>,
}

impl Account {
    /// An account with a password.
    pub fn new(name: &str, password: &str) -> Self {
        Self { name: name.into(), password: password.into(), token: None }
    }

    /// An account with a bearer token and no password.
    pub fn with_token(name: &str, token: &str) -> Self {
        Self { token: Some(token.into()), ..Self::new(name, "") }
    }
}

/// One AUTH exchange under way.
pub(super) struct Exchange<'a, 'b> {
    pub(super) connection: &'a mut Connection<'b>,
    pub(super) auth: &'a Auth,
    pub(super) host: &'a str,
}

/// How an exchange ended.
enum Outcome {
    Accepted(String),
    /// Ended before there was anything to judge, and answered.
    Broken(&'static str),
    Refused,
}

/// The credentials a client sent, or why there are none.
type Response = Result<Vec<u8>, Outcome>;

impl Exchange<'_, '_> {
    /// Answers `AUTH arguments`; says whether the client is authenticated now.
    pub(super) fn run(mut self, arguments: &str) -> io::Result<bool> {
        let (mechanism, initial) = match arguments.split_once(' ') {
            Some((mechanism, initial)) => (mechanism, Some(initial)),
            None => (arguments, None),
        };
        let tls = self.connection.is_tls();
        let known =
            self.auth.offered(tls).iter().any(|offer| offer.eq_ignore_ascii_case(mechanism));
        let outcome = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" if known => self.plain(initial)?,
            "LOGIN" if known => self.login(initial)?,
            "CRAM-MD5" if known => self.cram_md5()?,
            "XOAUTH2" if known => self.xoauth2(initial)?,
            _ => Outcome::Broken("504 5.5.4 Unrecognized authentication mechanism"),
        };
        self.conclude(&outcome)
    }

    fn conclude(self, outcome: &Outcome) -> io::Result<bool> {
        let (action, usual) = match outcome {
            Outcome::Accepted(user) => {
                self.connection.record.note(|session| session.user = Some(user.clone()));
                (&self.auth.success, "235 2.7.0 Authentication successful")
            }
            Outcome::Broken(reply) => (&Action::AsUsual, *reply),
            Outcome::Refused => {
                (&self.auth.failure, "535 5.7.8 Authentication credentials invalid")
            }
        };
        if self.connection.perform(action)? == Turn::AsUsual {
            self.connection.reply(usual)?;
        }
        let positive = *action == Action::AsUsual || action.is_positive();
        Ok(positive && matches!(outcome, Outcome::Accepted(_)))
    }

    /// RFC 4616: authorization identity, NUL, name, NUL, password.
    fn plain(&mut self, initial: Option<&str>) -> io::Result<Outcome> {
        let message = match self.initial_or_asked(initial, "")? {
            Ok(message) => message,
            Err(outcome) => return Ok(outcome),
        };
        let parts: Vec<&[u8]> = message.split(|&byte| byte == 0).collect();
        Ok(match parts.as_slice() {
            [_, name, password] => {
                self.judge(name, |account| *password == account.password.as_bytes())
            }
            _ => Outcome::Broken(MALFORMED),
        })
    }

    /// The two questions of draft-murchison-sasl-login.
    fn login(&mut self, initial: Option<&str>) -> io::Result<Outcome> {
        let name = match self.initial_or_asked(initial, "Username:")? {
            Ok(name) => name,
            Err(outcome) => return Ok(outcome),
        };
        Ok(match self.ask("Password:")? {
            Ok(password) => self.judge(&name, |account| password == account.password.as_bytes()),
            Err(outcome) => outcome,
        })
    }

    /// RFC 2195: the name, a space, and the keyed MD5 digest of the challenge in hexadecimal.
    fn cram_md5(&mut self) -> io::Result<Outcome> {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let challenge = format!("<{}.{}@{}>", process::id(), time.as_nanos(), self.host);
        let message = match self.initial_or_asked(None, &challenge)? {
            Ok(message) => message,
            Err(outcome) => return Ok(outcome),
        };
        let Some(space) = message.iter().rposition(|&byte| byte == b' ') else {
            return Ok(Outcome::Broken(MALFORMED));
        };
        let (name, digest) = message.split_at(space);
        Ok(self.judge(name, |account| {
            hmac_md5(account.password.as_bytes(), challenge.as_bytes())
                .is_ok_and(|expected| digest.trim_ascii_start() == expected.as_bytes())
        }))
    }

    /// Google's form: user=, name, ^A, auth=Bearer, token, ^A^A.
    fn xoauth2(&mut self, initial: Option<&str>) -> io::Result<Outcome> {
        let message = match self.initial_or_asked(initial, "")? {
            Ok(message) => message,
            Err(outcome) => return Ok(outcome),
        };
        let known = self.auth.accounts.iter().find(|account| {
            let token = account.token.as_deref().unwrap_or_default();
            let expected = format!("user={}\x01auth=Bearer {token}\x01\x01", account.name);
            account.token.is_some() && message == expected.as_bytes()
        });
        if let Some(account) = known {
            return Ok(Outcome::Accepted(account.name.clone()));
        }
        // The client has to answer the explanation with an empty line; what it sends is recorded.
        let explanation = format!("334 {}", encode_block(XOAUTH2_FAILURE.as_bytes()));
        self.connection.reply(&explanation)?;
        self.connection.read_line()?;
        Ok(Outcome::Refused)
    }

    /// The client's first response: from the command itself, or asked for with `challenge`.
    fn initial_or_asked(&mut self, initial: Option<&str>, challenge: &str) -> io::Result<Response> {
        match initial {
            // RFC 4954 section 4: "=" stands for an empty initial response.
            Some("=") => Ok(Ok(Vec::new())),
            Some(initial) => Ok(decode(initial)),
            None => match self.connection.perform(&self.auth.challenge)? {
                Turn::AsUsual => self.ask(challenge),
                Turn::Answered => self.response(),
            },
        }
    }

    fn ask(&mut self, challenge: &str) -> io::Result<Response> {
        self.connection.reply(&format!("334 {}", encode_block(challenge.as_bytes())))?;
        self.response()
    }

    fn response(&mut self) -> io::Result<Response> {
        let line = self.connection.read_line()?;
        Ok(if line == "*" { Err(Outcome::Broken(CANCELLED)) } else { decode(&line) })
    }

    fn judge(&self, name: &[u8], proven: impl Fn(&Account) -> bool) -> Outcome {
        let mut accounts = self.auth.accounts.iter();
        match accounts.find(|account| account.name.as_bytes() == name) {
            Some(account) if proven(account) => Outcome::Accepted(account.name.clone()),
            _ => Outcome::Refused,
        }
    }
}

fn decode(text: &str) -> Response {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    decode_block(text).map_err(|_| Outcome::Broken(MALFORMED))
}

fn hmac_md5(key: &[u8], message: &[u8]) -> Result<String, ErrorStack> {
    let key = PKey::hmac(key)?;
    let digest = Signer::new(MessageDigest::md5(), &key)?.sign_oneshot_to_vec(message)?;
    Ok(digest.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")))
}
