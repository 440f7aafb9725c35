//! Names, addresses, and connections that come about or do not.

use std::fs;
use std::net::{Ipv6Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use demo_host::ports;
use demo_host::smtp::{Listen, ProxyVersion, Script, SmtpServer};

use crate::support::{Call, check, check_script, each, polite, start};

const GOOD: &str = "OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TIME";

#[test]
fn ok_a_good_server() {
    let server = start(Script::default());
    check(server.port(), &["-w", "5", "-c", "9"]).says(GOOD, &[]);
    let session = polite(&server);
    assert_eq!(session.verbs, ["EHLO", "QUIT"]);
    assert_eq!(session.proxy, None);
}

#[test]
fn critical_refused() {
    let refused = ports::refused_port().unwrap();
    let run = check(refused.port(), &[]);
    run.says("CRITICAL - 127.0.0.1:PORT refuses connections", &["[CRITICAL] connect-refused"]);
    let run = check(refused.port(), &["--unreachable-state", "unknown"]);
    run.says("UNKNOWN - 127.0.0.1:PORT refuses connections", &["[UNKNOWN] connect-refused"]);
}

#[test]
fn critical_unanswered() {
    let cases: &[(&[&str], &str)] = &[
        (&["-t", "0.5"], "CRITICAL"),
        (&["-t", "0.5:unknown"], "UNKNOWN"),
        (&["-t", "0.5", "--unreachable-state", "warning"], "WARNING"),
        (&["-t", "0.5:ok", "--unreachable-state", "warning"], "OK"),
    ];
    each(cases, |(args, state)| {
        let unanswered = ports::unanswered_port().unwrap();
        let run = check(unanswered.port(), args);
        run.within(0.5);
        if *state == "OK" {
            return run.says("OK - 127.0.0.1:PORT did not greet, TIME", &[]);
        }
        let finding = match *state {
            "CRITICAL" => "[CRITICAL] connect-timeout",
            "UNKNOWN" => "[UNKNOWN] connect-timeout",
            _ => "[WARNING] connect-timeout",
        };
        run.says(&format!("{state} - 127.0.0.1:PORT does not answer within 0.5 s"), &[finding]);
    });
}

#[test]
fn ok_a_unix_socket() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lmtp");
    let script = Script { lmtp: true, ..Script::default() };
    let server = SmtpServer::start_on(&Listen::Unix(path.clone()), script).unwrap();
    let path = path.display().to_string();
    let run = Call::new(&["-H", &path, "-L"]).run();
    run.says(&format!("OK - {path} 220 mail.example.org LMTP, TIME"), &[]);
    assert_eq!(polite(&server).verbs, ["LHLO", "QUIT"]);
    // There is no name to resolve, so there is no time for it either.
    assert_eq!(run.labels(), ["time", "connect", "greeting", "ehlo"]);
}

#[test]
fn critical_a_unix_socket_that_is_missing_or_deserted() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lmtp").display().to_string();
    let run = Call::new(&["-H", &path]).run();
    run.says(
        &format!("CRITICAL - {path} cannot be connected to: no such file or directory"),
        &["[CRITICAL] connect-failed"],
    );
    drop(UnixListener::bind(&path).unwrap());
    let run = Call::new(&["-H", &path]).run();
    run.says(&format!("CRITICAL - {path} refuses connections"), &["[CRITICAL] connect-refused"]);
}

#[test]
fn unknown_a_unix_socket_without_permission() {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let path = directory.path().join("lmtp");
    let _listener = UnixListener::bind(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let path = path.display().to_string();
    let mut call = Call::new(&["-H", &path]);
    let child = if is_root(directory.path()) {
        // Nothing is closed to root, so a copy is run as nobody.
        let copy = directory.path().join("check_smtp_banner");
        // Copied by another process: a descriptor of ours, open for writing, would be handed to
        // whatever the other tests start meanwhile, and what is being written cannot be run.
        let copied = Command::new("cp").arg(&call.program).arg(&copy).status();
        assert!(copied.unwrap().success());
        call.program = copy;
        call.command().uid(NOBODY).gid(NOBODY).spawn()
    } else {
        call.command().spawn()
    };
    call.finish(child.unwrap()).says(
        &format!("UNKNOWN - {path} could not be tried from here: permission denied"),
        &["[UNKNOWN] local-failure"],
    );
}

#[test]
fn ok_ipv6() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return;
    }
    let server = SmtpServer::start_on(&Listen::Ipv6, Script::default()).unwrap();
    let port = server.port().to_string();
    for host in ["::1", "[::1]"] {
        let run = Call::new(&["-H", host, "-p", &port, "-6"]).run();
        run.says(&format!("OK - [::1]:{port} 220 mail.example.org ESMTP, TIME"), &[]);
    }
}

#[test]
fn critical_an_address_of_the_other_family() {
    for (host, family, wanted) in
        [("127.0.0.1", "-6", "6"), ("::1", "-4", "4"), ("[2001:db8::1]", "--ipv4", "4")]
    {
        let run = Call::new(&["-H", host, family]).run();
        run.says(
            &format!("CRITICAL - host {host} has no address of IPv{wanted}"),
            &["[CRITICAL] name-not-found"],
        );
    }
}

#[test]
fn critical_a_name_that_does_not_exist() {
    // Whether that can be found out depends on the machine's resolver.
    let run = Call::new(&["-H", "name.invalid", "-t", "2"]).run();
    run.within(2.0);
    if run.code == 2 {
        run.says("CRITICAL - host name.invalid does not exist", &["[CRITICAL] name-not-found"]);
    } else {
        let reasons =
            ["temporary failure in name resolution", "no answer from the resolver in time"];
        let line = |why| format!("UNKNOWN - host name.invalid could not be resolved: {why}");
        let said = run.headline();
        assert!(reasons.iter().any(|why| said == line(why)), "{said}");
        assert_eq!(run.findings(), ["[UNKNOWN] resolver-failed"]);
    }
    assert_eq!(run.labels(), ["time", "dns"]);
}

