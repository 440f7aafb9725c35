//! The well-behaved server, and replies that differ.

use std::thread;

use super::*;
use crate::action::Action;
use crate::smtp::{Listen, ProxyVersion};

#[test]
fn ok_a_whole_dialogue_is_answered_and_recorded() {
    let server = start(Script { size_limit: Some(1000), ..Script::default() });
    let mut client = Client::greeted(&server);
    let expected = "250-mail.example.org\n250-PIPELINING\n250-8BITMIME\n\
                    250-ENHANCEDSTATUSCODES\n250 SIZE 1000";
    assert_eq!(client.say("EHLO client.example.net"), expected);
    assert_eq!(client.say("MAIL FROM:<> SIZE=1001"), "552 5.3.4 Message size exceeds fixed limit");
    assert_eq!(client.say("mail from:<a@example.net> size=1000"), "250 2.1.0 Ok");
    assert_eq!(client.say("RCPT TO:<postmaster@example.org>"), "250 2.1.5 Ok");
    assert_eq!(client.say("RCPT TO:<who@example.com>"), "454 4.7.1 Relay access denied");
    for (command, code) in [("RSET", "250"), ("NOOP", "250"), ("HELP", "214"), ("VRFY a", "252")] {
        assert!(client.say(command).starts_with(code), "{command}");
    }
    assert!(client.say("XYZZY").starts_with("502"));
    assert!(client.say("DATA").starts_with("554"));
    assert_eq!(client.say("QUIT"), "221 2.0.0 Bye");
    assert_eq!(client.byte(), None);

    let sessions = server.ended_sessions(1);
    let [session] = sessions.as_slice() else { panic!("{sessions:?}") };
    assert_eq!(session.lines.first().unwrap(), "EHLO client.example.net");
    assert_eq!(session.verbs.get(1).unwrap(), "MAIL");
    assert!(session.quit && session.data && session.in_lock_step());
    assert_eq!((session.bare_line_feeds, &session.tls_version), (0, &None));
}

#[test]
fn crit_the_order_of_commands_is_kept() {
    let server = start(Script::default());
    let mut client = Client::greeted(&server);
    assert!(client.say("MAIL FROM:<>").starts_with("503"));
    assert!(client.say("EHLO").starts_with("501"));
    assert!(client.say("HELO client.example.net").starts_with("250 "));
    assert!(client.say("RCPT TO:<a@example.org>").starts_with("503"));
    assert!(client.say("MAIL FROM: <>").starts_with("501"));
    assert!(client.say("LHLO client.example.net").starts_with("500"));
    assert!(client.say("STARTTLS").starts_with("502"));
    assert!(client.say("AUTH PLAIN").starts_with("503"));
}

#[test]
fn warn_early_speech_is_recorded() {
    // The header makes it certain that the command is there before the greeting.
    let server = start(Script { proxy: Some(ProxyVersion::V1), ..Script::default() });
    let mut client = Client::connect(&server);
    client.send(b"PROXY UNKNOWN\r\nEHLO client.example.net\r\n");
    assert!(client.reply().starts_with("220 "));
    assert!(client.reply().starts_with("250-"));
    client.send(b"NOOP\r\nQUIT\n");
    assert!(client.reply().starts_with("250 "));
    assert!(client.reply().starts_with("221 "));
    let sessions = server.ended_sessions(1);
    assert_eq!(sessions[0].before_greeting, b"EHLO client.example.net\r\n");
    assert_eq!(sessions[0].out_of_turn, b"QUIT\n");
    assert_eq!(sessions[0].bare_line_feeds, 1);
    assert!(!sessions[0].in_lock_step());
}

#[test]
fn ok_a_late_greeting_may_begin_with_a_teaser() {
    let late = Action::late(Duration::from_millis(10));
    let greeting = Action::Sequence(vec![Action::Raw(b"220-wait\r\n".to_vec()), late]);
    let server = start(Script { greeting, ..Script::default() });
    let mut client = Client::connect(&server);
    assert_eq!(client.reply(), "220-wait\n220 mail.example.org ESMTP");
}

#[test]
fn crit_a_refused_ehlo_leaves_helo() {
    let server = start(Script::default().answering("ehlo", Action::reply("502 5.5.1 No")));
    let mut client = Client::greeted(&server);
    assert_eq!(client.say("EHLO client.example.net"), "502 5.5.1 No");
    assert_eq!(client.say("HELO client.example.net"), "250 mail.example.org");
    assert!(client.say("MAIL FROM:<>").starts_with("250"));
}

#[test]
fn crit_a_second_mail_without_rset() {
    let server = start(Script::default());
    let mut client = Client::introduced(&server);
    assert!(client.say("MAIL FROM:<a@example.net>").starts_with("250"));
    assert!(client.say("MAIL FROM:<b@example.net>").starts_with("503"));
    assert!(client.say("RSET").starts_with("250"));
    assert!(client.say("MAIL FROM:<b@example.net>").starts_with("250"));
}

