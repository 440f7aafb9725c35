//! Answers that were wrong once.

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;

use demo_host::spool::{Conduct, Showq, Spool};
use tempfile::TempDir;

use crate::support::{Configured, NO_STATE, Said, check, check_spool, of_hours, programs};

#[test]
fn critical_a_part_that_can_be_read_does_not_hide_that_postfix_is_down() {
    let installed = Configured::stopped("");
    drop(Showq::start(&installed.spool, Conduct::List(vec![])));
    fs::remove_dir(installed.spool.path().join("active")).unwrap();
    let said = installed.check(&[]);
    assert_eq!(said.findings(), ["[CRITICAL] mta-down", "[UNKNOWN] not-looked-at"]);
}

#[test]
fn unknown_ignoring_that_it_is_down_does_not_answer_what_was_asked() {
    let installed = Configured::stopped("");
    drop(Showq::start(&installed.spool, Conduct::List(vec![])));
    let words = ["--via", "socket", "--ignore", "mta-down"];
    installed.check(&words).says("OK - postfix-test queue was not looked at (1 ignored)", &[]);
    let said = installed.check(&[&words[..], &["-c", "100"]].concat());
    said.says(
        "UNKNOWN - postfix-test messages in all queues were not looked at",
        &["[UNKNOWN] not-looked-at"],
    );
}

#[test]
fn unknown_a_queue_that_is_named_twice_in_other_words() {
    let spool = Spool::new().unwrap();
    let path = spool.path().display().to_string();
    let other = format!("{path}/../{}/", spool.path().file_name().unwrap().display());
    check(&["--queue-directory", &path, "--queue-directory", &other])
        .says_only(&format!("UNKNOWN - the queue {path} is named twice; see --help"));
}

#[test]
fn unknown_a_spool_that_need_not_run_is_closed_and_not_down() {
    let spool = Spool::new().unwrap();
    drop(Showq::start(&spool, Conduct::List(vec![])));
    check_spool(&spool, &["--via", "socket"]).says(
        &format!(
            "UNKNOWN - postfix queue is closed to this user: connecting to \
             {}/public/showq: connection refused",
            spool.path().display()
        ),
        &["[UNKNOWN] queue-denied"],
    );
}

#[test]
fn critical_and_ok_a_service_whose_connections_nobody_accepts() {
    let spool = Spool::new().unwrap();
    let path = spool.path().join("public/showq");
    let _listener = UnixListener::bind(&path).unwrap();
    // Its queue of connections is filled, which takes no more than it says.
    let mut waiting = Vec::new();
    for _ in 0..5000 {
        let socket = rustix::net::socket_with(
            rustix::net::AddressFamily::UNIX,
            rustix::net::SocketType::STREAM,
            rustix::net::SocketFlags::NONBLOCK,
            None,
        );
        let socket = socket.unwrap();
        let address = rustix::net::SocketAddrUnix::new(&path).unwrap();
        if rustix::net::connect(&socket, &address).is_err() {
            break;
        }
        waiting.push(UnixStream::from(socket));
    }
    check_spool(&spool, &["--via", "socket", "-t", "0.5"]).says(
        "CRITICAL - postfix does not answer in time: public/showq",
        &["[CRITICAL] mta-silent"],
    );
    spool.add(1, &of_hours(1, "active")).unwrap();
    check_spool(&spool, &[]).says("OK - postfix 1 message (1 active), oldest 1h", &[]);
}

#[test]
fn unknown_a_queue_without_a_limit_that_is_not_looked_at() {
    let spool = Spool::new().unwrap();
    fs::remove_dir(spool.path().join("hold")).unwrap();
    let said = check_spool(&spool, &["-M", "postfix"]);
    assert_eq!(said.findings(), ["[UNKNOWN] not-looked-at"], "{}", said.0.stdout);
    assert_eq!(said.metric("messages"), None);
}

#[test]
fn unknown_a_spool_of_another_mail_system() {
    let spool = Spool::new().unwrap();
    let path = spool.path().display();
    for other in ["sendmail", "exim", "opensmtpd"] {
        check_spool(&spool, &["-M", other]).says_only(&format!(
            "UNKNOWN - {path} looks like a queue directory of postfix, not of {other}; see --help"
        ));
    }
}

#[test]
fn unknown_what_is_in_the_place_of_a_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("main.cf");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let words = ["-d", &directory.path().display().to_string(), "--state-dir", NO_STATE];
    let said = check(&words);
    assert_eq!(said.findings(), ["[UNKNOWN] queue-unreadable"]);
    assert!(said.verdict().ends_with("main.cf: not a plain file"), "{}", said.verdict());
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    let said = check(&words);
    assert!(said.verdict().ends_with("main.cf: not a plain file"), "{}", said.verdict());
    // Each refers twelve times to the next.
    fs::remove_file(&path).unwrap();
    let mut text = "queue_directory = /$a0\na9 = x\n".to_owned();
    for level in 0..9 {
        let next = format!("$a{} ", level + 1).repeat(12);
        writeln!(text, "a{level} = {next}").unwrap();
    }
    fs::write(&path, text).unwrap();
    assert_eq!(check(&words).findings(), ["[UNKNOWN] queue-unreadable"]);
}

