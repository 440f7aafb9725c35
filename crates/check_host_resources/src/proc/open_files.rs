//! `/proc/sys/fs/file-nr`.

use serde::Serialize;

/// The open files of all processes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct OpenFiles {
    pub(crate) open: u64,
    /// As many as there may be; above 0.
    pub(crate) most: u64,
}

impl OpenFiles {
    /// Reads the file: those that are allocated, those of them that are free, and the most there may be.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split_whitespace().map(str::parse::<u64>);
        let mut next = || fields.next()?.ok();
        let (allocated, free, most) = (next()?, next()?, next()?);
        (most > 0).then_some(Self { open: allocated.saturating_sub(free), most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_what_is_open_of_what_may_be() {
        assert_eq!(
            OpenFiles::parse("1600\t100\t20000\n"),
            Some(OpenFiles { open: 1500, most: 20_000 })
        );
        for text in ["", "1 2", "1 0 0", "a b c"] {
            assert_eq!(OpenFiles::parse(text), None, "{text}");
        }
    }
}
