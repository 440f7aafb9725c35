//! What an answer of a list comes to, beside what the list says of its test entries.

use serde::Serialize;

use crate::config::Chosen;
use crate::facts::{Look, Point, Reply, Tested};
use crate::lists::{Means, Reading};

/// A verdict, and what it rests on.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    /// Why the list cannot be believed; empty where it can.
    pub(crate) why: String,
}

/// What one list says of one target, as far as it can be believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It is on a list on which it is good to be.
    Allowed,
    /// The list lists the world, or nothing, or answers what no list can mean.
    Broken,
    /// The list says something that does not count.
    Information,
    /// It is on the list.
    Listed,
    /// It is not.
    NotListed,
    /// The list says that it should not send mail itself.
    Policy,
    /// The list does not answer this resolver.
    Refused,
    /// The list failed or said nothing in time.
    Unanswered,
}

impl Verdict {
    /// Whether the list can be believed.
    pub(crate) fn is_answer(self) -> bool {
        !matches!(self, Self::Broken | Self::Refused | Self::Unanswered)
    }
}

/// The verdict on an answer; `tested` is what is known of the list's test entries of the same kind.
pub(crate) fn verdict(chosen: &Chosen, look: &Look, tested: Option<&Tested>) -> Judged {
    let judged = |verdict, why: String| Judged { verdict, why };
    let reading = match &look.reply {
        Reply::Failed(failure) => return judged(Verdict::Unanswered, failure.to_string()),
        Reply::Nothing => None,
        Reply::Said(reading) => Some(reading),
    };
    match reading.map(|reading| (reading.means, reading)) {
        Some((Means::Refused, reading)) => return judged(Verdict::Refused, gravest(reading)),
        Some((Means::Impossible, reading)) => {
            return judged(Verdict::Broken, gravest(reading));
        }
        _ => {}
    }
    if let Some(doubt) = tested.and_then(|tested| doubt(tested, reading.is_some())) {
        return doubt;
    }
    let counts = chosen.list.weight > 0.0;
    let verdict = match reading.map(|reading| reading.means) {
        Some(Means::Listed) if chosen.list.allow => Verdict::Allowed,
        Some(Means::Listed) if counts => Verdict::Listed,
        Some(Means::Listed | Means::Information) => Verdict::Information,
        Some(Means::Policy) => Verdict::Policy,
        _ => Verdict::NotListed,
    };
    judged(verdict, String::new())
}

/// Why a list that says something, or nothing, cannot be believed.
fn doubt(tested: &Tested, says_something: bool) -> Option<Judged> {
    let judged = |verdict, why: String| Some(Judged { verdict, why });
    // What it says of one entry may be enough to know that it does not answer at all.
    for point in [&tested.listed, &tested.clean] {
        if let Point::Seen(Reply::Said(reading)) = point
            && reading.means == Means::Refused
        {
            return judged(Verdict::Refused, gravest(reading));
        }
    }
    if let Point::Seen(Reply::Said(reading)) = &tested.clean
        && reading.means != Means::Nothing
    {
        let answer = reading.addresses.first().map(ToString::to_string).unwrap_or_default();
        return judged(
            Verdict::Broken,
            format!("lists also its entry that must not be listed ({answer})"),
        );
    }
    if let Point::Seen(Reply::Nothing) = &tested.listed {
        return judged(
            Verdict::Broken,
            "does not list its own test entry: it is empty, dead, or not of this kind".to_owned(),
        );
    }
    if let Point::Seen(Reply::Said(reading)) = &tested.listed
        && reading.means == Means::Impossible
    {
        return judged(Verdict::Broken, gravest(reading));
    }
    let open = if says_something { &tested.clean } else { &tested.listed };
    match open {
        Point::Seen(Reply::Failed(failure)) => {
            judged(Verdict::Unanswered, format!("nothing of its test entry: {failure}"))
        }
        _ => None,
    }
}

/// What is told first.
fn gravest(reading: &Reading) -> String {
    reading.meanings.first().cloned().unwrap_or_default()
}

/// Whether a list is seen to be well in this run.
pub(crate) fn is_well(tested: &Tested) -> bool {
    let good_clean = match &tested.clean {
        Point::None | Point::Seen(Reply::Nothing) => true,
        Point::Seen(Reply::Said(reading)) => reading.means == Means::Nothing,
        _ => false,
    };
    let good_listed = match &tested.listed {
        Point::None => true,
        Point::Seen(Reply::Said(reading)) => reading.means < Means::Refused,
        _ => false,
    };
    let any = !matches!((&tested.listed, &tested.clean), (Point::None, Point::None));
    any && good_clean && good_listed
}
