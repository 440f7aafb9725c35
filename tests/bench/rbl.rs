//! `check_rbl` beside the Perl plugin of the same name and udns' rblcheck, all against the same DNS server.
//!
//! Sixty lists are asked for an address that none of them lists, and each takes a time of its own to
//! answer. Then half of them do not answer at all.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use demo_host::dns::{Behaviour, Zone};
use mailhost_tests::{DebianRoot, Unavailable};

use crate::{
    dns::{Bounds, HEADING, row, serve, start_and_size, verdict},
    measure::{Run, Tools, instructions},
    ours,
};

/// Measures and prints the tables.
pub(crate) fn run(tools: &Tools) -> Result<(), Unavailable> {
    let peers = DebianRoot::prepare("bench-rbl", PACKAGES)?;
    // The peers ask whom resolv.conf names, which is always at port 53; the Perl plugin looks for the
    // address's own name there, whatever server it is told.
    let name = |resolver: SocketAddr| {
        let resolver = format!("nameserver {}\n", resolver.ip());
        peers.write("/etc/resolv.conf", resolver, 0o644).expect("name the resolver");
    };
    let talking = serve(&talking_lists())?;
    name(talking.address());
    with_answers(tools, &commands(peers.path(), talking.address()));
    let silent = serve(&half_silent_lists())?;
    name(silent.address());
    with_silence(&commands(peers.path(), silent.address()));
    println!("\n{COUNTED}");
    start_and_size(PLUGIN);
    Ok(())
}

/// One program: its name in the tables, what is run and with what.
type Checker = (&'static str, PathBuf, Vec<String>);

/// What is measured, on lists that a resolver knows.
fn commands(root: &Path, resolver: SocketAddr) -> Vec<Checker> {
    let root = root.display().to_string();
    let resolver = resolver.to_string();
    let lists = (1..=LISTS).map(list).collect::<Vec<_>>().join(" -s ");
    let words = |line: String| line.split(' ').map(ToOwned::to_owned).collect();
    let chroot = PathBuf::from("/usr/sbin/chroot");
    let perl = words(format!("{root} {PERL} -H {ADDRESS} -s {lists}"));
    let udns = words(format!("{root} {UDNS} -s {lists} {ADDRESS}"));
    let own = words(format!("-H {ADDRESS} -s {lists} --nameserver {resolver} {SETTINGS}"));
    vec![
        ("Perl's check_rbl", chroot.clone(), perl),
        ("udns' rblcheck", chroot, udns),
        // Without chroot, whose own start is a good part of this.
        (PLUGIN, ours(PLUGIN), own),
    ]
}

/// Every list answers, and none lists the address.
fn with_answers(tools: &Tools, commands: &[Checker]) {
    let arguments: Vec<Vec<&str>> = commands
        .iter()
        .map(|(_, _, arguments)| arguments.iter().map(String::as_str).collect())
        .collect();
    let path = [("PATH", Path::new(PATH))];
    let runs: Vec<Run> = commands
        .iter()
        .zip(&arguments)
        .map(|((_, program, _), arguments)| Run { program, arguments, environment: &path, code: 0 })
        .collect();
    let costs = tools.time(&runs, ROUNDS);
    println!("{HEADING}");
    for (((name, ..), run), cost) in commands.iter().zip(&runs).zip(&costs) {
        let counted = (*name == PLUGIN).then(|| instructions(run));
        println!("{}", row(name, cost, counted, &BOUNDS));
    }
    println!("\n{WALL}");
    let bound = f64::from(SLOWEST + START) / 1e3;
    for ((name, ..), cost) in commands.iter().zip(&costs) {
        let kept = if *name == PLUGIN { verdict(cost.wall, bound, " s") } else { String::new() };
        println!(
            "| {name}, the slowest answer after {SLOWEST} ms | {:.3} s | 0 | {kept} |",
            cost.wall
        );
    }
}

/// Half of the lists never answer; the others do as before.
fn with_silence(commands: &[Checker]) {
    for (name, program, arguments) in commands {
        let started = Instant::now();
        let output = Command::new(program)
            .args(arguments)
            .env_clear()
            .env("PATH", PATH)
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("run {name}: {error}"));
        let wall = started.elapsed().as_secs_f64();
        let kept = if *name == PLUGIN {
            tells_silence(&output);
            verdict(wall, LIMIT, " s")
        } else {
            String::new()
        };
        let code = output.status.code().map_or_else(|| "none".to_owned(), |code| code.to_string());
        println!("| {name}, {} lists silent | {wall:.3} s | {code} | {kept} |", LISTS / 2);
    }
}

