//! STARTTLS and implicit TLS.

use std::time::Duration;

use demo_host::Action;
use demo_host::smtp::{Account, Auth, Script, StartTls, Tls, TlsVersion};

use crate::support::{Ca, Run, check, check_script, each, only_session, polite, start};

const GOOD: &str = "OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TLSv1.3, certificate expires \
                    in 90 days, TIME";

#[test]
fn ok_starttls_and_everything_after_it() {
    let ca = Ca::new();
    let server =
        start(Script { keywords_under_tls: Some(vec!["X-INSIDE".into()]), ..ca.good_script() });
    let args =
        ["-S", "-D", "14", "-e", "220", "-f", "a@example.net", "--require-keyword", "X-INSIDE"];
    let run = check(server.port(), &ca.trusting(&args));
    run.says(GOOD, &[]);
    assert_eq!(
        run.labels(),
        ["time", "dns", "connect", "greeting", "ehlo", "tls", "mail", "cert_left"],
    );
    let session = polite(&server);
    assert_eq!(session.verbs, ["EHLO", "STARTTLS", "EHLO", "MAIL", "QUIT"]);
    assert_eq!(session.sni.as_deref(), Some("mail.example.org"));
}

#[test]
fn ok_starttls_in_lower_case_and_on_the_last_line() {
    let ca = Ca::new();
    // The scripted server puts STARTTLS last, behind "250 " and not "250-".
    let script = Script { starttls: StartTls::OfferedLowerCase, ..ca.good_script() };
    check_script(script, &ca.trusting(&["-S"])).says(GOOD, &[]);
}

#[test]
fn ok_the_expected_text_is_not_looked_for_after_starttls() {
    let ca = Ca::new();
    let args = ca.trusting(&["-S", "-e", "ESMTP"]);
    check_script(ca.good_script(), &args).says(GOOD, &[]);
}

#[test]
fn critical_starttls_missing_or_refused() {
    let missing = check_script(Script::default(), &["-S"]);
    missing.says(
        "CRITICAL - 127.0.0.1:PORT does not offer STARTTLS",
        &["[CRITICAL] starttls-missing", "[UNKNOWN] not-looked-at"],
    );
    for reply in ["454 4.7.0 TLS not available due to local problem", "502 5.5.1 What"] {
        let script = Script { starttls: StartTls::Refused(reply.into()), ..Script::default() };
        check_script(script, &["-S"]).says(
            &format!("CRITICAL - 127.0.0.1:PORT offers STARTTLS and answers it with {reply}"),
            &["[CRITICAL] starttls-refused", "[UNKNOWN] not-looked-at"],
        );
    }
}

#[test]
fn critical_injection_in_the_same_write_and_in_another() {
    let ca = Ca::new();
    let together = StartTls::InjectAfter220(b"250 injected\r\n".to_vec());
    let run = after_starttls(&ca, together, &["-S"]);
    run.says(
        "CRITICAL - 127.0.0.1:PORT sent text in clear behind the reply to STARTTLS: \"250 \
         injected\"",
        &["[CRITICAL] starttls-injection", "[UNKNOWN] not-looked-at"],
    );
    // A few ms later the handshake is under way, and OpenSSL finds text where a record is due.
    let late = Action::Delay(
        Duration::from_millis(20),
        Box::new(Action::Raw(b"250 injected\r\n".to_vec())),
    );
    let run = after_starttls(&ca, StartTls::Then(late), &["-S"]);
    run.says(
        "CRITICAL - 127.0.0.1:PORT does not speak TLS here, it sent \"250 injected\"",
        &["[CRITICAL] tls-failed"],
    );
}

