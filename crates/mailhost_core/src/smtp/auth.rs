//! Logging in (RFC 4954): PLAIN, LOGIN, CRAM-MD5 and XOAUTH2.

use std::fmt;

use openssl::base64::{decode_block, encode_block};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde::Serialize;

use super::client::{Client, Fault};
use super::reply::{Reply, ReplyFault};
use crate::contract::hex;

/// A SASL mechanism.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum Mechanism {
    /// The password is proven, not sent (RFC 2195).
    CramMd5,
    /// User and password, asked for one after the other; never standardised, spoken everywhere.
    Login,
    /// User and password at once (RFC 4616).
    Plain,
    /// An OAuth 2.0 access token in place of the password.
    Xoauth2,
}

/// The name that servers list.
impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mechanism::CramMd5 => "CRAM-MD5",
            Mechanism::Login => "LOGIN",
            Mechanism::Plain => "PLAIN",
            Mechanism::Xoauth2 => "XOAUTH2",
        })
    }
}

/// Who logs in.
#[derive(Clone)]
pub struct Credentials {
    /// The user's name.
    pub user: String,
    /// The password, or for XOAUTH2 the access token.
    pub password: String,
}

/// Never shows the password.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Logs in and gives the server's last word; only 235 is success (RFC 4954 section 6).
///
/// # Errors
/// [`Fault`], when the dialogue broke off.
pub fn authenticate(
    client: &mut Client,
    mechanism: Mechanism,
    credentials: &Credentials,
) -> Result<Reply, Fault> {
    let Credentials { user, password } = credentials;
    let name = mechanism.to_string();
    // Servers repeat what they refuse, sometimes decoded. A challenge is read before: it must not
    // lose what looks like a piece of the password.
    let keep = |client: &mut Client| {
        client.keep_secret(password);
        client.keep_secret(&base64(password));
    };
    if mechanism != Mechanism::CramMd5 {
        keep(client);
    }
    let reply = match mechanism {
        Mechanism::Plain => initial(client, &name, &format!("\0{user}\0{password}"))?,
        Mechanism::Login => {
            let mut reply = client.command(&format!("AUTH {name}"))?;
            for line in [user, password] {
                if reply.code != 334 {
                    return refused(reply);
                }
                reply = client.secret("", &base64(line))?;
            }
            reply
        }
        Mechanism::CramMd5 => {
            let challenge = client.command(&format!("AUTH {name}"))?;
            keep(client);
            if challenge.code != 334 {
                return refused(challenge);
            }
            let Ok(text) = decode_block(challenge.first_line().trim()) else {
                let sent = challenge.first_line().to_owned();
                // The exchange is taken back in any case (RFC 4954 section 4); it has failed already.
                let _ = client.command("*");
                return Err(Fault::Invalid(ReplyFault::BadChallenge(sent)));
            };
            let Ok(digest) = cram_md5(password, &text) else {
                let _ = client.command("*");
                return Err(Fault::Local("OpenSSL has no MD5 here (FIPS)".to_owned()));
            };
            client.keep_secret(&digest);
            client.secret("", &base64(&format!("{user} {digest}")))?
        }
        Mechanism::Xoauth2 => {
            let text = format!("user={user}\u{1}auth=Bearer {password}\u{1}\u{1}");
            let reply = initial(client, &name, &text)?;
            // The reason of a refusal comes as a challenge, and wants an empty answer.
            if reply.code == 334 { client.command("")? } else { reply }
        }
    };
    // A server that still asks is told that there is no more to come (RFC 4954 section 4).
    if reply.code == 334 { refused(client.command("*")?) } else { Ok(reply) }
}

/// A reply that ended the exchange before the credentials were given: success cannot be meant.
fn refused(reply: Reply) -> Result<Reply, Fault> {
    if reply.is_done() { Err(Fault::OutOfTurn(reply.to_string())) } else { Ok(reply) }
}

/// Sends the response along with AUTH, or after it where the line would grow too long.
fn initial(client: &mut Client, name: &str, response: &str) -> Result<Reply, Fault> {
    let response = base64(response);
    if name.len() + response.len() + "AUTH  \r\n".len() <= MAX_COMMAND {
        return client.secret(&format!("AUTH {name} "), &response);
    }
    let reply = client.command(&format!("AUTH {name}"))?;
    if reply.code == 334 { client.secret("", &response) } else { Ok(reply) }
}

fn base64(text: &str) -> String {
    encode_block(text.as_bytes())
}

/// The challenge under the password's key, as lower-case hex (RFC 2195 section 2).
fn cram_md5(password: &str, challenge: &[u8]) -> Result<String, ErrorStack> {
    let key = PKey::hmac(password.as_bytes())?;
    let digest = Signer::new(MessageDigest::md5(), &key)?.sign_oneshot_to_vec(challenge)?;
    Ok(hex(&digest))
}

/// Bytes of a command line with its end (RFC 5321 section 4.5.3.1.4).
const MAX_COMMAND: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_cram_md5_gives_the_digest_of_the_rfc() {
        // The example of RFC 2195 section 2.
        let digest = cram_md5("tanstaaftanstaaf", b"<1896.697170952@postoffice.reston.mci.net>");
        assert_eq!(digest.expect("MD5 is there"), "b913a602c7eda7a495b4e6e7334d3890");
    }

    #[test]
    fn ok_credentials_never_show_the_password() {
        let credentials = Credentials { user: "alice".to_owned(), password: "s3cret".to_owned() };
        assert!(!format!("{credentials:?}").contains("s3cret"));
    }
}
