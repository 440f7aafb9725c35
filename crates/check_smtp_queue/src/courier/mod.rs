//! Courier, by its directories.
//!
//! Its `mailq` is no way to look: it lists the messages that its user has sent, and to a user who
//! has sent none it says "0 messages".

mod control;
mod walk;

use std::path::{Path, PathBuf};

use mailhost_core::command;

use crate::facts::{Obstacle, Space, View, Way};
use crate::ledger::Ledger;
use crate::probe::MailSystem;
use crate::probe::budget::Budget;
use crate::probe::process;
use crate::probe::space::space;
use crate::queue::Mta;

/// Its queue directory.
#[derive(Debug)]
pub(crate) struct Spool {
    directory: PathBuf,
    installed: bool,
}

/// Whether it is installed.
pub(crate) fn is_installed() -> bool {
    // The spool stays when the package is removed.
    SPOOLS.iter().any(|spool| is_spool(Path::new(spool))) && command::find("courier").is_some()
}

/// Whether a directory looks like its queue directory.
pub(crate) fn is_spool(directory: &Path) -> bool {
    ["msgs", "msgq"].iter().all(|name| directory.join(name).is_dir())
}

/// The queue directory of the machine's own.
pub(crate) fn installed() -> Spool {
    let mut spools = SPOOLS.iter().map(PathBuf::from);
    let found = spools.find(|spool| is_spool(spool));
    Spool { directory: found.unwrap_or_else(|| PathBuf::from(SPOOLS[0])), installed: true }
}

/// A queue directory of which nothing else is known.
pub(crate) fn spool(directory: &Path) -> Spool {
    Spool { directory: directory.to_owned(), installed: false }
}

impl MailSystem for Spool {
    fn mta(&self) -> Mta {
        Mta::Courier
    }

    fn directory(&self) -> &Path {
        &self.directory
    }

    fn ways(&self, _wants_detail: bool) -> &'static [Way] {
        &[Way::Walk]
    }

    fn look(
        &self,
        ledger: &mut Ledger,
        _way: Way,
        count_only: bool,
        budget: &mut Budget,
    ) -> Result<(), Obstacle> {
        walk::walk(&self.directory, ledger, count_only, budget)
    }

    fn is_running(&self, _view: Option<&View>) -> Option<bool> {
        if self.installed { process::is_there("courierd") } else { None }
    }

    /// The room on the spool. How much of it Courier wants depends on what it has in memory.
    fn space(&self) -> Option<Space> {
        space(&self.directory, None, "")
    }
}

/// As Debian has it, as other distributions have it, and as its author has it.
const SPOOLS: [&str; 3] = ["/var/lib/courier", "/var/spool/courier", "/usr/lib/courier/var"];
