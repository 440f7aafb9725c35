//! NRPE with the commands of the package, asked as a Nagios on another host asks it.

use std::fs;
use std::time::Duration;

use demo_host::ports::unanswered_port;
use mailhost_tests::packages::beside_others;
use mailhost_tests::{Account, Daemon, DebianRoot, Run, Unavailable, World, free_port, skip};

use crate::by_hand;
use crate::cases::cases;
use crate::recorded::Recorded;

#[test]
fn ok_and_critical_nrpe_hands_on_all_of_every_check() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("engines/nrpe", reason),
    };
    let world = World::around(&root);
    let cases = cases(&world);
    let mut commands = String::new();
    for case in &cases {
        commands += &command(&case.name, case.plugin, &case.args.join(" "));
    }
    let nrpe = match Nrpe::start(&root, &commands) {
        Ok(nrpe) => nrpe,
        Err(reason) => return skip("engines/nrpe", reason),
    };
    for case in cases {
        let args: Vec<&str> = case.args.iter().map(String::as_str).collect();
        let answer = nrpe.asked(&case.name);
        assert_eq!(answer.code, case.state, "{}: {}", case.name, answer.stdout);
        Recorded::of(&answer).agrees_with(&Recorded::of(&nrpe.by_hand(case.plugin, &args)));
    }
}

/// What they say of a machine without a mail server is true of this root.
#[test]
fn ok_to_unknown_the_packaged_commands_answer_as_they_are() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("engines/nrpe-packaged", reason),
    };
    let nrpe = match Nrpe::start(&root, "") {
        Ok(nrpe) => nrpe,
        Err(reason) => return skip("engines/nrpe-packaged", reason),
    };
    for (name, plugin, args) in [
        ("mailhost_smtp_queue", "check_smtp_queue", &["-t", "9"][..]),
        ("mailhost_smtp_banner", "check_smtp_banner", &["-t", "9", "-H", "localhost"]),
    ] {
        let (answer, by_hand) = (nrpe.asked(name), nrpe.by_hand(plugin, args));
        Recorded::of(&answer).agrees_with(&Recorded::of(&by_hand));
    }
    // How busy this machine is changes from one moment to the next.
    let machine = nrpe.asked("mailhost_host_resources");
    assert!(machine.stdout.starts_with("HOST RESOURCES "), "{}", machine.stdout);
    machine.ends_as(machine.state().expect("a state"));
    for label in ["memory_used", "cpu_used", "load1", "time"] {
        assert!(machine.metric(label).is_some(), "{label}: {}", machine.stdout);
    }
}

/// What docs/nrpe.md says of limits, of the shell and of files that are read later.
#[test]
fn ok_to_unknown_commands_are_bounded_and_quoted_as_the_docs_say() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("engines/nrpe-limits", reason),
    };
    let silent = unanswered_port().expect("a port");
    let port = silent.port();
    let quoted =
        "--only load -v --load1-critical '@0:1000' --load-warning \"~:1000\" --load-critical 1000";
    let mut commands = command("ranges", "check_host_resources", quoted);
    commands += &command("silent", "check_smtp_banner", &format!("-t 1 -H 127.0.0.1 -p {port}"));
    commands += "command[mailhost_host_resources]=/bin/echo another\n";
    commands += "command[long]=/bin/sh -c \"head -c 70000 /dev/zero | tr '\\0' x\"\n";
    let nrpe = match Nrpe::start(&root, &commands) {
        Ok(nrpe) => nrpe,
        Err(reason) => return skip("engines/nrpe-limits", reason),
    };
    let args: Vec<String> = quoted.split(' ').map(|word| word.replace(['\'', '"'], "")).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (answer, by_hand) = (nrpe.asked("ranges"), nrpe.by_hand("check_host_resources", &args));
    assert!(answer.headline().ends_with(" in 1 min (range @1000)"), "{}", answer.stdout);
    Recorded::of(&answer).agrees_with(&Recorded::of(&by_hand));

    let answer = nrpe.asked("silent");
    let verdict = format!("CRITICAL - 127.0.0.1:{port} does not answer within 1 s");
    answer.says(&verdict, &["[CRITICAL] connect-timeout"]);

    let answer = nrpe.asked("mailhost_host_resources");
    assert_eq!((answer.stdout.as_str(), answer.code), ("another\n", 0));
    let answer = nrpe.ask(&["-c", "mailhost_host_resources", "-a", "--no-perfdata"]);
    assert_eq!((answer.stdout.contains("another"), answer.code), (false, 3), "{}", answer.stdout);

    let long = nrpe.asked("long").stdout;
    assert_eq!(long, format!("{}\n", "x".repeat(65_504)));
}

/// The daemon; it stops when this is dropped.
struct Nrpe<'a> {
    root: &'a DebianRoot,
    port: String,
    _daemon: Daemon,
}

impl<'a> Nrpe<'a> {
    /// Starts it with Debian's configuration, what the package adds to it, and these commands.
    fn start(root: &'a DebianRoot, commands: &str) -> Result<Self, Unavailable> {
        let port = free_port();
        let packaged = fs::read_to_string(root.join(CONFIGURATION)).expect("the configuration");
        let own = packaged
            .replace("\nserver_port=5666\n", &format!("\nserver_port={port}\n"))
            .replace("\n#server_address=127.0.0.1\n", "\nserver_address=127.0.0.1\n")
            .replace("\ndont_blame_nrpe=0\n", "\ndont_blame_nrpe=1\n")
            .replace("\ndisable_syslog=0\n", "\ndisable_syslog=1\n");
        assert_eq!(own.matches("\nserver_").count(), 2, "{own}");
        assert!(own.contains("\ndont_blame_nrpe=1\n"), "{own}");
        root.write(CONFIGURATION, own, 0o644).expect("written");
        root.write("/etc/nagios/nrpe.d/own.cfg", commands, 0o644).expect("written");
        // Where systemd would have its pid file.
        root.run("install", &["-d", "-o", "nagios", "/run/nagios"]).expect("a directory");
        let mut command = root.command_with_proc(Account::ROOT, "nrpe")?;
        command.args(["-c", CONFIGURATION, "-f"]);
        let output = root.join("/var/log/nrpe.out");
        let mut daemon = Daemon::start("nrpe", &mut command, &output).expect("nrpe starts");
        daemon.wait_for_port(port, Duration::from_secs(30)).expect("nrpe listens");
        Ok(Self { root, port: port.to_string(), _daemon: daemon })
    }

    /// What `check_nrpe` says of a command.
    fn asked(&self, name: &str) -> Run {
        self.ask(&["-c", name])
    }

    fn ask(&self, args: &[&str]) -> Run {
        let check_nrpe = "/usr/lib/nagios/plugins/check_nrpe";
        let plugin = self.root.installed(Account::user("nagios"), check_nrpe);
        plugin.args(["-H", "127.0.0.1", "-p", &self.port]).args(args).run()
    }

    fn by_hand(&self, plugin: &str, args: &[&str]) -> Run {
        let plugin = by_hand::with_proc(self.root, "nagios", plugin).expect("as for the daemon");
        plugin.args(args).run().held()
    }
}

fn command(name: &str, plugin: &str, arguments: &str) -> String {
    format!("command[{name}]={} {arguments}\n", by_hand::path(plugin))
}

const CONFIGURATION: &str = "/etc/nagios/nrpe.cfg";
