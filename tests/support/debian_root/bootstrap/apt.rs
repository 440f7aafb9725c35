//! Where this machine's apt downloads Debian from, and how.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// The machine's proxy, certificate, date and retry settings, for an apt that works on another root.
pub(super) fn options() -> String {
    let dump = Command::new("apt-config").args(["dump", "--format", "%F \"%v\";%n"]).output();
    let dump = dump.map(|output| output.stdout).unwrap_or_default();
    let mut options: String = String::from_utf8_lossy(&dump)
        .lines()
        .filter(|line| OPTIONS.iter().any(|prefix| line.starts_with(prefix)))
        // A list's own name has an empty value, which would not parse as a setting of the list.
        .filter(|line| !line.ends_with("\"\";"))
        .flat_map(|line| [line, "\n"])
        .collect();
    // The cache may lie where apt's own user cannot go.
    options.push_str("APT::Sandbox::User \"root\";\nAPT::Install-Recommends \"false\";\n");
    options
}

/// Writes the machine's sources of `suite` to files in `directory`, one per format, and gives their
/// paths; none of them means that mmdebstrap's own default is used.
pub(super) fn write_sources(suite: &str, directory: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut lines, mut stanzas) = (String::new(), String::new());
    for path in source_files() {
        let content = fs::read_to_string(&path)?;
        if path.extension().is_some_and(|extension| extension == "sources") {
            stanzas.extend(debian_stanzas(&content, suite));
        } else {
            lines.extend(debian_lines(&content, suite));
        }
    }
    let mut written = Vec::new();
    for (name, content) in [("lines.list", lines), ("stanzas.sources", stanzas)] {
        if !content.is_empty() {
            written.push(directory.join(name));
            fs::write(directory.join(name), content)?;
        }
    }
    Ok(written)
}

fn source_files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir("/etc/apt/sources.list.d")
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    files.retain(|path| {
        path.extension().is_some_and(|extension| extension == "list" || extension == "sources")
    });
    files.push(PathBuf::from("/etc/apt/sources.list"));
    files.retain(|path| path.is_file());
    files.sort();
    files
}

/// Lines of the one-line format that name the suite or its updates.
fn debian_lines(content: &str, suite: &str) -> Vec<String> {
    let wanted = |line: &&str| {
        line.starts_with("deb ")
            && line.split_whitespace().any(|word| is_suite(word, suite))
            && is_debians_key(line.to_ascii_lowercase().contains("signed-by"), line)
    };
    content.lines().map(str::trim).filter(wanted).map(|line| format!("{line}\n")).collect()
}

/// Stanzas of the deb822 format whose suites are all the wanted one or its updates.
fn debian_stanzas(content: &str, suite: &str) -> Vec<String> {
    let uncommented: Vec<&str> =
        content.lines().map(str::trim_end).filter(|line| !line.starts_with('#')).collect();
    let stanzas = uncommented.split(|line| line.is_empty());
    let wanted = |stanza: &&[&str]| {
        let field = |name: &str| {
            stanza.iter().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        let mut suites = field("Suites").unwrap_or_default().split_whitespace().peekable();
        let signed_by = field("Signed-By");
        field("Types").is_some_and(|types| types.split_whitespace().any(|word| word == "deb"))
            && field("Enabled").is_none_or(|value| !value.eq_ignore_ascii_case("no"))
            && suites.peek().is_some()
            && suites.all(|word| is_suite(word, suite))
            && is_debians_key(signed_by.is_some(), signed_by.unwrap_or_default())
    };
    stanzas.filter(wanted).map(|stanza| format!("{}\n\n", stanza.join("\n"))).collect()
}

/// `bookworm`, `bookworm-updates`, `bookworm-security`, and the old `bookworm/updates`.
fn is_suite(word: &str, suite: &str) -> bool {
    word.strip_prefix(suite).is_some_and(|rest| {
        rest.is_empty() || rest.starts_with(['-', '/']) && !rest.starts_with("-backports")
    })
}

/// Another vendor's archive may use Debian's suite names, but not Debian's key.
fn is_debians_key(has_key: bool, text: &str) -> bool {
    !has_key || text.contains("debian-archive")
}

const OPTIONS: [&str; 6] = [
    "Acquire::Check-",
    "Acquire::ForceIPv",
    "Acquire::Retries",
    "Acquire::http:",
    "Acquire::https:",
    "Acquire::Queue-Mode",
];

#[cfg(test)]
mod tests {
    use super::{debian_lines, debian_stanzas};

    #[test]
    fn lines_of_the_suite_are_taken_and_other_vendors_left_out() {
        let content = "# a comment\n\
            deb http://deb.example.org/debian bookworm main # the archive\n\
            deb-src http://deb.example.org/debian bookworm main\n\
            deb http://deb.example.org/debian bookworm-updates main\n\
            deb http://deb.example.org/debian bookworm-backports main\n\
            deb http://deb.example.org/debian trixie main\n\
            deb [signed-by=/usr/share/keyrings/vendor.gpg] https://example.com/apt bookworm main\n\
            deb https://example.com/apt vendor-bookworm main\n";
        let expected = [
            "deb http://deb.example.org/debian bookworm main # the archive\n",
            "deb http://deb.example.org/debian bookworm-updates main\n",
        ];
        assert_eq!(debian_lines(content, "bookworm"), expected);
    }

    #[test]
    fn stanzas_of_the_suite_are_taken_and_other_vendors_left_out() {
        let debian = "Types: deb\nURIs: http://deb.example.org/debian\n\
            Suites: bookworm bookworm-updates\nComponents: main\n\
            Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg";
        let content = format!(
            "# comments go\n{debian}\n\n{}\n\n{}\n\n{}\n",
            debian.replace("Types: deb", "Types: deb-src"),
            debian.replace("debian-archive-keyring", "vendor"),
            format_args!("Enabled: no\n{debian}"),
        );
        assert_eq!(debian_stanzas(&content, "bookworm"), [format!("{debian}\n\n")]);
        assert!(debian_stanzas(&content, "trixie").is_empty());
    }
}
