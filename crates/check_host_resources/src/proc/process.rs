//! `/proc/N/stat` and `/proc/N/cmdline`: one process.

use std::path::{Path, PathBuf};

use serde::Serialize;

/// What is looked at of a process.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    /// Its name, of which the kernel keeps 15 characters.
    pub(crate) name: String,
    /// The program that it was started with, up to the first blank: some write there what they do. Empty of
    /// the kernel's own.
    pub(crate) program: String,
    /// The first argument, or the first one behind the options of an interpreter: for a script its path.
    #[serde(skip)]
    pub(crate) argument: String,
    /// The file of the program, where that was looked at and may be seen.
    #[serde(skip)]
    pub(crate) file: File,
    /// `R` running, `S` sleeping, `D` waiting for a disk, `Z` ended and not yet taken note of, ...
    pub(crate) state: char,
    /// Bytes of memory that it has for itself and with others (RSS).
    pub(crate) resident: u64,
    /// Bytes of addresses (VSZ).
    pub(crate) addresses: u64,
    pub(crate) threads: u64,
    /// Seconds since it was started; none where a container has a time of its own.
    pub(crate) age: Option<f64>,
}

/// The file that a process runs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum File {
    /// Under its own name, and under those that lead to it of what is asked for.
    Is(Vec<PathBuf>),
    /// This user may not see it.
    Hidden,
    /// It has none, or nobody asked.
    #[default]
    None,
}

/// What is needed to read numbers in the units of the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// Bytes of a page of memory.
    pub(crate) page: u64,
    /// Ticks of a second, above 0.
    pub(crate) ticks: u64,
    /// Seconds since the machine was started.
    pub(crate) uptime: f64,
}

impl Process {
    /// Reads both files; `None` when the first one is none.
    pub(crate) fn parse(stat: &str, command_line: &[u8], file: File, scale: Scale) -> Option<Self> {
        // The name may hold blanks and brackets.
        let (before, after) = stat.rsplit_once(") ")?;
        let (pid, name) = before.split_once('(')?;
        let mut fields = after.split_whitespace();
        let state = fields.next()?.chars().next()?;
        let mut number = |skip: usize| fields.nth(skip)?.parse::<u64>().ok();
        // The 20th, 22nd, 23rd and 24th of the file.
        let (threads, begun, addresses, pages) = (number(16)?, number(1)?, number(0)?, number(0)?);
        let mut words = command_line.split(|byte| *byte == 0).map(word);
        let program = words.next().unwrap_or_default();
        let argument = argument(&program, words);
        Some(Self {
            name: name.to_owned(),
            program,
            argument,
            file,
            state,
            pid: pid.trim().parse().ok()?,
            resident: pages.saturating_mul(scale.page),
            addresses,
            threads,
            // One that was started in this very moment may seem to be younger than now.
            age: Some(scale.uptime - seconds(begun, scale.ticks))
                .filter(|age| *age > -1.0)
                .map(|age| age.max(0.0)),
        })
    }

    /// Whether it is meant by a name, or by the path of its program.
    pub(crate) fn is_called(&self, wanted: &str) -> bool {
        if wanted.starts_with('/') {
            let is_file = matches!(&self.file, File::Is(names) if names.iter().any(|it| it == Path::new(wanted)));
            // The kernel names a process after its script, or after what interprets it.
            let is_script = self.argument == wanted
                && (self.is_named_like(wanted) || interpreter(&self.program).is_some());
            return is_file || is_script || self.program == wanted;
        }
        // Some daemons write what they do behind their name: "dovecot/auth", "nginx: master".
        let first = self.program.split(':').next().unwrap_or_default();
        if last(first) == wanted || first == wanted {
            return true;
        }
        if interpreter(&self.program).is_some() && last(&self.argument) == wanted {
            return true;
        }
        // Where the kernel has cut the name, the program may tell that it is another one.
        let tells =
            last(first).starts_with(&self.name) || last(&self.argument).starts_with(&self.name);
        let is_cut = wanted.chars().count() > NAME;
        self.is_named_like(wanted) && !(is_cut && tells && last(&self.argument) != wanted)
    }

