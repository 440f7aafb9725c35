//! Selectors and keys from the signers' own files: `--key-table`.

use std::fs;

use demo_host::dns::Zone;
use tempfile::TempDir;

use crate::support::{ED25519, RSA_2048, bare, check, run, well};

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn file(directory: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = directory.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

fn private(key: &crate::support::Key) -> Vec<u8> {
    key.0.private_key_to_pem_pkcs8().unwrap()
}

/// Every form in which the selector `s1` with its key at `{key}` can be said.
const FORMS: &[&str] = &[
    // OpenDKIM's KeyTable.
    "# keys\nfirst d.example:s1:{key}\nsecond\tother.example:s9:/nonexistent\n",
    "first %:s1:{key}\n",
    // opendkim.conf.
    "Syslog yes\nMode sv\nDomain d.example\nSelector s1\nKeyFile {key}\nSocket inet:8891@localhost\n",
    "Domain other.example, D.example\nSelector s1\nKeyFile {key}\n",
    // rspamd's dkim_signing.conf.
    "allow_username_mismatch = true;\nselector = \"s1\";\npath = \"{key}\";\n",
    "domain {\n  d.example {\n    path = \"{key}\";\n    selector = \"s1\";\n  }\n  other.example { \
     selector = \"s9\"; path = \"/nonexistent\"; }\n}\n",
    "domain { d.example { selectors [ { path: \"{key}\"; selector: \"s1\" } ] } }\n",
    "selector = \"s9\"; path = \"/nonexistent\";\n\
     domain { d.example { selector = s1; path = \"{key}\" } }\n",
    "selector = \"s1\"; path = \"/nonexistent\"; domain { d.example { path = \"{key}\" } }\n",
    // Exim's transport, and Debian's macros.
    "first:\n  dkim_domain = other.example\n  dkim_selector = s9\n  dkim_private_key = /nonexistent\n\
     second:\n  dkim_domain = d.example\n  dkim_selector = s1\n  dkim_private_key = {key}\n",
    "remote_smtp:\n  driver = smtp\n  dkim_domain = d.example\n  dkim_selector = s1\n  \
     dkim_private_key = {key}\n",
    "DKIM_CANON = relaxed\nDKIM_SELECTOR = s1\nDKIM_DOMAIN = ${lc:${domain:$h_from:}}\n\
     DKIM_PRIVATE_KEY = {key}\n",
];

#[test]
fn ok_the_local_key_is_the_published_one() {
    let directory = directory();
    let key = file(&directory, "s1.private", private(&RSA_2048));
    for form in FORMS {
        let table = file(&directory, "table", form.replace("{key}", &key));
        let said = check(&well(), &format!("--key-table {table} -v"));
        assert_eq!(
            said.verdict(),
            "OK - d.example DMARC p=reject, DKIM 1 of 1 selector good",
            "{form}"
        );
        said.shows(&format!("[OK] local-key: selector s1 is the key of {key}"));
        said.ends_as("OK");
    }
}

#[test]
fn critical_the_local_key_is_another_one() {
    let directory = directory();
    let key = file(&directory, "s1.private", private(&ED25519));
    for form in FORMS {
        let table = file(&directory, "table", form.replace("{key}", &key));
        check(&well(), &format!("--key-table {table}")).finds(&format!(
            "[CRITICAL] dkim-key-mismatch: the key of selector s1 is not the one of {key}, so what that \
             signs fails: SHA-256 {} against {}",
            RSA_2048.fingerprint(),
            ED25519.fingerprint()
        ));
    }
}

/// A monitor may not read private keys, and nobody has asked it to.
#[test]
fn ok_the_local_key_cannot_be_read() {
    let directory = directory();
    for form in FORMS {
        let table = file(&directory, "table", form.replace("{key}", "/nonexistent/key"));
        let said = check(&well(), &format!("--key-table {table} -v"));
        said.shows(
            "[OK] local-key: selector s1 was not compared with /nonexistent/key: no such file",
        );
        said.ends_as("OK");
    }
}

#[test]
fn ok_paths_in_which_the_signer_puts_names() {
    let directory = directory();
    let key = file(&directory, "d.example.s1.key", private(&RSA_2048));
    let base = directory.path().display();
    for form in [
        format!(
            "domain {{ d.example {{ selector = s1; path = {base}/$domain.$selector.key }} }}\n"
        ),
        format!(
            "dkim_domain = d.example\ndkim_selector = s1\ndkim_private_key = \
             {base}/$dkim_domain.$dkim_selector.key\n"
        ),
    ] {
        let table = file(&directory, "table", &form);
        let said = check(&well(), &format!("--key-table {table} -v"));
        said.shows(&format!("[OK] local-key: selector s1 is the key of {key}"));
        said.ends_as("OK");
    }
}

/// rspamd's settings as they come: one selector and one path for all domains.
#[test]
fn critical_a_path_for_all_domains_is_looked_at() {
    let directory = directory();
    let key = file(&directory, "d.example.s1.key", private(&ED25519));
    let base = directory.path().display();
    let form = format!("selector = \"s1\";\npath = \"{base}/$domain.$selector.key\";\n");
    let table = file(&directory, "table", form);
    check(&well(), &format!("--key-table {table}")).finds(&format!(
        "[CRITICAL] dkim-key-mismatch: the key of selector s1 is not the one of {key}, so what that \
         signs fails: SHA-256 {} against {}",
        RSA_2048.fingerprint(),
        ED25519.fingerprint()
    ));
}

/// `KeyTable` of opendkim.conf(5): in a path, too, the sign stands for the domain.
#[test]
fn critical_a_path_with_a_percent_sign_is_looked_at() {
    let directory = directory();
    let key = file(&directory, "d.example.private", private(&ED25519));
    let table =
        file(&directory, "table", format!("a %:s1:{}/%.private\n", directory.path().display()));
    check(&well(), &format!("--key-table {table}")).finds(&format!(
        "[CRITICAL] dkim-key-mismatch: the key of selector s1 is not the one of {key}, so what that \
         signs fails: SHA-256 {} against {}",
        RSA_2048.fingerprint(),
        ED25519.fingerprint()
    ));
}

#[test]
fn ok_a_form_that_names_no_key() {
    let directory = directory();
    for form in ["d.example s1\nother.example x\n", "Selector s1\n", "DKIM_SELECTOR = s1\n"] {
        let table = file(&directory, "table", form);
        let said = check(&well(), &format!("--key-table {table} -v"));
        assert_eq!(
            said.verdict(),
            "OK - d.example DMARC p=reject, DKIM 1 of 1 selector good",
            "{form}"
        );
        assert!(!said.findings().contains(&"[OK] local-key"), "{}", said.stdout);
        said.ends_as("OK");
    }
}

#[test]
fn critical_a_selector_of_a_table_has_no_key() {
    let directory = directory();
    let table = file(&directory, "table", "a d.example:s1:/x\nb d.example:2026:/y\n");
    let said = check(&well(), &format!("--key-table {table}"));
    said.finds(
        "[CRITICAL] dkim-selector-missing: selector 2026 has no key: the selector is wrong, or its key \
         is gone",
    );
    assert_eq!(said.metric("selectors_ok"), Some("1"));
}

#[test]
fn ok_tables_and_options_together() {
    let directory = directory();
    let key = file(&directory, "key", private(&RSA_2048));
    let first = file(&directory, "first", format!("a d.example:s1:{key}\n"));
    let second = file(&directory, "second", "d.example s2\n");
    let words = format!("--selector s1 --key-table {first} --key-table {second} --guess -v");
    let said = check(&well(), &words);
    assert_eq!(said.verdict(), "OK - d.example DMARC p=reject, DKIM 2 of 2 selectors good");
    said.shows(&format!("[OK] local-key: selector s1 is the key of {key}"));
    // What was asked for counts, whatever a table says.
    let wrong = file(&directory, "wrong", "a d.example:s1:/nonexistent\n");
    let said = check(&well(), &format!("--selector s1 --key-file {key} --key-table {wrong} -v"));
    said.shows(&format!("[OK] local-key: selector s1 is the key of {key}"));
    said.ends_as("OK");
}

/// The signer's own file says that it signs with a key that is gone: whatever is said of that, all is
/// not well.
#[test]
fn critical_a_retired_selector_still_signs() {
    let directory = directory();
    let table =
        file(&directory, "table", "a d.example:old:/nonexistent\nb d.example:s1:/nonexistent\n");
    let said = check(&well(), &format!("--selector s1 --retired old --key-table {table}"));
    said.shows(
        "[WARNING] dkim-retired: selector old is retired, and the key table still signs with it",
    );
    said.says(
        "CRITICAL - d.example selector old has no key: the selector is wrong, or its key is gone (+1 more)",
        &["[CRITICAL] dkim-selector-missing", "[WARNING] dkim-retired"],
    );
}

#[test]
fn ok_the_same_selector_of_several_domains() {
    let directory = directory();
    let table = file(
        &directory,
        "table",
        "a other.example:s1:/x\nb d.example:s2:/y\nc sub.d.example:s3:/z\n",
    );
    check(&well(), &format!("--key-table {table}"))
        .says("OK - d.example DMARC p=reject, DKIM 1 of 1 selector good", &[]);
}

#[test]
fn unknown_a_table_that_is_of_no_use() {
    let directory = directory();
    let other = file(&directory, "other", "a other.example:s1:/x\n");
    let strange = file(&directory, "strange", "root:x:0:0:root:/root:/bin/bash\n");
    let empty = file(&directory, "empty", "");
    let large = file(&directory, "large", vec![b'\n'; (4 << 20) + 1]);
    let base = directory.path().display().to_string();
    let form = "names no selector in a form that is known (OpenDKIM, rspamd or Exim)";
    for (path, line) in [
        (other.clone(), format!("{other} names no selector for d.example")),
        (strange.clone(), format!("{strange} {form}")),
        (empty.clone(), format!("{empty} {form}")),
        (large.clone(), format!("reading {large}: it is larger than 4 MiB")),
        (base.clone(), format!("reading {base}: it is no regular file")),
        ("/dev/zero".to_owned(), "reading /dev/zero: it is no regular file".to_owned()),
    ] {
        run(&well(), &format!("-d d.example --key-table {path}"))
            .says_only(&format!("UNKNOWN - {line}"));
    }
}

/// As a key file that is missing is called.
#[test]
fn unknown_a_table_that_is_missing() {
    run(&well(), "-d d.example --key-table /nonexistent/t")
        .says_only("UNKNOWN - reading /nonexistent/t: no such file");
}

#[test]
fn unknown_a_selector_of_a_table_that_can_be_none() {
    let directory = directory();
    for (form, name) in
        [("a d.example:two..dots:/x\n", "two..dots"), ("DKIM_SELECTOR = {mail}\n", "{mail}")]
    {
        let table = file(&directory, "table", form);
        // It is the file that is wrong, not the option.
        run(&well(), &format!("-d d.example --key-table {table}")).says_only(&format!(
            "UNKNOWN - {table} names the selector \"{name}\", which is not one"
        ));
    }
}

#[test]
fn unknown_a_relative_path() {
    bare("-d d.example --key-table table").says_only(
        "UNKNOWN - invalid value 'table' for '--key-table (FILE)': an absolute path is wanted; see --help",
    );
}

#[test]
fn unknown_a_file_that_means_harm() {
    let directory = directory();
    let deep = "{".repeat(100_000);
    for text in [format!("domain {deep}"), "\"".repeat(10_000), "a [".repeat(10_000)] {
        let table = file(&directory, "table", &text);
        check(&Zone::new(), &format!("--key-table {table}")).says_only(&format!(
            "UNKNOWN - {table} names no selector in a form that is known (OpenDKIM, rspamd or Exim)"
        ));
    }
}

#[test]
fn critical_a_table_of_thousands() {
    let directory = directory();
    let many: String =
        (0..3000).map(|at| format!("k{at} d.example:s{at}:/nonexistent/{at}\n")).collect();
    let table = file(&directory, "table", &many);
    let said = check(&well(), &format!("--only dkim --key-table {table}"));
    said.ends_as("CRITICAL");
    assert!(said.stdout.len() < 65_536, "{}", said.stdout.len());
    assert_eq!(said.metric("selectors_ok"), None);
}
