//! What `qmail-qstat` says: two numbers. It is a script around find(1), so it sees what its user
//! may see, and where that is nothing, it counts wrongly instead of failing. Source: qmail-qstat.sh.

use crate::facts::Obstacle;

/// Two numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Numbers {
    /// All messages.
    pub(crate) total: u64,
    /// Those of them that are not preprocessed yet.
    pub(crate) todo: u64,
}

/// Reads what it said, and what it complained of.
pub(crate) fn read<'a>(
    lines: impl Iterator<Item = &'a str>,
    complaint: &str,
) -> Result<Numbers, Obstacle> {
    let (mut total, mut todo) = (None, None);
    let mut rest = String::new();
    for line in lines {
        let Some((label, number)) = line.split_once(": ") else {
            line.clone_into(&mut rest);
            continue;
        };
        let number = number.trim().parse::<i64>().ok();
        match label.trim() {
            "messages in queue" => total = number,
            "messages in queue but not yet preprocessed" => todo = number,
            _ => line.clone_into(&mut rest),
        }
    }
    let is_denied = complaint.to_ascii_lowercase().contains("permission denied");
    match (total, todo) {
        _ if is_denied => {
            let first = complaint.lines().next().unwrap_or_default();
            Err(Obstacle::Denied(format!("qmail-qstat: {first}")))
        }
        (Some(total), Some(todo)) => match (u64::try_from(total), u64::try_from(todo)) {
            (Ok(total), Ok(todo)) => Ok(Numbers { total, todo }),
            // It takes away the directories that it could not read from the files that it did not
            // see.
            _ => Err(Obstacle::Denied(format!(
                "qmail-qstat: it cannot read the queue and counts {total}"
            ))),
        },
        _ if complaint.is_empty() => Err(Obstacle::NotUnderstood(format!("qmail-qstat: {rest}"))),
        _ => Err(Obstacle::Failed(format!("qmail-qstat: {complaint}"))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LABELS: [&str; 2] = ["messages in queue", "messages in queue but not yet preprocessed"];

    fn said(total: i64, todo: i64, complaint: &str) -> Result<Numbers, Obstacle> {
        let text = format!("{}: {total}\n{}: {todo}\n", LABELS[0], LABELS[1]);
        read(text.lines(), complaint)
    }

    #[test]
    fn ok_two_numbers() {
        assert_eq!(said(40, 3, ""), Ok(Numbers { total: 40, todo: 3 }));
        assert_eq!(said(0, 0, ""), Ok(Numbers { total: 0, todo: 0 }));
        // A message that was delivered meanwhile.
        let gone = "find: 'queue/mess/3/457': No such file or directory";
        assert_eq!(said(40, 3, gone), Ok(Numbers { total: 40, todo: 3 }));
    }

    #[test]
    fn unknown_a_queue_that_it_could_not_read() {
        let complaint = "find: 'queue/todo': Permission denied\nfind: more";
        let denied = "qmail-qstat: find: 'queue/todo': Permission denied";
        assert_eq!(said(0, 0, complaint), Err(Obstacle::Denied(denied.to_owned())));
        let negative = "qmail-qstat: it cannot read the queue and counts -1";
        assert_eq!(said(-1, 0, ""), Err(Obstacle::Denied(negative.to_owned())));
    }

    #[test]
    fn unknown_what_are_no_two_numbers() {
        for text in ["", "messages in queue: 4\n", "messages in queue: many\nx: 3\n"] {
            let obstacle = read(text.lines(), "");
            assert!(matches!(obstacle, Err(Obstacle::NotUnderstood(_))), "{text}");
        }
        let failed = Obstacle::Failed("qmail-qstat: cd: can't cd to /var/qmail".to_owned());
        assert_eq!(read("".lines(), "cd: can't cd to /var/qmail"), Err(failed));
    }

    proptest! {
        #[test]
        fn no_text_at_all_panics(text in "(messages in queue: )?\\PC{0,30}\n{0,2}") {
            let _ = read(text.lines(), &text);
        }
    }
}
