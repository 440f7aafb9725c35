//! What the program says of this machine, beside what df, free, ps and ss say of it at about the same time.

use std::fs;
use std::hint::black_box;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{self, Child, Command};

use mailhost_tests::free_port;
use serde_json::Value;

use crate::{copy_program, json, number, run, told_by};

#[test]
fn ok_space_and_inodes_agree_with_df() {
    let said = json(&run(&format!("--only disk,inodes --output json {ANY_ROOM}")));
    let df = ["-B1", "--output=pcent,ipcent,avail,target"];
    let Some(df) = told_by("df", &df) else { return };
    let mut compared = 0;
    for line in df.lines().skip(1) {
        let mut fields = line.split_whitespace();
        let [percent, inodes, available] = [(); 3].map(|()| fields.next().unwrap());
        let mount = fields.collect::<Vec<_>>().join(" ");
        let of = |label: &str| value(&said, label, Some(&mount));
        let (Some(used), Some(free)) = (of("disk_used"), of("disk_free")) else { continue };
        compared += 1;
        // df rounds up.
        let rounded = |text: &str| text.trim_end_matches('%').parse::<f64>().ok();
        let agree = |ours: f64, df: f64| (df - 1.5..=df + 0.5).contains(&ours);
        assert!(agree(used, rounded(percent).unwrap()), "{mount}: {used}, {percent}");
        let df_free: f64 = available.parse().unwrap();
        // Others write meanwhile.
        let most = (df_free / 100.0).max(50e6);
        assert!((free - df_free).abs() <= most, "{mount}: {free}, {available}");
        match (of("inodes_used"), rounded(inodes)) {
            (Some(ours), Some(df)) => assert!(agree(ours, df), "{mount}: {ours}, {df}"),
            (ours, df) => assert_eq!(ours, df, "{mount}"),
        }
    }
    assert!(compared > 0, "{df}{said}");
}

#[test]
fn ok_memory_and_swap_agree_with_free() {
    let said = json(&run(&format!(
        "--only memory,swap --output json {ANY_MEMORY} --swap-warning 0:100% --swap-critical 0:100%"
    )));
    let Some(free) = told_by("free", &["-b"]) else { return };
    let row = |name: &str| -> Vec<f64> {
        let line = free.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().skip(1).map(|it| it.parse().unwrap()).collect()
    };
    let memory = row("Mem:");
    let (total, available) = (memory[0], memory[5]);
    let ours = value(&said, "memory_available", None).unwrap();
    assert!((ours - available).abs() <= available / 10.0, "{ours}, {free}");
    let used = value(&said, "memory_used", None).unwrap();
    assert!((used - (total - available) / total * 100.0).abs() <= 10.0, "{used}, {free}");
    let swap = row("Swap:");
    let (total, in_use) = (swap[0], swap[1]);
    match value(&said, "swap_used", None) {
        Some(ours) => assert!((ours - in_use / total * 100.0).abs() <= 10.0, "{ours}, {free}"),
        None => assert_eq!(total.to_string(), "0", "{free}"),
    }
}

#[test]
fn ok_memory_that_a_process_takes_is_missed_as_free_misses_it() {
    let near = |one: f64, other: f64| (one - other).abs() <= 100e6;
    let look = || {
        let said = run(&format!("--only memory {ANY_MEMORY}"));
        let free = told_by("free", &["-b"])?;
        let line = free.lines().find(|line| line.starts_with("Mem:")).unwrap();
        let theirs: f64 = line.split_whitespace().nth(6).unwrap().parse().unwrap();
        Some((number(&said, "memory_available"), theirs))
    };
    let mut seen = Vec::new();
    // Others take and give back memory meanwhile.
    for _ in 0..10 {
        let Some((before, free_before)) = look() else { return };
        // Not of zeros, which would be no memory yet.
        let taken = black_box(vec![1_u8; 300_000_000]);
        let Some((after, free_after)) = look() else { return };
        drop(taken);
        seen.push([before, free_before, after, free_after]);
        // What it comes to is not sure, as little as what is left: only that both see the same.
        if near(before, free_before) && near(after, free_after) {
            return;
        }
    }
    panic!("{seen:?}");
}

#[test]
fn ok_load_agrees_with_the_kernel() {
    let said = run("--only load --load-warning 0:10000 --load-critical 0:10000");
    said.ends_as("OK");
    let text = fs::read_to_string("/proc/loadavg").unwrap();
    for (label, kernel) in ["load1", "load5", "load15"].into_iter().zip(text.split(' ')) {
        let kernel: f64 = kernel.parse().unwrap();
        assert!((number(&said, label) - kernel).abs() <= 0.5, "{label}: {}{text}", said.stdout);
    }
}

#[test]
fn ok_processes_agree_with_ps() {
    let directory = tempfile::tempdir().unwrap();
    // Nobody else runs a program of this name, and the kernel keeps all of it.
    let name = format!("nap{}", process::id());
    let program = directory.path().join(&name);
    copy_program("/bin/sleep", &program);
    let naps: Vec<Nap> =
        (0..3).map(|_| Nap(Command::new(&program).arg("600").spawn().unwrap())).collect();
    let by_name = run(&format!("--process {name}:3:3"));
    let by_path = run(&format!("--process {}:3:3", program.display()));
    let ps = told_by("ps", &["-C", &name, "--no-headers"]);
    drop(naps);
    let Some(ps) = ps.map(|ps| ps.lines().count()) else { return };
    assert_eq!(ps, 3);
    for said in [by_name, by_path] {
        said.ends_as("OK");
        assert_eq!(number(&said, "procs").to_string(), ps.to_string(), "{}", said.stdout);
    }
    let none = run(&format!("--process {name}"));
    let gone = format!("[CRITICAL] process-count: {name} does not run (range 1:)");
    none.finds(&gone);
}

#[test]
fn ok_ports_agree_with_ss() {
    let mut ports = [free_port(), free_port()];
    ports.sort_unstable();
    let [one, other] = ports;
    let words = format!("--listening {one},{other}");
    let ss = || {
        let told = told_by("ss", &["-Hltn"])?;
        Some(ports.map(|port| told.lines().any(|line| line.contains(&format!(":{port} ")))))
    };
    let listener = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let (first, second) = (listener(one), listener(other));
    let open = run(&words);
    let Some(seen) = ss() else { return };
    assert_eq!(seen, [true, true]);
    open.says(&format!("OK - ports {one}, {other} are open to this machine alone"), &[]);
    drop(first);
    let closed = run(&words);
    assert_eq!(ss(), Some([false, true]));
    closed.finds(&format!("[WARNING] port-closed: nothing listens on port {one}"));
    drop(second);
}

/// The value of a metric, of one of several if they are several.
fn value(said: &Value, label: &str, instance: Option<&str>) -> Option<f64> {
    // What comes of several has a short form of the name in front.
    let is_called = |name: &str| match instance {
        Some(_) => name.ends_with(&format!("_{label}")),
        None => name == label,
    };
    let is_meant = |it: &&Value| {
        it["label"].as_str().is_some_and(is_called) && it["instance"].as_str() == instance
    };
    said["metrics"].as_array().unwrap().iter().find(is_meant)?["value"].as_f64()
}

/// Ends when it is dropped.
struct Nap(Child);

impl Drop for Nap {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whatever state the machine is in.
const ANY_ROOM: &str = "--disk-warning 0:100% --disk-critical 0:100% --inodes-warning 0:100% \
                        --inodes-critical 0:100%";
const ANY_MEMORY: &str = "--memory-warning 0:100% --memory-critical 0:100%";
