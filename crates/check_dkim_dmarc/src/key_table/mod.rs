//! The files in which signers are told their selectors and keys.

mod exim;
mod opendkim;
mod rspamd;

use std::path::{Path, PathBuf};

use mailhost_core::file;

/// One selector that signs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Entry {
    /// The domain it signs for; `None` where that is any.
    pub(crate) domain: Option<String>,
    pub(crate) selector: String,
    /// Where its private key is, if the file says so, with what stands for the domain and the selector
    /// in that signer's files.
    pub(crate) key: Option<String>,
}

/// The selectors in a file that sign for a domain, and their local keys; each once.
///
/// # Errors
/// Why there are none, as a sentence that names the file.
pub(crate) fn read(path: &Path, domain: &str) -> Result<Vec<(String, Option<PathBuf>)>, String> {
    let shown = path.display();
    let text = load(path)?;
    // Options may name a table; it counts then.
    let all = match opendkim::table_of(&text) {
        Some(Ok(table)) => entries(&load(&table)?),
        Some(Err(table)) => {
            return Err(format!("{shown} names the key table {table}, which is no file"));
        }
        None => entries(&text),
    };
    if all.is_empty() {
        return Err(format!(
            "{shown} names no selector in a form that is known (OpenDKIM, rspamd or Exim)"
        ));
    }
    let of_domain =
        |entry: &&Entry| entry.domain.as_ref().is_some_and(|of| of.eq_ignore_ascii_case(domain));
    let mut signing: Vec<&Entry> = all.iter().filter(of_domain).collect();
    // Those for any domain are for the ones that are not named.
    if signing.is_empty() {
        signing = all.iter().filter(|entry| entry.domain.is_none()).collect();
    }
    let mut found: Vec<(String, Option<PathBuf>)> = Vec::new();
    for entry in signing {
        if !found.iter().any(|(selector, _)| *selector == entry.selector) {
            let key = entry.key.as_ref().and_then(|key| filled(key, domain, &entry.selector));
            found.push((entry.selector.clone(), key));
        }
    }
    if found.is_empty() {
        return Err(format!("{shown} names no selector for {domain}"));
    }
    Ok(found)
}

