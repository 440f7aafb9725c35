use std::time::Duration;

use super::*;
use crate::facts::Tally;
use crate::probe::testing::{counted, program};

/// Asks a program that is no Exim, about a spool that cannot be read.
fn ask(script: &str) -> (Result<(), Obstacle>, View) {
    let directory = tempfile::tempdir().expect("a directory");
    let program = program(&directory.path().join("exim"), script);
    let spool =
        Spool { program: Some(program), ..spool(&directory.path().join("a spool that is closed")) };
    let (asked, view, _) = counted(None, Duration::from_secs(10), |ledger, budget| {
        spool.look(ledger, Way::Command, false, budget)
    });
    (asked, view)
}

#[test]
fn ok_what_exim_lists() {
    let (asked, view) = ask("[ \"$*\" = -bpr ] || exit 1
        echo ' 0m   314 1xUsAR-0005gO-1c <alice@example.org>'; echo '          bob@example.net'; echo
        echo ' 0m  1.0K 1xUsAS-00000005gOx-1c2d <> *** frozen ***'; echo '          bob@example.net'");
    assert_eq!(asked, Ok(()));
    let oldest = Some(1_795_294_719);
    let tally = Tally { count: 2, oldest, bytes: 1338, ..Tally::default() };
    assert_eq!(view.tally(Queue::Queue), Some(&tally));
    assert_eq!(view.tally(Queue::Frozen).map(|tally| (tally.count, tally.bytes)), Some((1, 1024)));
}

#[test]
fn unknown_an_empty_list_of_a_spool_that_exim_cannot_read() {
    let (asked, _) = ask("exit 0");
    let Err(Obstacle::Denied(why)) = asked else { panic!("{asked:?}") };
    assert!(why.starts_with("exim -bpr lists nothing, but without its setuid rights"), "{why}");
}

#[test]
fn unknown_a_refusal_names_both_cures() {
    let (asked, _) = ask("echo 'exim: permission denied' >&2; exit 1");
    let why = "exim -bpr: permission denied; needs queue_list_requires_admin = false in Exim's \
        configuration, or the group of its spool (Debian-exim, exim), which may also remove mail";
    assert_eq!(asked, Err(Obstacle::Denied(why.to_owned())));
}

#[test]
fn unknown_an_answer_that_breaks_off_or_means_nothing() {
    let first = "echo ' 0m   314 1xUsAR-0005gO-1c <alice@example.org>'; echo;";
    let (asked, _) = ask(&format!("{first} echo 'exim: out of memory' >&2; exit 1"));
    assert_eq!(asked, Err(Obstacle::Failed("exim -bpr: out of memory".to_owned())));
    let (asked, _) = ask(&format!("{first} echo 'no such thing'"));
    let why = "exim -bpr: no line of a queue: no such thing";
    assert_eq!(asked, Err(Obstacle::NotUnderstood(why.to_owned())));
}

#[test]
fn ok_the_settings_of_the_program_and_what_it_needs() {
    let directory = tempfile::tempdir().expect("a directory");
    assert!(!is_spool(directory.path()));
    fs::create_dir(directory.path().join("input")).expect("made");
    assert!(is_spool(directory.path()));
    let mut spool = spool(directory.path());
    assert_eq!(spool.space().map(|space| (space.needed, space.files_needed)), Some((None, 0)));
    spool.settings = settings::read(["check_spool_space = 10M", "check_spool_inodes = 100"]);
    let space = spool.space().expect("a file system");
    assert_eq!((space.needed, space.because.as_str()), (Some(10 << 20), "check_spool_space"));
    assert_eq!(space.files_needed, 100);
    spool.settings.size_limit = 50 << 20;
    let space = spool.space().expect("a file system");
    assert_eq!(space.needed, Some(60 << 20));
    assert_eq!(space.because, "check_spool_space + message_size_limit");
    assert_eq!(spool.is_running(None), None);
}
