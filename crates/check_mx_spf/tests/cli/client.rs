//! What SPF says of single clients.

use std::fmt::Write as _;

use demo_host::dns::{Behaviour, RecordType, Zone};

use mailhost_tests::Run;

use crate::support::{check, run, well};

fn zone() -> Zone {
    well()
        .txt("s.example", "v=spf1 ip4:5.1.2.0/24 include:i.example exp=why.s.example -all")
        .txt("i.example", "v=spf1 ip4:5.1.3.7 -all")
        .txt("why.s.example", "%{i} is none of %{d}'s")
        .txt("soft.example", "v=spf1 ~all")
        .txt("neutral.example", "v=spf1 ?all")
        .txt("empty.example", "v=spf1")
        .txt("redirect.example", "v=spf1 redirect=s.example")
        .txt("wrong.example", "v=spf1 moo -all")
        .txt("down.example", "v=spf1 include:dead.example -all")
        .behave("dead.example", Behaviour::ServFail)
        .a("none.example", [5, 1, 2, 3])
}

fn evaluate(words: &str) -> Run {
    run(&zone(), words)
}

#[test]
fn ok_pass() {
    evaluate("--ip 5.1.2.77 --sender a@s.example")
        .says("OK - spf=pass, 5.1.2.77 as s.example: ip4:5.1.2.0/24", &[]);
    evaluate("--ip 5.1.3.7 --sender a@S.example.").says(
        "OK - spf=pass, 5.1.3.7 as S.example: ip4:5.1.3.7 of i.example, through include:i.example",
        &[],
    );
    evaluate("--ip ::FFFF:5.1.3.7 --sender a@redirect.example").says(
        "OK - spf=pass, 5.1.3.7 as redirect.example: ip4:5.1.3.7 of i.example, through \
         redirect=s.example, include:i.example",
        &[],
    );
}

#[test]
fn critical_fail_with_the_explanation() {
    let said = evaluate("--ip 5.9.9.9 --sender a@s.example");
    said.says(
        "CRITICAL - spf=fail, 5.9.9.9 gets fail as s.example: -all",
        &["[CRITICAL] spf-result"],
    );
    said.shows("    explanation: 5.9.9.9 is none of s.example's");
    evaluate("--ip 5.9.9.9 --sender a@wrong.example").says(
        "CRITICAL - spf=permerror, 5.9.9.9 gets permerror as wrong.example: the record of wrong.example is wrong: \
         \"moo\" is no mechanism o...",
        &["[CRITICAL] spf-result"],
    );
}

#[test]
fn warning_neither_pass_nor_fail() {
    for (sender, text) in [
        ("soft.example", "spf=softfail, 5.9.9.9 gets softfail as soft.example: ~all"),
        ("neutral.example", "spf=neutral, 5.9.9.9 gets neutral as neutral.example: ?all"),
        ("empty.example", "spf=neutral, 5.9.9.9 gets neutral as empty.example: no term matches"),
        (
            "none.example",
            "spf=none, 5.9.9.9 gets none as none.example: none.example has no SPF record",
        ),
        (
            "nobody.example",
            "spf=none, 5.9.9.9 gets none as nobody.example: nobody.example does not exist",
        ),
    ] {
        evaluate(&format!("--ip 5.9.9.9 --sender a@{sender}"))
            .says(&format!("WARNING - {text}"), &["[WARNING] spf-result"]);
    }
    let said = evaluate("--ip 5.9.9.9 --sender a@down.example");
    said.finds(
        "[WARNING] spf-dns-failed: 5.9.9.9 gets temperror as down.example: include:dead.example: TXT \
         dead.example: SERVFAIL from DNS",
    );
    assert!(
        said.verdict().starts_with("WARNING - spf=temperror, 5.9.9.9 gets "),
        "{}",
        said.stdout
    );
}

