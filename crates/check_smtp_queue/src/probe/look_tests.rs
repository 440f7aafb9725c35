//! What is made of the ways that work, and of those that do not.

use std::path::Path;
use std::time::Duration;

use clap::{CommandFactory as _, FromArgMatches as _};
use mailhost_core::deadline::Deadline;

use super::{MailSystem, look};
use crate::args::Args;
use crate::config::Config;
use crate::facts::{Obstacle, Space, View, Way};
use crate::history::{Comparison, Past};
use crate::ledger::Ledger;
use crate::probe::budget::Budget;
use crate::queue::{Mta, Queue};

/// A mail system whose ways all fail, each after it has begun to count.
struct Closed(&'static [Way]);

impl MailSystem for Closed {
    fn mta(&self) -> Mta {
        Mta::Postfix
    }

    fn directory(&self) -> &Path {
        Path::new("/nowhere")
    }

    fn ways(&self, _: bool) -> &'static [Way] {
        self.0
    }

    fn look(&self, ledger: &mut Ledger, way: Way, _: bool, _: &mut Budget) -> Result<(), Obstacle> {
        ledger.open(Queue::Deferred);
        Err(Obstacle::Denied(format!("{way}: not allowed")))
    }

    fn is_running(&self, _: Option<&View>) -> Option<bool> {
        None
    }

    fn space(&self) -> Option<Space> {
        None
    }
}

fn seen(ways: &'static [Way]) -> Result<View, Obstacle> {
    let command = Args::command().disable_help_flag(true).disable_version_flag(true);
    let matches = command.get_matches_from(["check_smtp_queue"]);
    let args = Args::from_arg_matches(&matches).expect("no options");
    let config = Config::new(&args).expect("no options");
    let deadline = Deadline::start(Duration::from_mins(1));
    let mut comparison = Comparison::with(Past::default(), 0);
    let mut budget = Budget::of(&deadline);
    let name = "postfix".to_owned();
    look(&config, &Closed(ways), name, &mut comparison, &mut None, &mut budget).view
}

#[test]
fn ok_directories_that_could_be_read_are_shown() {
    let view = seen(&[Way::Walk, Way::Command]).expect("something was seen");
    assert_eq!((view.way, view.tally(Queue::Deferred).is_some()), (Way::Walk, true));
}

#[test]
fn unknown_a_list_that_was_refused_is_no_empty_queue() {
    let text = "socket: not allowed; command: not allowed".to_owned();
    assert_eq!(seen(&[Way::Socket, Way::Command]).err(), Some(Obstacle::Denied(text)));
}
