//! What is said of the machines in `tests/machines`.

use super::{lines, look, machine, recorded, says, value};

/// Ranges that no machine breaks, for what depends on the one that the tests run on.
const ANY_ROOM: &str =
    "--disk-warning 0:100% --disk-critical 0:100% --disk-free-warning 0: --disk-free-critical 0:";

#[test]
fn ok_a_laptop_with_two_cores() {
    let root = recorded("laptop_2_cores");
    let words = "--only memory,swap,load,pressure,open-files,network,disk-io,raid";
    let report = look(root.path(), words);
    assert_eq!(
        lines(&report),
        [
            "[OK] raid: no RAID array",
            "[OK] memory-usage: memory 47.5% in use, 4.3 GB of 8.2 GB available",
            "[OK] swap-usage: swap 10.0% in use, 214.75 MB of 2.15 GB",
            "[OK] open-files: 9312 open files, of any number",
            "[OK] load-high: load 0.52, 0.61, 0.48 of 2 processors: 0.24 for each in 15 minutes",
            "[OK] pressure-high: processors kept something waiting 0.6% of the last 5 minutes (0.8% of the \
             last one)",
            "[OK] pressure-high: memory kept something waiting 0.0% of the last 5 minutes (0.0% of the last \
             one)",
            "[OK] pressure-high: disks kept something waiting 0.1% of the last 5 minutes (0.2% of the last \
             one)",
            "[OK] network-errors: wlp2s0 has 0.0 damaged packets a second",
            "[OK] network-drops: wlp2s0 has no room for 0.0 packets a second",
            "[OK] disk-busy: nvme0n1 0.0% busy, nothing read or written",
        ]
    );
    // The service's own group has no limit, and the one above neither.
    assert_eq!(value(&report, "memory_limit"), None);
}

#[test]
fn ok_the_file_systems_of_a_laptop() {
    let root = recorded("laptop_2_cores");
    std::fs::create_dir_all(root.path().join("boot/efi")).expect("a directory");
    let report = look(root.path(), &format!("--only disk {ANY_ROOM}"));
    assert_eq!(mounts(&report), ["/", "/boot/efi"]);
    assert_eq!(says(&report), ("OK".to_owned(), vec!["[OK] disk-usage".to_owned(); 2]));
}

#[test]
fn warning_a_host_with_64_cores_and_a_weak_module() {
    let root = recorded("host_64_cores");
    let report =
        look(root.path(), "--only memory,swap,load,pressure,open-files --pressure-warning 15%");
    assert_eq!(
        lines(&report),
        [
            "[OK] memory-usage: memory 31.4% in use, 185.34 GB of 270.18 GB available",
            "[OK] swap-usage: no swap",
            "[WARNING] memory-errors-corrected: the memory has had 3 corrected errors since the start",
            "[OK] open-files: 48211 of 1000000 open files, 4.8%",
            "[OK] load-high: load 71.20, 68.90, 60.10 of 64 processors: 0.94 for each in 15 minutes",
            "[WARNING] pressure-high: processors kept something waiting 18.4% of the last 5 minutes (22.1% \
             of the last one) (range 15%)",
            "[OK] pressure-high: memory kept something waiting 0.0% of the last 5 minutes (0.0% of the last \
             one)",
            "[OK] pressure-high: disks kept something waiting 1.1% of the last 5 minutes (1.5% of the last \
             one)",
        ]
    );
    assert_eq!(value(&report, "ecc_corrected"), Some(3.0));
    super::write(root.path(), "sys/devices/system/edac/mc/mc1/ue_count", b"1\n");
    let report = look(root.path(), "--only memory");
    assert_eq!(
        says(&report).1,
        [
            "[OK] memory-usage",
            "[CRITICAL] memory-errors-uncorrected",
            "[WARNING] memory-errors-corrected"
        ]
    );
    super::write(root.path(), "proc/sys/fs/file-nr", b"850000 0 1000000\n");
    assert_eq!(
        lines(&look(root.path(), "--only open-files")),
        ["[WARNING] open-files: 850000 of 1000000 open files, 85.0% (range 80%)"]
    );
    let report = look(root.path(), "--only load --load1-warning 1 --load5-critical 1");
    assert_eq!(
        lines(&report)[..2],
        [
            "[WARNING] load-high: load 1.11 for each processor in 1 min (range 1)",
            "[CRITICAL] load-high: load 1.08 for each processor in 5 min (range 1)",
        ]
    );
}

