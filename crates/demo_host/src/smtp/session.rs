//! What a server records of its clients, one entry a connection.

use std::net::SocketAddr;

use crate::runtime::Journal;

/// The record of one connection, as the server saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Every line the client sent, in clear or under TLS, without its line end; also the responses
    /// of AUTH, which hold secrets.
    pub lines: Vec<String>,
    /// The verb of every line that was taken as a command, in upper case.
    pub verbs: Vec<String>,
    /// Bytes that were there before the server had finished its greeting.
    pub before_greeting: Vec<u8>,
    /// Bytes that were there although the server had not finished its answer to an earlier command.
    pub out_of_turn: Vec<u8>,
    /// How many lines ended in a bare LF.
    pub bare_line_feeds: usize,
    /// Whether QUIT was said.
    pub quit: bool,
    /// Whether DATA or BDAT was said, which no check should.
    pub data: bool,
    /// The TLS version that was agreed on, as OpenSSL names it: `TLSv1.3`.
    pub tls_version: Option<String>,
    /// The server name the client asked for (RFC 6066 section 3).
    pub sni: Option<String>,
    /// Why the TLS handshake failed, if it did.
    pub tls_error: Option<String>,
    /// The user whose credentials were right.
    pub user: Option<String>,
    /// The PROXY header, when one was expected and arrived whole.
    pub proxy: Option<ProxyHeader>,
    /// Whether the connection has ended.
    pub ended: bool,
}

impl Session {
    /// Whether the client waited for every complete answer before it spoke.
    pub fn in_lock_step(&self) -> bool {
        self.before_greeting.is_empty() && self.out_of_turn.is_empty()
    }
}

/// A PROXY header as it was received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyHeader {
    /// The header's bytes.
    pub bytes: Vec<u8>,
    /// The addresses it names, source then destination; none for `UNKNOWN` and `LOCAL`.
    pub addresses: Option<(SocketAddr, SocketAddr)>,
}

/// The record being written of one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) journal: &'a Journal<Session>,
    pub(super) place: usize,
}

impl Record<'_> {
    pub(super) fn note(self, change: impl FnOnce(&mut Session)) {
        self.journal.amend(self.place, change);
    }
}
