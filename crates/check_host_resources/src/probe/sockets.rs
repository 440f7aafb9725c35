//! The TCP sockets: what listens, and how many connections there are.

use std::path::Path;

use mailhost_core::deadline::Deadline;

use super::read;
use crate::config::Config;
use crate::facts::{Connections, Listener, Seen, Way};
use crate::proc::{self, Socket, Wanted};
use crate::sock_diag;

/// What listens, if that is asked for.
pub(super) fn listeners(
    config: &Config,
    root: &Path,
    deadline: &Deadline,
) -> Option<Seen<Vec<Listener>>> {
    if config.listening.is_empty() && config.only_listening.is_empty() {
        return None;
    }
    Some(match these(Wanted::Listening, root, deadline) {
        Seen::Unreadable(why) => Seen::Unreadable(why),
        Seen::Is(sockets) => {
            let one = |it: &Socket| Listener { port: it.local.port(), address: it.local.ip() };
            let mut listeners: Vec<Listener> = sockets.iter().map(one).collect();
            listeners.sort();
            listeners.dedup();
            Seen::Is(listeners)
        }
    })
}

/// The connections of the ports that the configuration names.
pub(super) fn connections(
    config: &Config,
    root: &Path,
    deadline: &Deadline,
) -> Option<Seen<Vec<Connections>>> {
    let ports = |limits: &[crate::config::PortLimit], way: Way| {
        limits.iter().map(|limit| (way, limit.port)).collect::<Vec<_>>()
    };
    let wanted = [ports(&config.established, Way::In), ports(&config.outgoing, Way::Out)].concat();
    if wanted.is_empty() {
        return None;
    }
    let mut connections = Vec::new();
    for (way, port) in wanted {
        let these = match way {
            Way::In => these(Wanted::Local(port), root, deadline),
            Way::Out => these(Wanted::Remote(port), root, deadline),
        };
        match these {
            Seen::Unreadable(why) => return Some(Seen::Unreadable(why)),
            Seen::Is(sockets) => {
                let counts = |it: &&Socket| way == Way::In || leaves(it);
                let count = sockets.iter().filter(counts).count() as u64;
                connections.push(Connections { way, port, count });
            }
        }
    }
    Some(Seen::Is(connections))
}

/// Whether it is with another machine: what stays on this one is no mail to others.
fn leaves(socket: &Socket) -> bool {
    let remote = socket.remote.ip().to_canonical();
    !remote.is_loopback() && remote != socket.local.ip().to_canonical()
}

/// Asks the kernel, and reads its files where it does not answer that: in containers that forbid it, and
/// below another root directory.
fn these(wanted: Wanted, root: &Path, deadline: &Deadline) -> Seen<Vec<Socket>> {
    deadline.waiting_for("the kernel's list of sockets");
    if root == Path::new("/")
        && let Ok(sockets) = sock_diag::sockets(wanted, deadline)
    {
        return Seen::Is(sockets);
    }
    let mut all = match read(root, "proc/net/tcp", proc::sockets) {
        Seen::Is(sockets) => sockets,
        unreadable @ Seen::Unreadable(_) => return unreadable,
    };
    // A kernel without IPv6 has no second file.
    if root.join("proc/net/tcp6").exists() {
        match read(root, "proc/net/tcp6", proc::sockets) {
            Seen::Is(sockets) => all.extend(sockets),
            unreadable @ Seen::Unreadable(_) => return unreadable,
        }
    }
    all.retain(|socket| wanted.has(socket));
    Seen::Is(all)
}
