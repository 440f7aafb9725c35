//! What a DNS server knows: a table of records, and names for which it misbehaves.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use crate::dns::message::Role;
use crate::dns::name::Name;
use crate::dns::record::{RecordData, RecordType};

/// How long an alias is followed.
const ALIASES: usize = 16;

/// How long a record may be cached unless it says otherwise, in seconds.
const TTL: u32 = 300;

/// The contents of the DNS as one server tells them, like a resolver that knows everything.
///
/// Names are text as in zone files (`\.` and `\DDD` escape) and compared without case; wildcards
/// (`*.example.org`) work for records (RFC 4592) and for behaviours.
///
/// ```
/// use demo_host::dns::{Behaviour, Zone};
///
/// let zone = Zone::new()
///     .mx("example.org", 10, "mail.example.org")
///     .a("mail.example.org", [192, 0, 2, 25])
///     .txt("example.org", "v=spf1 mx -all")
///     .behave("*.broken.example.org", Behaviour::ServFail);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Zone {
    /// Whether answers are said to be authenticated (the AD bit, RFC 6840 section 5.8).
    pub authenticated: bool,
    /// Whether the server answers as an authoritative one: with the AA bit, without recursion.
    pub authoritative: bool,
    /// Whether connections are refused, as by a firewall that knows the DNS as UDP alone.
    pub udp_only: bool,
    /// The records: owner, data and time to live in seconds.
    pub records: Vec<(String, RecordData, u32)>,
    /// The names that are treated specially, for one type or (None) for all; the first one counts.
    pub behaviours: Vec<(String, Option<RecordType>, Behaviour)>,
}

/// What a server does with questions for a certain name, in place of looking in its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// SERVFAIL with "DNSSEC bogus" (RFC 8914) unless the question has checking disabled.
    Bogus,
    /// The same from a server that does not say why.
    BogusUntold,
    /// Answers from the table, but later.
    Delay(Duration),
    /// Answers with an extended error (RFC 8914): SERVFAIL, or from the table.
    ExtendedError {
        /// The info code.
        code: u16,
        /// The words for people that come with it.
        text: String,
        /// Whether there is nothing else in the answer.
        servfail: bool,
    },
    /// SERVFAIL for the first so many questions for the name and type, then answers from the table.
    FailFirst(usize),
    /// Sends the question's identifier and then bytes that are no DNS message.
    Garbage,
    /// Does not answer the first so many questions over UDP for the name and type.
    LoseFirst(usize),
    /// The name exists without records of the type.
    NoData,
    /// The name does not exist.
    NxDomain,
    /// Answers without any record and without looking anything up: others are to be asked.
    Referral,
    /// Refuses to answer.
    Refused,
    /// Fails.
    ServFail,
    /// Never answers.
    Silence,
    /// Has records in the answer that nobody asked for.
    Stray {
        /// Their names and data; they come first.
        records: Vec<(String, RecordData)>,
        /// Whether the table's own are left out.
        instead: bool,
    },
    /// Answers with nothing but the TC bit over UDP, and in full over TCP.
    Truncated,
    /// Answers with nothing but the TC bit over UDP; over TCP hangs up when it is asked.
    TruncatedThenClosed,
    /// Answers with nothing but the TC bit over UDP; over TCP never answers.
    TruncatedThenSilence,
    /// Answers from the table, and is never said to be authenticated: what DNSSEC does not vouch for.
    Unsigned,
    /// Answers from the table: an exception from a behaviour that comes later in the list.
    Usual,
    /// Answers from the table under another identifier than the question's.
    WrongId,
    /// Answers from the table, with another name in the question section.
    WrongQuestion,
}

impl Zone {
    /// An empty zone, where no name exists.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a record with a time to live of five minutes.
    #[must_use]
    pub fn record(mut self, name: &str, data: RecordData) -> Self {
        self.records.push((name.into(), data, TTL));
        self
    }

    /// Adds an IPv4 address.
    #[must_use]
    pub fn a(self, name: &str, address: impl Into<Ipv4Addr>) -> Self {
        self.record(name, RecordData::A(address.into()))
    }

    /// Adds an IPv6 address.
    #[must_use]
    pub fn aaaa(self, name: &str, address: impl Into<Ipv6Addr>) -> Self {
        self.record(name, RecordData::Aaaa(address.into()))
    }

    /// Adds an alias.
    #[must_use]
    pub fn cname(self, name: &str, target: &str) -> Self {
        self.record(name, RecordData::Cname(target.into()))
    }

    /// Adds a mail exchanger.
    #[must_use]
    pub fn mx(self, name: &str, preference: u16, exchange: &str) -> Self {
        self.record(name, RecordData::mx(preference, exchange))
    }

    /// Adds the name of an address; `name` is the reversed address below in-addr.arpa or ip6.arpa.
    #[must_use]
    pub fn ptr(self, name: &str, target: &str) -> Self {
        self.record(name, RecordData::Ptr(target.into()))
    }

