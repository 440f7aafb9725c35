//! Lists that know their users by a key, which is never shown.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use demo_host::dns::{Behaviour, DnsServer, Zone};
use mailhost_tests::{Plugin, Run};

use crate::support::{HOST, bare, list};

const KEY: &str = "q7secretkey3xample";

fn zone() -> Zone {
    let of_key = format!("{KEY}.zen.dq.spamhaus.net");
    list(Zone::new(), &of_key).a(&format!("7.196.31.192.{of_key}"), [127, 0, 0, 2]).txt(
        &format!("7.196.31.192.{of_key}"),
        format!("see {}.zen.dq.spamhaus.net", KEY.to_uppercase()),
    )
}

fn with_environment(zone: &Zone, words: &str, key: Option<&str>) -> (Run, usize) {
    let server = DnsServer::start(zone).unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_check_rbl"));
    let line = format!(
        "-H {HOST} {words} --nameserver {} --state-dir /nonexistent/state",
        server.address()
    );
    let plugin = Plugin::at(program).args(line.split_whitespace()).env_clear();
    let plugin = match key {
        Some(key) => plugin.env("MAILHOST_SPAMHAUS_KEY", key),
        None => plugin,
    };
    let said = plugin.run().held();
    let shown = said.stdout.to_ascii_lowercase();
    assert!(!shown.contains(KEY), "{shown}");
    (said, server.queries().len())
}

#[test]
fn critical_the_key_comes_from_the_environment_and_is_not_shown() {
    for more in ["-vvv", "--output json", "--output prometheus"] {
        let words = format!("-s zen.dq.spamhaus.net {more}");
        let (said, asked) = with_environment(&zone(), &words, Some(KEY));
        assert_eq!((said.code, asked), (2, 4), "{}", said.stdout);
    }
    let (said, _) = with_environment(&zone(), "-s zen.dq.spamhaus.net -vvv", Some(KEY));
    said.shows("    \"see (key).zen.dq.spamhaus.net\"");
    assert!(said.stdout.contains("A 7.196.31.192.(key).zen.dq.spamhaus.net: 127.0.0.2"));
}

#[test]
fn critical_the_key_comes_from_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("key");
    fs::write(&file, format!("{KEY}\n")).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    let words = format!("-s zen.dq.spamhaus.net --key-file zen.dq.spamhaus.net={}", file.display());
    let (said, _) = with_environment(&zone(), &words, None);
    said.ends_as("CRITICAL");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let (said, asked) = with_environment(&zone(), &words, None);
    assert_eq!(asked, 0);
    assert!(said.stdout.contains("others can read or change"), "{}", said.stdout);
}

#[test]
fn critical_a_key_on_the_command_line_works_and_is_noted() {
    let (said, _) = with_environment(&zone(), &format!("-s {KEY}.zen.dq.spamhaus.net -v"), None);
    said.ends_as("CRITICAL");
    assert!(said.findings().contains(&"[OK] password-in-argv"), "{}", said.stdout);
}

#[test]
fn critical_a_key_of_a_list_that_is_not_in_the_table_is_a_key_too() {
    let of_key = format!("{KEY}.xbl.dq.spamhaus.net");
    let zone = list(Zone::new(), &of_key).a(&format!("7.196.31.192.{of_key}"), [127, 0, 0, 4]);
    for more in ["-vvv", "--output json"] {
        let (said, _) = with_environment(&zone, &format!("-s {of_key}=2 {more}"), None);
        assert_eq!(said.code, 2, "{}", said.stdout);
        assert!(said.stdout.contains("password-in-argv"), "{}", said.stdout);
    }
}

