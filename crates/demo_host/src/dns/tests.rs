//! The server, asked through an independent implementation of the protocol.

use std::net::{Ipv4Addr, Ipv6Addr, TcpStream};

use hickory_proto::op::{Edns, Message, Query as Asked, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType as Kind};

use super::*;

mod hostile;

const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn ok_every_record_type_is_answered() {
    let soa = RecordData::Soa {
        primary: "ns.example.org".into(),
        contact: "hostmaster.example.org".into(),
        serial: 7,
        minimum: 60,
    };
    let zone = Zone::new()
        .record("example.org", soa)
        .record("example.org", RecordData::Ns("ns.example.org".into()))
        .mx("example.org", 10, "mail.example.org")
        .txt("example.org", "v=spf1 -all")
        .a("mail.example.org", [192, 0, 2, 25])
        .aaaa("mail.example.org", Ipv6Addr::LOCALHOST)
        .cname("www.example.org", "mail.example.org")
        .ptr("25.2.0.192.in-addr.arpa", "mail.example.org")
        .record("_25._tcp.mail.example.org", RecordData::Tlsa(3, 1, 1, vec![0xab; 32]))
        .record("example.org", RecordData::Spf(vec![b"v=spf1 ".to_vec(), b"?all".to_vec()]));
    let server = DnsServer::start(&zone).unwrap();
    let cases = [
        (
            "example.org",
            Kind::SOA,
            "ns.example.org. hostmaster.example.org. 7 7200 3600 1209600 60",
        ),
        ("example.org", Kind::NS, "ns.example.org."),
        ("EXAMPLE.org", Kind::MX, "10 mail.example.org."),
        ("example.org", Kind::TXT, "v=spf1 -all"),
        ("mail.example.org", Kind::A, "192.0.2.25"),
        ("mail.example.org", Kind::AAAA, "::1"),
        ("www.example.org", Kind::CNAME, "mail.example.org."),
        ("25.2.0.192.in-addr.arpa", Kind::PTR, "mail.example.org."),
    ];
    for (name, kind, data) in cases {
        let answer = udp(&server, &question(name, kind));
        assert_eq!(answer.metadata.response_code, ResponseCode::NoError);
        let [record] = answer.answers.as_slice() else { panic!("{answer:?}") };
        assert_eq!((record.record_type(), record.data.to_string()), (kind, data.to_string()));
        assert_eq!(record.name.to_string().trim_end_matches('.'), name);
    }
    let answer = udp(&server, &question("_25._tcp.mail.example.org", Kind::TLSA));
    let RData::TLSA(tlsa) = &answer.answers[0].data else { panic!("{answer:?}") };
    assert_eq!(tlsa.cert_data, [0xab; 32]);
    let answer = udp(&server, &question("example.org", Kind::Unknown(99)));
    let RData::Unknown { rdata, .. } = &answer.answers[0].data else { panic!("{answer:?}") };
    assert_eq!(rdata.anything, b"\x07v=spf1 \x04?all");
    let answer = udp(&server, &question("www.example.org", Kind::A));
    assert_eq!(answer.answers.len(), 2);
    assert_eq!(answer.answers[1].data, RData::A(Ipv4Addr::new(192, 0, 2, 25).into()));
    assert!(answer.metadata.recursion_available && !answer.metadata.authentic_data);
}

