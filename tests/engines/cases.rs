//! What the engines are given to run: something good and something bad for each plugin.

use mailhost_tests::World;
use mailhost_tests::packages::PLUGINS;

/// One check, under a name that every engine takes for a service or a command.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// `rbl-good`.
    pub(crate) name: String,
    /// `check_rbl`.
    pub(crate) plugin: &'static str,
    pub(crate) args: Vec<String>,
    /// What it ends as.
    pub(crate) state: i32,
}

/// A good one and a bad one for each plugin.
pub(crate) fn cases(world: &World) -> Vec<Case> {
    let both = |plugin: &&'static str| {
        let case = |kind: &str, args, state| {
            let name = format!("{}-{kind}", plugin.trim_start_matches("check_"));
            Case { name, plugin, args, state }
        };
        [case("good", world.good(plugin), 0), case("bad", world.bad(plugin), 2)]
    };
    PLUGINS.iter().flat_map(both).collect()
}
