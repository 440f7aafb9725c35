//! Processes: those that are hidden, and those that keep the processors busy.

use std::process::{self, Child, Command};
use std::time::Duration;
use std::{fs, thread};

use mailhost_tests::skip;

use crate::namespace::Place;
use crate::{copy_program, number, run, told_by};

#[test]
fn unknown_processes_hidden_by_hidepid() {
    let Some(place) = Place::new("hidepid") else { return };
    // The first process of the namespace is root's, as everywhere: this shell, which stays.
    let script = r#"
        mount -t proc -o hidepid=2 proc /proc || exit 9
        setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
        exit
    "#;
    let kinds = ["--mount", "--pid", "--fork"];
    let Some(said) = place.run_for_all(&kinds, script, "--process master") else { return };
    said.finds(
        "[UNKNOWN] not-looked-at: other users' processes are hidden (/proc is mounted with hidepid): needs \
         the group of its option gid",
    );
}

#[test]
fn ok_processes_that_the_group_of_hidepid_sees() {
    let Some(place) = Place::new("hidepid") else { return };
    let script = r#"
        mount -t proc -o hidepid=2,gid=65533 proc /proc || exit 9
        setpriv --reuid 65534 --regid 65534 --groups 65533 "$@"
        exit
    "#;
    let kinds = ["--mount", "--pid", "--fork"];
    let Some(said) = place.run_for_all(&kinds, script, "--process sh:1:1") else { return };
    said.ends_as("OK");
    assert_eq!(number(&said, "procs").to_string(), "1", "{}", said.stdout);
}

#[test]
fn critical_a_process_that_has_ended_does_no_work() {
    let directory = tempfile::tempdir().unwrap();
    let name = format!("end{}", process::id());
    let program = directory.path().join(&name);
    copy_program("/bin/true", &program);
    let mut child = Command::new(&program).spawn().unwrap();
    // It stays a zombie until it is waited for.
    let stat = format!("/proc/{}/stat", child.id());
    let has_ended = || fs::read_to_string(&stat).unwrap().contains(") Z ");
    while !has_ended() {
        thread::sleep(Duration::from_millis(10));
    }
    let said = run(&format!("--process {name}"));
    child.wait().unwrap();
    said.finds(&format!(
        "[CRITICAL] process-count: {name} does not run, 1 ended (zombie) (range 1:)"
    ));
}

#[test]
fn critical_a_busy_processor() {
    let usable = thread::available_parallelism().unwrap().get();
    let Some(all) = told_by("getconf", &["_NPROCESSORS_ONLN"]) else { return };
    if all.trim() != usable.to_string() {
        return skip("host_resources/busy", "not every processor may be used here");
    }
    let loops: Vec<Loop> = (0..usable).map(|_| Loop::start()).collect();
    // How much the host gives to others is not the test's business.
    let said = run("--only cpu --interval 1 --cpu-critical 80% --steal-warning 0:100%");
    drop(loops);
    if number(&said, "cpu_steal") > 15.0 {
        return skip("host_resources/busy", "the host gives too much of the time to others");
    }
    assert_eq!(said.findings(), ["[CRITICAL] cpu-usage"], "{}", said.stdout);
    said.ends_as("CRITICAL");
    assert!(number(&said, "cpu_used") > 80.0, "{}", said.stdout);
}

/// Keeps one processor busy until it is dropped, and lets everything else go first.
struct Loop(Child);

impl Loop {
    fn start() -> Self {
        // It does not outlive a test run that is killed.
        let words = ["-n", "19", "sh", "-c", "while kill -0 $PPID; do :; done"];
        Self(Command::new("nice").args(words).spawn().unwrap())
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
