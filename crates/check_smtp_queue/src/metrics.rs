//! What the plugin measures.

use mailhost_core::contract::{MetricSpec, Unit};

use crate::args::{Quantity, Subject};
use crate::queue::Queue;

const fn metric(name: &'static str, unit: Unit, meaning: &'static str) -> MetricSpec {
    MetricSpec { name, unit, min: Some(0.0), max: None, meaning }
}

macro_rules! metrics {
    ($($subject:expr, $name:literal, $what:literal;)* ; $($more:ident),*) => {
        /// The number, the age of the oldest and the bytes of every side and queue.
        static QUEUES: &[(Subject, [MetricSpec; 3])] = &[$(
            ($subject, [
                metric($name, Unit::Count, concat!("Messages ", $what)),
                metric(concat!($name, "_age"), Unit::Seconds, concat!("Age of the oldest message ", $what)),
                metric(concat!($name, "_bytes"), Unit::Bytes, concat!("Size of the messages ", $what)),
            ]),
        )*];

        /// All of them, in the order in which they are printed.
        pub static METRICS: &[&MetricSpec] = &{
            const LABELS: &[&str] = &[$($name),*];
            let mut all = [&TIME; 3 * LABELS.len() + [$(stringify!($more)),*].len()];
            let mut at = 0;
            while at < LABELS.len() {
                all[3 * at] = &QUEUES[at].1[0];
                all[3 * at + 1] = &QUEUES[at].1[1];
                all[3 * at + 2] = &QUEUES[at].1[2];
                at += 1;
            }
            at *= 3;
            $(all[at] = &$more; at += 1;)*
            assert!(at == all.len());
            all
        };
    };
}

metrics! {
    Subject::Total, "messages", "in all queues, without those set aside";
    Subject::Send, "send", "waiting to leave";
    Subject::Receive, "receive", "waiting to be taken in or delivered locally";
    Subject::One(Queue::Maildrop), "maildrop", "handed in by local programs (Postfix)";
    Subject::One(Queue::Client), "client", "of the submission program (Sendmail)";
    Subject::One(Queue::Offline), "offline", "handed in while it was stopped (OpenSMTPD)";
    Subject::One(Queue::Todo), "todo", "not preprocessed yet (qmail)";
    Subject::One(Queue::Incoming), "incoming", "being taken in (Postfix, OpenSMTPD, Courier)";
    Subject::One(Queue::Active), "active", "under delivery (Postfix)";
    Subject::One(Queue::Deferred), "deferred", "not delivered yet (Postfix)";
    Subject::One(Queue::Queue), "queue", "in the one queue of Exim, Sendmail, OpenSMTPD (one for each recipient), qmail, Courier, nullmailer";
    Subject::One(Queue::Local), "local", "waiting for local delivery only (qmail)";
    Subject::One(Queue::Hold), "hold", "on hold (Postfix)";
    Subject::One(Queue::Frozen), "frozen", "frozen (Exim)";
    Subject::One(Queue::Quarantined), "quarantined", "in quarantine (Sendmail)";
    Subject::One(Queue::Lost), "lost", "set aside as lost (Sendmail)";
    Subject::One(Queue::Failed), "failed", "given up (nullmailer)";
    Subject::One(Queue::Corrupt), "corrupt", "set aside as corrupt (Postfix, OpenSMTPD)";
    ; NULL_SENDERS, NULL_SHARE, TOP_SENDER, TOP_DESTINATION, RATE, GROWTH, DRAIN, SPACE_FREE, TIME
}

/// With `--top` and thresholds on senders or destinations.
pub(crate) static NULL_SENDERS: MetricSpec =
    metric("null_senders", Unit::Count, "Messages without a sender: bounces and other reports");
/// With `--top` and thresholds on senders or destinations.
pub(crate) static NULL_SHARE: MetricSpec = MetricSpec {
    max: Some(100.0),
    ..metric("null_share", Unit::Percent, "Share of the messages without a sender")
};
/// With `--top` and thresholds on senders or destinations.
pub(crate) static TOP_SENDER: MetricSpec =
    metric("top_sender", Unit::Count, "Messages of the sender who has most of them");
/// With `--top` and thresholds on senders or destinations.
pub(crate) static TOP_DESTINATION: MetricSpec =
    metric("top_destination", Unit::Count, "Messages to the domain that has most of them");
/// Since the last run.
pub(crate) static RATE: MetricSpec =
    metric("rate", Unit::Count, "Messages processed a minute since the last run");
/// Since the last run.
pub(crate) static GROWTH: MetricSpec = MetricSpec {
    min: None,
    ..metric("growth", Unit::Count, "Messages by which the queue grew a minute since the last run")
};
/// Since the last run.
pub(crate) static DRAIN: MetricSpec =
    metric("drain", Unit::Seconds, "Time until the queue is empty if it goes on shrinking so");
/// Of the spool.
pub(crate) static SPACE_FREE: MetricSpec =
    metric("space_free", Unit::Bytes, "Room left on the spool; the least of several");
/// The whole run.
pub(crate) static TIME: MetricSpec = metric("time", Unit::Seconds, "The whole run");

/// The metric of one side or queue.
pub(crate) fn of(subject: Subject, quantity: Quantity) -> &'static MetricSpec {
    let at = match quantity {
        Quantity::Count => 0,
        Quantity::Age => 1,
        Quantity::Bytes => 2,
    };
    // Every subject is in the table; a test sees to it.
    QUEUES.iter().find(|(known, _)| *known == subject).map_or(&TIME, |(_, specs)| &specs[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_every_subject_has_its_metrics() {
        for subject in crate::config::subjects() {
            assert_eq!(of(subject, Quantity::Count).name, subject.name());
            assert_eq!(of(subject, Quantity::Age).name, format!("{}_age", subject.name()));
        }
    }
}
