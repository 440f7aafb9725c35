//! The file systems that are mounted, each once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::thread::{self, ScopedJoinHandle};

use mailhost_core::deadline::Deadline;
use mailhost_core::file;
use mailhost_core::net::error_text;
use rustix::fs::statvfs;
use rustix::io::Errno;

use super::remote;
use crate::config::{Config, Selection};
use crate::facts::{FileSystem, Filling, Room, Seen, Space, Writing};
use crate::proc::{Mount, mounts, shown, wanted_read_only};

/// Looks at the room on all real file systems of this machine.
pub(super) fn look(config: &Config, root: &Path, deadline: &Deadline) -> Seen<Vec<FileSystem>> {
    let bytes = match file::read(&root.join("proc/self/mountinfo"), LARGEST) {
        Ok(bytes) => bytes,
        Err(why) => return Err(format!("reading /proc/self/mountinfo: {why}")),
    };
    let mounts = mounts(&bytes);
    let doubtful = doubtful(&mounts);
    let chosen = each_once(mounts, &config.selection);
    // A machine without the file has nothing in it that could be wanted.
    let fstab = file::read(&root.join("etc/fstab"), LARGEST).unwrap_or_default();
    let wanted_read_only = wanted_read_only(&fstab);
    // Those that may hang are asked at the same time.
    let file_systems = thread::scope(|scope| {
        let looks: Vec<_> = chosen
            .into_iter()
            .map(|mount| {
                let point = below(root, &mount);
                let may_hang = doubtful.iter().any(|it| mount.point.starts_with(it));
                let look = move || remote::room(&point, deadline);
                let thread = thread::Builder::new();
                let remote = may_hang.then(|| match thread.spawn_scoped(scope, look.clone()) {
                    Ok(thread) => Look::Thread(thread),
                    // This user has as many as it may: then one after the other.
                    Err(_) => Look::Done(look()),
                });
                (mount, remote)
            })
            .collect();
        looks
            .into_iter()
            .map(|(mount, remote)| {
                let seen = match remote {
                    Some(Look::Done(seen)) => seen,
                    Some(Look::Thread(thread)) => thread.join().unwrap_or_else(|_| {
                        Room::Unreadable("the look at it ended too early".to_owned())
                    }),
                    None => local(&mount, root, deadline),
                };
                let named = config.selection.names(&mount.point);
                file_system(mount, seen, named, &wanted_read_only)
            })
            .collect()
    });
    Ok(file_systems)
}

/// A look at a file system that may hang.
enum Look<'a> {
    Thread(ScopedJoinHandle<'a, Room>),
    Done(Room),
}

fn file_system(mount: Mount, room: Room, named: bool, wanted: &[PathBuf]) -> FileSystem {
    FileSystem {
        mount: shown(&mount.point),
        writing: writing(&mount, named, wanted),
        room,
        kind: mount.kind,
        point: mount.point,
        filling: Filling::NotKnown,
    }
}

/// An error lets the kernel change the file system and not its mounts (`errors=remount-ro`).
fn writing(mount: &Mount, named: bool, wanted_read_only: &[PathBuf]) -> Writing {
    // What is in memory has no errors, and is read-only to keep programs out; what is of others is often
    // there to be read alone.
    let kind = mount.kind.as_str();
    let is_of_others = may_hang(kind) && kind != "fuseblk";
    let is_usual = kind == "tmpfs" || is_of_others || is_never_written(mount);
    let is_wanted = wanted_read_only.contains(&mount.point) || (is_usual && !named);
    if mount.given_up {
        return Writing::RefusedByKernel;
    }
    match (mount.read_only, mount.asked_read_only) {
        (true, false) if is_never_written(mount) => Writing::RefusedAsWanted,
        // The file system takes files elsewhere, and here is where somebody wants to see them.
        (false, true) if named && !is_wanted => Writing::RefusedByMount,
        (false, _) => Writing::Allowed,
        (true, true) if is_wanted => Writing::RefusedAsWanted,
        (true, true) => Writing::RefusedByMount,
        (true, false) => Writing::RefusedByKernel,
    }
}

