//! `/proc/self/mountinfo`, whose names are bytes.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

/// One mount.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mount {
    pub(crate) id: u64,
    /// The mount that this one is mounted on; its own or one that is not in the file for the topmost.
    pub(crate) parent: u64,
    /// Of the file system, major and minor: the same where it is mounted twice.
    pub(crate) device: Vec<u8>,
    /// The directory in the file system that is the root of this mount; another than `/` is a bind mount.
    pub(crate) root: Vec<u8>,
    pub(crate) point: PathBuf,
    /// The type, such as `ext4` or `fuse.sshfs`.
    pub(crate) kind: String,
    /// Whether this mount takes no files: somebody has asked for that.
    pub(crate) asked_read_only: bool,
    /// Whether the file system itself takes no files.
    pub(crate) read_only: bool,
    /// Whether an overlay has a layer that can be written to.
    pub(crate) has_upper: bool,
    /// Whether it takes none because the kernel has met an error: since Linux 6.15 ext4 calls itself writable
    /// all the same.
    pub(crate) given_up: bool,
}

/// The mounts in the order of the file; lines that cannot be read are left out.
pub(crate) fn mounts(bytes: &[u8]) -> Vec<Mount> {
    bytes.split(|byte| *byte == b'\n').filter_map(mount).collect()
}

/// Reads one line: identifier, parent, device, root, point, options, any number of other fields, `-`, type,
/// source, options.
fn mount(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let mut number = || std::str::from_utf8(fields.next()?).ok()?.parse().ok();
    let (id, parent) = (number()?, number()?);
    let device = fields.next()?.to_vec();
    let root = plain(fields.next()?);
    let point = PathBuf::from(OsString::from_vec(plain(fields.next()?)));
    let asked_read_only = has(fields.next()?, b"ro");
    let mut rest = fields.skip_while(|field| *field != b"-");
    let kind = String::from_utf8_lossy(rest.nth(1)?).into_owned();
    let options = rest.nth(1).unwrap_or_default();
    let read_only = has(options, b"ro");
    let has_upper = options.split(|byte| *byte == b',').any(|it| it.starts_with(b"upperdir="));
    let given_up = GIVEN_UP.iter().any(|option| has(options, option));
    point.is_absolute().then_some(Mount {
        id,
        parent,
        device,
        root,
        point,
        kind,
        asked_read_only,
        read_only,
        has_upper,
        given_up,
    })
}

/// A path as text that differs where the path does, on one line.
pub(crate) fn shown(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            // Writing to a text cannot fail.
            let _ = match character {
                '\\' => write!(text, "\\\\"),
                it if it.is_control() => write!(text, "\\x{:02x}", u32::from(it)),
                it => write!(text, "{it}"),
            };
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Whether the last mount of `/proc` in the file hides the processes of others from whoever is in none but
/// these groups.
pub(crate) fn is_proc_hidden(bytes: &[u8], groups: &[u32]) -> bool {
    let proc = |line: &&[u8]| line.split(|byte| *byte == b' ').nth(4) == Some(b"/proc");
    let Some(line) = bytes.split(|byte| *byte == b'\n').rfind(proc) else {
        return false;
    };
    let options = || line.split(|byte| *byte == b' ' || *byte == b',');
    let value = |name: &[u8]| options().find_map(|it| it.strip_prefix(name));
    let group = value(b"gid=").and_then(|it| std::str::from_utf8(it).ok()?.parse().ok());
    let sees_all = groups.contains(&group.unwrap_or(0));
    match value(b"hidepid=") {
        None | Some(b"0" | b"off") => false,
        // For this no group counts.
        Some(b"4" | b"ptraceable") => true,
        Some(_) => !sees_all,
    }
}

fn has(options: &[u8], wanted: &[u8]) -> bool {
    options.split(|byte| *byte == b',').any(|option| option == wanted)
}

/// The mount points that `/etc/fstab` wants to take no files (fstab(5)).
pub(crate) fn wanted_read_only(fstab: &[u8]) -> Vec<PathBuf> {
    let point = |line: &[u8]| {
        let mut fields = line.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty());
        let source = fields.next().filter(|source| !source.starts_with(b"#"))?;
        let (point, options) = (fields.next()?, fields.nth(1)?);
        (!source.is_empty() && has(options, b"ro"))
            .then(|| PathBuf::from(OsString::from_vec(plain(point))))
    };
    fstab.split(|byte| *byte == b'\n').filter_map(point).collect()
}

