//! The readers of strangers' answers and files, for the fuzz targets of `tests/fuzz`.

use std::net::Ipv4Addr;

use crate::lists::{Means, compiled, read};

/// Reads the addresses of an answer as each of the lists that are built in would: how many list.
pub fn answer(addresses: &[Ipv4Addr]) -> usize {
    let readings = compiled().into_iter().map(|list| list.read(addresses.to_vec()));
    readings.filter(|reading| reading.means == Means::Listed).count()
}

/// Reads a table of lists: how many there are.
pub fn table(text: &str) -> Option<usize> {
    read(text).ok().map(|lists| lists.len())
}
