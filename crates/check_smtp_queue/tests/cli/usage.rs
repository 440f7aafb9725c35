//! Options that cannot be meant.

use crate::support::check;

#[test]
fn unknown_what_is_refused_says_what_to_write() {
    for (words, line) in [
        (
            &["-s"][..],
            "UNKNOWN - no sudo: give the check's user the group or the read rights that \
             docs/plugins/check_smtp_queue.md names; see --help",
        ),
        (
            &["-M", "sendmail", "-W", "5", "-C", "10"],
            "UNKNOWN - -W and -C are not kept: for messages to one domain write \
             --destination-warning and --destination-critical, for qmail's unpreprocessed ones \
             --todo-warning and --todo-critical; see --help",
        ),
        (
            &["-M", "exim", "-d", "/etc/exim4"],
            "UNKNOWN - -d is a directory with main.cf (Postfix) or sendmail.cf (Sendmail); for \
             another mail system name its spool with --queue-directory; see --help",
        ),
        (
            &["--count-only", "--deferred-age-warning", "1h"],
            "UNKNOWN - --count-only sees no ages, bytes, senders or domains: leave it out, or the \
             thresholds on them; see --help",
        ),
        (
            &["-M", "notes"],
            "UNKNOWN - invalid value 'notes' for '--mta (NAME)': there are auto, postfix, exim, \
             sendmail, opensmtpd, qmail, courier and nullmailer; see --help",
        ),
        (
            &["--queue-directory", "spool"],
            "UNKNOWN - invalid value 'spool' for '--queue-directory (DIR)': an absolute path is \
             wanted; see --help",
        ),
        (
            &["--deferred-warning", "5GB"],
            "UNKNOWN - invalid value '5GB' for '--deferred-warning (RANGE)': \"5GB\" has the unit \
             \"GB\", but this is a plain number; see --help",
        ),
        (
            &["--queue-directory", "/nonexistent"],
            "UNKNOWN - /nonexistent looks like no mail system's queue directory; if it is one, say \
             whose with -M",
        ),
    ] {
        check(words).says_only(line);
    }
}

#[test]
fn unknown_the_older_plugin_s_limits_of_a_domain_by_either_name() {
    let short = check(&["-M", "sendmail", "-W", "5", "-C", "10"]);
    assert!(short.verdict().starts_with("UNKNOWN - -W and -C are not kept: "));
    for words in [&["--Warning", "5"][..], &["--Critical", "10"], &["--Warning=5", "--Critical=10"]]
    {
        let long = check(&[&["-M", "sendmail"], words].concat());
        assert_eq!((long.0.stdout, long.0.code), (short.0.stdout.clone(), 3), "{words:?}");
    }
}

#[test]
fn unknown_no_mail_system() {
    check(&["-M", "qmail"]).says_only(
        "UNKNOWN - no mail system found (postfix, exim, sendmail, opensmtpd, qmail, courier, \
         nullmailer); name a spool with --queue-directory",
    );
}

#[test]
fn unknown_names_of_the_older_plugin_still_work() {
    let old = check(&["--mailserver", "postfix", "--configdir", "/nonexistent"]);
    assert_eq!(old.findings(), ["[UNKNOWN] queue-unreadable"]);
}