#[test]
fn critical_no_tls_after_starttls() {
    let ca = Ca::new();
    let cases = [
        (Action::Close, "closed the connection during the TLS handshake"),
        (Action::Reset, "closed the connection during the TLS handshake"),
        (
            Action::Delay(
                Duration::from_millis(50),
                Box::new(Action::reply("HTTP/1.1 400 Bad Request\nServer: example")),
            ),
            "does not speak TLS here, it sent \"HTTP/1.1 400 Bad Request\"",
        ),
        (Action::Silence, "did not finish the TLS handshake in time"),
    ];
    each(cases, |(action, text)| {
        let run = after_starttls(&ca, StartTls::Then(action), &["-S", "-t", "1"]);
        run.within(1.0);
        run.says(&format!("CRITICAL - 127.0.0.1:PORT {text}"), &["[CRITICAL] tls-failed"]);
    });
    let run = after_starttls(&ca, StartTls::Then(Action::Silence), &["-S", "-t", "1:unknown"]);
    run.says(
        "UNKNOWN - 127.0.0.1:PORT did not finish the TLS handshake in time",
        &["[UNKNOWN] tls-failed"],
    );
}

#[test]
fn critical_nothing_in_common_with_the_server() {
    let ca = Ca::new();
    // The certificate's key is of elliptic curves, and the only cipher wants RSA.
    let tls = Tls {
        ciphers: Some("ECDHE-RSA-AES128-GCM-SHA256".into()),
        newest: TlsVersion::Tls12,
        ..ca.good_tls()
    };
    let server = start(Script::with_starttls(tls));
    let run = check(server.port(), &["-S"]);
    assert_eq!(run.findings(), ["[CRITICAL] tls-failed"]);
    let said = "CRITICAL - 127.0.0.1:PORT fails the TLS handshake: ";
    assert!(run.headline().starts_with(said), "{}", run.stdout);
    assert!(run.headline().ends_with("alert handshake failure"), "{}", run.stdout);
    assert!(server.ended_sessions(1)[0].tls_error.is_some());
}

#[test]
fn warning_options_take_effect_together_in_any_order() {
    let ca = Ca::new();
    let groups: [&[&str]; 7] = [
        &["-S"],
        &["-D", "120,30"],
        &["-e", "Postfix"],
        &["-C", "NOOP", "-R", "^220"],
        &["-A", "LOGIN", "-U", "alice", "-P", "not told"],
        &["--rcpt", "gone@example.org"],
        &["-w", "9"],
    ];
    let expected = [
        "[CRITICAL] greeting-unexpected",
        "[CRITICAL] rcpt-refused",
        "[WARNING] cert-expires-soon",
        "[WARNING] command-mismatch",
    ];
    for turn in 0..groups.len() {
        let (before, after) = groups.split_at(turn);
        let args: Vec<&str> = after.iter().chain(before).copied().flatten().copied().collect();
        let script = Script {
            auth: Auth::under_tls(&["LOGIN"], Account::new("alice", "not told")),
            recipients: vec![("gone@example.org".into(), Action::reply("550 5.1.1 No"))],
            ..ca.good_script()
        };
        let run = check_script(script, &ca.trusting(&args));
        run.says(
            "CRITICAL - 127.0.0.1:PORT greets without \"Postfix\": 220 mail.example.org ESMTP \
             (+3 more)",
            &expected,
        );
        assert!(run.labels().contains(&"auth"), "{}", run.stdout);
    }
}

#[test]
fn critical_ehlo_refused_under_tls() {
    let ca = Ca::new();
    let script = ca.good_script().answering_under_tls("EHLO", Action::reply("550 5.7.1 Not you"));
    check_script(script, &ca.trusting(&["-S"])).says(
        "CRITICAL - 127.0.0.1:PORT refuses EHLO under TLS: 550 5.7.1 Not you",
        &["[CRITICAL] ehlo-refused"],
    );
}

#[test]
fn ok_implicit_tls() {
    let ca = Ca::new();
    let server = start(Script::with_implicit_tls(ca.good_tls()));
    let run = check(server.port(), &ca.trusting(&["--tls", "-D", "14"]));
    run.says(GOOD, &[]);
    assert_eq!(polite(&server).verbs, ["EHLO", "QUIT"]);
}

