//! Threads that end: one switch ([`Halt`]) wakes every wait of a server, and [`Worker`] throws it
//! when the server's handle is dropped.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

/// The connections that may wait to be accepted.
const BACKLOG: i32 = 128;

/// How long to rest when a connection cannot be accepted, for want of descriptors or threads.
const REST: Duration = Duration::from_millis(10);

/// Whether a server is to stop, and the sockets its threads may be waiting on.
#[derive(Debug, Default)]
pub(crate) struct Halt {
    state: Mutex<HaltState>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct HaltState {
    stopped: bool,
    /// Weak, because a socket must be closed by its thread and not kept open by this list.
    sockets: Vec<Weak<Socket>>,
}

impl Halt {
    /// Has `socket` shut down when the server stops, or at once when it has stopped already.
    pub(crate) fn watch(&self, socket: &Arc<Socket>) {
        let mut state = lock(&self.state);
        if state.stopped {
            shut_down(socket);
        } else {
            state.sockets.retain(|known| known.strong_count() > 0);
            state.sockets.push(Arc::downgrade(socket));
        }
    }

    /// Waits for `duration`, or until the server stops; says whether it still runs.
    pub(crate) fn pause(&self, duration: Duration) -> bool {
        let state = lock(&self.state);
        let waited = self.bell.wait_timeout_while(state, duration, |state| !state.stopped);
        !waited.unwrap_or_else(PoisonError::into_inner).0.stopped
    }

    /// Whether the server has been told to stop.
    pub(crate) fn stopped(&self) -> bool {
        lock(&self.state).stopped
    }

