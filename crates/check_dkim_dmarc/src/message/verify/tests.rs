use std::sync::LazyLock;

use mailhost_core::dns::{Known, Zone};
use proptest::prelude::*;

use super::*;
use crate::dkim::Selectors;
use crate::message::testing::{ED25519, Key, RSA_1024, RSA_2048, RSA_4096, sign};

mod keys;

const MESSAGE: &str = "From: Ann <ann@example.org>\r\n\
    To: bob@example.net\r\n\
    Subject:  Dinner\r\n\tat eight\r\n\
    Date: Mon, 1 Jan 2024 00:00:00 +0000\r\n\
    Message-ID: <1@example.org>\r\n\
    \r\n\
    Hello Bob.\r\n\
    \r\n\
    Dinner is at  eight.\r\n";

/// Every field once, and once more what must not be added.
const ALL: &str = "from:from:to:to:subject:subject:date:date:message-id:message-id";

const FORMS: [&str; 4] = ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"];

/// 2024-01-01.
const NOW: i64 = 1_704_067_200;

fn tags(key: &Key, rest: &str) -> String {
    format!("v=1; a={}; d=example.org; s=sel; {rest}", key.algorithm())
}

/// A message signed as in most tests.
fn signed(rest: &str) -> String {
    sign(MESSAGE, &tags(&RSA_2048, rest), &RSA_2048)
}

fn zone(record: impl AsRef<[u8]>) -> Zone {
    Zone::default().txt("sel._domainkey.example.org", record)
}

fn conclude(text: impl AsRef<[u8]>, zone: &mut Zone, now: i64) -> Vec<Verified> {
    let signatures = prepare(&Message::read(text.as_ref())).prepared;
    let conclude = |prepared: &Prepared| {
        let key = prepared.key_name().map(|name| {
            let mut selectors = Selectors::default();
            let look = |known: &mut Known| selectors.at(known, name);
            Known::up_to(10).settle(zone, look).expect("an answer")
        });
        prepared.conclude(key.as_ref().map(|published| &published.state), now)
    };
    signatures.iter().map(conclude).collect()
}

fn outcomes(text: impl AsRef<[u8]>, zone: &mut Zone) -> Vec<Outcome> {
    conclude(text, zone, NOW).iter().map(|verified| verified.result).collect()
}

/// The only signature of a message, verified with the key of most tests.
fn verified(text: impl AsRef<[u8]>) -> Verified {
    conclude(text, &mut zone(RSA_2048.record()), NOW).remove(0)
}

/// What becomes of it, and the reasons in words.
fn told(verified: &Verified) -> (Outcome, Vec<String>) {
    (verified.result, verified.reasons.iter().map(ToString::to_string).collect())
}

fn notes(verified: &Verified) -> Vec<String> {
    verified.notes.iter().map(ToString::to_string).collect()
}

const BODY: &str = "the body was changed after it was signed";
const HEADER: &str = "a signed header field was changed after it was signed";
const OTHER_KEY: &str = "it was made with another key than the published one, or b= is damaged";

#[test]
fn ok_intact_in_every_form_with_every_key() {
    let keys: [&LazyLock<Key>; 4] = [&ED25519, &RSA_1024, &RSA_2048, &RSA_4096];
    for key in keys {
        for form in FORMS {
            let text = sign(MESSAGE, &tags(key, &format!("c={form}; h={ALL}")), key);
            for text in [text.clone(), text.replace("\r\n", "\n"), format!("From x\n{text}")] {
                let verified = conclude(&text, &mut zone(key.record()), NOW).remove(0);
                assert_eq!(told(&verified), (Outcome::Pass, vec![]), "{form} {text}");
            }
        }
    }
}

#[test]
fn ok_bodies_at_the_edge() {
    for body in
        ["", "\r\n", "\r\n\r\n", "x", "x\r\n\r\n", " \r\n", " x \r\n \r\n", "\0\u{fc}\r\r\n"]
    {
        for form in FORMS {
            let message = format!("From: a@example.org\r\n\r\n{body}");
            let text = sign(&message, &tags(&ED25519, &format!("c={form}; h=from")), &ED25519);
            let passes = outcomes(&text, &mut zone(ED25519.record()));
            assert_eq!(passes, [Outcome::Pass], "{form} {body:?}");
        }
    }
    let text = sign("From: a@example.org\r\n\r\n", &tags(&ED25519, "h=from"), &ED25519);
    let no_line = text.strip_suffix("\r\n\r\n").expect("an empty line");
    assert_eq!(outcomes(no_line, &mut zone(ED25519.record())), [Outcome::Pass]);
}

