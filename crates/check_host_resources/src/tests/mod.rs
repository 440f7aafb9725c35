//! Whole machines, as files below a root directory, and what is said of them.

mod machines;
mod over_time;

use std::fs;
use std::path::Path;
use std::time::Duration;

use mailhost_core::contract::{Finding, Report};
use mailhost_core::deadline::Deadline;
use mailhost_core::plugin::{Options as _, parse};

use crate::{Args, Config, Facts, judge, probe};

/// A root directory with these files below `/proc`.
fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a directory");
    for (name, text) in files {
        write(root.path(), &format!("proc/{name}"), text.as_bytes());
    }
    root
}

/// A root directory with the files of a machine in `tests/machines`: each stands behind a line `=== PATH`. In
/// command lines a line is a word.
fn recorded(name: &str) -> tempfile::TempDir {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/machines").join(name);
    let text = fs::read_to_string(path.with_extension("txt")).expect("a machine");
    let root = tempfile::tempdir().expect("a directory");
    for file in text.split("=== ").skip(1) {
        let (path, text) = file.split_once('\n').expect("a path");
        let words = text.replace('\n', "\0");
        let text = if path.ends_with("cmdline") { words.as_str() } else { text };
        write(root.path(), path, text.as_bytes());
    }
    root
}

fn write(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(path, bytes).expect("written");
}

fn look(root: &Path, words: &str) -> Report<Facts> {
    let words = ["check_host_resources"].into_iter().chain(words.split_whitespace());
    let args: Args = parse(words.map(Into::into)).expect("options");
    // Nothing moves in a recorded machine.
    let interval = Duration::from_millis(10);
    let mut config = Config::new(&args).expect("a configuration");
    config.interval = interval;
    let facts = probe::probe(&config, root, &Deadline::start(args.time_limit()));
    judge::judge(&config, facts)
}

/// The state, and the codes with their states.
fn says(report: &Report<Facts>) -> (String, Vec<String>) {
    let findings = report.findings.iter().map(|it| format!("[{}] {}", it.state, it.code));
    (report.state().to_string(), findings.collect())
}

/// The findings as the operator reads them at `-v`.
fn lines(report: &Report<Facts>) -> Vec<String> {
    let line = |it: &Finding| {
        let subject = it.subject.as_ref().map_or(String::new(), |it| format!("{it} "));
        format!("[{}] {}: {subject}{}", it.state, it.code, it.text)
    };
    report.findings.iter().map(line).collect()
}

/// A metric as it stands in perfdata, without its thresholds.
fn value(report: &Report<Facts>, label: &str) -> Option<f64> {
    report.metrics.iter().find(|it| it.label() == label).map(|it| it.value)
}

#[test]
fn warning_a_small_machine_that_is_nearly_full() {
    let root = machine(&[
        (
            "meminfo",
            "MemTotal: 1000 kB\nMemAvailable: 150 kB\nSwapTotal: 1000 kB\nSwapFree: 40 kB\n",
        ),
        ("loadavg", "9.00 8.00 4.00 1/100 1\n"),
        ("stat", "cpu  1 1 1 1 1 1 1 1\ncpu0 1\ncpu1 1\n"),
    ]);
    let report = look(root.path(), "--only memory,swap,load");
    let (state, findings) = says(&report);
    assert_eq!(state, "CRITICAL");
    assert_eq!(
        findings,
        ["[WARNING] memory-usage", "[CRITICAL] swap-usage", "[WARNING] load-high"]
    );
    write(
        root.path(),
        "proc/meminfo",
        b"MemTotal: 9 kB\nMemAvailable: 9 kB\nSwapTotal: 1000 kB\nSwapFree: 150 kB\n",
    );
    assert_eq!(
        lines(&look(root.path(), "--only swap")),
        ["[WARNING] swap-usage: swap 85.0% in use, 870.4 kB of 1.02 MB (range 80%)"]
    );
    assert_eq!(report.headline(), "swap 96.0% in use, 983.04 kB of 1.02 MB (range 90%) (+2 more)");
}

