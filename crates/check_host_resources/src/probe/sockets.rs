//! The TCP sockets: what listens, and how many connections there are.

use std::collections::HashSet;
use std::net::SocketAddr;
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
        Err(why) => Err(why),
        Ok(sockets) => {
            let one = |it: &Socket| Listener { port: it.local.port(), address: it.local.ip() };
            let mut listeners: Vec<Listener> = sockets.iter().map(one).collect();
            listeners.sort();
            listeners.dedup();
            Ok(listeners)
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
        let count = match (these, way) {
            (Err(why), _) => return Some(Err(why)),
            (Ok(sockets), Way::In) => sockets.len() as u64,
            (Ok(sockets), Way::Out) => match self::these(Wanted::Local(port), root, deadline) {
                Err(why) => return Some(Err(why)),
                Ok(own) => {
                    let own: HashSet<SocketAddr> =
                        own.iter().map(|it| canonical(it.remote)).collect();
                    sockets.iter().filter(|it| leaves(it, &own)).count() as u64
                }
            },
        };
        connections.push(Connections { way, port, count });
    }
    Some(Ok(connections))
}

/// Whether it is with another machine: what stays on this one is no mail to others. `own` has the other ends of
/// the connections of this machine's own port.
fn leaves(socket: &Socket, own: &HashSet<SocketAddr>) -> bool {
    let remote = socket.remote.ip().to_canonical();
    let stays = remote.is_loopback()
        || remote == socket.local.ip().to_canonical()
        || own.contains(&canonical(socket.local));
    !stays
}

/// An address of IPv4 in the form of IPv6 is one of IPv4.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Asks the kernel, and reads its files where it does not answer that: in containers that forbid it, and
/// below another root directory.
fn these(wanted: Wanted, root: &Path, deadline: &Deadline) -> Seen<Vec<Socket>> {
    deadline.waiting_for("the kernel's list of sockets");
    if root == Path::new("/")
        && let Ok(sockets) = sock_diag::sockets(wanted, deadline)
    {
        return Ok(sockets);
    }
    let mut all = match read(root, "proc/net/tcp", proc::sockets) {
        Ok(sockets) => sockets,
        unreadable @ Err(_) => return unreadable,
    };
    // A kernel without IPv6 has no second file.
    if root.join("proc/net/tcp6").exists() {
        match read(root, "proc/net/tcp6", proc::sockets) {
            Ok(sockets) => all.extend(sockets),
            unreadable @ Err(_) => return unreadable,
        }
    }
    all.retain(|socket| wanted.has(socket));
    Ok(all)
}
