//! STARTTLS and implicit TLS, good and bad.

use super::*;
use crate::action::Action;
use crate::certificates::{KeyKind, SignatureHash};
use crate::smtp::{Account, Auth, StartTls, Tls, TlsVersion};

#[test]
fn ok_starttls_is_done_and_everything_before_it_forgotten() {
    let script = Script {
        auth: Auth::under_tls(&["PLAIN"], Account::new("user", "secret")),
        keywords_under_tls: Some(vec!["X-INSIDE".into()]),
        ..Script::with_starttls(Tls::new(identity()))
    };
    let server = start(script);
    let mut client = Client::greeted(&server);
    let ehlo = client.say("EHLO client.example.net");
    assert!(ehlo.ends_with("\n250 STARTTLS") && !ehlo.contains("AUTH"), "{ehlo}");
    assert!(client.say("STARTTLS now").starts_with("501"));
    assert!(client.say("STARTTLS").starts_with("220 "));
    client.start_tls();
    assert!(client.say("MAIL FROM:<>").starts_with("503"));
    let ehlo = client.say("EHLO client.example.net");
    assert_eq!(ehlo, "250-mail.example.org\n250-X-INSIDE\n250 AUTH PLAIN");
    assert!(client.say("STARTTLS").starts_with("503"));
    client.say("QUIT");
    assert_eq!(client.byte(), None);
    let sessions = server.ended_sessions(1);
    assert_eq!(sessions[0].sni.as_deref(), Some("mail.example.org"));
    assert_eq!(sessions[0].tls_version.as_deref(), Some("TLSv1.3"));
    assert!(sessions[0].quit && sessions[0].in_lock_step());
}

#[test]
fn ok_implicit_tls_comes_before_the_greeting() {
    let server = start(Script::with_implicit_tls(Tls::new(identity())));
    let mut client = Client::connect(&server);
    client.try_tls(None, None).unwrap();
    assert_eq!(client.reply(), "220 mail.example.org ESMTP");
    assert!(!client.say("EHLO client.example.net").contains("STARTTLS"));
    client.say("QUIT");
    let sessions = server.ended_sessions(1);
    assert_eq!(sessions[0].sni, None);
    assert!(sessions[0].in_lock_step());

    let without = Script { implicit_tls: true, ..Script::default() };
    assert!(SmtpServer::start(without).is_err());
}

#[test]
fn warn_old_versions_and_chosen_ciphers_are_spoken() {
    let versions = [
        (TlsVersion::Tls10, "TLSv1"),
        (TlsVersion::Tls11, "TLSv1.1"),
        (TlsVersion::Tls12, "TLSv1.2"),
        (TlsVersion::Tls13, "TLSv1.3"),
    ];
    for (version, name) in versions {
        let server = start(Script::with_implicit_tls(Tls::only(identity(), version)));
        let mut client = Client::connect(&server);
        client.start_tls();
        assert_eq!(client.tls().ssl().version_str(), name);
    }
    let ciphers = Some("ECDHE-ECDSA-AES128-SHA".into());
    let tls = Tls { ciphers, ..Tls::only(identity(), TlsVersion::Tls12) };
    let server = start(Script::with_implicit_tls(tls));
    let mut client = Client::connect(&server);
    client.start_tls();
    let cipher = client.tls().ssl().current_cipher().unwrap().name();
    assert_eq!(cipher, "ECDHE-ECDSA-AES128-SHA");
}

#[test]
fn crit_a_failed_handshake_is_recorded() {
    let tls = Tls::only(identity(), TlsVersion::Tls13);
    let server = start(Script::with_starttls(tls));
    let mut client = Client::introduced(&server);
    client.say("STARTTLS");
    client.try_tls(None, Some(SslVersion::TLS1_2)).unwrap_err();
    drop(client);
    let sessions = server.ended_sessions(1);
    assert!(sessions[0].tls_error.is_some());
    assert_eq!(sessions[0].tls_version, None);
}

#[test]
fn crit_who_shows_no_certificate_is_not_let_in() {
    let tls = Tls::only(identity(), TlsVersion::Tls12);
    let server = start(Script::with_implicit_tls(Tls { demands_certificate: true, ..tls }));
    let mut client = Client::connect(&server);
    client.try_tls(None, None).unwrap_err();
    drop(client);
    assert!(server.ended_sessions(1)[0].tls_error.is_some());
}

