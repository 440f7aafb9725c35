//! `check_dkim_dmarc` beside checkdmarc, both against the same DNS server.
//!
//! The domain has a DMARC record that asks for reports, and keys at three selectors. checkdmarc looks at
//! more than DMARC and at no key.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use demo_host::{
    dkim::Signer,
    dns::{Behaviour, RecordData, Zone},
};
use mailhost_tests::{Unavailable, cache};
use tempfile::NamedTempFile;

use crate::{
    dns::{Bounds, HEADING, row, serve, verdict},
    measure::{Run, Tools, instructions},
    ours,
};

/// Measures and prints the tables.
pub(crate) fn run(tools: &Tools) -> Result<(), Unavailable> {
    let peer = checkdmarc()?;
    let signers = signers();
    let message = signed(&signers[0]);
    let message = message.path().display().to_string();
    // checkdmarc asks at port 53.
    let prompt = serve(&zone(&signers))?;
    side_by_side(tools, &peer, prompt.address(), &message);
    let plugin = ours(PLUGIN);
    println!("\n{COUNTED}");
    let version = Run { program: &plugin, arguments: &["--version"], environment: &[], code: 3 };
    println!("| --version | {:.3} M instructions | |", instructions(&version) / 1e6);
    #[expect(clippy::cast_precision_loss, reason = "a file of some megabytes")]
    let size = fs::metadata(&plugin).expect("the plugin is there").len() as f64 / 1e6;
    println!("| size | {size:.2} MB | {} |", verdict(size, SIZE, " MB"));
    let late = serve(&zone(&signers).behave("*", Behaviour::Delay(ANSWER)))?;
    let resolver = late.address().to_string();
    let cases = cases(&resolver, &message);
    for ((name, arguments), depth) in cases.iter().zip(DEPTHS) {
        with_late_answers(tools, name, arguments, depth);
    }
    Ok(())
}

/// What the plugin is asked, by the names of the tables.
fn cases<'a>(resolver: &'a str, message: &'a str) -> [(&'static str, Vec<&'a str>); 2] {
    let domain = ["-d", "example.org", "--selector", "s1", "--selector", "s2", "--selector", "s3"];
    let dns = ["--nameserver", resolver, "--state-dir", "/dev/null/state"];
    [
        ("DMARC and three selectors", [&domain[..], &dns].concat()),
        ("--message", [&["--message", message], &dns[..]].concat()),
    ]
}

/// One run of each program.
fn side_by_side(tools: &Tools, peer: &Path, resolver: SocketAddr, message: &str) {
    let plugin = ours(PLUGIN);
    let (ip, address) = (resolver.ip().to_string(), resolver.to_string());
    let path = [("PATH", Path::new("/usr/bin:/bin"))];
    let theirs: [(&str, Vec<&str>); 2] = [
        ("checkdmarc example.org", vec!["-n", &ip, "--", "example.org"]),
        ("checkdmarc --version", vec!["--version"]),
    ];
    let own = cases(&address, message);
    let commands = theirs.iter().map(|(name, arguments)| ((*name).to_owned(), peer, arguments));
    let own = own
        .iter()
        .map(|(name, arguments)| (format!("{PLUGIN}, {name}"), plugin.as_path(), arguments));
    let commands: Vec<_> = commands.chain(own).collect();
    let runs: Vec<Run> = commands
        .iter()
        .map(|(_, program, arguments)| Run { program, arguments, environment: &path, code: 0 })
        .collect();
    let costs = tools.time(&runs, ROUNDS);
    println!("{HEADING}");
    for (((name, program, _), run), cost) in commands.iter().zip(&runs).zip(&costs) {
        let counted = (*program == plugin).then(|| instructions(run));
        println!("{}", row(name, cost, counted, &BOUNDS));
    }
}

