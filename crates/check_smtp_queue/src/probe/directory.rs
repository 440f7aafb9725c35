//! Reading directories of a queue that moves while it is read: entries may vanish at any time, and
//! what is no plain file is left alone. No symbolic link below the queue directory is followed, and
//! nothing is opened for writing.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RawDir, SeekFrom, StatxFlags, openat, seek, statx,
};

use crate::facts::Obstacle;

/// An open directory.
#[derive(Debug)]
pub(crate) struct Directory {
    handle: OwnedFd,
    path: PathBuf,
}

/// What a directory names.
pub(crate) struct Entry<'a> {
    /// Its name.
    pub(crate) name: &'a CStr,
    /// What it is, where the file system says so in the directory itself.
    pub(crate) kind: Kind,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// A directory.
    Directory,
    /// A plain file.
    File,
    /// A link, FIFO, socket or device.
    Other,
    /// Only [`Directory::stat`] can tell.
    Unknown,
}

/// What the file system knows of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stat {
    /// What it is.
    pub(crate) kind: Kind,
    /// Permission bits.
    pub(crate) mode: u32,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// When the file was made, where the file system keeps that, in seconds since 1970.
    pub(crate) born: Option<i64>,
    /// When its content was changed, in seconds since 1970. Postfix keeps the time of the next
    /// attempt here.
    pub(crate) modified: i64,
}

/// A directory or file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("reading {}: {}", path.display(), plain(error))]
pub(crate) struct ReadFault {
    /// Which.
    pub(crate) path: PathBuf,
    /// Why.
    pub(crate) error: io::Error,
}

impl Directory {
    /// Opens a directory. Links in the path are followed: operators move spools with them.
    pub(crate) fn open(path: &Path) -> Result<Self, ReadFault> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::open(path, flags, Mode::empty())
            .map_err(|error| ReadFault { path: path.to_owned(), error: error.into() })?;
        Ok(Self { handle, path: path.to_owned() })
    }

    /// Opens a directory in this one, which must not be a link.
    pub(crate) fn below(&self, name: &CStr) -> Result<Self, ReadFault> {
        let path = self.path.join(name.to_string_lossy().as_ref());
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(&self.handle, name, flags, Mode::empty()) {
            Ok(handle) => Ok(Self { handle, path }),
            Err(error) => Err(ReadFault { path, error: error.into() }),
        }
    }

    /// The same; `None` when it is gone, or a file or link has its name.
    pub(crate) fn below_if_there(&self, name: &CStr) -> Result<Option<Self>, ReadFault> {
        match self.below(name) {
            Ok(directory) => Ok(Some(directory)),
            Err(fault) if fault.is_missing() || fault.is_no_directory() => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// The names of the directories in this one that are `wanted`, which are to be few.
    pub(crate) fn names_below(
        &self,
        buffer: &mut [MaybeUninit<u8>],
        wanted: impl Fn(&[u8]) -> bool,
    ) -> Result<Vec<CString>, ReadFault> {
        let mut names = Vec::new();
        self.visit(buffer, |entry| {
            if matches!(entry.kind, Kind::Directory | Kind::Unknown)
                && wanted(entry.name.to_bytes())
            {
                names.push(entry.name.to_owned());
            }
            Ok(true)
        })?;
        Ok(names)
    }

    /// Calls `visit` with every entry but `.` and `..`, until it returns `false`. The buffer is
    /// the caller's, so that many directories need only one.
    pub(crate) fn visit(
        &self,
        buffer: &mut [MaybeUninit<u8>],
        mut visit: impl FnMut(&Entry) -> Result<bool, ReadFault>,
    ) -> Result<bool, ReadFault> {
        // Whoever looks a second time sees it from its beginning again.
        let _ = seek(&self.handle, SeekFrom::Start(0));
        let mut entries = RawDir::new(self.handle.as_fd(), buffer);
        while let Some(entry) = entries.next() {
            let entry = entry
                .map_err(|error| ReadFault { path: self.path.clone(), error: error.into() })?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            if !visit(&Entry { name, kind: kind(entry.file_type()) })? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What the file system knows of a file; `None` when it is gone.
    pub(crate) fn stat(&self, name: &CStr) -> Result<Option<Stat>, ReadFault> {
        let wanted = StatxFlags::TYPE
            | StatxFlags::MODE
            | StatxFlags::SIZE
            | StatxFlags::MTIME
            | StatxFlags::BTIME;
        let found = match statx(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW, wanted) {
            Ok(found) => found,
            Err(error) => return self.gone_or_fault(name, error.into()),
        };
        let mode = u32::from(found.stx_mode);
        let has_birth = StatxFlags::from_bits_retain(found.stx_mask).contains(StatxFlags::BTIME);
        Ok(Some(Stat {
            kind: kind(FileType::from_raw_mode(mode)),
            mode: mode & 0o7777,
            size: found.stx_size,
            // Some file systems say 0 where they mean that they do not know.
            born: (has_birth && found.stx_btime.tv_sec > 0).then_some(found.stx_btime.tv_sec),
            modified: found.stx_mtime.tv_sec,
        }))
    }

    /// The beginning of a plain file, as much as fits; `None` when it is gone or no plain file.
    pub(crate) fn head<'b>(
        &self,
        name: &CStr,
        buffer: &'b mut [u8],
    ) -> Result<Option<&'b [u8]>, ReadFault> {
        let Some(file) = self.file(name)? else { return Ok(None) };
        self.read(name, &file, buffer).map(Some)
    }

    /// The end of a plain file, as much as fits; `None` when it is gone or no plain file.
    pub(crate) fn tail<'b>(
        &self,
        name: &CStr,
        buffer: &'b mut [u8],
    ) -> Result<Option<&'b [u8]>, ReadFault> {
        let Some(file) = self.file(name)? else { return Ok(None) };
        let length = i64::try_from(buffer.len()).unwrap_or(i64::MAX);
        // A file that is shorter has no such place; it is read from its beginning.
        let _ = seek(&file, SeekFrom::End(-length));
        self.read(name, &file, buffer).map(Some)
    }

    fn file(&self, name: &CStr) -> Result<Option<OwnedFd>, ReadFault> {
        // A FIFO that came into the place of the file must not make this wait.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.handle, name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(rustix::io::Errno::LOOP) => return Ok(None),
            Err(error) => return self.gone_or_fault(name, error.into()),
        };
        let mode = rustix::fs::fstat(&file).map(|found| found.st_mode).unwrap_or_default();
        Ok((kind(FileType::from_raw_mode(mode)) == Kind::File).then_some(file))
    }

    fn read<'b>(
        &self,
        name: &CStr,
        file: &OwnedFd,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], ReadFault> {
        let mut filled = 0;
        while filled < buffer.len() {
            match rustix::io::read(file, &mut buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(self.fault(name, error.into())),
            }
        }
        Ok(&buffer[..filled])
    }

    fn gone_or_fault<T>(&self, name: &CStr, error: io::Error) -> Result<Option<T>, ReadFault> {
        match error.kind() {
            ErrorKind::NotFound => Ok(None),
            _ => Err(self.fault(name, error)),
        }
    }

    fn fault(&self, name: &CStr, error: io::Error) -> ReadFault {
        ReadFault { path: self.path.join(name.to_string_lossy().as_ref()), error }
    }
}

