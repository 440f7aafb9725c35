//! A DNS that means harm: what it costs is bounded, and what it says is not believed.

use std::fmt::Write as _;

use demo_host::dns::{Behaviour, DnsServer, RecordData, RecordType, Zone};
use mailhost_tests::Run;

use crate::support::{RSA_2048, ask, check, dkim, dmarc, key, record, sending, well, with_dmarc};

/// Holds a run to what it may say at most, whatever it was told.
#[track_caller]
fn bounded(said: &Run) {
    if said.stdout.starts_with('{') {
        assert!(serde_json::from_str::<serde_json::Value>(&said.stdout).is_ok(), "{}", said.stdout);
        assert!(said.stdout.len() <= 60_000, "{}", said.stdout.len());
    } else if said.state().is_some() {
        let verdict = said.verdict().chars().count();
        assert!(verdict <= 132, "{verdict}: {}", said.verdict());
    }
    assert!(said.stdout.len() < 65_536, "{}", said.stdout.len());
}

/// Every way of looking at a zone, at the selector `s` among others.
#[track_caller]
fn every_look(zone: &Zone) -> Vec<Run> {
    let words = [
        "--only dkim --selector s",
        "--only dkim --retired s",
        "--only dkim --guess -vvv",
        "--only dmarc --bimi -vvv",
        "--only dmarc --expect-record x",
        "--selector s --bimi -t 5",
        "--selector s --bimi --parked --output json",
        "--selector s --output prometheus",
    ];
    let all: Vec<Run> = words.iter().map(|words| check(zone, words)).collect();
    all.iter().for_each(bounded);
    all
}

/// Every name that is looked at, with these texts.
fn everywhere(texts: &[Vec<u8>]) -> Zone {
    let names = [
        "d.example",
        "_dmarc.d.example",
        "_dmarc.example",
        "s._domainkey.d.example",
        "google._domainkey.d.example",
        "default._bimi.d.example",
    ];
    let mut zone = Zone::new();
    for name in names {
        for text in texts {
            zone = zone.record(name, RecordData::Txt(vec![text.clone()]));
        }
    }
    zone
}

/// What each kind of record begins with.
const STARTS: &[&str] =
    &["", "v=DKIM1; p=", "p=", "v=DMARC1; p=", "v=DMARC1; p=none; rua=", "v=BIMI1; l=", "v=spf1 "];

#[test]
fn critical_a_text_of_64_kilobytes() {
    for start in STARTS {
        let text = [start.as_bytes(), &vec![b'A'; 60_000][..]].concat();
        every_look(&everywhere(&[text]));
    }
    let text = [&b"v=DKIM1; p="[..], &vec![b'A'; 60_000][..]].concat();
    let zone = Zone::new().record("s._domainkey.d.example", RecordData::Txt(vec![text]));
    dkim(&zone, "").finds(
        "[CRITICAL] dkim-key-invalid: the key of selector s cannot be used: it is no RSA key",
    );
}

#[test]
fn ok_60_kilobytes_of_blanks_in_a_record() {
    let long = format!("v=DMARC1; p=reject; rua=mailto:a@d.example; {}", " ".repeat(60_000));
    dmarc(&record(&long), "").says("OK - d.example DMARC p=reject", &[]);
}

#[test]
fn critical_bytes_that_are_no_text() {
    let harm: &[&[u8]] = &[
        b"\0",
        b"\x1b[2J|<b>x</b>\xff\xfe",
        "\u{202e}\u{200b}\u{feff}".as_bytes(),
        b"\n\r\t\x07\x7f",
        b"%s%n${x}`id`$(id)",
    ];
    for start in STARTS {
        let texts: Vec<Vec<u8>> =
            harm.iter().map(|harm| [start.as_bytes(), harm].concat()).collect();
        for text in &texts {
            let zone = everywhere(std::slice::from_ref(text));
            bounded(&check(&zone, "--selector s --bimi -vv"));
        }
        every_look(&everywhere(&texts));
    }
    let said = dkim(&key("v=DKIM1; n=\u{1b}[31m<b>|; p=aGVs"), "");
    said.finds(
        "[CRITICAL] dkim-syntax: selector s is wrong at \"?\": the control character 27 must not be in \
         a value",
    );
    said.shows("    v=DKIM1; n=?[31m(b)!; p=aGVs");
    said.shows("    ...........^");
}

#[test]
fn warning_a_byte_that_is_no_text_in_a_policy() {
    let said = dmarc(&record("v=DMARC1; p=reject; x=\u{0}|; rua=mailto:a@d.example"), "");
    said.finds(
        "[WARNING] dmarc-syntax: DMARC record: the control character 0 must not be in a value",
    );
}

