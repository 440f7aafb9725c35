//! Reading the queue directories.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use demo_host::spool::Spool;
use mailhost_tests::skip;

use crate::support::{check_spool, of_hours};

#[test]
fn ok_an_empty_queue() {
    let said = check_spool(&Spool::new().unwrap(), &[]);
    said.says("OK - postfix queue is empty", &[]);
    for label in
        ["messages", "send", "receive", "deferred", "maildrop", "corrupt", "deferred_bytes"]
    {
        assert!(said.metric(label).is_some_and(|it| it.starts_with('0')), "{label}");
    }
    assert_eq!(said.metric("deferred_age"), Some("0s"));
    assert_eq!(said.metric("frozen"), None);
}

#[test]
fn ok_every_queue_is_counted_by_itself() {
    let spool = Spool::new().unwrap();
    for (count, hours, queue) in
        [(1, 1, "incoming"), (2, 2, "active"), (30, 5, "deferred"), (4, 3, "hold")]
    {
        spool.add(count, &of_hours(hours, queue)).unwrap();
    }
    let said = check_spool(&spool, &["-v"]);
    assert_eq!(
        said.verdict(),
        "OK - postfix 37 messages (1 incoming, 2 active, 30 deferred, 4 hold), oldest 5h"
    );
    said.shows("[OK] deferred: 30 messages, oldest 5h, 21 kB");
    said.shows("[OK] maildrop: 0 messages");
    for (label, value) in [
        ("messages", "37"),
        ("send", "32"),
        ("receive", "1"),
        ("hold", "4"),
        ("deferred_bytes", "21000B"),
    ] {
        assert_eq!(said.metric(label), Some(value), "{label}");
    }
}

