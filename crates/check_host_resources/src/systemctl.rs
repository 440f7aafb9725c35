//! What `systemctl show` says of units.

use serde::Serialize;

/// A unit of systemd.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Unit {
    /// Its full name.
    pub(crate) name: String,
    /// `loaded`, `not-found`, `masked`, `bad-setting`, `error`.
    pub(crate) load: String,
    /// `active`, `inactive`, `failed`, `activating`, `deactivating`, `reloading`.
    pub(crate) active: String,
    /// What that comes to: `running`, `exited`, `dead`, `auto-restart`, ...
    pub(crate) sub: String,
    /// Why it failed: `exit-code`, `signal`, `timeout`, `start-limit-hit`, ...
    pub(crate) result: String,
    /// How often systemd has started it again since somebody did; 0 where it is too old to say.
    pub(crate) restarts: u64,
}

/// What to ask for.
pub(crate) const PROPERTIES: &str = "--property=Id,LoadState,ActiveState,SubState,Result,NRestarts";

/// The units in the order in which they were asked for: blocks of `NAME=VALUE`, with an empty line between
/// them. `None` when there are not so many.
pub(crate) fn units(lines: &[String], wanted: usize) -> Option<Vec<Unit>> {
    let blocks = lines.split(String::is_empty).filter(|block| !block.is_empty());
    let units: Option<Vec<Unit>> = blocks.map(unit).collect();
    units.filter(|units| units.len() == wanted)
}

fn unit(block: &[String]) -> Option<Unit> {
    let field = |name: &str| {
        let value = block.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
        Some(value.to_owned())
    };
    Some(Unit {
        name: field("Id")?,
        load: field("LoadState")?,
        active: field("ActiveState")?,
        sub: field("SubState")?,
        // Targets and the like have neither.
        result: field("Result").unwrap_or_default(),
        restarts: field("NRestarts").and_then(|it| it.parse().ok()).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn ok_each_unit_in_its_block() {
        let text = "Result=success\nNRestarts=3\nId=postfix@-.service\nLoadState=loaded\n\
                    ActiveState=active\nSubState=running\n\nId=gone.service\nLoadState=not-found\n\
                    ActiveState=inactive\nSubState=dead";
        let lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
        let units = super::units(&lines, 2).expect("them");
        assert_eq!((units[0].name.as_str(), units[0].restarts), ("postfix@-.service", 3));
        assert_eq!((units[1].load.as_str(), units[1].result.as_str()), ("not-found", ""));
        assert_eq!(super::units(&lines, 3), None);
        assert_eq!(super::units(&lines[..3], 1), None);
        assert_eq!(super::units(&[], 1), None);
    }
}
