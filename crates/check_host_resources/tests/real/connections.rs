//! Connections in a network of their own, where nobody else has any.

use std::fs;

use mailhost_tests::Run;

use crate::namespace::Place;
use crate::number;

#[test]
fn warning_more_connections_than_the_service_wants() {
    let Some(said) = connected("--established 2525=400:600") else { return };
    said.finds("[WARNING] connections-in: port 2525 has 500 connections (range 400)");
    assert_eq!(number(&said, "established").to_string(), "500", "{}", said.stdout);
}

#[test]
fn critical_more_connections_than_the_service_takes() {
    let Some(said) = connected("--established 2525=100:400") else { return };
    said.finds("[CRITICAL] connections-in: port 2525 has 500 connections (range 400)");
}

#[test]
fn ok_as_many_connections_as_there_may_be() {
    let Some(said) = connected("--established 2525=500,25=3,2526=0") else { return };
    let all = "500 connections on port 2525, 3 connections on port 25, 0 connections on port 2526";
    said.says(&format!("OK - {all}"), &[]);
}

/// Those that nobody has answered yet count: of a burst most are such.
#[test]
fn critical_connections_to_others() {
    let Some(said) = connected("--outgoing 25=10:39") else { return };
    said.finds("[CRITICAL] connections-out: port 25 has 40 connections to others (range 39)");
    assert_eq!(number(&said, "outgoing").to_string(), "40", "{}", said.stdout);
}

#[test]
fn ok_connections_to_others_without_those_of_this_machine() {
    let Some(said) = connected("--outgoing 25=40,2525=0") else { return };
    let all = "40 connections to port 25 of others, 0 connections to port 2525 of others";
    said.says(&format!("OK - {all}"), &[]);
}

/// Runs the program where 500 are connected to port 2525 and three to port 25, by IPv4 and IPv6, and 40 wait for an
/// answer of port 25 of machines that are not there.
fn connected(words: &str) -> Option<Run> {
    let place = Place::new("connections")?;
    let script = r#"
        ip link set lo up && perl -MIO::Socket::IP -e 1 && ss -V >/dev/null || exit 9
        # Both ends of all connections.
        ulimit -n 4096 2>/dev/null || exit 9
        # What is sent there comes back, is for nobody, and is thrown away.
        ip address add 192.0.2.1/24 dev lo
        ip route add 198.51.100.0/24 dev lo src 192.0.2.1
        # So that perl takes addresses of IPv6 too.
        ip address add 2001:db8::1/64 dev lo nodad || exit 9
        perl -MIO::Socket::IP -e '
            my @kept;
            sub connect_to {
                my ($port, @hosts) = @_;
                my %any = (LocalHost => "::", V6Only => 0);
                my $server = IO::Socket::IP->new(%any, LocalPort => $port, Listen => 9);
                $server || do { warn "$port: $@"; exit 9 };
                for my $host (@hosts) {
                    my $one = IO::Socket::IP->new(PeerHost => $host, PeerPort => $port);
                    push @kept, $one || die("$host: $@"), $server->accept;
                }
                push @kept, $server;
            }
            connect_to(2525, ("127.0.0.1", "::1") x 250);
            connect_to(25, "127.0.0.1", "127.9.9.9", "::1");
            for (1 .. 40) {
                my %to = (PeerHost => "198.51.100.$_", PeerPort => 25, Blocking => 0);
                push @kept, IO::Socket::IP->new(%to) || die("$_: $@");
            }
            my @ss = map { scalar(() = `ss -Htn $_`) } "state established sport = :2525",
                "state established sport = :25", "state syn-sent dport = :25";
            open(my $file, ">", "ss") || die($!);
            print($file "@ss");
            close($file) || die($!);
            exit(system(@ARGV) >> 8);
        ' "$@"
    "#;
    let said = place.run_for_all(&["--mount", "--net"], script, words)?;
    assert_eq!(fs::read_to_string(place.join("ss")).unwrap(), "500 3 40");
    Some(said)
}