#[test]
fn ok_a_source_address_of_ours() {
    let server = start(Script { proxy: Some(ProxyVersion::V1), ..Script::default() });
    // The PROXY header shows the server what our end of the connection is.
    let run = check(server.port(), &["--source-address", "127.0.0.2", "-r"]);
    run.says(GOOD, &[]);
    let (source, _) = polite(&server).proxy.unwrap().addresses.unwrap();
    assert_eq!(source.ip().to_string(), "127.0.0.2");
}

#[test]
fn unknown_a_source_address_that_is_not_ours() {
    let server = start(Script::default());
    let run = check(server.port(), &["--source-address", "203.0.113.9"]);
    run.says(
        "UNKNOWN - 127.0.0.1:PORT could not be tried from here: source address 203.0.113.9: cannot assign \
         requested address",
        &["[UNKNOWN] local-failure"],
    );
    assert!(server.sessions().is_empty());
}

#[test]
fn ok_several_attempts_without_loss() {
    let server = start(Script::default());
    let run = check(server.port(), &["--attempts", "3", "--loss-critical", "0"]);
    run.says(GOOD, &[]);
    assert_eq!(
        run.labels(),
        ["time", "dns", "connect", "greeting", "ehlo", "loss", "rtt_min", "rtt_avg", "rtt_max",],
    );
    assert!(run.stdout.contains(" loss=0%;;0;0;100 "), "{}", run.stdout);
    assert_eq!(server.ended_sessions(3).len(), 3);
}

#[test]
fn critical_several_attempts_all_lost() {
    let refused = ports::refused_port().unwrap();
    let run = check(refused.port(), &["--attempts", "3", "--loss-warning", "10"]);
    run.says(
        "CRITICAL - 127.0.0.1:PORT refuses connections (+1 more)",
        &["[CRITICAL] connect-refused", "[WARNING] loss-threshold"],
    );
    run.shows("[WARNING] loss-threshold: loses 100.0 % of the connections (warning range 10%)");
    assert_eq!(run.labels(), ["time", "dns", "loss"]);
}

#[test]
fn critical_several_attempts_that_are_refused_say_the_loss() {
    let refused = ports::refused_port().unwrap();
    let run = check(refused.port(), &["--attempts", "5"]);
    run.says("CRITICAL - 127.0.0.1:PORT refuses connections", &["[CRITICAL] connect-refused"]);
    assert!(run.stdout.contains(" loss=100%;;;0;100"), "{}", run.stdout);
    assert_eq!(run.labels(), ["time", "dns", "loss"]);
}

#[test]
fn critical_lmtp_has_a_port_of_its_own() {
    // Whether somebody listens there or not, the target is named.
    for (args, port) in [(&["-L"][..], 24), (&[], 25), (&["-L", "--tls"], 465)] {
        let args = [&["-H", "127.0.0.1", "-t", "1"], args].concat();
        let run = Call::new(&args).run();
        assert!(run.stdout.contains(&format!(" - 127.0.0.1:{port} ")), "{}", run.stdout);
    }
}

#[test]
fn ok_the_source_address_settles_the_family() {
    // Where the name has an IPv6 address too, it must not be tried from an IPv4 address.
    let server = start(Script::default());
    let port = server.port().to_string();
    let args = ["-H", "localhost", "-p", &port, "--source-address", "127.0.0.2"];
    Call::new(&args)
        .run()
        .says(&format!("OK - localhost:{port} 220 mail.example.org ESMTP, TIME"), &[]);
}

#[test]
fn ok_a_proxy_header_of_either_version() {
    for (version, args) in [
        (ProxyVersion::V1, &["-r", "--proxy-source", "192.0.2.7:4711"][..]),
        (
            ProxyVersion::V2,
            &["--proxy", "--proxy-version", "2", "--proxy-source", "192.0.2.7:4711"],
        ),
    ] {
        let server = start(Script { proxy: Some(version), ..Script::default() });
        check(server.port(), args).says(GOOD, &[]);
        let (source, destination) = polite(&server).proxy.unwrap().addresses.unwrap();
        assert_eq!(source.to_string(), "192.0.2.7:4711");
        assert_eq!(destination.to_string(), server.address());
    }
}

#[test]
fn critical_a_server_that_misses_its_proxy_header() {
    let server = start(Script { proxy: Some(ProxyVersion::V1), ..Script::default() });
    let run = check(server.port(), &["-t", "0.5"]);
    run.within(0.5);
    run.says(
        "CRITICAL - 127.0.0.1:PORT did not finish the greeting within 0.5 s",
        &["[CRITICAL] reply-timeout"],
    );
}

#[test]
fn critical_lmtp_and_smtp_confused() {
    let lmtp = Script { lmtp: true, ..Script::default() };
    let run = check_script(lmtp, &[]);
    run.says(
        "CRITICAL - 127.0.0.1:PORT refuses EHLO, and HELO too: 500 5.5.1 Command not \
         recognized; LMTP wants -L",
        &["[CRITICAL] ehlo-refused"],
    );
    let run = check_script(Script::default(), &["-L"]);
    run.says(
        "CRITICAL - 127.0.0.1:PORT refuses LHLO: 500 5.5.1 Command not recognized",
        &["[CRITICAL] ehlo-refused"],
    );
}

/// Whether this process is root, as the owner of what it has just made tells.
fn is_root(own: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    fs::metadata(own).unwrap().uid() == 0
}

/// The user and group that own nothing, by the number all Linux systems give them.
const NOBODY: u32 = 65_534;
