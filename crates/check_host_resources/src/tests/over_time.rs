//! What is only known from earlier runs.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use mailhost_core::contract::Report;

use super::{lines, look, machine, says, value, write};
use crate::Facts;

/// A machine, and a directory for the state of its checks.
struct Watched {
    root: tempfile::TempDir,
    state: tempfile::TempDir,
}

impl Watched {
    fn new() -> Self {
        let state = tempfile::Builder::new()
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir()
            .expect("a directory");
        Self { root: machine(&[("sys/kernel/random/boot_id", "first\n")]), state }
    }

    fn root(&self) -> &Path {
        self.root.path()
    }

    /// A run so many seconds after the start of the machine, when so many ticks of 100 had been used.
    fn run(&self, seconds: u32, used: u32, words: &str) -> Report<Facts> {
        write(self.root(), "proc/uptime", format!("{seconds}.00 1.00\n").as_bytes());
        let idle = seconds * 100 - used;
        write(self.root(), "proc/stat", format!("cpu  {used} 0 0 {idle} 0 0 0 0\n").as_bytes());
        look(self.root(), &format!("{words} --state-dir {}", self.state.path().display()))
    }

    /// The one state file.
    fn file(&self) -> std::path::PathBuf {
        let entries = fs::read_dir(self.state.path()).expect("a directory").flatten();
        let mut files =
            entries.map(|it| it.path()).filter(|it| it.extension().is_some_and(|it| it == "json"));
        files.next().expect("a state file")
    }
}

const SUSTAINED: &str = "--only cpu --sustained 5m --interval 10ms";

#[test]
fn warning_a_mean_of_five_minutes() {
    let watched = Watched::new();
    // The counters of the test stand still within a run.
    let first = watched.run(1000, 0, SUSTAINED);
    assert_eq!(says(&first).1, ["[OK] watched", "[UNKNOWN] not-looked-at"]);
    // A minute of work is no five minutes of it.
    let second = watched.run(1060, 6000, SUSTAINED);
    assert_eq!(
        lines(&second)[..2],
        [
            "[OK] watched: watched for 1m so far: shown, and not judged before it is 5m",
            "[OK] cpu-usage: processors 100.0% in use",
        ]
    );
    assert_eq!(value(&second, "cpu_used"), Some(100.0));
    for minute in 2..5 {
        assert_eq!(
            watched.run(1000 + minute * 60, minute * 6000, SUSTAINED).state().to_string(),
            "OK"
        );
    }
    let fifth = watched.run(1300, 28_500, SUSTAINED);
    assert_eq!(
        lines(&fifth)[..2],
        [
            "[OK] watched: watched for 5m",
            "[CRITICAL] cpu-usage: processors 95.0% in use (range 90%)",
        ]
    );
    assert_eq!(fifth.summary, "CPU 95%, over 5m");
    // And five idle minutes later it is over.
    for minute in 6..11 {
        watched.run(1000 + minute * 60, 28_500, SUSTAINED);
    }
    assert_eq!(says(&watched.run(1660, 28_500, SUSTAINED)).0, "OK");
}

#[test]
fn critical_since_the_last_run() {
    let watched = Watched::new();
    let words = "--only cpu --since-last-run --interval 10ms";
    watched.run(1000, 0, words);
    let second = watched.run(1600, 57_000, words);
    assert_eq!(lines(&second)[0], "[OK] watched: watched for 10m");
    assert_eq!(lines(&second)[1], "[CRITICAL] cpu-usage: processors 95.0% in use (range 90%)");
    assert_eq!(says(&watched.run(1660, 57_000, words)).0, "OK");
}

#[test]
fn ok_another_start_of_the_machine_begins_anew() {
    let watched = Watched::new();
    let words = "--only cpu --since-last-run --interval 10ms";
    watched.run(1000, 100_000, words);
    write(watched.root(), "proc/sys/kernel/random/boot_id", b"second\n");
    // Less than a second of watching, and the counters stand still.
    let report = watched.run(2000, 0, words);
    assert_eq!(says(&report).1, ["[OK] watched", "[UNKNOWN] not-looked-at"]);
}

