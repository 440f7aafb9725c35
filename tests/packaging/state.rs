//! The directory of the state files, which several engines share.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use mailhost_tests::packages::{DIRECTORY, PACKAGE, fresh_root, install};
use mailhost_tests::{Account, DebianRoot, World, skip};

#[test]
fn ok_every_engine_remembers_and_none_locks_another_out() {
    let root = match fresh_root() {
        Ok(root) => root,
        Err(reason) => return skip("packaging/state", reason),
    };
    install(&root, PACKAGE);
    let mode = fs::metadata(root.join(PARENT)).expect("the package makes it").permissions().mode();
    assert_eq!(mode & 0o7777, 0o1777);
    let world = World::around(&root);
    for (user, number) in [("nagios", 4001), ("zabbix", 4002), ("icinga", 4003)] {
        add(&root, user, number);
    }
    // Whoever comes first, all of them twice.
    for user in ["nagios", "zabbix", "icinga", "zabbix", "nagios", "icinga"] {
        let plugin = root.installed(Account::user(user), &format!("{DIRECTORY}/check_mx_spf"));
        let run = plugin.args(world.good("check_mx_spf")).run().held();
        assert_eq!(run.code, 0, "{user}: {}", run.stdout);
        assert!(!run.stdout.contains("state-unusable"), "{user}: {}", run.stdout);
        let own = fs::metadata(root.join(&format!("{PARENT}/{user}"))).expect("its directory");
        assert_eq!(own.permissions().mode() & 0o7777, 0o700, "{user}");
        let files = fs::read_dir(root.join(&format!("{PARENT}/{user}"))).expect("its files");
        let uids = files.map(|file| file.expect("a file").metadata().expect("its owner").uid());
        let uids: Vec<u32> = uids.collect();
        assert!(!uids.is_empty() && uids.iter().all(|uid| *uid == own.uid()), "{user}: {uids:?}");
    }
}

/// A user as an engine's package makes one.
fn add(root: &DebianRoot, user: &str, number: u32) {
    for (file, line) in [
        ("/etc/passwd", format!("{user}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin\n")),
        ("/etc/group", format!("{user}:x:{number}:\n")),
    ] {
        let before = fs::read_to_string(root.join(file)).expect("the users");
        root.write(file, before + &line, 0o644).expect("one user more");
    }
}

const PARENT: &str = "/var/lib/mailhost-plugins";