#[test]
fn ok_odd_senders_get_the_result_of_the_rfc() {
    for (words, text) in [
        (
            "--ip 5.1.2.3 --sender '' --helo s.example",
            "OK - spf=pass, 5.1.2.3 as s.example: ip4:5.1.2.0/24",
        ),
        (
            "--ip 5.1.2.3 --sender <> --helo s.example",
            "OK - spf=pass, 5.1.2.3 as s.example: ip4:5.1.2.0/24",
        ),
        ("--ip 5.1.2.3 --helo s.example", "OK - spf=pass, 5.1.2.3 as s.example: ip4:5.1.2.0/24"),
        ("--ip 5.1.2.3 --sender @s.example", "OK - spf=pass, 5.1.2.3 as s.example: ip4:5.1.2.0/24"),
        ("--ip 5.1.2.3 --sender s.example", "OK - spf=pass, 5.1.2.3 as s.example: ip4:5.1.2.0/24"),
        (
            "--ip 5.1.2.3 --sender '' --helo [5.1.2.3]",
            "WARNING - spf=none, 5.1.2.3 gets none as [5.1.2.3]: [5.1.2.3] is no domain with a dot in it",
        ),
        (
            "--ip 5.1.2.3 --sender '' --helo localhost",
            "WARNING - spf=none, 5.1.2.3 gets none as localhost: localhost is no domain with a dot in it",
        ),
        (
            "--ip 5.1.2.3 --sender a@b..example",
            "WARNING - spf=none, 5.1.2.3 gets none as b..example: b..example is no domain: a part of the name is empty",
        ),
        (
            "--ip 5.1.2.3 --sender '' --helo ''",
            "WARNING - spf=none, 5.1.2.3 gets none as nobody: there is no domain",
        ),
    ] {
        let said = evaluate(words);
        assert_eq!(said.verdict(), text, "{words}");
    }
}

#[test]
fn ok_and_critical_by_the_expected_result() {
    evaluate("--ip 5.9.9.9 --sender a@s.example --expect-result FAIL")
        .says("OK - spf=fail, 5.9.9.9 as s.example: -all", &[]);
    evaluate("--ip 5.9.9.9 --sender a@down.example --expect-result temperror").ends_as("OK");
    evaluate("--ip 5.1.2.3 --sender a@s.example --expect-result fail").says(
        "CRITICAL - spf=pass, 5.1.2.3 gets pass as s.example: ip4:5.1.2.0/24; fail was expected",
        &["[CRITICAL] spf-result"],
    );
}

#[test]
fn ok_beside_the_domain() {
    check(&zone(), "--ip 192.31.196.25").says(
        "OK - spf=pass, 192.31.196.25 as d.example: mx; d.example 2 MX hosts, SPF ends in -all with 1 \
         of 10 look-ups",
        &[],
    );
    check(&zone(), "--only spf --ip 5.1.2.3 --sender a@s.example").says(
        "OK - spf=pass, 5.1.2.3 as s.example: ip4:5.1.2.0/24; d.example SPF ends in -all with 1 of 10 \
         look-ups",
        &[],
    );
}

#[test]
fn ok_all_that_has_to_pass_does() {
    let said = check(&zone(), "--covers-mx --covers 192.31.196.25,192.175.48.25/32 -v");
    for line in [
        "[OK] covered: 192.31.196.25 passes as d.example",
        "[OK] covered: 192.175.48.25 passes as d.example",
        "[OK] covered: 192.31.196.25 of mx1.d.example passes as d.example",
        "[OK] covered: 2620:4f:8000::19 of mx2.d.example passes as d.example",
    ] {
        said.shows(line);
    }
    said.ends_as("OK");
}

#[test]
fn critical_what_does_not_pass_is_listed() {
    let gap = zone().txt("g.example", "v=spf1 ip4:5.1.2.0/26 ip4:5.1.2.128/25 ~all");
    run(&gap, "-d g.example --only spf --covers 5.1.2.0/24,5.1.2.129").finds(
        "[CRITICAL] spf-not-covered: 5.1.2.64 to 5.1.2.127 does not pass: softfail as g.example: \
         ~all",
    );
    let wide = run(&gap, "-d g.example --only spf --covers 5.1.0.0/16");
    assert_eq!(wide.findings(), ["[CRITICAL] spf-not-covered"; 3], "{}", wide.stdout);
    for part in ["5.1.0.0 to 5.1.1.255", "5.1.2.64 to 5.1.2.127", "5.1.3.0 to 5.1.255.255"] {
        wide.shows(&format!(
            "[CRITICAL] spf-not-covered: {part} does not pass: softfail as g.example: ~all"
        ));
    }
    // Networks that do not pass cut it too, also in an included record.
    let negative = zone()
        .txt("n.example", "v=spf1 -ip4:5.1.2.128/25 include:m.example -all")
        .txt("m.example", "v=spf1 ?ip4:5.1.2.64/26 ip4:5.1.2.0/24 -all");
    let said = run(&negative, "-d n.example --only spf --covers 5.1.2.0/24");
    said.says(
        "CRITICAL - 5.1.2.64 to 5.1.2.255 does not pass: fail as n.example: -all",
        &["[CRITICAL] spf-not-covered"],
    );
    let mx = zone().mx("d.example", 30, "mx3.d.example").a("mx3.d.example", [5, 1, 2, 3]);
    let mx = mx.txt("m.example", "v=spf1 mx:d.example -all");
    check(&mx, "--only spf --covers-mx").ends_as("OK");
    let helo = "--only spf --covers 192.31.196.25 --helo mx1.d.example";
    check(&zone(), helo).finds(
        "[CRITICAL] spf-not-covered: 192.31.196.25 does not pass: none as mx1.d.example: \
         mx1.d.example has no SPF record",
    );
    let good = zone().txt("mx1.d.example", "v=spf1 a -all");
    check(&good, helo).ends_as("OK");
}

