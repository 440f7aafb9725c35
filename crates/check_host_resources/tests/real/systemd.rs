//! A systemd of its own, the first process of its namespaces: units are started and fail in it, and the machine's
//! own systemd, if it has one, sees nothing of it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use mailhost_tests::{Daemon, DaemonError, DebianRoot, Plugin, Run, skip};
use tempfile::TempDir;

/// Ended with all that it has started when this is dropped.
pub(crate) struct Systemd {
    /// Before the root that it runs in.
    _daemon: Daemon,
    _root: DebianRoot,
    directory: TempDir,
}

impl Systemd {
    /// None where none can be started, which has been said then. `units` are names of services and what is in
    /// their section `[Service]`.
    pub(crate) fn start(units: &[(&str, &str)]) -> Option<Self> {
        let Some(tree) = unified_tree() else {
            skip(NAME, "no control groups of version 2 are mounted here");
            return None;
        };
        let root = match DebianRoot::prepare("systemd", &["systemd", "dbus", "cron"]) {
            Ok(root) => root,
            Err(why) => {
                skip(NAME, why);
                return None;
            }
        };
        let directory = tempfile::tempdir().unwrap();
        let given = directory.path().join("units");
        fs::create_dir(&given).unwrap();
        for (name, section) in units {
            let text = format!("[Service]\n{section}\n");
            fs::write(given.join(format!("{name}.service")), text).unwrap();
        }
        let log = directory.path().join("log");
        let mut command = Command::new("sh");
        command.args(["-c", OUTSIDE, "sh", INSIDE]).arg(tree.join(group_name())).args([
            root.path(),
            directory.path(),
            Path::new(env!("CARGO_BIN_EXE_check_host_resources")),
        ]);
        let mut daemon = Daemon::start("systemd", &mut command, &log).unwrap();
        match wait(&mut daemon, directory.path()) {
            Ok(()) => Some(Self { _daemon: daemon, _root: root, directory }),
            Err(DaemonError::Exited { status, output, .. }) if status.code() == Some(9) => {
                skip(NAME, output.trim());
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Runs the program beside it.
    pub(crate) fn run(&self, words: &str) -> Run {
        self.plugin(&[PROGRAM], words)
    }

    /// The same as somebody who has no rights.
    pub(crate) fn run_as_nobody(&self, words: &str) -> Run {
        let user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
        self.plugin(&[&user[..], &[PROGRAM]].concat(), words)
    }

    fn plugin(&self, program: &[&str], words: &str) -> Run {
        let words: Vec<&str> = program.iter().copied().chain(words.split(' ')).collect();
        Plugin::at(Path::new(NSENTER)).args(inside(&self.pid(), &words)).env_clear().run().held()
    }

    /// What a command in it says.
    pub(crate) fn told_by(&self, words: &str) -> String {
        let words: Vec<&str> = words.split(' ').collect();
        let output = Command::new(NSENTER).args(inside(&self.pid(), &words)).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Sends a signal to the first process.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.pid()]).status().unwrap();
        assert!(sent.success());
    }

    fn pid(&self) -> String {
        fs::read_to_string(self.directory.path().join("pid")).unwrap().trim().to_owned()
    }
}

/// Waits until all is started that starts by itself.
fn wait(daemon: &mut Daemon, directory: &Path) -> Result<(), DaemonError> {
    daemon.wait_until("that it runs", Duration::from_mins(1), || {
        let Ok(pid) = fs::read_to_string(directory.join("pid")) else { return false };
        let words = ["systemctl", "is-system-running"];
        let said = Command::new(NSENTER).args(inside(pid.trim(), &words)).output().unwrap();
        said.stdout.starts_with(b"running") || said.stdout.starts_with(b"degraded")
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

fn group_name() -> String {
    format!("mailhost-systemd-{}", std::process::id())
}

/// Under which it is skipped.
const NAME: &str = "host_resources/systemd";
/// Not in /tmp, which systemd empties.
const PROGRAM: &str = "/run/check_host_resources";
const NSENTER: &str = "/usr/bin/nsenter";

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

/// Makes of the root `$1` what a container has, and becomes systemd; `$2` has the units and gets the process id, `$3`
/// is the program. Nothing is written to the root: what it writes is in memory.
const INSIDE: &str = r#"
# As those outside see it: their /proc is still there.
read -r pid rest </proc/self/stat
mount --bind "$1" "$1" || exit 9
cd "$1"
mount -t proc proc proc || exit 9
mount -t sysfs -o ro sysfs sys || exit 9
mount -t tmpfs -o mode=755 tmpfs run
mkdir -p run/lock run/systemd/system
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
cp "$2"/units/*.service run/systemd/system
ln -s /dev/null run/systemd/system/masked.service
install -m 755 "$3" run/check_host_resources
echo "$pid" >"$2/pid.new"
mv "$2/pid.new" "$2/pid"
exec env -i container=mailhost PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . \
    /lib/systemd/systemd --system --log-target=console systemd.unit=multi-user.target
"#;
