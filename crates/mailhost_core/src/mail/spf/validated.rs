//! The names of a client that lead back to its address (RFC 7208 section 5.5).

use std::net::IpAddr;

use super::limits::MOST_CLIENT_NAMES;
use crate::dns::{Known, Name, Question, RecordType};

/// What is known of a client's names.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct ClientNames {
    /// Those that are its own.
    pub(super) validated: Vec<Name>,
    /// Whether its address has no name at all.
    pub(super) void: bool,
    /// Whether an answer is missing.
    pub(super) pending: bool,
}

/// Looks at the names of an address, of which only the first ten count (section 4.6.4). One that
/// cannot be looked up is left out; where the names cannot be looked up, there are none.
pub(super) fn client_names(known: &mut Known, address: IpAddr) -> ClientNames {
    let question = Question::new(&Name::reverse(address), RecordType::Ptr);
    let Some(answer) = known.answer(&question) else {
        return ClientNames { pending: true, ..ClientNames::default() };
    };
    let void = answer.is_void();
    let kind = RecordType::of_address(address);
    let mut validated = Vec::new();
    let mut pending = false;
    for name in answer.names().take(MOST_CLIENT_NAMES) {
        match known.answer(&Question::new(name, kind)) {
            Some(of_name) if of_name.addresses().any(|it| it == address) => {
                validated.push(name.clone());
            }
            Some(_) => {}
            None => pending = true,
        }
    }
    ClientNames { validated, void, pending }
}