    /// Adds a text of one string, which is split after every 255 bytes.
    #[must_use]
    pub fn txt(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        self.record(name, RecordData::txt(text))
    }

    /// Treats questions of any type for `name` specially.
    #[must_use]
    pub fn behave(mut self, name: &str, behaviour: Behaviour) -> Self {
        self.behaviours.push((name.into(), None, behaviour));
        self
    }

    /// Treats questions of one type for `name` specially.
    #[must_use]
    pub fn behave_for(mut self, name: &str, kind: RecordType, behaviour: Behaviour) -> Self {
        self.behaviours.push((name.into(), Some(kind), behaviour));
        self
    }
}

/// A zone made ready to be asked.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) authenticated: bool,
    pub(super) role: Role,
    entries: Vec<Entry>,
    behaviours: Vec<Special>,
}

/// A name that is treated specially.
#[derive(Debug)]
struct Special {
    name: Name,
    kind: Option<RecordType>,
    behaviour: Behaviour,
    /// The records of [`Behaviour::Stray`].
    stray: Vec<Entry>,
}

/// One record in wire form.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) owner: Name,
    pub(super) kind: RecordType,
    pub(super) ttl: u32,
    pub(super) data: Vec<u8>,
    /// Where an alias leads.
    target: Option<Name>,
}

/// What the table says to a question.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The special treatment of the name asked for, or of the first one it is an alias of.
    pub(super) behaviour: Option<Behaviour>,
    /// What that treatment puts before the answers.
    pub(super) stray: Vec<Entry>,
    /// Whether the last name of the chain exists.
    pub(super) exists: bool,
    /// Aliases in their order, then the records.
    pub(super) answers: Vec<Entry>,
    /// Whether the records asked for are among them.
    pub(super) complete: bool,
}

impl Table {
    /// Reads the zone's names, any of which may be wrong.
    pub(super) fn new(zone: &Zone) -> io::Result<Self> {
        let records = zone.records.iter();
        let behaviours = zone.behaviours.iter();
        Ok(Self {
            authenticated: zone.authenticated,
            role: if zone.authoritative { Role::Authority } else { Role::Resolver },
            entries: records
                .map(|(name, data, ttl)| Entry::new(name, data, *ttl))
                .collect::<io::Result<_>>()?,
            behaviours: behaviours
                .map(|(name, kind, behaviour)| Special::new(name, *kind, behaviour))
                .collect::<io::Result<_>>()?,
        })
    }

    /// Looks for records, and follows aliases.
    pub(super) fn find(&self, name: &Name, kind: RecordType) -> Found {
        let mut found = Found::default();
        let mut name = name.clone();
        let mut passed = Vec::new();
        // A loop of aliases is told once around, as far as it is no loop yet.
        while passed.len() < ALIASES && !passed.contains(&name) {
            passed.push(name.clone());
            let special = self.special(&name, kind);
            let behaviour = special.map(|special| &special.behaviour);
            if let (None, Some(special)) = (&found.behaviour, special) {
                found.behaviour = Some(special.behaviour.clone());
                found.stray.clone_from(&special.stray);
            }
            found.exists = behaviour == Some(&Behaviour::NoData);
            if matches!(behaviour, Some(Behaviour::NoData | Behaviour::NxDomain)) {
                return found;
            }
            let Some(entries) = self.entries_at(&name) else {
                return found;
            };
            found.exists = true;
            let matching = entries.iter().filter(|entry| entry.kind == kind);
            let before = found.answers.len();
            found.answers.extend(matching.cloned());
            found.complete = found.answers.len() > before;
            let alias = entries.iter().find(|entry| entry.target.is_some());
            match alias {
                Some(alias) if !found.complete => found.answers.push(alias.clone()),
                _ => return found,
            }
            if let Some(target) = alias.and_then(|alias| alias.target.clone()) {
                name = target;
            }
        }
        found
    }

    /// The start of the zone that a name belongs to; one at the root where the table has none.
    pub(super) fn soa(&self, name: &Name) -> Option<Entry> {
        let starts = self.entries.iter().filter(|entry| entry.kind == RecordType::Soa);
        let above = starts.filter(|entry| name.is_within(&entry.owner));
        above.max_by_key(|entry| entry.owner.wire().len()).cloned().or_else(|| {
            let data = RecordData::Soa {
                primary: "ns.example.net".into(),
                contact: "hostmaster.example.net".into(),
                serial: 1,
                minimum: 60,
            };
            Entry::new(".", &data, 60).ok()
        })
    }

    fn special(&self, name: &Name, kind: RecordType) -> Option<&Special> {
        let at = |wanted: &Name| {
            let mut specials = self.behaviours.iter();
            specials
                .find(|special| special.name == *wanted && special.kind.is_none_or(|of| of == kind))
        };
        at(name).or_else(|| {
            let parents = std::iter::successors(name.parent(), Name::parent);
            parents.map(|parent| parent.wildcard()).find_map(|wildcard| at(&wildcard))
        })
    }