#[test]
fn crit_absence_and_failure_are_told_apart() {
    let zone = Zone::new()
        .a("mail.example.org", [192, 0, 2, 25])
        .behave("gone.example.org", Behaviour::NxDomain)
        .a("gone.example.org", [192, 0, 2, 1])
        .behave_for("empty.example.org", RecordType::A, Behaviour::NoData)
        .txt("partly.example.org", "x")
        .behave_for("partly.example.org", RecordType::Txt, Behaviour::Usual)
        .behave("partly.example.org", Behaviour::ServFail)
        .behave("broken.example.org", Behaviour::ServFail)
        .behave("*.example.net", Behaviour::Refused);
    let server = DnsServer::start(&zone).unwrap();
    let cases = [
        ("mail.example.org", ResponseCode::NoError, 1, 0),
        ("other.example.org", ResponseCode::NXDomain, 0, 1),
        ("gone.example.org", ResponseCode::NXDomain, 0, 1),
        ("example.org", ResponseCode::NoError, 0, 1),
        ("empty.example.org", ResponseCode::NoError, 0, 1),
        ("broken.example.org", ResponseCode::ServFail, 0, 0),
        ("partly.example.org", ResponseCode::ServFail, 0, 0),
        ("any.example.net", ResponseCode::Refused, 0, 0),
    ];
    for (name, code, answers, authorities) in cases {
        for answer in
            [udp(&server, &question(name, Kind::A)), tcp(&server, &question(name, Kind::A))]
        {
            assert_eq!(answer.metadata.response_code, code, "{name}");
            assert_eq!(answer.answers.len(), answers, "{name}");
            assert_eq!(answer.authorities.len(), authorities, "{name}");
        }
    }
    assert_eq!(udp(&server, &question("partly.example.org", Kind::TXT)).answers.len(), 1);
}

#[test]
fn warn_what_does_not_fit_is_truncated() {
    let zone = Zone::new()
        .txt("large.example.org", "x".repeat(3000))
        .a("cut.example.org", [192, 0, 2, 1])
        .behave("cut.example.org", Behaviour::Truncated);
    let server = DnsServer::start(&zone).unwrap();
    for (name, kind) in [("large.example.org", Kind::TXT), ("cut.example.org", Kind::A)] {
        let answer = udp(&server, &question(name, kind));
        assert!(answer.metadata.truncation && answer.answers.is_empty(), "{name}");
        let answer = tcp(&server, &question(name, kind));
        assert!(!answer.metadata.truncation && answer.answers.len() == 1, "{name}");
    }
    let mut roomy = question("large.example.org", Kind::TXT);
    roomy.set_edns(edns(4096));
    let answer = udp(&server, &roomy);
    let RData::TXT(text) = &answer.answers[0].data else { panic!("{answer:?}") };
    assert_eq!(text.to_string().len(), 3000);
    assert_eq!(answer.edns.unwrap().max_payload(), 1232);
}

#[test]
fn crit_datagrams_are_lost_late_or_wrong() {
    let zone = Zone::new()
        .a("*.example.org", [192, 0, 2, 1])
        .behave("silent.example.org", Behaviour::Silence)
        .behave("lossy.example.org", Behaviour::LoseFirst(2))
        .behave("late.example.org", Behaviour::Delay(Duration::from_millis(20)))
        .behave("garbage.example.org", Behaviour::Garbage)
        .behave("wrong.example.org", Behaviour::WrongId);
    let server = DnsServer::start(&zone).unwrap();
    let socket = client(&server);
    // Were any of the first three answered, its answer would be here before the fourth's.
    for name in ["silent.example.org", "lossy.example.org", "lossy.example.org"] {
        socket.send(&question(name, Kind::A).to_vec().unwrap()).unwrap();
    }
    let asked = question("lossy.example.org", Kind::A);
    socket.send(&asked.to_vec().unwrap()).unwrap();
    assert_eq!(receive(&socket).metadata.id, asked.metadata.id);
    assert_eq!(server.queries().len(), 4);

    assert_eq!(udp(&server, &question("late.example.org", Kind::A)).answers.len(), 1);
    let late = question("late.example.org", Kind::A);
    assert_eq!(tcp(&server, &late).metadata.id, late.metadata.id);

    let wrong = question("wrong.example.org", Kind::A);
    assert_ne!(udp(&server, &wrong).metadata.id, wrong.metadata.id);

    let garbage = question("garbage.example.org", Kind::A);
    socket.send(&garbage.to_vec().unwrap()).unwrap();
    let mut buffer = [0; 64];
    let length = socket.recv(&mut buffer).unwrap();
    assert!(Message::from_vec(&buffer[..length]).is_err());
}