/// What happens to a message on its way, what is said about it, and which of [`FORMS`] survive it.
#[rustfmt::skip]
const DAMAGE: [(&str, &str, &str, &str, [bool; 4]); 15] = [
    ("a byte of the body", "Hello Bob", "Hello Rob", BODY, [false; 4]),
    ("a line at the end", "eight.\r\n", "eight.\r\nBuy now!\r\n", BODY, [false; 4]),
    ("empty lines at the end", "eight.\r\n", "eight.\r\n\r\n\n", BODY, [true; 4]),
    ("no line end at the end", "eight.\r\n", "eight.", BODY, [true; 4]),
    ("an empty line in between", ".\r\n\r\nD", ".\r\n\r\n\r\nD", BODY, [false; 4]),
    ("white space at a line's end", "Bob.\r\n", "Bob. \t\r\n", BODY, [false, true, false, true]),
    ("white space within a line", "at  eight.", "at eight.", BODY, [false, true, false, true]),
    ("white space that is new", "Hello", "Hel lo", BODY, [false; 4]),
    ("a header field", "Dinner\r\n", "Supper\r\n", HEADER, [false; 4]),
    ("the folding", "Dinner\r\n\tat eight", "Dinner at\r\n eight \t", HEADER, [false, false, true, true]),
    ("the case of a name", "To:", "TO:", HEADER, [false, false, true, true]),
    ("a space before a colon", "To:", "To :", HEADER, [false, false, true, true]),
    ("a field that is not signed", "To:", "X-Spam: no\r\nTo:", HEADER, [true; 4]),
    ("a field out of its order", "\r\nTo: bob@example.net\r\nSubject", "\r\nSubject", HEADER, [true; 4]),
    ("a tag of the signature", "s=sel", "s=sel; n=x", HEADER, [false; 4]),
];

#[test]
fn critical_damage() {
    for (what, from, to, says, survives) in DAMAGE {
        for (form, survives) in FORMS.iter().zip(survives) {
            let text = signed(&format!("c={form}; h={ALL}"));
            let mut damaged = text.replacen(from, to, 1);
            assert_ne!(text, damaged, "{what}");
            if what == "a field out of its order" {
                damaged = format!("To: bob@example.net\r\n{damaged}");
            }
            let told = told(&verified(&damaged));
            let expected = if survives {
                (Outcome::Pass, vec![])
            } else {
                (Outcome::Fail, vec![says.to_owned()])
            };
            assert_eq!(told, expected, "{what} {form}");
        }
    }
}

#[test]
fn critical_a_field_was_taken_away() {
    let text = signed("h=from:to:subject").replace("To: bob@example.net\r\n", "");
    let says = format!("{HEADER}; of the fields in h= these are not there: to");
    assert_eq!(told(&verified(text)), (Outcome::Fail, vec![says]));
}

#[test]
fn critical_a_second_from_above_the_signed_one() {
    let add = |text: String| text.replacen("From:", "From: eve@example.net\r\nFrom:", 1);
    let once = verified(add(signed("h=from:subject:date:to:message-id")));
    assert_eq!(told(&once), (Outcome::Pass, vec![]));
    let extra = Note::FieldExtra { name: "From", there: 2, signed: 1 };
    assert_eq!(once.notes[0], extra);
    assert_eq!(
        extra.to_string(),
        "From is there 2 times and only the lowest is signed: one may have been added"
    );
    let twice = verified(add(signed(&format!("h={ALL}"))));
    assert_eq!(twice.reasons, [Reason::FieldsAdded(vec!["From"])]);
    let says = "another From was added above the signed one: without it the signature is right";
    assert_eq!(told(&twice), (Outcome::Fail, vec![says.to_owned()]));
    let below = signed(&format!("h={ALL}")).replace("\r\nTo:", "\r\nFrom: eve@example.net\r\nTo:");
    assert_eq!(verified(below).reasons, [Reason::HeaderChanged { absent: vec![] }]);
}

