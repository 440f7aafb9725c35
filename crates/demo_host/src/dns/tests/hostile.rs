//! Answers that a client must not believe, or cannot get.

use super::*;

#[test]
fn crit_truncated_answers_that_tcp_does_not_complete() {
    let zone = Zone::new()
        .a("*.example.org", [192, 0, 2, 1])
        .behave("closed.example.org", Behaviour::TruncatedThenClosed)
        .behave("silent.example.org", Behaviour::TruncatedThenSilence)
        .behave("cut.example.org", Behaviour::Truncated);
    let server = DnsServer::start(&zone).unwrap();
    for name in ["closed.example.org", "silent.example.org", "cut.example.org"] {
        let answer = udp(&server, &question(name, Kind::A));
        assert!(answer.metadata.truncation && answer.answers.is_empty(), "{name}");
    }
    let mut stream = connect(&server);
    send(&mut stream, &question("closed.example.org", Kind::A));
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    // Were the silent one answered, its answer would come before the other's.
    let mut stream = connect(&server);
    send(&mut stream, &question("silent.example.org", Kind::A));
    let other = question("www.example.org", Kind::A);
    send(&mut stream, &other);
    assert_eq!(receive_framed(&mut stream).metadata.id, other.metadata.id);

    let deaf = DnsServer::start(&Zone { udp_only: true, ..zone }).unwrap();
    assert!(udp(&deaf, &question("cut.example.org", Kind::A)).metadata.truncation);
    let refused = TcpStream::connect(deaf.address()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn crit_answers_to_another_question_and_records_of_other_names() {
    let stray = |instead| Behaviour::Stray {
        records: vec![("bank.example".into(), RecordData::A(Ipv4Addr::new(192, 0, 2, 66)))],
        instead,
    };
    let zone = Zone::new()
        .a("*.example.org", [192, 0, 2, 1])
        .behave("other.example.org", Behaviour::WrongQuestion)
        .behave("beside.example.org", stray(false))
        .behave("instead.example.org", stray(true))
        .behave("gone.example.net", stray(false));
    let server = DnsServer::start(&zone).unwrap();
    let asked = question("other.example.org", Kind::A);
    for answer in [udp(&server, &asked), tcp(&server, &asked)] {
        assert_eq!(answer.metadata.id, asked.metadata.id);
        assert_eq!(answer.queries[0].name().to_string(), "*.other.example.org.");
        assert_eq!(owners(&answer), ["other.example.org"]);
    }
    let cases: [(&str, &[&str]); 3] = [
        ("beside.example.org", &["bank.example", "beside.example.org"]),
        ("instead.example.org", &["bank.example"]),
        ("gone.example.net", &["bank.example"]),
    ];
    for (name, expected) in cases {
        let answer = udp(&server, &question(name, Kind::A));
        assert_eq!(answer.metadata.response_code, ResponseCode::NoError, "{name}");
        assert_eq!(owners(&answer), expected, "{name}");
    }
}

#[test]
fn crit_aliases_in_a_loop_are_told_once_around() {
    let zone = Zone::new()
        .cname("www.example.org", "a.example.org")
        .cname("a.example.org", "b.example.org")
        .cname("b.example.org", "a.example.org")
        .cname("self.example.org", "self.example.org");
    let server = DnsServer::start(&zone).unwrap();
    let answer = udp(&server, &question("www.example.org", Kind::TXT));
    assert_eq!(answer.metadata.response_code, ResponseCode::NoError);
    assert_eq!(owners(&answer), ["www.example.org", "a.example.org", "b.example.org"]);
    let RData::CNAME(last) = &answer.answers[2].data else { panic!("{answer:?}") };
    assert_eq!(last.to_string(), "a.example.org.");
    let answer = udp(&server, &question("self.example.org", Kind::A));
    assert_eq!(owners(&answer), ["self.example.org"]);
}

#[test]
fn warn_extended_errors_say_why() {
    let extended =
        |code, text: &str, servfail| Behaviour::ExtendedError { code, text: text.into(), servfail };
    let zone = Zone::new()
        .a("*.example.org", [192, 0, 2, 1])
        .behave("unreached.example.org", extended(22, "192.0.2.53 timed out", true))
        .behave("stale.example.org", extended(3, "", false));
    let server = DnsServer::start(&zone).unwrap();
    let cases: [(&str, _, _, &[u8]); 2] = [
        ("unreached.example.org", ResponseCode::ServFail, 0, b"\0\x16192.0.2.53 timed out"),
        ("stale.example.org", ResponseCode::NoError, 1, b"\0\x03"),
    ];
    for (name, code, answers, option) in cases {
        let mut asked = question(name, Kind::A);
        let plain = udp(&server, &asked);
        assert_eq!((plain.metadata.response_code, plain.edns.is_none()), (code, true), "{name}");
        asked.set_edns(edns(1232));
        let answer = udp(&server, &asked);
        assert_eq!((answer.metadata.response_code, answer.answers.len()), (code, answers));
        let sent = answer.edns.unwrap();
        let sent: Vec<u8> = sent.option(15.into()).unwrap().try_into().unwrap();
        assert_eq!(sent, option, "{name}");
    }
}
