//! Where the plugins' binaries are.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// Why there are no binaries.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BinariesError {
    #[error(
        "{plugin} is not in {directory}: run cargo build --workspace --bins, or set MAILHOST_BIN_DIR"
    )]
    Missing { plugin: &'static str, directory: String },
    #[error("cargo build: {0}")]
    Build(ExitStatus),
    #[error("running cargo: {0}")]
    Cargo(#[source] io::Error),
    #[error("looking for the program's own directory: {0}")]
    Own(#[source] io::Error),
    #[error("MAILHOST_BIN_DIR, {directory}: {error}")]
    Given { directory: String, error: io::Error },
}

/// The directory of the binaries: `MAILHOST_BIN_DIR`, or the one this program itself is in, where
/// they are built first when it was started by cargo.
pub(crate) fn directory() -> Result<PathBuf, BinariesError> {
    if let Some(given) = env::var_os("MAILHOST_BIN_DIR").filter(|given| !given.is_empty()) {
        let given = PathBuf::from(given);
        // The plugins run in another directory, where a relative path would lead elsewhere.
        return given.canonicalize().map_err(|error| BinariesError::Given {
            directory: given.display().to_string(),
            error,
        });
    }
    let own = env::current_exe().map_err(BinariesError::Own)?;
    let own = own.parent().unwrap_or(Path::new("/"));
    if let Some(cargo) = env::var_os("CARGO") {
        build(Path::new(&cargo), own)?;
    }
    Ok(own.to_path_buf())
}

/// Makes sure that `plugin` is in `directory`.
pub(crate) fn require(directory: &Path, plugin: &'static str) -> Result<(), BinariesError> {
    if directory.join(plugin).is_file() {
        return Ok(());
    }
    Err(BinariesError::Missing { plugin, directory: directory.display().to_string() })
}

/// Builds every binary of the workspace into `own`, with the profile this program was built with.
fn build(cargo: &Path, own: &Path) -> Result<(), BinariesError> {
    let profile = match own.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let mut command = Command::new(cargo);
    command
        .args(["build", "--locked", "--workspace", "--bins"])
        // This program runs already, and would only be replaced under its own feet.
        .args(["--exclude", env!("CARGO_PKG_NAME"), "--profile", profile])
        .arg("--target-dir")
        .arg(own.parent().unwrap_or(own))
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let status = command.status().map_err(BinariesError::Cargo)?;
    if status.success() { Ok(()) } else { Err(BinariesError::Build(status)) }
}
