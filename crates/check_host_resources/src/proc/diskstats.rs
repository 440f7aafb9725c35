//! `/proc/diskstats`: what the disks have done since the start.

use serde::{Deserialize, Serialize};

/// One disk, or a part of one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Disk {
    pub(crate) name: String,
    /// Reads and writes that were finished.
    pub(crate) done: u64,
    /// Milliseconds that these took, waiting in the queue too.
    pub(crate) waited: u64,
    /// Milliseconds in which anything was to be done.
    pub(crate) busy: u64,
}

/// Those in the file; `None` when a line is none of it.
pub(crate) fn disks(text: &str) -> Option<Vec<Disk>> {
    text.lines().map(disk).collect()
}

fn disk(line: &str) -> Option<Disk> {
    let mut fields = line.split_whitespace();
    let name = fields.nth(2)?.to_owned();
    let counters: Vec<u64> = fields.map(str::parse).collect::<Result<_, _>>().ok()?;
    let at = |index: usize| counters.get(index).copied();
    Some(Disk {
        name,
        done: at(0)?.saturating_add(at(4)?),
        waited: at(3)?.saturating_add(at(7)?),
        busy: at(9)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_disks_with_their_counters() {
        let text = "   8       0 sda 100 1 800 50 200 2 1600 350 0 300 400 0 0 0 0\n   \
                    8       1 sda1 1 0 8 1 0 0 0 0 0 1 1\n";
        let read = disks(text).expect("it");
        let first = Disk { name: "sda".to_owned(), done: 300, waited: 400, busy: 300 };
        assert_eq!((read.len(), &read[0]), (2, &first));
        assert_eq!(disks(""), Some(Vec::new()));
        for text in ["8 0 sda 1 2 3\n", "8 0 sda a b c d e f g h i j k\n", "x\n"] {
            assert_eq!(disks(text), None, "{text}");
        }
    }
}
