//! Whether a daemon is there: by the pid file that its mail system keeps, or by its name where it
//! keeps none.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, test_kill_process};

/// Whether the process that a pid file names is there, under a name that begins with `program`;
/// `None` when that cannot be told, as without such a file.
pub(crate) fn is_alive(pid_file: &Path, program: &str) -> Option<bool> {
    // The file is the mail system's: a FIFO in its place must not make this wait.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(open(pid_file, flags, Mode::empty()).ok()?);
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    // Sendmail writes its command line behind it, Postfix blanks before it.
    let number: i32 = text.lines().next()?.trim().parse().ok().filter(|number| *number > 0)?;
    let pid = Pid::from_raw(number)?;
    let exists = !matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH))
        && !is_dead(&Path::new("/proc").join(number.to_string()));
    // The number may have gone to another process since.
    let name = fs::read_to_string(format!("/proc/{number}/comm"));
    Some(exists && name.map_or(true, |name| name.trim().starts_with(program)))
}

/// Whether a process of this name (cut to [`LONGEST_NAME`] bytes, as the kernel does) runs on this
/// machine, containers not included; `None` when the processes of others are hidden.
pub(crate) fn is_there(name: &str) -> Option<bool> {
    is_there_below(Path::new("/proc"), name, &|_| true)
}

/// The same for a process of one of these names whose command line is as `wanted`: its words, each
/// ended by a NUL.
pub(crate) fn is_there_as(names: &[&str], wanted: &dyn Fn(&[u8]) -> bool) -> Option<bool> {
    let each = names.iter().filter_map(|name| is_there_below(Path::new("/proc"), name, wanted));
    each.reduce(|one, other| one || other)
}

fn is_there_below(proc: &Path, name: &str, wanted: &dyn Fn(&[u8]) -> bool) -> Option<bool> {
    let name = &name.as_bytes()[..name.len().min(LONGEST_NAME)];
    for entry in fs::read_dir(proc).ok()?.flatten() {
        if !entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            continue;
        }
        // It may end while it is looked at.
        let Ok(comm) = fs::read(entry.path().join("comm")) else { continue };
        if comm.trim_ascii_end() == name
            && !is_dead(&entry.path())
            && !is_of_a_container(&entry.path())
            && wanted(&fs::read(entry.path().join("cmdline")).unwrap_or_default())
        {
            return Some(true);
        }
    }
    // With hidepid, others see not even the first one.
    proc.join("1/comm").exists().then_some(false)
}

/// Whether a process has ended and only waits for its parent to notice (`proc_pid_stat(5)`).
fn is_dead(process: &Path) -> bool {
    let stat = fs::read(process.join("stat")).unwrap_or_default();
    // The name before it may hold anything, also a bracket.
    let end = stat.iter().rposition(|byte| *byte == b')').unwrap_or(0);
    matches!(stat.get(end + 2), Some(b'Z' | b'X'))
}

/// Whether a process has more numbers than the one by which it is seen here (`NSpid` in
/// `proc_pid_status(5)`).
fn is_of_a_container(process: &Path) -> bool {
    let status = fs::read_to_string(process.join("status")).unwrap_or_default();
    let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    numbers.is_some_and(|numbers| numbers.split_ascii_whitespace().count() > 1)
}

/// Bytes of a pid file.
const LONGEST: u64 = 4096;

/// Bytes of a process's name that the kernel keeps (`TASK_COMM_LEN` without its NUL).
const LONGEST_NAME: usize = 15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_a_process_is_told_from_none() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("mta.pid");
        let alive = |text: &str, program: &str| {
            fs::write(&file, text).expect("written");
            is_alive(&file, program)
        };
        let own = std::process::id();
        let name = fs::read_to_string("/proc/self/comm").expect("readable");
        let name = name.trim();
        assert_eq!(alive(&format!("{own}\n/usr/sbin/sendmail -bd\n"), name), Some(true));
        assert_eq!(alive(&format!("   {own}"), ""), Some(true));
        assert_eq!(alive(&format!("{own}\n"), "another program"), Some(false));
        // Above the greatest number that a kernel gives.
        assert_eq!(alive("2147483646\n", ""), Some(false));
        for text in ["", "\n", "x", "0", "-1", "99999999999"] {
            assert_eq!(alive(text, ""), None, "{text}");
        }
        assert_eq!(is_alive(Path::new("/nonexistent/mta.pid"), ""), None);
    }

    fn below(proc: &Path, name: &str) -> Option<bool> {
        is_there_below(proc, name, &|_| true)
    }

    fn proc(processes: &[(&str, &str, &str)]) -> tempfile::TempDir {
        let proc = tempfile::tempdir().expect("a temporary directory");
        fs::write(proc.path().join("uptime"), "1.0 1.0\n").expect("writable");
        for (number, comm, numbers) in processes {
            let directory = proc.path().join(number);
            fs::create_dir(&directory).expect("writable");
            fs::write(directory.join("comm"), format!("{comm}\n")).expect("writable");
            let status = format!("Name:\t{comm}\nNSpid:\t{numbers}\n");
            fs::write(directory.join("status"), status).expect("writable");
        }
        proc
    }

    #[test]
    fn ok_a_daemon_is_found_by_what_the_kernel_keeps_of_its_name() {
        let proc = proc(&[("1", "init", "1"), ("77", "nullmailer-send", "77")]);
        assert_eq!(below(proc.path(), "nullmailer-send"), Some(true));
        assert_eq!(below(proc.path(), "nullmailer-sender"), Some(true));
        assert_eq!(below(proc.path(), "nullmailer"), Some(false));
    }

    #[test]
    fn ok_a_daemon_of_a_container_is_another_ones() {
        let proc = proc(&[("1", "init", "1"), ("77", "courierd", "77\t12")]);
        assert_eq!(below(proc.path(), "courierd"), Some(false));
    }

    #[test]
    fn unknown_when_processes_are_hidden() {
        let proc = proc(&[("77", "sh", "77")]);
        assert_eq!(below(proc.path(), "courierd"), None);
        assert_eq!(below(&proc.path().join("nowhere"), "courierd"), None);
    }

    #[test]
    fn ok_the_dead_and_those_that_do_something_else_do_not_count() {
        let proc = proc(&[("1", "init", "1"), ("77", "exim4", "77")]);
        let of = |name: &str| proc.path().join("77").join(name);
        let is_daemon = |words: &[u8]| words.windows(3).any(|it| it == b"-bd");
        let found = || is_there_below(proc.path(), "exim4", &is_daemon);
        fs::write(of("cmdline"), b"/usr/sbin/exim4\0-q30m\0").expect("writable");
        assert_eq!(found(), Some(false));
        fs::write(of("cmdline"), b"/usr/sbin/exim4\0-bd\0-q30m\0").expect("writable");
        assert_eq!(found(), Some(true));
        fs::write(of("stat"), b"77 (exim4) Z) Z 1 77").expect("writable");
        assert_eq!(found(), Some(false));
        fs::write(of("stat"), b"77 (exim4 Z) S 1 77").expect("writable");
        assert_eq!(found(), Some(true));
    }
}
