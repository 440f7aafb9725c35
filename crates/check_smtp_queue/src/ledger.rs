//! Counts messages as they are seen, each id once, whatever its mail system moves meanwhile.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use crate::detail::DetailLedger;
use crate::facts::{Seen, View};
use crate::history::Comparison;
use crate::message::Message;
use crate::queue::Queue;

/// The count of one mail system.
pub(crate) struct Ledger<'a> {
    /// What is known so far.
    pub(crate) view: View,
    /// The ids that were seen. A message that is moved on between two directories is met twice.
    ids: HashSet<u64, BuildHasherDefault<AsItIs>>,
    /// Makes ids of different mail systems different.
    seed: u64,
    comparison: &'a mut Comparison,
    detail: Option<&'a mut DetailLedger>,
}

impl<'a> Ledger<'a> {
    /// An empty count for the mail system of this name, whose senders and recipients are counted
    /// with those of the others where they are asked for.
    pub(crate) fn new(
        name: &str,
        view: View,
        comparison: &'a mut Comparison,
        detail: Option<&'a mut DetailLedger>,
    ) -> Self {
        Self { view, ids: HashSet::default(), seed: hash(name.as_bytes()), comparison, detail }
    }

    /// Notes that a queue is looked at: without messages it is empty.
    pub(crate) fn open(&mut self, queue: Queue) {
        self.view
            .queues
            .entry(queue)
            .or_insert_with(|| Seen::Tally(crate::facts::Tally::default()));
    }

    /// Notes why a queue is not looked at.
    pub(crate) fn leave_out(&mut self, queue: Queue, why: impl Into<String>) {
        self.view.queues.insert(queue, Seen::NotLookedAt(why.into()));
    }

    /// Counts a message that is one of all; `false` when it was counted before.
    pub(crate) fn add(
        &mut self,
        queue: Queue,
        id: &[u8],
        arrival: Option<i64>,
        bytes: Option<u64>,
    ) -> bool {
        self.add_hashed(queue, hash(id), arrival, bytes)
    }

    /// The same for an id of which only its [`hash`] is at hand.
    pub(crate) fn add_hashed(
        &mut self,
        queue: Queue,
        id: u64,
        arrival: Option<i64>,
        bytes: Option<u64>,
    ) -> bool {
        // In each mail system the same id is another message.
        let id = mix(id ^ self.seed);
        if !self.ids.insert(id) {
            return false;
        }
        self.comparison.see(id);
        self.add_apart(queue, arrival, bytes);
        true
    }

    /// Counts a message that is in no other queue's number, or a second time on purpose.
    pub(crate) fn add_apart(&mut self, queue: Queue, arrival: Option<i64>, bytes: Option<u64>) {
        self.open(queue);
        if let Some(Seen::Tally(tally)) = self.view.queues.get_mut(&queue) {
            tally.add(arrival, bytes);
        }
    }

    /// Counts messages of which the mail system tells only the number. Where they are some of all,
    /// nothing can be said of what becomes of them.
    pub(crate) fn add_anonymous(&mut self, queue: Queue, count: u64) {
        self.open(queue);
        if let Some(Seen::Tally(tally)) = self.view.queues.get_mut(&queue) {
            tally.add_many(count);
        }
        self.view.anonymous |= count > 0 && queue.is_in_total();
    }

    /// Whether a message was counted.
    pub(crate) fn knows(&self, id: &[u8]) -> bool {
        self.knows_hashed(hash(id))
    }

    /// The same for an id of which only its [`hash`] is at hand.
    pub(crate) fn knows_hashed(&self, id: u64) -> bool {
        self.ids.contains(&mix(id ^ self.seed))
    }

    /// Counts a message that the mail system lists, with its sender and recipients.
    pub(crate) fn add_message(&mut self, message: &Message) {
        let Some(queue) = message.queue else { return };
        if self.add(queue, message.id.as_bytes(), message.arrival, message.size) {
            self.describe(message);
        }
    }

    /// Notes who sent a message and where it goes.
    pub(crate) fn describe(&mut self, message: &Message) {
        if let Some(detail) = &mut self.detail {
            detail.add(message);
        }
    }

    /// Notes that a queue may hold more than was counted.
    pub(crate) fn leave_open(&mut self, queue: Queue) {
        self.open(queue);
        if let Some(Seen::Tally(tally)) = self.view.queues.get_mut(&queue) {
            tally.is_least = true;
        }
    }

    /// Whether senders and recipients are asked for.
    pub(crate) fn wants_detail(&self) -> bool {
        self.detail.is_some()
    }

    /// Notes why senders and recipients cannot be told, where they are asked for.
    pub(crate) fn leave_out_detail(&mut self, why: &str) {
        if self.detail.is_some() {
            self.view.no_detail = Some(why.to_owned());
        }
    }

    /// The view with all that was counted.
    pub(crate) fn close(self) -> View {
        self.view
    }
}

/// FNV-1a of 64 bits. It must stay the same between two versions: samples are kept between two runs.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Spreads a hash over all its bits, so that the smallest of many are a fair sample.
pub(crate) fn mix(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Takes a hash for its own hash.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Tally, Way};
    use crate::history::Past;

    #[test]
    fn ok_an_id_counts_once_and_numbers_count_without_ids() {
        let mut comparison = Comparison::with(Past::default(), 0);
        let mut ledger = Ledger::new("exim", View::new(Way::Walk), &mut comparison, None);
        assert!(ledger.add(Queue::Queue, b"1xUsAR-0005gO-1c", Some(5), Some(10)));
        assert!(!ledger.add(Queue::Queue, b"1xUsAR-0005gO-1c", Some(5), Some(10)));
        assert!(ledger.knows(b"1xUsAR-0005gO-1c") && !ledger.knows(b"1xUsAR-0005gO-1d"));
        ledger.add_anonymous(Queue::Lost, 2);
        assert!(!ledger.view.anonymous);
        ledger.add_anonymous(Queue::Queue, 3);
        let view = ledger.close();
        assert!(view.anonymous);
        let tally = Tally {
            count: 4,
            oldest: Some(5),
            bytes: 10,
            is_least: false,
            without_age: 3,
            without_size: 3,
        };
        assert_eq!(view.tally(Queue::Queue), Some(&tally));
        assert_eq!(view.tally(Queue::Lost).map(|tally| tally.count), Some(2));
    }
}
