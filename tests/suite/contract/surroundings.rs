//! The odd surroundings in which engines run plugins.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use mailhost_tests::{Run, skip};

use crate::subjects::{PLUGINS, Subject, run_after};

#[test]
fn ok_surroundings_change_nothing() {
    for (name, prelude) in HARMLESS {
        for subject in PLUGINS {
            unchanged(subject, name, prelude, &subject.path());
        }
    }
}

#[test]
fn unknown_a_verdict_that_nobody_reads_does_not_count() {
    for (name, prelude) in UNREAD {
        for subject in PLUGINS {
            for line in [subject.good(), subject.critical(), vec!["--help".into()]] {
                let run = run_after(prelude, &subject.path(), &line);
                assert_eq!(said(&run), (3, "", ""), "{} {name}", subject.binary());
            }
        }
    }
}

#[test]
fn ok_a_closed_stdout_is_survived() {
    for prelude in CLOSED {
        for subject in PLUGINS {
            for line in [subject.good(), subject.critical(), vec!["--help".into()]] {
                let run = run_after(prelude, &subject.path(), &line);
                subject.quiet(&run, prelude);
                assert_eq!(run.stdout, "", "{} {prelude}", subject.binary());
            }
        }
    }
}

#[test]
fn ok_nobody_can_run_it() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    if fs::metadata(directory.path()).expect("its owner").uid() != 0 {
        skip("suite/nobody", "only root can become nobody");
        return;
    }
    let inside = directory.path().join("closed");
    fs::create_dir(&inside).expect("a directory that only root may enter");
    fs::set_permissions(&inside, Permissions::from_mode(0o700)).expect("its rights");
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).expect("its rights");
    for subject in PLUGINS {
        let original = subject.path();
        let copy = directory.path().join(original.file_name().expect("a file"));
        fs::copy(&original, &copy).expect("a copy of the plugin");
        for place in [Path::new("/"), &inside] {
            let prelude = format!("cd '{}' && unset HOME && {AS_NOBODY}", place.display());
            unchanged(subject, "nobody", &prelude, &copy);
        }
    }
}

/// The good and the bad command line, and a bad usage, say what they always say.
fn unchanged(subject: &Subject, name: &str, prelude: &str, path: &Path) {
    let usage = vec!["--no-such-option".into()];
    for (line, code) in [(subject.good(), 0), (subject.critical(), 2), (usage, 3)] {
        let run = run_after(prelude, path, &line);
        let output = subject.read(&run, name);
        assert_eq!(run.code, code, "{} {name}: {run:#?}", subject.binary());
        let usual = subject.says(&line);
        let labels_and_codes = |output: &crate::parser::nagios::Output| {
            let labels: Vec<String> = output.labels().into_iter().map(str::to_owned).collect();
            let codes: Vec<String> = output.findings.iter().map(|it| it.code.clone()).collect();
            (labels, codes)
        };
        assert_eq!(
            labels_and_codes(&output),
            labels_and_codes(&usual),
            "{name}"
        );
    }
    let help = run_after(prelude, path, &["--help".into()]);
    assert_eq!(
        said(&help),
        said(&subject.run(&["--help"])),
        "{} {name}",
        subject.binary()
    );
}

fn said(run: &Run) -> (i32, &str, &str) {
    (run.code, &run.stdout, &run.stderr)
}

const HARMLESS: &[(&str, &str)] = &[
    ("no stdin", "exec <&-"),
    ("stdin that cannot be read", "exec </"),
    ("stdin that never ends", "exec </dev/zero"),
    ("no HOME", "unset HOME"),
    ("HOME that does not exist", "export HOME=/nonexistent"),
    ("empty PATH", "export PATH="),
    ("no PATH", "unset PATH"),
    ("no environment", "WRAPPER='env -i'"),
    (
        "removed directory",
        "d=$(mktemp -d) && cd \"$d\" && rmdir \"$d\"",
    ),
    ("C", "export LANG=C LC_ALL=C"),
    ("Turkish", "export LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8"),
    (
        "German numbers",
        "export LANG=de_DE.UTF-8 LC_NUMERIC=de_DE.UTF-8",
    ),
    (
        "language that is no text",
        "export LANG=\"$(printf '\\377')\"",
    ),
    (
        "backtraces",
        "export RUST_BACKTRACE=1 RUST_LIB_BACKTRACE=full",
    ),
    ("logging", "export RUST_LOG=trace"),
    ("wide terminal", "export COLUMNS=300 LINES=5"),
    (
        "colours",
        "export CLICOLOR_FORCE=1 FORCE_COLOR=1 TERM=xterm-256color",
    ),
    ("ignored signals", "trap '' PIPE TERM INT HUP ALRM CHLD"),
    (
        "inherited files",
        "exec 3</dev/null 4>/dev/null 5<>/dev/null 7</etc/passwd 9<&0",
    ),
    ("few files", "ulimit -n 16"),
    ("no core, no file", "ulimit -c 0; ulimit -f 0"),
    ("umask", "umask 0777"),
    (
        "Nagios' macros",
        "export NAGIOS_HOSTNAME='a|b' NAGIOS_SERVICEOUTPUT=\"$(printf '\\033')\"",
    ),
    ("other time zone", "export TZ=Asia/Kolkata"),
];

/// Rust's runtime opens /dev/null in place of a closed stdout, and takes one that cannot be written to
/// for closed, so the code may be the state's.
const CLOSED: [&str; 4] = [
    "exec >&-",
    "exec <&- >&-",
    "exec <&- >&- 2>&-",
    "exec 1</dev/null",
];

const UNREAD: &[(&str, &str)] = &[
    ("/dev/full", "exec >/dev/full"),
    ("closed pipe", CLOSED_PIPE),
    ("closed pipe, SIGPIPE ignored", CLOSED_PIPE_IGNORED),
];

/// The reader is gone for certain before the plugin starts.
const CLOSED_PIPE: &str = r#"d=$(mktemp -d); mkfifo "$d/p"
(: <"$d/p") & exec 5>"$d/p"; wait; rm -r "$d"; exec >&5 5>&-"#;

const CLOSED_PIPE_IGNORED: &str = r#"trap '' PIPE; d=$(mktemp -d); mkfifo "$d/p"
(: <"$d/p") & exec 5>"$d/p"; wait; rm -r "$d"; exec >&5 5>&-"#;

const AS_NOBODY: &str = "WRAPPER='setpriv --reuid=65534 --regid=65534 --clear-groups'";
