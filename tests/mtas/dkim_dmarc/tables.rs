//! OpenDKIM's own files, with which it has just signed, as `--key-table` and `--key-file`.

use mailhost_tests::{Account, Run};

use super::world::{World, told, world};
use crate::opendkim::{KEYS, Letter};

const OPENDKIM: Account = Account::user("opendkim");
const GOOD: &str = "OK - example.org DKIM 1 of 1 selector good";

#[test]
fn ok_and_critical_a_key_table() {
    let Some(world) = world() else { return };
    let table = "main example.org:s2048:/etc/dkimkeys/s2048.private\n\n# Next year's.\n\
                 next\texample.org:other:/etc/dkimkeys/other.private\n\
                 net  example.net:s1:/etc/dkimkeys/s1024.private\n";
    signs(world, "good", table, "*@example.org main\n", "s2048");
    for account in [Account::ROOT, OPENDKIM] {
        let run = look(world, account, &["--key-table", "/etc/opendkim/good.table", "-v"]);
        told(
            &run,
            "OK - example.org DKIM 2 of 2 selectors good",
            &[
                "[OK] key: selector s2048: RSA 2048 bits, SHA-256 HASH",
                "[OK] local-key: selector s2048 is the key of /etc/dkimkeys/s2048.private",
                "[OK] key: selector other: RSA 2048 bits, SHA-256 HASH",
                "[OK] local-key: selector other is the key of /etc/dkimkeys/other.private",
            ],
        );
    }
    told(
        &look(world, Account::NOBODY, &["--key-table", "/etc/opendkim/good.table", "-v"]),
        "OK - example.org DKIM 2 of 2 selectors good",
        &[
            "[OK] key: selector s2048: RSA 2048 bits, SHA-256 HASH",
            "[OK] local-key: selector s2048 was not compared with /etc/dkimkeys/s2048.private: permission denied; needs read rights on it",
            "[OK] key: selector other: RSA 2048 bits, SHA-256 HASH",
            "[OK] local-key: selector other was not compared with /etc/dkimkeys/other.private: permission denied; needs read rights on it",
        ],
    );
    // What it signs with is not what is published.
    let table = "main example.org:replaced:/etc/dkimkeys/s2048.private\n";
    let signed = sign(world, "wrong", table, "*@example.org main\n");
    assert!(signed.contains("s=replaced;"), "{signed}");
    told(
        &look(world, OPENDKIM, &["--key-table", "/etc/opendkim/wrong.table"]),
        "CRITICAL - example.org the key of selector replaced is not the one of /etc/dkimkeys/s2048.private, so what that signs fails: SHA...",
        &[
            "[CRITICAL] dkim-key-mismatch: the key of selector replaced is not the one of /etc/dkimkeys/s2048.private, so what that signs fails: SHA-256 HASH against HASH",
        ],
    );
    told(
        &look(world, Account::NOBODY, &["--key-table", "/etc/opendkim/wrong.table"]),
        GOOD,
        NOTHING,
    );
}

/// `%` is the domain of the author, in `d=` and in the path of the key alike.
#[test]
fn ok_a_key_table_for_every_domain() {
    let Some(world) = world() else { return };
    let root = world.signer.root();
    let directory = format!("{KEYS}/example.org");
    let owned = ["-o", "opendkim", "-g", "opendkim"];
    let install = |words: &[&str]| {
        root.run("install", &[&owned[..], words].concat()).expect("put a key in its place");
    };
    install(&["-d", "-m", "0700", &directory]);
    install(&["-m", "0600", &world.keys.rsa.file, &format!("{directory}/s2048.private")]);
    let table = "any %:s2048:/etc/dkimkeys/%/s2048.private\n";
    signs(world, "any", table, "*@example.org any\n", "s2048");
    told(
        &look(world, OPENDKIM, &["--key-table", "/etc/opendkim/any.table", "-v"]),
        GOOD,
        &[
            "[OK] key: selector s2048: RSA 2048 bits, SHA-256 HASH",
            "[OK] local-key: selector s2048 is the key of /etc/dkimkeys/example.org/s2048.private",
        ],
    );
}