    /// The records of a name, its own or a wildcard's under its own name; None if it does not exist.
    fn entries_at(&self, name: &Name) -> Option<Vec<Entry>> {
        if self.entries.iter().any(|entry| entry.owner.is_within(name)) {
            return Some(self.owned_by(name, name));
        }
        // RFC 4592 section 3.3.1: the wildcard counts that is right below the closest encloser.
        let mut parents = std::iter::successors(name.parent(), Name::parent);
        let encloser = parents
            .find(|parent| self.entries.iter().any(|entry| entry.owner.is_within(parent)))?;
        let entries = self.owned_by(&encloser.wildcard(), name);
        (!entries.is_empty()).then_some(entries)
    }

    fn owned_by(&self, owner: &Name, shown_as: &Name) -> Vec<Entry> {
        let records = self.entries.iter().filter(|entry| entry.owner == *owner);
        records.map(|entry| Entry { owner: shown_as.clone(), ..entry.clone() }).collect()
    }
}

impl Special {
    fn new(name: &str, kind: Option<RecordType>, behaviour: &Behaviour) -> io::Result<Self> {
        let stray = match behaviour {
            Behaviour::Stray { records, .. } => {
                records.iter().map(|(name, data)| Entry::new(name, data, TTL)).collect()
            }
            _ => Ok(Vec::new()),
        };
        Ok(Self { name: Name::parse(name)?, kind, behaviour: behaviour.clone(), stray: stray? })
    }
}

impl Entry {
    fn new(name: &str, data: &RecordData, ttl: u32) -> io::Result<Self> {
        let target = match data {
            RecordData::Cname(target) => Some(Name::parse(target)?),
            _ => None,
        };
        let owner = Name::parse(name)?;
        Ok(Self { owner, kind: data.kind(), ttl, data: data.wire()?, target })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_records_are_found_by_name_and_type() {
        let zone = Zone::new().a("Mail.example.org", [192, 0, 2, 25]).txt("example.org", "x");
        let found = find(&zone, "mail.EXAMPLE.org", RecordType::A);
        assert!(found.exists && found.complete);
        assert_eq!(found.answers[0].data, [192, 0, 2, 25]);
        let nodata = find(&zone, "mail.example.org", RecordType::Aaaa);
        assert!(nodata.exists && !nodata.complete);
        assert!(!find(&zone, "www.example.org", RecordType::A).exists);
        assert!(find(&zone, "org", RecordType::A).exists);
    }

    #[test]
    fn ok_wildcards_stand_for_names_that_do_not_exist() {
        let zone = Zone::new()
            .a("*.bl.example.net", [127, 0, 0, 2])
            .txt("1.0.bl.example.net", "x")
            .behave("*.down.example.net", Behaviour::Silence);
        assert!(find(&zone, "9.2.0.192.bl.example.net", RecordType::A).complete);
        assert!(!find(&zone, "9.1.0.bl.example.net", RecordType::A).exists);
        assert!(!find(&zone, "0.bl.example.net", RecordType::A).complete);
        let down = find(&zone, "9.2.0.192.down.example.net", RecordType::A);
        assert_eq!(down.behaviour, Some(Behaviour::Silence));
    }

    #[test]
    fn ok_aliases_are_followed_and_never_for_ever() {
        let zone = Zone::new()
            .cname("www.example.org", "web.example.org")
            .a("web.example.org", [192, 0, 2, 80])
            .cname("gone.example.org", "nothing.example.org")
            .cname("bad.example.org", "broken.example.org")
            .behave_for("broken.example.org", RecordType::A, Behaviour::ServFail)
            .cname("loop.example.org", "around.example.org")
            .cname("around.example.org", "loop.example.org");
        let found = find(&zone, "www.example.org", RecordType::A);
        assert!(found.complete && found.answers.len() == 2);
        let gone = find(&zone, "gone.example.org", RecordType::A);
        assert!(!gone.exists && gone.answers.len() == 1);
        let bad = find(&zone, "bad.example.org", RecordType::A);
        assert_eq!(bad.behaviour, Some(Behaviour::ServFail));
        assert_eq!(find(&zone, "bad.example.org", RecordType::Mx).behaviour, None);
        let around = find(&zone, "loop.example.org", RecordType::A);
        assert!(!around.complete && around.answers.len() == 2);
        assert_eq!(find(&zone, "www.example.org", RecordType::Cname).answers.len(), 1);
    }

    #[test]
    fn crit_a_zone_with_a_wrong_name_is_refused() {
        assert!(Table::new(&Zone::new().a("a..b", [192, 0, 2, 1])).is_err());
        assert!(Table::new(&Zone::new().mx("example.org", 10, "a..b")).is_err());
        let records = vec![("a..b".into(), RecordData::txt("x"))];
        let stray = Behaviour::Stray { records, instead: false };
        assert!(Table::new(&Zone::new().behave("example.org", stray)).is_err());
    }

    fn find(zone: &Zone, name: &str, kind: RecordType) -> Found {
        Table::new(zone).unwrap().find(&Name::parse(name).unwrap(), kind)
    }
}
