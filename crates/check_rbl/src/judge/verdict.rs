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
        let why = "nothing shows that anybody answers: no list lists its test entry".to_owned();
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
            format!("the entry that must not be listed is listed too ({answer})"),
        );
    }
    if let Point::Seen(Reply::Nothing) = &tested.listed {
        return judged(
            Verdict::Broken,
            "the test entry is missing: empty, dead, or not of this kind".to_owned(),
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

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use mailhost_core::dns::{Failure, Fault, Name};

    use super::*;
    use crate::lists::{Kind, List};

    /// A list without codes of its own.
    fn chosen(allow: bool, weight: f64) -> Chosen {
        let zone = Name::from_text("l.example").expect("a name");
        let list = List { allow, weight, ..List::unknown(zone.clone()) };
        Chosen { list, name: Rc::from("l.example"), zone, key: None }
    }

    fn said(address: &str) -> Reply {
        let list = chosen(false, 1.0).list;
        Reply::Said(list.read(vec![address.parse().expect("an address")]))
    }

    fn failed() -> Reply {
        Reply::Failed(Failure::of(Fault::ServFail))
    }

    /// The verdict on an answer of a list whose two test entries got these.
    fn of(chosen: &Chosen, reply: Reply, listed: Point, clean: Point) -> Verdict {
        let zone = Rc::clone(&chosen.name);
        let tested = Tested { list: 0, zone: Rc::clone(&zone), kind: Kind::Ipv4, listed, clean };
        let look = Look { list: 0, zone, reply, reasons: Vec::new(), judged: None };
        let alive = some_list_lives(std::slice::from_ref(&tested));
        verdict(chosen, &look, Some(&tested), alive).verdict
    }

    #[test]
    fn ok_and_critical_an_answer_beside_the_test_entries() {
        let well = || (Point::Seen(said("127.0.0.2")), Point::Seen(Reply::Nothing));
        let remembered = || (Point::Remembered(1), Point::Remembered(1));
        let unknown = || (Point::None, Point::None);
        for entries in [well, remembered, unknown] {
            let one = |reply| of(&chosen(false, 1.0), reply, entries().0, entries().1);
            assert_eq!(one(said("127.0.0.2")), Verdict::Listed);
            assert_eq!(one(Reply::Nothing), Verdict::NotListed);
            assert_eq!(one(said("127.0.0.1")), Verdict::Refused);
            assert_eq!(one(said("127.255.255.254")), Verdict::Refused);
            assert_eq!(one(said("203.0.113.80")), Verdict::Broken);
            assert_eq!(one(failed()), Verdict::Unanswered);
            let light = of(&chosen(false, 0.0), said("127.0.0.2"), entries().0, entries().1);
            assert_eq!(light, Verdict::Information);
            let allow = of(&chosen(true, 1.0), said("127.0.0.2"), entries().0, entries().1);
            assert_eq!(allow, Verdict::Allowed);
        }
    }

    #[test]
    fn unknown_a_list_that_does_not_do_what_it_has_to() {
        let seen = Point::Seen;
        for (listed, clean, listing, silence) in [
            // It lists the world, or nothing.
            (said("127.0.0.2"), said("127.0.0.2"), Verdict::Broken, Verdict::Broken),
            (Reply::Nothing, Reply::Nothing, Verdict::Broken, Verdict::Broken),
            (said("203.0.113.80"), Reply::Nothing, Verdict::Broken, Verdict::Broken),
            (said("127.0.0.2"), said("203.0.113.80"), Verdict::Broken, Verdict::Broken),
            // It refuses.
            (said("127.0.0.1"), said("127.0.0.1"), Verdict::Refused, Verdict::Refused),
            (said("127.0.0.2"), said("127.255.255.255"), Verdict::Refused, Verdict::Refused),
            // What a verdict rests on is not known.
            (said("127.0.0.2"), failed(), Verdict::Unanswered, Verdict::NotListed),
            (failed(), Reply::Nothing, Verdict::Listed, Verdict::Unanswered),
            (failed(), failed(), Verdict::Unanswered, Verdict::Unanswered),
        ] {
            let what = format!("{listed:?} {clean:?}");
            let one =
                |reply| of(&chosen(false, 1.0), reply, seen(listed.clone()), seen(clean.clone()));
            assert_eq!(one(said("127.0.0.2")), listing, "{what}");
            assert_eq!(one(Reply::Nothing), silence, "{what}");
        }
    }
}