#[test]
fn unknown_a_key_is_not_shown_where_an_option_is_wrong() {
    let keyed = format!("{KEY}.zen.dq.spamhaus.net");
    for (words, sentence) in [
        (format!("--without {keyed}"), "--without zen.dq.spamhaus.net: it is not asked anyway"),
        (
            format!("--accept {keyed}@192.31.196.7"),
            "--accept zen.dq.spamhaus.net@192.31.196.7: that list is not asked",
        ),
        (
            format!("--allow-list {keyed}=1"),
            "--allow-list zen.dq.spamhaus.net: it is not an allow list: name it with --with",
        ),
        (format!("-s {KEY}..zen.dq.spamhaus.net"), "-s: that is no zone"),
        (format!("-s {KEY}.dq.spamhaus.net"), "-s: that is no zone"),
        (format!("-s x.{keyed}"), "-s: that is no zone"),
        (format!("-s {keyed}=x"), "-s zen.dq.spamhaus.net: a weight is a number from 0 to 1000"),
        (format!("--key-file {keyed}"), "--key-file: write ZONE=FILE"),
    ] {
        let (said, asked) = with_environment(&zone(), &words, None);
        said.says_only(&format!("UNKNOWN - {sentence}; see --help"));
        assert_eq!(asked, 0);
    }
    let (said, _) = with_environment(&zone(), &keyed, None);
    said.says_only("UNKNOWN - unexpected argument, not shown beside a password; see --help");
}

#[test]
fn unknown_a_server_that_repeats_the_question_does_not_show_the_key() {
    let text = format!("SERVFAIL 7.196.31.192.{}.zen.dq.spamhaus.net. A IN", KEY.to_uppercase());
    let behaviour = Behaviour::ExtendedError { code: 22, text, servfail: true };
    let zone = Zone::new().behave("*", behaviour);
    for more in ["-vvv", "--output json"] {
        let words = format!("-s zen.dq.spamhaus.net -t 2 {more}");
        let (said, _) = with_environment(&zone, &words, Some(KEY));
        assert_eq!(said.code, 3, "{}", said.stdout);
        assert!(said.stdout.contains("7.196.31.192.(key).zen.dq.spamhaus.net"), "{}", said.stdout);
    }
}

#[test]
fn critical_a_key_at_the_end_of_a_long_reason_is_not_shown_in_part() {
    let of_key = format!("{KEY}.zen.dq.spamhaus.net");
    let text = format!("{}{KEY}", "x".repeat(290));
    let zone = list(Zone::new(), &of_key)
        .a(&format!("7.196.31.192.{of_key}"), [127, 0, 0, 2])
        .txt(&format!("7.196.31.192.{of_key}"), text);
    let (said, _) = with_environment(&zone, "-s zen.dq.spamhaus.net", Some(KEY));
    said.shows(&format!("    \"{}(key)\"", "x".repeat(290)));
}

#[test]
fn unknown_without_a_key_nothing_is_sent() {
    let (said, asked) = with_environment(&zone(), "--with zen.dq.spamhaus.net", None);
    said.says_only(
        "UNKNOWN - zen.dq.spamhaus.net needs a key: --key-file zen.dq.spamhaus.net=FILE, or \
         MAILHOST_SPAMHAUS_KEY in the environment; see --help",
    );
    assert_eq!(asked, 0);
    let (said, _) = with_environment(&zone(), "--with zen.dq.spamhaus.net", Some("a b"));
    said.says_only(
        "UNKNOWN - the key in MAILHOST_SPAMHAUS_KEY is not one word of 4 to 63 letters, digits and \
         hyphens",
    );
}

#[test]
fn unknown_silence_does_not_show_the_key() {
    let silent = Zone::new().behave("*", Behaviour::Silence);
    let words = "-s zen.dq.spamhaus.net -vvv -t 0.5";
    let (said, _) = with_environment(&silent, words, Some(KEY));
    said.ends_as("UNKNOWN");
}

#[test]
fn unknown_a_key_for_a_list_that_is_not_asked() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("key");
    fs::write(&file, KEY).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    bare(&format!("-H {HOST} -s a.example --key-file b.example={}", file.display()))
        .says_only("UNKNOWN - --key-file is for b.example, which is not asked; see --help");
}
