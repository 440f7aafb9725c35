//! Policies, right and wrong.

use proptest::prelude::*;

use super::*;

const GOOD: &str = "version: STSv1\nmode: enforce\nmx: mx.example.org\nmax_age: 604800\n";

/// Each fault as `LINE "PART" TEXT`.
fn shown(faults: &[PolicyFault]) -> Vec<String> {
    let place =
        |place: &Place| format!("{} \"{}\" ", place.line, &place.content[place.span.clone()]);
    let one = |it: &PolicyFault| it.place.as_ref().map(place).unwrap_or_default() + &it.text;
    faults.iter().map(one).collect()
}

fn read(body: &str) -> Policy {
    Policy::parse(body.as_bytes()).expect(body)
}

#[test]
fn ok_policies_are_read() {
    for body in [
        GOOD,
        GOOD.trim_end(),
        &GOOD.replace('\n', "\r\n"),
        &GOOD.replace('\n', " \t\r\n"),
        &GOOD.replace(": ", ":"),
        &GOOD.replace(": ", ":\t "),
        "max_age:0000604800\nmx:mx.example.org\nmode:enforce\nversion:STSv1",
    ] {
        let policy = read(body);
        assert_eq!((policy.mode, policy.max_age), (Mode::Enforce, 604_800), "{body:?}");
        assert_eq!(
            policy.mx.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["mx.example.org"]
        );
        assert_eq!(policy.oddities, [], "{body:?}");
    }
}

#[test]
fn ok_modes_and_ages() {
    assert_eq!(read("version: STSv1\nmode: none\nmax_age: 0\n").mode, Mode::None);
    assert_eq!(read(&GOOD.replace("enforce", "testing")).mode, Mode::Testing);
    assert_eq!(read(&GOOD.replace("604800", "31557600")).max_age, LONGEST_AGE);
}

#[test]
fn ok_a_host_is_covered_by_one_of_the_patterns() {
    let policy = read(&GOOD.replace("mx: ", "mx: *.example.net\nmx: "));
    let covers = |host: &str| {
        let name = Name::from_text(host).expect("a name");
        policy.covers(&name).map(ToString::to_string)
    };
    assert_eq!(covers("MX.example.org").as_deref(), Some("mx.example.org"));
    assert_eq!(covers("a.example.net").as_deref(), Some("*.example.net"));
    assert_eq!(covers("a.b.example.net"), None);
}

#[test]
fn warning_what_senders_ignore() {
    for (body, faults) in [
        (format!("{GOOD}mode: moo\n"), "5 \"mode\" mode is there again, and only the first counts"),
        (format!("{GOOD}x: \u{fc} y\n"), "5 \"x\" x is no key of MTA-STS"),
        (
            format!("{GOOD}Max-Age: 1\n"),
            "5 \"Max-Age\" Max-Age is no key of MTA-STS; write max_age",
        ),
        (format!("{GOOD}\n\n"), "5 \"\" the line is empty, and some senders do not read on"),
        (
            format!("{GOOD}mx: 192.0.2.1\n"),
            "5 \"192.0.2.1\" an address matches no mail exchanger: mx takes names",
        ),
    ] {
        let policy = read(&body);
        assert_eq!(shown(&policy.oddities), [faults], "{body:?}");
        assert_eq!((policy.mode, policy.max_age), (Mode::Enforce, 604_800));
        assert!(policy.oddities.iter().all(|fault| !fault.kind.is_fatal()));
    }
}

#[test]
fn critical_what_makes_senders_ignore_the_policy() {
    for (body, kind, faults) in [
        ("", PolicyFaultKind::Missing, &["it is empty"][..]),
        ("\r\n \r\n", PolicyFaultKind::Missing, &["it is empty"]),
        (
            "x: y",
            PolicyFaultKind::UnknownKey,
            &[
                "1 \"x\" x is no key of MTA-STS",
                "version is missing",
                "mode is missing",
                "max_age is missing",
            ],
        ),
        ("version: STSv1\nmode: testing\nmax_age: 1", PolicyFaultKind::Missing, &["mx is missing"]),
        (
            "version: stsv1\nmode: Enforce\nmax_age: 31557601\nmx:",
            PolicyFaultKind::Version,
            &[
                "1 \"stsv1\" version is STSv1, in exactly these letters",
                "2 \"Enforce\" mode is enforce, testing or none, in small letters",
                "3 \"31557601\" max_age is a number of seconds, 0 to 31557600",
                "4 \"mx:\" mx has no value",
            ],
        ),
        // A key that cannot be read is not missing as well.
        (
            "version : STSv1\n mode: none\nmax_age 1",
            PolicyFaultKind::BlankBeforeColon,
            &[
                "1 \" \" there is no blank before the colon",
                "2 \" \" a line begins with its key, not with a blank",
                "3 \"max_age 1\" a line is a key, a colon and a value",
            ],
        ),
        (
            "version: STSv1\rmode: none\rmax_age: 1\r",
            PolicyFaultKind::BareReturn,
            &["1 \"\r\" a carriage return stands alone: a line ends in CR LF or in LF"],
        ),
        (
            "\u{feff}version: STSv1\nmode: none\nmax_age: 1",
            PolicyFaultKind::Key,
            &["1 \"\u{feff}\" a byte order mark stands before the key"],
        ),
        (
            "<html>: x\n: y\nm\u{fc}: z",
            PolicyFaultKind::Key,
            &[
                "1 \"<html>\" this is not the name of a key",
                "2 \":\" there is no key before this colon",
                "3 \"m\u{fc}\" this is not the name of a key",
            ],
        ),
    ] {
        let found = Policy::parse(body.as_bytes()).expect_err(body);
        assert_eq!(
            (shown(&found), found[0].kind),
            (faults.iter().map(|&it| it.to_owned()).collect(), kind)
        );
        assert!(found.iter().any(|fault| fault.kind.is_fatal()), "{body:?}");
    }
}

