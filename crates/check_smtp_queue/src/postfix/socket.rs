//! Asking showq over its socket `public/showq`. It speaks as soon as somebody connects; what is
//! read of it costs Postfix two opened files a message, so nothing is read twice.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, socket_with};

use super::LISTED;
use super::showq::Parser;
use crate::facts::Obstacle;
use crate::ledger::Ledger;
use crate::probe::budget::Budget;
use crate::probe::directory::plain;

/// Counts what showq lists.
pub(super) fn ask(queue: &Path, ledger: &mut Ledger, budget: &mut Budget) -> Result<(), Obstacle> {
    budget.deadline.waiting_for("Postfix's showq to answer");
    let mut stream = connect(queue, Some(budget))?;
    for queue in LISTED {
        ledger.open(queue);
    }
    let mut parser = Parser::default();
    let mut buffer = vec![0; 64 * 1024];
    let mut has_spoken = false;
    let fault = |error: &std::io::Error| {
        Obstacle::Failed(format!("reading public/showq: {}", plain(error)))
    };
    while !parser.is_complete() {
        let left = budget.left();
        if left.is_zero() && !has_spoken {
            return Err(Obstacle::Silent("public/showq".to_owned()));
        }
        if left.is_zero() {
            ledger.view.stopped_after = Some(budget.seconds());
            return Ok(());
        }
        stream.set_read_timeout(Some(left)).map_err(|error| fault(&error))?;
        let length = match stream.read(&mut buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                continue;
            }
            Err(error) => return Err(fault(&error)),
        };
        if length == 0 {
            let what = "public/showq: the list ends in the middle";
            return Err(Obstacle::NotUnderstood(what.to_owned()));
        }
        has_spoken = true;
        parser
            .read(&buffer[..length], |message| ledger.add_message(message))
            .map_err(|fault| Obstacle::NotUnderstood(format!("public/showq: {fault}")))?;
    }
    Ok(())
}

/// Whether somebody listens at the socket; `None` when that cannot be told. showq takes no offence
/// at a client that goes away.
pub(super) fn answers(queue: &Path) -> Option<bool> {
    match connect(queue, None) {
        Ok(_) | Err(Obstacle::Silent(_)) => Some(true),
        Err(Obstacle::Down(_)) => Some(false),
        Err(_) => None,
    }
}

/// Connects; [`Obstacle::Silent`] when nobody accepts, as where the master hangs.
fn connect(queue: &Path, budget: Option<&Budget>) -> Result<UnixStream, Obstacle> {
    let path = queue.join("public/showq");
    let fault = |error: Errno| {
        let text = format!("connecting to {}: {}", path.display(), plain(&error.into()));
        match error {
            Errno::ACCESS | Errno::PERM => {
                Obstacle::Denied(format!("{text}; needs group postdrop"))
            }
            // The socket stays when Postfix is stopped.
            Errno::CONNREFUSED => Obstacle::Down(text),
            _ => Obstacle::Failed(text),
        }
    };
    // Connecting to a plain file is refused as well.
    if fs::symlink_metadata(&path).is_ok_and(|found| !found.file_type().is_socket()) {
        return Err(Obstacle::Failed(format!("{} is no socket", path.display())));
    }
    // A handle of the directory, because the whole path need not fit into an address.
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = open(queue.join("public"), flags, Mode::empty()).map_err(fault)?;
    let short = format!("/proc/self/fd/{}/showq", directory.as_raw_fd());
    let fits = path.as_os_str().len() < LONGEST_SOCKET_PATH;
    let address = SocketAddrUnix::new(if fits { path.as_path() } else { Path::new(&short) });
    let address = address.map_err(fault)?;
    let kind = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, kind, None).map_err(fault)?;
    loop {
        match rustix::net::connect(&socket, &address) {
            Ok(()) => break,
            // Its queue of connections is full.
            Err(Errno::AGAIN) if budget.is_some_and(|budget| !budget.left().is_zero()) => {
                thread::sleep(PAUSE);
            }
            Err(Errno::AGAIN) => return Err(Obstacle::Silent("public/showq".to_owned())),
            Err(error) => return Err(fault(error)),
        }
    }
    let stream = UnixStream::from(socket);
    let blocking = stream.set_nonblocking(false);
    blocking.map_err(|error| Obstacle::Failed(format!("public/showq: {}", plain(&error))))?;
    Ok(stream)
}

/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(20);
/// Bytes of `sun_path` in unix(7).
const LONGEST_SOCKET_PATH: usize = 108;
