//! A signer for tests. It shares no code with what it tests, and is plain before it is anything else.

use std::sync::LazyLock;

use openssl::base64::encode_block;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Private};
use openssl::rsa::Rsa;
use openssl::sha::sha256;
use openssl::sign::Signer;

/// A key with what signs.
pub(super) struct Key(PKey<Private>);

pub(super) static ED25519: LazyLock<Key> =
    LazyLock::new(|| Key(PKey::generate_ed25519().expect("a key")));
pub(super) static RSA_SHORT: LazyLock<Key> = LazyLock::new(|| Key::rsa(1023));
pub(super) static RSA_1024: LazyLock<Key> = LazyLock::new(|| Key::rsa(1024));
pub(super) static RSA_2048: LazyLock<Key> = LazyLock::new(|| Key::rsa(2048));
pub(super) static RSA_4096: LazyLock<Key> = LazyLock::new(|| Key::rsa(4096));
/// One that is never published.
pub(super) static RSA_OTHER: LazyLock<Key> = LazyLock::new(|| Key::rsa(2048));

impl Key {
    fn rsa(bits: u32) -> Self {
        Self(PKey::from_rsa(Rsa::generate(bits).expect("a key")).expect("a key"))
    }

    fn is_rsa(&self) -> bool {
        self.0.id() == Id::RSA
    }

    pub(super) fn algorithm(&self) -> &'static str {
        if self.is_rsa() { "rsa-sha256" } else { "ed25519-sha256" }
    }

    /// The record that publishes it.
    pub(super) fn record(&self) -> String {
        if self.is_rsa() {
            format!("v=DKIM1; p={}", encode_block(&self.0.public_key_to_der().expect("a key")))
        } else {
            let key = self.0.raw_public_key().expect("a key");
            format!("v=DKIM1; k=ed25519; p={}", encode_block(&key))
        }
    }

    fn sign(&self, text: &str) -> Vec<u8> {
        if self.is_rsa() {
            let mut signer = Signer::new(MessageDigest::sha256(), &self.0).expect("a signer");
            signer.sign_oneshot_to_vec(text.as_bytes()).expect("a signature")
        } else {
            let mut signer = Signer::new_without_digest(&self.0).expect("a signer");
            signer.sign_oneshot_to_vec(&sha256(text.as_bytes())).expect("a signature")
        }
    }
}

/// Puts a signature above a message with CRLF at the ends of its lines. `tags` are all but `bh` and
/// `b`.
pub(super) fn sign(message: &str, tags: &str, key: &Key) -> String {
    let (header, body) = message.split_once("\r\n\r\n").expect("a header and a body");
    let (header_form, body_form) = forms(tags);
    let mut body = canonical_body(body_form, body);
    if let Some(length) = tag(tags, "l") {
        body.truncate(length.parse().expect("a length"));
    }
    let own = format!("DKIM-Signature: {tags}; bh={}; b=", encode_block(&sha256(body.as_bytes())));
    let mut fields = fields(header);
    let mut signed = String::new();
    for name in tag(tags, "h").unwrap_or_default().split(':') {
        let is_it = |field: &String| {
            field.split(':').next().is_some_and(|it| it.trim().eq_ignore_ascii_case(name.trim()))
        };
        if let Some(at) = fields.iter().rposition(is_it) {
            signed += &canonical_field(header_form, &fields.remove(at));
            signed += "\r\n";
        }
    }
    signed += &canonical_field(header_form, &own);
    format!("{own}{}\r\n{message}", encode_block(&key.sign(&signed)))
}

fn tag<'a>(tags: &'a str, name: &str) -> Option<&'a str> {
    let mut tags = tags.split(';').filter_map(|tag| tag.split_once('='));
    tags.find(|tag| tag.0.trim() == name).map(|tag| tag.1.trim())
}

fn forms(tags: &str) -> (&str, &str) {
    let form = tag(tags, "c").unwrap_or("simple/simple");
    form.split_once('/').unwrap_or((form, "simple"))
}

fn fields(header: &str) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    for line in header.split("\r\n") {
        match fields.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.extend(["\r\n", line]),
            _ => fields.push(line.to_owned()),
        }
    }
    fields
}

fn canonical_field(form: &str, field: &str) -> String {
    if form == "simple" {
        return field.to_owned();
    }
    let (name, value) = field.split_once(':').expect("a field");
    format!("{}:{}", name.trim().to_lowercase(), words(value))
}

fn canonical_body(form: &str, body: &str) -> String {
    let relaxed = |line: &str| {
        let first = if line.starts_with([' ', '\t']) { " " } else { "" };
        format!("{first}{}", words(line)).trim_end_matches(' ').to_owned()
    };
    let line = |line: &str| if form == "simple" { line.to_owned() } else { relaxed(line) };
    let lines: Vec<String> = body.split("\r\n").map(line).collect();
    match lines.join("\r\n").trim_end_matches("\r\n") {
        "" if form == "relaxed" => String::new(),
        text => format!("{text}\r\n"),
    }
}

fn words(text: &str) -> String {
    let text = text.replace("\r\n", "");
    text.split([' ', '\t']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