    /// Whether only its file could tell that it is meant by a path, and this user may not see that.
    pub(crate) fn may_be_called(&self, wanted: &str) -> bool {
        let is_hidden = wanted.starts_with('/') && self.file == File::Hidden;
        is_hidden && self.is_named_like(wanted) && !self.is_called(wanted)
    }

    /// Whether it has ended and nobody has taken note. One whose threads go on has not.
    pub(crate) fn is_zombie(&self) -> bool {
        matches!(self.state, 'X' | 'Z') && self.threads <= 1
    }

    /// Whether the kernel has the name of that program, or as much of it as it keeps.
    fn is_named_like(&self, program: &str) -> bool {
        self.name == last(program).chars().take(NAME).collect::<String>()
    }
}

/// A word of a command line, up to its first blank.
fn word(bytes: &[u8]) -> String {
    let word = String::from_utf8_lossy(bytes);
    word.split(' ').next().unwrap_or_default().to_owned()
}

/// What a program was given to work on: the first word, for interpreters the script.
fn argument(program: &str, mut words: impl Iterator<Item = String>) -> String {
    let Some(interpreter) = interpreter(program) else {
        return words.next().unwrap_or_default();
    };
    while let Some(word) = words.next() {
        match interpreter.reads(&word) {
            Word::Script => return word,
            Word::Text => return String::new(),
            Word::Option => {}
            Word::OptionAndNext => {
                words.next();
            }
        }
    }
    String::new()
}

/// A program that runs scripts, and which letters of its options matter.
#[derive(Clone, Copy)]
struct Interpreter {
    name: &'static str,
    /// What follows is to be run itself, so that there is no file.
    text: &'static str,
    /// What follows, or the rest of the word, is the option's value.
    value: &'static str,
}

/// What a word of an interpreter's command line is.
enum Word {
    Option,
    OptionAndNext,
    Script,
    Text,
}

impl Interpreter {
    fn reads(self, word: &str) -> Word {
        let Some(letters) = word.strip_prefix('-') else {
            return Word::Script;
        };
        if let Some(long) = letters.strip_prefix('-') {
            let is_text = ["eval", "print", "run"].contains(&long);
            return if is_text { Word::Text } else { Word::Option };
        }
        for (at, letter) in letters.char_indices() {
            if self.text.contains(letter) {
                return Word::Text;
            }
            if self.value.contains(letter) {
                let is_last = at + letter.len_utf8() == letters.len();
                return if is_last { Word::OptionAndNext } else { Word::Option };
            }
        }
        Word::Option
    }
}

/// The interpreter that a program is, in any of its versions.
fn interpreter(program: &str) -> Option<Interpreter> {
    let name = last(program).trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let rows = [
        ("bash", "c", "oO"),
        ("dash", "c", "o"),
        ("lua", "e", "l"),
        ("node", "ep", "r"),
        ("perl", "eE", "ADIM"),
        ("php", "rBE", "cdz"),
        ("python", "cm", "WX"),
        ("ruby", "e", "CEIr"),
        ("sh", "c", "o"),
    ];
    rows.into_iter()
        .map(|(name, text, value)| Interpreter { name, text, value })
        .find(|it| it.name == name)
}

/// The name of a file.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "a thousandth of a second is enough")]
fn seconds(ticks: u64, each: u64) -> f64 {
    ticks as f64 / each as f64
}