/// Holds the plugin to have said how many lists were asked in vain, and to have judged by the others.
fn tells_silence(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    let perfdata = said.lines().next().and_then(|line| line.split_once(" | "));
    let counts: Vec<&str> = perfdata
        .map_or("", |(_, perfdata)| perfdata)
        .split(' ')
        .map(|pair| pair.split(';').next().unwrap_or_default())
        .collect();
    let half = LISTS / 2;
    for count in [format!("answered={half}"), format!("unanswered={half}")] {
        assert!(counts.contains(&count.as_str()), "{count} is not in {said}");
    }
    assert_eq!(output.status.code(), Some(0), "{said}");
}

/// Each list answers after its own time.
fn talking_lists() -> Zone {
    lists(|number| Behaviour::Delay(delay(number)))
}

/// Every other list does not answer.
fn half_silent_lists() -> Zone {
    lists(|number| match number % 2 {
        0 => Behaviour::Silence,
        _ => Behaviour::Delay(delay(number)),
    })
}

/// Lists in working order as RFC 5782 section 5 has it: they list 127.0.0.2, and not 127.0.0.1.
fn lists(behaviour: impl Fn(u32) -> Behaviour) -> Zone {
    (1..=LISTS).fold(Zone::new(), |zone, number| {
        let list = list(number);
        zone.a(&format!("2.0.0.127.{list}"), [127, 0, 0, 2])
            .behave(&format!("*.{list}"), behaviour(number))
    })
}

/// The name of a list, which are counted from 1.
fn list(number: u32) -> String {
    format!("l{number:02}.example")
}

/// How long a list takes to answer.
fn delay(number: u32) -> Duration {
    let share = (SLOWEST - FASTEST) * (number - 1) / (LISTS - 1);
    Duration::from_millis((FASTEST + share).into())
}

const PLUGIN: &str = "check_rbl";
/// What the Perl plugin loads is only recommended by its package.
const PACKAGES: &[&str] = &[
    "libcapture-tiny-perl",
    "libdata-validate-domain-perl",
    "libdata-validate-ip-perl",
    "libmonitoring-plugin-perl",
    "libnet-dns-perl",
    "libnet-ip-perl",
    "libreadonly-perl",
    "monitoring-plugins-contrib",
    "udns-utils",
];
const PERL: &str = "/usr/lib/nagios/plugins/check_rbl";
const UDNS: &str = "/usr/bin/rblcheck";
const PATH: &str = "/usr/bin:/bin";
/// Everybody may be asked about it (AS112, RFC 7535), and nobody lists it.
const ADDRESS: &str = "192.31.196.7";
/// No state is kept.
const SETTINGS: &str = "--state-dir /nonexistent/state";
const LISTS: u32 = 60;
/// Milliseconds from the question to the answer.
const FASTEST: u32 = 10;
const SLOWEST: u32 = 150;
/// How often each is run.
const ROUNDS: u32 = 9;
const BOUNDS: Bounds = Bounds { cpu: 10e-3, memory: 8e6 };
/// Milliseconds for all but waiting for the slowest answer.
const START: u32 = 15;
/// Seconds that a run may take in which lists are silent.
const LIMIT: f64 = 5.0;
const WALL: &str = "\
| 60 lists | wall | exit code | bound |
|---|---:|---:|---|";
const COUNTED: &str = "\
| check_rbl | measured | bound |
|---|---:|---|";