#[test]
fn critical_a_container_that_is_at_its_limit() {
    let root = recorded("container_cgroup_v2");
    let report = look(root.path(), "--only memory");
    // The machine has room enough, the container has not.
    assert_eq!(
        lines(&report),
        [
            "[OK] memory-usage: memory 23.7% in use, 25.6 GB of 33.55 GB available",
            "[CRITICAL] memory-limit: memory 92.4% in use of the 536.87 MB that this control group may have \
             (range \
             90%)",
        ]
    );
    assert_eq!(value(&report, "memory_limit"), Some(536_870_912.0));
    // Its own file system, and not those that files of the host are mounted from.
    let report = look(root.path(), &format!("--only disk {ANY_ROOM} --include-mount ^/$"));
    assert_eq!(mounts(&report), ["/"]);
    super::write(root.path(), "sys/fs/cgroup/memory.current", b"much\n");
    let report = look(root.path(), "--only memory");
    assert_eq!(says(&report).1, ["[OK] memory-usage", "[UNKNOWN] not-looked-at"]);
}

#[test]
fn warning_the_narrowest_limit_of_the_groups_above() {
    let root = recorded("service_cgroup_v1");
    let report = look(root.path(), "--only memory");
    assert_eq!(
        lines(&report)[1],
        "[WARNING] memory-limit: memory 83.8% in use of the 1.07 GB that this control group may have (range \
         80%)"
    );
    // What cannot be read hides no limit that is reached.
    let used = "sys/fs/cgroup/memory/system.slice/nrpe.service/memory.usage_in_bytes";
    super::write(root.path(), used, b"much\n");
    let report = look(root.path(), "--only memory");
    assert_eq!(
        says(&report).1,
        ["[OK] memory-usage", "[WARNING] memory-limit", "[UNKNOWN] not-looked-at"]
    );
    super::write(root.path(), used, b"20000000\n");
    // A limit beyond what the machine has is none.
    super::write(
        root.path(),
        "sys/fs/cgroup/memory/system.slice/memory.limit_in_bytes",
        b"999999999999\n",
    );
    let report = look(root.path(), "--only memory");
    assert_eq!(
        lines(&report)[1],
        "[OK] memory-limit: memory 7.5% in use of the 268.44 MB that this control group may have"
    );
}

#[test]
fn unknown_a_kernel_without_psi() {
    let root = recorded("kernel_without_psi");
    let report = look(root.path(), "--only pressure,load");
    assert_eq!(
        lines(&report),
        [
            "[OK] load-high: load 0.01, 0.02, 0.05 of 1 processor: 0.05 for each in 15 minutes",
            "[UNKNOWN] not-looked-at: reading /proc/pressure/cpu: no such file",
            "[UNKNOWN] not-looked-at: reading /proc/pressure/memory: no such file",
            "[UNKNOWN] not-looked-at: reading /proc/pressure/io: no such file",
        ]
    );
}

#[test]
fn ok_lvm_btrfs_and_odd_names_each_once() {
    let root = recorded("odd_mounts");
    let report = look(root.path(), "--only disk");
    let expected = [
        "/",
        "/hidden",
        "/home",
        "/srv/snapshot",
        "/srv/with blank\\xfe\\\\",
        "/srv/with blank\\xff\\\\",
        "/var",
    ];
    assert_eq!(mounts(&report), expected);
    // Whoever names them gets them all the same.
    let report = look(root.path(), "--only disk --mount /srv/mail/ --mount /srv/www --mount /home");
    assert_eq!(mounts(&report), ["/home", "/srv/mail", "/srv/www"]);
}

#[test]
fn warning_an_array_that_lacks_a_disk() {
    let report = look(recorded("degraded_md").path(), "--only raid");
    assert_eq!(
        lines(&report),
        [
            "[OK] raid: md1 has all its disks",
            "[WARNING] raid-degraded: md0 has 1 of 2 disks, recovery runs",
        ]
    );
}

#[test]
fn critical_processes_of_a_mail_host() {
    let root = recorded("mail_host");
    let report = look(root.path(), "--process master,smtpd:0:90,dovecot");
    assert_eq!(
        lines(&report),
        [
            "[OK] process-count: master has 1 process, 4.1 MB of memory",
            "[OK] process-count: smtpd has 2 processes, 20.48 MB of memory, 1 waiting for a disk, 1 ended \
             (zombie)",
            "[CRITICAL] process-count: dovecot does not run (range 1:)",
        ]
    );
    let report = look(root.path(), "--process /usr/lib/postfix/sbin/master:2:");
    assert_eq!(says(&report).1, ["[CRITICAL] process-count"]);
}

