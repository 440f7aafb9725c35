//! Options that cannot be meant: one clean line, UNKNOWN, and nothing sent.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use demo_host::smtp::Script;

use crate::support::{Call, file, start};

/// Runs with a target in front; the line must say this, and the server must not see a connection.
#[track_caller]
pub(crate) fn refused(args: &[&str], text: &str) {
    let server = start(Script::default());
    let run = Call::of_port(server.port(), args).run();
    run.says_only(&format!("UNKNOWN - {text}; see --help"));
    assert!(server.sessions().is_empty());
}

#[test]
fn unknown_help_and_version() {
    let help = Call::new(&["--help"]).run();
    assert_eq!(help.code, 3);
    assert!(help.stdout.contains("Usage: check_smtp_banner"), "{}", help.stdout);
    assert!(help.stdout.lines().all(|line| line.len() <= 80), "{}", help.stdout);
    let version = Call::new(&["-V"]).run();
    assert_eq!(
        (version.stdout.as_str(), version.code),
        (concat!("check_smtp_banner ", env!("CARGO_PKG_VERSION"), "\n"), 3),
    );
}

#[test]
fn unknown_no_target() {
    Call::new::<&str>(&[])
        .run()
        .says_only("UNKNOWN - name a host with -H, or a mail domain with -d; see --help");
}

#[test]
fn unknown_options_that_do_not_exist() {
    refused(&["--zzz"], "unexpected argument '--zzz' found");
    refused(&["example.org"], "unexpected argument 'example.org' found");
    refused(&["-Z"], "unexpected argument '-Z' found");
    refused(
        &["--extra-opts", "x"],
        "unexpected argument '--extra-opts' found; no ini file is read: write the options out, a \
         secret with --password-file",
    );
}

#[test]
fn unknown_ranges_that_cannot_be_meant() {
    for (value, text) in [
        ("20:10", "\"20:10\" starts above its end; \"10:20\" was probably meant"),
        (
            "-5",
            "\"-5\" alone holds no value; write -5:0 to allow -5 to 0, or ~:-5 to allow -5 and less",
        ),
        ("5GB", "\"5GB\" has the unit \"GB\", but this takes one of ms s m h d"),
        ("1,5", "\"1,5\" has the unit \",5\", but this takes one of ms s m h d"),
    ] {
        for (option, name) in [("-w", "--warning"), ("--ehlo-critical", "--ehlo-critical")] {
            refused(
                &[option, value],
                &format!("invalid value '{value}' for '{name} (RANGE)': {text}"),
            );
        }
    }
}

#[test]
fn unknown_options_that_contradict_each_other() {
    for (option, value) in [
        ("-D", Some("14")),
        ("--verify", None),
        ("--ca-file", Some("/dev/null")),
        ("--sni", None),
        ("--tls-min", Some("1.2")),
        ("--pin", Some("abababababababababababababababababababababababababababababababab")),
    ] {
        let args: Vec<&str> = [option].into_iter().chain(value).collect();
        refused(&args, &format!("the option {option} needs TLS: add -S (STARTTLS) or --tls"));
    }
    refused(
        &["--open-relay", "-U", "alice", "-P", "x"],
        "the option --open-relay asks as a stranger and -U logs in: make two checks of them",
    );
    refused(
        &["-U", "alice"],
        "-U needs a password: --password-file, or MAILHOST_PASSWORD in the environment",
    );
    refused(
        &["-S", "-D", "7,14"],
        "invalid value '7,14' for '--certificate (WARN[,CRIT])': the warning comes first: write \
         14,7",
    );
    refused(&["-A", "plain"], "the following required arguments were not provided: --user (NAME)");
    refused(&["-P", "x"], "the following required arguments were not provided: --user (NAME)");
    refused(
        &["--proxy-source", "192.0.2.1"],
        "the following required arguments were not provided: --proxy",
    );
    for args in [["-4", "--source-address", "::1"], ["-6", "--source-address", "127.0.0.2"]] {
        refused(&args, "--source-address is of the other family than -4 or -6 asks for");
    }
    refused(&["-S", "--tls"], "the argument '--starttls' cannot be used with '--tls'");
    refused(&["-4", "-6"], "the argument '--ipv4' cannot be used with '--ipv6'");
}

