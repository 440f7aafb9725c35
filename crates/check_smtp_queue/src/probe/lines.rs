//! Lines of what a program says, put together from pieces.

/// The line that is not ended yet.
#[derive(Default)]
pub(crate) struct Lines(Vec<u8>);

impl Lines {
    /// Reads the next piece and calls `line` for every line that it completes.
    pub(crate) fn read(&mut self, piece: &[u8], mut line: impl FnMut(&[u8])) {
        let mut parts = piece.split(|&byte| byte == b'\n');
        let last = parts.next_back().unwrap_or_default();
        for part in parts {
            self.0.extend_from_slice(part);
            line(&self.0);
            self.0.clear();
        }
        // A line without end is not kept: what follows is then not understood.
        if self.0.len() + last.len() <= LONGEST_LINE {
            self.0.extend_from_slice(last);
        }
    }

    /// The line that has no end, if there is one.
    pub(crate) fn rest(&self) -> Option<&[u8]> {
        (!self.0.is_empty()).then_some(self.0.as_slice())
    }
}

/// Bytes: with `postqueue -j`, one message to some fifty thousand recipients.
const LONGEST_LINE: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_any_cut_gives_the_same_lines() {
        let text = b"one\n\ntwo three\n";
        for at in 0..=text.len() {
            let (mut lines, mut found) = (Lines::default(), Vec::new());
            for piece in [&text[..at], &text[at..]] {
                lines.read(piece, |line| found.push(line.to_vec()));
            }
            assert_eq!(found, [&b"one"[..], b"", b"two three"], "cut at {at}");
            assert_eq!(lines.rest(), None);
        }
        let mut lines = Lines::default();
        lines.read(b"one\ntwo", |_| {});
        assert_eq!(lines.rest(), Some(&b"two"[..]));
    }
}