#[test]
fn warn_validation_is_pretended() {
    let zone = Zone { authenticated: true, ..Zone::new() }
        .a("mail.example.org", [192, 0, 2, 25])
        .a("bogus.example.org", [192, 0, 2, 26])
        .behave("bogus.example.org", Behaviour::Bogus);
    let server = DnsServer::start(&zone).unwrap();
    let mut asked = question("mail.example.org", Kind::A);
    assert!(!udp(&server, &asked).metadata.authentic_data);
    let mut dnssec = edns(1232);
    dnssec.set_dnssec_ok(true);
    asked.set_edns(dnssec.clone());
    let answer = udp(&server, &asked);
    assert!(answer.metadata.authentic_data && answer.edns.unwrap().flags().dnssec_ok);

    let mut asked = question("bogus.example.org", Kind::A);
    asked.set_edns(dnssec);
    let answer = udp(&server, &asked);
    assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
    assert!(answer.edns.unwrap().option(15.into()).is_some());
    asked.metadata.checking_disabled = true;
    assert_eq!(udp(&server, &asked).answers.len(), 1);
}

#[test]
fn ok_an_authoritative_server_says_so_and_offers_no_recursion() {
    let zone = Zone { authoritative: true, ..Zone::new() }
        .txt("example.org", "x".repeat(600))
        .behave("broken.example.org", Behaviour::ServFail);
    let server = DnsServer::start_at(&zone, "127.53.7.9:0".parse().unwrap()).unwrap();
    assert_eq!(server.address().ip(), Ipv4Addr::new(127, 53, 7, 9));
    let cases = [
        ("example.org", Kind::TXT, true),
        ("example.org", Kind::A, true),
        ("gone.example.org", Kind::A, true),
        ("broken.example.org", Kind::A, false),
    ];
    for (name, kind, authoritative) in cases {
        for answer in [udp(&server, &question(name, kind)), tcp(&server, &question(name, kind))] {
            assert_eq!(answer.metadata.authoritative, authoritative, "{name}");
            assert!(!answer.metadata.recursion_available, "{name}");
        }
    }
    let resolver = DnsServer::start(&Zone::new().txt("example.org", "x")).unwrap();
    assert!(!udp(&resolver, &question("example.org", Kind::TXT)).metadata.authoritative);
}

#[test]
fn crit_an_address_in_use_is_an_error_and_a_free_one_can_be_taken_again() {
    // No other test and no other run can take the port between the two.
    let [_, _, high, low] = std::process::id().to_be_bytes();
    let own = (Ipv4Addr::new(127, 53, high, low), 0).into();
    let server = DnsServer::start_at(&Zone::new(), own).unwrap();
    let address = server.address();
    assert!(DnsServer::start_at(&Zone::new(), address).is_err());
    tcp(&server, &question("example.org", Kind::A));
    drop(server);
    let again = DnsServer::start_at(&Zone::new(), address).unwrap();
    assert_eq!(again.address(), address);
}

#[test]
fn ok_answers_up_to_the_limit_of_a_message_go_over_tcp() {
    let texts = |count, length| RecordData::Txt(vec![vec![b'x'; length]; count]);
    // With their length bytes, 65280 of the 65535 bytes that a message can have.
    let zone = Zone::new()
        .record("many.example.org", texts(500, 100))
        .record("large.example.org", texts(255, 255))
        .record("empty.example.org", texts(500, 0));
    let server = DnsServer::start(&zone).unwrap();
    for (name, count, length) in [
        ("many.example.org", 500, 100),
        ("large.example.org", 255, 255),
        ("empty.example.org", 500, 0),
    ] {
        let asked = question(name, Kind::TXT);
        assert!(udp(&server, &asked).metadata.truncation, "{name}");
        let answer = tcp(&server, &asked);
        let [record] = answer.answers.as_slice() else { panic!("{name}: {answer:?}") };
        let RData::TXT(text) = &record.data else { panic!("{name}: {answer:?}") };
        assert_eq!(text.txt_data.len(), count, "{name}");
        assert!(text.txt_data.iter().all(|string| string.len() == length), "{name}");
    }
}