/// The same with answers that take their time.
fn with_late_answers(tools: &Tools, name: &str, arguments: &[&str], depth: u32) {
    let plugin = ours(PLUGIN);
    let run = Run { program: &plugin, arguments, environment: &[], code: 0 };
    let cost = &tools.time(&[run], ROUNDS)[0];
    let bound = (ANSWER * depth + START).as_secs_f64();
    let (milliseconds, kept) = (ANSWER.as_millis(), verdict(cost.wall, bound, " s"));
    println!("| {name}, {milliseconds} ms an answer | {:.3} s | {kept} |", cost.wall);
}

fn signers() -> [Signer; 3] {
    let rsa = |selector| Signer::rsa("example.org", selector, 2048).expect("a key");
    [rsa("s1"), rsa("s2"), Signer::ed25519("example.org", "s3").expect("a key")]
}

/// A message of two pages.
fn signed(signer: &Signer) -> NamedTempFile {
    let fields = ["from", "to", "subject", "date", "message-id", "from"];
    let text = format!(
        "From: Alice <alice@example.org>\r\nTo: Bob <bob@example.net>\r\nSubject: news\r\n\
         Date: Sat, 28 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\r\n{}",
        "Nothing new at this end of the line, and at yours?\r\n".repeat(100)
    );
    let file = NamedTempFile::new().expect("make a file");
    let message = signer.sign(&text, &fields, "").expect("a signature");
    fs::write(file.path(), message).expect("write a message");
    file
}

fn zone(signers: &[Signer; 3]) -> Zone {
    // All that checkdmarc looks for is there.
    let soa = RecordData::Soa {
        primary: "ns1.example.org".to_owned(),
        contact: "hostmaster.example.org".to_owned(),
        serial: 1,
        minimum: 60,
    };
    let zone = Zone::new()
        .record("example.org", soa)
        .record("example.org", RecordData::Ns("ns1.example.org".to_owned()))
        .a("ns1.example.org", [127, 0, 0, 1])
        .mx("example.org", 10, "mail.example.org")
        .a("mail.example.org", [127, 0, 0, 1])
        .txt("example.org", "v=spf1 mx -all")
        .txt("_dmarc.example.org", "v=DMARC1; p=reject; rua=mailto:dmarc@example.org");
    signers.iter().fold(zone, |zone, signer| {
        zone.txt(&signer.name(), signer.record().expect("the public part of a key"))
    })
}

/// The program checkdmarc in an environment of its own in the cache directory, where pip has put it.
fn checkdmarc() -> Result<PathBuf, Unavailable> {
    let failed = |reason: String| Unavailable::Build { name: PEER.to_owned(), reason };
    let io = |doing: &str| {
        let doing = doing.to_owned();
        move |source| Unavailable::Io { doing, source }
    };
    let cache = cache::directory().map_err(io("make the cache directory"))?;
    let directory = cache.join(PEER.replace("==", "-"));
    let complete = directory.join("complete");
    if !complete.is_file() {
        let script = "rm -rf -- \"$1\" && python3 -m venv \"$1\" && timeout 300 \"$1/bin/python\" -m pip \
                      --disable-pip-version-check --no-input --quiet install \"$2\" && touch \"$1/complete\"";
        let output = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(&directory)
            .arg(PEER)
            .stdin(Stdio::null())
            .output()
            .map_err(io("run pip"))?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ")));
        }
    }
    Ok(directory.join("bin/checkdmarc"))
}

const PEER: &str = "checkdmarc==6.0.4";
const PLUGIN: &str = "check_dkim_dmarc";
/// How often each is run.
const ROUNDS: u32 = 9;
const BOUNDS: Bounds = Bounds { cpu: 5e-3, memory: 8e6 };
/// Millions of bytes of the program.
const SIZE: f64 = 2.5;
/// How long the late server lets wait for an answer.
const ANSWER: Duration = Duration::from_millis(50);
/// How many answers are waited for one after the other: where the reports go is known from the record, and
/// that takes mail has to be asked then; a message needs nothing that it does not name.
const DEPTHS: [u32; 2] = [2, 1];
/// For all else.
const START: Duration = Duration::from_millis(20);
const COUNTED: &str = "\
| check_dkim_dmarc | measured | bound |
|---|---:|---|";
