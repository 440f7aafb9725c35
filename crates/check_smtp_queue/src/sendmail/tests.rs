use std::time::Duration;

use super::*;
use crate::facts::Seen;
use crate::probe::testing::{counted, program};

fn ask(script: &str, queues: [Queue; 2]) -> (Result<(), Obstacle>, View) {
    let directory = tempfile::tempdir().expect("a directory");
    let program = program(&directory.path().join("sendmail"), script);
    let spool = spool(Path::new("/nonexistent/mqueue"));
    let (asked, view, _) = counted(None, Duration::from_secs(10), |ledger, budget| {
        spool.list_each(&program, &queues, ledger, budget)
    });
    (asked, view)
}

const MAIN: [Queue; 2] = [Queue::Client, Queue::Queue];

#[test]
fn ok_each_queue_is_asked_for_by_itself() {
    let script = "case \"$*\" in
        '-bp -Ac') printf '%s is empty\\n\\t\\tTotal requests: 0\\n' /var/spool/mqueue-client ;;
        '-bp -Am') printf '\\t\\t/var/spool/mqueue (7 requests, only 1 printed)\\n'
            echo '6ALL0wdx022459       11 Sat Nov 21 21:00 alice@example.org'
            printf '\\t\\t\\t\\t\\t bob@example.net\\n\\t\\tTotal requests: 7\\n' ;;
        '-bp -Am -qQ') printf '6ALL0wr4022477  3 Sat Nov 21 21:00 x@example.org\\n\\t\\tTotal requests: 1\\n' ;;
        '-bp -Am -qL') echo 'odd'; exit 64 ;;
        esac";
    let (asked, view) = ask(script, MAIN);
    assert_eq!(asked, Ok(()));
    let of = |queue| view.tally(queue).map(|tally| (tally.count, tally.bytes, tally.without_age));
    assert_eq!(of(Queue::Client), Some((0, 0, 0)));
    assert_eq!(of(Queue::Queue), Some((7, 11, 6)));
    assert!(view.anonymous);
    let (_, view) = ask(script, [Queue::Quarantined, Queue::Lost]);
    assert_eq!(view.tally(Queue::Quarantined).map(|tally| tally.count), Some(1));
    let why = "not understood: sendmail -bp -Am -qL: odd";
    assert_eq!(view.queues.get(&Queue::Lost), Some(&Seen::NotLookedAt(why.to_owned())));
}

#[test]
fn unknown_refusals_that_end_well() {
    let restricted =
        "echo 'You are not permitted to see the queue'; printf '\\t\\tTotal requests: 0\\n'";
    let (asked, _) = ask(restricted, MAIN);
    let group = "needs the group of the queue directory (smmsp), which may also hand in mail";
    assert_eq!(
        asked,
        Err(Obstacle::Denied(format!(
            "sendmail -bp -Ac: You are not permitted to see the queue; {group}, or PrivacyOptions \
             without restrictmailq"
        )))
    );
    let closed = "echo 'can not chdir(/var/spool/mqueue/): Permission denied' >&2";
    let (asked, _) = ask(closed, MAIN);
    assert!(matches!(asked, Err(Obstacle::Denied(why)) if why.contains("NoNewPrivileges")));
}

#[test]
fn unknown_an_answer_without_a_total() {
    let (asked, _) = ask("echo 'Mail queue is empty'", MAIN);
    let why = "sendmail -bp -Ac: it says no total";
    assert_eq!(asked, Err(Obstacle::NotUnderstood(why.to_owned())));
}

#[test]
fn ok_the_places_of_a_configuration() {
    let config = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| fs::write(config.path().join(name), text);
    let denied = configured(config.path()).expect_err("there is none");
    assert!(matches!(denied, Obstacle::Failed(_)));
    let text = "O QueueDirectory=/srv/mqueue/q*\nO MinFreeBlocks=10\n\
        Qbulk, P=/srv/bulk\nQmore, P=more\nQagain, P=/srv/bulk\n";
    write("sendmail.cf", text).expect("written");
    let place = |queue, pattern: &str| Place { queue, pattern: pattern.into(), with_below: false };
    let spool = configured(config.path()).expect("readable");
    assert_eq!(spool.directory(), Path::new("/srv/mqueue"));
    let main = [
        place(Queue::Queue, "/srv/mqueue/q*"),
        place(Queue::Queue, "/srv/bulk"),
        place(Queue::Queue, "/srv/mqueue/more"),
    ];
    assert_eq!(spool.places, main);
    write("submit.cf", "O QueueDirectory=/srv/client\n").expect("written");
    let spool = configured(config.path()).expect("readable");
    assert_eq!(spool.places[3..], [place(Queue::Client, "/srv/client")]);
    write("submit.cf", "O QueueDirectory=$k\n").expect("written");
    assert!(matches!(configured(config.path()), Err(Obstacle::NotUnderstood(_))));
}

#[test]
fn ok_the_room_that_sendmail_wants() {
    let directory = tempfile::tempdir().expect("a directory");
    let needed = |free_blocks, size_limit| {
        let cf = Cf { free_blocks, size_limit, ..Cf::default() };
        let spool = Spool { cf: Some(cf), ..spool(directory.path()) };
        spool.space().map(|space| (space.needed, space.because)).expect("a file system")
    };
    let block = rustix::fs::statvfs(directory.path()).expect("a file system").f_frsize;
    assert_eq!(needed(0, 0), (None, String::new()));
    assert_eq!(needed(100, 0), (Some(100 * block), "MinFreeBlocks".to_owned()));
    let both = "MinFreeBlocks + MaxMessageSize".to_owned();
    assert_eq!(needed(100, 5000), (Some(100 * block + 5000), both));
}

#[test]
fn ok_a_spool_is_known_by_its_name_its_parts_or_its_files() {
    let directory = tempfile::tempdir().expect("a directory");
    assert!(!is_spool(directory.path()));
    fs::write(directory.path().join("qf6ALL0wdx022459"), "").expect("written");
    assert!(is_spool(directory.path()));
    let parts = directory.path().join("q1");
    fs::create_dir_all(parts.join("qf")).expect("made");
    assert!(is_spool(&parts));
    assert!(is_spool(Path::new("/nonexistent/mqueue-client")));
    assert_eq!(spool(Path::new("/nonexistent/mqueue-client")).places[0].queue, Queue::Client);
}

#[test]
fn ok_the_mta_is_told_from_the_runner_of_the_client_queue() {
    for (title, expected) in [
        ("sendmail: accepting connections", true),
        ("sendmail: MTA: rejecting connections on daemon MTA: load average: 13", true),
        ("sendmail: Queue runner@00:10:00 for /var/spool/mqueue", true),
        ("/usr/sbin/sendmail-mta\0-bd\0-q10m\0", true),
        ("sendmail: MSP: Queue runner@00:01:00 for /var/spool/mqueue-client", false),
        ("sendmail: Queue runner@00:01:00 for /var/spool/clientmqueue", false),
        ("/usr/sbin/sendmail-mta\0-Ac\0-q1m\0", false),
    ] {
        assert_eq!(is_mta(title.as_bytes()), expected, "{title}");
    }
}