/// Blanks, tabs, line ends and backslashes stand as a backslash and three octal digits.
fn plain(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let digits = after.get(..3).filter(|_| *byte == b'\\').and_then(octal);
        plain.push(digits.unwrap_or(*byte));
        rest = if digits.is_some() { &after[3..] } else { after };
    }
    plain
}

fn octal(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(text, 8).ok().filter(|_| !text.starts_with('+'))
}

/// What a file system that does no work any more says of itself.
const GIVEN_UP: [&[u8]; 2] = [b"emergency_ro", b"shutdown"];

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ok_mounts_with_odd_names() {
        let text = b"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
            30 22 8:1 /srv /bind rw shared:1 master:2 - ext4 /dev/sda1 rw\n\
            31 22 0:40 / /mnt/a\\040b\\134c\xff rw - fuse.sshfs host: ro,errors=x\n\
            bad line\n32 22 0:41 / relative rw - tmpfs tmpfs rw\n";
        let mounts = mounts(text);
        assert_eq!(mounts.len(), 3);
        assert_eq!((mounts[1].id, mounts[1].parent), (30, 22));
        assert_eq!((mounts[0].point.to_str(), mounts[0].kind.as_str()), (Some("/"), "ext4"));
        assert_eq!(
            (mounts[1].device.as_slice(), mounts[1].root.as_slice()),
            (&b"8:1"[..], &b"/srv"[..])
        );
        assert_eq!(mounts[2].point.as_os_str().as_bytes(), b"/mnt/a b\\c\xff");
        assert_eq!(mounts[2].kind, "fuse.sshfs");
        assert_eq!((mounts[0].read_only, mounts[2].read_only), (false, true));
        assert!(!mounts[2].asked_read_only);
        let error = super::mounts(b"1 0 7:0 / / rw - ext4 a rw,errors=remount-ro,emergency_ro\n");
        assert!(error[0].given_up && !error[0].read_only && !mounts[2].given_up);
        let asked = super::mounts(b"1 0 8:1 / / ro,nosuid - ext4 a ro\n");
        assert!(asked[0].asked_read_only && asked[0].read_only);
    }

    #[test]
    fn ok_names_stay_apart_on_one_line() {
        let shown = |bytes: &[u8]| shown(Path::new(OsStr::from_bytes(bytes)));
        assert_eq!(shown("/grün und blau".as_bytes()), "/grün und blau");
        assert_eq!(shown(b"/a\n\t\x1b\xff\\n"), r"/a\x0a\x09\x1b\xff\\n");
    }

    #[test]
    fn ok_whom_proc_hides_processes_from() {
        let hidden = |options: &str, groups: &[u32]| {
            let text =
                format!("1 0 8:1 / / rw - ext4 a rw\n2 1 0:5 / /proc rw - proc proc {options}\n");
            is_proc_hidden(text.as_bytes(), groups)
        };
        assert!(!hidden("rw", &[]));
        assert!(!hidden("rw,hidepid=off", &[]));
        assert!(!hidden("rw,hidepid=0,gid=4", &[]));
        assert!(hidden("rw,hidepid=invisible", &[4]));
        assert!(!hidden("rw,hidepid=invisible", &[0, 4]));
        assert!(hidden("rw,gid=4,hidepid=ptraceable", &[4]));
        assert!(hidden("rw,gid=4,hidepid=2", &[5]));
        assert!(!hidden("rw,gid=4,hidepid=2", &[5, 4]));
        assert!(!is_proc_hidden(b"1 0 8:1 / / rw - ext4 a rw,hidepid=2\n", &[]));
    }

    #[test]
    fn ok_what_fstab_wants_to_be_read_only() {
        let fstab = b"# a comment ro\n\nUUID=1 / ext4 defaults,errors=remount-ro 0 1\n\
            UUID=2\t/srv/old\\040files ext4\tnoatime,ro 0 2\nbad\n";
        assert_eq!(wanted_read_only(fstab), [PathBuf::from("/srv/old files")]);
    }

    proptest! {
        #[test]
        fn ok_any_bytes_can_be_read(bytes: Vec<u8>) {
            let _ = (mounts(&bytes), wanted_read_only(&bytes));
        }
    }
}
