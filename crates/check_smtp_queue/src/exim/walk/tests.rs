use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use mailhost_core::deadline::Deadline;
use rustix::fs::{FileType, Mode, mknodat};

use super::*;
use crate::facts::{Detail, Seen, Tally, View};
use crate::probe::testing::counted;

const FIRST: &str = "1xUsAR-0005gO-1c";
const SECOND: &str = "1xUsAS-0005gR-1d";
const LONG: &str = "1xUsAT-00000005gOx-1c2d";

fn look(spool: &Path, count_only: bool, top: Option<usize>) -> (Result<(), Obstacle>, View) {
    let (looked, view, _) = look_for_detail(spool, count_only, top);
    (looked, view)
}

fn look_for_detail(
    spool: &Path,
    count_only: bool,
    top: Option<usize>,
) -> (Result<(), Obstacle>, View, Detail) {
    let limit = Duration::from_secs(10);
    counted(top, limit, |ledger, budget| walk(spool, ledger, count_only, budget))
}

fn header(id: &str, settings: &str, recipients: &str) -> String {
    format!(
        "{id}-H\nDebian-exim 100 102\n<alice@example.org>\n1795294719 0\n-ident x\n{settings}{recipients}\n"
    )
}

const BOB: &str = "XX\n1\nbob@example.net\n";

fn message(directory: &Path, id: &str, settings: &str, recipients: &str) -> u64 {
    fs::create_dir_all(directory).expect("made");
    let header = header(id, settings, recipients);
    fs::write(directory.join(format!("{id}-H")), &header).expect("written");
    fs::write(directory.join(format!("{id}-D")), format!("{id}-D\nhello\n")).expect("written");
    u64::try_from(header.len() + id.len() + 9).expect("short")
}

fn tally(count: u64, oldest: Option<i64>, bytes: u64) -> Tally {
    Tally { count, oldest, bytes, ..Tally::default() }
}

#[test]
fn ok_a_flat_and_a_split_spool_with_ids_of_both_forms() {
    let spool = tempfile::tempdir().expect("a directory");
    let input = spool.path().join("input");
    let mut bytes = message(&input, FIRST, "", BOB);
    let frozen = message(&input.join("S"), SECOND, "-frozen 1795294725\n", BOB);
    bytes += frozen + message(&input.join("T"), LONG, "-aclm x 10\n-frozen 1\n\n", BOB);
    // The same message in both layouts is one.
    message(&input.join("R"), FIRST, "", BOB);
    // Named queues are not in Exim's own count either.
    message(&spool.path().join("bulk/input"), "1xUsAU-0005gO-1c", "", BOB);
    let (looked, view) = look(spool.path(), false, None);
    assert_eq!(looked, Ok(()));
    assert_eq!(view.tally(Queue::Queue), Some(&tally(3, Some(1_795_294_719), bytes)));
    assert_eq!(view.tally(Queue::Frozen), Some(&tally(1, Some(1_795_294_720), frozen)));
    assert_eq!((view.stopped_after, view.anonymous), (None, false));
}

#[test]
fn ok_names_alone_give_the_count_and_the_age() {
    let spool = tempfile::tempdir().expect("a directory");
    message(&spool.path().join("input"), FIRST, "-frozen 1795294725\n", BOB);
    let (looked, view) = look(spool.path(), true, None);
    assert_eq!(looked, Ok(()));
    let expected = Tally { without_size: 1, ..tally(1, Some(1_795_294_719), 0) };
    assert_eq!(view.tally(Queue::Queue), Some(&expected));
    assert_eq!(
        view.queues.get(&Queue::Frozen),
        Some(&Seen::NotLookedAt("not looked at: names only".to_owned()))
    );
}

#[test]
fn ok_an_empty_spool() {
    let spool = tempfile::tempdir().expect("a directory");
    fs::create_dir(spool.path().join("input")).expect("made");
    let (looked, view, detail) = look_for_detail(spool.path(), false, Some(3));
    assert_eq!(looked, Ok(()));
    assert_eq!(view.tally(Queue::Queue), Some(&Tally::default()));
    assert_eq!(view.tally(Queue::Frozen), Some(&Tally::default()));
    assert_eq!(detail.read, 0);
}