#[test]
fn unknown_options_that_would_be_ignored() {
    let range = "5";
    for (option, why) in [
        ("--tls-warning", "needs TLS: add -S (STARTTLS) or --tls"),
        ("--auth-warning", "needs a login: add -U"),
        ("--mail-warning", "needs -f, --rcpt or --size"),
        ("--rcpt-warning", "needs --rcpt"),
        ("--loss-warning", "needs --attempts of 2 or more"),
    ] {
        let said = format!("the option {option} {why}");
        refused(&[option, range], &said);
        refused(&[&option.replace("warning", "critical"), range], &said);
    }
    refused(
        &["--attempts", "1", "--loss-critical", "5"],
        "the option --loss-warning needs --attempts of 2 or more",
    );
    for args in [&["--tls-required"][..], &["--tls", "--tls-required"]] {
        refused(args, "the option --tls-required needs -S (STARTTLS)");
    }
    let socket = |args: &[&str], text: &str| {
        let run = Call::new(&[&["-H", "/run/smtp"], args].concat()).run();
        run.says_only(&format!("UNKNOWN - the option {text}; see --help"));
    };
    let nameless = "--verify needs a name on a Unix socket: add --sni NAME";
    socket(&["-S", "--verify"], nameless);
    socket(&["-S", "--verify", "--sni"], nameless);
    for (option, value) in
        [("--source-address", "127.0.0.1"), ("--proxy-source", "192.0.2.1"), ("--dns-warning", "5")]
    {
        let text = format!("{option} means nothing on a Unix socket");
        socket(&["-r", option, value], &text);
    }
}

#[test]
fn unknown_addresses_and_words_that_would_break_out() {
    let word = "one word of ASCII without blanks is wanted";
    for address in ["a b@example.org", "\u{f6}@example.org", "a@example.org ", "", " "] {
        for (option, name) in [("-f", "--from (ADDRESS)"), ("--rcpt", "--rcpt (ADDRESS)")] {
            let why = format!("not a mail address: {word}");
            refused(&[option, address], &format!("invalid value '{address}' for '{name}': {why}"));
        }
    }
    for address in ["a>b", "<a@example.org", "<<a@example.org>>"] {
        let shown = address.replace('<', "(").replace('>', ")");
        refused(
            &["--rcpt", address],
            &format!("invalid value '{shown}' for '--rcpt (ADDRESS)': not a mail address"),
        );
    }
    // Nobody is a sender, and no recipient.
    refused(
        &["--rcpt", "<>"],
        &format!("invalid value '()' for '--rcpt (ADDRESS)': not a mail address: {word}"),
    );
    for (option, name) in [("-F", "--fqdn"), ("--expect-fqdn", "--expect-fqdn")] {
        for name_given in ["two words", "m\u{f6}n.example.org"] {
            refused(
                &[option, name_given],
                &format!("invalid value '{name_given}' for '{name} (NAME)': {word}"),
            );
        }
    }
}

#[test]
fn unknown_what_stands_beside_a_password_is_not_shown() {
    for args in [
        &["-U", "alice", "-P", "correct", "horse"][..],
        &["-U", "alice", "--authpass", "correct", "horse"],
        &["-U", "alice", "--password=correct", "horse"],
    ] {
        let server = start(Script::default());
        let run = Call::of_port(server.port(), args).run();
        run.says_only("UNKNOWN - unexpected argument, not shown beside a password; see --help");
        assert!(server.sessions().is_empty());
    }
}

