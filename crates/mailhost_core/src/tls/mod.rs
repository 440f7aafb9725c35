//! Looking at a server's TLS: one handshake that never gives up on a bad certificate, so that all
//! of it can be judged.

mod certificate;
pub mod dane;
mod inspect;
mod trust;

pub use certificate::{Certificate, Key};
pub(crate) use inspect::error_in_tls;
pub use inspect::{
    Inspector, KeyKind, PeerName, SetupError, TlsFacts, TlsFault, TlsStream, TlsVersion, Trust,
    VersionError,
};