#[test]
fn critical_implicit_tls_and_clear_confused() {
    let ca = Ca::new();
    check(start(Script::default()).port(), &["--tls"]).says(
        "CRITICAL - 127.0.0.1:PORT does not speak TLS here, it sent \"220 mail.example.org ESMTP\"",
        &["[CRITICAL] tls-failed"],
    );
    let server = start(Script::with_implicit_tls(ca.good_tls()));
    let run = check(server.port(), &["-t", "0.6"]);
    run.within(0.6);
    run.says(
        "CRITICAL - 127.0.0.1:PORT did not finish the greeting within 0.6 s",
        &["[CRITICAL] reply-timeout"],
    );
    assert!(only_session(&server).lines.is_empty());
}

#[test]
fn warning_tls_versions_below_the_wanted_one() {
    let ca = Ca::new();
    let cases = [
        (TlsVersion::Tls12, "1.3", "TLSv1.2, TLSv1.3"),
        (TlsVersion::Tls10, "1.2", "TLSv1.0, TLSv1.2"),
        (TlsVersion::Tls11, "1.2", "TLSv1.1, TLSv1.2"),
    ];
    each(cases, |(version, wanted, text)| {
        let tls = Tls { oldest: version, newest: version, ..ca.good_tls() };
        let mut args = ca.trusting(&["-S"]);
        if wanted != "1.2" {
            args.extend(["--tls-min", wanted]);
        }
        check_script(Script::with_starttls(tls.clone()), &args).says(
            &format!("WARNING - 127.0.0.1:PORT speaks no TLS newer than {text} is asked for"),
            &["[WARNING] tls-too-old"],
        );
        args.extend(["--ignore", "tls-too-old"]);
        let run = check_script(Script::with_starttls(tls), &args);
        assert_eq!((run.code, run.findings()), (0, vec![]), "{}", run.stdout);
    });
}

#[test]
fn ok_and_warning_tls_required() {
    let ca = Ca::new();
    let account = || Account::new("user", "not told");
    let good = Script {
        require_tls: true,
        auth: Auth::under_tls(&["PLAIN"], account()),
        ..ca.good_script()
    };
    let server = start(good);
    let run = check(server.port(), &ca.trusting(&["-S", "--tls-required", "-v"]));
    assert_eq!((run.code, run.headline()), (0, GOOD), "{}", run.stdout);
    run.shows(
        "[OK] tls-required: refuses MAIL before TLS: 530 5.7.0 Must issue a STARTTLS command first",
    );
    run.shows(
        "[OK] tls-required: refuses AUTH before TLS: 530 5.7.0 Must issue a STARTTLS command first",
    );
    assert_eq!(polite(&server).verbs, ["EHLO", "MAIL", "AUTH", "STARTTLS", "EHLO", "QUIT"],);

    let bad = Script { auth: Auth::new(&["LOGIN"], account()), ..ca.good_script() };
    let server = start(bad);
    let run = check(server.port(), &ca.trusting(&["-S", "--tls-required"]));
    run.says(
        "WARNING - 127.0.0.1:PORT takes AUTH without TLS: 334 VXNlcm5hbWU6 (+1 more)",
        &["[WARNING] auth-in-clear", "[WARNING] tls-not-required"],
    );
    run.shows("[WARNING] tls-not-required: takes MAIL before TLS: 250 2.1.0 Ok");
    let session = polite(&server);
    assert_eq!(session.lines[1..5], ["MAIL FROM:<>", "RSET", "AUTH LOGIN", "*"]);
}

/// Runs against a server that does this after STARTTLS; what follows cannot be an orderly end.
fn after_starttls(ca: &Ca, starttls: StartTls, args: &[&str]) -> Run {
    let server = start(Script { starttls, ..ca.good_script() });
    let run = check(server.port(), args);
    let sessions = server.ended_sessions(1);
    assert_eq!(sessions[0].verbs, ["EHLO", "STARTTLS"]);
    run
}
