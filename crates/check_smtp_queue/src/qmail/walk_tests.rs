//! The walk through queues of every shape.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::Duration;

use super::{is_spool, spool};
use crate::facts::{Obstacle, Seen, Tally, View};
use crate::probe::testing::{Look, detail, fifo, file, made, tally, walk, walk_for};
use crate::queue::Queue;

const ARRIVAL: i64 = 1_795_294_974;
/// Of a file that was written when a recipient was done.
const RETRY: i64 = ARRIVAL + 3600;

/// 457 waits to be preprocessed, 480 for both kinds of recipients, 25 for local ones only, 71 for
/// remote ones, and 90 is just being taken in.
fn sample(big_todo: bool) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let queue = directory.path();
    for name in ["mess", "todo", "info", "local", "remote"] {
        for split in 0..23 {
            let is_flat = name == "todo" && !big_todo;
            let split = if is_flat { String::new() } else { split.to_string() };
            fs::create_dir_all(queue.join(name).join(split)).expect("writable");
        }
    }
    let message = |number: u64, bytes: usize| {
        file(&at(queue, "mess", number), vec![b'x'; bytes], ARRIVAL - 3);
    };
    message(457, 100);
    let todo = if big_todo { at(queue, "todo", 457) } else { queue.join("todo/457") };
    file(&todo, b"u0\0p1\0Fnew@example.org\0Tbob@example.com\0", ARRIVAL + 90);
    message(480, 200);
    file(&at(queue, "info", 480), b"Fcarol@example.net\0", ARRIVAL);
    file(&at(queue, "local", 480), b"Troot@example.org\0", RETRY);
    file(&at(queue, "remote", 480), b"Dold@example.com\0Tbob@example.com\0", RETRY);
    message(25, 300);
    file(&at(queue, "info", 25), b"F\0", ARRIVAL + 10);
    file(&at(queue, "local", 25), b"Troot@example.org\0", RETRY);
    message(71, 400);
    file(&at(queue, "info", 71), b"Fcarol@example.net\0", ARRIVAL + 20);
    file(&at(queue, "remote", 71), b"Tbob@example.com\0", RETRY);
    message(90, 0);
    directory
}

fn at(queue: &Path, name: &str, number: u64) -> std::path::PathBuf {
    queue.join(name).join((number % 23).to_string()).join(number.to_string())
}

fn look(queue: &Path) -> View {
    let (result, view) = walk(&spool(queue), Look::default());
    assert_eq!(result, Ok(()));
    assert!(view.whole);
    view
}

#[test]
fn ok_each_message_is_in_one_queue() {
    for big_todo in [false, true] {
        let directory = sample(big_todo);
        assert!(is_spool(directory.path()));
        let view = look(directory.path());
        assert_eq!(view.tally(Queue::Todo), Some(&tally(1, ARRIVAL + 90, 100)), "{big_todo}");
        assert_eq!(view.tally(Queue::Local), Some(&tally(1, ARRIVAL + 10, 300)));
        assert_eq!(view.tally(Queue::Queue), Some(&tally(3, ARRIVAL, 600)));
    }
}

#[test]
fn ok_names_alone_give_the_count() {
    let directory = sample(true);
    let (_, view) = walk(&spool(directory.path()), Look { count_only: true, top: None });
    let unknown =
        |count| Tally { count, without_age: count, without_size: count, ..Tally::default() };
    assert_eq!(view.tally(Queue::Todo), Some(&unknown(1)));
    assert_eq!(view.tally(Queue::Local), Some(&unknown(1)));
    assert_eq!(view.tally(Queue::Queue), Some(&unknown(3)));
}

#[test]
fn ok_senders_and_recipients_who_wait() {
    let directory = sample(false);
    let (view, detail) = detail(&spool(directory.path()), 2);
    assert_eq!(view.no_detail, None);
    assert_eq!((detail.read, detail.null_senders), (4, 1));
    let names: Vec<_> = detail.senders.iter().map(|it| (it.name.as_str(), it.count)).collect();
    assert_eq!(names, [("carol@example.net", 2), ("new@example.org", 1)]);
    let names: Vec<_> = detail.destinations.iter().map(|it| (it.name.as_str(), it.count)).collect();
    assert_eq!(names, [("example.com", 3), ("example.org", 2)]);
}

#[test]
fn ok_without_info_the_text_tells_the_time() {
    let directory = sample(false);
    fs::remove_file(at(directory.path(), "info", 71)).expect("it is there");
    fs::remove_file(at(directory.path(), "mess", 480)).expect("it is there");
    let view = look(directory.path());
    let text = made(&at(directory.path(), "mess", 71));
    let other = made(&at(directory.path(), "mess", 90));
    assert_eq!(view.tally(Queue::Queue), Some(&tally(2, text.min(other), 400)));
}

#[test]
fn ok_what_is_no_message_is_left_alone() {
    let directory = sample(false);
    let split = directory.path().join("mess/3");
    fifo(&split.join("3"));
    symlink("26", split.join("49")).expect("writable");
    symlink("3", directory.path().join("mess/24")).expect("writable");
    fs::create_dir(split.join("72")).expect("writable");
    for name in ["core", "12x", &"1".repeat(255)] {
        file(&split.join(name), "", ARRIVAL);
    }
    // A FIFO in the place of an envelope tells nothing.
    fs::remove_file(at(directory.path(), "info", 25)).expect("it is there");
    fifo(&at(directory.path(), "info", 25));
    let (result, view) = walk(&spool(directory.path()), Look { count_only: false, top: Some(1) });
    assert_eq!(result, Ok(()));
    let counts = [Queue::Todo, Queue::Local, Queue::Queue]
        .map(|queue| view.tally(queue).map(|tally| tally.count));
    assert_eq!(counts, [Some(1), Some(1), Some(3)]);
}

#[test]
fn ok_a_spent_time_limit_gives_a_lower_bound() {
    let directory = sample(false);
    for number in 0..200 {
        file(&directory.path().join("mess/0").join(number.to_string()), "", ARRIVAL);
    }
    let (result, view) = walk_for(&spool(directory.path()), Look::default(), Duration::ZERO);
    assert_eq!(result, Ok(()));
    assert!(view.stopped_after.is_some());
    assert!(view.tally(Queue::Queue).is_some_and(|tally| tally.count < 200));
}

#[test]
fn ok_all_is_counted_where_local_and_remote_are_closed() {
    let directory = sample(false);
    for name in ["local", "info"] {
        let path = directory.path().join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("ours");
        if fs::read_dir(&path).is_ok() {
            // Root may read everything; without the directory, the rest is the same.
            fs::remove_dir_all(&path).expect("ours");
        }
    }
    let (result, view) = walk(&spool(directory.path()), Look { count_only: false, top: Some(1) });
    assert_eq!(result, Ok(()));
    assert!(view.whole);
    assert_eq!(view.tally(Queue::Queue).map(|tally| tally.count), Some(4));
    let Some(Seen::NotLookedAt(why)) = view.queues.get(&Queue::Local) else {
        panic!("local is closed")
    };
    assert!(why.starts_with(&format!("reading {}/local: ", directory.path().display())), "{why}");
    assert!(view.no_detail.is_some());
}

#[test]
fn unknown_a_queue_that_is_none() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (result, _) = walk(&spool(directory.path()), Look::default());
    let mess = directory.path().join("mess");
    let text = format!("reading {}: no such file or directory", mess.display());
    assert_eq!(result, Err(Obstacle::Failed(text)));
}
