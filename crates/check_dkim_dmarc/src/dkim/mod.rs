//! DomainKeys Identified Mail (RFC 6376): the records that hold public keys (RFC 8301, RFC 8463).

mod base64;
mod key_record;
mod public_key;
mod published;
mod select;

pub(crate) use base64::decode;
pub(crate) use key_record::{KeyRecord, KeyType};
pub(crate) use public_key::{Form, LEAST_BITS, PublicKey};
pub(crate) use published::{KeyState, Published, Selectors, key_name, keys_name};