/// A spool of Exim with messages, of which the first is frozen.
fn exim(count: usize) -> TempDir {
    let spool = tempfile::tempdir().unwrap();
    let input = spool.path().join("input");
    fs::create_dir(&input).unwrap();
    for number in 0..count {
        let id = format!("15ftgG-{number:06}-1c");
        let frozen = if number == 0 { "-frozen 1000000100\n" } else { "" };
        let header = format!(
            "{id}-H\nmail 8 8\n<alice@example.org>\n1000000000 0\n-ident mail\n{frozen}XX\n1\n\
             bob@example.net\n\n023  Subject: hello\n"
        );
        fs::write(input.join(format!("{id}-H")), header).unwrap();
        fs::write(input.join(format!("{id}-D")), "body").unwrap();
    }
    spool
}

#[test]
fn warning_frozen_messages_stay_known_when_others_cannot_be_read() {
    let spool = exim(3);
    // Not even root can open it.
    let broken = spool.path().join("input/15ftgG-000001-1c-H");
    fs::remove_file(&broken).unwrap();
    fs::create_dir(spool.path().join("elsewhere")).unwrap();
    fs::write(&broken, "").unwrap();
    fs::set_permissions(&broken, Permissions::from_mode(0o000)).unwrap();
    let path = spool.path().display().to_string();
    let said = check(&["--queue-directory", &path, "--state-dir", NO_STATE]);
    assert_eq!(said.findings(), ["[WARNING] messages-frozen"], "{}", said.0.stdout);
    assert_eq!(said.metric("messages"), Some("3"));
}

#[test]
fn unknown_an_age_limit_where_a_message_has_no_age() {
    let directory = tempfile::tempdir().unwrap();
    let queue = directory.path().join("mqueue");
    fs::create_dir(&queue).unwrap();
    let path = queue.display().to_string();
    fs::write(queue.join("qf6ALL0wJU022468"), "V8\nT1000000000\nSa@example.org\n.\n").unwrap();
    // Neither its name nor its content tells a time.
    fs::write(queue.join("qfstrange"), "V8\nSa@example.org\n.\n").unwrap();
    let place = ["--queue-directory", &path, "-M", "sendmail", "--state-dir", NO_STATE];
    let said = check(&[&place[..], &["--queue-age-critical", "100000d"]].concat());
    assert_eq!(said.findings(), ["[UNKNOWN] not-looked-at"], "{}", said.0.stdout);
    let said = check(&[&place[..], &["--queue-age-critical", "1d"]].concat());
    assert_eq!(said.findings(), ["[CRITICAL] age-threshold"], "{}", said.0.stdout);
}

fn postqueue(script: &str, words: &[&str]) -> Said {
    let installed = Configured::with("");
    let programs = programs(&[("postqueue", script)]);
    let words = [&["--via", "command"], words].concat();
    Said::with_programs(installed.plugin(&words), programs.path())
}

#[test]
fn ok_a_program_that_says_very_much_on_stderr() {
    let flood = "i=0; while [ $i -lt 4000 ]; do echo 'postqueue: warning: \
                 0123456789012345678901234567890123456789' >&2; i=$((i + 1)); done";
    postqueue(flood, &[]).says("OK - postfix-test queue is empty", &[]);
}

#[test]
fn unknown_a_refusal_that_calls_itself_a_success() {
    let said = postqueue(
        "echo 'postqueue: fatal: User nagios(1000) is not allowed to view the mail queue' >&2",
        &[],
    );
    assert_eq!(said.findings(), ["[UNKNOWN] queue-denied"], "{}", said.0.stdout);
}

#[test]
fn critical_and_ok_one_that_is_slow_takes_no_time_from_the_other() {
    let (slow, quick) = (Configured::with(""), Configured::stopped(""));
    drop(slow.showq);
    let _silent = Showq::start(&slow.spool, Conduct::Silent);
    let _answers = Showq::start(
        &quick.spool,
        Conduct::List(vec![("4F2A11C0D".to_owned(), of_hours(2, "active"))]),
    );
    let [one, other] =
        [&slow.directory, &quick.directory].map(|it| it.path().display().to_string());
    let words = ["-d", &one, "-d", &other, "--state-dir", NO_STATE, "--via", "socket", "-t", "1"];
    let said = check(&words);
    assert_eq!(said.findings(), ["[CRITICAL] mta-silent"], "{}", said.0.stdout);
    assert_eq!(said.0.stdout.matches("does not answer").count(), 2, "{}", said.0.stdout);
}
