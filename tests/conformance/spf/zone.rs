//! A scenario's zone, as the demo host's DNS server takes it.

use demo_host::dns::{Behaviour, RecordData, RecordType, Zone};

use super::suite::{Entry, Scenario};

/// The zone; a question that has to time out is treated as `timeout` says.
///
/// # Panics
/// When the suite has a record that this cannot make.
pub(super) fn zone(scenario: &Scenario, timeout: &Behaviour) -> Zone {
    scenario.names.iter().fold(Zone::new(), |zone, (name, entries)| {
        let name = name.replace('\\', "\\\\");
        with_copies(entries).iter().fold(usual(zone, &name, entries), |zone, entry| match entry {
            Entry::None(_) => zone,
            Entry::Record(kind, data) => zone.record(&name, record(kind, data)),
            Entry::Timeout(None) => zone.behave(&name, timeout.clone()),
            Entry::Timeout(Some(kind)) => zone.behave_for(&name, number(kind), timeout.clone()),
        })
    })
}

/// The same zone, whose answers do not fit into a datagram.
pub(super) fn over_tcp(mut zone: Zone) -> Zone {
    for (_, _, behaviour) in &mut zone.behaviours {
        if *behaviour == Behaviour::Usual {
            *behaviour = Behaviour::Truncated;
        }
    }
    // The first that fits a name counts, so this is for all the others.
    zone.behave("*", Behaviour::Truncated)
}

/// The suite was made when policies were published under two types: its SPF records are TXT records
/// too, unless the name has a TXT entry of its own.
fn with_copies(entries: &[Entry]) -> Vec<Entry> {
    let own = entries.iter().any(|entry| {
        matches!(entry, Entry::None(kind) | Entry::Record(kind, _) | Entry::Timeout(Some(kind)) if kind == "TXT")
    });
    let copies = entries.iter().filter_map(|entry| match entry {
        Entry::Record(kind, data) if kind == "SPF" && !own => {
            Some(Entry::Record("TXT".to_owned(), data.clone()))
        }
        _ => None,
    });
    entries.iter().cloned().chain(copies).collect()
}

/// Types that have records are answered where all others time out.
fn usual(zone: Zone, name: &str, entries: &[Entry]) -> Zone {
    if !entries.contains(&Entry::Timeout(None)) {
        return zone;
    }
    with_copies(entries).iter().fold(zone, |zone, entry| match entry {
        Entry::Record(kind, _) => zone.behave_for(name, number(kind), Behaviour::Usual),
        _ => zone,
    })
}

fn record(kind: &str, data: &[String]) -> RecordData {
    let first = || data.first().unwrap_or_else(|| panic!("{kind} without data")).clone();
    match (kind, data) {
        ("A", _) => RecordData::A(first().parse().expect("an address")),
        ("AAAA", _) => RecordData::Aaaa(first().parse().expect("an address")),
        ("CNAME", _) => RecordData::Cname(first()),
        ("MX", [preference, exchange]) => {
            RecordData::mx(preference.parse().expect("a preference"), exchange)
        }
        ("PTR", _) => RecordData::Ptr(first()),
        ("SPF", _) => RecordData::Spf(strings(data)),
        ("TXT", _) => RecordData::Txt(strings(data)),
        _ => panic!("no record can be made of {kind} {data:?}"),
    }
}

fn number(kind: &str) -> RecordType {
    let kinds = [
        ("A", RecordType::A),
        ("AAAA", RecordType::Aaaa),
        ("CNAME", RecordType::Cname),
        ("MX", RecordType::Mx),
        ("PTR", RecordType::Ptr),
        ("SPF", RecordType::Spf),
        ("TXT", RecordType::Txt),
    ];
    let known = kinds.iter().find(|(name, _)| *name == kind);
    known.unwrap_or_else(|| panic!("no type is called {kind}")).1
}

/// The suite writes bytes as the characters of the same numbers. A record without any string cannot
/// be sent, so it gets an empty one.
fn strings(texts: &[String]) -> Vec<Vec<u8>> {
    let byte = |c: char| u8::try_from(c).unwrap_or_else(|_| panic!("{c:?} is not one byte"));
    let strings = texts.iter().map(|text| text.chars().map(byte).collect());
    if texts.is_empty() { vec![Vec::new()] } else { strings.collect() }
}

#[test]
fn ok_a_zone_is_made_of_a_scenario() {
    let text = |text: &str| text.to_owned();
    let record = |kind: &str, data: &[&str]| {
        Entry::Record(text(kind), data.iter().map(|d| text(d)).collect())
    };
    let scenario = Scenario {
        names: vec![
            (text("a:b/c.example"), vec![record("SPF", &["v=spf1 ", "\u{80}"])]),
            (text("own.example"), vec![record("SPF", &["x"]), record("TXT", &[])]),
            (text("none.example"), vec![record("SPF", &["x"]), Entry::None(text("TXT"))]),
            (text("mx.example"), vec![record("MX", &["10", ""]), Entry::Timeout(None)]),
            (text("a\\b.example"), vec![Entry::Timeout(Some(text("A")))]),
        ],
        ..Scenario::default()
    };
    let policy = vec![b"v=spf1 ".to_vec(), vec![0x80]];
    let expected = Zone::new()
        .record("a:b/c.example", RecordData::Spf(policy.clone()))
        .record("a:b/c.example", RecordData::Txt(policy))
        .record("own.example", RecordData::Spf(vec![b"x".to_vec()]))
        .record("own.example", RecordData::Txt(vec![Vec::new()]))
        .record("none.example", RecordData::Spf(vec![b"x".to_vec()]))
        .mx("mx.example", 10, "")
        .behave_for("mx.example", RecordType::Mx, Behaviour::Usual)
        .behave("mx.example", Behaviour::Silence)
        .behave_for("a\\\\b.example", RecordType::A, Behaviour::Silence);
    let made = zone(&scenario, &Behaviour::Silence);
    assert_eq!((made.records, made.behaviours), (expected.records, expected.behaviours));
}
