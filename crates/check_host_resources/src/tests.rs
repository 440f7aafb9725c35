//! Recorded machines: what is read below a root directory, and what comes of it.

use std::fs;
use std::path::Path;

use mailhost_core::contract::Report;
use mailhost_core::deadline::Deadline;
use mailhost_core::plugin::{Options as _, parse};

use crate::{Args, Config, Facts, judge, probe};

/// A root directory with these files below `/proc`.
fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a directory");
    for (name, text) in files {
        let path = root.path().join("proc").join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("written");
    }
    root
}

fn look(root: &Path, words: &str) -> Report<Facts> {
    let words = ["check_host_resources"].into_iter().chain(words.split_whitespace());
    let args: Args = parse(words.map(Into::into)).expect("options");
    let config = Config::new(&args).expect("a configuration");
    let facts = probe::probe(&config, root, &Deadline::start(args.time_limit()));
    judge::judge(&config, facts)
}

/// The state, and the codes with their states.
fn says(report: &Report<Facts>) -> (String, Vec<String>) {
    let findings = report.findings.iter().map(|it| format!("[{}] {}", it.state, it.code));
    (report.state().to_string(), findings.collect())
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
    assert_eq!(report.headline(), "swap 96% in use, 983.04 kB of 1.02 MB (range 90) (+2 more)");
}

#[test]
fn ok_a_large_machine_without_swap() {
    let processors: String = (0..64).map(|at| format!("cpu{at} 1 0 0 1\n")).collect();
    let root = machine(&[
        (
            "meminfo",
            "MemTotal: 1000000 kB\nMemAvailable: 900000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n",
        ),
        ("loadavg", "80.00 80.00 80.00 1/100 1\n"),
        ("stat", &format!("cpu  1 1 1 1 1 1 1 1\n{processors}")),
    ]);
    let report = look(root.path(), "--only memory,swap,load");
    let (state, findings) = says(&report);
    assert_eq!(state, "OK");
    assert_eq!(findings, ["[OK] memory-usage", "[OK] swap-usage", "[OK] load-high"]);
    assert_eq!(report.summary, "memory 10%, load 80.00");
}

#[test]
fn unknown_what_the_kernel_does_not_say() {
    // Without PSI, without /proc, and with something else in its place.
    let root = machine(&[("meminfo", "nothing\n"), ("loadavg", ""), ("stat", "")]);
    let report =
        look(root.path(), "--only pressure,memory,load,open-files,cpu,disk --interval 0.01");
    let (state, findings) = says(&report);
    assert_eq!(state, "UNKNOWN");
    assert_eq!(findings, ["[UNKNOWN] not-looked-at"; 8]);
    let texts: Vec<&str> = report.findings.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts[0], "/proc/stat is not what this check knows");
    assert!(texts.contains(&"reading /proc/pressure/cpu: no such file"), "{texts:?}");
}

#[test]
fn unknown_counters_that_stand_still() {
    let root = machine(&[("stat", "cpu  1 1 1 1 1 1 1 1\n")]);
    let report = look(root.path(), "--only cpu --interval 0.01");
    assert_eq!(says(&report).1, ["[UNKNOWN] not-looked-at"]);
}

#[test]
fn warning_one_bad_mount_does_not_hide_the_others() {
    let root = machine(&[(
        "self/mountinfo",
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
         23 22 8:2 / /gone rw - ext4 /dev/sda2 rw\n\
         24 22 0:50 / /mnt/nfs rw - nfs4 host:/ rw\n\
         25 22 8:3 / /var/spool/broken rw - ext4 /dev/sda3 ro,errors=remount-ro\n",
    )]);
    let ranges = "--disk-warning 0:100% --disk-critical 0:100%";
    let report = look(root.path(), &format!("--only disk {ranges}"));
    assert_eq!(report.state().to_string(), "WARNING");
    let bad: Vec<&str> = report
        .findings
        .iter()
        .filter(|it| it.code == "disk-read-only")
        .map(|it| &*it.text)
        .collect();
    assert_eq!(bad, ["/var/spool/broken takes no files: it is read-only"]);
    let texts: Vec<&str> = report.findings.iter().map(|it| it.text.as_str()).collect();
    assert!(texts.contains(&"/gone was not looked at: no such file or directory"), "{texts:?}");
    let nfs = "/mnt/nfs was not looked at: it lies behind a network, or a program serves it";
    assert!(texts.contains(&nfs), "{texts:?}");
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
    let report = look(machine(&[]).path(), "--only raid");
    assert_eq!(says(&report), ("OK".to_owned(), vec!["[OK] raid".to_owned()]));
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
    let report = look(root.path(), "--only network,disk-io --interval 0.01");
    let (state, findings) = says(&report);
    assert_eq!(state, "OK");
    assert_eq!(findings, ["[OK] network-errors", "[OK] network-usage", "[OK] disk-busy"]);
    let texts: Vec<&str> = report.findings.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts[2], "sda 0% busy, nothing read or written");
}

