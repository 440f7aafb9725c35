//! Selectors that well-known mail systems and services use unless told otherwise.

/// What `--guess` tries. A service whose selectors hold an account's number cannot be guessed.
pub(crate) const SELECTORS: &[&str] = &[
    // What people choose themselves, and what control panels choose for them.
    "default",
    "dkim",
    "dkim1",
    "dkim2",
    "key1",
    "key2",
    "mail",
    "mail2",
    "mx",
    "selector",
    "smtp",
    "s1024",
    "s2048",
    "x",
    // Google; Microsoft; Apple; Fastmail; Proton; Zoho.
    "google",
    "selector1",
    "selector2",
    "sig1",
    "fm1",
    "fm2",
    "fm3",
    "protonmail",
    "protonmail2",
    "protonmail3",
    "zoho",
    "zmail",
    // Mailchimp and Mandrill; SendGrid; Mailgun; Mailjet; Postmark; Brevo; SparkPost; Klaviyo; Constant
    // Contact; Campaign Monitor; Everlytic.
    "k1",
    "k2",
    "k3",
    "mandrill",
    "s1",
    "s2",
    "mailo",
    "pic",
    "mailjet",
    "pm",
    "brevo1",
    "brevo2",
    "scph",
    "kl",
    "kl2",
    "ctct1",
    "ctct2",
    "cm",
    "everlytickey1",
    "everlytickey2",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_none_is_there_twice() {
        let different: std::collections::BTreeSet<_> = SELECTORS.iter().collect();
        assert_eq!(different.len(), SELECTORS.len());
    }
}