#[test]
fn ok_an_overriding_reply_moves_the_dialogue_on() {
    let script = Script::default()
        .answering("EHLO", Action::reply("250-odd.example.org\n250 X-ODD"))
        .answering("MAIL", Action::reply("452 4.3.1 Insufficient storage"))
        .answering("QUIT", Action::reply("500 5.5.1 What?"));
    let server = start(script);
    let mut client = Client::greeted(&server);
    assert_eq!(client.say("EHLO client.example.net"), "250-odd.example.org\n250 X-ODD");
    assert!(client.say("MAIL FROM:<>").starts_with("452"));
    assert!(client.say("RCPT TO:<a@example.org>").starts_with("503"));
    assert!(client.say("QUIT").starts_with("500"));
    assert!(client.say("NOOP").starts_with("250"));
}

#[test]
fn crit_an_open_relay_takes_everything() {
    let mut script = Script::open_relay();
    let refusal = Action::reply("450 4.2.0 Greylisted");
    script.recipients.push(("slow@example.org".into(), refusal));
    let server = start(script);
    let mut client = Client::introduced(&server);
    client.say("MAIL FROM:<a@example.net>");
    assert_eq!(client.say("RCPT TO:<who@example.com>"), "250 2.1.5 Ok");
    assert_eq!(client.say("RCPT TO:<Slow@Example.org>"), "450 4.2.0 Greylisted");
}

#[test]
fn ok_lmtp_knows_only_lhlo() {
    let server = start(Script { lmtp: true, ..Script::default() });
    let mut client = Client::connect(&server);
    assert_eq!(client.reply(), "220 mail.example.org LMTP");
    assert!(client.say("EHLO client.example.net").starts_with("500"));
    assert!(client.say("HELO client.example.net").starts_with("500"));
    assert!(client.say("LHLO client.example.net").starts_with("250-"));
}

#[test]
fn ok_a_proxy_header_is_expected_and_recorded() {
    let server = start(Script { proxy: Some(ProxyVersion::V1), ..Script::default() });
    let mut client = Client::connect(&server);
    client.send(b"PROXY TCP4 192.0.2.1 192.0.2.2 4711 25\r\n");
    assert!(client.reply().starts_with("220 "));
    client.say("QUIT");
    let mut rude = Client::connect(&server);
    rude.send(b"EHLO client.example.net\r\n");
    assert_eq!(rude.byte(), None);
    let sessions = server.ended_sessions(2);
    let header = sessions[0].proxy.as_ref().unwrap();
    assert_eq!(header.addresses.unwrap().0.port(), 4711);
    assert!(sessions[0].in_lock_step());
    assert_eq!(sessions[1].proxy, None);
}

#[test]
fn ok_several_clients_are_served_at_once_by_two_servers() {
    let (one, two) = (start(Script::default()), start(Script::default()));
    assert_ne!(one.port(), two.port());
    let mut clients: Vec<Client> = [&one, &one, &two].map(Client::introduced).into();
    for client in clients.iter_mut().rev() {
        assert!(client.say("QUIT").starts_with("221"));
    }
    assert_eq!(one.ended_sessions(2).len(), 2);
    assert_eq!(two.ended_sessions(1).len(), 1);
}

#[test]
fn ok_a_dropped_server_lets_go_of_its_clients() {
    let server = start(Script::default());
    let mut client = Client::greeted(&server);
    drop(server);
    assert_eq!(client.byte(), None);
}

#[test]
fn ok_a_unix_socket_is_served_and_removed() {
    use std::io::{BufRead, BufReader};
    use std::os::unix::net::UnixStream;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lmtp");
    let script = Script { lmtp: true, ..Script::default() };
    let server = SmtpServer::start_on(&Listen::Unix(path.clone()), script).unwrap();
    assert_eq!((server.path(), server.port()), (Some(path.as_path()), 0));
    let mut line = String::new();
    BufReader::new(UnixStream::connect(&path).unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "220 mail.example.org LMTP\r\n");
    drop(server);
    assert!(!path.exists());
}

#[test]
fn ok_ipv6_is_served_where_the_machine_has_it() {
    if let Ok(server) = SmtpServer::start_on(&Listen::Ipv6, Script::default()) {
        assert!(server.address().starts_with("[::1]:"));
        Client::greeted(&server);
    }
}

#[test]
fn ok_records_can_be_awaited() {
    let server = start(Script::default());
    thread::scope(|scope| {
        scope.spawn(|| Client::greeted(&server).say("QUIT"));
        assert!(server.ended_sessions(1)[0].quit);
    });
    assert_eq!(server.sessions().len(), 1);
}
