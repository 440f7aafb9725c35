//! What the packaged plugins say without any engine, which is what an engine has to keep.

use mailhost_tests::packages::{DIRECTORY, PLUGINS, beside_others};
use mailhost_tests::{Account, DebianRoot, World, skip};

use crate::recorded::Recorded;

/// Runs a packaged plugin in a root, as an engine's user does.
pub(crate) fn said(
    root: &DebianRoot,
    user: &'static str,
    plugin: &str,
    args: Vec<String>,
) -> Recorded {
    let path = format!("{DIRECTORY}/{plugin}");
    Recorded::of(&root.installed(Account::user(user), &path).args(args).run().held())
}

#[test]
fn ok_and_critical_every_plugin_has_a_good_case_and_a_bad_one() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("engines/cases", reason),
    };
    let world = World::around(&root);
    for plugin in PLUGINS {
        let good = said(&root, "nagios", plugin, world.good(plugin));
        assert_eq!(good.state, 0, "{plugin}: {good:?}");
        let bad = said(&root, "nagios", plugin, world.bad(plugin));
        assert_eq!(bad.state, 2, "{plugin}: {bad:?}");
    }
}
