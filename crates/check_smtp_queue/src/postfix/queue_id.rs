//! Postfix's queue ids: names of queue files, and with the long form the time of arrival.
//!
//! Source: Postfix's `mail_queue.h` and the documentation of `enable_long_queue_ids`.

/// What the name of a queue file is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Name {
    /// One character: a directory of a hashed queue.
    Hash,
    /// A long id, with the second of arrival since 1970.
    Long(i64),
    /// No queue file: a temporary name (`usec.pid`) or something that is not Postfix's.
    Other,
    /// A short id: microseconds and inode in hexadecimal digits.
    Short,
}

/// Reads a name.
pub(crate) fn read(name: &[u8]) -> Name {
    if name.len() == 1 {
        return if name[0].is_ascii_alphanumeric() { Name::Hash } else { Name::Other };
    }
    // Postfix's own readers take letters, digits and `_` (mail_queue_id_ok).
    if name.is_empty() || name.len() > LONGEST || !name.iter().all(|&c| is_of_an_id(c)) {
        return Name::Other;
    }
    seconds(name).map_or(Name::Short, Name::Long)
}

/// The seconds of a long id: everything before the last `z` but the four digits of microseconds,
/// in base 52.
fn seconds(name: &[u8]) -> Option<i64> {
    let separator = name.iter().rposition(|&c| c == b'z')?;
    let time = &name[..separator];
    let (seconds, microseconds) = time.split_at_checked(time.len().checked_sub(MICROSECONDS)?)?;
    let is_inode = |c: &u8| BASE_51.contains(c);
    if seconds.len() < FEWEST_SECONDS
        || !name[separator + 1..].iter().all(is_inode)
        || name.len() == separator + 1
        || number(microseconds)? >= 1_000_000
    {
        return None;
    }
    number(seconds)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0_i64, |number, digit| {
        let value = BASE_52.iter().position(|known| known == digit)?;
        number.checked_mul(52)?.checked_add(i64::try_from(value).ok()?)
    })
}

fn is_of_an_id(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_'
}

/// Digits, then consonants in both cases: no id is a word.
const BASE_52: &[u8] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
/// The same without `z`, which separates the inode.
const BASE_51: &[u8] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxy";
const FEWEST_SECONDS: usize = 6;
const LONGEST: usize = 100;
const MICROSECONDS: usize = 4;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn in_base_52(mut number: i64, width: usize) -> String {
        let mut digits = Vec::new();
        while number > 0 || digits.len() < width {
            digits.push(BASE_52[usize::try_from(number % 52).expect("small")]);
            number /= 52;
        }
        digits.reverse();
        String::from_utf8(digits).expect("ASCII")
    }

    #[test]
    fn ok_names_of_the_spool() {
        for (name, read_as) in [
            ("A", Name::Hash),
            ("3", Name::Hash),
            ("2F3A11C0D", Name::Short),
            ("4dDsZ03rBDz3tbk", Name::Long(0)),
            ("123456.789", Name::Other),
            ("", Name::Other),
            ("-", Name::Other),
            ("a b", Name::Other),
        ] {
            match (read(name.as_bytes()), read_as) {
                (Name::Long(_), Name::Long(_)) => {}
                (read, expected) => assert_eq!(read, expected, "{name}"),
            }
        }
        assert_eq!(read(&[b'a'; 300]), Name::Other);
    }

    proptest! {
        #[test]
        fn a_long_id_gives_the_second_it_was_made_in(
            seconds in 400_000_000_i64..20_000_000_000,
            microseconds in 0_i64..1_000_000,
            inode in "[0-9BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxy]{1,12}",
        ) {
            let id = format!("{}{}z{inode}", in_base_52(seconds, 6), in_base_52(microseconds, 4));
            prop_assert_eq!(read(id.as_bytes()), Name::Long(seconds));
        }

        #[test]
        fn a_short_id_has_no_time(microseconds in 0_u32..1_000_000, inode in 1_u64..u64::MAX) {
            let id = format!("{microseconds:05X}{inode:X}");
            prop_assert_eq!(read(id.as_bytes()), Name::Short);
        }

        #[test]
        fn no_name_at_all_panics(name in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = read(&name);
        }
    }
}
