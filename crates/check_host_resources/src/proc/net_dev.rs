//! `/proc/net/dev`: what went through the network interfaces since the start.

use serde::{Deserialize, Serialize};

/// One interface.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Interface {
    pub(crate) name: String,
    /// Bytes that came in and went out.
    pub(crate) received: u64,
    pub(crate) sent: u64,
    /// Packets that were damaged, of both directions.
    pub(crate) errors: u64,
    /// Packets that there was no room for, of both directions.
    pub(crate) drops: u64,
}

/// The interfaces in the order of the file, without the machine's own.
pub(crate) fn interfaces(text: &str) -> Option<Vec<Interface>> {
    let mut lines = text.lines();
    // Two lines of headings.
    lines.next().filter(|line| line.contains('|'))?;
    lines.next().filter(|line| line.contains('|'))?;
    let all: Option<Vec<Interface>> = lines.map(interface).collect();
    all.map(|all| all.into_iter().filter(|it| it.name != "lo").collect())
}

fn interface(line: &str) -> Option<Interface> {
    let (name, counters) = line.rsplit_once(':')?;
    let counters: Vec<u64> =
        counters.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    let at = |index: usize| counters.get(index).copied();
    Some(Interface {
        name: name.trim().to_owned(),
        received: at(0)?,
        sent: at(8)?,
        errors: at(2)?.saturating_add(at(10)?),
        drops: at(3)?.saturating_add(at(11)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADINGS: &str = "Inter-|   Receive  |  Transmit\n face |bytes packets|bytes packets\n";

    #[test]
    fn ok_interfaces_with_their_counters() {
        let text = format!(
            "{HEADINGS}    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n  \
             eth0: 1000 9 2 3 0 0 0 0 500 7 4 5 0 0 0 0\neth0:1: 5 1 0 0 0 0 0 0 6 1 0 0 0 0 0 0\n"
        );
        let read = interfaces(&text).expect("it");
        assert_eq!(read.len(), 2);
        let first =
            Interface { name: "eth0".to_owned(), received: 1000, sent: 500, errors: 6, drops: 8 };
        assert_eq!(read[0], first);
        assert_eq!((read[1].name.as_str(), read[1].received), ("eth0:1", 5));
        for text in ["", "x\ny\n", &format!("{HEADINGS}eth0: 1 2 3\n"), &format!("{HEADINGS}x\n")] {
            assert_eq!(interfaces(text), None, "{text}");
        }
    }
}
