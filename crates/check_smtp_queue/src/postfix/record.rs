//! The first records of a queue file, for the time of arrival where the file system keeps none.
//!
//! A record is a type byte, a length in groups of seven bits, the lowest first, and that many bytes
//! of data. Source: Postfix's `rec_type.h` and `record.c`.

/// The time of arrival, in seconds since 1970, from the first bytes of a queue file: its `T`
/// record, "seconds microseconds". `None` when it is not among them.
pub(crate) fn arrival(mut bytes: &[u8]) -> Option<i64> {
    loop {
        let (&kind, rest) = bytes.split_first()?;
        let (length, rest) = length(rest)?;
        let data = rest.get(..length)?;
        match kind {
            b'T' => {
                let text = std::str::from_utf8(data).ok()?;
                let seconds = text.split_ascii_whitespace().next()?.parse().ok()?;
                return (seconds > 0).then_some(seconds);
            }
            // The message itself begins, and no time came before it.
            b'M' => return None,
            _ => bytes = &rest[length..],
        }
    }
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0_usize;
    for (at, byte) in bytes.iter().enumerate().take(4) {
        length |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((length, &bytes[at + 1..]));
        }
    }
    None
}

/// Bytes of a queue file that hold the record: it comes second.
pub(crate) const HEAD: usize = 512;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ok_the_time_comes_behind_the_sizes() {
        let sizes = format!("{:15} {:15} {:15} {:15} {:15} {:15}", 512, 600, 1, 0, 512, 0);
        let mut file = vec![b'C', u8::try_from(sizes.len()).expect("short")];
        file.extend_from_slice(sizes.as_bytes());
        assert_eq!(arrival(&file), None);
        file.extend_from_slice(b"T\x111795277532 603421A\x03a=b");
        assert_eq!(arrival(&file), Some(1_795_277_532));
    }

    #[test]
    fn ok_a_long_record_before_it_is_skipped() {
        let mut file = vec![b'A', 0xac, 0x02];
        file.extend(std::iter::repeat_n(b'x', 300));
        file.extend_from_slice(b"T\x031 0");
        assert_eq!(arrival(&file), Some(1));
    }

    #[test]
    fn unknown_what_is_no_time() {
        for file in [
            &b""[..],
            b"T",
            b"T\x05",
            b"T\x01x",
            b"M\0T\x031 0",
            b"C\xff\xff\xff\xff\xff",
            b"T\x020 ",
        ] {
            assert_eq!(arrival(file), None, "{file:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_at_all_panic(file in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = arrival(&file);
        }
    }
}
