//! The queues that mail systems have, by the names that they give them.

use serde::Serialize;

/// A mail system.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mta {
    /// Courier.
    Courier,
    /// Exim.
    Exim,
    /// nullmailer, which only relays.
    Nullmailer,
    /// OpenSMTPD.
    Opensmtpd,
    /// Postfix.
    Postfix,
    /// qmail and what descends from it: netqmail, notqmail.
    Qmail,
    /// Sendmail 8.
    Sendmail,
}

/// A queue, or a part of one that is counted by itself.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::enum_variant_names, reason = "some mail systems have just \"the queue\"")]
pub(crate) enum Queue {
    /// Postfix: messages under delivery.
    Active,
    /// Sendmail: the submission program's messages, until the MTA takes them.
    Client,
    /// Postfix, OpenSMTPD: messages that cannot be understood, set aside.
    Corrupt,
    /// Postfix: messages that could not be delivered yet.
    Deferred,
    /// nullmailer: messages that it gave up.
    Failed,
    /// Exim: those of the queue that it no longer tries to deliver.
    Frozen,
    /// Postfix: messages that wait for the operator.
    Hold,
    /// Postfix, OpenSMTPD, Courier: messages that are being taken in.
    Incoming,
    /// qmail: messages that wait for local delivery only.
    Local,
    /// Sendmail: control files that it set aside as lost (Qf), and which need a person.
    Lost,
    /// Postfix: messages that local programs handed in.
    Maildrop,
    /// OpenSMTPD: messages that local programs handed in while it was stopped.
    Offline,
    /// Sendmail: messages that a filter set aside (hf).
    Quarantined,
    /// The one queue of a mail system that has only one.
    Queue,
    /// qmail: messages that are not preprocessed yet.
    Todo,
}

/// What a message in a queue waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Side {
    /// Nothing: it was set aside, or is counted in another queue too.
    Apart,
    /// An operator; it counts in the total.
    Held,
    /// To be taken in or delivered locally.
    Receive,
    /// To leave.
    Send,
}

impl Mta {
    /// All of them, in the order in which they are looked for.
    pub(crate) const ALL: [Mta; 7] = [
        Mta::Postfix,
        Mta::Exim,
        Mta::Sendmail,
        Mta::Opensmtpd,
        Mta::Qmail,
        Mta::Courier,
        Mta::Nullmailer,
    ];

    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Mta::Courier => "courier",
            Mta::Exim => "exim",
            Mta::Nullmailer => "nullmailer",
            Mta::Opensmtpd => "opensmtpd",
            Mta::Postfix => "postfix",
            Mta::Qmail => "qmail",
            Mta::Sendmail => "sendmail",
        }
    }
}

impl Queue {
    /// All of them, in the order in which they are shown: as mail flows, then what is set aside.
    pub(crate) const ALL: [Queue; 15] = [
        Queue::Maildrop,
        Queue::Client,
        Queue::Offline,
        Queue::Todo,
        Queue::Incoming,
        Queue::Active,
        Queue::Deferred,
        Queue::Queue,
        Queue::Local,
        Queue::Hold,
        Queue::Frozen,
        Queue::Quarantined,
        Queue::Lost,
        Queue::Failed,
        Queue::Corrupt,
    ];

    /// The name in options, labels and texts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Queue::Active => "active",
            Queue::Client => "client",
            Queue::Corrupt => "corrupt",
            Queue::Deferred => "deferred",
            Queue::Failed => "failed",
            Queue::Frozen => "frozen",
            Queue::Hold => "hold",
            Queue::Incoming => "incoming",
            Queue::Local => "local",
            Queue::Lost => "lost",
            Queue::Maildrop => "maildrop",
            Queue::Offline => "offline",
            Queue::Quarantined => "quarantined",
            Queue::Queue => "queue",
            Queue::Todo => "todo",
        }
    }

    /// What its messages wait for.
    pub(crate) fn side(self) -> Side {
        match self {
            Queue::Active | Queue::Deferred | Queue::Queue => Side::Send,
            Queue::Client
            | Queue::Incoming
            | Queue::Local
            | Queue::Maildrop
            | Queue::Offline
            | Queue::Todo => Side::Receive,
            Queue::Hold => Side::Held,
            Queue::Corrupt | Queue::Failed | Queue::Frozen | Queue::Lost | Queue::Quarantined => {
                Side::Apart
            }
        }
    }

    /// Whether its messages are among all messages of the mail system.
    pub(crate) fn is_in_total(self) -> bool {
        self.side() != Side::Apart
    }
}
