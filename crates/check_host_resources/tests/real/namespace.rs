//! Mounts that only one run of the program sees.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::{fs, process::Command};

use mailhost_tests::{Plugin, Run, skip};
use tempfile::TempDir;

use crate::copy_program;

/// A directory to mount things on, which is empty for everybody else.
pub(crate) struct Place {
    /// Part of the name under which it is skipped.
    test: &'static str,
    directory: TempDir,
}

impl Place {
    /// None where nothing can be mounted, which has been said then.
    pub(crate) fn new(test: &'static str) -> Option<Self> {
        let tried = Command::new("unshare").args(["--mount", "true"]).output();
        let why = match tried {
            Ok(output) if output.status.success() => {
                // Not every user may enter a temporary directory.
                let directory = tempfile::Builder::new().prefix("host").tempdir().unwrap();
                fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
                return Some(Self { test, directory });
            }
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => format!("unshare: {error}"),
        };
        skip(&format!("host_resources/{test}"), why);
        None
    }

    /// A path in it, as it shows in what is said.
    pub(crate) fn join(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs a shell script in a namespace of its own, in this directory, and in it the program: `"$@"`. The script
    /// leaves with status 9 when this machine cannot do what it wants.
    pub(crate) fn run(&self, script: &str, words: &str) -> Option<Run> {
        let program = Path::new(env!("CARGO_BIN_EXE_check_host_resources"));
        self.run_copy(&["--mount"], script, program, words)
    }

    /// The same in other namespaces, with a copy of the program that every user can reach.
    pub(crate) fn run_for_all(&self, kinds: &[&str], script: &str, words: &str) -> Option<Run> {
        let copy = self.directory.path().join("check_host_resources");
        copy_program(env!("CARGO_BIN_EXE_check_host_resources"), &copy);
        self.run_copy(kinds, script, &copy, words)
    }

    fn run_copy(&self, kinds: &[&str], script: &str, program: &Path, words: &str) -> Option<Run> {
        let script = format!("set -e\ncd '{}'\n{script}", self.directory.path().display());
        let run = Plugin::at(Path::new("/usr/bin/unshare"))
            .args(kinds)
            .args(["--propagation", "private", "sh", "-c", &script, "sh"])
            .args([program])
            .args(words.split(' '))
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .run();
        if run.code == IMPOSSIBLE {
            skip(&format!("host_resources/{}", self.test), run.stderr.trim());
            return None;
        }
        Some(run.held())
    }
}

/// What a script leaves with.
const IMPOSSIBLE: i32 = 9;