fn load(path: &Path) -> Result<String, String> {
    let bytes = file::read(path, LARGEST);
    let bytes = bytes.map_err(|why| format!("reading {}: {why}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads a text in the form that it has.
pub(crate) fn entries(text: &str) -> Vec<Entry> {
    let readers =
        [opendkim::table, exim::options, opendkim::options, rspamd::settings, rspamd::map];
    readers.into_iter().map(|read| read(text)).find(|found| !found.is_empty()).unwrap_or_default()
}

/// The lines of a text without those that are empty or begin with `#`.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A path with the domain and the selector in the places that the signers have for them.
fn filled(path: &str, domain: &str, selector: &str) -> Option<PathBuf> {
    let path = path.replace("$dkim_selector", selector).replace("$selector", selector);
    let path = path.replace("$dkim_domain", domain).replace("$domain", domain).replace('%', domain);
    // What is left depends on the message.
    (path.starts_with('/') && !path.contains('$')).then(|| PathBuf::from(path))
}

/// Bytes of a file.
const LARGEST: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |entry: Entry| {
            let domain = entry.domain.unwrap_or("*".to_owned());
            let key = entry.key.unwrap_or_default();
            format!("{domain} {} {key}", entry.selector)
        };
        entries(text).into_iter().map(show).collect()
    }

    #[test]
    fn ok_opendkim() {
        let table = "# a table\nkey1 example.org:2026a:/etc/dkimkeys/a.private\n\n\
            key2\texample.net:mail:/etc/dkimkeys/b.private\nany %:s1:/etc/dkimkeys/c\n\
            inline example.com:x:MIICXQIBAAKBgQ\n";
        assert_eq!(
            shown(table),
            [
                "example.org 2026a /etc/dkimkeys/a.private",
                "example.net mail /etc/dkimkeys/b.private",
                "* s1 /etc/dkimkeys/c",
                "example.com x ",
            ]
        );
        let options = "Mode sv\nDomain  example.org, example.net\nSelector\t2026a\n\
            KeyFile /etc/dkimkeys/a.private\nSocket local:/run/opendkim/opendkim.sock\n";
        assert_eq!(
            shown(options),
            [
                "example.org 2026a /etc/dkimkeys/a.private",
                "example.net 2026a /etc/dkimkeys/a.private",
            ]
        );
        assert_eq!(shown("Selector mail\n"), ["* mail "]);
        // Comments may stand behind a value, and the last value counts.
        assert_eq!(
            shown("domain a.example # ours\nselector s1 # old\nselector s7 # new\nkeyfile /k/a\n"),
            ["a.example s7 /k/a"]
        );
        assert_eq!(shown("k1 a.example:s1:/k/a # ours\n"), ["a.example s1 /k/a"]);
    }

    #[test]
    fn ok_rspamd() {
        let settings = "# settings\nselector = \"dkim\";\npath = \"/var/lib/rspamd/dkim/$domain.$selector.key\";\n\
            allow_username_mismatch = true; /* a comment */\n\
            domain {\n  example.org {\n    selectors [\n      { path: \"/k/a.key\"; selector: \"2026a\" },\n\
            \x20     { path: \"/k/b.key\"; selector: \"2026b\" }\n    ]\n  }\n\
            \x20 example.net { path = \"/k/$domain.key\"; selector = net }\n}\n";
        assert_eq!(
            shown(settings),
            [
                "example.org 2026a /k/a.key",
                "example.org 2026b /k/b.key",
                "example.net net /k/$domain.key",
                "* dkim /var/lib/rspamd/dkim/$domain.$selector.key",
            ]
        );
        // What a domain leaves out stands above it.
        let inherited = "selector = \"all\"; path = \"/k/$selector.key\";\n\
            domain { a.example { path = \"/k/a.key\" } \"b.example\" { selector = 'b' } c.example {} }";
        assert_eq!(
            shown(inherited),
            [
                "a.example all /k/a.key",
                "b.example b /k/$selector.key",
                "c.example all /k/$selector.key",
                "* all /k/$selector.key",
            ]
        );
        assert_eq!(shown(&format!("dkim_signing {{ {inherited} }}")).len(), 4);
        for other in ["selector_map = \"/m\";", "try_fallback = false;"] {
            assert_eq!(shown(&format!("{other} {inherited}")).len(), 3);
        }
        assert_eq!(
            shown("example.org 2026a\n*.example.net mail\n"),
            ["example.org 2026a ", "*.example.net mail "]
        );
    }

    #[test]
    fn ok_exim() {
        let macros = "DKIM_CANON = relaxed\nDKIM_SELECTOR = 20260101\nDKIM_DOMAIN = ${lc:${domain:$h_from:}}\n\
            DKIM_PRIVATE_KEY = /etc/exim4/dkim/private.key\n";
        assert_eq!(shown(macros), ["* 20260101 /etc/exim4/dkim/private.key"]);
        let transport = "remote_smtp:\n  driver = smtp\n  dkim_domain = example.org : example.net\n\
            \x20 dkim_selector = a:b\n  dkim_private_key = /k/$dkim_domain.$dkim_selector.pem\n";
        assert_eq!(
            shown(transport),
            [
                "example.org a /k/$dkim_domain.$dkim_selector.pem",
                "example.org b /k/$dkim_domain.$dkim_selector.pem",
                "example.net a /k/$dkim_domain.$dkim_selector.pem",
                "example.net b /k/$dkim_domain.$dkim_selector.pem",
            ]
        );
        let several = "a:\n dkim_domain = a.example\n dkim_selector = one\n dkim_private_key = /k/a\n\
            b:\n dkim_domain = b.example\n.ifdef X\n dkim_selector = two\n dkim_private_key = /k/b\n\
            .else\n dkim_selector = three\n dkim_private_key = /k/c\n.endif\n";
        assert_eq!(shown(several), ["a.example one /k/a", "b.example two ", "b.example three "]);
        let macros = "MY_SEL = s1\na:\n dkim_selector = MY_SEL\n dkim_domain = a.example\n";
        assert_eq!(shown(macros), ["a.example s1 "]);
        let macros = "YEAR = 2025\nYEAR == 2026\nSEL = sYEAR\nd:\n dkim_domain = a.example : \\\n  b.example\n\
            dkim_selector = \"SEL\"\n dkim_private_key = /k/SEL.pem\n";
        assert_eq!(shown(macros), ["a.example s2026 /k/s2026.pem", "b.example s2026 /k/s2026.pem"]);
        assert_eq!(shown("dkim_selector = <; a ; b\n"), ["* a ", "* b "]);
        assert_eq!(shown("dkim_selector = MY_SEL\n"), [""; 0]);
        // Debian's own transport only names the macros.
        assert_eq!(shown(".ifdef DKIM_SELECTOR\ndkim_selector = DKIM_SELECTOR\n.endif\n"), [""; 0]);
        assert_eq!(shown("dkim_selector = ${lookup{$dkim_domain}lsearch{/x}}\n"), [""; 0]);
    }

    #[test]
    fn ok_options_that_name_a_table() {
        let table = |text| opendkim::table_of(text)?.ok().map(|path| path.display().to_string());
        for text in ["KeyTable refile:/k/t\n", "Selector x\nkeytable\t/k/t\n", "KeyTable file:/k/t"]
        {
            assert_eq!(table(text).as_deref(), Some("/k/t"), "{text}");
        }
        let database = "Selector x\nKeyTable dsn:mysql://x/y\n";
        assert_eq!(opendkim::table_of(database), Some(Err("dsn:mysql://x/y".to_owned())));
        for text in ["", "Selector x\n", "#KeyTable /k/t\n"] {
            assert_eq!(table(text), None, "{text}");
        }
    }

    #[test]
    fn ok_places_for_the_domain_and_the_selector() {
        let path = |text: &str| {
            let path = filled(text, "d.example", "s1")?;
            Some(path.display().to_string())
        };
        for text in
            ["/k/$domain.$selector.key", "/k/$dkim_domain.$dkim_selector.key", "/k/%.s1.key"]
        {
            assert_eq!(path(text).as_deref(), Some("/k/d.example.s1.key"), "{text}");
        }
        assert_eq!(path("/k/${lookup{x}}"), None);
        assert_eq!(path("k/a.key"), None);
    }

    #[test]
    fn unknown_files_of_something_else() {
        for text in [
            "",
            "hello",
            "\0\0",
            "one two three\n",
            "root:x:0:0:root:/root:/bin/bash\n",
            "{{{{",
            "a = [",
            "selector",
        ] {
            assert_eq!(shown(text), [""; 0], "{text}");
        }
        let says = |path: &str| read(Path::new(path), "example.org");
        assert_eq!(says("/nonexistent"), Err("reading /nonexistent: no such file".to_owned()));
        assert_eq!(
            says("/etc/passwd"),
            Err("/etc/passwd names no selector in a form that is known (OpenDKIM, rspamd or Exim)"
                .to_owned())
        );
    }
}
