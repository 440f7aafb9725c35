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

const SUSTAINED: &str = "--only cpu --sustained 5m";

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
        let report = watched.run(1000 + minute * 60, minute * 6000, SUSTAINED);
        assert_eq!(report.state().to_string(), "OK");
        assert!(lines(&report)[0].ends_with("not judged before it is 5m"), "{:?}", lines(&report));
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
    let words = "--only cpu --since-last-run";
    watched.run(1000, 0, words);
    let second = watched.run(1600, 57_000, words);
    assert_eq!(lines(&second)[0], "[OK] watched: watched for 10m");
    assert_eq!(lines(&second)[1], "[CRITICAL] cpu-usage: processors 95.0% in use (range 90%)");
    assert_eq!(says(&watched.run(1660, 57_000, words)).0, "OK");
}

#[test]
fn warning_and_ok_by_the_range_that_is_broken() {
    let watched = Watched::new();
    let words = "--only cpu --since-last-run";
    watched.run(1000, 0, words);
    let report = watched.run(1100, 8500, words);
    assert_eq!(lines(&report)[1], "[WARNING] cpu-usage: processors 85.0% in use (range 80%)");
    // What nothing is judged by need not be there.
    let words = "--only disk-io --since-last-run --state-dir /proc/nowhere/at/all";
    assert_eq!(says(&look(watched.root(), words)).1[0], "[OK] state-unusable");
}

#[test]
fn ok_another_start_of_the_machine_begins_anew() {
    let watched = Watched::new();
    let words = "--only cpu --since-last-run";
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
    // Of a newer version: told once.
    let newer = whole.replacen("\"version\":1", "\"version\":2", 1);
    assert_ne!(newer, whole);
    fs::write(&file, newer).expect("written");
    let report = watched.run(1900, 300, SUSTAINED);
    let other = "[UNKNOWN] state-unusable: nothing is known of earlier runs: the state file is of version 2 \
                 and \
                 this check knows 1; it is replaced";
    assert_eq!(lines(&report)[0], other);
    assert_eq!(says(&watched.run(2200, 400, SUSTAINED)).1[0], "[OK] watched");
    // A directory that is not there, and cannot be made.
    let words = format!("{SUSTAINED} --state-dir /proc/nowhere/at/all");
    let report = look(watched.root(), &words);
    assert_eq!(says(&report).1[0], "[UNKNOWN] state-unusable");
    // Where nothing is judged by it, it is only told.
    let report = look(watched.root(), "--only cpu --state-dir /proc/nowhere/at/all");
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
    assert_eq!(
        lines(&first)[1],
        "[OK] disk-fills: / was watched too short to say when it is full: that takes half an hour"
    );
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
    let words = words
        .replace("--full-in-warning 1000000000d --full-in-critical 4h", "--full-in-warning 4h");
    assert_eq!(says(&watched.run(2801, 0, &words)).1[1], "[WARNING] disk-fills");
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
    // One that was started since then has nothing to do with what was before.
    let young = stat(500_000).replace(" 0 9 0 ", " 0 430000 0 ");
    assert_ne!(young, stat(500_000));
    write(watched.root(), "proc/9/stat", young.as_bytes());
    assert_eq!(value(&watched.run(4500, 0, words), "clamd_growth"), None);
    // Half an hour after its own start that is known again, though it has not run for an hour.
    let grown = young.replace(" 500000 ", " 600000 ");
    assert_ne!(grown, young);
    write(watched.root(), "proc/9/stat", grown.as_bytes());
    let report = watched.run(6400, 0, words);
    assert_eq!(says(&report).1, ["[OK] process-count", "[WARNING] process-limit"]);
    // What shrinks is no harm.
    write(watched.root(), "proc/9/stat", stat(1000).as_bytes());
    assert_eq!(says(&watched.run(8300, 0, words)).0, "OK");
}

/// The work of a machine's network and disk, in so many seconds of which something was counted before.
fn worked(words: &str, seconds: u32, network: &str, disk: &str) -> Vec<String> {
    let watched = Watched::new();
    let counters = |network: &str, disk: &str| {
        let header = "Inter-|   Receive |  Transmit\n face |bytes |bytes\n";
        write(watched.root(), "proc/net/dev", format!("{header}  eth0: {network}\n").as_bytes());
        write(watched.root(), "proc/diskstats", format!("8 0 sda {disk}\n").as_bytes());
    };
    fs::create_dir_all(watched.root().join("sys/block/sda")).expect("a directory");
    write(watched.root(), "sys/class/net/eth0/speed", b"100\n");
    counters("0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0", "0 0 0 0 0 0 0 0 0 0 0");
    let words = format!("--only network,disk-io --since-last-run {words}");
    watched.run(1000, 0, &words);
    counters(network, disk);
    let report = watched.run(1000 + seconds, 0, &words);
    lines(&report).into_iter().filter(|line| !line.starts_with("[OK]")).collect()
}

#[test]
fn warning_a_network_and_a_disk_with_much_to_do() {
    // In 100 s: 500 MB in and 1 GB out of 100 Mbit/s; 1000 damaged packets and 400 without room.
    let network = "500000000 9 600 100 0 0 0 0 1000000000 9 400 300 0 0 0 0";
    // 1000 reads of 20 s together and 1000 writes of 30 s, busy for 90 s.
    let disk = "1000 0 8000 20000 1000 0 8000 30000 0 90000 50000";
    let words = "--network-warning 50% --network-drops-warning 3 --disk-busy-warning 80% \
                 --disk-await-warning 20ms";
    assert_eq!(
        worked(words, 100, network, disk),
        [
            "[WARNING] network-errors: eth0 has 10.0 damaged packets a second (range 2)",
            "[WARNING] network-drops: eth0 has no room for 4.0 packets a second (range 3)",
            "[WARNING] network-usage: eth0 has 80.0% of its link in use, 5 MB in and 10 MB out a second \
             (range 50%)",
            "[WARNING] disk-busy: sda 90.0% busy, 25.0 ms for a read or write (range 80%)",
            "[WARNING] disk-await: sda takes 25.0 ms for a read or write (range 0.02s)",
        ]
    );
    assert_eq!(worked("", 100, "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0", disk), [""; 0]);
}

#[test]
fn unknown_a_link_of_no_known_speed() {
    let root = machine(&[(
        "net/dev",
        "Inter-|   Receive |  Transmit\n face |bytes |bytes\n  eth0: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n",
    )]);
    let report = look(root.path(), "--only network --network-warning 50%");
    assert_eq!(says(&report).1[0], "[UNKNOWN] not-looked-at");
}

#[test]
fn warning_processors_that_wait_or_get_no_time() {
    let watched = Watched::new();
    let words = "--only cpu --since-last-run --iowait-warning 30% --cpu-warning 0:100% --cpu-critical 0:100%";
    watched.run(1000, 0, words);
    write(watched.root(), "proc/uptime", b"1100.00 1.00\n");
    // Of the time since then a half was waited for disks, and a quarter was given to others.
    write(watched.root(), "proc/stat", b"cpu  0 0 0 102500 5000 0 0 2500\n");
    let words = format!("{words} --state-dir {}", watched.state.path().display());
    assert_eq!(
        lines(&look(watched.root(), &words))[2..],
        [
            "[WARNING] cpu-iowait: processors wait 50.0% of the time for disks (range 30%)",
            "[WARNING] cpu-steal: the host gives 25.0% of the processors' time to others (range 10%)",
        ]
    );
}