#[test]
fn warning_a_bomb_of_tags() {
    for start in STARTS {
        for part in
            [";", "a=1;", "=;", "p;", "x", "a=b=c;", "v=DMARC1;", "p=none;", "rua=mailto:a@b,"]
        {
            let mut text = (*start).to_owned();
            while text.len() < 50_000 {
                text.push_str(part);
            }
            let zone = everywhere(&[text.into_bytes()]);
            bounded(&check(&zone, "--selector s --bimi -vv"));
        }
    }
    let mut unknown = "v=DMARC1; p=reject; rua=mailto:a@d.example".to_owned();
    for at in 0..3000 {
        write!(unknown, "; x{at}=1").unwrap();
    }
    let said = dmarc(&record(&unknown), "");
    said.ends_as("WARNING");
    assert_eq!(said.findings(), ["[WARNING] dmarc-unknown-tag"; 12], "{}", said.stdout);
}

#[test]
fn ok_what_is_left_out_of_a_list_is_counted() {
    let mut tags = "v=DKIM1".to_owned();
    for at in 0..3000 {
        write!(tags, "; x{at}=1").unwrap();
    }
    let said = dkim(&key(&format!("{tags}; p={}", RSA_2048.published())), "-v");
    said.shows(
        "[OK] dkim-unknown-tag: selector s has tags that nobody knows: x0= x1= x2= x3= x4= x5= x6= x7= \
         and 2992 more",
    );
    said.ends_as("OK");
}

#[test]
fn critical_hundreds_of_records() {
    for text in [
        "hello",
        "v=spf1 -all",
        "v=DMARC1; p=none",
        "v=dmarc1; p=none",
        "v=DKIM1; p=",
        "v=BIMI1; l=",
    ] {
        let texts: Vec<Vec<u8>> = (0..300).map(|at| format!("{text} n{at}").into_bytes()).collect();
        for said in every_look(&everywhere(&texts)) {
            // A page can be read, hundreds of lines cannot.
            assert!(said.findings().len() <= 40, "{text}: {}", said.findings().len());
        }
    }
    let mut zone = well();
    for at in 0..300 {
        zone = zone.txt("s1._domainkey.d.example", format!("v=DKIM1; n={at}; p="));
    }
    check(&zone, "--only dkim --selector s1")
        .finds("[CRITICAL] dkim-several: selector s1 has 301 keys, and verifiers take any of them");
}

#[test]
fn critical_selectors_without_end() {
    let label = "x".repeat(60);
    let long = vec![label; 50].join(".");
    let said = check(&well(), &format!("--selector {long} --retired a.{long}"));
    bounded(&said);
    assert_eq!(said.findings(), ["[CRITICAL] dkim-selector-missing"], "{}", said.stdout);
    said.ends_as("CRITICAL");
    let mut words = String::new();
    for at in 0..600 {
        write!(words, " --selector s{at}").unwrap();
    }
    let server = DnsServer::start(&well()).unwrap();
    let said = ask(&server, &format!("-d d.example --only dkim {words}"));
    bounded(&said);
    said.ends_as("CRITICAL");
    // Some of them twice: because the machine is busy.
    assert!(server.queries().len() <= 1000, "{}", server.queries().len());
    assert_eq!(said.metric("selectors_ok"), None);
}

#[test]
fn warning_500_addresses_for_reports() {
    let uris: Vec<String> = (0..500).map(|at| format!("mailto:r@h{at}.example")).collect();
    let zone = record(&format!("v=DMARC1; p=reject; rua={}", uris.join(",")));
    let server = DnsServer::start(&zone).unwrap();
    let said = ask(&server, "-d d.example --only dmarc");
    bounded(&said);
    said.shows(
        "[WARNING] dmarc-uri-count: DMARC record: rua= has 500 addresses, and receivers need heed only 2",
    );
    said.shows("[UNKNOWN] not-looked-at: 480 more places for reports were not looked at");
    assert!(server.queries().len() <= 500, "{}", server.queries().len());
    said.ends_as("WARNING");
    let bad: Vec<String> = (0..500).map(|at| format!("r@h{at}.example")).collect();
    let said = dmarc(&record(&format!("v=DMARC1; p=reject; rua={}", bad.join(","))), "");
    bounded(&said);
    assert_eq!(
        said.findings(),
        ["[WARNING] dmarc-uri", "[WARNING] dmarc-uri-count"],
        "{}",
        said.stdout
    );
    said.ends_as("WARNING");
}

