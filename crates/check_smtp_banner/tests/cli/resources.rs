//! Memory and time, also where nobody reads what is said.

use std::fs;
use std::io::{self, PipeReader, PipeWriter};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use demo_host::Action;
use demo_host::smtp::Script;

use crate::support::{Ca, Call, start};

/// KiB more than a run against a quiet server takes. How much that is depends on the build.
const MOST_MORE: u64 = 2 * 1024;

#[test]
fn critical_a_flood_does_not_fill_the_memory() {
    // The slow server keeps the process there to be looked at, after the flood.
    let script = Script::default()
        .answering("EHLO", Action::reply(&format!("{}250 end", "250-X-MORE\n".repeat(1200))))
        .answering("MAIL", Action::EndlessLines("250-more".into()));
    let server = start(script);
    let call = Call::of_port(server.port(), &["-f", "<>", "-vvv", "-t", "5"]);
    let child = call.command().spawn().unwrap();
    let most = peak_memory(&child);
    let run = call.finish(child);
    assert_eq!(run.findings()[0], "[CRITICAL] reply-invalid");
    let usual = usual();
    assert!(most > 0 && most <= usual + MOST_MORE, "{most} KiB, else {usual}");
}

/// The most memory that a run against a quiet server has, in KiB.
fn usual() -> u64 {
    let ca = Ca::new();
    let server = start(ca.good_script());
    let args = ca.trusting(&["-S", "--output", "json"]);
    unread(&Call::of_port(server.port(), &[&args[..], &["-t", "1.5"]].concat()))
}

/// The most memory that a run has which nobody reads: a full pipe keeps the process there with
/// everything it has made.
fn unread(call: &Call) -> u64 {
    let (_reader, writer) = full_pipe();
    let mut child = call.command().stdout(writer).spawn().unwrap();
    let most = peak_memory(&child);
    assert_eq!(child.wait().unwrap().code(), Some(3));
    most
}

#[test]
fn unknown_very_many_words_do_not_fill_the_memory() {
    let words = format!("250-{}\n", "a ".repeat(1900)).repeat(4);
    let lines = "250-a b c\n".repeat(1400);
    for offers in [words, lines] {
        let offers = format!("250-mail.example.org\n{offers}250 ");
        let sent = offers.len() + offers.lines().count();
        assert!(sent > 15_000 && sent < 16_300, "{sent}");
        measure(&offers);
    }
}

/// Runs against a server that offers this under TLS too.
fn measure(offers: &str) {
    let ca = Ca::new();
    let script = ca
        .good_script()
        .answering_in_clear("EHLO", Action::reply(&format!("{offers}STARTTLS")))
        .answering_under_tls("EHLO", Action::reply(&format!("{offers}DSN")));
    let server = start(script);
    let args = ca.trusting(&["-S", "--output", "json"]);
    let run = Call::of_port(server.port(), &args).run();
    let object: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&object["state"], run.code), (&"OK".into(), 0));
    assert!(run.stdout.len() <= 60_001, "{}", run.stdout.len());
    let most = unread(&Call::of_port(server.port(), &[&args[..], &["-t", "1.5"]].concat()));
    let usual = usual();
    assert!(most > 0 && most <= usual + MOST_MORE, "{most} KiB, else {usual}");
}

#[test]
fn unknown_nobody_reads_what_is_said() {
    for format in ["nagios", "json", "prometheus"] {
        let server = start(Script::default());
        let (_reader, writer) = full_pipe();
        let start = Instant::now();
        let args = ["-t", "0.5", "--output", format];
        let mut command = Call::of_port(server.port(), &args).command();
        let mut child = command.stdout(writer).spawn().unwrap();
        let code = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status.code();
            }
            if start.elapsed() > Duration::from_secs(5) {
                child.kill().unwrap();
                break child.wait().unwrap().code();
            }
            thread::sleep(Duration::from_millis(5));
        };
        assert_eq!(code, Some(3));
        assert!(start.elapsed() < Duration::from_millis(1500), "{:?}", start.elapsed());
    }
}

/// A pipe that takes nothing more.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = io::pipe().unwrap();
    let mut filler =
        Command::new("cat").arg("/dev/zero").stdout(writer.try_clone().unwrap()).spawn().unwrap();
    let stat = format!("/proc/{}/stat", filler.id());
    // It sleeps where there is no room, and on a busy machine for a moment at the start.
    let mut asleep = 0;
    while asleep < 20 {
        thread::sleep(Duration::from_millis(10));
        let sleeps = fs::read_to_string(&stat).unwrap().contains(") S ");
        asleep = if sleeps { asleep + 1 } else { 0 };
    }
    filler.kill().unwrap();
    filler.wait().unwrap();
    (reader, writer)
}

/// The most memory that a process has had by its end, or in six seconds, in KiB.
fn peak_memory(child: &Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let end = Instant::now() + Duration::from_secs(6);
    let mut most = 0;
    // A zombie has no memory, so the last line seen is from its life.
    while let Some(peak) = high_water_mark(&status).filter(|_| Instant::now() < end) {
        most = peak;
        thread::sleep(Duration::from_micros(200));
    }
    most
}

fn high_water_mark(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