#[test]
fn critical_a_bad_line_among_good_ones() {
    for (line, kind, says) in [
        ("mx: a b", PolicyFaultKind::Mx, "5 \"a b\" every pattern has a line of its own"),
        ("x:", PolicyFaultKind::Value, "5 \"x:\" x has no value"),
        ("x: a\0b", PolicyFaultKind::Value, "5 \"\0\" a control character must not be in a value"),
        (
            "x: a\r\r",
            PolicyFaultKind::BareReturn,
            "5 \"\r\" a carriage return stands alone: a line ends in CR LF or in LF",
        ),
    ] {
        let found = Policy::parse(format!("{GOOD}{line}\n").as_bytes()).expect_err(line);
        assert_eq!((shown(&found), found[0].kind), (vec![says.to_owned()], kind));
    }
    for age in ["", "-1", "+1", "1.5", "1 d", "00000000001", "99999999999"] {
        let found = Policy::parse(GOOD.replace("604800", age).as_bytes()).expect_err(age);
        assert_eq!((found.len(), found[0].kind), (1, PolicyFaultKind::MaxAge), "{age}");
    }
    let found =
        Policy::parse(GOOD.replace("604800\n", "604800\r").as_bytes()).expect_err("the end");
    assert_eq!((found.len(), found[0].kind), (1, PolicyFaultKind::BareReturn));
    let found =
        Policy::parse(b"version: STSv1\nmode: none\nmax_age: 1\nx: a\xff\n").expect_err("bytes");
    assert_eq!(shown(&found), ["4 \"\u{fffd}\" this is not UTF-8"]);
}

#[test]
fn critical_a_policy_without_end() {
    let body = format!("{GOOD}x: {}", "y".repeat(LARGEST_POLICY));
    let found = Policy::parse(body.as_bytes()).expect_err("a long one");
    assert_eq!(shown(&found), ["it is longer than 65536 bytes, which senders need not read"]);
    assert!(Policy::parse(&body.as_bytes()[..LARGEST_POLICY]).is_ok());
    let lines = Policy::parse("x\n".repeat(LARGEST_POLICY / 2).as_bytes()).expect_err("many lines");
    assert_eq!(lines.len(), LARGEST_POLICY / 2);
}

#[test]
fn ok_the_type_of_the_answer() {
    for (text, is) in [
        ("text/plain", true),
        ("Text/Plain; charset=utf-8", true),
        (" text/plain ;x", true),
        ("text/html", false),
        ("text/plainer", false),
        ("application/octet-stream", false),
        ("", false),
    ] {
        assert_eq!(is_plain_text(text), is, "{text}");
    }
}

proptest! {
    #[test]
    fn any_body_is_read_or_pointed_at(body in proptest::collection::vec(line(), 0..8)) {
        check(body.join("\n").as_bytes())?;
    }

    #[test]
    fn any_bytes_are_read_or_pointed_at(body in proptest::collection::vec(any::<u8>(), 0..80)) {
        check(&body)?;
    }
}

fn line() -> impl Strategy<Value = String> {
    "((version: STSv1|mode: (none|enforce|testing)|max_age: [0-9]{1,9}|mx: (\\*\\.)?[a-z]{1,3}\\.org)|[a-z_]{0,4}[: \\r]{0,3}\\PC{0,8})[ \\r]{0,2}"
}

fn check(body: &[u8]) -> Result<(), TestCaseError> {
    let faults = match Policy::parse(body) {
        Ok(policy) => {
            prop_assert!(policy.oddities.iter().all(|fault| !fault.kind.is_fatal()));
            prop_assert!(policy.mode == Mode::None || !policy.mx.is_empty());
            policy.oddities
        }
        Err(faults) => {
            prop_assert!(faults.iter().any(|fault| fault.kind.is_fatal()));
            faults
        }
    };
    for place in faults.into_iter().filter_map(|fault| fault.place) {
        prop_assert!(place.content.get(place.span).is_some());
    }
    Ok(())
}
