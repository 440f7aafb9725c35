//! A systemd of its own, the first process of its namespaces: units are started and fail in it, and the machine's
//! own systemd, if it has one, sees nothing of it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::{Daemon, DaemonError, DebianRoot, Unavailable};

/// Ended with all that it has started when this is dropped.
#[derive(Debug)]
pub struct Systemd {
    // Before the root that it runs in.
    _daemon: Daemon,
    root: DebianRoot,
}

impl Systemd {
    /// Starts the systemd of a root, which has the units already, and waits until all is started that starts
    /// by itself. /run and /tmp are empty.
    ///
    /// # Errors
    /// [`Unavailable`], a reason to skip.
    ///
    /// # Panics
    /// When it ends, or does not get so far in a minute.
    pub fn start(root: DebianRoot) -> Result<Systemd, Unavailable> {
        let tree = unified_tree().ok_or(Unavailable::NoControlGroups)?;
        let mut command = Command::new("sh");
        command.args(["-c", OUTSIDE, "sh", INSIDE]).arg(tree.join(group_name())).arg(root.path());
        let daemon = Daemon::start("systemd", &mut command, &root.join("/systemd.log"));
        let mut daemon = daemon.unwrap_or_else(|error| panic!("{error}"));
        match wait(&mut daemon, root.path()) {
            Ok(()) => Ok(Systemd { _daemon: daemon, root }),
            Err(DaemonError::Exited { status, .. }) if status.code() == Some(9) => {
                Err(Unavailable::NoMounts)
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// The root that it runs in.
    pub fn root(&self) -> &DebianRoot {
        &self.root
    }

    /// A command beside it, in all of its namespaces.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(NSENTER);
        command.args(self.arguments(words)).env_clear();
        command
    }

    /// The arguments with which `/usr/bin/nsenter` runs that command.
    pub fn arguments(&self, words: &[&str]) -> Vec<OsString> {
        inside(&self.pid(), words).into_iter().map(OsStr::to_owned).collect()
    }

    /// What a command in it says.
    ///
    /// # Panics
    /// When it cannot be run.
    pub fn told_by(&self, words: &str) -> String {
        let words: Vec<&str> = words.split(' ').collect();
        let output = self.command(&words).output().expect("nsenter runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The number of its process, outside.
    ///
    /// # Panics
    /// When the file of it is gone.
    pub fn pid(&self) -> String {
        fs::read_to_string(self.root.join(PID)).expect("its number").trim().to_owned()
    }
}

/// Waits until all is started that starts by itself.
fn wait(daemon: &mut Daemon, root: &Path) -> Result<(), DaemonError> {
    daemon.wait_until("that it runs", Duration::from_mins(1), || {
        let Ok(pid) = fs::read_to_string(root.join(PID.trim_start_matches('/'))) else {
            return false;
        };
        let words = ["systemctl", "is-system-running"];
        let said = Command::new(NSENTER).args(inside(pid.trim(), &words)).output();
        let said = said.expect("nsenter runs").stdout;
        said.starts_with(b"running") || said.starts_with(b"degraded")
    })
}

/// The arguments of nsenter(1) for a command in the namespaces of a process.
fn inside<'a>(pid: &'a str, words: &[&'a str]) -> Vec<&'a OsStr> {
    let kinds = ["--mount", "--pid", "--cgroup", "--uts", "--ipc", "--net", "--root", "--wd"];
    let environment = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"];
    let all = ["--target", pid].into_iter().chain(kinds).chain(["--"]).chain(environment);
    all.chain(words.iter().copied()).map(OsStr::new).collect()
}

/// Where control groups of version 2 are mounted: at the usual place, or beside those of version 1.
fn unified_tree() -> Option<PathBuf> {
    let trees = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map(PathBuf::from);
    trees.into_iter().find(|tree| tree.join("cgroup.procs").exists())
}

/// One for each that this process starts.
fn group_name() -> String {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    format!("mailhost-systemd-{}-{number}", std::process::id())
}

/// Where its number is left.
const PID: &str = "/systemd.pid";
/// The program that enters its namespaces.
pub const NSENTER: &str = "/usr/bin/nsenter";

/// Starts it in a control group of its own, and removes that when it is told to end: `$1` is the script for inside,
/// `$2` the group, the others are for inside.
const OUTSIDE: &str = r#"
inside=$1 group=$2
shift 2
mkdir "$group" || exit 9
end() {
    # Its end is that of all of its namespace.
    kill -KILL "$started"
    wait "$started"
    attempt=0
    until find "$group" -depth -type d -exec rmdir {} + 2>/dev/null; do
        attempt=$((attempt + 1))
        if [ "$attempt" -gt 60 ]; then break; fi
        sleep 0.05
    done
    exit "$1"
}
trap 'end 0' TERM
sh -c '
    # Not of a shell that has been forked: the number has to be its own.
    echo $$ >"$1/cgroup.procs" || exit 9
    inside=$2
    shift 2
    exec unshare --mount --pid --cgroup --uts --ipc --net --fork --kill-child --propagation private \
        sh -c "$inside" sh "$@"
' sh "$group" "$inside" "$@" &
started=$!
wait "$started"
end "$?"
"#;

/// Makes of the root `$1` what a container has, and becomes systemd. The process id is left in the root.
const INSIDE: &str = r#"
# As those outside see it: their /proc is still there.
read -r pid rest </proc/self/stat
mount --bind "$1" "$1" || exit 9
cd "$1"
mount -t proc proc proc || exit 9
mount -t sysfs -o ro sysfs sys || exit 9
mount -t tmpfs -o mode=755 tmpfs run
mkdir run/lock
mount -t tmpfs tmpfs tmp
mount -t tmpfs -o mode=755 none dev
for device in null zero full random urandom tty; do
    : >dev/$device
    mount --bind /dev/$device dev/$device || exit 9
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs none dev/shm
mount -t cgroup2 none sys/fs/cgroup || exit 9
echo "$pid" >systemd.pid.new
mv systemd.pid.new systemd.pid
exec env -i container=mailhost PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . \
    /lib/systemd/systemd --system --log-target=console systemd.unit=multi-user.target
"#;