#[test]
fn warning_what_is_left_open() {
    let open = |h: &str| notes(&verified(signed(&format!("h={h}"))));
    assert_eq!(open(ALL), [""; 0]);
    assert_eq!(
        open("from:from:subject"),
        [
            "not signed: Date, To, Message-ID",
            "h= does not keep others from adding a second Subject"
        ]
    );
    assert_eq!(
        open("from:to:subject:date:message-id"),
        [
            "h= does not keep others from adding a second From or Subject or Date or To or Message-ID"
        ]
    );
}

#[test]
fn warning_a_body_that_is_signed_in_part() {
    let of = |l: &str, end: &str| {
        let verified = verified(signed(&format!("h={ALL}; l={l}")) + end);
        (told(&verified), notes(&verified))
    };
    let pass = (Outcome::Pass, vec![]);
    let any = "l= lets anybody add to the body without breaking the signature".to_owned();
    assert_eq!(of("36", ""), (pass.clone(), vec![any.clone()]));
    let some = "l= leaves the last 10 bytes of the body unsigned".to_owned();
    assert_eq!(of("36", "Buy now!\r\n"), (pass.clone(), vec![some]));
    let some = "l= leaves the last 36 bytes of the body unsigned".to_owned();
    assert_eq!(of("0", ""), (pass, vec![some]));
    let short = Reason::BodyShort { signed: 37, there: 36 };
    let says = "the body was cut after it was signed: 37 bytes of it were, and 36 are there";
    assert_eq!(of("37", ""), ((short.outcome(), vec![says.to_owned()]), vec![]));
    let changed = signed(&format!("h={ALL}; l=36")).replace("Bob", "Rob");
    assert_eq!(verified(changed).reasons, [Reason::BodyHash]);
}

#[test]
fn critical_a_time_that_is_over() {
    let of = |rest: String| told(&verified(signed(&format!("h={ALL}; {rest}"))));
    let pass = (Outcome::Pass, vec![]);
    assert_eq!(of(format!("t={}; x={NOW}", NOW - 1)), pass);
    let over = (Outcome::Fail, vec!["it expired on 2023-12-31".to_owned()]);
    assert_eq!(of(format!("x={}", NOW - 1)), over);
    let wrong = "it cannot be read: x= has to be later than t=".to_owned();
    assert_eq!(of(format!("t={NOW}; x={NOW}")), (Outcome::Neutral, vec![wrong]));
    let both = verified(signed(&format!("h={ALL}; x={}", NOW - 1)).replace("Bob", "Rob"));
    assert_eq!(both.reasons, [Reason::BodyHash, Reason::Expired { at: NOW - 1 }]);
}

#[test]
fn warning_a_time_to_come() {
    let of = |t: i64| notes(&verified(signed(&format!("h={ALL}; t={t}"))));
    assert_eq!(of(NOW + CLOCK_SLACK), [""; 0]);
    assert_eq!(of(NOW + 400), ["t= is 400 seconds from now: a clock is wrong"]);
}

#[test]
fn critical_signatures_that_no_key_would_help() {
    let text = signed(&format!("h={ALL}"));
    for (from, to, outcome, says) in [
        (
            "rsa-sha256",
            "rsa-sha1",
            Outcome::PermError,
            "it is made with rsa-sha1, which verifiers must not accept (RFC 8301)",
        ),
        ("rsa-sha256", "dsa-x", Outcome::Neutral, "nobody verifies signatures made with dsa-x"),
        ("v=1", "v=2", Outcome::Neutral, "it cannot be read: v= is 1"),
        ("h=from:from", "h=cc", Outcome::Neutral, "it cannot be read: h= has to name From"),
        (
            "d=example.org",
            "d=example.org; d=example.net",
            Outcome::Neutral,
            "it cannot be read: d= must be there only once",
        ),
        (
            "s=sel",
            "w; i=x",
            Outcome::Neutral,
            "it cannot be read: a tag is a name, the sign = and a value, and one more error",
        ),
    ] {
        let verified = verified(text.replacen(from, to, 1));
        assert_eq!(told(&verified), (outcome, vec![says.to_owned()]), "{to}");
    }
    let prepared =
        prepare(&Message::read(text.replace("v=1", "v=2").as_bytes())).prepared.remove(0);
    assert_eq!(prepared.key_name(), None);
    assert_eq!(prepared.domain().map(ToString::to_string).as_deref(), Some("example.org"));
}

