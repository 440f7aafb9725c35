//! Processes: those that are hidden, and those that keep the processors busy.

use std::process::{Child, Command};
use std::thread;

use crate::namespace::Place;
use crate::{number, run};

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
fn critical_a_busy_processor() {
    let loops: Vec<Loop> =
        (0..thread::available_parallelism().unwrap().get()).map(|_| Loop::start()).collect();
    // How much the host gives to others is not the test's business.
    let said = run("--only cpu --interval 1 --cpu-critical 80% --steal-warning 0:100%");
    drop(loops);
    assert_eq!(said.findings(), ["[CRITICAL] cpu-usage"], "{}", said.stdout);
    said.ends_as("CRITICAL");
    assert!(number(&said, "cpu_used") > 80.0, "{}", said.stdout);
}

/// Keeps one processor busy until it is dropped, and lets everything else go first.
struct Loop(Child);

impl Loop {
    fn start() -> Self {
        let words = ["-n", "19", "sh", "-c", "while :; do :; done"];
        Self(Command::new("nice").args(words).spawn().unwrap())
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
