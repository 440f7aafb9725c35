//! Ports in a network of their own, where nobody else opens any.

use mailhost_tests::Run;

use crate::namespace::Place;

#[test]
fn critical_ports_that_others_can_reach() {
    let Some(said) = listen("--only-listening 25") else { return };
    said.finds(
        "[CRITICAL] port-open: others can reach ports 2501, 2502, 2503, 2504, which is not allowed",
    );
}

#[test]
fn ok_ports_that_may_be_open_and_those_of_the_machine_itself() {
    let Some(said) = listen("--only-listening 2501,2502,2503,2504 --listening 2501,2511") else {
        return;
    };
    said.says("OK - ports 2501, 2511 are open, port 2511 to this machine alone, no other port is open to others", &[]);
}

/// Runs the program where something listens on ports from 2501 for others, and from 2511 for this machine alone.
fn listen(words: &str) -> Option<Run> {
    let script = r#"
        ip link set lo up && perl -MIO::Socket::IP -e 1 || exit 9
        perl -MIO::Socket::IP -e '
            # The program gets the sockets with it.
            $^F = 99;
            sub listen_at {
                my ($host, $port) = @_;
                my %all = (LocalHost => $host, LocalPort => $port, Listen => 1, V6Only => 1);
                push our @sockets, IO::Socket::IP->new(%all) || do { warn "$host: $@"; exit 9 };
            }
            listen_at("0.0.0.0", 2501);
            listen_at("::", 2502);
            # Both kinds of addresses.
            listen_at("0.0.0.0", 2503);
            listen_at("::", 2503);
            # Here for others, there for this machine.
            listen_at("127.0.0.1", 2504);
            listen_at("::", 2504);
            listen_at("127.0.0.1", 2511);
            listen_at("127.9.9.9", 2512);
            listen_at("::1", 2513);
            exec @ARGV;
        ' "$@"
    "#;
    Place::new("ports")?.run_for_all(&["--mount", "--net"], script, words)
}