#[test]
fn unknown_what_could_not_be_looked_at_is_said() {
    let without = Zone::new().txt("d.example", "v=spf1 -all");
    check(&without, "--only spf --covers-mx")
        .finds("[UNKNOWN] not-looked-at: MX d.example has no address that could pass");
    let down = zone().behave("mx1.d.example", Behaviour::ServFail);
    let said = check(&down, "--only spf --covers-mx --ignore spf-dns-failed");
    assert!(said.findings().contains(&"[UNKNOWN] not-looked-at"), "{}", said.stdout);
    said.shows(
        "[UNKNOWN] not-looked-at: whether MX mx1.d.example passes is not known: SERVFAIL from DNS",
    );
    let mut many = "v=spf1".to_owned();
    for at in 0..=255 {
        write!(many, " ip4:5.{at}.0.0/28 ip4:5.{at}.1.0/28").unwrap();
    }
    let many = Zone::new().txt("d.example", many + " -all");
    let said = check(&many, "--only spf --covers 5.0.0.0/8 --ignore spf-too-long");
    said.ends_as("CRITICAL");
    said.shows("[CRITICAL] spf-not-covered: 5.0.0.0/8 does not pass in 495 more parts");
    said.shows(
        "[UNKNOWN] not-looked-at: 5.0.0.0/8 was looked at up to 5.250.0.0 only: the policy cuts it \
         into too many parts",
    );
}

#[test]
fn unknown_where_one_address_does_not_speak_for_the_others() {
    let zone = Zone::new()
        .txt("d.example", "v=spf1 exists:%{i}.x.example -all")
        .a("5.1.2.0.x.example", [127, 0, 0, 2]);
    check(&zone, "--only spf --covers 5.1.2.0/24").finds(
        "[UNKNOWN] not-looked-at: 5.1.2.0 to 5.1.2.255 as d.example: its policy asks the DNS about \
         each address, and only the first one was looked at",
    );
    check(&zone, "--only spf --covers 5.1.2.0").ends_as("OK");
    // Of one network the family is known, and an explanation changes nothing.
    let family = Zone::new()
        .txt("d.example", "v=spf1 include:%{v}.x.example -all exp=%{i}.e.example")
        .txt("in-addr.x.example", "v=spf1 ip4:5.1.2.0/24 -all");
    check(&family, "--only spf --covers 5.1.2.0/24").ends_as("OK");
    // The sender is known, so what depends on it alone is.
    let by_sender = Zone::new()
        .txt("d.example", "v=spf1 include:%{l}.x.example -all")
        .txt("postmaster.x.example", "v=spf1 ip4:5.1.2.0/25 -all");
    check(&by_sender, "--only spf --covers 5.1.2.0/24").finds(
        "[CRITICAL] spf-not-covered: 5.1.2.128 to 5.1.2.255 does not pass: fail as d.example: -all",
    );
}

#[test]
fn unknown_exchangers_that_were_not_all_looked_at() {
    let mut zone = Zone::new().txt("d.example", "v=spf1 ip4:192.31.196.0/24 -all");
    for at in 0..31 {
        let name = format!("h{at}.d.example");
        zone = zone.mx("d.example", at.into(), &name).a(&name, [192, 31, 196, at]);
    }
    check(&zone, "--only spf --covers-mx")
        .finds("[UNKNOWN] not-looked-at: MX h30.d.example is one of too many to look at all of it");
    let mut wide = Zone::new().txt("d.example", "v=spf1 ip4:192.31.196.0/24 -all").mx(
        "d.example",
        10,
        "h.d.example",
    );
    for at in 0..20 {
        wide = wide.a("h.d.example", [192, 31, 196, at]);
    }
    check(&wide, "--only spf --covers-mx")
        .finds("[UNKNOWN] not-looked-at: MX h.d.example is one of too many to look at all of it");
}

