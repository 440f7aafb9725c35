//! What the lists say: of the targets, and of their own test entries.

use std::rc::Rc;

use mailhost_core::dns::{Data, Failure, Fault, Known, Outcome, Question, RecordType};

use super::targets::Wanted;
use crate::config::{Chosen, Config};
use crate::facts::{Look, Point, Reply, Target, Tested, Unseen};
use crate::lists::{Kind, Means, Subject};

/// All that may be asked. The names are made once, because what is known is looked at several times.
pub(super) struct Plan {
    targets: Vec<PlannedTarget>,
    tests: Vec<PlannedTest>,
    unseen: Vec<Unseen>,
}

struct PlannedTarget {
    subject: Subject,
    of: Option<String>,
    entries: Vec<Entry>,
}

struct PlannedTest {
    list: usize,
    kind: Kind,
    /// What the state file calls it, if it may know.
    key: Option<String>,
    listed: Option<Entry>,
    clean: Option<Entry>,
}

/// Where a list says something about a subject.
struct Entry {
    list: usize,
    /// `None` where the name would be too long.
    question: Option<Question>,
}

/// What came of asking.
pub(super) struct Asked {
    pub(super) targets: Vec<Target>,
    pub(super) tests: Vec<Tested>,
    pub(super) unseen: Vec<Unseen>,
}

impl Plan {
    /// Every target at every list that knows its kind, and the test entries of these lists.
    pub(super) fn of(config: &Config, wanted: &[Wanted]) -> Self {
        let with_kind = |kind| {
            let lists = config.lists.iter().enumerate();
            lists.filter(move |(_, chosen)| chosen.list.knows(kind))
        };
        let target = |(subject, of): &Wanted| PlannedTarget {
            subject: subject.clone(),
            of: of.clone(),
            entries: with_kind(subject.kind())
                .map(|(at, chosen)| Entry::new(at, chosen, subject))
                .collect(),
        };
        let mut tests = Vec::new();
        let mut unseen = Vec::new();
        for kind in [Kind::Ipv4, Kind::Ipv6, Kind::Domain] {
            if !wanted.iter().any(|(subject, _)| subject.kind() == kind) {
                continue;
            }
            if with_kind(kind).next().is_none() {
                unseen.push(Unseen::NoList(kind));
            }
            tests.extend(with_kind(kind).map(|(at, chosen)| {
                let points = chosen.list.points(kind);
                let entry = |point: Option<Subject>| Some(Entry::new(at, chosen, &point?));
                PlannedTest {
                    list: at,
                    kind,
                    key: chosen.test_key(kind),
                    listed: entry(points.listed),
                    clean: entry(points.clean),
                }
            }));
        }
        Self { targets: wanted.iter().map(target).collect(), tests, unseen }
    }

    /// What can be told from what is known so far; see [`Known::settle`]. `remembered` is when a list
    /// was last seen to be well, by the key of its test.
    pub(super) fn look(
        &self,
        known: &mut Known,
        config: &Config,
        remembered: &dyn Fn(&str) -> Option<i64>,
    ) -> Asked {
        if self.targets.len() > 1 {
            // Where not all can fly at once, what all depends on flies first.
            for test in self.tests.iter().filter(|test| test.remembered(remembered).is_none()) {
                test.look(known, config, None);
            }
        }
        let targets: Vec<Target> = self
            .targets
            .iter()
            .map(|target| Target {
                subject: target.subject.clone(),
                of: target.of.clone(),
                lists: target.entries.iter().map(|entry| entry.look(known, config)).collect(),
            })
            .collect();
        let tests = self.tests.iter().map(|test| {
            let says_something =
                |look: &Look| look.list == test.list && matches!(look.reply, Reply::Said(_));
            let rests = |target: &Target| {
                target.subject.kind() == test.kind && target.lists.iter().any(says_something)
            };
            let well = test.remembered(remembered);
            if !targets.iter().any(rests) && well.is_some() {
                return test.look(known, config, well);
            }
            // An alarm does not rest on what was seen an hour ago, unless there is nothing newer.
            let tested = test.look(known, config, None);
            let failed = |point: &Point| matches!(point, Point::Seen(Reply::Failed(_)));
            match well {
                Some(at) if failed(&tested.listed) || failed(&tested.clean) => {
                    let point = |point| if failed(&point) { Point::Remembered(at) } else { point };
                    Tested { listed: point(tested.listed), clean: point(tested.clean), ..tested }
                }
                _ => tested,
            }
        });
        Asked { tests: tests.collect(), targets, unseen: self.unseen.clone() }
    }
}