#[test]
fn unknown_what_the_kernel_does_not_say() {
    // Without PSI, without /proc, and with something else in its place.
    let root = machine(&[("meminfo", "nothing\n"), ("loadavg", ""), ("stat", "")]);
    let report = look(root.path(), "--only pressure,memory,load,open-files,cpu,disk");
    let (state, findings) = says(&report);
    assert_eq!(state, "UNKNOWN");
    assert_eq!(findings, ["[UNKNOWN] not-looked-at"; 8]);
    let texts: Vec<&str> = report.findings.iter().map(|it| it.text.as_str()).collect();
    assert!(texts.contains(&"/proc/stat is not what this check knows"), "{texts:?}");
    assert!(texts.contains(&"reading /proc/pressure/cpu: no such file"), "{texts:?}");
}

#[test]
fn unknown_counters_that_stand_still() {
    let root = machine(&[("stat", "cpu  1 1 1 1 1 1 1 1\n")]);
    let report = look(root.path(), "--only cpu");
    assert_eq!(says(&report).1, ["[UNKNOWN] not-looked-at"]);
}

#[test]
fn critical_one_bad_mount_does_not_hide_the_others() {
    let root = machine(&[(
        "self/mountinfo",
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
         23 22 8:2 / /gone rw - ext4 /dev/sda2 rw\n\
         24 22 0:50 / /mnt/nfs rw - nfs4 host:/ rw\n\
         25 22 8:3 / /var/spool/broken rw - ext4 /dev/sda3 ro,errors=remount-ro\n\
         26 22 8:4 / /srv/old ro - ext4 /dev/sda4 ro\n\
         27 22 8:5 / /srv/rescue ro - ext4 /dev/sda5 ro\n\
         29 22 8:6 / /srv/error rw - ext4 /dev/sda6 rw,errors=remount-ro,emergency_ro\n\
         30 22 8:7 / /srv/here ro - ext4 /dev/sda7 rw\n\
         31 22 0:52 / /srv/shared ro - nfs4 host:/ ro\n\
         28 22 0:51 / /srv/tmp ro - tmpfs tmpfs ro\n",
    )]);
    let ranges = "--disk-warning 0:100% --disk-critical 0:100%";
    write(root.path(), "etc/fstab", b"/dev/sda4 /srv/old ext4 ro 0 2\n");
    let report = look(root.path(), &format!("--only disk {ranges}"));
    let said = lines(&report);
    let of_code = said.iter().filter(|line| line.contains(" disk-read-only: "));
    assert_eq!(
        of_code.collect::<Vec<_>>(),
        [
            "[CRITICAL] disk-read-only: /srv/error takes no files: the kernel has made it read-only",
            "[OK] disk-read-only: /srv/old is read-only, as is wanted or usual",
            "[WARNING] disk-read-only: /srv/rescue takes no files: it is mounted read-only",
            "[OK] disk-read-only: /srv/shared is read-only, as is wanted or usual",
            "[OK] disk-read-only: /srv/tmp is read-only, as is wanted or usual",
            "[CRITICAL] disk-read-only: /var/spool/broken takes no files: the kernel has made it read-only",
        ]
    );
    // Who names a place wants to write there, whatever somebody else may have wanted.
    let words = format!("--only disk {ranges} --mount /srv/here --mount /srv/shared");
    let report = look(root.path(), &words);
    let of_code = lines(&report).into_iter().filter(|line| line.contains(" disk-read-only: "));
    assert_eq!(
        of_code.collect::<Vec<_>>(),
        [
            "[WARNING] disk-read-only: /srv/here takes no files: it is mounted read-only",
            "[WARNING] disk-read-only: /srv/shared takes no files: it is mounted read-only",
        ]
    );
    // The latter is looked at by a process of its own.
    for mount in ["/gone", "/mnt/nfs"] {
        let gone = format!(
            "[UNKNOWN] not-looked-at: {mount} was not looked at: no such file or directory"
        );
        assert!(said.contains(&gone), "{said:?}");
    }
}