/// Characters of a name that the kernel keeps.
const NAME: usize = 15;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SCALE: Scale = Scale { page: 4096, ticks: 100, uptime: 100.0 };
    const STAT: &str = "812 (master) S 1 812 812 0 -1 4194560 900 0 0 0 5 3 0 0 20 0 1 0 900 44298240 \
                        1300 18446744073709551615 1 1 0 0 0 0 0 0 0\n";

    #[test]
    fn ok_scripts_and_what_runs_them() {
        let named = |line: &str, name: &str| {
            let line = line.replace(' ', "\0") + "\0";
            let stat = STAT.replace("imap-login", "python3");
            Process::parse(&stat, line.as_bytes(), File::None, SCALE)
                .is_some_and(|it| it.is_called(name))
        };
        for line in [
            "python3 /opt/milterd.py",
            "/usr/bin/python3.11 -u -W ignore -X dev /opt/milterd.py --port 1",
            "python3 -Wignore /opt/milterd.py",
            "/bin/sh -e /opt/milterd.py",
            "bash -o pipefail -eu /opt/milterd.py",
            "perl -I/usr/share/perl5 -wT /opt/milterd.py",
            "node --trace-warnings -r fs /opt/milterd.py",
        ] {
            assert!(named(line, "milterd.py") && named(line, "/opt/milterd.py"), "{line}");
        }
        for line in [
            "sh -c milterd.py",
            "sh -ec milterd.py",
            "bash -lc milterd.py",
            "perl -we milterd.py",
            "python3 -m milterd.py",
            "python3 -Bc milterd.py",
            "node -r milterd.py -e 1",
            "node --eval milterd.py",
            "vi milterd.py",
        ] {
            assert!(!named(line, "milterd.py"), "{line}");
        }
    }

    #[test]
    fn ok_a_process_and_what_it_is_called() {
        let program = b"/usr/lib/postfix/sbin/master\0-w\0";
        let process = Process::parse(STAT, program, File::None, SCALE).expect("it");
        assert_eq!((process.name.as_str(), process.state), ("master", 'S'));
        assert_eq!((process.pid, process.resident), (812, 1300 * 4096));
        assert_eq!((process.addresses, process.threads), (44_298_240, 1));
        assert!(process.age.is_some_and(|age| (age - 91.0).abs() < 1e-9), "{:?}", process.age);
        for (wanted, is) in [
            ("master", true),
            ("/usr/lib/postfix/sbin/master", true),
            ("/usr/sbin/master", false),
            ("mast", false),
        ] {
            assert_eq!(process.is_called(wanted), is, "{wanted}");
        }
        let odd = STAT.replace("(master)", "(a) b (c)");
        assert_eq!(
            Process::parse(&odd, b"", File::None, SCALE).map(|it| it.name),
            Some("a) b (c".to_owned())
        );
        let long = STAT.replace("(master)", "(systemd-network)");
        let long = Process::parse(&long, b"/lib/systemd/systemd-networkd\0", File::None, SCALE)
            .expect("it");
        assert!(long.is_called("systemd-networkd"));
        // Its file is known where this user may see it; a script is the first argument of its interpreter.
        let login = Process::parse(
            STAT,
            b"dovecot/imap-login\0",
            File::Is(vec!["/usr/lib/x".into()]),
            SCALE,
        );
        let login = login.expect("it");
        for wanted in ["dovecot/imap-login", "imap-login", "/usr/lib/x"] {
            assert!(login.is_called(wanted), "{wanted}");
        }
        // Two that are alike in the first 15 characters.
        let cut = STAT.replace("(master)", "(prometheus-post)");
        let cut = |line: &[u8]| Process::parse(&cut, line, File::None, SCALE).expect("it");
        let exporter = cut(b"/usr/bin/prometheus-postgres-exporter\0--x\0");
        assert!(exporter.is_called("prometheus-postgres-exporter"));
        assert!(!exporter.is_called("prometheus-postfix-exporter"));
        // It does not tell.
        assert!(cut(b"").is_called("prometheus-postfix-exporter"));
        let hidden = Process::parse(STAT, b"smtpd\0", File::Hidden, SCALE).expect("it");
        assert!(hidden.may_be_called("/usr/lib/master") && !hidden.may_be_called("master"));
        assert!(!hidden.may_be_called("/usr/lib/smtpd"));
        let titled = Process::parse(STAT, b"sleep --password=x\0", File::None, SCALE).expect("it");
        assert_eq!(titled.program, "sleep");
        let script = STAT.replace("(master)", "(milter.sh)");
        let script = |line: &[u8]| Process::parse(&script, line, File::None, SCALE).expect("it");
        assert!(script(b"/bin/sh\0/opt/milter.sh\0").is_called("/opt/milter.sh"));
        assert!(!script(b"vi\0/opt/other.sh\0").is_called("/opt/other.sh"));
    }

    proptest! {
        #[test]
        fn ok_any_text_can_be_read(stat in ".*", line: Vec<u8>) {
            let _ = Process::parse(&stat, &line, File::None, SCALE);
        }
    }
}
