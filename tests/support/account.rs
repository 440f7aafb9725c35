//! Who a command in a Debian root runs as.

use std::{path::Path, process::Command};

/// A user of a root, as a monitoring agent may run under: alone, in one more group, or hardened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    user: &'static str,
    group: &'static str,
    gains_privileges: bool,
}

impl Account {
    /// The superuser.
    pub const ROOT: Account = Account::user("root");
    /// The user with no rights of its own.
    pub const NOBODY: Account = Account::user("nobody");

    /// A user by its name in the root, in no group but its first.
    pub const fn user(user: &'static str) -> Account {
        Account { user, group: "", gains_privileges: true }
    }

    /// The same user in one supplementary group.
    #[must_use]
    pub const fn in_group(self, group: &'static str) -> Account {
        Account { group, ..self }
    }

    /// The same user, for whom set-user-ID and set-group-ID programs are ordinary ones: what
    /// `NoNewPrivileges=yes` makes of an agent.
    #[must_use]
    pub const fn without_new_privileges(self) -> Account {
        Account { gains_privileges: false, ..self }
    }

    /// Adds to a `chroot` command everything between its name and the program in `root`.
    pub(crate) fn enter(self, command: &mut Command, root: &Path) {
        command
            .arg(format!("--userspec={}", self.user))
            // Empty means none; without it chroot would look for the user's groups.
            .arg(format!("--groups={}", self.group))
            .arg(root);
        if !self.gains_privileges {
            command.args(["setpriv", "--no-new-privs"]);
        }
    }
}
