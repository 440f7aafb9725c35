//! The packaged units, before the eyes of the systemd that will run them, and run by it.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use mailhost_tests::packages::{DIRECTORY, PACKAGE, bring, deb, output_of, text};
use mailhost_tests::{DebianRoot, Systemd, Unavailable, skip};

use super::exposition::series;
use super::served::called;
use super::{LIST, PATIENCE, RESULTS};

#[test]
fn ok_systemd_has_nothing_against_the_units() {
    let root = match DebianRoot::prepare("systemd", &["systemd", "dbus", "cron"]) {
        Ok(root) => root,
        Err(reason) => return skip("engines/textfile-units", reason),
    };
    output_of("dpkg-deb", &["-x", text(&deb()), text(root.path())]);
    let units = ["mailhost-textfile.service", "mailhost-textfile.timer"];
    verify(&root, &units);
    root.run("mkdir", &["-p", DROP_INS]).expect("a directory");
    root.run("cp", &[HARDENED, DROP_INS]).expect("the sample in its place");
    verify(&root, &units);
    // It would say so.
    root.write(&format!("{DROP_INS}/wrong.conf"), "[Service]\nProtectSystem=stirct\n", 0o644)
        .expect("a drop-in with a typing error");
    assert!(verdict(&root, &units).contains("stirct"));
}

/// What the unit shuts out is nothing that a check needs: it sees what the same user sees by hand.
#[test]
fn ok_the_timer_and_the_hardened_unit_see_what_a_person_sees() {
    let systemd = match machine().and_then(Systemd::start) {
        Ok(systemd) => systemd,
        Err(reason) => return skip("engines/textfile-systemd", reason),
    };
    systemd.told_by("systemctl enable --now mailhost-textfile.timer");
    wait_for_results(&systemd);
    agree(&systemd, &[QUEUE, HOST]);
    // Nothing is mounted at /usr but what the unit keeps read-only, as the docs say.
    let usr = left(&systemd, "usr");
    assert!(usr.keys().any(|series| series.contains("code=\"disk-read-only\"")), "{usr:?}");
    systemd.told_by("systemctl stop mailhost-textfile.timer mailhost-textfile.service");

    let hardened = fs::read_to_string(systemd.root().join(HARDENED)).expect("the sample");
    let with_group = hardened.replace("#SupplementaryGroups=", "SupplementaryGroups=");
    assert_ne!(hardened, with_group);
    run_with(&systemd, "hardened.conf", &with_group);
    let privileges = "systemctl show --property=NoNewPrivileges mailhost-textfile.service";
    assert_eq!(systemd.told_by(privileges), "NoNewPrivileges=yes");
    agree(&systemd, &[QUEUE, HOST]);

    run_with(&systemd, "local.conf", "[Service]\nProtectSystem=no\n");
    agree(&systemd, &CHECKS);
    let usr = left(&systemd, "usr");
    assert!(usr.keys().any(|series| series.contains("code=\"mount-missing\"")), "{usr:?}");
}

/// Runs all checks anew, with another drop-in.
fn run_with(systemd: &Systemd, name: &str, drop_in: &str) {
    systemd.root().write(&format!("{DROP_INS}/{name}"), drop_in, 0o644).expect("the drop-in");
    systemd.told_by("systemctl daemon-reload");
    for check in CHECKS {
        fs::remove_file(systemd.root().join(&file(check.name))).expect("it is due again");
    }
    systemd.told_by("systemctl start mailhost-textfile.service");
    wait_for_results(systemd);
}

/// Holds the results of checks to be what the same user gets by hand.
#[track_caller]
fn agree(systemd: &Systemd, checks: &[Check]) {
    for check in checks {
        let program = format!("{DIRECTORY}/{} --output prometheus", check.line);
        let by_hand = systemd.told_by(&format!("runuser -u prometheus -- {program}"));
        let said: BTreeMap<String, f64> = series(&by_hand)
            .into_iter()
            .map(|(series, value)| (called(&series, check.name), value))
            .collect();
        let left = left(systemd, check.name);
        let seen: Vec<&String> =
            left.keys().filter(|series| !series.starts_with("mailhost_check_")).collect();
        assert_eq!(seen, said.keys().collect::<Vec<_>>(), "{}", check.name);
        assert_eq!((state(&said), state(&left)), (check.state, check.state), "{by_hand}");
    }
}

fn state(all: &BTreeMap<String, f64>) -> f64 {
    *all.iter().find(|(series, _)| series.contains("_state{")).expect("a state").1
}

fn left(systemd: &Systemd, name: &str) -> BTreeMap<String, f64> {
    series(&fs::read_to_string(systemd.root().join(&file(name))).expect("a result"))
}

fn file(name: &str) -> String {
    format!("{RESULTS}/mailhost_{name}.prom")
}

#[track_caller]
fn wait_for_results(systemd: &Systemd) {
    let end = Instant::now() + PATIENCE;
    while !CHECKS.iter().all(|check| systemd.root().join(&file(check.name)).exists()) {
        let status =
            "systemctl status --no-pager mailhost-textfile.timer mailhost-textfile.service";
        assert!(Instant::now() < end, "{}", systemd.told_by(status));
        thread::sleep(Duration::from_millis(100));
    }
}

/// A mail host where the package is installed and set up as the docs say.
fn machine() -> Result<DebianRoot, Unavailable> {
    let packages = ["dbus", "libssl3", "postfix", "prometheus-node-exporter", "systemd"];
    let root = DebianRoot::prepare_for_installing("prometheus-systemd", &packages, &[])?;
    bring(&root, &deb(), PACKAGE);
    root.run("dpkg", &["-i", PACKAGE]).expect("the package is installed");
    root.run("chown", &["prometheus", RESULTS]).expect("the directory is given away");
    let main = "compatibility_level = 3.6\nmyhostname = mail.example.org\ninet_protocols = ipv4\n\
        inet_interfaces = loopback-only\n";
    root.write("/etc/postfix/main.cf", main, 0o644).expect("a Postfix");
    let lines = CHECKS.map(|check| format!("{} 1m {}\n", check.name, check.line));
    root.write(LIST, lines.concat(), 0o644).expect("a list");
    Ok(root)
}

#[track_caller]
fn verify(root: &DebianRoot, units: &[&str]) {
    assert_eq!(verdict(root, units), "");
}

fn verdict(root: &DebianRoot, units: &[&str]) -> String {
    let mut command = root.command("systemd-analyze");
    let output = command.args(["verify", "--man=no"]).args(units).output().expect("it runs");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// A line of the list, without its interval, and its state by hand.
struct Check {
    name: &'static str,
    line: &'static str,
    state: f64,
}

const CHECKS: [Check; 3] = [QUEUE, HOST, USR];
const QUEUE: Check = Check { name: "queue", line: "check_smtp_queue", state: 0.0 };
/// What the machine has to do at the moment is no matter here.
const HOST: Check = Check {
    name: "host",
    line: "check_host_resources --process systemd --only disk,inodes,memory,swap,load \
        --load-warning 10000 --load-critical 10000 --disk-warning 0:100% --disk-critical 0:100% \
        --inodes-warning 0:100% --inodes-critical 0:100% --memory-warning 0:100% \
        --memory-critical 0:100% --swap-warning 0:100% --swap-critical 0:100%",
    state: 0.0,
};
const USR: Check =
    Check { name: "usr", line: "check_host_resources --only disk --mount /usr", state: 2.0 };
const HARDENED: &str =
    "/usr/share/doc/monitoring-plugins-mailhost/examples/prometheus/hardened.conf";
const DROP_INS: &str = "/etc/systemd/system/mailhost-textfile.service.d";
