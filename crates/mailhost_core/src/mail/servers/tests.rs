//! Name servers of a table, and verdicts on them.

use super::*;
use crate::dns::{self, Data, Fault, Known, Lookup, RecordType};
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

/// A table, whose servers answer for zones of their own when they are asked themselves.
struct Authority(dns::Zone);

impl Lookup for Authority {
    fn ask(&mut self, questions: &[Question]) -> Vec<Answer> {
        let mut answers = self.0.ask(questions);
        for (answer, question) in answers.iter_mut().zip(questions) {
            answer.authoritative = question.at.is_some();
        }
        answers
    }
}

#[test]
fn ok_each_server_is_asked_for_what_is_wanted() {
    let table = dns::Zone::default()
        .record("d.example", Data::Ns(name("ns.d.example")))
        .record("d.example", Data::Soa(7))
        .record("_dmarc.d.example", Data::Cname(name("_dmarc.other.example")))
        .txt("s._domainkey.d.example", "B")
        .txt("s._domainkey.d.example", "A")
        .a("ns.d.example", [192, 0, 2, 53]);
    let wanted = |what: &str, owner| Wanted {
        what: what.to_owned(),
        question: Question::new(&name(owner), RecordType::Txt),
        records: |answer| {
            answer.texts().map(|text| String::from_utf8_lossy(&text).into_owned()).collect()
        },
    };
    let wanted = [wanted("key", "s._domainkey.d.example"), wanted("DMARC", "_dmarc.d.example")];
    let servers = Known::up_to(50).settle(&mut Authority(table), |known| {
        let zone = zone(known, &name("s._domainkey.d.example"));
        zone.map(|zone| look(known, &zone, &wanted)).unwrap_or_default()
    });
    let [server] = servers.as_slice() else { panic!("{servers:?}") };
    assert_eq!((server.serial, server.fault.is_none()), (Some(7), true));
    assert_eq!(server.address, "192.0.2.53:53".parse().ok());
    let says: Vec<_> = server.says.iter().map(|(what, said)| (what.as_str(), said)).collect();
    let key = vec!["A".to_owned(), "B".to_owned()];
    assert_eq!(says, [("DMARC", &Ok(Vec::new())), ("key", &Ok(key))]);
}

#[test]
fn warning_a_server_without_the_zone_is_lame() {
    let table = dns::Zone::default()
        .record("d.example", Data::Ns(name("ns.d.example")))
        .record("d.example", Data::Ns(name("none.d.example")))
        .a("ns.d.example", [192, 0, 2, 53]);
    let servers = Known::up_to(50).settle(&mut Authority(table), |known| {
        zone(known, &name("d.example")).map(|zone| look(known, &zone, &[])).unwrap_or_default()
    });
    assert_eq!(
        judged(&servers),
        [
            "[WARNING] server-lame: name server ns.d.example (192.0.2.53): it does not hold the zone \
             (lame)",
            "[WARNING] server-lame: name server none.d.example: it has no address",
        ]
    );
}

#[test]
fn unknown_without_a_zone_nobody_is_asked() {
    let mut nothing = dns::Zone::default();
    let zone = Known::up_to(50).settle(&mut nothing, |known| zone(known, &name("d.example")));
    assert!(zone.is_none());
    assert_eq!(
        judged(&[]),
        ["[UNKNOWN] not-looked-at: no name server of the domain is known, so none was asked"]
    );
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