    fn stop(&self) {
        let mut state = lock(&self.state);
        state.stopped = true;
        for socket in state.sockets.drain(..).filter_map(|socket| socket.upgrade()) {
            shut_down(&socket);
        }
        self.bell.notify_all();
    }
}

/// A server's first thread, which starts and outlives all its others; dropping it ends them.
#[derive(Debug)]
pub(crate) struct Worker {
    halt: Arc<Halt>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Runs `work` on a thread of its own until it returns, which it must soon after `halt`.
    pub(crate) fn start(
        halt: &Arc<Halt>,
        work: impl FnOnce() + Send + 'static,
    ) -> io::Result<Self> {
        let thread = thread::Builder::new().name("demo_host".into()).spawn(work)?;
        Ok(Self { halt: Arc::clone(halt), thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.halt.stop();
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by its own thread; a second one here would abort.
            drop(thread.join());
        }
    }
}

/// Serves every connection to `listener` on a thread of its own, until the server stops; returns
/// when the last of them has ended.
pub(crate) fn accept_loop(listener: &Socket, halt: &Halt, serve: impl Fn(Arc<Socket>) + Sync) {
    thread::scope(|scope| {
        while !halt.stopped() {
            let served = listener.accept().and_then(|(socket, _)| {
                // Otherwise a reply behind the tickets of TLS 1.3 waits for the client's delayed
                // ACK, 40 ms in every test. A unix socket has no such option.
                drop(socket.set_tcp_nodelay(true));
                let socket = Arc::new(socket);
                halt.watch(&socket);
                let serve = &serve;
                thread::Builder::new().spawn_scoped(scope, move || serve(socket))
            });
            if served.is_err() {
                halt.pause(REST);
            }
        }
    });
}

/// A socket of `kind` bound to a free port of the loopback address, or to `port` if not 0.
pub(crate) fn loopback_socket(ipv6: bool, kind: Type, port: u16) -> io::Result<Socket> {
    let ip: IpAddr = if ipv6 { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
    bound_socket((ip, port).into(), kind)
}

/// A socket of `kind` bound to `address`, to a free port of it if its port is 0.
pub(crate) fn bound_socket(address: SocketAddr, kind: Type) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, None)?;
    if kind == Type::STREAM && address.port() != 0 {
        // Otherwise the connections of an earlier server keep a well-known port for a minute.
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

/// Makes a bound stream socket listen, and registers it with `halt`.
pub(crate) fn listen(socket: Socket, halt: &Halt) -> io::Result<Arc<Socket>> {
    socket.listen(BACKLOG)?;
    let socket = Arc::new(socket);
    halt.watch(&socket);
    Ok(socket)
}

/// The address an internet socket is bound to.
pub(crate) fn bound_address(socket: &Socket) -> io::Result<SocketAddr> {
    let address = socket.local_addr()?.as_socket();
    address.ok_or_else(|| io::Error::other("the socket has no internet address"))
}

/// The other end of a stream connection; clones share it, and the last one closes it.
#[derive(Clone, Debug)]
pub(crate) struct Peer(pub(crate) Arc<Socket>);

impl Read for Peer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

impl Write for Peer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A growing list that can be waited for.
#[derive(Debug)]
pub(crate) struct Journal<T> {
    entries: Mutex<Vec<T>>,
    changed: Condvar,
}

impl<T: Clone> Journal<T> {
    /// Adds an entry and returns its place.
    pub(crate) fn open(&self, entry: T) -> usize {
        let mut entries = lock(&self.entries);
        entries.push(entry);
        self.changed.notify_all();
        entries.len() - 1
    }

    /// Changes the entry at `place`.
    pub(crate) fn amend(&self, place: usize, change: impl FnOnce(&mut T)) {
        let mut entries = lock(&self.entries);
        if let Some(entry) = entries.get_mut(place) {
            change(entry);
        }
        self.changed.notify_all();
    }

    /// How many entries are as `wanted`.
    pub(crate) fn count(&self, wanted: impl Fn(&T) -> bool) -> usize {
        lock(&self.entries).iter().filter(|entry| wanted(entry)).count()
    }

    /// All entries as they are now.
    pub(crate) fn read(&self) -> Vec<T> {
        lock(&self.entries).clone()
    }

    /// The entries as soon as `enough` of them are there, or as they are after `limit`.
    pub(crate) fn await_until(&self, limit: Duration, enough: impl Fn(&[T]) -> bool) -> Vec<T> {
        let end = Instant::now() + limit;
        let mut entries = lock(&self.entries);
        while !enough(&entries) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.changed.wait_timeout(entries, left);
            entries = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        entries.clone()
    }
}

impl<T> Default for Journal<T> {
    fn default() -> Self {
        Self { entries: Mutex::new(Vec::new()), changed: Condvar::new() }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panicking thread left behind is a record of plain data, whole between statements.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn shut_down(socket: &Socket) {
    // Fails on a socket that is not connected, yet wakes the thread that waits on it.
    drop(socket.shutdown(std::net::Shutdown::Both));
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn ok_a_dropped_worker_takes_its_waiting_threads_and_its_port_along() {
        let halt = Arc::new(Halt::default());
        let socket = loopback_socket(false, Type::STREAM, 0).unwrap();
        let listener = listen(socket, &halt).unwrap();
        let address = bound_address(&listener).unwrap();
        let port = Arc::downgrade(&listener);
        let worker = Worker::start(&halt, {
            let halt = Arc::clone(&halt);
            move || {
                accept_loop(&listener, &halt, |socket| {
                    let mut byte = [0];
                    drop(Peer(socket).read(&mut byte));
                    halt.pause(Duration::from_mins(10));
                });
            }
        })
        .unwrap();
        let mut client = TcpStream::connect(address).unwrap();
        drop(worker);
        assert!(port.upgrade().is_none());
        // The end of the stream, or a reset where it had not been accepted yet.
        assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
    }

    #[test]
    fn ok_a_udp_wait_is_woken_too() {
        let halt = Arc::new(Halt::default());
        let socket = Arc::new(loopback_socket(false, Type::DGRAM, 0).unwrap());
        halt.watch(&socket);
        let worker = Worker::start(&halt, move || {
            drop((&*socket).read(&mut [0; 16]));
        });
        drop(worker);
    }

    #[test]
    fn ok_a_journal_is_waited_for() {
        let journal = Journal::default();
        thread::scope(|scope| {
            scope.spawn(|| journal.open(1));
            let seen = journal.await_until(Duration::from_mins(1), |seen| !seen.is_empty());
            assert_eq!(seen, [1]);
        });
        assert_eq!(journal.await_until(Duration::ZERO, |seen| seen.len() > 1), [1]);
        journal.amend(0, |entry| *entry = 2);
        assert_eq!((journal.read(), journal.count(|entry| *entry == 2)), (vec![2], 1));
    }
}
