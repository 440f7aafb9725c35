//! One host whose certificates are held against the DNS: its addresses and its TLSA records come from
//! the resolver whose word on DNSSEC counts, and not from the system.

use std::net::SocketAddr;
use std::time::Instant;

use mailhost_core::dns::{Known, Name, Outcome, Question, RecordType, Resolver};
use mailhost_core::mail::resolver_failure;
use mailhost_core::net::{Family, ResolveFault};
use mailhost_core::plugin::Failure;

use super::{Visit, dane};
use crate::facts::Facts;

/// Where a host is, as the DNS says; what it says of its certificates is noted.
///
/// # Errors
/// [`Failure`], when the name can be none in the DNS, or it is not known whom to ask; nothing has been
/// sent then.
pub(super) fn ask(
    host: &str,
    port: u16,
    family: Family,
    visit: &Visit,
    facts: &mut Facts,
) -> Result<Result<Vec<SocketAddr>, ResolveFault>, Failure> {
    let start = Instant::now();
    let name = Name::from_text(host)
        .map_err(|error| Failure::usage(format!("\"{host}\" is no name in the DNS: {error}")))?;
    let mut resolver = Resolver::new(&visit.config.nameservers, visit.deadline)
        .map_err(|error| Failure::Unable(error.to_string()))?;
    let mut known = Known::up_to(MOST_QUESTIONS);
    let (found, dane, failure) = known.settle(&mut resolver, |known| {
        let dane = dane::look(known, &name, port, None);
        (addresses(known, &name, port, family), dane, resolver_failure(known, Some(&name)))
    });
    facts.dns = Some(start.elapsed().as_secs_f64());
    facts.questions = known.log();
    facts.dane = Some(dane);
    facts.resolver = failure;
    Ok(found)
}

/// The addresses of both families, or of the one that is wanted.
fn addresses(
    known: &mut Known,
    name: &Name,
    port: u16,
    family: Family,
) -> Result<Vec<SocketAddr>, ResolveFault> {
    let kinds: &[RecordType] = match family {
        Family::Any => &[RecordType::A, RecordType::Aaaa],
        Family::V4 => &[RecordType::A],
        Family::V6 => &[RecordType::Aaaa],
    };
    let mut found = Vec::new();
    let mut fault = ResolveFault::NoSuchName;
    for kind in kinds {
        let Some(answer) = known.answer(&Question::new(name, *kind)) else { continue };
        found.extend(answer.addresses().map(|address| SocketAddr::new(address, port)));
        match &answer.outcome {
            Outcome::Failed(failure) => fault = ResolveFault::ResolverFailed(failure.to_string()),
            Outcome::NoData if fault == ResolveFault::NoSuchName => fault = ResolveFault::NoAddress,
            Outcome::NoData | Outcome::NxDomain | Outcome::Records(_) => {}
        }
    }
    if found.is_empty() { Err(fault) } else { Ok(found) }
}

/// The addresses, the TLSA records of the name and of what it is an alias of, and the top of the DNS.
const MOST_QUESTIONS: usize = 10;
