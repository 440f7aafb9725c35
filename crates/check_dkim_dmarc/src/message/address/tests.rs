use super::*;

fn read(text: &str) -> Result<Vec<String>, (String, String)> {
    let wrong = |error: SyntaxError| (text[error.span].to_owned(), error.text);
    Ok(mailboxes(text).map_err(wrong)?.into_iter().map(|mailbox| mailbox.text).collect())
}

#[test]
fn ok_mailboxes_in_every_form() {
    for (text, all) in [
        ("a@example.org", &["a@example.org"][..]),
        ("<a@example.org>", &["a@example.org"]),
        ("Ann <a@example.org>", &["a@example.org"]),
        ("Ann B. Smith <a@example.org>", &["a@example.org"]),
        ("\"Smith, Ann \\\" <x@example.net>\" <a@example.org>", &["a@example.org"]),
        ("(x@example.net) a@example.org (a (nested \\) one), b@example.com)", &["a@example.org"]),
        ("a . b @ example . (dot) org", &["a.b@example.org"]),
        ("\"a b\"@example.org", &["\"a b\"@example.org"]),
        ("\"a@example.net\"@example.org", &["\"a@example.net\"@example.org"]),
        ("a..b.@example.org", &["a..b.@example.org"]),
        ("Ann <a@example.org>, b@example.net", &["a@example.org", "b@example.net"]),
        (", a@example.org,, b@example.org,", &["a@example.org", "b@example.org"]),
        ("Us: a@example.org, B <b@example.org>;", &["a@example.org", "b@example.org"]),
        ("Us: a@example.org;, c@example.org", &["a@example.org", "c@example.org"]),
        ("Undisclosed:;", &[]),
        ("", &[]),
        ("(nobody)", &[]),
        ("<@example.com,@example.net:a@example.org>", &["a@example.org"]),
        ("a@[192.0.2.1]", &["a@[192.0.2.1]"]),
        ("a@b\u{fc}cher.example", &["a@b\u{fc}cher.example"]),
        ("J\u{f6}rg <a@example.org>", &["a@example.org"]),
        ("=?utf-8?q?J=C3=B6rg?= <a@example.org>", &["a@example.org"]),
        ("Ann\r\n\t<a@example.org>", &["a@example.org"]),
    ] {
        assert_eq!(
            read(text).as_deref(),
            Ok(&all.iter().map(ToString::to_string).collect::<Vec<_>>()[..]),
            "{text}"
        );
    }
}

#[test]
fn ok_what_a_domain_is() {
    let of = |text: &str| mailboxes(text).expect(text).remove(0).domain;
    assert_eq!(of("a@[192.0.2.1]"), Domain::Literal("[192.0.2.1]".to_owned()));
    assert_eq!(of("a@b\u{fc}cher.example"), Domain::NotAscii("b\u{fc}cher.example".to_owned()));
    let name = Name::from_text("xn--bcher-kva.example").expect("a name");
    assert_eq!(of("a@XN--bcher-kva.example"), Domain::Name(name));
}

#[test]
fn critical_what_is_no_mailbox_is_pointed_at() {
    let missing = "this is no address: it has no @";
    let domain = "a part of the domain is missing before this";
    for (text, at, says) in [
        ("root", "root", missing),
        ("Smith, Ann <a@example.org>", "Smith", missing),
        ("a@example.org <b@example.net>", "<", "a comma has to come before this"),
        ("<a@example.org> b@example.net", "b", "a comma has to come before this"),
        ("a@example.org b", "b", "a comma has to come before this"),
        ("Ann <>", ">", "there is no address before this: it would have an @"),
        ("Ann <root>", ">", "there is no address before this: it would have an @"),
        ("Ann <", "", "there is no address before this: it would have an @"),
        ("Ann <a@example.org", "", "the closing angle bracket has to come before this"),
        ("<@example.net a@example.org>", ">", "a colon has to end the route here"),
        ("@example.org", "@", "there is nothing before this @"),
        ("a@", "", domain),
        ("a@.org", ".", domain),
        ("a@example..org", ".", domain),
        ("a@example.org.", "", domain),
        ("a@\"example.org\"", "\"example.org\"", domain),
        (
            "a b@example.org",
            "a b",
            "an address is one word before its @, or words with dots between them",
        ),
        ("\"Ann a@example.org", "\"", "what begins here has no end"),
        ("Ann (a <a@example.org>", "(", "what begins here has no end"),
        ("Ann) <a@example.org>", ")", "this has no place here"),
        ("a@example.org;", ";", "a comma has to come before this"),
        ("Us: a@example.org", ":", "there is no ; at the end of this group"),
        ("Us: They: a@example.org;;", ":", "this has no place here"),
        ("a\0@example.org", "\0", "the control character 0 has no place here"),
    ] {
        assert_eq!(read(text), Err((at.to_owned(), says.to_owned())), "{text}");
    }
    let long = format!("a@{}.example", "a".repeat(64));
    let says = "this is no domain: a part of the name is longer than 63 bytes";
    assert_eq!(read(&long), Err((long[2..].to_owned(), says.to_owned())));
}

#[test]
fn ok_null_paths() {
    for (text, is) in
        [("<>", true), (" < (none) > ", true), ("<a@example.org>", false), ("", false)]
    {
        assert_eq!(is_null_path(text), is, "{text}");
    }
}

#[test]
fn ok_deep_comments_are_no_trouble() {
    let deep = format!("{}{}a@example.org", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(read(&deep), Ok(vec!["a@example.org".to_owned()]));
}

#[test]
fn critical_deep_comments_without_an_end() {
    let says = "what begins here has no end";
    assert_eq!(read(&"(".repeat(100_000)), Err(("(".to_owned(), says.to_owned())));
}
