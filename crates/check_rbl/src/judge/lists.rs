//! How the lists do, whatever they say of the targets.

use std::collections::{BTreeMap, BTreeSet};

use mailhost_core::contract::{Finding, Metric, Rule, State, plural, rule};

use super::score::Score;
use super::{float, name};
use crate::args::MinAnswers;
use crate::config::Config;
use crate::facts::{Facts, Look, Point, Reply, Target, Verdict};
use crate::lists::Means;
use crate::metrics;

/// How the lists did.
pub(super) struct Health {
    /// One for each list that was asked about a target, the worst of what it did; none for allow
    /// lists, which nothing depends on.
    states: BTreeMap<usize, ListState>,
    /// The names of the lists that cannot be believed, by why.
    refused: Vec<String>,
    broken: Vec<String>,
    unanswered: Vec<String>,
    allow_listed: usize,
}

/// What a list did, the worst last.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum ListState {
    Answered,
    Unanswered,
    Broken,
    Refused,
}

impl Health {
    /// How they did about all these.
    pub(super) fn of<'a>(config: &Config, targets: impl IntoIterator<Item = &'a Target>) -> Self {
        let mut states: BTreeMap<usize, ListState> = BTreeMap::new();
        let mut allow_lists = BTreeSet::new();
        for look in targets.into_iter().flat_map(|target| &target.lists) {
            let Some(judged) = &look.judged else { continue };
            if config.lists[look.list].list.allow {
                if judged.verdict == Verdict::Allowed {
                    allow_lists.insert(look.list);
                }
                continue;
            }
            let state = match judged.verdict {
                Verdict::Refused => ListState::Refused,
                Verdict::Broken => ListState::Broken,
                Verdict::Unanswered => ListState::Unanswered,
                _ => ListState::Answered,
            };
            let worst = states.entry(look.list).or_insert(state);
            *worst = state.max(*worst);
        }
        let of = |wanted| {
            let these = states.iter().filter(|(_, state)| **state == wanted);
            these.map(|(at, _)| config.lists[*at].list.zone.to_string()).collect()
        };
        let refused = of(ListState::Refused);
        let broken = of(ListState::Broken);
        let unanswered = of(ListState::Unanswered);
        Self { refused, broken, unanswered, states, allow_listed: allow_lists.len() }
    }

    /// How many lists can be believed.
    pub(super) fn believed(&self) -> usize {
        self.count(ListState::Answered)
    }

    fn count(&self, wanted: ListState) -> usize {
        self.states.values().filter(|state| **state == wanted).count()
    }

    /// What is to be told of those that cannot, in the first line.
    pub(super) fn told(&self) -> Option<String> {
        let told = |zones: &[String], one: &str, many: &str| match zones {
            [] => None,
            [zone] => Some(format!("{zone} {one}")),
            zones => Some(format!("{} {many}", zones.len())),
        };
        let parts: Vec<String> = [
            told(&self.refused, "refuses", "refuse"),
            told(&self.broken, "is broken", "are broken"),
            match self.unanswered.as_slice() {
                [] => None,
                [zone] => Some(format!("no answer from {zone}")),
                zones => Some(format!("no answer from {}", zones.len())),
            },
        ]
        .into_iter()
        .flatten()
        .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    pub(super) fn metrics(&self) -> Vec<Metric> {
        vec![
            Metric::new(&metrics::LISTS, float(self.states.len())),
            Metric::new(&metrics::ANSWERED, float(self.believed())),
            Metric::new(&metrics::REFUSED, float(self.refused.len())),
            Metric::new(&metrics::BROKEN, float(self.broken.len())),
            Metric::new(&metrics::UNANSWERED, float(self.unanswered.len())),
            Metric::new(&metrics::ALLOW_LISTED, float(self.allow_listed)),
        ]
    }
}

pub(super) fn judge(config: &Config, facts: &Facts, scores: &[Score], findings: &mut Vec<Finding>) {
    if let Some(failure) = &facts.resolver {
        let text = format!("no list could be asked: {failure}");
        findings.push(Finding::broken(&rule::RESOLVER_FAILED, text));
        return;
    }
    let rewrites = rewrites(config, facts);
    findings.extend(
        rewrites.as_ref().map(|text| Finding::broken(&rule::RESOLVER_REWRITES, text.clone())),
    );
    let mut short = false;
    if rewrites.is_none() {
        for (target, score) in facts.targets.iter().zip(scores) {
            let answers = answers(config, target, score, facts.targets.len() > 1);
            short |= answers.as_ref().is_some_and(|finding| finding.rule.is_some());
            findings.extend(answers);
        }
    }
    for (verdict, rule) in [
        (Verdict::Refused, &rule::LIST_REFUSED),
        (Verdict::Broken, &rule::LIST_BROKEN),
        (Verdict::Unanswered, &rule::LIST_UNANSWERED),
    ] {
        // Where it is the resolver that is broken, no list is.
        if verdict == Verdict::Broken && rewrites.is_some() {
            continue;
        }
        for (zones, finding) in of_lists(facts, verdict, rule) {
            let spamhaus = zones.iter().any(|zone| zone.ends_with("spamhaus.org"));
            findings.push(if short {
                // Where too few are left, this is why, and the rule's advice is shown.
                finding.graded(State::Unknown)
            } else if spamhaus && verdict == Verdict::Refused {
                finding.showing([SPAMHAUS.to_owned()])
            } else {
                finding
            });
        }
    }
}