#[test]
fn ok_what_is_no_complete_message_is_left_alone() {
    let spool = Spool::new().unwrap();
    spool.add(1, &of_hours(1, "deferred")).unwrap();
    let deferred = spool.path().join("deferred");
    let file = |name: &str, mode| {
        let path = deferred.join(name);
        File::create(&path).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    // Being written, a temporary name, names that are no ids, and one that is far too long.
    file("4F2A11C0D", 0o600);
    file("123456.789", 0o700);
    file(".hidden", 0o700);
    file(&"A".repeat(250), 0o700);
    fs::create_dir(deferred.join("ABCDEF123")).unwrap();
    fifo(&deferred.join("4F2A11C0E"));
    fifo(&deferred.join("Z"));
    symlink("/etc/passwd", deferred.join("4F2A11C0F")).unwrap();
    symlink("/", deferred.join("Y")).unwrap();
    let said = check_spool(&spool, &[]);
    said.says("OK - postfix 1 message (1 deferred), oldest 1h", &[]);
    let counted = check_spool(&spool, &["--count-only"]);
    counted.says("OK - postfix 2 messages (2 deferred)", &[]);
}

#[test]
fn ok_hash_directories_of_any_depth() {
    let spool = Spool::new().unwrap();
    let deep = spool.path().join("active/1/2/3/4");
    fs::create_dir_all(&deep).unwrap();
    let flat = spool.add(1, &of_hours(2, "hold")).unwrap().remove(0);
    fs::rename(spool.path().join("hold").join(&flat), deep.join(flat)).unwrap();
    check_spool(&spool, &[]).says("OK - postfix 1 message (1 active), oldest 2h", &[]);
}

#[test]
fn ok_a_message_that_is_met_twice_counts_once() {
    let spool = Spool::new().unwrap();
    let id = spool.add(1, &of_hours(2, "active")).unwrap().remove(0);
    let queues = spool.path();
    fs::hard_link(queues.join("active").join(&id), queues.join("deferred").join(&id)).unwrap();
    let said = check_spool(&spool, &[]);
    said.says("OK - postfix 1 message (1 active), oldest 2h", &[]);
    assert_eq!(said.metric("deferred"), Some("0"));
}

/// A retry sets the modification time to that of the next attempt, and the time of change to now.
fn retry(path: &Path) {
    let later = SystemTime::now() + Duration::from_hours(1);
    File::options().append(true).open(path).unwrap().set_modified(later).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn critical_a_retry_makes_no_message_with_a_long_id_younger() {
    let spool = Spool::new().unwrap();
    let id = spool.add(1, &of_hours(3, "active")).unwrap().remove(0);
    retry(&spool.path().join("active").join(id));
    check_spool(&spool, &["--active-age-critical", "1h"]).says(
        "CRITICAL - postfix oldest message in active has been there for 3h (critical range 1h)",
        &["[CRITICAL] age-threshold"],
    );
}

#[test]
fn ok_a_retry_makes_no_message_with_a_short_id_younger() {
    let spool = Spool::new().unwrap();
    let path = spool.path().join("deferred/4F2A11C0D");
    File::create(&path).unwrap();
    let Ok(born) = fs::metadata(&path).unwrap().created() else {
        skip("queue/walk", "the file system keeps no birth times");
        return;
    };
    let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap().as_secs();
    // The three times of the file are to be of different seconds.
    while seconds(SystemTime::now()) == seconds(born) {
        thread::sleep(Duration::from_millis(50));
    }
    retry(&path);
    let said = check_spool(&spool, &["--output", "json"]);
    let told: serde_json::Value = serde_json::from_str(&said.0.stdout).unwrap();
    let tally = &told["facts"]["systems"][0]["view"]["queues"]["deferred"]["tally"];
    assert_eq!(tally["oldest"].as_u64(), Some(seconds(born)), "{}", said.0.stdout);
}

#[test]
fn critical_corrupt_messages() {
    let spool = Spool::new().unwrap();
    spool.add(2, &of_hours(1, "corrupt")).unwrap();
    check_spool(&spool, &[]).says(
        "CRITICAL - postfix 2 messages set aside as corrupt, oldest 1h",
        &["[CRITICAL] messages-corrupt"],
    );
    // Postfix marks one by its mode before it moves it.
    let marked = spool.path().join("active/4F2A11C0D");
    File::create(&marked).unwrap();
    fs::set_permissions(marked, Permissions::from_mode(0o400)).unwrap();
    check_spool(&spool, &["--corrupt-critical", "5"])
        .says("OK - postfix queue is empty, 3 corrupt tolerated by --corrupt-critical 5", &[]);
    check_spool(&spool, &["--corrupt-warning", "1"]).says(
        "WARNING - postfix 3 messages in corrupt (warning range 1)",
        &["[WARNING] queue-threshold"],
    );
}

#[test]
fn warning_a_message_sticks_in_maildrop() {
    let spool = Spool::new().unwrap();
    spool.add(1, &of_hours(2, "maildrop")).unwrap();
    check_spool(&spool, &[]).says(
        "WARNING - postfix a message has been in maildrop for 2h",
        &["[WARNING] maildrop-stuck"],
    );
    check_spool(&spool, &["--maildrop-age-warning", "3h"])
        .says("OK - postfix 1 message (1 maildrop), oldest 2h", &[]);
}

#[test]
fn unknown_a_spool_with_a_part_missing() {
    let spool = Spool::new().unwrap();
    spool.add(1, &of_hours(2, "active")).unwrap();
    fs::remove_dir(spool.path().join("deferred")).unwrap();
    let deferred = spool.path().join("deferred");
    check_spool(&spool, &["-M", "postfix"]).says(
        &format!(
            "UNKNOWN - postfix deferred was not looked at: reading {}: no such file or directory",
            deferred.display()
        ),
        &["[UNKNOWN] not-looked-at"],
    );
}

#[test]
fn unknown_a_queue_that_is_no_directory() {
    let spool = Spool::new().unwrap();
    fs::remove_dir(spool.path().join("hold")).unwrap();
    File::create(spool.path().join("hold")).unwrap();
    let said = check_spool(&spool, &["-M", "postfix", "-w", "10"]);
    assert_eq!(said.findings(), ["[UNKNOWN] not-looked-at"]);
    assert!(said.verdict().ends_with("hold: not a directory"), "{}", said.verdict());
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}
