//! Logging in, and keeping the password secret.

use std::fs;
use std::process::Command;

use demo_host::Action;
use demo_host::smtp::{Account, Auth, Script};
use openssl::base64::encode_block;

use crate::support::{Ca, Call, check, check_cut_off, check_script, each, file, polite, start};

const GOOD: &str = "OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TIME";
const PASSWORD: &str = "corr3ct-h0rse-battery";

fn script(mechanisms: &[&str]) -> Script {
    let mut auth = Auth::new(mechanisms, Account::new("alice", PASSWORD));
    auth.accounts.push(Account::with_token("bot", PASSWORD));
    Script { auth, ..Script::default() }
}

#[test]
fn ok_and_critical_every_mechanism() {
    let cases = [
        ("plain", "PLAIN", "alice"),
        ("LOGIN", "LOGIN", "alice"),
        ("cram-md5", "CRAM-MD5", "alice"),
        ("Xoauth2", "XOAUTH2", "bot"),
    ];
    each(cases, |(asked, name, user)| {
        let (_right, right) = file(&format!("{PASSWORD}\n"), 0o600);
        let (_wrong, wrong) = file("wr0ng-one", 0o600);
        let server = start(script(&[name]));
        let run = check(server.port(), &["-A", asked, "-U", user, "--password-file", &right]);
        run.says(GOOD, &[]);
        assert_eq!(run.labels(), ["time", "dns", "connect", "greeting", "ehlo", "auth"]);
        assert_eq!(polite(&server).user.as_deref(), Some(user));

        let run =
            check_script(script(&[name]), &["-A", asked, "-U", user, "--password-file", &wrong]);
        run.says(
            &format!(
                "CRITICAL - 127.0.0.1:PORT refuses the login of {user} with {name}: 535 5.7.8 \
                 Authentication credentials invalid"
            ),
            &["[CRITICAL] auth-refused"],
        );
    });
}

#[test]
fn ok_the_best_mechanism_is_chosen() {
    let ca = Ca::new();
    let all = ["LOGIN", "PLAIN", "CRAM-MD5", "GSSAPI"];
    // In clear the one that does not tell the password, under TLS the one that always works.
    for (tls, mechanism) in [(false, "CRAM-MD5 as alice (in clear)"), (true, "PLAIN as alice")] {
        let script = Script { tls: Some(ca.good_tls()), ..script(&all) };
        let server = start(script);
        let mut args = vec!["-U", "alice", "-v"];
        if tls {
            args = ca.trusting(&args);
            args.push("-S");
        }
        let run = Call::of_port(server.port(), &args).with("MAILHOST_PASSWORD", PASSWORD).run();
        assert_eq!(run.code, 0, "{}", run.stdout);
        run.shows(&format!("[OK] auth: {mechanism}: 235 2.7.0 Authentication successful"));
        polite(&server);
    }
}

#[test]
fn ok_login_comes_after_the_second_ehlo() {
    let ca = Ca::new();
    let server = start(Script {
        auth: Auth::under_tls(&["LOGIN"], Account::new("alice", PASSWORD)),
        ..ca.good_script()
    });
    let args = ca.trusting(&["-U", "alice", "-S", "--rcpt", "x@example.com"]);
    let run = Call::of_port(server.port(), &args).with("MAILHOST_PASSWORD", PASSWORD).run();
    assert_eq!(run.code, 0, "{}", run.stdout);
    let session = polite(&server);
    assert_eq!(session.verbs, ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "QUIT"],);
}

#[test]
fn critical_a_mechanism_that_is_not_offered() {
    let cases: [(&[&str], &[&str], &str); 3] = [
        (&["PLAIN", "LOGIN"], &["-A", "cram-md5"], "does not offer AUTH CRAM-MD5, but PLAIN LOGIN"),
        (&[], &["-A", "plain"], "does not offer AUTH"),
        (&["GSSAPI"], &[], "offers only AUTH GSSAPI; choose with -A"),
    ];
    each(cases, |(offered, args, text)| {
        let server = start(script(offered));
        let mut all = vec!["-U", "alice"];
        all.extend(args);
        let run = Call::of_port(server.port(), &all).with("MAILHOST_PASSWORD", PASSWORD).run();
        run.says(&format!("CRITICAL - 127.0.0.1:PORT {text}"), &["[CRITICAL] auth-missing"]);
        assert_eq!(polite(&server).verbs, ["EHLO", "QUIT"]);
    });
}

