//! DANE: the TLSA records of a host, and the certificates that it shows held against them.

use std::rc::Rc;

use mailhost_core::dns::{Answer, Known, Name, Question, RecordType, Tlsa};
use mailhost_core::tls::dane::{Held, ServedChain, unusable};
use mailhost_core::tls::{Certificate, KeyKind};

use crate::facts::{Dane, Door, Vouching};

/// The TLSA records of a host, as senders look for them (RFC 7672 section 2.2). `domain` is the mail
/// domain whose mail exchanger it is, with the answer about its MX.
pub(super) fn look(
    known: &mut Known,
    host: &Name,
    port: u16,
    domain: Option<(&Name, &Answer)>,
) -> Dane {
    let mut insecure = Vec::new();
    if domain.is_some_and(|(_, mx)| mx.failure().is_none() && !mx.authentic) {
        insecure.push("MX");
    }
    let addresses: Vec<_> = [RecordType::A, RecordType::Aaaa]
        .into_iter()
        .filter_map(|kind| known.answer(&Question::new(host, kind)))
        .filter(|answer| !answer.records().is_empty())
        .collect();
    let is_secure = addresses.iter().all(|answer| answer.authentic);
    // Where the target of an alias is not vouched for, the alias itself may be: then the host's own records count
    // (section 2.2.2).
    let is_alias = !is_secure && addresses.iter().any(|answer| !answer.aliases.is_empty());
    let alias = is_alias.then(|| known.answer(&Question::new(host, RecordType::Cname))).flatten();
    let is_known = alias.is_some_and(|answer| answer.authentic && !answer.records().is_empty());
    if !is_secure && !is_known {
        insecure.push("address");
    }
    // Of an alias that is vouched for the records of its target come first (section 2.2.3).
    let target = addresses.iter().find_map(|answer| answer.aliases.last()).filter(|_| is_secure);
    let found = [target, Some(host)].map(|name| Some(Records::of(known, name?, port)));
    let [of_target, of_host] = found;
    let of_target = of_target.filter(Records::is_something);
    let target = target.filter(|_| of_target.is_some());
    let found = of_target.or(of_host);
    let Records { at, answer } = found.unwrap_or_default();
    let records: Vec<Tlsa> = answer.iter().flat_map(|answer| answer.tlsa()).cloned().collect();
    if !records.is_empty() && !answer.as_ref().is_some_and(|answer| answer.authentic) {
        insecure.push("TLSA");
    }
    // Where the records are is who the server has to be (RFC 7672 section 3.2.2).
    let of_domain = domain.into_iter().flat_map(|(name, mx)| {
        let target = mx.aliases.last().filter(|_| mx.authentic);
        [Some(name), target].into_iter().flatten()
    });
    let names = [target.unwrap_or(host)].into_iter().chain(of_domain);
    Dane {
        at,
        target: target.map(ToString::to_string),
        names: names.map(ToString::to_string).collect(),
        records: match answer.as_ref().and_then(|answer| answer.failure()) {
            Some(failure) => Err(failure.clone()),
            None => Ok(in_order(records)),
        },
        insecure,
    }
}

/// Whether there are records that a certificate can be held against.
pub(super) fn is_of_use(dane: &Dane) -> bool {
    dane.records.as_ref().is_ok_and(|records| records.iter().any(|it| unusable(it).is_none()))
}

/// Servers give them in any order, which is no change.
fn in_order(mut records: Vec<Tlsa>) -> Vec<Tlsa> {
    records.sort();
    // Each may cost several signatures, and nobody has so many.
    records.truncate(MOST_RECORDS);
    records
}

/// What is at the place where a host's records are.
#[derive(Default)]
struct Records {
    at: String,
    answer: Option<Rc<Answer>>,
}

impl Records {
    fn of(known: &mut Known, host: &Name, port: u16) -> Self {
        let service = Name::from_text(format!("_{port}._tcp"));
        // A name that leaves no room for it has no records.
        let at = service.and_then(|service| service.under(host)).ok();
        Self {
            answer: at.as_ref().and_then(|at| known.answer(&Question::new(at, RecordType::Tlsa))),
            at: at.map(|at| at.to_string()).unwrap_or_default(),
        }
    }

    /// Whether there are records, or may be some.
    fn is_something(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| !answer.is_void())
    }
}

/// Holds the certificates that were shown at an address against the records.
pub(super) fn hold(dane: &Dane, door: &mut Door) {
    let (Ok(records), Some(Ok(tls))) = (&dane.records, &door.tls) else {
        return;
    };
    let two = !door.other_chain.is_empty();
    let chains = [&tls.chain, &door.other_chain].into_iter().filter(|chain| !chain.is_empty());
    let held = chains.map(|chain| Vouching {
        key: chain.first().and_then(|leaf| leaf.key.kind()).filter(|_| two),
        held: held(chain, records, &dane.names),
    });
    door.vouching = if records.is_empty() { Vec::new() } else { held.collect() };
}

fn held(chain: &[Certificate], records: &[Tlsa], names: &[String]) -> Vec<Held> {
    let der = chain.iter().map(|certificate| certificate.der.as_slice());
    // What OpenSSL cannot read again matches nothing.
    ServedChain::new(der, names).map(|chain| chain.hold_against(records)).unwrap_or_default()
}

/// The kind of key that the server was not asked for.
pub(super) fn other_kind(chain: &[Certificate]) -> Option<KeyKind> {
    chain.first()?.key.kind().map(|kind| match kind {
        KeyKind::Ecdsa => KeyKind::Rsa,
        KeyKind::Rsa => KeyKind::Ecdsa,
    })
}

/// Records that are looked at.
const MOST_RECORDS: usize = 30;