#[test]
fn unknown_commands_that_would_break_the_dialogue() {
    for (command, text) in [
        ("DATA", "this check never sends a message"),
        ("bdat 5 last", "this check never sends a message"),
        (" data", "this check never sends a message"),
        ("STARTTLS", "use -S for STARTTLS"),
        ("quit", "QUIT is always said at the end"),
        (" ", "a command is one line of ASCII of at most 510 characters"),
        ("NOOP \u{e9}", "a command is one line of ASCII of at most 510 characters"),
        ("Auth PLAIN AGEAYg==", "use -U to log in: a secret in -C would be shown"),
    ] {
        refused(
            &["-C", command],
            &format!("invalid value '{command}' for '--command (COMMAND)': {text}"),
        );
    }
    refused(&["-C", "NOOP", "-R", "("], "\"(\" for -R: found open group without closing ')'");
    let line_break = "one\r\nDATA";
    refused(
        &["-C", line_break],
        "invalid value 'one DATA' for '--command (COMMAND)': a command is one line of ASCII of at \
         most 510 characters",
    );
    refused(
        &["-F", line_break],
        "invalid value 'one DATA' for '--fqdn (NAME)': one word of ASCII without blanks is wanted",
    );
    for (option, name) in [("-f", "--from"), ("--rcpt", "--rcpt")] {
        refused(
            &[option, "a@example.org\r\nDATA"],
            &format!(
                "invalid value 'a@example.org DATA' for '{name} (ADDRESS)': not a mail address: \
                 one word of ASCII without blanks is wanted"
            ),
        );
    }
}

#[test]
fn unknown_targets_that_are_none() {
    let port = "; a port goes with -p";
    let name = "; write an international name in its ASCII form (xn--...)";
    for (host, hint) in [
        ("mail example.org", ""),
        ("mail.example.org/x", ""),
        (".", ""),
        ("\tx", ""),
        ("mail.example.org:25", port),
        ("127.0.0.1:25", port),
        ("[::1]:25", port),
        ("m\u{e4}il.example.org", name),
    ] {
        let run = Call::new(&["-H", host]).run();
        run.says_only(&format!(
            "UNKNOWN - \"{}\" for -H is not a host name, an address or an absolute path{hint}; \
             see --help",
            host.replace('\t', " ")
        ));
    }
    Call::new(&["-H", "/run/smtp", "-p", "25"]).run().says_only(
        "UNKNOWN - a Unix socket has no port and no address: leave out -p, -4, -6 and \
         --all-addresses; see --help",
    );
    Call::new(&["-H", "/run/smtp", "--source-address", "127.0.0.1"]).run().says_only(
        "UNKNOWN - the option --source-address means nothing on a Unix socket; see --help",
    );
}

#[test]
fn unknown_arguments_that_are_not_text() {
    let broken = OsString::from_vec(b"mail\xff.example.org".to_vec());
    let run = Call::new(&["-H".into(), broken]).run();
    run.says_only("UNKNOWN - invalid UTF-8 was detected in one or more arguments; see --help");
}

#[test]
fn unknown_files_that_will_not_do() {
    let server = start(Script::default());
    let (_file, path) = file("no certificate", 0o644);
    let run = Call::of_port(server.port(), &["-S", "--ca-file", &path]).run();
    run.says_only(&format!("UNKNOWN - reading {path}: no certificate or crl found"));
    let run = Call::of_port(server.port(), &["-S", "--ca-file", "/nonexistent/ca.pem"]).run();
    run.says_only("UNKNOWN - reading /nonexistent/ca.pem: no such file or directory");
    for (path, text) in
        [("/dev/null", "/dev/null is not a regular file"), ("/", "reading /: is a directory")]
    {
        let run = Call::of_port(server.port(), &["-S", "--ca-file", path]).run();
        run.says_only(&format!("UNKNOWN - {text}"));
    }
    assert!(server.sessions().is_empty());
}

#[test]
fn unknown_bad_usage_in_the_format_that_was_asked_for() {
    let run = Call::new(&["--output", "json", "--zzz"]).run();
    let object: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&object["state"], &object["code"]), (&"UNKNOWN".into(), &3.into()));
    let run = Call::new(&["--output=prometheus", "-H", ""]).run();
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("mailhost_smtp_banner_state"), "{}", run.stdout);
}

#[test]
fn ok_the_old_spellings_still_work() {
    for (args, code) in [
        (&["--use-ipv4", "-A", "plain", "--authuser", "a", "--authpass", "b"][..], 2),
        (&["--authtype", "LOGIN", "--authuser", "a", "--authpass", "b"], 2),
        (&["--ignore-quit-failure", "--proxy"], 0),
        (&["-C", "NOOP", "--response", "250", "--command", "RSET"], 0),
    ] {
        let run = Call::of_port(start(Script::default()).port(), args).run();
        assert!(run.code != 3 || code == 3, "{}", run.stdout);
    }
}
