//! Exim's message ids: names of spool files, which begin with the time of arrival.
//!
//! Two forms: `tttttt-pppppp-ss` up to Exim 4.96, `tttttt-ppppppppppp-ssss` since 4.97; a spool that
//! saw an upgrade holds both. Source: Exim's `local_scan.h` and the specification, chapter 3.4.

/// What the name of an entry of `input` is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Name<'a> {
    /// The header file of a message: its id, and the second since 1970 in which it arrived.
    Header(&'a [u8], i64),
    /// A body, a journal, or something that is not Exim's.
    Other,
    /// One character: a directory of a split spool.
    Split,
}

/// Reads a name.
pub(super) fn read(name: &[u8]) -> Name<'_> {
    if let [only] = name {
        return if only.is_ascii_alphanumeric() { Name::Split } else { Name::Other };
    }
    let header = name.strip_suffix(b"-H").and_then(|id| Some(Name::Header(id, arrival(id)?)));
    header.unwrap_or(Name::Other)
}

/// The second since 1970 in which the message of an id arrived; `None` when it is no id.
pub(super) fn arrival(id: &[u8]) -> Option<i64> {
    let is_form = |form: [usize; 3]| {
        let mut parts = id.split(|&byte| byte == b'-');
        form.iter().all(|length| parts.next().is_some_and(|part| part.len() == *length))
            && parts.next().is_none()
    };
    if !FORMS.into_iter().any(is_form) {
        return None;
    }
    if !id.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-') {
        return None;
    }
    id[..FORMS[0][0]].iter().try_fold(0, |seconds, digit| Some(seconds * 62 + value(*digit)?))
}

/// Exim's order of digits is that of ASCII.
fn value(digit: u8) -> Option<i64> {
    let value = match digit {
        b'0'..=b'9' => digit - b'0',
        b'A'..=b'Z' => digit - b'A' + 10,
        b'a'..=b'z' => digit - b'a' + 36,
        _ => return None,
    };
    Some(i64::from(value))
}

/// The lengths of the parts: time, process and fraction of the second.
const FORMS: [[usize; 3]; 2] = [[6, 6, 2], [6, 11, 4]];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn in_base_62(mut number: i64) -> String {
        let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut text = [b'0'; 6];
        for place in text.iter_mut().rev() {
            *place = digits[usize::try_from(number % 62).expect("small")];
            number /= 62;
        }
        String::from_utf8(text.to_vec()).expect("ASCII")
    }

    #[test]
    fn ok_names_of_the_spool() {
        for (name, read_as) in [
            ("1xUsAR-0005gO-1c-H", Name::Header(b"1xUsAR-0005gO-1c", 1_795_294_719)),
            ("1xUsAR-00000005gOx-1c2d-H", Name::Header(b"1xUsAR-00000005gOx-1c2d", 1_795_294_719)),
            ("000000-000000-00-H", Name::Header(b"000000-000000-00", 0)),
            ("zzzzzz-000000-00-H", Name::Header(b"zzzzzz-000000-00", 56_800_235_583)),
            ("R", Name::Split),
            ("7", Name::Split),
            ("-", Name::Other),
            ("", Name::Other),
            ("1xUsAR-0005gO-1c-D", Name::Other),
            ("1xUsAR-0005gO-1c-J", Name::Other),
            ("1xUsAR-0005gO-1c", Name::Other),
            ("1xUsAR-0005gO-1c2d-H", Name::Other),
            ("1xUsAR-00000005gOx-1c-H", Name::Other),
            ("1xUs_R-0005gO-1c-H", Name::Other),
            ("1xUsAR-0005gO-1c-1c-H", Name::Other),
            ("-H", Name::Other),
        ] {
            assert_eq!(read(name.as_bytes()), read_as, "{name}");
        }
        assert_eq!(read(&[b'a'; 300]), Name::Other);
    }

    proptest! {
        #[test]
        fn an_id_of_either_form_gives_the_second_it_was_made_in(
            seconds in 0_i64..56_800_235_584,
            rest in "[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4}",
        ) {
            let id = format!("{}-{rest}", in_base_62(seconds));
            prop_assert_eq!(arrival(id.as_bytes()), Some(seconds));
            let name = format!("{id}-H");
            prop_assert_eq!(read(name.as_bytes()), Name::Header(id.as_bytes(), seconds));
        }

        #[test]
        fn no_name_at_all_panics(name in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = read(&name);
        }
    }
}
