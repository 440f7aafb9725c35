//! Whom this machine asks: resolv.conf(5).

use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use super::ResolverError;

/// The name servers of a file in the form of `/etc/resolv.conf`; the one of this machine where there
/// is no file or no server in it, as the manual page says.
pub(super) fn name_servers(path: &str) -> Result<Vec<SocketAddr>, ResolverError> {
    let text = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        text => text.map_err(|source| ResolverError { path: path.to_owned(), source })?,
    };
    let mut servers: Vec<SocketAddr> =
        String::from_utf8_lossy(&text).lines().filter_map(server).collect();
    servers.truncate(MOST);
    if servers.is_empty() {
        servers.push(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT));
    }
    Ok(servers)
}

fn server(line: &str) -> Option<SocketAddr> {
    let mut words = line.split_whitespace();
    let address = words.next().filter(|word| *word == "nameserver").and(words.next())?;
    if let Ok(address) = address.parse() {
        return Some(SocketAddr::new(address, PORT));
    }
    // A link-local address with its interface, by name or number, which only the system can read. It
    // is asked about nothing else, so that it looks nothing up.
    let (bare, _) = address.split_once('%')?;
    bare.parse::<Ipv6Addr>().ok()?;
    (address, PORT).to_socket_addrs().ok()?.next()
}

const PORT: u16 = 53;
/// As many as the system's own resolver reads.
const MOST: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(text: &str) -> Vec<String> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), text).expect("written");
        let path = file.path().to_str().expect("a plain path");
        name_servers(path).expect("readable").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ok_name_servers_are_read() {
        let text = "# nameserver 192.0.2.9\nsearch example.org\nnameserver 192.0.2.1 # main\n\
                    \tnameserver\t2001:db8::1\nnameserver fe80::1%lo\nnameserver 192.0.2.4\n";
        let read = servers(text);
        assert_eq!(read[..2], ["192.0.2.1:53", "[2001:db8::1]:53"]);
        assert!(read[2].starts_with("[fe80::1%") && read[2].ends_with("]:53"), "{}", read[2]);
    }

    #[test]
    fn ok_without_any_it_is_this_machine() {
        assert_eq!(servers("nameserver\nnameserver x\nnameservers 192.0.2.1\n"), ["127.0.0.1:53"]);
        let none = name_servers("/nonexistent/resolv.conf").expect("the default");
        assert_eq!(none.len(), 1);
    }

    #[test]
    fn unknown_a_file_that_cannot_be_read_is_said() {
        let error = name_servers("/").expect_err("a directory");
        assert!(error.to_string().starts_with("reading /: "), "{error}");
    }
}
