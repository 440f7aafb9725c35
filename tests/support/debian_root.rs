//! Debian packages installed into a throw-away root, so that a real server can be run and thrown away.
//!
//! A root is built once into the cache and never written again; [`DebianRoot::prepare`] hands out
//! private copies of it. Nothing of the machine itself is installed, configured, started or stopped.

mod bootstrap;

use std::{
    collections::BTreeSet,
    fs::{self, File, Permissions},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{self, Command, Output},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bootstrap::Recipe;
use thiserror::Error;

use crate::{
    account::Account,
    cache,
    keeper::Keeper,
    plugin::{Plugin, binary},
};

/// A private copy of a Debian installation; it and every process in it are gone after the drop, or
/// after the end of the test process.
#[derive(Debug)]
pub struct DebianRoot {
    path: PathBuf,
    // Cleans up when dropped, so before the lock goes.
    _keeper: Keeper,
    _lock: File,
}

impl DebianRoot {
    /// Gives a root with `packages` and what they depend on; `name` is for people and for the cache.
    ///
    /// The first call with a set of packages downloads them with apt, from where this machine's own
    /// apt is set up to download, and takes about a minute; calls after it take a fraction of a
    /// second. Test runs at the same time wait for one build and then share it.
    ///
    /// # Errors
    /// [`Unavailable`] when this machine cannot have such a root, which is a reason to
    /// [`skip`](crate::skip()).
    pub fn prepare(name: &str, packages: &[&str]) -> Result<DebianRoot, Unavailable> {
        DebianRoot::of(name, &Recipe { packages, later: None })
    }

    /// Gives a root as [`prepare`](DebianRoot::prepare) does, in which packages can still be installed:
    /// dpkg and apt are there and know what is installed, and apt has `later` with what that depends
    /// on, downloaded and not installed. Nothing is left out of a package that comes into it.
    ///
    /// # Errors
    /// As [`prepare`](DebianRoot::prepare).
    pub fn prepare_for_installing(
        name: &str,
        packages: &[&str],
        later: &[&str],
    ) -> Result<DebianRoot, Unavailable> {
        let packages = &[packages, &["apt"]].concat();
        DebianRoot::of(name, &Recipe { packages, later: Some(later) })
    }

    fn of(name: &str, recipe: &Recipe) -> Result<DebianRoot, Unavailable> {
        if !is_root().map_err(io_error("read the user id of this process"))? {
            return Err(Unavailable::NotRoot);
        }
        let cache = cache::directory().map_err(io_error("make the cache directory"))?;
        let shared = bootstrap::shared_root(&cache, name, recipe)?;
        private_copy(&cache, &shared, name)
    }

    /// The directory on the machine that is `/` for the commands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where `inside`, an absolute path in the root, is on the machine.
    ///
    /// An absolute link in it would lead out of the root: say `/run`, not `/var/run`.
    pub fn join(&self, inside: &str) -> PathBuf {
        self.path.join(inside.trim_start_matches('/'))
    }

    /// Writes a file of `inside` with its permission bits, and makes the directories above it.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write(&self, inside: &str, content: impl AsRef<[u8]>, mode: u32) -> io::Result<()> {
        let path = self.join(inside);
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        // A new file: writing through a hard link would change the shared root.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::write(&path, content)?,
        }
        fs::set_permissions(&path, Permissions::from_mode(mode))?;
        // Postfix waits two seconds for a configuration file that somebody may still be writing.
        File::open(&path)?.set_modified(SystemTime::now() - Duration::from_hours(1))
    }

    /// A command of the superuser whose `/` is this root, with a small, fixed environment.
    ///
    /// Nothing is mounted in a root: there is no /proc.
    pub fn command(&self, program: &str) -> Command {
        self.command_as(Account::ROOT, program)
    }

    /// The same as somebody else.
    pub fn command_as(&self, account: Account, program: &str) -> Command {
        self.enter(Command::new("chroot"), account, program)
    }

    /// The same with the machine's /proc, for programs that cannot do without, and the root as a file
    /// system that is mounted. Both are mounted where nobody but this command sees it, and are gone with it.
    ///
    /// # Errors
    /// [`Unavailable`] where nothing can be mounted, a reason to [`skip`](crate::skip()).
    pub fn command_with_proc(
        &self,
        account: Account,
        program: &str,
    ) -> Result<Command, Unavailable> {
        let apart = |script: &str| {
            let mut command = Command::new("unshare");
            command.args(["--mount", "--propagation", "private", "sh", "-c", script, "chroot"]);
            command
        };
        let possible = apart(":").output().is_ok_and(|output| output.status.success());
        if !possible {
            return Err(Unavailable::NoMounts);
        }
        let mut command = apart(
            "mount --bind \"$1\" \"$1\" && mount --rbind /proc \"$1/proc\" && shift && exec chroot \"$@\"",
        );
        command.arg(&self.path);
        Ok(self.enter(command, account, program))
    }

    fn enter(&self, mut chroot: Command, account: Account, program: &str) -> Command {
        account.enter(&mut chroot, &self.path);
        chroot
            .arg(program)
            .env_clear()
            .envs([("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("HOME", "/root"), ("LANG", "C")])
            .current_dir("/");
        chroot
    }

    /// One of our plugins, run in this root: it sees the mail server's files where they would be on a
    /// mail host.
    ///
    /// # Panics
    /// As [`Plugin::named`], and when the binary cannot be copied.
    pub fn plugin(&self, account: Account, name: &str) -> Plugin {
        let inside = format!("{PLUGINS}/{name}");
        let copy = self.install(&binary(name), &inside);
        copy.unwrap_or_else(|error| panic!("copy {name} into a root: {error}"));
        Plugin::command(self.command_as(account, &inside))
    }

    /// A plugin that a package brought into the root.
    pub fn installed(&self, account: Account, path: &str) -> Plugin {
        Plugin::command(self.command_as(account, path))
    }

    /// The same where it sees the machine's /proc.
    ///
    /// # Errors
    /// As [`command_with_proc`](DebianRoot::command_with_proc).
    pub fn installed_with_proc(&self, account: Account, path: &str) -> Result<Plugin, Unavailable> {
        self.command_with_proc(account, path).map(Plugin::command)
    }

    /// Copies a program into the root, once, where every user may run it.
    fn install(&self, program: &Path, inside: &str) -> io::Result<()> {
        static COPYING: Mutex<()> = Mutex::new(());
        let _one_at_a_time = COPYING.lock().unwrap_or_else(PoisonError::into_inner);
        let to = self.join(inside);
        if to.is_file() {
            return Ok(());
        }
        // Not by this process: a child that another thread forks meanwhile would hold the copy open
        // for writing, and then it could not be run. The directory gets mode 0755, whatever the umask.
        let status =
            Command::new("install").args(["-D", "-m", "0755"]).arg(program).arg(to).status()?;
        if status.success() {
            return Ok(());
        }
        Err(io::Error::other(format!("install ended with {status}")))
    }

    /// Runs a command in the root to its end.
    ///
    /// # Errors
    /// When it cannot be run, or ends with another status than 0 (the error holds its output).
    pub fn run(&self, program: &str, arguments: &[&str]) -> io::Result<Output> {
        let output = self.command(program).args(arguments).output()?;
        if output.status.success() {
            return Ok(output);
        }
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        Err(io::Error::other(format!("{program} {arguments:?}: {}: {said}", output.status)))
    }
}

/// Why this machine cannot run a server from Debian packages.
#[derive(Debug, Error)]
pub enum Unavailable {
    /// The packages could not be downloaded or installed.
    #[error("build the Debian root {name}: {reason}")]
    Build {
        /// The root's name.
        name: String,
        /// The last lines of the builder's log.
        reason: String,
    },
    /// A step on this machine's files failed.
    #[error("{doing}: {source}")]
    Io {
        /// The step.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is no place for a systemd of its own.
    #[error("no control groups of version 2 are mounted here")]
    NoControlGroups,
    /// This machine lets nobody mount anything, not even in a namespace of its own.
    #[error("nothing can be mounted here")]
    NoMounts,
    /// Only root can install packages into a directory and chroot to it.
    #[error("not root, so no Debian package can be installed or run")]
    NotRoot,
    /// A tool is not installed here.
    #[error("{tool} is not installed")]
    NoTool {
        /// The program's name, which is also the Debian package's.
        tool: &'static str,
    },
}

fn is_root() -> io::Result<bool> {
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}

fn private_copy(cache: &Path, shared: &Path, name: &str) -> Result<DebianRoot, Unavailable> {
    let runs = cache.join("runs");
    fs::create_dir_all(&runs).map_err(io_error("make the directory of private copies"))?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let run = runs.join(format!("{name}-{}-{since:x}", process::id()));
    let lock = claim(&runs, &run).map_err(io_error("lock a private copy"))?;
    let path = run.join("root");
    let keeper = Keeper::watch(CLEAN_UP, clean_up_arguments(&run))
        .map_err(io_error("start the keeper of a private copy"))?;
    let root = DebianRoot { path, _keeper: keeper, _lock: lock };
    copy(shared, &root.path).map_err(io_error("copy the shared root"))?;
    Ok(root)
}

/// Locks the name of a new private copy and removes those whose owner died without its keeper.
fn claim(runs: &Path, run: &Path) -> io::Result<File> {
    // Between the creation of a lock file and its locking it looks like a dead run's.
    let all = cache::lock_file(&runs.with_extension("lock"))?;
    all.lock()?;
    let mut locks = BTreeSet::new();
    for entry in fs::read_dir(runs)? {
        // A copy may have lost its lock: cp goes on for a moment when the test process is killed.
        locks.insert(entry?.path().with_extension("lock"));
    }
    for path in locks {
        if cache::lock_file(&path)?.try_lock().is_ok() {
            drop(Keeper::watch(CLEAN_UP, clean_up_arguments(&path.with_extension("")))?);
        }
    }
    let lock = cache::lock_file(&run.with_extension("lock"))?;
    lock.lock()?;
    Ok(lock)
}

fn clean_up_arguments(run: &Path) -> [PathBuf; 3] {
    [run.join("root"), run.to_owned(), run.with_extension("lock")]
}

/// Copies a root. The bulk, /usr, becomes hard links, because no server writes there: 0.1 s, no disk
/// space and no mount, which a container may forbid.
fn copy(shared: &Path, private: &Path) -> io::Result<()> {
    fs::create_dir_all(private)?;
    let usr = shared.join("usr");
    if !copy_to(private, std::slice::from_ref(&usr), "--link")? {
        copy_to(private, std::slice::from_ref(&usr), "--reflink=auto")?;
    }
    let mut rest = Vec::new();
    for entry in fs::read_dir(shared)? {
        let path = entry?.path();
        if path != usr {
            rest.push(path);
        }
    }
    if copy_to(private, &rest, "--reflink=auto")? {
        return Ok(());
    }
    Err(io::Error::other(format!("cp from {} failed", shared.display())))
}

fn copy_to(private: &Path, from: &[PathBuf], how: &str) -> io::Result<bool> {
    let status =
        Command::new("cp").args(["-a", how, "-t"]).arg(private).arg("--").args(from).status()?;
    Ok(status.success())
}

fn io_error(doing: &str) -> impl Fn(io::Error) -> Unavailable {
    let doing = doing.to_owned();
    move |source| Unavailable::Io { doing: doing.clone(), source }
}

/// Where plugins are in a root; no package puts anything there.
const PLUGINS: &str = "/opt/mailhost";

/// Ends every process whose root is `$1`, then removes the run's directory `$2` and its lock `$3`.
///
/// Servers are stopped by their own keepers; only what got away from its process group has to be
/// signalled here. The root directory of a process is proof that it is ours.
const CLEAN_UP: &str = r#"
ours() { find /proc/[0-9]* -maxdepth 1 -name root -lname "$1"; }
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    left=$(ours "$1")
    [ -n "$left" ] || break
    for process in $left; do
        process=${process#/proc/}
        if [ "$attempt" -eq 10 ]; then kill -s TERM "${process%/root}"; fi
        if [ "$attempt" -eq 20 ]; then kill -s KILL "${process%/root}"; fi
    done
    sleep 0.3
done
rm -rf --one-file-system -- "$2"
rm -f -- "$3"
"#;