#[test]
fn critical_processes_that_are_missing_too_many_or_hidden() {
    let stat = |name: &str, state: char| {
        format!("1 ({name}) {state} 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9 0 10 0 0\n")
    };
    let (master, smtpd, dead) = (stat("master", 'S'), stat("smtpd", 'D'), stat("smtpd", 'Z'));
    let root = machine(&[
        ("1/stat", &stat("systemd", 'S')),
        ("7/stat", &master),
        ("7/cmdline", "/usr/lib/postfix/sbin/master\0-w\0"),
        ("8/stat", &smtpd),
        ("9/stat", &dead),
    ]);
    let report = look(root.path(), "--process master,smtpd:0:90");
    let (state, findings) = says(&report);
    assert_eq!((state.as_str(), findings), ("OK", vec!["[OK] process-count".to_owned(); 2]));
    let texts: Vec<&str> = report.findings.iter().map(|it| it.text.as_str()).collect();
    assert!(texts[1].starts_with("1 process of smtpd, "), "{texts:?}");
    assert!(texts[1].ends_with(", 1 waiting for a disk, 1 ended (zombies)"), "{texts:?}");
    let report = look(root.path(), "--process dovecot,/usr/lib/postfix/sbin/master:2:");
    assert_eq!(says(&report).1, ["[CRITICAL] process-count"; 2]);
    // Nobody sees others' processes, not even the first.
    let hidden = machine(&[("7/stat", &master)]);
    let report = look(hidden.path(), "--process master");
    assert_eq!(says(&report).1, ["[UNKNOWN] not-looked-at"]);
    assert!(report.headline().contains("hidepid"), "{}", report.headline());
}

#[test]
#[cfg(target_endian = "little")]
fn critical_ports_that_are_closed_or_open() {
    let tcp = "  sl  local_address rem_address   st\n   0: 00000000:0019 00000000:0000 0A\n   \
               1: 0100007F:1F90 00000000:0000 0A\n   2: 00000000:0050 00000000:0000 0A\n";
    let root = machine(&[("net/tcp", tcp)]);
    let of = |words: &str| {
        let report = look(root.path(), words);
        (says(&report).1, report.headline())
    };
    let (findings, headline) = of("--listening 25,8080");
    assert_eq!(
        (findings, headline.as_str()),
        (vec!["[OK] port".to_owned()], "ports 25, 8080 are open")
    );
    let (findings, headline) = of("--listening 25,465,587");
    assert_eq!(findings, ["[WARNING] port-closed"]);
    assert_eq!(headline, "nothing listens on port 465, 587");
    let (findings, headline) = of("--only-listening 25");
    assert_eq!(findings, ["[CRITICAL] port-open"]);
    assert_eq!(headline, "others can reach port 80, which is not allowed");
    assert_eq!(of("--only-listening 25,80").0, ["[OK] port"]);
    let report = look(machine(&[]).path(), "--listening 25");
    assert_eq!(says(&report).1, ["[UNKNOWN] not-looked-at"]);
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
            crate::facts::Seen::Is(all) => all.iter().map(|it| it.mount.clone()).collect(),
            crate::facts::Seen::Unreadable(_) => Vec::new(),
        });
        (mounts.unwrap_or_default(), says(&report))
    };
    assert_eq!(of("").0, ["/", "/mnt/nfs", "/var/spool"]);
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