impl PlannedTest {
    fn remembered(&self, remembered: &dyn Fn(&str) -> Option<i64>) -> Option<i64> {
        self.key.as_deref().and_then(remembered)
    }

    fn look(&self, known: &mut Known, config: &Config, remembered: Option<i64>) -> Tested {
        let chosen = &config.lists[self.list];
        let mut point = |entry: &Option<Entry>| match (entry, remembered) {
            (None, _) => Point::None,
            (Some(_), Some(at)) => Point::Remembered(at),
            (Some(entry), None) => Point::Seen(entry.reply(known, config)),
        };
        let (listed, clean) = (point(&self.listed), point(&self.clean));
        let zone = Rc::clone(&chosen.name);
        Tested { list: self.list, zone, kind: self.kind, listed, clean }
    }
}

impl Entry {
    fn new(list: usize, chosen: &Chosen, subject: &Subject) -> Self {
        let name = subject.below(&chosen.zone).ok();
        Self { list, question: name.map(|name| Question::new(&name, RecordType::A)) }
    }

    fn look(&self, known: &mut Known, config: &Config) -> Look {
        let chosen = &config.lists[self.list];
        let reply = self.reply(known, config);
        let reasons = if speaks(&reply) { self.reasons(known, config) } else { Vec::new() };
        Look { list: self.list, zone: Rc::clone(&chosen.name), reply, reasons, judged: None }
    }

    fn reply(&self, known: &mut Known, config: &Config) -> Reply {
        let Some(question) = &self.question else {
            // A domain so long cannot be asked about at this list.
            let detail = Some("the name would be too long".to_owned());
            return Reply::Failed(Failure { detail, ..Failure::of(Fault::Broken) });
        };
        let Some(answer) = known.answer(question) else { return Reply::Nothing };
        match &answer.outcome {
            Outcome::Failed(failure) => Reply::Failed(config.hiding_keys(failure)),
            Outcome::NoData | Outcome::NxDomain => Reply::Nothing,
            Outcome::Records(records) => {
                let addresses = records.iter().filter_map(|record| match record.data {
                    Data::A(address) => Some(address),
                    _ => None,
                });
                Reply::Said(config.lists[self.list].list.read(addresses.collect()))
            }
        }
    }

    /// What the list says in words (RFC 5782 section 2.1), without keys.
    fn reasons(&self, known: &mut Known, config: &Config) -> Vec<String> {
        let question = self.question.as_ref();
        let question = question.map(|it| Question { kind: RecordType::Txt, ..it.clone() });
        let answer = question.and_then(|question| known.answer(&question));
        let mut texts: Vec<Vec<u8>> =
            answer.iter().flat_map(|answer| answer.texts().collect::<Vec<_>>()).collect();
        // Resolvers turn the order of records round and round.
        texts.sort();
        let shown = texts.iter().take(MOST_REASONS).map(|text| {
            // Cut first, a key would stay there in part.
            let text = config.without_keys(&String::from_utf8_lossy(text));
            text.chars().take(LONGEST_REASON).collect()
        });
        shown.collect()
    }
}

/// Whether a list says something about a target that is worth a reason.
fn speaks(reply: &Reply) -> bool {
    let Reply::Said(reading) = reply else { return false };
    (Means::Information..=Means::Listed).contains(&reading.means)
}

/// Texts of one list about one target.
const MOST_REASONS: usize = 3;
/// Characters of one of them.
const LONGEST_REASON: usize = 300;
