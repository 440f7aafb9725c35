//! File systems behind a network, or served by a program: when the other side is dead, whoever asks hangs,
//! and cannot always be ended.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use mailhost_core::command;
use mailhost_core::deadline::Deadline;
use mailhost_core::net::error_text;
use rustix::io::Errno;
use rustix::process::geteuid;

use super::file_systems::{BROKEN, refused};
use crate::facts::{Room, Space};

/// The room on one, asked for by a process of its own, which is left behind when it hangs.
pub(super) fn room(point: &Path, deadline: &Deadline) -> Room {
    let Some(program) = command::find("stat") else {
        return Room::Unreadable(
            "stat is not installed, and this process must not hang".to_owned(),
        );
    };
    // Otherwise every run would leave one more behind.
    if hangs_already(point) {
        return Room::Hangs("a look of an earlier run still hangs".to_owned());
    }
    let limit = deadline.share(2).within(PATIENCE);
    // A healthy one must not be called dead for want of time.
    if limit.remaining().is_err() || limit.remaining().is_ok_and(|left| left < LEAST_PATIENCE) {
        return Room::Unreadable(
            "there is no time to ask it: give a longer time limit with -t".to_owned(),
        );
    }
    let arguments = ["-f".as_ref(), "-c".as_ref(), FORMAT.as_ref(), point.as_os_str()];
    match command::lines(&program, &arguments, &limit) {
        Err(fault) => Room::Unreadable(fault.to_string()),
        Ok((_, end)) if end.stopped => Room::Hangs("it does not answer".to_owned()),
        Ok((lines, end)) if end.code == Some(0) => {
            let space = lines.first().and_then(|line| space(line));
            space.map_or_else(
                || Room::Unreadable("what stat says is not understood".to_owned()),
                Room::Is,
            )
        }
        Ok((_, end)) => complained(command::why(&end.complaint)),
    }
}

/// What stat complains of, whose words are those of the system.
fn complained(complaint: &str) -> Room {
    let why = complaint.rsplit(": ").next().unwrap_or(complaint).to_lowercase();
    let mut known = BROKEN.iter().chain(&[Errno::ACCESS]).copied();
    known.find(|error| error_text(&(*error).into()) == why).map_or(Room::Unreadable(why), refused)
}

/// Block size, blocks, free ones, those for users, inodes, free ones, what tells it from others in hex.
const FORMAT: &str = "%S %b %f %a %c %d %i";

fn space(line: &str) -> Option<Space> {
    let (numbers, id) = line.rsplit_once(' ')?;
    let id = u64::from_str_radix(id, 16).ok()?;
    let numbers: Vec<u64> =
        numbers.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    let [size, blocks, free, available, inodes, free_inodes] = numbers.try_into().ok()?;
    Some(Space::of_blocks(size, [blocks, free, available], [inodes, free_inodes], id))
}

/// Whether a process that an earlier run has left behind still waits for this one.
fn hangs_already(point: &Path) -> bool {
    let end =
        [b"\0-f\0-c\0", FORMAT.as_bytes(), b"\0", point.as_os_str().as_bytes(), b"\0"].concat();
    let Ok(entries) = fs::read_dir("/proc") else { return false };
    entries.flatten().any(|entry| {
        let path = entry.path();
        let hangs = || {
            let stat = fs::read_to_string(path.join("stat"));
            stat.is_ok_and(|stat| stat.contains(" (stat) D "))
        };
        let is_process = entry.file_name().as_bytes().iter().all(u8::is_ascii_digit);
        let own = geteuid().as_raw();
        let may_be_ours = || entry.metadata().is_ok_and(|it| it.uid() == own || it.uid() == 0);
        // Only then its words: those of a process that waits for its memory are waited for.
        is_process
            && may_be_ours()
            && hangs()
            && fs::read(path.join("cmdline")).is_ok_and(|line| line.ends_with(&end))
    })
}

/// What an answer is given at the least.
const LEAST_PATIENCE: Duration = Duration::from_millis(400);
/// What an answer may take: a network file system that is well takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_what_stat_says() {
        let space = space("4096 1000 400 300 50 20 2bf0a").expect("it");
        assert_eq!((space.used, space.available), (600 * 4096, 300 * 4096));
        assert_eq!((space.inodes, space.free_inodes), (50, 20));
        for line in ["", "1 2 3 4 5 6", "1 2 3 4 5 6 7 8", "a b c d e f a", "1 2 3 4 5 6 x"] {
            assert!(super::space(line).is_none(), "{line}");
        }
    }

    #[test]
    fn ok_a_directory_of_this_machine() {
        let deadline = Deadline::start(Duration::from_secs(10));
        assert!(matches!(room(Path::new("/"), &deadline), Room::Is(_)));
        let gone = room(Path::new("/gone"), &deadline);
        assert!(matches!(gone, Room::Unreadable(why) if why == "no such file or directory"));
        let complained = |why: &str| complained(&format!("stat: cannot read: {why}"));
        assert!(matches!(complained("Stale file handle"), Room::Broken(_)));
        assert!(matches!(complained("Connection timed out"), Room::Broken(_)));
        assert!(matches!(complained("Permission denied"), Room::Skipped(_)));
        assert!(matches!(complained("Something else"), Room::Unreadable(_)));
    }
}
