//! Names of targets, resolved as the system does: hosts file, nsswitch and all.

use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc;
use std::thread;

use dns_lookup::{AddrFamily, AddrInfoHints, LookupError, LookupErrorKind, SockType, getaddrinfo};
use serde::Serialize;

use crate::deadline::Deadline;

/// Which addresses are wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Family {
    /// Both, in the system's order of preference.
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

/// Why a name has no address for us.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ResolveFault {
    /// The name exists, but not with an address of the wanted family.
    #[error("has no address of the wanted family")]
    NoAddress,
    /// The name does not exist.
    #[error("does not exist")]
    NoSuchName,
    /// The resolver gave no answer that could be used; nothing is known about the name.
    #[error("could not be resolved: {0}")]
    ResolverFailed(String),
    /// The resolver gave no answer in time.
    #[error("could not be resolved: no answer from the resolver in time")]
    TimedOut,
}

/// The addresses of `host`, each once, in the system's order. An address in place of a name, also
/// in brackets, is taken as it is.
///
/// # Errors
/// [`ResolveFault`]; only `NoSuchName` and `NoAddress` say something about the host.
pub fn resolve(
    host: &str,
    port: u16,
    family: Family,
    deadline: &Deadline,
) -> Result<Vec<SocketAddr>, ResolveFault> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return match (family, address) {
            (Family::V4, IpAddr::V6(_)) | (Family::V6, IpAddr::V4(_)) => {
                Err(ResolveFault::NoAddress)
            }
            _ => Ok(vec![SocketAddr::new(address, port)]),
        };
    }
    deadline.waiting_for(format!("the address of {host}"));
    let hints = AddrInfoHints {
        socktype: SockType::Stream.into(),
        address: match family {
            Family::Any => 0,
            Family::V4 => AddrFamily::Inet.into(),
            Family::V6 => AddrFamily::Inet6.into(),
        },
        ..AddrInfoHints::default()
    };
    let host = bare.to_owned();
    let found = in_time(deadline, move || {
        let found = getaddrinfo(Some(&host), None, Some(hints)).map_err(|error| fault(&error))?;
        Ok(found.filter_map(Result::ok).map(|info| info.sockaddr).collect::<Vec<_>>())
    })?;
    let mut addresses: Vec<SocketAddr> = Vec::with_capacity(found.len());
    for mut address in found {
        address.set_port(port);
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err(ResolveFault::NoAddress) } else { Ok(addresses) }
}

/// The name that the address's PTR record gives.
///
/// # Errors
/// [`ResolveFault`]; `NoSuchName` when there is no PTR record.
pub fn reverse(address: IpAddr, deadline: &Deadline) -> Result<String, ResolveFault> {
    deadline.waiting_for(format!("the PTR record of {address}"));
    let name = in_time(deadline, move || {
        let address = SocketAddr::new(address, 0);
        // Without NI_NAMEREQD the address itself would come back as if it were its name.
        let (name, _) = dns_lookup::getnameinfo(&address, NI_NAMEREQD).map_err(|e| fault(&e))?;
        Ok(name)
    })?;
    Ok(name)
}

/// This machine's own name, when it has a full one.
pub fn full_host_name() -> Option<String> {
    let name = dns_lookup::get_hostname().ok()?;
    let is_legal = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    (name.trim_matches('.').contains('.') && name.chars().all(is_legal)).then_some(name)
}

/// The system's resolver knows no time limit of ours, so it runs on a thread that is left behind
/// when the time is up.
fn in_time<T: Send + 'static>(
    deadline: &Deadline,
    ask: impl FnOnce() -> Result<T, ResolveFault> + Send + 'static,
) -> Result<T, ResolveFault> {
    let left = deadline.remaining().map_err(|_| ResolveFault::TimedOut)?;
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::Builder::new()
        .spawn(move || {
            let _ = sender.send(ask());
        })
        .map_err(|error| ResolveFault::ResolverFailed(format!("starting a thread: {error}")))?;
    receiver.recv_timeout(left).unwrap_or(Err(ResolveFault::TimedOut))
}

fn fault(error: &LookupError) -> ResolveFault {
    match error.kind() {
        _ if error.error_num() == EAI_ADDRFAMILY => ResolveFault::NoAddress,
        LookupErrorKind::NoData => ResolveFault::NoAddress,
        LookupErrorKind::NoName => ResolveFault::NoSuchName,
        LookupErrorKind::Again => {
            ResolveFault::ResolverFailed("temporary failure in name resolution".to_owned())
        }
        LookupErrorKind::Fail => ResolveFault::ResolverFailed(
            "the resolver or the name's own servers answer with a failure".to_owned(),
        ),
        kind => ResolveFault::ResolverFailed(format!("system resolver error {kind:?}")),
    }
}

/// glibc's code for a host without addresses of the wanted family (netdb.h).
const EAI_ADDRFAMILY: i32 = -9;
/// glibc's flag that makes a missing name an error (netdb.h).
const NI_NAMEREQD: i32 = 8;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn ask(host: &str, family: Family) -> Result<Vec<SocketAddr>, ResolveFault> {
        resolve(host, 25, family, &Deadline::start(Duration::from_secs(5)))
    }

    #[test]
    fn ok_addresses_need_no_resolver() {
        assert_eq!(ask("192.0.2.1", Family::Any), Ok(vec!["192.0.2.1:25".parse().expect("good")]));
        assert_eq!(
            ask("[2001:db8::1]", Family::V6).expect("good")[0].to_string(),
            "[2001:db8::1]:25"
        );
    }

    #[test]
    fn critical_an_address_of_the_other_family_is_no_address() {
        assert_eq!(ask("192.0.2.1", Family::V6), Err(ResolveFault::NoAddress));
        assert_eq!(ask("2001:db8::1", Family::V4), Err(ResolveFault::NoAddress));
    }

    #[test]
    fn ok_localhost_comes_from_the_hosts_file_once_each() {
        let found = ask("localhost", Family::V4).expect("in every hosts file");
        assert_eq!(found, vec!["127.0.0.1:25".parse().expect("good")]);
    }

    #[test]
    fn unknown_a_spent_deadline_is_no_answer() {
        let spent = Deadline::start(Duration::ZERO);
        assert_eq!(
            resolve("mail.example.org", 25, Family::Any, &spent),
            Err(ResolveFault::TimedOut)
        );
    }
}