#[test]
fn warn_weak_certificates_are_shown() {
    let key = KeyKind::Rsa(1024);
    let authority = Authority::with_key("Example Root", key).unwrap();
    for signature in [SignatureHash::Md5, SignatureHash::Sha1] {
        let spec = CertificateSpec { key, signature, ..CertificateSpec::default() };
        let identity = authority.issue(&spec).unwrap();
        let server = start(Script::with_implicit_tls(Tls::new(identity.clone())));
        let mut client = Client::connect(&server);
        client.start_tls();
        let shown = client.tls().ssl().peer_certificate().unwrap();
        assert_eq!(shown.to_der().unwrap(), identity.certificate.to_der().unwrap());
    }
}

#[test]
fn ok_the_chain_is_sent_unless_it_is_forgotten() {
    let root = Authority::new("Example Root").unwrap();
    let middle = root.intermediate("Example Middle", 30).unwrap();
    let whole = middle.issue(&CertificateSpec::default()).unwrap();
    for (identity, length) in [(whole.clone(), 2), (whole.without_chain(), 1)] {
        let server = start(Script::with_implicit_tls(Tls::new(identity)));
        let mut client = Client::connect(&server);
        client.start_tls();
        assert_eq!(client.tls().ssl().peer_cert_chain().unwrap().len(), length);
    }
}

#[test]
fn crit_starttls_goes_wrong_in_every_way() {
    let refused = StartTls::Refused("454 4.7.0 TLS not available".into());
    let mut client = offering(refused, "STARTTLS");
    assert_eq!(client.say("STARTTLS"), "454 4.7.0 TLS not available");
    assert!(client.say("NOOP").starts_with("250"));

    let mut client = offering(StartTls::OfferedLowerCase, "starttls");
    client.say("STARTTLS");
    client.start_tls();

    let injected = StartTls::InjectAfter220(b"250 injected\r\n".to_vec());
    let mut client = offering(injected, "STARTTLS");
    assert!(client.say("STARTTLS").starts_with("220 "));
    assert_eq!(client.reply(), "250 injected");
    client.start_tls();

    for action in [Action::Close, Action::Raw(b"what?\r\n".to_vec()), Action::Reset] {
        let mut client = offering(StartTls::Then(action), "STARTTLS");
        assert!(client.say("STARTTLS").starts_with("220 "));
        client.try_tls(None, None).unwrap_err();
    }
    let mut client = offering(StartTls::Then(Action::Silence), "STARTTLS");
    assert!(client.say("STARTTLS").starts_with("220 "));
}

#[test]
fn crit_starttls_is_not_offered() {
    let tls = Tls::new(identity());
    let server = start(Script { starttls: StartTls::NotOffered, ..Script::with_starttls(tls) });
    let mut client = Client::greeted(&server);
    assert!(!client.say("EHLO client.example.net").contains("STARTTLS"));
    assert!(client.say("STARTTLS").starts_with("502"));
}

#[test]
fn crit_plaintext_sent_along_with_starttls_is_discarded_and_recorded() {
    let server = start(Script::with_starttls(Tls::new(identity())));
    let mut client = Client::introduced(&server);
    client.send(b"STARTTLS\r\nNOOP\r\n");
    client.reply();
    client.start_tls();
    assert!(client.say("QUIT").starts_with("221"));
    let sessions = server.ended_sessions(1);
    assert_eq!(sessions[0].out_of_turn, b"NOOP\r\n");
    assert_eq!(sessions[0].verbs, ["EHLO", "STARTTLS", "QUIT"]);
}

#[test]
fn ok_tls_can_be_required_and_overrides_can_depend_on_it() {
    let script = Script { require_tls: true, ..Script::with_starttls(Tls::new(identity())) }
        .answering_in_clear("NOOP", Action::reply("250 in clear"))
        .answering_under_tls("EHLO", Action::reply("550 5.7.1 Not you"));
    let server = start(script);
    let mut client = Client::introduced(&server);
    assert_eq!(client.say("MAIL FROM:<>"), "530 5.7.0 Must issue a STARTTLS command first");
    assert_eq!(client.say("NOOP"), "250 in clear");
    client.say("STARTTLS");
    client.start_tls();
    assert_eq!(client.say("NOOP"), "250 2.0.0 Ok");
    assert_eq!(client.say("EHLO client.example.net"), "550 5.7.1 Not you");
}

/// A client of a server that is kept running, and which offers STARTTLS as `keyword`.
fn offering(starttls: StartTls, keyword: &str) -> Client {
    let tls = Tls::new(identity());
    let server = start(Script { starttls, ..Script::with_starttls(tls) });
    let mut client = Client::greeted(&server);
    assert!(client.say("EHLO client.example.net").ends_with(keyword));
    // Its threads go with the test process; ending them here would end the conversation.
    std::mem::forget(server);
    client
}
