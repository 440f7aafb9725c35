//! What the lists say: of the targets, and of their own test entries.

use std::net::Ipv4Addr;
use std::rc::Rc;

use mailhost_core::dns::{Answer, Data, Failure, Fault, Known, Outcome, Question, RecordType};

use super::targets::Wanted;
use crate::config::{Chosen, Config};
use crate::facts::{Look, Point, Reply, Target, Tested, Unseen};
use crate::lists::{Kind, Means, Subject};

/// What came of asking.
pub(super) struct Asked {
    pub(super) targets: Vec<Target>,
    pub(super) tests: Vec<Tested>,
    pub(super) unseen: Vec<Unseen>,
}

/// What can be told from what is known so far; see [`Known::settle`]. `remembered` is when a list was
/// last seen to be well, by [`Chosen::test_key`].
pub(super) fn look(
    known: &mut Known,
    config: &Config,
    wanted: &[Wanted],
    remembered: &dyn Fn(&str) -> Option<i64>,
) -> Asked {
    let target = |(subject, of): &Wanted| Target {
        subject: subject.clone(),
        of: of.clone(),
        lists: looks(known, config, subject),
    };
    let targets: Vec<Target> = wanted.iter().map(target).collect();
    let mut tests = Vec::new();
    let mut unseen = Vec::new();
    for kind in [Kind::Ipv4, Kind::Ipv6, Kind::Domain] {
        if !targets.iter().any(|target| target.subject.kind() == kind) {
            continue;
        }
        let has_kind = |(_, chosen): &(usize, &Chosen)| chosen.list.knows(kind);
        let mut knowing = config.lists.iter().enumerate().filter(has_kind).peekable();
        if knowing.peek().is_none() {
            unseen.push(Unseen::NoList(kind));
        }
        for (at, chosen) in knowing {
            let rests = |target: &Target| {
                target.subject.kind() == kind
                    && target.lists.iter().any(|look| look.list == at && speaks(&look.reply))
            };
            // An alarm never rests on what was seen an hour ago.
            let remembered =
                remembered(&chosen.test_key(kind)).filter(|_| !targets.iter().any(rests));
            tests.push(test(known, at, chosen, kind, remembered));
        }
    }
    Asked { targets, tests, unseen }
}

fn looks(known: &mut Known, config: &Config, subject: &Subject) -> Vec<Look> {
    let lists = config.lists.iter().enumerate();
    lists
        .filter(|(_, chosen)| chosen.list.knows(subject.kind()))
        .map(|(at, chosen)| {
            let reply = reply(known, chosen, subject);
            let reasons = if speaks(&reply) { reasons(known, chosen, subject) } else { Vec::new() };
            let reasons = reasons.iter().map(|reason| config.without_keys(reason)).collect();
            Look { list: at, zone: Rc::clone(&chosen.name), reply, reasons, judged: None }
        })
        .collect()
}

/// Whether a list says something about a target that is worth a reason.
fn speaks(reply: &Reply) -> bool {
    let Reply::Said(reading) = reply else { return false };
    (Means::Information..=Means::Listed).contains(&reading.means)
}

fn test(
    known: &mut Known,
    list: usize,
    chosen: &Chosen,
    kind: Kind,
    remembered: Option<i64>,
) -> Tested {
    let points = chosen.list.points(kind);
    let mut point = |subject: Option<Subject>| match (subject, remembered) {
        (None, _) => Point::None,
        (Some(_), Some(at)) => Point::Remembered(at),
        (Some(subject), None) => Point::Seen(reply(known, chosen, &subject)),
    };
    let (listed, clean) = (point(points.listed), point(points.clean));
    Tested { list, zone: Rc::clone(&chosen.name), kind, listed, clean }
}

/// What a list says of a subject.
fn reply(known: &mut Known, chosen: &Chosen, subject: &Subject) -> Reply {
    match answer(known, chosen, subject, RecordType::A) {
        None => Reply::Nothing,
        Some(answer) => match &answer.outcome {
            Outcome::Failed(failure) => Reply::Failed(failure.clone()),
            Outcome::NoData | Outcome::NxDomain => Reply::Nothing,
            Outcome::Records(records) => {
                let addresses = records.iter().filter_map(|record| match record.data {
                    Data::A(address) => Some(address),
                    _ => None,
                });
                let addresses: Vec<Ipv4Addr> = addresses.take(MOST_RECORDS).collect();
                Reply::Said(chosen.list.read(addresses))
            }
        },
    }
}

/// What a list says in words (RFC 5782 section 2.1).
fn reasons(known: &mut Known, chosen: &Chosen, subject: &Subject) -> Vec<String> {
    let answer = answer(known, chosen, subject, RecordType::Txt);
    let texts = answer.iter().flat_map(|answer| answer.texts().collect::<Vec<_>>());
    let shown = texts.take(MOST_REASONS).map(|text| {
        let text = text.get(..LONGEST_REASON).unwrap_or(&text);
        String::from_utf8_lossy(text).into_owned()
    });
    shown.collect()
}

/// The answer to a question about a subject; `None` while it is not known.
fn answer(
    known: &mut Known,
    chosen: &Chosen,
    subject: &Subject,
    kind: RecordType,
) -> Option<Rc<Answer>> {
    if let Ok(name) = subject.below(&chosen.zone) {
        return known.answer(&Question::new(&name, kind));
    }
    // A domain so long cannot be asked about at this list.
    let detail = Some("the name would be too long".to_owned());
    let failure = Failure { detail, ..Failure::of(Fault::NotAsked) };
    Some(Rc::new(Answer::of(Outcome::Failed(failure))))
}

/// Addresses of one answer.
const MOST_RECORDS: usize = 64;
/// Texts of one list about one target.
const MOST_REASONS: usize = 3;
/// Bytes of one of them.
const LONGEST_REASON: usize = 300;
