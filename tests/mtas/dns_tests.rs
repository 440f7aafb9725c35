//! Are the name servers of the tests what they are said to be?

use hickory_proto::{
    op::{Message, ResponseCode},
    rr::RecordType,
};
use mailhost_tests::{Unavailable, skip};

use crate::{
    dns_client::ask,
    knot::{Knot, Zone},
    unbound::Unbound,
};

#[test]
fn a_resolver_tells_answers_absence_and_failures_apart() {
    let (_knot, unbound) = match prepare() {
        Ok(both) => both,
        Err(reason) => return skip("mtas/dns", reason),
    };
    let told = |name, kind, unchecked| {
        let message = ask(unbound.address(), name, kind, unchecked);
        Told::of(&message.unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    let (a, mx) = (RecordType::A, RecordType::MX);
    let secure =
        Told { code: ResponseCode::NoError, records: vec!["192.0.2.25".into()], authentic: true };
    let plain = Told { authentic: false, ..secure.clone() };
    let nothing = |code, authentic| Told { code, records: Vec::new(), authentic };
    assert_eq!(told("mail.example.org", a, false), secure);
    assert_eq!(told("mail.example.net", a, false), plain);
    assert_eq!(told("gone.example.org", a, false), nothing(ResponseCode::NXDomain, true));
    assert_eq!(told("gone.example.net", a, false), nothing(ResponseCode::NXDomain, false));
    assert_eq!(told("mail.example.org", mx, false), nothing(ResponseCode::NoError, true));
    assert_eq!(told("nowhere.example", a, false), nothing(ResponseCode::NXDomain, false));
    assert_eq!(told("mail.lame.example", a, false), nothing(ResponseCode::ServFail, false));
    assert_eq!(told("mail.lame.example", a, true), nothing(ResponseCode::ServFail, false));
    assert_eq!(told("mail.bogus.example", a, false), nothing(ResponseCode::ServFail, false));
    assert_eq!(told("mail.bogus.example", a, true), plain);
    let reverse = told("25.2.0.192.in-addr.arpa", RecordType::PTR, false);
    assert_eq!(reverse, Told { records: vec!["mail.example.org.".into()], ..plain });
}

#[test]
fn an_authority_looks_nothing_up() {
    let (knot, _unbound) = match prepare() {
        Ok(both) => both,
        Err(reason) => return skip("mtas/dns", reason),
    };
    let told = |name| ask(knot.address(), name, RecordType::A, false).expect("an answer");
    let answer = told("mail.example.net");
    assert!(answer.metadata.authoritative && !answer.metadata.recursion_available, "{answer:?}");
    let referral = told("mail.lame.example");
    assert!(!referral.metadata.authoritative && referral.answers.is_empty(), "{referral:?}");
    assert_eq!(referral.authorities[0].name.to_string(), "lame.example.");
}

/// What an answer says, signatures left out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    code: ResponseCode,
    records: Vec<String>,
    authentic: bool,
}

impl Told {
    fn of(message: &Message) -> Self {
        let records =
            message.answers.iter().filter(|record| record.record_type() != RecordType::RRSIG);
        Self {
            code: message.metadata.response_code,
            records: records.map(|record| record.data.to_string()).collect(),
            authentic: message.metadata.authentic_data,
        }
    }
}

fn prepare() -> Result<(Knot, Unbound), Unavailable> {
    let mail = "mail A 192.0.2.25\n";
    let zone = |origin, signed| Zone { origin, records: mail, signed };
    let reverse = Zone {
        origin: "2.0.192.in-addr.arpa",
        records: "25 PTR mail.example.org.\n",
        signed: false,
    };
    let zones = [
        zone("example.org", true),
        zone("example.net", false),
        zone("bogus.example", true),
        reverse,
    ];
    let knot = Knot::start(&zones, &["lame.example"])?;
    let right = knot.signers("example.org");
    let wrong = right.replace("example.org", "bogus.example");
    let unbound = Unbound::start(&knot, &[right, wrong].concat())?;
    Ok((knot, unbound))
}