#[test]
fn critical_processes_that_use_too_much() {
    let root = recorded("mail_host");
    let of = |limit: &str| {
        let words = limit.split('+').map(|it| format!("--process-limit {it}")).collect::<Vec<_>>();
        lines(&look(root.path(), &words.join(" ")))[1..].join("; ")
    };
    for (limit, said) in [
        (
            "smtpd,rss,10MB,12MB",
            "[CRITICAL] process-limit: smtpd process 702 has 12.29 MB of memory (range 12MB)",
        ),
        ("smtpd,rss,1GB", "[OK] process-limit: smtpd process 702 has 12.29 MB of memory"),
        (
            "smtpd,vsz,60MB",
            "[WARNING] process-limit: smtpd process 702 has 90 MB of addresses (range 60MB)",
        ),
        (
            "clamd,threads,10",
            "[WARNING] process-limit: clamd process 800 has 12 threads (range 10)",
        ),
        // The younger one breaks this range, the older one that.
        (
            "smtpd,age,30s:",
            "[WARNING] process-limit: smtpd process 702 was started 10s ago (range 30s:)",
        ),
        (
            "smtpd,age,1m",
            "[WARNING] process-limit: smtpd process 701 was started 1m 40s ago (range 1m)",
        ),
        (
            "smtpd,uninterruptible,0,5",
            "[WARNING] process-limit: smtpd has 1 process waiting for a disk (range 0)",
        ),
        (
            "smtpd,zombies,0",
            "[WARNING] process-limit: smtpd has 1 process ended, of which nobody took note (range 0)",
        ),
    ] {
        assert_eq!(of(limit), said, "{limit}");
    }
}

#[test]
fn warning_a_service_near_its_own_limit() {
    let root = recorded("mail_host");
    let of = |words: &str| lines(&look(root.path(), words))[1..].join("; ");
    assert_eq!(
        of("--process-max smtpd,100"),
        "[OK] process-share: smtpd has 2 of at most 100 processes, 2.0%"
    );
    assert_eq!(
        of("--process-max smtpd,2"),
        "[WARNING] process-share: smtpd has 2 of at most 2 processes, 100.0% (range 80%)"
    );
    assert_eq!(
        of("--process-max smtpd,2,50%,99%"),
        "[CRITICAL] process-share: smtpd has 2 of at most 2 processes, 100.0% (range 99%)"
    );
}

#[test]
fn unknown_processes_that_are_hidden() {
    // hidepid=2: others' are not there.
    let root = recorded("hidepid");
    let hidden = "[UNKNOWN] not-looked-at: other users' processes are hidden (/proc is mounted with \
                  hidepid): needs the group of its option gid";
    assert_eq!(lines(&look(root.path(), "--process master")), [hidden]);
    let report = look(machine(&[("uptime", "1 1\n")]).path(), "--process master");
    assert_eq!(lines(&report), [hidden]);
    let report = look(machine(&[]).path(), "--process master");
    assert_eq!(lines(&report), ["[UNKNOWN] not-looked-at: reading /proc/uptime: no such file"]);
}

#[test]
#[cfg(target_endian = "little")]
fn critical_ports_that_are_closed_or_open() {
    let root = recorded("mail_host");
    let of = |words: &str| lines(&look(root.path(), words)).join("; ");
    assert_eq!(
        of("--listening 25,587,8080"),
        "[OK] port: ports 25, 587, 8080 are open, port 8080 to this machine alone"
    );
    assert_eq!(of("--listening 25"), "[OK] port: port 25 is open");
    assert_eq!(of("--listening 8080"), "[OK] port: port 8080 is open to this machine alone");
    assert_eq!(
        of("--listening 25,465,993"),
        "[WARNING] port-closed: nothing listens on ports 465, 993"
    );
    assert_eq!(
        of("--only-listening 25,587"),
        "[CRITICAL] port-open: others can reach port 80, which is not allowed"
    );
    assert_eq!(of("--only-listening 25,587,80"), "[OK] port: no other port is open to others");
    let report = look(machine(&[]).path(), "--listening 25");
    assert_eq!(lines(&report), ["[UNKNOWN] not-looked-at: reading /proc/net/tcp: no such file"]);
}

#[test]
#[cfg(target_endian = "little")]
fn critical_connections_in_and_out() {
    let root = recorded("mail_host");
    let of = |words: &str| lines(&look(root.path(), words)).join("; ");
    // TIME-WAIT is over, and what stays on this machine is no mail to others.
    assert_eq!(of("--established 25=3:5"), "[OK] connections-in: port 25 has 3 connections");
    assert_eq!(
        of("--established 25=2:5"),
        "[WARNING] connections-in: port 25 has 3 connections (range 2)"
    );
    assert_eq!(
        of("--outgoing 25=0:1,465=10"),
        "[CRITICAL] connections-out: port 25 has 2 connections to others (range 1); [OK] connections-out: \
         port 465 has 0 connections to others"
    );
    assert_eq!(
        of("--outgoing 25=1"),
        "[WARNING] connections-out: port 25 has 2 connections to others (range 1)"
    );
    let report = look(root.path(), "--established 25=3 --outgoing 25=5");
    assert_eq!(
        (value(&report, "25_established"), value(&report, "25_outgoing")),
        (Some(3.0), Some(2.0))
    );
}

/// Where the file systems are that were looked at.
fn mounts(report: &mailhost_core::contract::Report<crate::Facts>) -> Vec<String> {
    let seen = report.facts.file_systems.as_ref().and_then(|it| it.as_ref().ok());
    seen.map(|all| all.iter().map(|it| it.mount.clone()).collect()).unwrap_or_default()
}
