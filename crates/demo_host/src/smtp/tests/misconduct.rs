//! Servers that do not answer as they should.

use std::io::ErrorKind;

use super::*;
use crate::action::Action;

#[test]
fn crit_greetings_of_every_kind() {
    let mut client = greeting_with(&Action::reply("554 5.7.1 No 220 for you"));
    assert_eq!(client.reply(), "554 5.7.1 No 220 for you");
    let mut client = greeting_with(&Action::reply("220-one\n220 two"));
    assert_eq!(client.reply(), "220-one\n220 two");
    let mut client = greeting_with(&Action::Close);
    assert_eq!(client.byte(), None);
    let mut client = greeting_with(&Action::half_line("220 mai"));
    assert_eq!(client.line(), "220 mai");
    let mut client = greeting_with(&Action::reply_and_close("421 4.3.2 Shutting down"));
    assert_eq!(client.reply(), "421 4.3.2 Shutting down");
    assert_eq!(client.byte(), None);
    let interval = Duration::from_millis(1);
    let bytes = b"220 slow.example.org\r\n".to_vec();
    let mut client = greeting_with(&Action::Dribble { bytes, interval });
    assert_eq!(client.reply(), "220 slow.example.org");
    assert!(client.say("NOOP").starts_with("250"));
}

#[test]
fn crit_silence_is_kept_until_the_client_goes() {
    let server = start(Script { greeting: Action::Silence, ..Script::default() });
    let mut client = Client::connect(&server);
    client.send(b"EHLO client.example.net\r\nQUIT\r\n");
    drop(client);
    let sessions = server.ended_sessions(1);
    assert_eq!(sessions[0].lines, ["EHLO client.example.net", "QUIT"]);
    assert_eq!(sessions[0].before_greeting, b"EHLO client.example.net\r\nQUIT\r\n");
    assert!(sessions[0].quit && sessions[0].verbs.is_empty());
}

#[test]
fn crit_a_reset_is_one() {
    let server = start(Script::default().answering("EHLO", Action::Reset));
    let mut client = Client::greeted(&server);
    client.send(b"EHLO client.example.net\r\n");
    let Wire::Clear(stream) = &mut client.wire else { panic!("not in clear") };
    let error = stream.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn crit_endless_output_ends_with_the_client() {
    let line = Action::EndlessLine(b"220 ".to_vec());
    let lines = Action::EndlessLines("220-more".into());
    for (greeting, expected) in [(line, "220 xxxxxxxx"), (lines, "220-more\r\n22")] {
        let server = start(Script { greeting, ..Script::default() });
        let mut client = Client::connect(&server);
        let read: Vec<u8> = (0..12).map(|_| client.byte().unwrap()).collect();
        assert_eq!(read, expected.as_bytes());
        drop(client);
        assert!(server.ended_sessions(1)[0].ended);
    }
}

#[test]
fn crit_endless_output_ends_with_the_server() {
    let greeting = Action::EndlessLine(Vec::new());
    let server = start(Script { greeting, ..Script::default() });
    let mut client = Client::connect(&server);
    assert_eq!(client.byte(), Some(b'x'));
    drop(server);
}

#[test]
fn crit_delays_and_dribbles_end_with_the_server() {
    let hour = Duration::from_hours(1);
    let dribble = Action::Dribble { bytes: b"220 slow".to_vec(), interval: hour };
    for greeting in [Action::late(hour), dribble, Action::Silence] {
        let server = start(Script { greeting, ..Script::default() });
        let client = Client::connect(&server);
        drop(server);
        drop(client);
    }
}

#[test]
fn crit_quit_is_taken_badly() {
    for (action, answer) in
        [(Action::Close, ""), (Action::reply("502 5.5.1 Stay"), "502 5.5.1 Stay")]
    {
        let server = start(Script::default().answering("QUIT", action));
        let mut client = Client::introduced(&server);
        assert_eq!(client.say("QUIT"), answer);
        drop(client);
        assert!(server.ended_sessions(1)[0].quit);
    }
}

#[test]
fn crit_a_line_without_end_from_the_client_is_not_read_for_ever() {
    let server = start(Script::default());
    let mut client = Client::greeted(&server);
    let Wire::Clear(stream) = &mut client.wire else { panic!("not in clear") };
    // The server may have had enough before all of this is written.
    drop(stream.write_all(&vec![b'x'; 100_000]));
    assert!(server.ended_sessions(1)[0].ended);
}

/// A client of a server that greets so, and which goes with the test process.
fn greeting_with(greeting: &Action) -> Client {
    let server = start(Script { greeting: greeting.clone(), ..Script::default() });
    let client = Client::connect(&server);
    std::mem::forget(server);
    client
}
