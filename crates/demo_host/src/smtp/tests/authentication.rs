//! The mechanisms of AUTH.

use std::fmt::Write as _;

use openssl::base64::{decode_block, encode_block};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use super::*;
use crate::action::Action;
use crate::smtp::{Account, Auth};

const ALL: [&str; 4] = ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"];

#[test]
fn ok_plain_with_and_without_initial_response() {
    let right = encode_block(b"\0user\0secret");
    let server = start(script());
    let mut client = Client::introduced(&server);
    assert_eq!(client.say("auth plain"), "334 ");
    assert!(client.say(&right).starts_with("235"));
    assert!(client.say("AUTH PLAIN").starts_with("503"));
    client.say("QUIT");
    let mut client = Client::introduced(&server);
    assert!(client.say(&format!("AUTH PLAIN {right}")).starts_with("235"));
    client.say("MAIL FROM:<>");
    assert!(client.say("RCPT TO:<who@example.com>").starts_with("250"));
    client.say("QUIT");
    let sessions = server.ended_sessions(2);
    assert_eq!(sessions[0].user.as_deref(), Some("user"));
    assert_eq!(sessions[0].verbs, ["EHLO", "AUTH", "AUTH", "QUIT"]);
}

#[test]
fn crit_wrong_credentials_get_535() {
    let server = start(script());
    let mut client = Client::introduced(&server);
    for wrong in ["\0user\0wrong", "\0other\0secret", "\0user\0", "\0\0"] {
        let command = format!("AUTH PLAIN {}", encode_block(wrong.as_bytes()));
        assert!(client.say(&command).starts_with("535"), "{wrong:?}");
    }
    assert!(client.say("AUTH PLAIN =").starts_with("501"));
    assert!(client.say("AUTH PLAIN ?").starts_with("501"));
    assert!(client.say("AUTH").starts_with("501"));
    assert!(client.say("AUTH NTLM").starts_with("504"));
    client.say("AUTH PLAIN");
    assert!(client.say("*").starts_with("501"));
}

#[test]
fn ok_login_asks_twice() {
    let server = start(script());
    let mut client = Client::introduced(&server);
    assert_eq!(client.say("AUTH LOGIN"), "334 VXNlcm5hbWU6");
    assert_eq!(client.say(&encode_block(b"user")), "334 UGFzc3dvcmQ6");
    assert!(client.say(&encode_block(b"wrong")).starts_with("535"));
    let command = format!("AUTH LOGIN {}", encode_block(b"user"));
    assert_eq!(client.say(&command), "334 UGFzc3dvcmQ6");
    assert!(client.say(&encode_block(b"secret")).starts_with("235"));
}

#[test]
fn ok_cram_md5_checks_the_digest() {
    let server = start(script());
    for (password, code) in [("wrong", "535"), ("secret", "235")] {
        let mut client = Client::introduced(&server);
        let asked = client.say("AUTH CRAM-MD5");
        let challenge = decode_block(asked.strip_prefix("334 ").unwrap()).unwrap();
        let key = PKey::hmac(password.as_bytes()).unwrap();
        let mut signer = Signer::new(MessageDigest::md5(), &key).unwrap();
        let digest = signer.sign_oneshot_to_vec(&challenge).unwrap();
        let mut response = String::from("user ");
        for byte in digest {
            write!(response, "{byte:02x}").unwrap();
        }
        assert!(client.say(&encode_block(response.as_bytes())).starts_with(code));
    }
}

#[test]
fn ok_xoauth2_takes_the_token_and_explains_a_refusal() {
    let server = start(script());
    let mut client = Client::introduced(&server);
    let wrong = encode_block(b"user=bot\x01auth=Bearer stale\x01\x01");
    let explained = client.say(&format!("AUTH XOAUTH2 {wrong}"));
    let json = decode_block(explained.strip_prefix("334 ").unwrap()).unwrap();
    assert!(String::from_utf8(json).unwrap().contains("\"status\":\"401\""));
    assert!(client.say("").starts_with("535"));
    let right = encode_block(b"user=bot\x01auth=Bearer token\x01\x01");
    assert!(client.say(&format!("AUTH XOAUTH2 {right}")).starts_with("235"));
}

#[test]
fn crit_every_step_can_be_scripted() {
    let mut script = script();
    script.auth.challenge = Action::reply("334 !not base64!");
    script.auth.failure = Action::reply_and_close("421 4.7.0 Too many");
    script.auth.success = Action::reply("454 4.7.0 Temporary failure");
    script.require_auth = true;
    let server = start(script);
    let mut client = Client::introduced(&server);
    assert!(client.say("MAIL FROM:<>").starts_with("530"));
    assert_eq!(client.say("AUTH LOGIN"), "334 !not base64!");
    client.say(&encode_block(b"user"));
    assert!(client.say(&encode_block(b"secret")).starts_with("454"));
    client.say("AUTH PLAIN");
    assert!(client.say(&encode_block(b"\0user\0wrong")).starts_with("421"));
    assert_eq!(client.byte(), None);
}

fn script() -> Script {
    let mut auth = Auth::new(&ALL, Account::new("user", "secret"));
    auth.accounts.push(Account::with_token("bot", "token"));
    Script { auth, ..Script::default() }
}
