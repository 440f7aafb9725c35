//! Do the block lists of the tests say what real ones say, by themselves and behind a resolver?

use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpStream},
};

use hickory_proto::{
    op::ResponseCode,
    rr::RecordType::{self, A, TXT},
};
use mailhost_tests::{Unavailable, skip};

use crate::{
    dns_client::ask,
    rbldnsd::{RblZone, Rbldnsd},
    unbound::Unbound,
};

#[test]
fn ok_lists_say_what_is_listed() {
    let (rbldnsd, _unbound) = match prepare() {
        Ok(both) => both,
        Err(reason) => return skip("mtas/rbldnsd", reason),
    };
    for (name, kind, records) in ANSWERS {
        assert_eq!(told(rbldnsd.address(), name, *kind), existing(records), "{name} {kind}");
    }
    for name in ABSENT {
        assert_eq!(told(rbldnsd.address(), name, A), nothing(ResponseCode::NXDomain), "{name}");
    }
}

#[test]
fn ok_a_resolver_says_the_same_cold_and_warm() {
    let (_rbldnsd, unbound) = match prepare() {
        Ok(both) => both,
        Err(reason) => return skip("mtas/rbldnsd", reason),
    };
    for temperature in ["cold", "warm"] {
        for (name, kind, records) in ANSWERS {
            let told = told(unbound.address(), name, *kind);
            assert_eq!(told, existing(records), "{temperature}: {name} {kind}");
        }
        for name in ABSENT {
            let told = told(unbound.address(), name, A);
            assert_eq!(told, nothing(ResponseCode::NXDomain), "{temperature}: {name}");
        }
    }
}

#[test]
fn ok_lists_know_nothing_else_and_speak_udp_only() {
    let (rbldnsd, unbound) = match prepare() {
        Ok(both) => both,
        Err(reason) => return skip("mtas/rbldnsd", reason),
    };
    let elsewhere = "2.0.0.127.elsewhere.example";
    assert_eq!(told(rbldnsd.address(), elsewhere, A), nothing(ResponseCode::Refused));
    assert_eq!(told(unbound.address(), elsewhere, A), nothing(ResponseCode::ServFail));
    // An empty non-terminal, in the words of RFC 8020: it exists, and they say that it does not.
    assert_eq!(told(rbldnsd.address(), "127.set.example", A), nothing(ResponseCode::NXDomain));
    let refused = TcpStream::connect(rbldnsd.address()).expect_err("no server for TCP");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

/// What a server says: the code and the records.
type Told = (ResponseCode, Vec<String>);

fn told(server: SocketAddr, name: &str, kind: RecordType) -> Told {
    let message = ask(server, name, kind, false);
    let message = message.unwrap_or_else(|error| panic!("{name} {kind}: {error}"));
    let records = message.answers.iter().map(|record| record.data.to_string());
    (message.metadata.response_code, records.collect())
}

fn existing(records: &[&str]) -> Told {
    (ResponseCode::NoError, records.iter().map(ToString::to_string).collect())
}

fn nothing(code: ResponseCode) -> Told {
    (code, Vec::new())
}

fn prepare() -> Result<(Rbldnsd, Unbound), Unavailable> {
    let zone = |origin, dataset, data| RblZone { origin, dataset, data };
    let rbldnsd = Rbldnsd::start(&[
        zone("set.example", "ip4set", ADDRESSES),
        zone("trie.example", "ip4trie", ADDRESSES),
        zone("six.example", "ip6trie", ":2:Listed: $\n::ffff:7f00:2\n"),
        zone("names.example", "dnset", ":2:Listed: $\ntest\n.example.org :4\n"),
        zone("both.example", "ip4set", ":2:Listed: $\n127.0.0.2\n"),
        zone("both.example", "dnset", ":3:Listed: $\ntest\n"),
        zone("both.example", "generic", "about TXT \"both kinds\"\n"),
    ])?;
    let zones = ["set.example", "trie.example", "six.example", "names.example", "both.example"];
    let unbound = Unbound::of_blocklists(&[(rbldnsd.address(), &zones)])?;
    Ok((rbldnsd, unbound))
}

const ADDRESSES: &str = "\
:127.0.0.2:Listed: $
127.0.0.2
192.0.2.0/24 :127.0.0.4:Policy, see https://www.example.org/?$
!192.0.2.25
";

/// What exists; without records, the name alone does.
const ANSWERS: &[(&str, RecordType, &[&str])] = &[
    ("2.0.0.127.set.example", A, &["127.0.0.2"]),
    ("2.0.0.127.set.example", TXT, &["Listed: 127.0.0.2"]),
    ("2.0.0.127.set.example", RecordType::AAAA, &[]),
    ("80.2.0.192.set.example", A, &["127.0.0.4"]),
    ("80.2.0.192.set.example", TXT, &["Policy, see https://www.example.org/?192.0.2.80"]),
    ("set.example", A, &[]),
    ("set.example", RecordType::NS, &["localhost."]),
    ("2.0.0.127.trie.example", A, &["127.0.0.2"]),
    ("2.0.0.127.trie.example", TXT, &["Listed: 127.0.0.2"]),
    ("80.2.0.192.trie.example", A, &["127.0.0.4"]),
    ("80.2.0.192.trie.example", TXT, &["Policy, see https://www.example.org/?192.0.2.80"]),
    (
        "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.six.example",
        A,
        &["127.0.0.2"],
    ),
    (
        "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.six.example",
        TXT,
        &["Listed: ::ffff:7f00:2"],
    ),
    ("test.names.example", A, &["127.0.0.2"]),
    ("test.names.example", TXT, &["Listed: test"]),
    ("mail.example.org.names.example", A, &["127.0.0.4"]),
    ("2.0.0.127.both.example", A, &["127.0.0.2"]),
    ("test.both.example", A, &["127.0.0.3"]),
    ("about.both.example", TXT, &["both kinds"]),
];
const ABSENT: &[&str] = &[
    "1.0.0.127.set.example",
    "25.2.0.192.set.example",
    "1.0.0.127.trie.example",
    "25.2.0.192.trie.example",
    "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.six.example",
    "invalid.names.example",
    "1.0.0.127.both.example",
    "invalid.both.example",
];
