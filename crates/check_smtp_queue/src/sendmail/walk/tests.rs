use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use rustix::fs::{FileType, Mode, mknodat};

use super::*;
use crate::facts::{Detail, Seen, Tally, View};
use crate::probe::testing::counted;

fn look(places: &[Place], count_only: bool, top: Option<usize>) -> (Result<(), Obstacle>, View) {
    let (looked, view, _) = look_for_detail(places, count_only, top);
    (looked, view)
}

fn look_for_detail(
    places: &[Place],
    count_only: bool,
    top: Option<usize>,
) -> (Result<(), Obstacle>, View, Detail) {
    let limit = Duration::from_secs(10);
    counted(top, limit, |ledger, budget| walk(places, ledger, count_only, budget))
}

fn place(queue: Queue, pattern: &Path) -> Place {
    Place { queue, pattern: pattern.to_owned(), with_below: false }
}

fn control(recipients: &str) -> String {
    format!(
        "V8\nT1795294800\nN1\nMDeferred: full\nSalice@example.org\n{recipients}H??Subject: x\n.\n"
    )
}

const BOB: &str = "RPFD:bob@example.net\n";

/// A message of 100 bytes and its control file; gives the bytes of both.
fn message(control_in: &Path, body_in: &Path, name: &str) -> u64 {
    fs::create_dir_all(control_in).expect("made");
    fs::create_dir_all(body_in).expect("made");
    let text = control(BOB);
    fs::write(control_in.join(name), &text).expect("written");
    fs::write(body_in.join(format!("df{}", &name[2..])), [b'x'; 100]).expect("written");
    u64::try_from(text.len()).expect("short") + 100
}

fn tally(count: u64, bytes: u64) -> Tally {
    let oldest = (count > 0).then_some(1_795_294_800);
    Tally { count, oldest, bytes, ..Tally::default() }
}

#[test]
fn ok_both_queues_and_what_was_set_aside() {
    let spool = tempfile::tempdir().expect("a directory");
    let (queue, client) = (spool.path().join("mqueue"), spool.path().join("mqueue-client"));
    let one = message(&queue, &queue, "qf6ALL0wJU022468");
    message(&queue, &queue, "qf6ALL0wJU022469");
    message(&queue, &queue, "hf6ALL0wr4022477");
    message(&queue, &queue, "Qf6ALL0wXN022480");
    message(&client, &client, "qf6ALL0wYA022483");
    fs::write(queue.join("tf6ALL0wYA022484"), "being written").expect("written");
    fs::write(queue.join("xf6ALL0wJU022468"), "said").expect("written");
    let places = [place(Queue::Queue, &queue), place(Queue::Client, &client)];
    let (looked, view) = look(&places, false, None);
    assert_eq!(looked, Ok(()));
    assert_eq!(view.tally(Queue::Queue), Some(&tally(2, 2 * one)));
    assert_eq!(view.tally(Queue::Client), Some(&tally(1, one)));
    assert_eq!(view.tally(Queue::Quarantined), Some(&tally(1, one)));
    assert_eq!(view.tally(Queue::Lost), Some(&tally(1, one)));
}

#[test]
fn ok_many_directories_with_and_without_parts() {
    let spool = tempfile::tempdir().expect("a directory");
    let of = |path: &str| spool.path().join(path);
    let one = message(&of("q1/qf"), &of("q1/df"), "qf6ALL1P7g023160");
    message(&of("q1/qf"), &of("q1/df"), "hf6ALL1PAc023172");
    message(&of("q2"), &of("q2"), "qf6ALL1PQT023169");
    message(&of("elsewhere"), &of("elsewhere"), "qf6ALL1Ps8023151");
    message(&of("far/qf"), &of("q3/df"), "qf6ALL1PL5023163");
    // Disks of their own, as the operator may set them up.
    symlink(of("elsewhere"), of("q4")).expect("linked");
    symlink(of("far/qf"), of("q3/qf")).expect("linked");
    fs::write(of("q5"), "a file of such a name").expect("written");
    let (looked, view) = look(&[place(Queue::Queue, &of("q*"))], false, None);
    assert_eq!(looked, Ok(()));
    assert_eq!(view.tally(Queue::Queue), Some(&tally(4, 4 * one)));
    assert_eq!(view.tally(Queue::Quarantined), Some(&tally(1, one)));
    // A spool of which nothing is known but the place.
    let unknown = Place { with_below: true, ..place(Queue::Queue, spool.path()) };
    let (looked, view) = look(&[unknown], false, None);
    assert_eq!(looked, Ok(()));
    assert_eq!(view.tally(Queue::Queue).map(|tally| tally.count), Some(4));
}

