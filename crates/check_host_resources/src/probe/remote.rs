//! File systems behind a network, or served by a program: when the other side is dead, whoever asks hangs,
//! and cannot always be ended.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::Duration;

use mailhost_core::command;
use mailhost_core::deadline::Deadline;

use super::file_systems::refused;
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
        Ok((_, end)) => {
            let complaint = command::why(&end.complaint);
            refused(complaint.rsplit(": ").next().unwrap_or(complaint).to_lowercase())
        }
    }
}

/// Block size, blocks, free ones, those for users, inodes, free ones.
const FORMAT: &str = "%S %b %f %a %c %d";

fn space(line: &str) -> Option<Space> {
    let numbers: Vec<u64> =
        line.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    let [size, blocks, free, available, inodes, free_inodes] = numbers.try_into().ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(size);
    Some(Space {
        used: bytes(blocks.saturating_sub(free)),
        available: bytes(available),
        inodes,
        free_inodes,
    })
}

/// Whether a process that an earlier run has left behind still waits for this one.
fn hangs_already(point: &Path) -> bool {
    let end =
        [b"\0-f\0-c\0", FORMAT.as_bytes(), b"\0", point.as_os_str().as_bytes(), b"\0"].concat();
    let Ok(entries) = fs::read_dir("/proc") else { return false };
    entries.flatten().any(|entry| {
        entry.file_name().as_bytes().iter().all(u8::is_ascii_digit)
            && fs::read(entry.path().join("cmdline")).is_ok_and(|line| line.ends_with(&end))
            // A moment ago it may have been begun by another run that does not hang.
            && fs::read_to_string(entry.path().join("stat"))
                .is_ok_and(|stat| stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('D')))
    })
}

/// What an answer may take: a network file system that is well takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_what_stat_says() {
        let space = space("4096 1000 400 300 50 20").expect("it");
        assert_eq!((space.used, space.available), (600 * 4096, 300 * 4096));
        assert_eq!((space.inodes, space.free_inodes), (50, 20));
        for line in ["", "1 2 3 4 5", "1 2 3 4 5 6 7", "a b c d e f"] {
            assert!(super::space(line).is_none(), "{line}");
        }
    }

    #[test]
    fn ok_a_directory_of_this_machine() {
        let deadline = Deadline::start(Duration::from_secs(10));
        assert!(matches!(room(Path::new("/"), &deadline), Room::Is(_)));
        let gone = room(Path::new("/gone"), &deadline);
        assert!(matches!(gone, Room::Unreadable(why) if why == "no such file or directory"));
        assert!(matches!(refused("stale file handle".to_owned()), Room::Broken(_)));
        assert!(matches!(refused("permission denied".to_owned()), Room::Skipped(_)));
    }
}