#[test]
fn warning_the_result_stands_in_front_whatever_else_is_wrong() {
    let zone = zone().mx("d.example", 30, "gone.d.example");
    check(&zone, "--ip 192.31.196.25").says(
        "WARNING - spf=pass, d.example MX gone.d.example has no address (+1 more)",
        &["[WARNING] mx-unresolvable", "[WARNING] spf-mx-unresolvable"],
    );
}

#[test]
fn ok_the_null_sender_is_the_postmaster_of_the_domain() {
    for sender in ["<>", "''"] {
        let said = check(&zone(), &format!("--only spf --ip 192.31.196.25 --sender {sender}"));
        assert!(said.verdict().starts_with("OK - spf=pass, "), "{}", said.stdout);
    }
    let said = run(&zone(), "--ip 5.1.2.3 --sender <a@s.example>");
    said.says("OK - spf=pass, 5.1.2.3 as s.example: ip4:5.1.2.0/24", &[]);
}

#[test]
fn warning_exchangers_count_in_their_order_and_when_they_are_void() {
    let zone = Zone::new()
        .txt("d.example", "v=spf1 mx -all")
        .mx("d.example", 10, "bad.d.example")
        .mx("d.example", 20, "good.d.example")
        .behave("bad.d.example", Behaviour::ServFail)
        .a("good.d.example", [5, 1, 2, 3]);
    let said = run(&zone, "--ip 5.1.2.3 --sender a@d.example");
    assert!(said.verdict().starts_with("WARNING - spf=temperror, "), "{}", said.stdout);
    let mut void =
        Zone::new().txt("d.example", "v=spf1 mx:a.example mx:b.example mx:c.example -all");
    for name in ["a.example", "b.example", "c.example"] {
        void = void.mx(name, 10, "h.example");
    }
    let void = void.a("h.example", [5, 1, 2, 3]);
    let said = run(&void, "--ip 2a00::1 --sender a@d.example");
    assert!(said.verdict().starts_with("CRITICAL - spf=permerror, "), "{}", said.stdout);
    said.shows(
        "[CRITICAL] spf-result: 2a00::1 gets permerror as d.example: mx:c.example: more than 2 terms \
         lead to nothing in the DNS for this client: mx:a.example of d.example, mx:b.example of \
         d.example, mx:c.example of d.example",
    );
}

#[test]
fn critical_a_mail_exchanger_that_does_not_pass() {
    let zone =
        crate::support::with_mx(Zone::new()).txt("d.example", "v=spf1 ip4:192.31.196.25 -all");
    check(&zone, "--covers-mx").says(
        "CRITICAL - 192.175.48.25 of mx2.d.example does not pass: fail as d.example: -all (+1 more)",
        &["[CRITICAL] spf-not-covered", "[CRITICAL] spf-not-covered"],
    );
}

#[test]
fn critical_a_forbidden_address_passes() {
    check(&zone(), "--only spf --forbid-ip 5.9.9.9").ends_as("OK");
    check(&zone(), "--only spf --forbid-ip ::ffff:192.31.196.25")
        .finds("[CRITICAL] spf-forbidden-passes: 192.31.196.25 gets pass as d.example: mx");
    check(&zone(), "--only spf --forbid-ip 5.9.9.9,192.31.196.25")
        .finds("[CRITICAL] spf-forbidden-passes: 192.31.196.25 gets pass as d.example: mx");
}

#[test]
fn warning_what_cannot_be_told_is_no_verdict_on_the_policy() {
    let zone = zone().behave_for("d.example", RecordType::Mx, Behaviour::ServFail);
    let said = check(&zone, "--only spf --covers 192.31.196.25 --forbid-ip 5.9.9.9");
    assert_eq!(
        said.findings(),
        ["[WARNING] spf-not-covered", "[WARNING] spf-dns-failed", "[WARNING] spf-dns-failed"],
        "{}",
        said.stdout
    );
    said.shows("[WARNING] spf-dns-failed: 5.9.9.9 may pass or not: SERVFAIL from DNS");
}