/// What is to be said of the lists with a verdict: those with the same reason in one finding, with their
/// zones.
fn of_lists<'a>(
    facts: &'a Facts,
    verdict: Verdict,
    rule: &'static Rule,
) -> Vec<(Vec<&'a str>, Finding)> {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for look in looks(facts) {
        if let Some(judged) = look.judged.as_ref().filter(|it| it.verdict == verdict) {
            let zones = by_reason.entry(judged.why.as_str()).or_default();
            if !zones.contains(&&*look.zone) {
                zones.push(&look.zone);
            }
        }
    }
    let finding = |(why, zones): (&str, Vec<&'a str>)| {
        let shown = zones.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        let more = match zones.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let does = match (verdict, zones.len()) {
            (Verdict::Refused, 1) => "refuses to answer: ",
            (Verdict::Refused, _) => "refuse to answer: ",
            (Verdict::Broken, 1) => "is broken: ",
            (Verdict::Broken, _) => "are broken: ",
            (_, 1) => "has not answered: ",
            _ => "have not answered: ",
        };
        let finding = Finding::broken(rule, format!("{shown}{more} {does}{why}"));
        (zones, finding)
    };
    by_reason.into_iter().map(finding).collect()
}

/// That the resolver gives an address for names that do not exist: then every list seems to list its
/// entry that must not be listed.
fn rewrites(config: &Config, facts: &Facts) -> Option<String> {
    let mut invented: BTreeMap<String, usize> = BTreeMap::new();
    let mut operators = BTreeSet::new();
    let (mut odd, mut all) = (0, 0);
    for tested in &facts.tests {
        match &tested.clean {
            Point::Seen(Reply::Nothing) => all += 1,
            Point::Seen(Reply::Said(reading))
                if reading.means == Means::Nothing || refuses(&tested.listed) =>
            {
                all += 1;
            }
            Point::Seen(Reply::Said(reading)) => {
                all += 1;
                odd += 1;
                operators.insert(&config.lists[tested.list].list.operator);
                for address in &reading.addresses {
                    *invented.entry(address.to_string()).or_default() += 1;
                }
            }
            Point::None | Point::Remembered(_) | Point::Seen(Reply::Failed(_)) => {}
        }
    }
    let (address, times) = invented.into_iter().max_by_key(|(_, times)| *times)?;
    // A list or two that list the world are those lists' own affair.
    let many = operators.len() >= 3 || (operators.len() == 2 && all == 2);
    (many && odd * 5 >= all * 4 && times * 5 >= all * 4).then(|| {
        format!(
            "the resolver invents addresses: it answers {address} for {odd} of {all} test names that \
             do not exist"
        )
    })
}

/// Whether a list refuses also what it must list, so that it is the list that answers like this.
fn refuses(listed: &Point) -> bool {
    matches!(listed, Point::Seen(Reply::Said(reading)) if reading.means == Means::Refused)
}

/// That a target is on no list, or that too few can be believed to say so.
fn answers(config: &Config, target: &Target, score: &Score, several: bool) -> Option<Finding> {
    // What is listed is listed, however few lists there are.
    if score.broken.is_some() && !score.listed.is_empty() {
        return None;
    }
    let wanted = match config.min_answers {
        MinAnswers::Number(number) => float(number),
        MinAnswers::Percent(percent) => float(score.asked) * percent / 100.0,
    };
    if float(score.answers) >= wanted && score.answers > 0 {
        let clean = score.listed.is_empty() && score.accepted.is_empty();
        let text = format!("is on none of {}", plural(score.answers, "list", "lists"));
        return clean.then(|| Finding::good("not-listed", text).about(&name(target)));
    }
    let why = Health::of(config, [target]).told().map_or(String::new(), |told| format!(": {told}"));
    let lists = plural(score.asked, "list", "lists");
    let text = format!("only {} of {lists} can be believed{why}", score.answers);
    let finding = Finding::broken(&rule::ANSWERS_TOO_FEW, text);
    Some(if several { finding.about(&name(target)) } else { finding })
}

fn looks(facts: &Facts) -> impl Iterator<Item = &Look> {
    facts.targets.iter().flat_map(|target| &target.lists)
}

/// What helps where Spamhaus refuses, which is what most people meet first.
const SPAMHAUS: &str = "Spamhaus answers a resolver of your own, whose address has a name, or with a free \
                        key any resolver: --without zen.spamhaus.org --with zen.dq.spamhaus.net";
/// Lists that a sentence names.
const SHOWN: usize = 10;