/// The mounts that are looked at: of each file system the one whose root is its own, else the one with the
/// shortest path. Those that the options name are looked at wherever they are mounted.
fn each_once(mounts: Vec<Mount>, selection: &Selection) -> Vec<Mount> {
    let mut chosen: HashMap<(Vec<u8>, PathBuf), Mount> = HashMap::new();
    let wanted =
        |mount: &Mount| selection.has(mount) && (selection.names(&mount.point) || is_real(mount));
    for mount in visible(mounts).into_iter().filter(wanted) {
        let place = if selection.mounts.is_empty() { PathBuf::new() } else { mount.point.clone() };
        let rank = |mount: &Mount| (mount.root != b"/", mount.point.as_os_str().len());
        let key = (mount.device.clone(), place);
        match chosen.get(&key) {
            Some(known) if rank(known) <= rank(&mount) => {}
            _ => {
                chosen.insert(key, mount);
            }
        }
    }
    let mut chosen: Vec<Mount> = chosen.into_values().collect();
    chosen.sort_by(|one, other| one.point.cmp(&other.point));
    chosen
}

/// Those that a path leads to: what was mounted over a directory hides what is mounted there and below.
fn visible(mounts: Vec<Mount>) -> Vec<Mount> {
    let parents: HashMap<u64, u64> = mounts.iter().map(|it| (it.id, it.parent)).collect();
    let is_inside = |mount: &Mount, other: u64| {
        let mut at = mount.id;
        // The root's parent is in no line, or the root itself.
        for _ in 0..=parents.len() {
            if at == other {
                return true;
            }
            match parents.get(&at) {
                Some(parent) if *parent != at => at = *parent,
                _ => return false,
            }
        }
        false
    };
    // The last of those at a place lies upon the others there.
    let at: HashMap<&Path, u64> =
        mounts.iter().map(|mount| (mount.point.as_path(), mount.id)).collect();
    let is_hidden = |mount: &Mount| {
        let mut above = mount.point.ancestors().filter_map(|point| at.get(point));
        above.any(|other| !is_inside(mount, *other))
    };
    let hidden: Vec<bool> = mounts.iter().map(is_hidden).collect();
    mounts.into_iter().zip(hidden).filter(|(_, hidden)| !hidden).map(|(mount, _)| mount).collect()
}

/// Whether a file system holds files that somebody may run out of room for.
fn is_real(mount: &Mount) -> bool {
    let kind = mount.kind.as_str();
    let below = |directory: &str| mount.point.starts_with(directory);
    let of_system = kind == "tmpfs" && ["/dev", "/proc", "/run", "/sys"].into_iter().any(below);
    // The layers of containers show the space of the file system that they lie on, as snapshots do.
    let layer = kind == "overlay" && (mount.point != Path::new("/") || is_never_written(mount));
    let snapshot = kind == "zfs" && mount.point.iter().any(|part| part == ".zfs");
    !(WITHOUT_ROOM.contains(&kind) || of_system || layer || snapshot)
}

/// Whether nobody can ever write to it, so that no error has made it so.
fn is_never_written(mount: &Mount) -> bool {
    let without_upper = mount.kind == "overlay" && !mount.has_upper;
    without_upper
        || ["cramfs", "erofs", "iso9660", "romfs", "squashfs", "udf"].contains(&&*mount.kind)
}

/// Whether the answer of a file system depends on another machine, or on a program.
fn may_hang(kind: &str) -> bool {
    let lies_on_others = ["ecryptfs", "overlay"].contains(&kind);
    BEHIND_A_NETWORK.contains(&kind) || kind.starts_with("fuse") || lies_on_others
}

/// What an error of statvfs(3) comes to.
pub(super) fn refused(error: Errno) -> Room {
    let why = error_text(&error.into());
    match error {
        // Mounts inside of other users' directories, as containers have them.
        Errno::ACCESS => Room::Skipped(why),
        it if BROKEN.contains(&it) => Room::Broken(why),
        _ => Room::Unreadable(why),
    }
}

/// Where such file systems are mounted: what is mounted below one is only reached through it.
fn doubtful(mounts: &[Mount]) -> Vec<PathBuf> {
    let these = mounts.iter().filter(|mount| may_hang(&mount.kind));
    // Nothing works where the root itself hangs.
    these.map(|mount| mount.point.clone()).filter(|point| point != Path::new("/")).collect()
}

/// Where a file system is mounted, seen from where this machine's root is.
fn below(root: &Path, mount: &Mount) -> PathBuf {
    mount.point.strip_prefix("/").map_or(root.to_owned(), |point| root.join(point))
}

/// What statvfs(3) says.
fn local(mount: &Mount, root: &Path, deadline: &Deadline) -> Room {
    deadline.waiting_for(format!("the room on {}", shown(&mount.point)));
    match statvfs(below(root, mount)) {
        Err(error) => refused(error),
        Ok(said) => {
            let blocks = [said.f_blocks, said.f_bfree, said.f_bavail];
            let inodes = [said.f_files, said.f_ffree];
            Room::Is(Space::of_blocks(said.f_frsize, blocks, inodes, said.f_fsid))
        }
    }
}

