//! What an answer of a list comes to, beside what the list says of its test entries.

use crate::config::Chosen;
use crate::facts::{Judged, Look, Point, Reply, Tested, Verdict};
use crate::lists::{Means, Reading};

/// Whether a list that has no entry that must be listed can be believed when it lists nothing: unless
/// there are others that have one, and none of them lists it, so that nobody seems to answer.
pub(crate) fn some_list_lives(tests: &[Tested]) -> bool {
    let mut listed = tests.iter().map(|tested| &tested.listed);
    let lives = |point: &Point| match point {
        Point::Remembered(_) => true,
        Point::Seen(Reply::Said(reading)) => reading.means < Means::Refused,
        _ => false,
    };
    listed.clone().any(lives) || listed.all(|point| matches!(point, Point::None))
}

/// The verdict on an answer; `tested` is what is known of the list's test entries of the same kind,
/// `silence_counts` what [`some_list_lives`] says.
pub(crate) fn verdict(
    chosen: &Chosen,
    look: &Look,
    tested: Option<&Tested>,
    silence_counts: bool,
) -> Judged {
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
    let has_entry = tested.is_some_and(|tested| !matches!(tested.listed, Point::None));
    if reading.is_none() && !has_entry && !silence_counts {
        let why = "nothing shows that it is there: no list lists its test entry".to_owned();
        return judged(Verdict::Unanswered, why);
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