#[test]
fn ok_a_missing_body_and_a_file_that_is_not_understood_count() {
    let spool = tempfile::tempdir().expect("a directory");
    let of = |name: &str| spool.path().join(name);
    fs::write(of("qf6ALL0wJU022468"), control(BOB)).expect("written");
    fs::write(of("qf6ALL0w15022462"), "").expect("written");
    fs::write(of("qfAA12345"), "V8\nTsoon\n").expect("written");
    fs::create_dir(of("qf6ALL0wDD022462")).expect("made");
    symlink(of("qf6ALL0wJU022468"), of("qf6ALL0wLL022462")).expect("linked");
    let mode = Mode::RUSR | Mode::WUSR;
    mknodat(rustix::fs::CWD, of("qf6ALL0wFF022462"), FileType::Fifo, mode, 0).expect("made");
    fs::write(of(&format!("qf{}", "x".repeat(250))), "").expect("written");
    let places = [place(Queue::Queue, spool.path())];
    let (looked, view, detail) = look_for_detail(&places, false, Some(3));
    assert_eq!(looked, Ok(()));
    let expected = Tally {
        count: 3,
        oldest: Some(1_795_294_800),
        without_age: 1,
        without_size: 3,
        ..Tally::default()
    };
    assert_eq!(view.tally(Queue::Queue), Some(&expected));
    assert_eq!(detail.read, 3);
    let (_, view) = look(&places, true, None);
    let expected = Tally { oldest: Some(1_795_294_858), ..expected };
    assert_eq!(view.tally(Queue::Queue), Some(&expected));
}

#[test]
fn ok_senders_recipients_and_reasons() {
    let spool = tempfile::tempdir().expect("a directory");
    let of = |name: &str| spool.path().join(name);
    fs::write(of("qf6ALL0wJU022468"), control(BOB)).expect("written");
    let many: String = (0..1500).map(|it| format!("RPFD:{it}@example.com\n")).collect();
    fs::write(of("qf6ALL0wJU022469"), control(&many)).expect("written");
    fs::write(of("hf6ALL0wJU022470"), control(BOB)).expect("written");
    let (looked, view, detail) =
        look_for_detail(&[place(Queue::Queue, spool.path())], false, Some(3));
    assert_eq!(looked, Ok(()));
    assert_eq!(view.no_detail, None);
    assert_eq!(detail.read, 2);
    assert_eq!(
        (detail.senders[0].name.as_str(), detail.senders[0].count),
        ("alice@example.org", 2)
    );
    let domains: Vec<_> =
        detail.destinations.iter().map(|it| (it.name.as_str(), it.count)).collect();
    assert_eq!(domains, [("example.com", 1), ("example.net", 1)]);
    assert_eq!((detail.reasons[0].name.as_str(), detail.reasons[0].count), ("Deferred: full", 2));
}

#[test]
fn unknown_a_directory_that_is_not_there() {
    let spool = tempfile::tempdir().expect("a directory");
    let (queue, client) = (spool.path().join("mqueue"), spool.path().join("mqueue-client"));
    message(&queue, &queue, "qf6ALL0wJU022468");
    let places = [place(Queue::Queue, &queue), place(Queue::Client, &client)];
    let (looked, view) = look(&places, false, None);
    assert_eq!(looked, Ok(()));
    assert_eq!(view.tally(Queue::Queue).map(|tally| tally.count), Some(1));
    let why = format!("reading {}: no such file or directory", client.display());
    assert_eq!(view.queues.get(&Queue::Client), Some(&Seen::NotLookedAt(why.clone())));
    assert!(!view.queues[&Queue::Lost].is_tally());
    let (looked, _) = look(&places[1..], false, None);
    assert_eq!(looked, Err(Obstacle::Failed(why)));
}

#[test]
fn ok_when_time_is_up_the_count_is_a_lower_bound() {
    let spool = tempfile::tempdir().expect("a directory");
    for number in 0..200 {
        message(spool.path(), spool.path(), &format!("qf6ALL0wJU{number:06}"));
    }
    let places = [place(Queue::Queue, spool.path())];
    let (looked, view, _) =
        counted(None, Duration::ZERO, |ledger, budget| walk(&places, ledger, false, budget));
    assert_eq!(looked, Ok(()));
    assert!(view.stopped_after.is_some());
    assert!(view.tally(Queue::Queue).is_some_and(|tally| tally.count < 200));
}
