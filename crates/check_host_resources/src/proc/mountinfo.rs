//! `/proc/self/mountinfo`, whose names are bytes.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

/// One mount.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mount {
    /// Of the file system, major and minor: the same where it is mounted twice.
    pub(crate) device: Vec<u8>,
    /// The directory in the file system that is the root of this mount; another than `/` is a bind mount.
    pub(crate) root: Vec<u8>,
    pub(crate) point: PathBuf,
    /// The type, such as `ext4` or `fuse.sshfs`.
    pub(crate) kind: String,
    /// Whether the file system itself takes no files.
    pub(crate) read_only: bool,
}

/// The mounts in the order of the file; lines that cannot be read are left out.
pub(crate) fn mounts(bytes: &[u8]) -> Vec<Mount> {
    bytes.split(|byte| *byte == b'\n').filter_map(mount).collect()
}

/// Reads one line: identifier, parent, device, root, point, options, any number of other fields, `-`, type,
/// source, options.
fn mount(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let device = fields.nth(2)?.to_vec();
    let root = plain(fields.next()?);
    let point = PathBuf::from(OsString::from_vec(plain(fields.next()?)));
    let mut rest = fields.skip_while(|field| *field != b"-");
    let kind = String::from_utf8_lossy(rest.nth(1)?).into_owned();
    let mut options = rest.nth(1).unwrap_or_default().split(|byte| *byte == b',');
    let read_only = options.any(|option| option == b"ro");
    point.is_absolute().then_some(Mount { device, root, point, kind, read_only })
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

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

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
        assert_eq!((mounts[0].point.to_str(), mounts[0].kind.as_str()), (Some("/"), "ext4"));
        assert_eq!(
            (mounts[1].device.as_slice(), mounts[1].root.as_slice()),
            (&b"8:1"[..], &b"/srv"[..])
        );
        assert_eq!(mounts[2].point.as_os_str().as_bytes(), b"/mnt/a b\\c\xff");
        assert_eq!(mounts[2].kind, "fuse.sshfs");
        assert_eq!((mounts[0].read_only, mounts[2].read_only), (false, true));
    }

    proptest! {
        #[test]
        fn ok_any_bytes_can_be_read(bytes: Vec<u8>) {
            let _ = mounts(&bytes);
        }
    }
}