#[test]
fn warning_aliases_that_lead_round() {
    let round = |zone: Zone, name: &str| {
        zone.cname(name, "a.example")
            .cname("a.example", "b.example")
            .cname("b.example", "a.example")
    };
    dmarc(&round(sending(), "_dmarc.d.example"), "").finds(
        "[WARNING] dmarc-dns-failed: DMARC record is not known: aliases without end from DNS",
    );
    dkim(&round(Zone::new(), "s._domainkey.d.example"), "")
        .finds("[WARNING] dkim-dns-failed: selector s is not known: aliases without end from DNS");
    let zone = record("v=DMARC1; p=reject; rua=mailto:a@d.example");
    dmarc(&round(zone, "default._bimi.d.example"), "--bimi")
        .finds("[WARNING] bimi-dns-failed: BIMI record is not known: aliases without end from DNS");
    let zone = record("v=DMARC1; p=reject; rua=mailto:a@service.example").mx(
        "service.example",
        10,
        "mx.service.example",
    );
    dmarc(&round(zone, "d.example._report._dmarc.service.example"), "").finds(
        "[WARNING] dmarc-destination-unknown: whether rua=a@service.example takes reports of others is \
         not known: aliases without end from DNS",
    );
}

/// Records of a name that nobody asked for, beside the answer or in its place.
fn stray(instead: bool) -> Behaviour {
    Behaviour::Stray {
        records: vec![
            ("evil.example".into(), RecordData::txt("v=DMARC1; p=none")),
            ("evil.example".into(), RecordData::txt("v=DKIM1; p=")),
        ],
        instead,
    }
}

#[test]
fn ok_answers_for_other_names_are_not_believed() {
    let zone = well()
        .behave("_dmarc.d.example", stray(false))
        .behave("s1._domainkey.d.example", stray(false));
    check(&zone, "--selector s1")
        .says("OK - d.example DMARC p=reject, DKIM 1 of 1 selector good", &[]);
}

#[test]
fn warning_an_answer_for_another_name_alone_is_no_answer() {
    let instead = well().behave("_dmarc.d.example", stray(true));
    dmarc(&instead, "").finds("[WARNING] dmarc-missing: has no DMARC record");
    let wrong = well().behave_for("_dmarc.d.example", RecordType::Txt, Behaviour::WrongQuestion);
    dmarc(&wrong, "-t 3")
        .finds("[WARNING] dmarc-dns-failed: DMARC record is not known: no answer from DNS in time");
}

#[test]
fn warning_a_truncated_answer_that_tcp_does_not_complete() {
    for behaviour in [Behaviour::TruncatedThenClosed, Behaviour::TruncatedThenSilence] {
        let zone = well().behave_for("s1._domainkey.d.example", RecordType::Txt, behaviour);
        check(&zone, "--only dkim --selector s1 -t 3").finds(
            "[WARNING] dkim-dns-failed: selector s1 is not known: a truncated answer from DNS, and none \
             over TCP",
        );
    }
    let whole = well().behave_for("s1._domainkey.d.example", RecordType::Txt, Behaviour::Truncated);
    check(&whole, "--only dkim --selector s1").ends_as("OK");
}

#[test]
fn ok_names_that_mean_harm_come_out_clean() {
    let zone = Zone::new()
        .txt("d.example", "x")
        .cname("s._domainkey.d.example", "a\\<b>\\|\\027x.example")
        .txt("a\\<b>\\|\\027x.example", format!("p={}", RSA_2048.published()));
    let said = dkim(&zone, "-vvv");
    said.shows("  selector s is an alias of a(b)!\\027x.example");
    said.ends_as("OK");
    for uri in
        ["mailto:<script>@d.example", "mailto:a|b@d.example", "mailto:a@<b>.example", "x<y>:z"]
    {
        let zone = with_dmarc(sending(), &format!("v=DMARC1; p=reject; rua={uri}"));
        bounded(&dmarc(&zone, "-vvv"));
    }
}

#[test]
fn unknown_everything_is_silent_and_the_run_ends() {
    let zone = Zone::new().behave("*", Behaviour::Silence).behave(".", Behaviour::Silence);
    let said = check(&zone, "--selector s --guess --bimi --consistency -t 1.5");
    // What follows from it is not told beside it.
    assert_eq!(said.findings(), ["[UNKNOWN] resolver-failed"], "{}", said.stdout);
    said.ends_as("UNKNOWN");
    bounded(&said);
}

#[test]
fn warning_silence_of_one_name_leaves_time_for_the_rest() {
    let zone = well().behave("_dmarc.d.example", Behaviour::Silence);
    let said = check(&zone, "--selector s1 -t 2");
    said.finds("[WARNING] dmarc-dns-failed: DMARC record is not known: no answer from DNS in time");
    assert_eq!(said.metric("selectors_ok"), Some("1"));
}
