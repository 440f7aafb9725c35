//! Builds the shared roots with mmdebstrap, once, whoever asks first.

mod apt;

use std::{
    fs, io,
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{Unavailable, io_error};
use crate::{cache, skip::announce};

/// What a root is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recipe<'a> {
    /// What is installed, and what it depends on.
    pub(super) packages: &'a [&'a str],
    /// What is downloaded with what it depends on, where something is to be installed later.
    pub(super) later: Option<&'a [&'a str]>,
}

/// The root of a recipe, which is complete and is not to be written to.
pub(super) fn shared_root(
    cache: &Path,
    name: &str,
    recipe: &Recipe,
) -> Result<PathBuf, Unavailable> {
    let roots = cache.join("roots");
    fs::create_dir_all(&roots).map_err(io_error("make the directory of shared roots"))?;
    let complete = roots.join(format!("{name}-{:016x}", fingerprint(recipe)));
    if complete.is_dir() {
        return Ok(complete);
    }
    let lock = cache::lock_file(&complete.with_extension("lock"))
        .and_then(|lock| lock.lock().map(|()| lock))
        .map_err(io_error("lock a shared root"))?;
    // Somebody else may have built it while this run waited for the lock.
    if !complete.is_dir() {
        build(name, recipe, &complete)?;
    }
    drop(lock);
    Ok(complete)
}

/// Builds under another name and renames at the end, so an interrupted build is never taken for a root.
fn build(name: &str, recipe: &Recipe, complete: &Path) -> Result<(), Unavailable> {
    let found = Command::new("mmdebstrap").arg("--version").stdout(Stdio::null()).status();
    if found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Err(Unavailable::NoTool { tool: "mmdebstrap" });
    }
    let work = complete.with_extension("building");
    remove(&work).map_err(io_error("remove a half-built root"))?;
    fs::create_dir_all(&work).map_err(io_error("make the directory of a build"))?;
    announce(&format!("building the Debian root {name} ({}), once", recipe.packages.join(" ")));
    let built = bootstrap(name, recipe, &work).and_then(|()| {
        neutralise(&work.join("root"), recipe)
            .map_err(io_error("detach the root from this machine"))?;
        fs::rename(work.join("root"), complete).map_err(io_error("keep the finished root"))
    });
    remove(&work).map_err(io_error("remove the directory of a build"))?;
    built
}

fn bootstrap(name: &str, recipe: &Recipe, work: &Path) -> Result<(), Unavailable> {
    let options = work.join("apt.conf");
    fs::write(&options, apt::options()).map_err(io_error("write apt options"))?;
    let sources = apt::write_sources(SUITE, work).map_err(io_error("read the apt sources"))?;
    // mmdebstrap puts a policy-rc.d and a start-stop-daemon in place that start nothing, and without
    // the right to mount it warns and goes on.
    let output = Command::new("timeout")
        .args(["--kill-after=10", BUILD_LIMIT_S, "mmdebstrap", "--mode=root"])
        .args(["--format=directory", "--variant=essential"])
        .args(UNWANTED.map(|path| format!("--dpkgopt=path-exclude={path}")))
        .arg(format!("--aptopt={}", options.display()))
        .arg(format!("--include={}", recipe.packages.join(",")))
        .args(keeping(recipe))
        .arg(SUITE)
        .arg(work.join("root"))
        .args(sources)
        .stdin(Stdio::null())
        .output()
        .map_err(io_error("run mmdebstrap"))?;
    if output.status.success() {
        return check_devices(name, &work.join("root"));
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let tail = lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n");
    let reason = format!("mmdebstrap ended with {}:\n{tail}", output.status);
    Err(Unavailable::Build { name: name.to_owned(), reason })
}

/// What lets apt install something later without the network.
fn keeping(recipe: &Recipe) -> Vec<String> {
    let Some(later) = recipe.later else {
        return Vec::new();
    };
    let mut arguments = vec!["--skip=cleanup/apt".to_owned()];
    if !later.is_empty() {
        let download =
            "APT_CONFIG=\"$MMDEBSTRAP_APT_CONFIG\" apt-get --yes --download-only install";
        arguments.push(format!("--customize-hook={download} {}", later.join(" ")));
    }
    arguments
}

/// Without the right to make device nodes, mmdebstrap leaves /dev empty, and servers hang in such a root.
fn check_devices(name: &str, root: &Path) -> Result<(), Unavailable> {
    let null = fs::symlink_metadata(root.join("dev/null"));
    if null.is_ok_and(|null| null.file_type().is_char_device()) {
        return Ok(());
    }
    let reason = "device nodes cannot be made here (no CAP_MKNOD)".to_owned();
    Err(Unavailable::Build { name: name.to_owned(), reason })
}

/// Takes the machine's name and resolver out of the root: its servers are to stay on loopback.
///
/// And the file lists of dpkg where nothing is installed later: they are most of what a copy has to copy.
fn neutralise(root: &Path, recipe: &Recipe) -> io::Result<()> {
    if recipe.later.is_none() {
        fs::remove_dir_all(root.join("var/lib/dpkg/info"))?;
    } else {
        // It leaves documentation out.
        fs::remove_file(root.join("etc/dpkg/dpkg.cfg.d/99mmdebstrap"))?;
    }
    let etc = root.join("etc");
    fs::write(etc.join("resolv.conf"), "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")?;
    fs::write(etc.join("hostname"), "mail.example.org\n")?;
    fs::write(etc.join("mailname"), "mail.example.org\n")?;
    fs::write(etc.join("hosts"), "127.0.0.1 localhost mail.example.org\n::1 localhost\n")
}

/// Removes a directory but nothing mounted in it: an interrupted build may have left the machine's
/// own /dev there.
fn remove(directory: &Path) -> io::Result<()> {
    let status =
        Command::new("rm").args(["-rf", "--one-file-system", "--"]).arg(directory).status()?;
    if status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("rm of {} failed", directory.display())))
}

/// FNV-1a over what a root is made of; it has to stay the same from one compiler to the next.
fn fingerprint(recipe: &Recipe) -> u64 {
    let mut packages = recipe.packages.to_vec();
    packages.sort_unstable();
    let later = recipe.later.map(|later| format!(" later {}", later.join(" ")));
    let recipe = format!("{SUITE} {RECIPE} {}{}", packages.join(" "), later.unwrap_or_default());
    recipe.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// To be raised with every change of how a root is built, so that old ones are not used any more.
const RECIPE: u32 = 2;
const SUITE: &str = "bookworm";
const UNWANTED: [&str; 4] =
    ["/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/man/*"];
const BUILD_LIMIT_S: &str = "900";
const LOG_LINES: usize = 6;
