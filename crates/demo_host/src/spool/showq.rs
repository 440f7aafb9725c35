//! Postfix's showq service: it speaks as soon as somebody connects, and then hangs up.

use std::fs;
use std::io::{self, Write as _};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use socket2::Socket;

use super::{Message, Spool};

/// What the service says.
#[derive(Clone, Debug)]
pub enum Conduct {
    /// The same messages without end.
    Endless(Message),
    /// These messages, each with its id.
    List(Vec<(String, Message)>),
    /// These bytes.
    Raw(Vec<u8>),
    /// Nothing, and it does not hang up either.
    Silent,
}

/// A running service; it ends when dropped, and its socket stays, as Postfix's does.
#[derive(Debug)]
pub struct Showq {
    /// Shut down, it ends the wait for the next client, also when its directory is gone.
    socket: Socket,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Showq {
    /// Starts the service of a spool.
    ///
    /// # Errors
    /// What the system says.
    pub fn start(spool: &Spool, conduct: Conduct) -> io::Result<Self> {
        let path = spool.path().join("public/showq");
        if path.exists() {
            fs::remove_file(&path)?;
        }
        let listener = UnixListener::bind(&path)?;
        let socket = Socket::from(OwnedFd::from(listener.try_clone()?));
        let ended = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&ended);
        let thread = thread::Builder::new().name("showq".into()).spawn(move || {
            let mut silent = Vec::new();
            for stream in listener.incoming() {
                if told.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                match &conduct {
                    Conduct::Silent => silent.push(stream),
                    // Whoever hangs up early has seen enough.
                    _ => drop(speak(stream, &conduct, &told)),
                }
            }
        })?;
        Ok(Self { socket, ended, thread: Some(thread) })
    }
}

impl Drop for Showq {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let woken = self.socket.shutdown(Shutdown::Both);
        if let Some(thread) = self.thread.take().filter(|_| woken.is_ok()) {
            // A service that failed has nothing to tell any more.
            drop(thread.join());
        }
    }
}

fn speak(mut stream: UnixStream, conduct: &Conduct, ended: &AtomicBool) -> io::Result<()> {
    // A client that does not read must not keep the service from its end.
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    match conduct {
        Conduct::Raw(bytes) => return stream.write_all(bytes),
        Conduct::Silent => return Ok(()),
        Conduct::Endless(message) => {
            stream.write_all(PROTOCOL)?;
            let mut number = 0_u64;
            while !ended.load(Ordering::SeqCst) {
                number += 1;
                stream.write_all(&listed(&format!("{number:09X}"), message))?;
            }
        }
        Conduct::List(messages) => {
            stream.write_all(PROTOCOL)?;
            for (id, message) in messages {
                stream.write_all(&listed(id, message))?;
            }
        }
    }
    stream.write_all(b"\0")
}

/// A message as Postfix 3.7 lists it.
fn listed(id: &str, message: &Message) -> Vec<u8> {
    let arrival = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let arrival = arrival.saturating_sub(message.age).as_secs().to_string();
    let size = message.size.to_string();
    let sender = if message.sender.is_empty() { "MAILER-DAEMON" } else { message.sender };
    let attributes = [
        ("queue_name", message.queue),
        ("queue_id", id),
        ("time", &arrival),
        ("size", &size),
        ("forced_expire", "0"),
        ("sender", sender),
    ];
    let recipient = [("recipient", message.recipient), ("reason", message.reason)];
    let mut bytes = Vec::new();
    for (name, value) in attributes.into_iter().chain(recipient) {
        for text in [name, value] {
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(0);
        }
    }
    bytes.push(0);
    bytes
}

const PROTOCOL: &[u8] = b"protocol\0mail_queue_list_protocol\0\0";