#[test]
fn critical_a_damaged_signature() {
    let text = signed(&format!("h={ALL}"));
    let at = |tag: &str| text.find(tag).expect(tag) + tag.len();
    let flipped = |at: usize| {
        let mut text = text.clone().into_bytes();
        text[at] = if text[at] == b'A' { b'B' } else { b'A' };
        verified(text)
    };
    let no_header = Reason::HeaderChanged { absent: vec![] };
    assert_eq!(flipped(at("; bh=")).reasons, [Reason::BodyHash, no_header]);
    assert_eq!(flipped(at("; b=") + 9).reasons, [Reason::OtherKey]);
    let short = text.replacen("; b=", "; b=AAAA\r\n ", 1);
    assert_eq!(verified(short).reasons, [Reason::OtherKey]);
    let ed25519 =
        sign(MESSAGE, &tags(&ED25519, "h=from"), &ED25519).replacen("; b=", "; b=AAAA", 1);
    let ed25519 = conclude(ed25519, &mut zone(ED25519.record()), NOW).remove(0);
    assert_eq!(ed25519.reasons, [Reason::Signature { absent: vec![] }]);
}

#[test]
fn warning_floods_are_cut() {
    let one = "DKIM-Signature: v=1\r\n";
    let many = prepare(&Message::read(format!("{}{MESSAGE}", one.repeat(900)).as_bytes()));
    assert_eq!((many.prepared.len(), many.left_out), (MOST_SIGNATURES, 880));
    let text = signed(&format!("h={ALL}"));
    let fields = format!("{}{text}", "X: y\r\n".repeat(994));
    assert_eq!(verified(&fields).result, Outcome::Pass);
    let fields = verified(format!("X: y\r\n{fields}"));
    assert_eq!((fields.result, fields.reasons), (Outcome::Neutral, vec![Reason::TooManyFields]));
    let names = signed(&format!("h={ALL}:{}from", "to:x:".repeat(100_000)));
    assert_eq!(verified(names).result, Outcome::Pass);
}

#[test]
fn ok_what_is_told_of_a_signature() {
    let json = serde_json::to_value(verified(signed(&format!("h={ALL}; i=a@example.org"))));
    assert_eq!(
        json.expect("json"),
        serde_json::json!({
            "algorithm": "rsa-sha256",
            "domain": "example.org",
            "identity": "a@example.org",
            "selector": "sel",
            "result": "pass",
            "reasons": [],
            "notes": [],
        })
    );
}

#[test]
fn ok_signatures_can_sign_one_another() {
    let inner = sign(MESSAGE, &tags(&ED25519, "h=from").replace("s=sel", "s=ed"), &ED25519);
    let outer = sign(&inner, &tags(&RSA_2048, &format!("h={ALL}:dkim-signature")), &RSA_2048);
    let mut zone = zone(RSA_2048.record()).txt("ed._domainkey.example.org", ED25519.record());
    assert_eq!(outcomes(outer, &mut zone), [Outcome::Pass, Outcome::Pass]);
}

proptest! {
    #[test]
    fn ok_a_folded_header_passes_when_relaxed(places in prop::collection::vec(any::<prop::sample::Index>(), 0..20)) {
        static TEXT: LazyLock<String> = LazyLock::new(|| signed(&format!("c=relaxed; h={ALL}")));
        let mut text = TEXT.clone();
        for place in places {
            let end = text.find("\r\n\r\n").expect("the end of the header");
            let blanks: Vec<usize> = text[..end].match_indices(' ').map(|(at, _)| at).collect();
            let at = blanks[place.index(blanks.len())];
            text.replace_range(at..=at, " \r\n\t");
        }
        prop_assert_eq!(verified(&text).result, Outcome::Pass);
    }
}
