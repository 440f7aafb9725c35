//! Records, right and wrong.

use proptest::prelude::*;

use super::*;

/// Each error as `SPAN TEXT`, or the record as it is written.
fn read(text: &str) -> Vec<String> {
    match parse(text) {
        Ok(record) => vec![record.to_string()],
        Err(errors) => errors
            .into_iter()
            .map(|error| format!("\"{}\" {}", &text[error.span], error.text))
            .collect(),
    }
}

#[test]
fn ok_records_are_read_and_written() {
    for text in [
        "v=spf1",
        "v=spf1 a mx -all",
        "v=spf1 a/24 a//64 a/24//64 mx:example.org/24 ?a:a.b.example//48",
        "v=spf1 ip4:192.0.2.0/24 ip4:192.0.2.1 ip4:0.0.0.0/0 ip6:2001:db8::/32 ~all",
        "v=spf1 ip6:::/0 ip6:2001:db8::192.0.2.1",
        "v=spf1 exists:%{ir}.%{l1r+-}._spf.%{d} ptr ptr:example.org -all",
        "v=spf1 redirect=_spf.example.org. exp=explain.%{d}",
        "v=spf1 moo.cow-far_out=man:dog/cat a:a:b/c.example.org a:%{d/}",
        // A top label may hold a hyphen, so the last of these is no blank forgotten.
        "v=spf1 a:example.xn--p1ai a:foo.1com include:example.org-all",
    ] {
        assert_eq!(read(text).join(" "), text.replace("2001:db8::192.0.2.1", "2001:db8::c000:201"));
    }
    assert_eq!(read("V=SPF1  +A:Example.org  ~ALL "), ["v=spf1 a:Example.org ~all"]);
}

#[test]
fn critical_every_error_is_found_and_pointed_at() {
    for (text, errors) in [
        ("v=spf1 ip4:192.0.2.1~all", &["\"~all\" a blank is missing before ~all"][..]),
        ("v=spf1 ip4:192.0.2.0/24-all", &["\"-all\" a blank is missing before -all"]),
        ("v=spf1 include:example.org~all", &["\"~all\" a blank is missing before ~all"]),
        ("v=spf1 mx~all", &["\"~all\" a blank is missing before ~all"]),
        ("v=spf1 ptr?all", &["\"?all\" a blank is missing before ?all"]),
        ("v=spf1 a-all", &["\"-all\" a blank is missing before -all"]),
        ("v=spf1 a/24-all", &["\"-all\" a blank is missing before -all"]),
        ("v=spf1 exists:%{i}.a.b+ALL", &["\"+ALL\" a blank is missing before +ALL"]),
        (
            "v=spf1 moo 192.0.2.1 ip4:192.0.2.300",
            &[
                "\"moo\" \"moo\" is no mechanism of SPF",
                "\"192.0.2.1\" an address is written ip4:192.0.2.1",
                "\"192.0.2.300\" this is not an IPv4 address",
            ],
        ),
        ("v=spf1 -redirect=a.example", &["\"-\" redirect= is a modifier and takes no qualifier"]),
        (
            "v=spf1 redirect:a.example",
            &["\"redirect:a.example\" redirect is followed by = and a domain"],
        ),
        (
            "v=spf1 all:x all. -all/8",
            &[
                "\":x\" all takes no value",
                "\"all.\" \"all.\" is no mechanism of SPF",
                "\"/8\" all takes no value",
            ],
        ),
        (
            "v=spf1 ip4:/24 ip4 ip4: ip6:",
            &[
                "\"ip4:/24\" ip4 is followed by a colon and an address",
                "\"ip4\" ip4 is followed by a colon and an address",
                "\"ip4:\" ip4 is followed by a colon and an address",
                "\"ip6:\" ip6 is followed by a colon and an address",
            ],
        ),
        (
            "v=spf1 ip4:%{i} ip4:::1 ip6:192.0.2.1",
            &[
                "\"%{i}\" there are no macros in addresses",
                "\"::1\" this is an IPv6 address: write ip6",
                "\"192.0.2.1\" this is an IPv4 address: write ip4",
            ],
        ),
        (
            "v=spf1 ip4:192.0.2.1/33 ip4:192.0.2.1/08 ip6:::1/129 ip4:192.0.2.1/",
            &[
                "\"33\" a prefix length here is 0 to 32",
                "\"08\" a prefix length has no zero in front",
                "\"129\" a prefix length here is 0 to 128",
                "\"/\" a prefix length is a number",
            ],
        ),
    ] {
        assert_eq!(read(text)[..errors.len()], *errors, "{text}");
    }
}

