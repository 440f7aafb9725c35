//! Macros that the engine left empty: every option that takes a value refuses an empty one, except
//! where it means something.

use regex_lite::Regex;

use crate::support::{Call, Run};
use crate::usage::refused;

#[test]
fn unknown_empty_macros() {
    let quantity = "\"\" is not a number such as 10 or 0.5";
    let empty = "an empty value; leave the option out or fill the macro";
    let range = "an empty range; leave the option out, or write one such as 10 or 5:10";
    let word = "one word of ASCII without blanks is wanted";
    Call::new(&["-H", "127.0.0.1", "-p", ""]).run().says_only(
        "UNKNOWN - invalid value '' for '--port (PORT)': a port is a number from 1 to 65535; see \
         --help",
    );
    refused(
        &["-C", "NOOP", "-R", ""],
        &format!("invalid value '' for '--response (REGEX)': {empty}"),
    );
    for (option, name, text) in [
        ("-t", "--timeout <SECONDS[:STATE]>", quantity),
        ("-w", "--warning <RANGE>", range),
        ("-c", "--critical <RANGE>", range),
        ("-e", "--expect <TEXT>", empty),
        ("--expect-fqdn", "--expect-fqdn <NAME>", word),
        ("-F", "--fqdn <NAME>", word),
        ("--require-keyword", "--require-keyword <KEYWORD>", word),
        ("--forbid-keyword", "--forbid-keyword <KEYWORD>", word),
        ("--size", "--size <BYTES>", quantity),
        ("-C", "--command <COMMAND>", "a command is one line of ASCII of at most 510 characters"),
        ("-U", "--user <NAME>", empty),
        ("-P", "--password <PASSWORD>", empty),
        ("-A", "--auth <MECHANISM>", "the mechanisms are plain, login, cram-md5 and xoauth2"),
        ("-D", "--certificate <WARN[,CRIT]>", "\"\" is not a number of days; write 14 or 14,7"),
        ("--sni", "--sni [<NAME>]", word),
        ("--tls-min", "--tls-min <VERSION>", "not a TLS version; write 1.0, 1.1, 1.2 or 1.3"),
        ("--pin", "--pin <SHA256>", "a SHA-256 digest has 64 hex digits; -vv shows the server's"),
        ("--source-address", "--source-address <IP>", "not an IP address"),
        ("--attempts", "--attempts <N>", "1 to 100 attempts"),
        ("--proxy-version", "--proxy-version <N>", "the PROXY protocol has the versions 1 and 2"),
        ("--proxy-source", "--proxy-source <IP[:PORT]>", "not an IP address"),
        (
            "--unreachable-state",
            "--unreachable-state <STATE>",
            "not a state; write ok, warning, critical or unknown",
        ),
    ] {
        let name = name.replace('<', "(").replace('>', ")");
        refused(&[option, ""], &format!("invalid value '' for '{name}': {text}"));
    }
    for stage in ["dns", "connect", "greeting", "ehlo", "tls", "auth", "mail", "rcpt", "loss"] {
        for level in ["warning", "critical"] {
            let option = format!("--{stage}-{level}");
            for blank in ["", " "] {
                refused(
                    &[&option, blank],
                    &format!("invalid value '{blank}' for '{option} (RANGE)': {range}"),
                );
            }
        }
    }
}

#[test]
fn unknown_empty_macros_that_only_together_make_no_sense() {
    let line = |args: &[&str]| Call::new(args).run();
    let says = |run: &Run, text: &str| run.says_only(&format!("UNKNOWN - {text}; see --help"));
    says(
        &line(&["-H", ""]),
        "invalid value '' for '--hostname (HOST)': an empty value; leave the option out or fill \
         the macro",
    );
    says(
        &line(&["-H", "127.0.0.1", "-R", "250"]),
        "more -R than -C: each -R is for the -C of the same place",
    );
    for (option, name) in [
        ("-f", "--from (ADDRESS)"),
        ("--rcpt", "--rcpt (ADDRESS)"),
        ("--open-relay", "--open-relay [(ADDRESS)]"),
    ] {
        refused(
            &[option, ""],
            &format!(
                "invalid value '' for '{name}': not a mail address: one word of ASCII without \
                 blanks is wanted"
            ),
        );
    }
    refused(
        &["--ignore", ""],
        "no finding of check_smtp_banner has the code \"\"; docs/findings.md lists them",
    );
    refused(
        &["--severity", ""],
        "\"\" for --severity is not CODE=ok, CODE=warning, CODE=critical or CODE=unknown",
    );
    for (args, option) in [
        (&["-S", "--ca-file", ""][..], "--ca-file (FILE)"),
        (&["-U", "alice", "--password-file", ""], "--password-file (FILE)"),
    ] {
        refused(args, &format!("a value is required for '{option}' but none was supplied"));
    }
    refused(
        &["--output", ""],
        "a value is required for '--output (FORMAT)' but none was supplied [possible values: \
         nagios, json, prometheus]",
    );
}

#[test]
fn unknown_an_empty_value_for_whatever_the_help_lists() {
    let help = Call::new(&["--help"]).run().stdout;
    let options: Vec<&str> = Regex::new(r"(--[a-z0-9-]+) \[?<")
        .unwrap()
        .captures_iter(&help)
        .map(|found| found.get(1).unwrap().as_str())
        .collect();
    assert!(options.len() > 40, "{options:?}");
    for option in options {
        let run = Call::new(&["-H", "127.0.0.1", "-p", "9", "-S", option, ""]).run();
        assert_eq!(run.code, 3, "{option}: {}", run.stdout);
        assert_eq!(run.stdout.lines().count(), 1, "{option}: {}", run.stdout);
        let line = run.stdout;
        assert!(line.starts_with("SMTP BANNER UNKNOWN - "), "{option}: {line}");
    }
}