#[test]
fn ok_queries_are_recorded_as_they_were_asked() {
    let server = DnsServer::start(&Zone::new()).unwrap();
    let mut asked = question("Mail.Example.ORG", Kind::MX);
    asked.set_edns(edns(1400));
    udp(&server, &asked);
    tcp(&server, &question("b.example.org", Kind::CAA));
    let queries = server.queries();
    let expected = Query {
        name: "Mail.Example.ORG".into(),
        kind: RecordType::Mx,
        tcp: false,
        id: asked.metadata.id,
        recursion_desired: true,
        checking_disabled: false,
        dnssec_ok: false,
        edns_payload: Some(1400),
    };
    assert_eq!(queries[0], expected);
    assert_eq!((queries[1].kind, queries[1].tcp), (RecordType::Other(257), true));
}

#[test]
fn crit_what_is_no_question_gets_an_error_or_nothing() {
    let server = DnsServer::start(&Zone::new()).unwrap();
    let socket = client(&server);
    socket.send(b"short").unwrap();
    socket.send(&[7, 7, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0]).unwrap();
    let answer = receive(&socket);
    assert_eq!(answer.metadata.response_code, ResponseCode::FormErr);
    assert_eq!(answer.metadata.id, 0x0707);
    assert!(server.queries().is_empty());
}

#[test]
fn ok_a_dropped_server_ends_its_waits_and_lets_go_of_its_clients() {
    let zone = Zone::new()
        .a("late.example.org", [192, 0, 2, 1])
        .behave("late.example.org", Behaviour::Delay(Duration::from_hours(1)));
    let server = DnsServer::start(&zone).unwrap();
    let other = DnsServer::start(&zone).unwrap();
    assert_ne!(server.address(), other.address());
    let socket = client(&server);
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let late = question("late.example.org", Kind::A).to_vec().unwrap();
    socket.send(&late).unwrap();
    drop(server);
    // The end of the stream, or a reset where it had not been accepted yet.
    assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0);
}

fn question(name: &str, kind: Kind) -> Message {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Asked::query(Name::from_ascii(name).unwrap(), kind));
    message
}

fn edns(payload: u16) -> Edns {
    let mut edns = Edns::new();
    edns.set_max_payload(payload);
    edns
}

fn client(server: &DnsServer) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    socket.connect(server.address()).unwrap();
    socket
}

fn udp(server: &DnsServer, message: &Message) -> Message {
    let socket = client(server);
    socket.send(&message.to_vec().unwrap()).unwrap();
    receive(&socket)
}

fn receive(socket: &UdpSocket) -> Message {
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).unwrap();
    Message::from_vec(&buffer[..length]).unwrap()
}

fn tcp(server: &DnsServer, message: &Message) -> Message {
    let mut stream = connect(server);
    send(&mut stream, message);
    receive_framed(&mut stream)
}

fn connect(server: &DnsServer) -> TcpStream {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

fn send(stream: &mut TcpStream, message: &Message) {
    let bytes = message.to_vec().unwrap();
    let length = u16::try_from(bytes.len()).unwrap();
    stream.write_all(&[&length.to_be_bytes()[..], &bytes].concat()).unwrap();
}

fn receive_framed(stream: &mut TcpStream) -> Message {
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut answer = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut answer).unwrap();
    Message::from_vec(&answer).unwrap()
}

fn owners(message: &Message) -> Vec<String> {
    let names = message.answers.iter().map(|record| record.name.to_string());
    names.map(|name| name.trim_end_matches('.').to_owned()).collect()
}
