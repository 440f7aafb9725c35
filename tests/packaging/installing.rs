//! Install, upgrade, remove and purge the .deb.

use std::fs;

use mailhost_tests::packages::{DEB, DIRECTORY, PACKAGE, PLUGINS, fresh_root, install};
use mailhost_tests::{Account, DebianRoot, World, skip};

use crate::systemctl::{self, ENABLED};

/// What somebody does who has never heard of any of it.
#[test]
fn ok_a_stranger_installs_it_and_every_plugin_checks_something() {
    let root = match fresh_root() {
        Ok(root) => root,
        Err(reason) => return skip("packaging/stranger", reason),
    };
    root.run("dpkg", &["-s", "libssl3"]).expect_err("what the package depends on is not there");
    install(&root, PACKAGE);
    root.run("dpkg", &["-s", "libssl3"]).expect("it came with the package");
    let world = World::around(&root);
    for plugin in PLUGINS {
        let path = format!("{DIRECTORY}/{plugin}");
        let help = root.installed(Account::ROOT, &path).args(["--help"]).run();
        assert_eq!((help.code, help.stderr.as_str()), (3, ""), "{plugin}");
        assert!(help.stdout.contains("Usage: "), "{}", help.stdout);
        let run = root.installed(Account::ROOT, &path).args(world.good(plugin)).run().held();
        assert_eq!((run.state(), run.code), (Some("OK"), 0), "{}", run.stdout);
    }
}

#[test]
fn ok_an_edited_file_survives_an_upgrade_and_a_purge_leaves_nothing() {
    let root = match fresh_root() {
        Ok(root) => root,
        Err(reason) => return skip("packaging/upgrade", reason),
    };
    install(&root, PACKAGE);
    let edited = root.join(CONFFILE);
    let content = fs::read_to_string(&edited).expect("the packaged file") + "# ours\n";
    fs::write(&edited, &content).expect("an edited file");
    let remembered = "/var/lib/mailhost-plugins/nagios/kept";
    root.write(remembered, "", 0o600).expect("a state file");
    root.write(SERVED, "", 0o644).expect("a result for Prometheus");
    assert!(!root.join(ENABLED).exists(), "nothing runs that nobody has asked for");

    upgrade(&root);
    assert_eq!(fs::read_to_string(&edited).expect("still there"), content);
    assert!(fs::read_to_string(root.join(&format!("{CONFFILE}.dpkg-dist"))).is_ok());
    assert_eq!(links(&root), PLUGINS.len());

    root.run("dpkg", &["--remove", DEB]).expect("removed");
    assert!(!root.join(DIRECTORY).exists());
    assert_eq!(links(&root), 0);
    assert_eq!(fs::read_to_string(&edited).expect("kept until a purge"), content);
    assert!(root.join(remembered).exists());
    assert!(!root.join(SERVED).exists(), "nothing says any more how it is");
    systemctl::enable(&root);

    root.run("dpkg", &["--purge", DEB]).expect("purged");
    for gone in [
        CONFFILE,
        "/var/lib/mailhost-plugins",
        "/etc/mailhost",
        "/etc/zabbix",
        "/etc/nagios-plugins",
        ENABLED,
    ] {
        assert!(fs::symlink_metadata(root.join(gone)).is_err(), "{gone}");
    }
}

/// What is enabled runs, also after a removal, which leaves it enabled.
#[test]
fn ok_only_a_timer_that_is_enabled_is_started_and_a_removal_stops_it() {
    let root = match fresh_root() {
        Ok(root) => root,
        Err(reason) => return skip("packaging/timer", reason),
    };
    systemctl::install(&root);
    install(&root, PACKAGE);
    assert_eq!(systemctl::told(&root), [RELOAD]);
    systemctl::enable(&root);
    upgrade(&root);
    let started = [RELOAD, "--quiet --system start mailhost-textfile.timer"];
    let told = systemctl::told(&root);
    assert!(told.ends_with(&started.map(str::to_owned)), "{told:?}");
    root.run("dpkg", &["--remove", DEB]).expect("removed");
    let stopped = ["stop mailhost-textfile.timer mailhost-textfile.service", RELOAD];
    assert_eq!(systemctl::told(&root), stopped);
    root.run("dpkg", &["-i", PACKAGE]).expect("installed again");
    assert_eq!(systemctl::told(&root), started);
}

/// A link that an administrator made of one of the names is not the package's to take away.
#[test]
fn ok_a_link_of_the_administrators_own_stays() {
    let root = match fresh_root() {
        Ok(root) => root,
        Err(reason) => return skip("packaging/links", reason),
    };
    let own = format!("{LINKS}/mailhost_rbl");
    fs::create_dir_all(root.join(LINKS)).expect("the directory");
    root.run("ln", &["-s", "/usr/local/bin/my_rbl", &own]).expect("a link");
    install(&root, PACKAGE);
    root.run("dpkg", &["--purge", DEB]).expect("purged");
    let target = fs::read_link(root.join(&own)).expect("it is still there");
    assert_eq!(target.to_str(), Some("/usr/local/bin/my_rbl"));
    assert_eq!(links(&root), 1);
}

/// What somebody has put where the links would be: a script of his own, or no directory at all.
#[test]
fn ok_what_is_in_the_way_of_the_links_stays_and_does_not_stop_the_installation() {
    let root = match fresh_root() {
        Ok(root) => root,
        Err(reason) => return skip("packaging/in-the-way", reason),
    };
    let own = format!("{LINKS}/mailhost_rbl");
    root.write(&own, "#!/bin/sh\n", 0o755).expect("a script");
    install(&root, PACKAGE);
    assert_eq!(fs::read_to_string(root.join(&own)).expect("still there"), "#!/bin/sh\n");
    assert_eq!(links(&root), PLUGINS.len() - 1);

    fs::remove_dir_all(root.join(LINKS)).expect("the directory");
    root.write(LINKS, "", 0o644).expect("a file");
    fs::remove_dir(root.join("/var/lib/mailhost-plugins")).expect("nothing is remembered");
    root.run("ln", &["-s", "/nowhere/at/all", "/var/lib/mailhost-plugins"]).expect("a link");
    root.run("dpkg", &["-i", PACKAGE]).expect("installed again");
    root.run("dpkg", &["--purge", DEB]).expect("purged");
}

/// Makes a newer version of the package, with another text of a conffile, and installs it.
fn upgrade(root: &DebianRoot) {
    let script = format!(
        "cd /root && dpkg-deb -R {PACKAGE} new && sed -i 's/^Version: .*/&+new/' new/DEBIAN/control \
         && echo '# new' >>new{CONFFILE} && dpkg-deb --build new new.deb \
         && dpkg --force-confdef --force-confold -i new.deb"
    );
    root.run("sh", &["-c", &script]).expect("an upgrade");
}

/// How many links to plugins Debian's Zabbix server has.
fn links(root: &DebianRoot) -> usize {
    let entries = fs::read_dir(root.join(LINKS));
    entries.map_or(0, |entries| {
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| fs::read_link(path).is_ok()).count()
    })
}

const CONFFILE: &str = "/etc/nagios/nrpe.d/mailhost.cfg";
const SERVED: &str = "/var/lib/prometheus/node-exporter/mailhost_queue.prom";
const RELOAD: &str = "--system daemon-reload";
const LINKS: &str = "/etc/zabbix/externalscripts";