impl ReadFault {
    /// Why a queue is not looked at, with the right that is missing.
    pub(crate) fn reason(&self) -> String {
        if self.is_denied() { format!("{self}; needs read rights on it") } else { self.to_string() }
    }

    /// What stands in the way of all that needs this file or directory.
    pub(crate) fn obstacle(&self) -> Obstacle {
        if self.is_denied() {
            Obstacle::Denied(self.reason())
        } else {
            Obstacle::Failed(self.to_string())
        }
    }

    /// Whether a right is missing.
    pub(crate) fn is_denied(&self) -> bool {
        self.error.kind() == ErrorKind::PermissionDenied
    }

    /// Whether it is a file or a link where a directory was wanted.
    pub(crate) fn is_no_directory(&self) -> bool {
        // A link that is not to be followed is a loop to the kernel.
        let code = self.error.raw_os_error();
        self.error.kind() == ErrorKind::NotADirectory
            || code == Some(rustix::io::Errno::LOOP.raw_os_error())
    }

    /// Whether it is not there.
    pub(crate) fn is_missing(&self) -> bool {
        self.error.kind() == ErrorKind::NotFound
    }
}

/// A configuration file, which must be a plain file of at most a megabyte: whatever else is in its
/// place must not make this wait, nor take all memory.
pub(crate) fn read_small(path: &Path) -> Result<String, ReadFault> {
    let fault = |error: io::Error| ReadFault { path: path.to_owned(), error };
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| fault(error.into()))?;
    let mode = rustix::fs::fstat(&file).map_err(|error| fault(error.into()))?.st_mode;
    if kind(FileType::from_raw_mode(mode)) != Kind::File {
        return Err(fault(io::Error::other("not a plain file")));
    }
    let mut text = Vec::new();
    let read = File::from(file).take(LONGEST_FILE + 1).read_to_end(&mut text).map_err(fault)?;
    if read as u64 > LONGEST_FILE {
        return Err(fault(io::Error::other("larger than a megabyte")));
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The system's words for an error, without Rust's number behind them.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

fn kind(file_type: FileType) -> Kind {
    match file_type {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        FileType::Unknown => Kind::Unknown,
        _ => Kind::Other,
    }
}

/// Bytes.
const LONGEST_FILE: u64 = 1 << 20;

/// What one system call fills with entries.
pub(crate) fn entry_buffer() -> Vec<MaybeUninit<u8>> {
    vec![MaybeUninit::uninit(); 32 * 1024]
}
