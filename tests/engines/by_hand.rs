//! What the packaged plugins say without any engine, which is what an engine has to keep.

use mailhost_tests::packages::{DIRECTORY, beside_others};
use mailhost_tests::{Account, DebianRoot, Plugin, Unavailable, World, skip};

use crate::cases::cases;
use crate::recorded::Recorded;

/// Runs a packaged plugin in a root, as an engine's user does.
pub(crate) fn said(
    root: &DebianRoot,
    user: &'static str,
    plugin: &str,
    args: Vec<String>,
) -> Recorded {
    let plugin = root.installed(Account::user(user), &path(plugin));
    Recorded::of(&plugin.args(args).run().held())
}

/// The same with the machine's /proc, for what an engine that cannot do without it has run.
///
/// # Errors
/// [`Unavailable`] where nothing can be mounted.
pub(crate) fn with_proc(
    root: &DebianRoot,
    user: &'static str,
    plugin: &str,
) -> Result<Plugin, Unavailable> {
    root.installed_with_proc(Account::user(user), &path(plugin))
}

/// Where a plugin of the package is.
pub(crate) fn path(plugin: &str) -> String {
    format!("{DIRECTORY}/{plugin}")
}

#[test]
fn ok_and_critical_every_plugin_has_a_good_case_and_a_bad_one() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("engines/cases", reason),
    };
    let world = World::around(&root);
    for case in cases(&world) {
        let recorded = said(&root, "nagios", case.plugin, case.args);
        assert_eq!(recorded.state, case.state, "{}: {recorded:?}", case.name);
    }
}
