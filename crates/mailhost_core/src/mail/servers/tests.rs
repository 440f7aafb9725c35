//! Verdicts on name servers.

use super::*;
use crate::dns::Fault;
use crate::mail::once;

fn name(text: &str) -> Name {
    Name::from_text(text).expect("a name")
}

/// A sound server at an address that says this of MX.
fn server(host: &str, address: &str, serial: u32, mx: &str) -> Server {
    Server {
        name: name(host),
        address: Some(address.parse().expect("an address")),
        serial: Some(serial),
        says: BTreeMap::from([("MX".to_owned(), Ok(vec![mx.to_owned()]))]),
        fault: None,
    }
}

fn failing(host: &str, address: &str, fault: Fault) -> Server {
    let fault = Some(ServerFault::Failed(Failure::of(fault)));
    Server { fault, ..server(host, address, 1, "") }
}

/// Each finding as the output writes it.
fn judged(servers: &[Server]) -> Vec<String> {
    let mut findings = judge(servers, None);
    once(&mut findings);
    findings.iter().map(|it| format!("[{}] {}: {}", it.state, it.code, it.text)).collect()
}

#[test]
fn ok_servers_that_agree() {
    let servers = vec![
        server("a.example", "192.0.2.1:53", 7, "10 mx.d.example"),
        server("b.example", "192.0.2.2:53", 7, "10 mx.d.example"),
    ];
    assert_eq!(judged(&servers), ["[OK] agreement: 2 name servers say the same of MX"]);
}

#[test]
fn warning_the_odd_one_out_comes_first() {
    let servers = vec![
        server("a.example", "192.0.2.1:53", 7, "10 mx.d.example"),
        server("b.example", "192.0.2.2:53", 7, "10 mx.d.example"),
        server("c.example", "192.0.2.3:53", 6, "10 old.d.example"),
    ];
    assert_eq!(
        judged(&servers),
        [
            "[WARNING] servers-differ: name servers differ on MX: c.example (192.0.2.3) says 10 \
             old.d.example; a.example (192.0.2.1) and b.example (192.0.2.2) say 10 mx.d.example",
            "[OK] serials-differ: serial numbers differ: 6 at c.example (192.0.2.3), 7 at a.example \
             (192.0.2.1) and b.example (192.0.2.2)",
        ]
    );
}

#[test]
fn ok_a_machine_without_ipv6_blames_nobody() {
    let servers = vec![
        server("a.example", "192.0.2.1:53", 7, "10 mx.d.example"),
        failing("a.example", "[2001:db8::1]:53", Fault::Unreachable),
        server("b.example", "192.0.2.2:53", 7, "10 mx.d.example"),
        failing("b.example", "[2001:db8::2]:53", Fault::Unreachable),
    ];
    assert_eq!(
        judged(&servers),
        [
            "[OK] servers: name servers were asked over one address family only: this machine has no \
             other",
            "[OK] agreement: 2 name servers say the same of MX",
        ]
    );
}

#[test]
fn warning_one_of_a_family_cannot_be_reached() {
    let servers = vec![
        server("a.example", "192.0.2.1:53", 7, "10 mx.d.example"),
        failing("b.example", "192.0.2.2:53", Fault::Unreachable),
    ];
    assert_eq!(
        judged(&servers)[0],
        "[WARNING] server-lame: name server b.example (192.0.2.2): no way to an answer"
    );
}

#[test]
fn unknown_questions_that_were_used_up_are_nobodys_fault() {
    let servers = vec![
        server("a.example", "192.0.2.1:53", 7, "10 mx.d.example"),
        failing("b.example", "192.0.2.2:53", Fault::NotAsked),
        failing("c.example", "192.0.2.3:53", Fault::NotAsked),
    ];
    let found = judged(&servers);
    assert_eq!(
        found[0],
        "[UNKNOWN] not-looked-at: not all was asked: the questions or the time of this run are used up"
    );
    assert_eq!(found.len(), 2, "{found:?}");
}