#[test]
fn critical_every_error_in_a_domain_and_a_modifier_is_found() {
    for (text, errors) in [
        (
            "v=spf1 include include: exists ptr: a: mx:",
            &[
                "\"include\" include is followed by a colon and a domain",
                "\"include:\" include is followed by a domain",
                "\"exists\" exists is followed by a colon and a domain",
                "\"ptr:\" ptr is followed by a domain",
                "\"a:\" a is followed by a domain",
                "\"mx:\" mx is followed by a domain",
            ][..],
        ),
        (
            "v=spf1 a/33 mx//129 a/024 a/x a:example.org/-1",
            &[
                "\"33\" a prefix length here is 0 to 32",
                "\"129\" a prefix length here is 0 to 128",
                "\"024\" a prefix length has no zero in front",
                "\"/x\" a prefix length is a number behind / or //",
                "\"example.org/-1\" a domain has at least two labels, such as x.example.org, or ends in a macro",
            ],
        ),
        (
            "v=spf1 ptr:example.org/24 ptr/24 include/24",
            &[
                "\"24\" ptr takes no such prefix length",
                "\"/24\" ptr takes no prefix length",
                "\"/24\" include takes no prefix length",
            ],
        ),
        (
            "v=spf1 a:museum a:111.222.33.44 a:foo.1 a:foo.-b include:192.0.2.1",
            &[
                "\"museum\" a domain has at least two labels, such as x.example.org, or ends in a macro",
                "\"111.222.33.44\" a takes a name, not an address",
                "\"foo.1\" a domain has at least two labels, such as x.example.org, or ends in a macro",
                "\"foo.-b\" a domain has at least two labels, such as x.example.org, or ends in a macro",
                "\"192.0.2.1\" include takes a name, not an address",
            ],
        ),
        (
            "v=spf1 redirect= exp= exp=a.b exp=c.d redirect=e.f redirect=g.h",
            &[
                "\"redirect=\" redirect= is followed by a domain",
                "\"exp=\" exp= is followed by a domain",
                "\"exp=c.d\" exp= must be there only once",
                "\"redirect=g.h\" redirect= must be there only once",
            ],
        ),
        (
            "v=spf1 a\tmx",
            &["\"\t\" a tab must not be in a record: terms are separated by blanks only"],
        ),
        (
            "v=spf1 \u{fc}a -all",
            &["\"\u{fc}\" a character that is not ASCII must not be in a record"],
        ),
        (
            "v=spf1 exists:%{x}.a.b foo=%a =x 1a:b",
            &[
                "\"%{x}\" \"x\" is no letter of a macro",
                "\"%\" a percent sign is written %%, a macro %{...}",
                "\"=x\" this is neither a mechanism nor a modifier",
                "\"1a:b\" this is neither a mechanism nor a modifier",
            ],
        ),
    ] {
        assert_eq!(read(text)[..errors.len()], *errors, "{text}");
    }
}

proptest! {
    #[test]
    fn a_record_that_is_read_is_written_so_that_it_is_read_the_same(
        terms in proptest::collection::vec(term_text(), 0..8)
    ) {
        let text = format!("v=spf1 {}", terms.join(" "));
        if let Ok(record) = parse(&text) {
            let again = parse(&record.to_string()).expect("what is written is a record");
            let kinds = |record: &Record| {
                record.terms.iter().map(|term| term.kind.clone()).collect::<Vec<_>>()
            };
            prop_assert_eq!(kinds(&record), kinds(&again));
        }
    }

    #[test]
    fn any_text_is_read_or_pointed_at(text in "v=spf1( [+?~-]?[a-z0-9]{0,8}[:=/]?\\PC{0,12}){0,5}") {
        if let Err(errors) = parse(&text) {
            prop_assert!(!errors.is_empty());
            for error in errors {
                prop_assert!(text.get(error.span).is_some_and(|part| !part.is_empty()));
            }
        }
    }
}

fn term_text() -> impl Strategy<Value = String> {
    "[+?~-]?(all|a|mx|ptr|a:[a-z]{1,3}\\.org|mx:%\\{d2r\\}|ip4:192\\.0\\.2\\.[0-9]|ip6:2001:db8::[0-9]|exists:%\\{i\\}\\.x\\.org|include:_spf\\.a\\.org)(/[0-9]{1,2})?(//[0-9]{1,3})?|redirect=[a-z]\\.org|exp=%\\{d\\}|[a-z]{1,3}=[!-~]{0,4}"
}
