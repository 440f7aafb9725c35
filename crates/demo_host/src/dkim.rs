//! Signs messages as a mail host does (RFC 6376, RFC 8463), relaxed in header and body, with keys that
//! are made at every start.

use std::io;

use openssl::base64::encode_block;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Private};
use openssl::rsa::Rsa;
use openssl::sha::sha256;
use openssl::sign::Signer as OpensslSigner;

/// A key pair with the selector that names it.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The domain that signs (`d=`).
    pub domain: String,
    /// The selector (`s=`).
    pub selector: String,
    key: PKey<Private>,
}

impl Signer {
    /// A signer with a new RSA key of so many bits.
    ///
    /// # Errors
    /// When OpenSSL makes no such key.
    pub fn rsa(domain: &str, selector: &str, bits: u32) -> io::Result<Self> {
        let key = PKey::from_rsa(Rsa::generate(bits)?)?;
        Ok(Self { domain: domain.to_owned(), selector: selector.to_owned(), key })
    }

    /// A signer with a new ed25519 key.
    ///
    /// # Errors
    /// When OpenSSL makes no such key.
    pub fn ed25519(domain: &str, selector: &str) -> io::Result<Self> {
        let key = PKey::generate_ed25519()?;
        Ok(Self { domain: domain.to_owned(), selector: selector.to_owned(), key })
    }

    /// The key pair.
    pub fn key(&self) -> &PKey<Private> {
        &self.key
    }

    /// The name of its key in the DNS.
    pub fn name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// The text to be published there.
    ///
    /// # Errors
    /// When OpenSSL does not give the public key.
    pub fn record(&self) -> io::Result<String> {
        let (kind, key) = match self.key.id() {
            Id::ED25519 => ("ed25519", self.key.raw_public_key()?),
            _ => ("rsa", self.key.public_key_to_der()?),
        };
        Ok(format!("v=DKIM1; k={kind}; p={}", encode_block(&key)))
    }

    /// The private key in a file's form.
    ///
    /// # Errors
    /// When OpenSSL does not give it.
    pub fn pem(&self) -> io::Result<Vec<u8>> {
        Ok(self.key.private_key_to_pem_pkcs8()?)
    }

    /// The message with a DKIM-Signature on top, which covers these fields, each as often as it is
    /// named. `tags` are put into it as they are, for instance `x=1700000000; `. The message has CRLF
    /// line ends, no folded fields, and an empty line behind its header.
    ///
    /// # Errors
    /// When OpenSSL does not sign.
    pub fn sign(&self, message: &str, fields: &[&str], tags: &str) -> io::Result<String> {
        let (header, body) = message.split_once("\r\n\r\n").unwrap_or((message, ""));
        let algorithm = match self.key.id() {
            Id::ED25519 => "ed25519-sha256",
            _ => "rsa-sha256",
        };
        let value = format!(
            "v=1; a={algorithm}; c=relaxed/relaxed; d={}; s={}; {tags}h={}; bh={}; b=",
            self.domain,
            self.selector,
            fields.join(":"),
            encode_block(&sha256(relaxed_body(body).as_bytes())),
        );
        let mut signed = String::new();
        let mut lines: Vec<&str> = header.split("\r\n").collect();
        for field in fields {
            let of = |line: &&str| {
                line.split_once(':')
                    .is_some_and(|(name, _)| name.trim().eq_ignore_ascii_case(field))
            };
            // Of several the lowest that is left; of none nothing.
            if let Some(at) = lines.iter().rposition(of) {
                signed.push_str(&relaxed_field(lines.remove(at)));
                signed.push_str("\r\n");
            }
        }
        signed.push_str(&relaxed_field(&format!("DKIM-Signature: {value}")));
        let signature = self.signature(signed.as_bytes())?;
        Ok(format!("DKIM-Signature: {value}{}\r\n{message}", encode_block(&signature)))
    }

    fn signature(&self, data: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        if self.key.id() == Id::ED25519 {
            let mut signer = OpensslSigner::new_without_digest(&self.key)?;
            return signer.sign_oneshot_to_vec(&sha256(data));
        }
        let mut signer = OpensslSigner::new(MessageDigest::sha256(), &self.key)?;
        signer.update(data)?;
        signer.sign_to_vec()
    }
}

/// RFC 6376 section 3.4.2, of a field on one line.
fn relaxed_field(line: &str) -> String {
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    let value: Vec<&str> = value.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
    format!("{}:{}", name.trim_end().to_ascii_lowercase(), value.join(" "))
}

/// RFC 6376 section 3.4.4.
fn relaxed_body(body: &str) -> String {
    let line = |line: &str| {
        let words: Vec<&str> = line.split([' ', '\t']).collect();
        let squeezed = words.iter().enumerate().filter(|(at, word)| *at == 0 || !word.is_empty());
        squeezed.map(|(_, word)| *word).collect::<Vec<_>>().join(" ").trim_end().to_owned()
    };
    let lines: Vec<String> = body.split("\r\n").map(line).collect();
    let last = lines.iter().rposition(|line| !line.is_empty());
    let kept = lines.iter().take(last.map_or(0, |last| last + 1));
    kept.map(|line| format!("{line}\r\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_canonical_forms() {
        assert_eq!(relaxed_field("Subject :  a \t b "), "subject:a b");
        for (body, relaxed) in [
            ("", ""),
            ("\r\n\r\n", ""),
            (" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"),
            ("a", "a\r\n"),
        ] {
            assert_eq!(relaxed_body(body), relaxed, "{body:?}");
        }
    }

    #[test]
    fn ok_a_signature_is_that_of_what_it_covers() {
        let host = Signer::ed25519("d.example", "s").unwrap();
        let message = "From: a@d.example\r\nSubject: x\r\n\r\nbody\r\n";
        let signed = host.sign(message, &["from", "from"], "").unwrap();
        let again = host.sign(message, &["from", "from"], "").unwrap();
        assert!(signed.ends_with(message) && signed.contains("; h=from:from; "));
        assert_eq!(signed, again);
        let other = message.replace("Subject: x", "Subject: y");
        let value = |signed: &str| signed.split("\r\n").next().map(ToOwned::to_owned);
        assert_eq!(value(&signed), value(&host.sign(&other, &["from", "from"], "").unwrap()));
        let other = message.replace("a@d", "b@d");
        assert_ne!(value(&signed), value(&host.sign(&other, &["from", "from"], "").unwrap()));
    }
}
