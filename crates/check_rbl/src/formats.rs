//! The readers of strangers' answers and files, for the fuzz targets of `tests/fuzz`.

use std::net::Ipv4Addr;
use std::sync::LazyLock;

use mailhost_core::dns::{Data, Name, Question, RecordType, formats};

use crate::lists::{Kind, List, Means, compiled, read};

/// Reads a message as the answer to a question, about the test entry, of each of the lists that are
/// built in: the addresses in it where a list says that it is listed.
pub fn answer(bytes: &[u8], zone: &str) -> Option<Vec<Ipv4Addr>> {
    let zone = Name::from_text(zone).ok()?;
    let list = LISTS.iter().find(|list| list.zone == zone)?;
    let name = Kind::Ipv4.usual_points().listed?.below(&zone).ok()?;
    let answer = formats::answer(bytes, &Question::new(&name, RecordType::A), IDENTIFIER)?;
    let addresses = answer.records().iter().filter_map(|record| match record.data {
        Data::A(address) => Some(address),
        _ => None,
    });
    let reading = list.read(addresses.collect());
    (reading.means == Means::Listed).then_some(reading.addresses)
}

/// Reads a table of lists: how many there are.
pub fn table(text: &str) -> Option<usize> {
    read(text).ok().map(|lists| lists.len())
}

static LISTS: LazyLock<Vec<List>> = LazyLock::new(compiled);
/// Of the question.
const IDENTIFIER: u16 = 0x3939;
