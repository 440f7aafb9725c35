//! Options that cannot be meant.

use crate::support::bare;

#[test]
fn unknown_what_cannot_be_meant_is_one_sentence() {
    let message = "--message /dev/null";
    for (words, line) in [
        ("", "the domain is missing: give -d, or a message with --message"),
        ("-d ''", "-d is empty; leave it out or fill the macro"),
        ("-d a@b.example", "\"a@b.example\" is no mail domain: write b.example"),
        (
            "-d m\u{fc}ller.example",
            "write the domain m\u{fc}ller.example in its ASCII form (xn--...)",
        ),
        ("-d a..example", "\"a..example\" is no mail domain: a part of the name is empty"),
        ("-d .", "\".\" is no mail domain: it is the root of the DNS"),
        (
            "-d a/b",
            "\"a/b\" is no mail domain: it holds other characters than letters, digits, hyphens and dots",
        ),
        ("-d 192.0.2.1", "\"192.0.2.1\" is no mail domain: it is an address"),
        (
            "-d b.example -w 5",
            "-w has no number to hold here; there are --require-policy, --max-key-age and --severity",
        ),
        (
            "-d b.example -c 5:",
            "-c has no number to hold here; there are --require-policy, --max-key-age and --severity",
        ),
        (
            "-d b.example -w -1 -c ''",
            "-w has no number to hold here; there are --require-policy, --max-key-age and --severity",
        ),
        (
            "-d b.example --selector a..b",
            "\"a..b\" for --selector is not SELECTOR or SELECTOR@DOMAIN",
        ),
        (
            "-d b.example --selector @b.example",
            "\"@b.example\" for --selector is not SELECTOR or SELECTOR@DOMAIN",
        ),
        (
            "-d b.example --selector s1._domainkey.b.example.",
            "\"s1._domainkey.b.example.\" for --selector is not SELECTOR or SELECTOR@DOMAIN",
        ),
        ("-d b.example --retired x-", "\"x-\" for --retired is not SELECTOR or SELECTOR@DOMAIN"),
        ("-d b.example --selector s --retired S", "S is given with --selector and with --retired"),
        (
            "-d b.example --retired s@x.example --selector s@x.example",
            "s@x.example is given with --selector and with --retired",
        ),
        (
            "-d b.example --only dmarc --selector s",
            "--selector is about DKIM, which --only dmarc leaves out",
        ),
        (
            "-d b.example --only dmarc --key-table /x",
            "--key-table is about DKIM, which --only dmarc leaves out",
        ),
        (
            "-d b.example --only dmarc --guess",
            "--guess is about DKIM, which --only dmarc leaves out",
        ),
        (
            "-d b.example --only dmarc --retired s",
            "--retired is about DKIM, which --only dmarc leaves out",
        ),
        (
            "-d b.example --only dmarc --max-key-age 1d",
            "--max-key-age is about DKIM, which --only dmarc leaves out",
        ),
        (
            "-d b.example --only dkim --require-policy reject",
            "--require-policy is about DMARC, which --only dkim leaves out",
        ),
        (
            "-d b.example --only dkim --expect-record x",
            "--expect-record is about DMARC, which --only dkim leaves out",
        ),
        ("-d b.example --only dkim --bimi", "--bimi is about DMARC, which --only dkim leaves out"),
        (
            "-d b.example --only dkim --parked",
            "--parked is about DMARC, which --only dkim leaves out",
        ),
        (&format!("{message} --only dkim"), "--only needs a domain: give -d"),
        (&format!("{message} --consistency"), "--consistency needs a domain: give -d"),
        (&format!("{message} --selector s"), "--selector needs a domain: give -d"),
        (&format!("{message} --parked"), "--parked needs a domain: give -d"),
        (&format!("{message} --bimi"), "--bimi needs a domain: give -d"),
        (&format!("{message} --ip 192.0.2"), "\"192.0.2\" for --ip is not an IP address"),
        (
            &format!("{message} --ip 192.0.2.1 --envelope-from ''"),
            "the null sender has no domain; give the name in HELO with --helo",
        ),
        (
            "-d b.example --ignore no-such-code",
            "no finding of check_dkim_dmarc has the code \"no-such-code\"; docs/findings.md lists them",
        ),
    ] {
        let said = bare(words);
        assert_eq!(said.verdict(), format!("UNKNOWN - {line}; see --help"), "{words}");
        said.says_only(&format!("UNKNOWN - {line}; see --help"));
    }
}

/// The option that is wrong is the one that is named.
#[test]
fn unknown_the_domain_of_a_selector_that_can_be_none() {
    for text in ["s@", "s@192.0.2.1", "s@a..b"] {
        bare(&format!("-d b.example --selector {text}")).says_only(&format!(
            "UNKNOWN - \"{text}\" for --selector is not SELECTOR or SELECTOR@DOMAIN; see --help"
        ));
    }
}

#[test]
fn unknown_values_that_an_option_does_not_have() {
    for words in [
        "-d b.example --only spf",
        "-d b.example --require-policy none",
        "-d b.example --require-policy ''",
        "-d b.example --max-key-age 0",
        "-d b.example --max-key-age -5d",
        "-d b.example --max-key-age soon",
        "-d b.example --max-key-age 5GB",
        "-d b.example --selector ''",
        "-d b.example --retired ''",
        "-d b.example --expect-record ''",
        "-d b.example --expect-fingerprint ''",
        "-d b.example --key-file ''",
        "-d b.example --key-table ''",
        "-d b.example --bimi=",
        "-d b.example --ip 192.0.2.1",
        "-d b.example --helo x.example",
        "-d b.example --message relative.eml",
        "-d b.example --message ''",
        "-d b.example -4",
        "-d b.example -p 25",
        "-d b.example -H b.example",
        "-d b.example b.example",
        "-d b.example --nameserver x",
        "-d b.example --extra-opts=x",
    ] {
        let said = bare(words);
        assert_eq!(said.stdout.lines().count(), 1, "{words}\n{}", said.stdout);
        assert!(said.verdict().starts_with("UNKNOWN - "), "{words}\n{}", said.stdout);
        assert!(said.verdict().chars().count() < 200, "{words}\n{}", said.stdout);
        said.ends_as("UNKNOWN");
    }
}

#[test]
fn unknown_help_and_version_are_no_verdict() {
    let said = bare("--help");
    assert!(
        said.stdout.contains("Will the world believe mail from this domain?"),
        "{}",
        said.stdout
    );
    said.ends_as("UNKNOWN");
    for option in
        ["--selector", "--key-table", "--guess", "--require-policy", "--bimi", "--message"]
    {
        assert!(said.stdout.contains(option), "{option}");
    }
    assert!(
        !said.stdout.contains("--warning") && !said.stdout.contains("--critical"),
        "{}",
        said.stdout
    );
    let said = bare("-V");
    assert!(said.stdout.starts_with("check_dkim_dmarc "), "{}", said.stdout);
    said.ends_as("UNKNOWN");
}