#[test]
fn unknown_password_files_that_will_not_do() {
    let server = start(script(&["PLAIN"]));
    let (_open, open) = file(PASSWORD, 0o644);
    let (_empty, empty) = file("", 0o600);
    let (_blank, blank) = file("\nsecond line\n", 0o600);
    let (_binary, binary) = file("", 0o600);
    fs::write(&binary, b"\xff\xfe\n").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe").display().to_string();
    assert!(Command::new("mkfifo").args(["-m", "600", &pipe]).status().unwrap().success());
    let directory = directory.path().display().to_string();
    let cases = [
        (
            open.as_str(),
            format!(
                "others can read or change {open}: run chmod o-rwx on it, and think of the \
                 secret as known"
            ),
        ),
        (&empty, format!("the first line of {empty} is empty")),
        (&blank, format!("the first line of {blank} is empty")),
        (&binary, format!("reading {binary}: stream did not contain valid utf-8")),
        (&directory, format!("reading {directory}: is a directory")),
        (&pipe, format!("{pipe} is not a regular file")),
        ("/dev/zero", "/dev/zero is not a regular file".to_owned()),
        (
            "/nonexistent/password",
            "reading /nonexistent/password: no such file or directory".to_owned(),
        ),
    ];
    for (path, text) in cases {
        let run = check(server.port(), &["-U", "alice", "--password-file", path]);
        run.says_only(&format!("UNKNOWN - {text}"));
    }
    assert!(server.sessions().is_empty());
}

#[test]
fn ok_a_password_file_from_an_editor_that_marks_it() {
    for text in ["\u{feff}corr3ct-h0rse-battery\r\nnotes\n", "corr3ct-h0rse-battery"] {
        let (_file, path) = file(text, 0o600);
        let args = ["-A", "plain", "-U", "alice", "--password-file", &path];
        check_script(script(&["PLAIN"]), &args).says(GOOD, &[]);
    }
}

#[test]
fn ok_a_password_in_argv_is_told_at_v() {
    let args = ["-U", "alice", "-P", PASSWORD, "-A", "PLAIN"];
    check_script(script(&["PLAIN"]), &args).says(GOOD, &[]);
    let mut verbose = args.to_vec();
    verbose.push("-v");
    let run = check_script(script(&["PLAIN"]), &verbose);
    assert_eq!((run.code, run.headline()), (0, GOOD));
    assert!(run.findings().contains(&"[OK] password-in-argv"));
    run.shows("[OK] password-in-argv: the password stands on the command line");
    verbose.extend(["--severity", "password-in-argv=warning"]);
    check_script(script(&["PLAIN"]), &verbose[..verbose.len()]).shows(
        "[WARNING] password-in-argv: the password stands on the command line (moved from OK)",
    );
}

#[test]
fn critical_a_server_that_asks_for_ever() {
    for mechanism in ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"] {
        let script = script(&[mechanism])
            .answering("AUTH", Action::reply("334 !"))
            .answering("*", Action::reply("334 !"))
            .answering("", Action::reply("334 !"))
            .answering(&encode_block(b"alice"), Action::reply("334 !"))
            .answering(&encode_block(PASSWORD.as_bytes()), Action::reply("334 !"));
        let server = start(script);
        let run = Call::of_port(server.port(), &["-U", "alice", "-A", mechanism, "-t", "2"])
            .with("MAILHOST_PASSWORD", PASSWORD)
            .run();
        run.within(1.0);
        if mechanism == "CRAM-MD5" {
            run.says(
                "CRITICAL - 127.0.0.1:PORT sent, as the reply to AUTH, a challenge that is not \
                 base64: \"!\"",
                &["[CRITICAL] reply-invalid"],
            );
        } else {
            run.says(
                "CRITICAL - 127.0.0.1:PORT answers AUTH with 334 !",
                &["[CRITICAL] reply-unexpected"],
            );
        }
        assert!(polite(&server).lines.contains(&"*".to_owned()));
    }
}

