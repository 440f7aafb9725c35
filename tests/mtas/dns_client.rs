//! A small DNS client, to look at what name servers say without the plugins' own.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket},
    time::Duration,
};

use hickory_proto::{
    op::{Edns, Message, Query},
    rr::{Name, RecordType},
};

/// Asks one question, over TCP if the answer does not fit into a datagram; DNSSEC records are asked
/// for, and with `unchecked` not validated.
///
/// # Errors
/// When no answer comes, or none that can be read.
///
/// # Panics
/// When `name` is none.
pub(crate) fn ask(
    server: SocketAddr,
    name: &str,
    kind: RecordType,
    unchecked: bool,
) -> io::Result<Message> {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.metadata.checking_disabled = unchecked;
    message.add_query(Query::query(Name::from_ascii(name).expect("a name"), kind));
    let mut edns = Edns::new();
    edns.set_max_payload(1232);
    edns.set_dnssec_ok(true);
    message.set_edns(edns);
    let question = message.to_vec().map_err(io::Error::other)?;
    let answer = over_udp(server, &question)?;
    if answer.metadata.truncation { over_tcp(server, &question) } else { Ok(answer) }
}

fn over_udp(server: SocketAddr, question: &[u8]) -> io::Result<Message> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(LIMIT))?;
    socket.send(question)?;
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer)?;
    Message::from_vec(&buffer[..length]).map_err(io::Error::other)
}

fn over_tcp(server: SocketAddr, question: &[u8]) -> io::Result<Message> {
    let mut stream = TcpStream::connect_timeout(&server, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    let length = u16::try_from(question.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes()[..], question].concat())?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut answer = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut answer)?;
    Message::from_vec(&answer).map_err(io::Error::other)
}

/// A resolver has to find out that a name server is lame before it answers.
const LIMIT: Duration = Duration::from_secs(20);
