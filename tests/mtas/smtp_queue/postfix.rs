//! Postfix.

mod ages;
mod change;
mod counts;
mod detail;
mod instances;
mod moving;
mod rights;
mod space;

use mailhost_tests::{Account, skip};

use super::wait_for;
use crate::postfix::{Postfix, Queue, Relay, Settings, queue::Listed};

/// The ways to look at a queue, each with an account that can go it.
const WAYS: [(&str, Account); 3] =
    [("walk", Account::ROOT), ("socket", Account::ROOT), ("command", Account::NOBODY)];

/// A server whose mail stays in the queue.
fn queueing() -> Settings {
    Settings { relay: Relay::Deferred, ..Settings::default() }
}

fn start(settings: &Settings) -> Option<Postfix> {
    Postfix::start(settings).inspect_err(|reason| skip("mtas/smtp_queue", reason)).ok()
}

/// Waits until that many messages have failed once, and no other is there.
fn settled(queue: Queue<'_>, count: usize) -> Vec<Listed> {
    // One that is moved on can be in no list for a moment.
    wait_for("queue as it should be", || queue.settled().len() == count);
    queue.settled()
}
