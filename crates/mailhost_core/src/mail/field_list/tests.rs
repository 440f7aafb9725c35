//! Records of fields, right and wrong.

use super::*;

const VERSION: &str = "v=STSv1";

fn selected(text: &str) -> Selected {
    select(VERSION, [text.as_bytes().to_vec()].into_iter())
}

#[test]
fn ok_records_are_told_from_other_texts() {
    for text in ["v=STSv1;", "v=STSv1; id=1", "v=STSv1 ;id=1"] {
        assert_eq!(selected(text).records, [text]);
    }
    assert_eq!(selected("V=spf1 -all").spf, ["V=spf1 -all"]);
    for text in ["x=y", "", "v=TLSRPTv1; rua=mailto:a@example.org", "id=1"] {
        assert_eq!(selected(text).others, [text]);
    }
}

#[test]
fn warning_look_alikes_are_noticed() {
    for (text, why) in [
        (" v=STSv1; id=1", "a blank stands before it"),
        ("\"v=STSv1; id=1\"", "a quotation mark is part of it"),
        ("v=STSv1", "a semicolon is missing behind STSv1"),
        ("v=STSv1 id=1", "a semicolon is missing behind STSv1"),
        ("v=STSv1, id=1", "a semicolon is missing behind STSv1"),
        ("v=STSv1\\; id=1", "a backslash stands behind STSv1"),
        ("v=STSv10; id=1", "its version is not STSv1"),
        ("v=STS1; id=1", "its version is not STSv1"),
        ("v=STSv2; id=1", "its version is not STSv1"),
        ("v=stsv1; id=1", "v=STSv1 is not written in exactly these letters"),
        ("V=STSv1; id=1", "v=STSv1 is not written in exactly these letters"),
        ("v = STSv1; id=1", "v=STSv1 is not written in exactly these letters"),
        ("id=1; v=STSv1;", "it does not begin with v=STSv1"),
        ("STSv1; id=1", "it does not begin with v=STSv1"),
    ] {
        let look_alike = LookAlike { text: text.to_owned(), why: why.to_owned() };
        assert_eq!(selected(text).look_alikes, [look_alike], "{text}");
    }
}

#[test]
fn ok_fields_are_read() {
    let all = |text| {
        let (fields, faults) = read(VERSION, text);
        assert_eq!(faults, [], "{text}");
        fields.into_iter().map(|it| (it.name, it.value)).collect::<Vec<_>>()
    };
    assert_eq!(all("v=STSv1;"), []);
    assert_eq!(all("v=STSv1; id=1; "), [("id", "1")]);
    assert_eq!(all("v=STSv1;\tid=1;a.b_c-9=x y=z"), [("id", "1"), ("a.b_c-9", "x y=z")]);
    let (fields, _) = read(VERSION, "v=STSv1; a=x , y,,z");
    let parts: Vec<_> = fields[0].parts().collect();
    assert_eq!(parts, [("x", 11..12), ("y", 15..16), ("", 11..19), ("z", 18..19)]);
}

#[test]
fn warning_faults_are_pointed_at_and_the_rest_is_read() {
    let long = format!("v=STSv1; id=1; {}=x", "a".repeat(33));
    for (text, kind, at, says) in [
        (
            "v=STSv1 ; id=1",
            FieldFaultKind::Blank,
            " ",
            "some senders look for v=STSv1; without a blank, and see no record",
        ),
        (
            "v=STSv1; id=1\t; x=1",
            FieldFaultKind::Blank,
            "\t",
            "a blank stands before a semicolon, where some senders expect none",
        ),
        (
            "v=STSv1; id=1 ",
            FieldFaultKind::Blank,
            " ",
            "a blank stands at the end, where the grammar has none",
        ),
        (
            "v=STSv1; id=1; id=2",
            FieldFaultKind::Duplicate,
            "id",
            "id= is there again, and only the first counts",
        ),
        ("v=STSv1;; id=1", FieldFaultKind::Syntax, ";", "there is no field before this semicolon"),
        (
            "v=STSv1; id=1; moo",
            FieldFaultKind::Syntax,
            "moo",
            "a field is a name, the sign = and a value",
        ),
        ("v=STSv1; id=1; =x", FieldFaultKind::Syntax, "=", "there is no name before this sign"),
        ("v=STSv1; id=1; x =x", FieldFaultKind::Syntax, " ", "there is no blank before the sign ="),
        ("v=STSv1; id=1; x= x", FieldFaultKind::Syntax, " ", "there is no blank behind the sign ="),
        ("v=STSv1; id=1; x=", FieldFaultKind::Syntax, "x=", "x= has no value"),
        ("v=STSv1; id=1; _x=1", FieldFaultKind::Syntax, "_x", "this is not the name of a field"),
        (&long, FieldFaultKind::Syntax, &long[15..48], "this is not the name of a field"),
    ] {
        let (fields, faults) = read(VERSION, text);
        let fault = &faults[0];
        assert_eq!((fault.kind, &text[fault.error.span.clone()]), (kind, at), "{text}");
        assert_eq!((faults.len(), fault.error.text.as_str()), (1, says), "{text}");
        assert_eq!((fields[0].name, fields[0].value), ("id", "1"), "{text}");
    }
    assert!(read(VERSION, "v=spf1").1[0].is_fatal());
}

#[test]
fn warning_fields_that_nobody_knows() {
    for (text, kind, says) in [
        (
            "v=STSv1; ID=1",
            FieldFaultKind::Unknown,
            "ID= is no field of MTA-STS; write id= in small letters",
        ),
        ("v=STSv1; x=1", FieldFaultKind::Unknown, "x= is no field of MTA-STS"),
        (
            "v=STSv1; x=1 id=2",
            FieldFaultKind::Syntax,
            "a blank must not be in a value: is a semicolon missing?",
        ),
        (
            "v=STSv1; x=1=2",
            FieldFaultKind::Syntax,
            "the sign = must not be in a value: is a semicolon missing?",
        ),
        ("v=STSv1; x=\u{fc}", FieldFaultKind::Syntax, "this character must not be in a value"),
    ] {
        let fault = read(VERSION, text).0[0].unknown("MTA-STS", &["id"]);
        assert_eq!((fault.kind, fault.error.text.as_str()), (kind, says), "{text}");
    }
}

#[test]
fn critical_a_bomb_of_fields_takes_no_long_time() {
    let text = format!("v=STSv1;{}", "a=1;".repeat(16_000));
    let (fields, faults) = read(VERSION, &text);
    assert_eq!((fields.len(), faults.len()), (1, 15_999));
}
