//! Sendmail's queue ids, which begin with the time at which they were made.
//!
//! Year, month, day, hour, minute and second in Greenwich, a digit of base 60 each, two digits that
//! make it unique, and the number of the process. A process that goes on for long makes its next ids
//! with the time of the first, so that the control file knows the arrival better. Source: Sendmail's
//! `assign_queueid()` in `queue.c`.

use crate::calendar::days_since_1970;

/// Whether a name can be an id.
pub(super) fn is_id(id: &[u8]) -> bool {
    (1..=LONGEST).contains(&id.len()) && id.iter().all(u8::is_ascii_alphanumeric)
}

/// The second since 1970 from which an id is, or somewhat before; `None` when its form is another.
pub(super) fn arrival(id: &[u8]) -> Option<i64> {
    let (time, rest) = id.split_at_checked(6)?;
    let process = rest.get(2..)?;
    if process.len() < FEWEST_DIGITS || !process.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut parts = [0_i64; 6];
    for (part, digit) in parts.iter_mut().zip(time) {
        *part = value(*digit)?;
    }
    let [year, month, day, hour, minute, second] = parts;
    if month > 11 || !(1..=31).contains(&day) || hour > 23 {
        return None;
    }
    // The year of the century modulo 60. No mail is from before 1990.
    let year = if year < 30 { 2020 + year } else { 1960 + year };
    Some(((days_since_1970(year, month + 1, day) * 24 + hour) * 60 + minute) * 60 + second)
}

fn value(digit: u8) -> Option<i64> {
    let value = match digit {
        b'0'..=b'9' => digit - b'0',
        b'A'..=b'Z' => digit - b'A' + 10,
        b'a'..=b'x' => digit - b'a' + 36,
        _ => return None,
    };
    Some(i64::from(value))
}

/// Bytes; Sendmail leaves longer names alone too.
const LONGEST: usize = 40;
/// Of the number of a process.
const FEWEST_DIGITS: usize = 5;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ok_the_time_of_an_id() {
        for (id, seconds) in [
            ("6ALL0wJU022468", Some(1_795_294_858)),
            ("6ALL1ll1023247", Some(1_795_294_907)),
            ("41T000aa1234567", Some(1_709_164_800)),
            ("e9V900aa012345", Some(972_982_800)),
            ("6CLL0wJU022468", None),
            ("6A0L0wJU022468", None),
            ("6ALO0wJU022468", None),
            ("6ALL0yJU022468", None),
            ("6ALL0wJU02246x", None),
            ("AAA12345", None),
            ("", None),
        ] {
            assert_eq!(arrival(id.as_bytes()), seconds, "{id}");
        }
    }

    #[test]
    fn ok_ids_and_what_is_none() {
        assert!(is_id(b"6ALL0wJU022468") && is_id(b"AAA12345"));
        assert!(!is_id(b"") && !is_id(b"a.b") && !is_id(&[b'a'; 300]));
    }

    proptest! {
        #[test]
        fn no_id_at_all_panics(id in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = (is_id(&id), arrival(&id));
        }
    }
}