#[test]
fn unknown_a_state_that_cannot_be_used_is_told_once() {
    let watched = Watched::new();
    watched.run(1000, 0, SUSTAINED);
    let file = watched.file();
    let whole = fs::read_to_string(&file).expect("a state");
    // Cut off in the middle.
    fs::write(&file, &whole[..whole.len() / 2]).expect("written");
    let report = watched.run(1300, 100, SUSTAINED);
    assert_eq!(says(&report).1[0], "[UNKNOWN] state-unusable");
    assert!(
        lines(&report)[0].contains("nothing is known of earlier runs: "),
        "{:?}",
        lines(&report)
    );
    assert_eq!(says(&watched.run(1600, 200, SUSTAINED)).1[..2], ["[OK] watched", "[OK] cpu-usage"]);
    // Of a newer version: as if there were nothing.
    let newer = whole.replacen("\"version\":1", "\"version\":2", 1);
    assert_ne!(newer, whole);
    fs::write(&file, newer).expect("written");
    assert_eq!(says(&watched.run(1900, 300, SUSTAINED)).1[0], "[OK] watched");
    // A directory that is not there, and cannot be made.
    let words = format!("{SUSTAINED} --state-dir /proc/nowhere/at/all");
    let report = look(watched.root(), &words);
    assert_eq!(says(&report).1[0], "[UNKNOWN] state-unusable");
    // Where nothing is judged by it, it is only told.
    let report =
        look(watched.root(), "--only cpu --interval 10ms --state-dir /proc/nowhere/at/all");
    assert_eq!(says(&report).1, ["[UNKNOWN] not-looked-at"]);
}

#[test]
fn critical_a_file_system_that_is_soon_full() {
    let watched = Watched::new();
    let mountinfo = b"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n";
    write(watched.root(), "proc/self/mountinfo", mountinfo);
    let words = "--only disk --disk-warning 0:100% --disk-critical 0:100% --disk-free-warning 0: \
                 --disk-free-critical 0: --full-in-warning 1000000000d --full-in-critical 4h";
    let first = watched.run(1000, 0, words);
    assert_eq!(says(&first).1, ["[OK] disk-usage"]);
    // As if there had been a hundred times as much room half an hour ago.
    let file = watched.file();
    let state = fs::read_to_string(&file).expect("a state");
    let (before, rest) = state.split_once("[1000.0,").expect("the room on the disk");
    let (bytes, after) = rest.split_once(']').expect("its end");
    fs::write(&file, format!("{before}[1000.0,{bytes}00]{after}")).expect("written");
    let report = watched.run(2800, 0, words);
    assert_eq!(says(&report).1, ["[OK] disk-usage", "[CRITICAL] disk-fills"]);
    assert!(
        lines(&report)[1].contains("/ is full in 18s if it goes on as for 30m"),
        "{:?}",
        lines(&report)
    );
    let seconds = report.metrics.iter().find(|it| it.spec.name == "full_in").expect("it").value;
    assert!((17.0..20.0).contains(&seconds), "{seconds}");
}

#[test]
fn warning_processes_that_grow() {
    let watched = Watched::new();
    let stat =
        |pages: u32| format!("9 (clamd) S 1 9 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9 0 {pages} 0\n");
    write(watched.root(), "proc/1/stat", stat(1).replace("9 (clamd)", "1 (init)").as_bytes());
    let words = "--process clamd --process-limit clamd,rss-growth,100MB,1GB";
    write(watched.root(), "proc/9/stat", stat(100_000).as_bytes());
    let first = watched.run(1000, 0, words);
    let early = "clamd was watched too short to say how its memory grows: that takes half an hour";
    assert_eq!(lines(&first)[1], format!("[OK] process-limit: {early}"));
    write(watched.root(), "proc/9/stat", stat(125_000).as_bytes());
    let report = watched.run(2800, 0, words);
    assert_eq!(says(&report).1, ["[OK] process-count", "[WARNING] process-limit"]);
    let growth = value(&report, "clamd_growth").expect("it");
    let expected =
        25_000.0 * f64::from(u32::try_from(rustix::param::page_size()).expect("small")) * 2.0;
    assert!((growth - expected).abs() < 1.0, "{growth}");
    // What shrinks is no harm.
    write(watched.root(), "proc/9/stat", stat(1000).as_bytes());
    assert_eq!(says(&watched.run(4600, 0, words)).0, "OK");
}
