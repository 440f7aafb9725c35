//! What `smtpctl show stats` says: a line "name=number" for each thing that the server counts. What
//! it never counted has no line. Source: OpenSMTPD's `smtpctl.c` and `scheduler.c`.

/// The counters that matter here.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Statistics {
    /// Envelopes in the queue.
    pub(crate) envelopes: u64,
    /// Envelopes that left the queue since the server was started: delivered, refused for good or
    /// found to be in a loop.
    pub(crate) processed: u64,
}

/// Reads the lines; `None` when they are something else.
pub(crate) fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Statistics> {
    let mut statistics = Statistics::default();
    let mut is_whole = false;
    for line in lines {
        let Some((name, value)) = line.split_once('=') else { continue };
        // A number of what is there can be negative for a moment.
        let value = || Some(u64::try_from(value.parse::<i64>().ok()?).unwrap_or(0));
        match name {
            "scheduler.envelope" => statistics.envelopes = value()?,
            "scheduler.delivery.ok" | "scheduler.delivery.permfail" | "scheduler.delivery.loop" => {
                statistics.processed = statistics.processed.saturating_add(value()?);
            }
            // Every server has this one.
            "uptime" => is_whole = true,
            _ => {}
        }
    }
    is_whole.then_some(statistics)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn unknown_a_number_that_is_none() {
        for value in ["junk", "", "18446744073709551615"] {
            assert_eq!(read(format!("scheduler.envelope={value}\nuptime=1\n").lines()), None);
        }
        let lines = "scheduler.envelope=-1\nuptime=1\n";
        assert_eq!(read(lines.lines()), Some(Statistics::default()));
    }

    #[test]
    fn ok_counters_of_a_busy_server() {
        let lines = "control.session=1\nqueue.evpcache.size=93\nscheduler.delivery.loop=1\n\
            scheduler.delivery.ok=500\nscheduler.delivery.permfail=20\n\
            scheduler.delivery.tempfail=53\nscheduler.envelope=93\n\
            scheduler.envelope.incoming=2\nscheduler.envelope.inflight=4\n\
            scheduler.ramqueue.envelope=90\nuptime=49\nuptime.human=49s\n";
        let expected = Statistics { envelopes: 93, processed: 521 };
        assert_eq!(read(lines.lines()), Some(expected));
    }

    #[test]
    fn ok_a_fresh_server_has_counted_nothing() {
        let lines = "control.session=1\nuptime=0\nuptime.human=0s\n";
        assert_eq!(read(lines.lines()), Some(Statistics::default()));
        let lines = "scheduler.envelope=-1\nuptime=3\n";
        assert_eq!(read(lines.lines()), Some(Statistics::default()));
    }

    #[test]
    fn unknown_what_is_no_statistics() {
        for lines in ["", "smtpctl: need root privileges\n", "scheduler.envelope=93\n"] {
            assert_eq!(read(lines.lines()), None, "{lines}");
        }
    }

    proptest! {
        #[test]
        fn no_lines_at_all_panic(lines in "(scheduler.delivery.(ok|loop)=)?\\PC{0,30}\n{0,2}") {
            let _ = read(lines.lines());
        }
    }
}
