//! `/proc/N/stat` and `/proc/N/cmdline`: one process.

use serde::Serialize;

/// What is looked at of a process.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Process {
    /// Its name, of which the kernel keeps 15 characters.
    pub(crate) name: String,
    /// The program that it was started with; empty of the kernel's own.
    pub(crate) program: String,
    /// `R` running, `S` sleeping, `D` waiting for a disk, `Z` ended and not yet taken note of, ...
    pub(crate) state: char,
    /// Bytes of memory that it has for itself and with others.
    pub(crate) resident: u64,
}

impl Process {
    /// Reads both files; `None` when the first one is none.
    pub(crate) fn parse(stat: &str, command_line: &[u8], page: u64) -> Option<Self> {
        // The name may hold blanks and brackets.
        let (before, after) = stat.rsplit_once(") ")?;
        let (_, name) = before.split_once('(')?;
        let mut fields = after.split_whitespace();
        let state = fields.next()?.chars().next()?;
        let pages: u64 = fields.nth(20)?.parse().ok()?;
        let program = command_line.split(|byte| *byte == 0).next().unwrap_or_default();
        Some(Self {
            name: name.to_owned(),
            program: String::from_utf8_lossy(program).into_owned(),
            state,
            resident: pages.saturating_mul(page),
        })
    }

    /// Whether it is meant by a name, or by the path of its program.
    pub(crate) fn is_called(&self, wanted: &str) -> bool {
        if wanted.starts_with('/') {
            return self.program == wanted;
        }
        // Some daemons write what they do behind their name: "dovecot/auth", "nginx: master".
        let first = self.program.split([' ', ':']).next().unwrap_or_default();
        let file = first.rsplit('/').next().unwrap_or_default();
        let cut: String = wanted.chars().take(NAME).collect();
        self.name == cut || file == wanted
    }
}

/// Characters of a name that the kernel keeps.
const NAME: usize = 15;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STAT: &str = "812 (master) S 1 812 812 0 -1 4194560 900 0 0 0 5 3 0 0 20 0 1 0 900 44298240 \
                        1300 18446744073709551615 1 1 0 0 0 0 0 0 0\n";

    #[test]
    fn ok_a_process_and_what_it_is_called() {
        let program = b"/usr/lib/postfix/sbin/master\0-w\0";
        let process = Process::parse(STAT, program, 4096).expect("it");
        assert_eq!((process.name.as_str(), process.state), ("master", 'S'));
        assert_eq!(process.resident, 1300 * 4096);
        for (wanted, is) in [
            ("master", true),
            ("/usr/lib/postfix/sbin/master", true),
            ("/usr/sbin/master", false),
            ("mast", false),
        ] {
            assert_eq!(process.is_called(wanted), is, "{wanted}");
        }
        let odd = STAT.replace("(master)", "(a) b (c)");
        assert_eq!(Process::parse(&odd, b"", 1).map(|it| it.name), Some("a) b (c".to_owned()));
        let long = STAT.replace("(master)", "(systemd-network)");
        let long = Process::parse(&long, b"/lib/systemd/systemd-networkd\0", 1).expect("it");
        assert!(long.is_called("systemd-networkd"));
    }

    proptest! {
        #[test]
        fn ok_any_text_can_be_read(stat in ".*", line: Vec<u8>) {
            let _ = Process::parse(&stat, &line, 4096);
        }
    }
}
