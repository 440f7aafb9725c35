//! The file systems that are mounted, each once.

use std::collections::BTreeMap;
use std::path::Path;

use mailhost_core::deadline::Deadline;
use mailhost_core::file;
use mailhost_core::net::error_text;
use rustix::fs::statvfs;
use rustix::io::Errno;

use crate::config::{Config, Selection};
use crate::facts::{FileSystem, Room, Seen, Space};
use crate::proc::{Mount, mounts};

/// Looks at the space on all real file systems of this machine.
pub(super) fn look(config: &Config, root: &Path, deadline: &Deadline) -> Seen<Vec<FileSystem>> {
    let bytes = match file::read(&root.join("proc/self/mountinfo"), LARGEST) {
        Ok(bytes) => bytes,
        Err(why) => return Seen::Unreadable(format!("reading /proc/self/mountinfo: {why}")),
    };
    let file_system = |mount: Mount| {
        deadline.waiting_for(format!("the space on {}", mount.point.display()));
        let point = mount.point.strip_prefix("/").map_or(root.to_owned(), |it| root.join(it));
        FileSystem {
            mount: mount.point.to_string_lossy().into_owned(),
            read_only: mount.read_only,
            room: room(&mount.kind, &point),
            kind: mount.kind,
        }
    };
    let chosen = each_once(mounts(&bytes), &config.selection).into_iter();
    Seen::Is(chosen.map(file_system).collect())
}

/// The mounts that are looked at: of each file system the one whose root is its own, else the one with the
/// shortest path. What was mounted over is not to be seen any more.
fn each_once(mounts: Vec<Mount>, selection: &Selection) -> Vec<Mount> {
    let mut visible: BTreeMap<_, Mount> = BTreeMap::new();
    for mount in mounts {
        visible.insert(mount.point.clone(), mount);
    }
    let mut chosen: BTreeMap<Vec<u8>, Mount> = BTreeMap::new();
    let named = !selection.mounts.is_empty();
    let wanted = |mount: &Mount| selection.has(mount) && (named || is_real(mount));
    for mount in visible.into_values().filter(wanted) {
        let rank = |mount: &Mount| (mount.root != b"/", mount.point.as_os_str().len());
        match chosen.get(&mount.device) {
            Some(known) if rank(known) <= rank(&mount) => {}
            _ => {
                chosen.insert(mount.device.clone(), mount);
            }
        }
    }
    let mut chosen: Vec<Mount> = chosen.into_values().collect();
    chosen.sort_by(|one, other| one.point.cmp(&other.point));
    chosen
}

/// Whether a file system holds files that somebody may run out of room for.
fn is_real(mount: &Mount) -> bool {
    let kind = mount.kind.as_str();
    let below = |directory: &str| mount.point.starts_with(directory);
    let of_system = kind == "tmpfs" && ["/dev", "/proc", "/run", "/sys"].into_iter().any(below);
    // The layers of containers show the space of the file system that they lie on.
    let layer = kind == "overlay" && mount.point != Path::new("/");
    !(WITHOUT_ROOM.contains(&kind) || of_system || layer)
}

/// What statvfs(3) says. Of a file system behind a network nothing is asked: the call may never return.
fn room(kind: &str, point: &Path) -> Room {
    if BEHIND_A_NETWORK.contains(&kind) || kind.starts_with("fuse") {
        return Room::Skipped("it lies behind a network, or a program serves it".to_owned());
    }
    match statvfs(point) {
        // Mounts inside of other users' directories, as containers have them.
        Err(Errno::ACCESS) => Room::Skipped("permission denied".to_owned()),
        Err(error) => Room::Unreadable(error_text(&error.into())),
        Ok(said) => {
            let bytes = |blocks: u64| blocks.saturating_mul(said.f_frsize);
            Room::Is(Space {
                used: bytes(said.f_blocks.saturating_sub(said.f_bfree)),
                available: bytes(said.f_bavail),
                inodes: said.f_files,
                free_inodes: said.f_ffree,
            })
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
    "fuse.lxcfs",
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
const BEHIND_A_NETWORK: &[&str] =
    &["9p", "afs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs"];

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn mount(device: &str, root: &str, point: &str, kind: &str) -> Mount {
        let bytes = |text: &str| text.as_bytes().to_vec();
        let (device, root) = (bytes(device), bytes(root));
        let kind = kind.to_owned();
        Mount { device, root, point: PathBuf::from(point), kind, read_only: false }
    }

    #[test]
    fn ok_every_file_system_is_looked_at_once() {
        let mounts = vec![
            mount("8:1", "/", "/", "ext4"),
            mount("8:1", "/srv", "/a", "ext4"),
            mount("8:2", "/sub", "/b", "btrfs"),
            mount("8:2", "/", "/mnt/btrfs", "btrfs"),
            mount("0:5", "/", "/proc", "proc"),
            mount("0:6", "/", "/run", "tmpfs"),
            mount("0:7", "/", "/tmp", "tmpfs"),
            mount("0:8", "/", "/var/lib/docker/overlay2/x/merged", "overlay"),
            mount("0:9", "/", "/over", "ext4"),
            mount("0:10", "/", "/over", "xfs"),
            mount("7:0", "/", "/snap/core", "squashfs"),
        ];
        let points: Vec<String> = each_once(mounts, &Selection::default())
            .iter()
            .map(|it| it.point.display().to_string())
            .collect();
        assert_eq!(points, ["/", "/mnt/btrfs", "/over", "/tmp"]);
    }
}