#[test]
fn ok_the_options_as_debian_packages_them() {
    let Some(world) = world() else { return };
    let options = world.signer.packaged_options("example.org", "s2048", &world.keys.rsa);
    let signed = world.signer.sign_as(&options, &[Letter::of("s2048@example.org")]).remove(0);
    assert!(signed.contains("c=relaxed/simple; ") && signed.contains("Date:From;"), "{signed}");
    let run = world.verify(&signed, &[]);
    told(&run, "OK - dmarc=pass, example.org by DKIM of example.org", NOTHING);
    world.signer.root().write("/etc/opendkim/single.conf", options, 0o644).expect("write options");
    let words = ["--key-table", "/etc/opendkim/single.conf", "-v"];
    for (account, compared) in [
        (Account::ROOT, "is the key of /etc/dkimkeys/s2048.private"),
        (OPENDKIM, "is the key of /etc/dkimkeys/s2048.private"),
        (
            Account::NOBODY,
            "was not compared with /etc/dkimkeys/s2048.private: permission denied; needs read rights on it",
        ),
    ] {
        told(
            &look(world, account, &words),
            GOOD,
            &[
                "[OK] key: selector s2048: RSA 2048 bits, SHA-256 HASH",
                &format!("[OK] local-key: selector s2048 {compared}"),
            ],
        );
    }
}

/// Options that only name a table are no less OpenDKIM's.
#[test]
fn ok_options_that_name_a_key_table() {
    let Some(world) = world() else { return };
    let table = "main example.org:s2048:/etc/dkimkeys/s2048.private\n";
    signs(world, "named", table, "*@example.org main\n", "s2048");
    let options = "Mode\tsv\nKeyTable\trefile:/etc/opendkim/named.table\n\
                   SigningTable\trefile:/etc/opendkim/named.signing\nUserID\topendkim\n";
    world.signer.root().write("/etc/opendkim/named.conf", options, 0o644).expect("write options");
    told(
        &look(world, OPENDKIM, &["--key-table", "/etc/opendkim/named.conf", "-v"]),
        GOOD,
        &[
            "[OK] key: selector s2048: RSA 2048 bits, SHA-256 HASH",
            "[OK] local-key: selector s2048 is the key of /etc/dkimkeys/s2048.private",
        ],
    );
}

#[test]
fn ok_to_critical_key_files() {
    let Some(world) = world() else { return };
    let with = |account, selector, file| {
        look(world, account, &["--selector", selector, "--key-file", file])
    };
    told(&with(Account::ROOT, "s2048", "/etc/dkimkeys/s2048.private"), GOOD, NOTHING);
    // As dknewkey writes it.
    told(&with(Account::ROOT, "ed", "/etc/dkimkeys/ed.key"), GOOD, NOTHING);
    told(
        &with(Account::ROOT, "s2048", "/etc/dkimkeys/other.private"),
        "CRITICAL - example.org the key of selector s2048 is not the one of /etc/dkimkeys/other.private, so what that signs fails: SHA-25...",
        &[
            "[CRITICAL] dkim-key-mismatch: the key of selector s2048 is not the one of /etc/dkimkeys/other.private, so what that signs fails: SHA-256 HASH against HASH",
        ],
    );
    told(
        &with(Account::ROOT, "ed-replaced", "/etc/dkimkeys/ed.key"),
        "CRITICAL - example.org the key of selector ed-replaced is not the one of /etc/dkimkeys/ed.key, so what that signs fails: SHA-256...",
        &[
            "[CRITICAL] dkim-key-mismatch: the key of selector ed-replaced is not the one of /etc/dkimkeys/ed.key, so what that signs fails: SHA-256 HASH against HASH",
        ],
    );
    let why = "selector s2048 was not compared with /etc/dkimkeys/s2048.private: permission denied; needs read rights on it";
    told(
        &with(Account::NOBODY, "s2048", "/etc/dkimkeys/s2048.private"),
        &format!("UNKNOWN - example.org {why}"),
        &[format!("[UNKNOWN] not-looked-at: {why}")],
    );
}

/// Runs the plugin on the mail host.
fn look(world: &World, account: Account, words: &[&str]) -> Run {
    world.check_as(account, &[&["-d", "example.org", "--only", "dkim"], words].concat())
}

/// Lets OpenDKIM sign with these tables, which stay.
fn sign(world: &World, name: &str, keys: &str, authors: &str) -> String {
    let (table, signing) =
        (format!("/etc/opendkim/{name}.table"), format!("/etc/opendkim/{name}.signing"));
    for (path, content) in [(&table, keys), (&signing, authors)] {
        world.signer.root().write(path, content, 0o644).expect("write a table");
    }
    let options = format!("KeyTable refile:{table}\nSigningTable refile:{signing}\n");
    world.signer.sign(&options, &[Letter::of("s2048@example.org")]).remove(0)
}

/// The same, and what comes of it passes.
fn signs(world: &World, name: &str, keys: &str, authors: &str, selector: &str) {
    let signed = sign(world, name, keys, authors);
    assert!(signed.contains(&format!("s={selector};")), "{signed}");
    let run = world.verify(&signed, &[]);
    told(&run, "OK - dmarc=pass, example.org by DKIM of example.org", NOTHING);
}

const NOTHING: &[&str] = &[];
