//! What the listings of one target come to.

use std::collections::BTreeMap;

use mailhost_core::contract::{Range, State};

use crate::config::Config;
use crate::facts::{Look, Target, Verdict};

/// The score of one target.
pub(crate) struct Score<'a> {
    /// The weights of the lists that list it; of those of one operator the heaviest.
    pub(crate) value: f64,
    /// How many blocklists can be believed, of how many that were asked.
    pub(crate) answers: usize,
    pub(crate) asked: usize,
    /// The listings that count.
    pub(crate) listed: Vec<&'a Look>,
    /// Those that the operator has accepted.
    pub(crate) accepted: Vec<&'a Look>,
    /// The range that the score is outside of, and the state that follows.
    pub(crate) broken: Option<(State, Range)>,
}

impl Score<'_> {
    /// Whether there is any list that can be believed.
    pub(crate) fn is_known(&self) -> bool {
        self.answers > 0
    }
}

/// The score of a target whose answers are judged.
pub(crate) fn of<'a>(config: &Config, target: &'a Target) -> Score<'a> {
    let is_accepted = |look: &&Look| {
        let zone = &config.lists[look.list].list.zone;
        config.accepted.iter().any(|it| it.zone == *zone && it.subject == target.subject)
    };
    let is_listed =
        |look: &&Look| look.judged.as_ref().is_some_and(|it| it.verdict == Verdict::Listed);
    let (accepted, listed): (Vec<&Look>, Vec<&Look>) =
        target.lists.iter().filter(is_listed).partition(is_accepted);
    let mut heaviest: BTreeMap<&str, f64> = BTreeMap::new();
    for look in &listed {
        let list = &config.lists[look.list].list;
        let weight = heaviest.entry(&list.operator).or_default();
        *weight = weight.max(list.weight);
    }
    let sum: f64 = heaviest.values().sum();
    // 0.1 and 0.2 are 0.3, to whoever writes ranges, and nothing is 0 and not -0.
    let value = (sum * 1e6).round() / 1e6 + 0.0;
    let blocklists = || target.lists.iter().filter(|look| !config.lists[look.list].list.allow);
    let believed = |look: &&Look| look.judged.as_ref().is_some_and(|it| it.verdict.is_answer());
    let (answers, asked) = (blocklists().filter(believed).count(), blocklists().count());
    Score { value, answers, asked, broken: config.score.broken_by(value), listed, accepted }
}
