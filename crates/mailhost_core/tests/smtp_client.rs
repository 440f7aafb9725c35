//! The SMTP client against scripted servers, where the moment of a command matters.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends by panicking"
)]

use std::thread;
use std::time::Duration;

use demo_host::Action;
use demo_host::certificates::{Authority, CertificateSpec};
use demo_host::smtp::{Script, SmtpServer, Tls};
use mailhost_core::deadline::Deadline;
use mailhost_core::net::{Endpoint, connect};
use mailhost_core::smtp::{Client, Fault};
use mailhost_core::tls::{Inspector, PeerName};

fn client(server: &SmtpServer) -> Client {
    let endpoint = Endpoint::Inet(server.socket_address().unwrap());
    let deadline = Deadline::start(Duration::from_secs(10));
    Client::new(connect(&endpoint, None, &deadline).unwrap())
}

/// What is said unasked after a reply, in a write of its own, is not taken for the next reply.
#[test]
fn critical_a_later_reply_that_nobody_asked_for() {
    let identity = Authority::new("Example Root")
        .unwrap()
        .issue(&CertificateSpec::default())
        .unwrap();
    let inspector = Inspector::new(PeerName::Nothing, None).unwrap();
    for tls in [false, true] {
        let script = Script {
            tls: Some(Tls::new(identity.clone())),
            implicit_tls: tls,
            ..Script::default()
        };
        let more = ["250 Ok", "250 Unasked"].map(Action::reply).into();
        let server = SmtpServer::start(script.answering("NOOP", Action::Sequence(more))).unwrap();
        let mut client = client(&server);
        if tls {
            client.start_tls(&inspector).unwrap();
        }
        client.greeting().unwrap();
        // The session tickets that came with the handshake are no surplus.
        assert_eq!(client.surplus(), None);
        assert_eq!(client.command("NOOP").unwrap().to_string(), "250 Ok");
        thread::sleep(Duration::from_millis(200));
        let fault = client.command("HELP").unwrap_err();
        assert_eq!(fault, Fault::OutOfTurn("250 Unasked\r\n".to_owned()));
        assert_eq!(client.quit(), None);
    }
}