#[test]
fn critical_arrays_that_are_degraded_or_gone() {
    let mdstat = |text: &str| machine(&[("mdstat", &format!("Personalities : [raid1]\n{text}"))]);
    let says_of = |text: &str| {
        let report = look(mdstat(text).path(), "--only raid");
        (says(&report).1, report.headline())
    };
    let good = "md0 : active raid1 sdb1[1] sda1[0]\n      1000 blocks [2/2] [UU]\n";
    assert_eq!(says_of(good), (vec!["[OK] raid".to_owned()], "1 RAID array".to_owned()));
    let bad = good.replace("[2/2] [UU]", "[2/1] [U_]");
    let degraded = (vec!["[WARNING] raid-degraded".to_owned()], "md0 has 1 of 2 disks".to_owned());
    assert_eq!(says_of(&bad), degraded);
    let gone = "md0 : inactive sdb1[1](S)\n      1000 blocks\n";
    let inactive = (vec!["[CRITICAL] raid-inactive".to_owned()], "md0 is not active".to_owned());
    assert_eq!(says_of(gone), inactive);
    // A kernel without md.
    let report = look(machine(&[("uptime", "1 1\n")]).path(), "--only raid");
    assert_eq!(says(&report), ("OK".to_owned(), vec!["[OK] raid".to_owned()]));
    assert_eq!(report.headline(), "no RAID array");
    // Nothing of the kernel is to be seen.
    let report = look(machine(&[]).path(), "--only raid");
    assert_eq!(lines(&report), ["[UNKNOWN] not-looked-at: reading /proc/mdstat: no such file"]);
}

#[test]
fn ok_interfaces_and_disks_that_are_still() {
    let root = machine(&[
        (
            "net/dev",
            "Inter-|   Receive |  Transmit\n face |bytes |bytes\n  \
             eth0: 1000 9 2 3 0 0 0 0 500 7 4 5 0 0 0 0\n",
        ),
        (
            "diskstats",
            "8 0 sda 100 1 800 50 200 2 1600 350 0 300 400\n8 1 sda1 1 0 8 1 0 0 0 0 0 1 1\n",
        ),
    ]);
    fs::create_dir_all(root.path().join("sys/block/sda")).expect("a directory");
    fs::create_dir_all(root.path().join("sys/class/net/eth0")).expect("a directory");
    fs::write(root.path().join("sys/class/net/eth0/speed"), "1000\n").expect("written");
    let none = machine(&[("diskstats", "7 0 loop0 1 1 1 1 1 1 1 1 0 1 1\n")]);
    assert_eq!(
        lines(&look(none.path(), "--only disk-io")),
        ["[UNKNOWN] not-looked-at: there is no disk to be seen"]
    );
    let report = look(root.path(), "--only network,disk-io");
    let (state, findings) = says(&report);
    assert_eq!(state, "OK");
    let codes = ["network-errors", "network-drops", "network-usage", "disk-busy"];
    assert_eq!(findings, codes.map(|code| format!("[OK] {code}")));
    assert_eq!(lines(&report)[3], "[OK] disk-busy: sda 0.0% busy, nothing read or written");
}

#[test]
fn critical_file_systems_that_are_chosen() {
    let root = machine(&[(
        "self/mountinfo",
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
         23 22 8:2 / /var/spool rw - xfs /dev/sda2 rw\n\
         24 22 0:50 / /mnt/nfs rw - nfs4 host:/ rw\n",
    )]);
    fs::create_dir_all(root.path().join("var/spool")).expect("a directory");
    let of = |words: &str| {
        let report = look(root.path(), &format!("--only disk {words}"));
        let mounts = report.facts.file_systems.as_ref().map(|seen| match seen {
            Ok(all) => all.iter().map(|it| it.mount.clone()).collect(),
            Err(_) => Vec::new(),
        });
        (mounts.unwrap_or_default(), says(&report))
    };
    assert_eq!(of("").0, ["/", "/mnt/nfs", "/var/spool"]);
    assert_eq!(of("--include-mount spool").0, ["/var/spool"]);
    assert_eq!(of("--exclude-mount ^/mnt --fs-type ext4 --fs-type nfs4").0, ["/"]);
    assert_eq!(of("--exclude-fs-type nfs4").0, ["/", "/var/spool"]);
    let (mounts, _) = of("--mount /var/spool,@0:100%,@200:300%");
    assert_eq!(mounts, ["/var/spool"]);
    let (_, (state, findings)) = of("--mount /var/spool,0:100%,@0:100%");
    assert_eq!((state.as_str(), findings), ("CRITICAL", vec!["[CRITICAL] disk-usage".to_owned()]));
    let (_, (_, findings)) = of("--mount /var/mail");
    assert_eq!(findings, ["[CRITICAL] mount-missing"]);
    let (_, (_, findings)) = of("--fs-type zfs");
    assert_eq!(findings, ["[UNKNOWN] not-looked-at"]);
}