#[test]
fn critical_a_server_that_agrees_without_235() {
    let script = script(&["PLAIN"]).answering("AUTH", Action::reply("250 Ok"));
    check_script(script, &["-U", "alice", "-P", PASSWORD, "--rcpt", "a@example.org"]).says(
        "CRITICAL - 127.0.0.1:PORT answers AUTH with 250 Ok",
        &["[CRITICAL] reply-unexpected", "[UNKNOWN] not-looked-at"],
    );
}

#[test]
fn critical_broken_off_while_logging_in() {
    let mut script = script(&["LOGIN"]);
    script.auth.challenge = Action::Close;
    check_cut_off(script, &["-U", "alice", "-P", PASSWORD]).says(
        "CRITICAL - 127.0.0.1:PORT closed the connection instead of the reply to AUTH",
        &["[CRITICAL] connection-closed"],
    );
}

#[test]
fn ok_the_password_is_never_shown() {
    let (_file, path) = file(PASSWORD, 0o600);
    let formats: [&[&str]; 3] = [&["-vvv"], &["--output", "json"], &["--output", "prometheus"]];
    for (mechanism, user) in
        [("PLAIN", "alice"), ("LOGIN", "alice"), ("CRAM-MD5", "alice"), ("XOAUTH2", "bot")]
    {
        each(formats, |format| {
            let server = start(script(&[mechanism]));
            let mut args = vec!["-U", user, "-A", mechanism, "--password-file", &path];
            args.extend(format);
            let run = check(server.port(), &args);
            assert_eq!(run.code, 0, "{}", run.stdout);
            keeps_secret(&run.stdout, &polite(&server).lines);
        });
    }
}

#[test]
fn critical_a_server_that_repeats_what_it_was_told() {
    let plain = encode_block(format!("\0alice\0{PASSWORD}").as_bytes());
    let xoauth2 = encode_block(format!("user=alice\x01auth=Bearer {PASSWORD}\x01\x01").as_bytes());
    let login = encode_block(PASSWORD.as_bytes());
    let cases = [("PLAIN", plain), ("LOGIN", login), ("XOAUTH2", xoauth2)];
    let ways: [fn(&str) -> Action; 6] = [
        |line| Action::reply(&format!("535 5.7.8 I do not like {line} nor {PASSWORD}")),
        |line| Action::reply(&format!("535-5.7.8 {line}\n535 {PASSWORD}.")),
        |line| Action::reply(&format!("535 5.7.8 cut: {}", &line[..line.len() - 3])),
        |line| Action::half_line(&format!("535 5.7.8 {line}")),
        |line| Action::reply(&format!("{line} is not known")),
        |line| Action::reply(&format!("535 no\n{line}")),
    ];
    let (_file, path) = file(PASSWORD, 0o600);
    let formats: [&[&str]; 3] = [&["-vvv"], &["--output", "json"], &["--output", "prometheus"]];
    for (mechanism, line) in &cases {
        for way in ways {
            each(formats, |format| {
                let mut script = script(&[mechanism]);
                script.auth.accounts.clear();
                script.auth.failure = way(line);
                if *mechanism == "XOAUTH2" {
                    script = script.answering("AUTH", way(line));
                }
                let server = start(script);
                let mut args = vec!["-U", "alice", "-A", mechanism, "--password-file", &path];
                args.extend(format);
                let run = check(server.port(), &args);
                assert_eq!(run.code, 2, "{}", run.stdout);
                keeps_secret(&run.stdout, &[]);
                assert!(!run.stdout.contains(&line[..line.len() - 3]), "{}", run.stdout);
            });
        }
    }
}

/// Neither the password nor anything it was sent as is in the output.
#[track_caller]
fn keeps_secret(stdout: &str, lines: &[String]) {
    let base64 = encode_block(PASSWORD.as_bytes());
    for secret in [PASSWORD, &base64, base64.trim_end_matches('=')] {
        assert!(!stdout.contains(secret), "{stdout}");
    }
    for line in lines {
        let word = line.rsplit(' ').next().unwrap();
        let is_response = line.starts_with("AUTH ") && line.matches(' ').count() == 2
            || !line.contains(' ') && word.len() > 12;
        assert!(!is_response || !stdout.contains(word), "{word} in {stdout}");
    }
}
