//! What a user without rights is told.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use demo_host::spool::Spool;
use mailhost_tests::Plugin;
use mailhost_tests::skip::skip;

use crate::support::{NO_STATE, Said, of_hours, open_to_all, public_copy};

/// Runs the program as nobody; `None` where only root could.
fn as_nobody(words: &[&str]) -> Option<Said> {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        skip("queue/rights", "not root, so nobody else can be played");
        return None;
    }
    let (_directory, copy) = public_copy();
    let who = ["--reuid=65534", "--regid=65534", "--clear-groups", &copy.display().to_string()]
        .map(ToOwned::to_owned);
    let plugin = Plugin::at(Path::new("/usr/bin/setpriv")).args(who).args(words);
    Some(Said::of(plugin))
}

fn spool() -> (Spool, String) {
    let spool = Spool::new().unwrap();
    spool.add(2, &of_hours(2, "deferred")).unwrap();
    open_to_all(spool.path());
    let path = spool.path().display().to_string();
    (spool, path)
}

#[test]
fn ok_reading_the_directories_is_enough() {
    let (_spool, path) = spool();
    let Some(said) = as_nobody(&["--queue-directory", &path, "--state-dir", NO_STATE]) else {
        return;
    };
    said.says("OK - postfix 2 messages (2 deferred), oldest 2h", &[]);
}

#[test]
fn unknown_a_closed_queue_is_never_an_empty_one() {
    let (spool, path) = spool();
    for queue in ["active", "deferred", "incoming", "hold", "maildrop", "corrupt"] {
        fs::set_permissions(spool.path().join(queue), Permissions::from_mode(0o700)).unwrap();
    }
    let words = ["-M", "postfix", "--queue-directory", &path, "--state-dir", NO_STATE];
    let Some(said) = as_nobody(&words) else { return };
    assert_eq!(said.findings(), ["[UNKNOWN] queue-denied"], "{}", said.0.stdout);
    assert!(said.verdict().starts_with(&format!(
        "UNKNOWN - postfix queue is closed to this user: reading {path}/maildrop: permission denied"
    )[..100]), "{}", said.verdict());
    assert_eq!(said.metric("messages"), None);
    let Some(said) = as_nobody(&[&words[..], &["-vvv"]].concat()) else { return };
    said.shows(&format!(
        "  postfix: no walk: reading {path}/maildrop: permission denied; needs read rights on it"
    ));
    said.shows("  postfix: looked at in TIME");
}

#[test]
fn ok_corrupt_alone_may_be_closed_but_not_with_a_threshold_on_it() {
    let (spool, path) = spool();
    fs::set_permissions(spool.path().join("corrupt"), Permissions::from_mode(0o700)).unwrap();
    let words = ["--queue-directory", &path, "--state-dir", NO_STATE, "-v"];
    let Some(said) = as_nobody(&words) else { return };
    assert_eq!(said.0.code, 0, "{}", said.0.stdout);
    let corrupt = format!(
        "not looked at: reading {path}/corrupt: permission denied; needs read rights on it"
    );
    said.shows(&format!("[OK] corrupt: {corrupt}"));
    assert_eq!(said.metric("corrupt"), None);
    let Some(said) = as_nobody(&[&words[..], &["--corrupt-critical", "1"]].concat()) else {
        return;
    };
    assert_eq!(said.findings()[0], "[UNKNOWN] not-looked-at");
}
