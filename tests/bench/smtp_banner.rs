//! `check_smtp_banner` beside `check_smtp`.
//!
//! Instructions are what is held against the bounds, because they are the same on a busy machine.

use std::{fs, path::Path};

use mailhost_tests::{DebianRoot, Unavailable};
use openssl::x509::X509;
use tempfile::TempDir;

use crate::{
    measure::{Cost, Run, Tools},
    mtas::{
        certificates::{self, Keys},
        postfix::{Postfix, Settings},
    },
    ours,
};

/// Measures and prints the table.
pub(crate) fn run(tools: &Tools, peers: &DebianRoot) -> Result<(), Unavailable> {
    let ours = ours("check_smtp_banner");
    let theirs = peers.join("/usr/lib/nagios/plugins/check_smtp");
    println!("{HEADING}");
    for (keys, named) in [(Keys::Ec, "EC P-256"), (Keys::Rsa, "RSA 2048")] {
        let postfix = Postfix::start(&Settings { keys, ..Settings::default() })?;
        let trusted = hashed_directory(&postfix.ca_file());
        let port = postfix.smtp_port().to_string();
        // What needs no certificate is measured once.
        let cases = cases(&port, trusted.path());
        for case in cases.iter().filter(|case| case.tls || keys == Keys::Ec) {
            compare(tools, case, [&theirs, &ours], if case.tls { named } else { "" });
        }
    }
    let size = fs::metadata(&ours).expect("the plugin is there").len();
    println!("\ncheck_smtp_banner: {size} bytes");
    Ok(())
}

fn compare(tools: &Tools, case: &Case, [theirs, ours]: [&Path; 2], keys: &str) {
    let run = |program, arguments| Run {
        program,
        arguments,
        environment: &case.environment,
        code: case.code,
    };
    let [theirs, ours] = tools.compare(&[run(theirs, &case.theirs), run(ours, &case.ours)]);
    let ratio = ours.instructions / theirs.instructions;
    let verdict = match (case.bounded, ratio <= BOUND) {
        (true, true) => format!(", within {BOUND}"),
        (true, false) => format!(", **above {BOUND}**"),
        (false, _) => String::new(),
    };
    println!("{}", row(case, keys, "check_smtp", &theirs, ""));
    println!("{}", row(case, keys, "check_smtp_banner", &ours, &format!("{ratio:.3}{verdict}")));
}

/// One thing that both plugins can do.
struct Case<'a> {
    name: &'static str,
    /// The environment as the table calls it.
    surroundings: &'static str,
    environment: Vec<(&'static str, &'a Path)>,
    theirs: Vec<&'a str>,
    ours: Vec<&'a str>,
    code: i32,
    tls: bool,
    /// Whether [`BOUND`] is for this case: a service has LANG set.
    bounded: bool,
}

fn cases<'a>(port: &'a str, trusted: &'a Path) -> Vec<Case<'a>> {
    let target = ["-H", "127.0.0.1", "-p", port];
    let with = |more: &[&'static str]| [&target[..], more].concat();
    let path = ("PATH", Path::new("/usr/bin:/bin"));
    let lang = ("LANG", Path::new("C.UTF-8"));
    let mut cases = Vec::new();
    for (surroundings, environment) in [("LANG=C.UTF-8", vec![path, lang]), ("no LANG", vec![path])]
    {
        let case = |name, theirs, ours| Case {
            name,
            surroundings,
            environment: environment.clone(),
            theirs,
            ours,
            code: 0,
            tls: false,
            bounded: surroundings != "no LANG",
        };
        let starttls = with(&["-S", "-D", "14"]);
        cases.push(case("banner", with(&[]), with(&[])));
        let dates = case("STARTTLS, dates", starttls.clone(), with(&["-S"]));
        cases.push(Case { tls: true, ..dates });
        let mut verified = case(
            "STARTTLS, dates, chain and name",
            starttls,
            with(&["-S", "-D", "14", "--verify", "--sni", certificates::HOST]),
        );
        verified.environment.push(("SSL_CERT_DIR", trusted));
        verified.tls = true;
        cases.push(verified);
        cases.push(Case {
            code: 3,
            bounded: false,
            ..case("--version", vec!["--version"], vec!["--version"])
        });
    }
    cases
}

fn row(case: &Case, keys: &str, plugin: &str, cost: &Cost, ratio: &str) -> String {
    format!(
        "| {}{} | {} | {plugin} | {:.3} M | {ratio} | {:.1} ms | {:.1} MB | {:.1} ms |",
        case.name,
        if keys.is_empty() { String::new() } else { format!(", {keys}") },
        case.surroundings,
        cost.instructions / 1e6,
        cost.cpu * 1e3,
        cost.memory / 1e6,
        cost.wall * 1e3,
    )
}

/// A directory of trusted roots as distributions keep it: the name is the hash of the subject.
fn hashed_directory(authority: &Path) -> TempDir {
    let pem = fs::read(authority).expect("read the authority's certificate");
    let certificate = X509::from_pem(&pem).expect("it is one");
    let directory = TempDir::new().expect("make a directory");
    let link = format!("{:08x}.0", certificate.subject_name_hash());
    fs::write(directory.path().join(link), pem).expect("write the certificate");
    directory
}

/// What a check may cost at most, as a multiple of the instructions of the plugin it replaces.
const BOUND: f64 = 1.05;
const HEADING: &str = "\
| check | environment | plugin | instructions | ratio | CPU | peak memory | wall |
|---|---|---|---:|---:|---:|---:|---:|";
