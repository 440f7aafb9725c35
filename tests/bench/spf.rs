//! `check_mx_spf --ip` beside pyspf and `Mail::SPF`, all against the same DNS server.
//!
//! The policy is as large as RFC 7208 section 4.6.4 lets it be, ten includes in three levels, and the
//! client is found in the last of them.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
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
    let peers = DebianRoot::prepare("bench-spf", &["python3-spf", "libmail-spf-perl"])?;
    // The peers ask whom resolv.conf names, which is always at port 53.
    let prompt = serve(&tree())?;
    let resolver = format!("nameserver {}\n", prompt.address().ip());
    peers.write("/etc/resolv.conf", resolver, 0o644).expect("name the resolver");
    evaluations(tools, peers.path(), prompt.address());
    println!("\n{COUNTED}");
    start_and_size(PLUGIN);
    let late = serve(&tree().behave("*", Behaviour::Delay(ANSWER)))?;
    audit(tools, late.address());
    Ok(())
}

/// One evaluation by each program.
fn evaluations(tools: &Tools, root: &Path, resolver: SocketAddr) {
    let chroot = PathBuf::from("/usr/sbin/chroot");
    let plugin = ours(PLUGIN);
    let (root, resolver) = (root.display().to_string(), resolver.to_string());
    let python = ["/usr/bin/python3", "-c", PYTHON];
    let perl = ["/usr/bin/perl", "-MMail::SPF", "-e", PERL];
    let client = ["--ip", "192.0.2.25", "--sender", "alice@example.org"];
    let host = ["--helo", "mail.example.org", "--nameserver", &resolver];
    let commands = [
        ("pyspf", &chroot, [&[root.as_str()], &python[..]].concat()),
        ("Mail::SPF", &chroot, [&[root.as_str()], &perl[..]].concat()),
        // Without chroot, whose own start is a good part of this.
        (PLUGIN, &plugin, [client, host].concat()),
    ];
    let path = [("PATH", Path::new("/usr/bin:/bin"))];
    let runs: Vec<Run> = commands
        .iter()
        .map(|(_, program, arguments)| Run { program, arguments, environment: &path, code: 0 })
        .collect();
    let costs = tools.time(&runs, ROUNDS);
    println!("{HEADING}");
    for ((name, ..), cost) in commands.iter().zip(&costs) {
        let counted = (*name == PLUGIN).then(|| instructions(&runs[2]));
        println!("{}", row(name, cost, counted, &BOUNDS));
    }
}

/// The whole policy looked at, with answers that take their time.
fn audit(tools: &Tools, resolver: SocketAddr) {
    let plugin = ours(PLUGIN);
    let resolver = resolver.to_string();
    let target = ["-d", "example.org", "--only", "spf", "--nameserver", &resolver];
    let arguments = [&target[..], SETTINGS].concat();
    let run = Run { program: &plugin, arguments: &arguments, environment: &[], code: 0 };
    let cost = &tools.time(&[run], ROUNDS)[0];
    let name = format!("-d example.org --only spf, {} ms an answer", ANSWER.as_millis());
    println!("| {name} | {:.3} s | {} |", cost.wall, verdict(cost.wall, AUDIT, " s"));
}

/// Two includes, each with two, each with one: ten look-ups behind the first.
fn tree() -> Zone {
    let policy = |zone: Zone, (name, includes): (&str, &[&str])| {
        let named = |include: &&str| format!(" include:{include}.example.org");
        let includes: String = includes.iter().map(named).collect();
        let name = if name.is_empty() { "example.org" } else { &format!("{name}.example.org") };
        zone.txt(name, format!("v=spf1{includes} -all"))
    };
    let inner: [(&str, &[&str]); 7] = [
        ("", &["a", "b"]),
        ("a", &["a1", "a2"]),
        ("b", &["b1", "b2"]),
        ("a1", &["a11"]),
        ("a2", &["a21"]),
        ("b1", &["b11"]),
        ("b2", &["b21"]),
    ];
    let outer = [("a11", 1), ("a21", 2), ("b11", 3), ("b21", 25)];
    let zone = inner.into_iter().fold(Zone::new(), policy);
    outer.into_iter().fold(zone, |zone, (name, host)| {
        zone.txt(&format!("{name}.example.org"), format!("v=spf1 ip4:192.0.2.{host} -all"))
    })
}

const PLUGIN: &str = "check_mx_spf";
const PYTHON: &str = "import spf, sys
result = spf.check2(i='192.0.2.25', s='alice@example.org', h='mail.example.org')
sys.exit(result[0] != 'pass')";
const PERL: &str = "my $request = Mail::SPF::Request->new(
    scope => 'mfrom', identity => 'alice@example.org',
    ip_address => '192.0.2.25', helo_identity => 'mail.example.org');
exit(Mail::SPF::Server->new->process($request)->code ne 'pass');";
/// How often each is run.
const ROUNDS: u32 = 9;
const BOUNDS: Bounds = Bounds { cpu: 3e-3, memory: 6e6 };
/// How long the server of the audit lets wait for an answer.
const ANSWER: Duration = Duration::from_millis(50);
/// Seconds that the audit may take: four levels of answers, and something for a start.
const AUDIT: f64 = 0.25;
/// Ten look-ups are one too many by default, and the examples' addresses are those of documentation; and
/// no state is kept.
const SETTINGS: &[&str] =
    &["-w", "10", "--ignore", "spf-not-public", "--state-dir", "/nonexistent/state"];
const COUNTED: &str = "\
| check_mx_spf | measured | bound |
|---|---:|---|";
