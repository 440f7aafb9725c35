//! How long messages have been there.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use mailhost_tests::{Account, Plugin, skip};

use super::{
    super::{Facts, apart, facts, wait_for},
    WAYS, queueing, settled, start,
};
use crate::{
    message::Message,
    postfix::{Queue, Settings, queue::Listed},
};

#[test]
fn ok_a_retry_makes_no_message_younger() {
    for main_cf in ["enable_long_queue_ids = no", "enable_long_queue_ids = yes"] {
        let Some(postfix) = start(&Settings { main_cf, ..queueing() }) else { return };
        let queue = postfix.queue();
        queue.fill(&Message::default(), 2);
        let first = settled(queue, 2);
        assert_eq!(first[0].id.contains('z'), main_cf.ends_with("yes"));
        queue.hold(&first[0].id);
        retry(queue, &first[1]);
        queue.fill(&Message::default(), 1);
        let list = settled(queue, 3);
        assert_eq!(first[1].arrival, oldest(&list, "deferred").expect("still there"));
        for (way, account) in WAYS {
            let seen = facts(postfix.root(), account, &["--via", way]);
            for name in ["deferred", "hold"] {
                let (seen, listed) = (seen.oldest(name), oldest(&list, name));
                let (seen, listed) = (seen.expect("a time"), listed.expect("a message"));
                assert!(apart(seen, listed) <= EXACT, "{way} {main_cf}: {seen:?}, {listed:?}");
            }
        }
    }
}

#[test]
fn ok_without_birth_times_the_file_tells() {
    let Some(postfix) = start(&queueing()) else { return };
    let (root, queue) = (postfix.root(), postfix.queue());
    queue.fill(&Message::default(), 2);
    let list = settled(queue, 2);
    // Long enough for the times of a copy to be wrong.
    thread::sleep(EXACT * 2);
    // Made for the copy that it leaves in the root.
    drop(root.plugin(Account::ROOT, "check_smtp_queue"));
    let run = Plugin::at(Path::new("/usr/bin/unshare"))
        .args(["-m", "sh", "-c", ON_RAMFS, "sh"])
        .args([root.path()])
        .run();
    if run.code == NO_MOUNT {
        return skip("mtas/smtp_queue", "no file system without birth times can be mounted here");
    }
    let seen = Facts(serde_json::from_str(&run.stdout).expect("JSON"));
    assert_eq!(seen.number("deferred", "count"), Some(2));
    assert_eq!(seen.number("deferred", "without_age"), Some(0));
    assert_eq!(seen.oldest("deferred"), oldest(&list, "deferred"));
}

/// Has a message tried again, and waits until all times of its file but that of its birth are wrong.
fn retry(queue: Queue<'_>, message: &Listed) {
    thread::sleep(EXACT * 2);
    queue.run("postqueue", &["-f"]);
    wait_for("second attempt", || {
        let file = find(&queue.directory().join("deferred"), &message.id);
        // It is elsewhere while it is tried.
        let touched = file.and_then(|path| fs::metadata(path).ok()).map(|found| found.ctime());
        let touched = touched.and_then(|seconds| u64::try_from(seconds).ok());
        let touched = touched.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
        touched.is_some_and(|touched| apart(touched, message.arrival) > EXACT)
    });
}

fn find(directory: &Path, name: &str) -> Option<PathBuf> {
    let mut entries = fs::read_dir(directory).ok()?.filter_map(Result::ok);
    entries.find_map(|entry| {
        let path = entry.path();
        if path.is_dir() { find(&path, name) } else { path.ends_with(name).then_some(path) }
    })
}

/// When the oldest message of a queue came, as Postfix lists it.
fn oldest(list: &[Listed], name: &str) -> Option<SystemTime> {
    list.iter().filter(|message| message.queue == name).map(|message| message.arrival).min()
}

/// How far an age may be from the truth.
const EXACT: Duration = Duration::from_secs(2);
/// Copies the queue of the root `$1` to a file system that keeps no birth times, which only this
/// process sees, and runs the plugin on it.
const ON_RAMFS: &str = r#"
mount -t ramfs none "$1/mnt" 2>/dev/null || exit 90
cd "$1/var/spool/postfix" || exit 91
cp -a maildrop incoming active deferred hold corrupt "$1/mnt" || exit 92
exec chroot "$1" /opt/mailhost/check_smtp_queue --queue-directory /mnt --output json
"#;
const NO_MOUNT: i32 = 90;