/// Bytes; a machine with thousands of containers has some megabytes of mounts.
const LARGEST: u64 = 64 << 20;
/// The kernel's own, and those that are always full.
const WITHOUT_ROOM: &[&str] = &[
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "erofs",
    "fusectl",
    "fuse.gvfsd-fuse",
    "fuse.lxcfs",
    "fuse.portal",
    "fuse.snapfuse",
    "fuse.squashfuse",
    "hugetlbfs",
    "iso9660",
    "mqueue",
    "nsfs",
    "proc",
    "pstore",
    "ramfs",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "squashfs",
    "sysfs",
    "tracefs",
    "udf",
];
/// Of disks that fail, of servers that are gone, and of programs that have ended.
pub(super) const BROKEN: &[Errno] = &[
    Errno::BADMSG,
    Errno::COMM,
    Errno::CONNABORTED,
    Errno::CONNREFUSED,
    Errno::CONNRESET,
    Errno::HOSTDOWN,
    Errno::HOSTUNREACH,
    Errno::IO,
    Errno::KEYEXPIRED,
    Errno::KEYREVOKED,
    Errno::NETDOWN,
    Errno::NETRESET,
    Errno::NETUNREACH,
    Errno::NODEV,
    Errno::NOKEY,
    Errno::NOLINK,
    Errno::NOMEDIUM,
    Errno::NONET,
    Errno::NOTCONN,
    Errno::NXIO,
    Errno::PIPE,
    Errno::PROTO,
    Errno::REMOTEIO,
    Errno::SHUTDOWN,
    Errno::STALE,
    Errno::TIMEDOUT,
    Errno::UCLEAN,
];
/// And autofs, which mounts one of them when it is looked at.
const BEHIND_A_NETWORK: &[&str] = &[
    "9p",
    "afs",
    "autofs",
    "beegfs",
    "ceph",
    "cifs",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "prl_fs",
    "smb3",
    "smbfs",
    "vboxsf",
    "virtiofs",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn points(mountinfo: &str) -> Vec<String> {
        let chosen = each_once(mounts(mountinfo.as_bytes()), &Selection::default());
        chosen.iter().map(|it| shown(&it.point)).collect()
    }

    #[test]
    fn ok_every_file_system_is_looked_at_once() {
        let mountinfo = "1 0 8:1 / / rw - ext4 a rw\n2 1 8:1 /srv /a rw - ext4 a rw\n\
            3 1 8:2 /sub /b rw - btrfs b rw\n4 1 8:2 / /mnt/btrfs rw - btrfs b rw\n\
            5 1 0:5 / /proc rw - proc p rw\n6 1 0:6 / /run rw - tmpfs t rw\n\
            7 1 0:7 / /tmp rw - tmpfs t rw\n\
            8 1 0:8 / /var/lib/docker/overlay2/x/merged rw - overlay o rw\n\
            9 1 7:0 / /snap/core ro - squashfs s ro\n\
            10 1 0:30 / /tank rw - zfs tank rw\n11 10 0:31 / /tank/.zfs/snapshot/a ro - zfs t@a ro\n";
        assert_eq!(points(mountinfo), ["/", "/mnt/btrfs", "/tank", "/tmp"]);
    }

    #[test]
    fn ok_what_was_mounted_over_is_not_to_be_seen() {
        // The second on the same directory, and one on a directory above.
        let mountinfo = "1 0 8:1 / / rw - ext4 a rw\n2 1 0:9 / /over rw - ext4 b rw\n\
            3 2 0:10 / /over rw - xfs c rw\n4 1 0:11 / /srv/in rw - ext4 d rw\n\
            5 1 0:12 / /srv rw - ext4 e rw\n6 5 0:13 / /srv/new rw - ext4 f rw\n";
        let chosen = each_once(mounts(mountinfo.as_bytes()), &Selection::default());
        let seen: Vec<_> = chosen.iter().map(|it| (shown(&it.point), it.kind.as_str())).collect();
        let expected = [("/", "ext4"), ("/over", "xfs"), ("/srv", "ext4"), ("/srv/new", "ext4")];
        assert_eq!(seen, expected.map(|(point, kind)| (point.to_owned(), kind)));
        // In a chroot the mounts above are in no line.
        assert_eq!(
            points("7 3 8:1 /x / rw - ext4 a rw\n8 7 8:2 / /b rw - ext4 b rw\n"),
            ["/", "/b"]
        );
    }
}