#[test]
fn ok_what_is_no_message_is_left_alone_and_what_is_not_understood_counts() {
    let spool = tempfile::tempdir().expect("a directory");
    let input = spool.path().join("input");
    message(&input, FIRST, "", BOB);
    let of = |id: &str| input.join(format!("{id}-H"));
    fs::create_dir(of("1xUsAV-0005gO-1c")).expect("made");
    symlink(of(FIRST), of("1xUsAW-0005gO-1c")).expect("linked");
    symlink(&input, input.join("L")).expect("linked");
    let mode = Mode::RUSR | Mode::WUSR;
    mknodat(rustix::fs::CWD, of("1xUsAX-0005gO-1c"), FileType::Fifo, mode, 0).expect("made");
    fs::write(input.join("F"), "a file of such a name").expect("written");
    fs::write(input.join("x".repeat(255)), "").expect("written");
    fs::write(input.join(format!("{SECOND}-D")), "a body alone").expect("written");
    fs::write(of(LONG), "cut").expect("written");
    let (looked, view) = look(spool.path(), false, None);
    assert_eq!(looked, Ok(()));
    let queue = view.tally(Queue::Queue).expect("looked at");
    assert_eq!((queue.count, queue.without_age, queue.without_size), (2, 0, 1));
    assert_eq!(view.tally(Queue::Frozen), Some(&Tally::default()));
}

#[test]
fn ok_senders_recipients_and_reasons() {
    let spool = tempfile::tempdir().expect("a directory");
    let input = spool.path().join("input");
    let two = "NN dave@example.net\n3\nbob@example.net\ndave@example.net\nerin@example.com\n";
    message(&input.join("R"), FIRST, "", two);
    fs::write(input.join(format!("R/{FIRST}-J")), "erin@example.com\n").expect("written");
    let many: String = (0..1500).map(|it| format!("{it}@example.com\n")).collect();
    message(&input, SECOND, "", &format!("XX\n1500\n{many}"));
    let log = "2026-11-21 20:58:39 bob@example.net R=dnslookup T=remote_smtp defer (111): \
        Connection refused\n";
    fs::create_dir_all(spool.path().join("msglog/R")).expect("made");
    let long_log = "x".repeat(10_000) + "\n" + log;
    fs::write(spool.path().join("msglog/R").join(FIRST), long_log).expect("written");
    let (looked, view, detail) = look_for_detail(spool.path(), false, Some(5));
    assert_eq!(looked, Ok(()));
    assert_eq!(view.no_detail, None);
    assert_eq!((detail.read, detail.null_senders), (2, 0));
    assert_eq!(
        (detail.senders[0].name.as_str(), detail.senders[0].count),
        ("alice@example.org", 2)
    );
    let destinations: Vec<_> = detail
        .destinations
        .iter()
        .map(|it| (it.name.as_str(), it.count, it.reason.as_deref()))
        .collect();
    assert_eq!(
        destinations,
        [("example.com", 1, None), ("example.net", 1, Some("Connection refused"))]
    );
}

#[test]
fn unknown_no_spool_there() {
    let spool = tempfile::tempdir().expect("a directory");
    let (looked, view) = look(spool.path(), false, None);
    let text =
        format!("reading {}: no such file or directory", spool.path().join("input").display());
    assert_eq!(looked, Err(Obstacle::Failed(text)));
    assert!(view.queues.is_empty());
}

#[test]
fn ok_when_time_is_up_the_count_stays_whole() {
    let spool = tempfile::tempdir().expect("a directory");
    let input = spool.path().join("input");
    for number in 0..200 {
        message(&input, &format!("1xUsAR-{number:06}-1c"), "-frozen 1\n", BOB);
    }
    let ((), view, detail) = counted(Some(1), Duration::from_secs(10), |ledger, budget| {
        walk(spool.path(), ledger, true, budget).expect("readable");
        ledger.view.queues.remove(&Queue::Frozen);
        let opened = Directory::open(&input).expect("readable");
        let spent = Deadline::start(Duration::ZERO);
        let mut budget = Budget::of(&spent);
        look_into(spool.path(), &opened, ledger, &mut budget, &mut entry_buffer());
    });
    assert_eq!(view.tally(Queue::Queue).map(|tally| tally.count), Some(200));
    assert_eq!(view.stopped_after, None);
    let frozen = view.tally(Queue::Frozen).expect("some were seen");
    assert_eq!((frozen.count, frozen.is_least), (63, true));
    assert!(view.no_detail.is_some_and(|why| why.ends_with("when 63 messages were read")));
    assert_eq!(detail.read, 63);

    let (looked, view, _) =
        counted(None, Duration::ZERO, |ledger, budget| walk(spool.path(), ledger, false, budget));
    assert_eq!(looked, Ok(()));
    assert!(view.stopped_after.is_some());
    assert!(!view.queues[&Queue::Frozen].is_tally());
}
