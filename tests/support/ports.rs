//! Loopback ports that no other test run is using.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    ops::Range,
    process,
    sync::Mutex,
};

use crate::cache;

/// A TCP port that is free on 127.0.0.1 and stays reserved for this test process.
///
/// A server is told its port before it binds it, so "bind port 0 and close" leaves a gap in which a
/// second run, or any outgoing connection, takes the port. These ports lie below the kernel's
/// ephemeral range, and each one handed out is locked against other runs until this process ends.
///
/// # Panics
/// Without a writable cache directory for the locks, and when every port is taken.
pub fn free_port() -> u16 {
    let (mut held, directory) = (lock_held(), cache::directory().map(|cache| cache.join("ports")));
    let Ok(directory) = directory.and_then(|path| fs::create_dir_all(&path).map(|()| path)) else {
        panic!("no directory for port locks: set MAILHOST_TEST_CACHE to a writable one");
    };
    let first = u16::try_from(process::id() * 37 % u32::from(RANGE.end - RANGE.start)).unwrap_or(0);
    let order = (RANGE.start + first..RANGE.end).chain(RANGE.start..RANGE.start + first);
    for port in order {
        let Ok(lock) = cache::lock_file(&directory.join(port.to_string())) else {
            continue;
        };
        if lock.try_lock().is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            held.push(lock);
            return port;
        }
    }
    panic!("no free port on 127.0.0.1 in {RANGE:?}");
}

/// An address of the loopback network that no other test run uses, for a server that has to be at a
/// well-known port: a delegation and resolv.conf cannot name one.
///
/// # Panics
/// As [`free_port`].
pub fn loopback_address() -> Ipv4Addr {
    // The port is reserved for this process, and with it the address made of it.
    let [high, low] = free_port().to_be_bytes();
    Ipv4Addr::new(127, 53, high, low)
}

fn lock_held() -> std::sync::MutexGuard<'static, Vec<File>> {
    HELD.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

const RANGE: Range<u16> = 20_000..32_000;

/// The locks of the ports handed out: dropping one would free its port for other runs.
static HELD: Mutex<Vec<File>> = Mutex::new(Vec::new());
