//! The options. Letters that `check_mailq` has mean what they mean there, or are refused.

mod limits;

use std::path::PathBuf;

use clap::Parser;
use mailhost_core::cli::{General, StateDirectory, absolute_path, count};
use mailhost_core::contract::Range;
use mailhost_core::plugin::Options;

use crate::facts::Way;
use crate::queue::Mta;

pub(crate) use limits::{Quantity, QueueLimits, Subject};

/// Is the mail host moving mail, and if not, what is stuck and why?
///
/// Alerts when the mail system is down, when more messages wait to leave or to be taken in than
/// allowed, when messages were set aside (corrupt, frozen, quarantined, lost, failed) or stick in
/// maildrop, and when the spool has too little room left. Looks at the queues of this machine,
/// and changes nothing in them.
#[derive(Debug, Parser)]
#[command(name = "check_smtp_queue", version, after_help = LIMITS_OF_A_QUEUE)]
pub struct Args {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) thresholds: Thresholds,
    #[command(flatten)]
    pub(crate) queue_limits: QueueLimits,
    #[command(flatten)]
    pub(crate) state: StateDirectory,
    #[command(flatten)]
    pub(crate) general: General,
}

impl Options for Args {
    fn general(&self) -> &General {
        &self.general
    }

    fn target(&self) -> String {
        String::new()
    }
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Target")]
pub(crate) struct Target {
    /// Mail system: auto, postfix, exim, sendmail, opensmtpd, qmail, courier or nullmailer
    /// [default: auto].
    #[arg(short = 'M', long, value_name = "NAME", alias = "mailserver", value_parser = mta)]
    pub(crate) mta: Option<Wanted>,

    /// Configuration directory of Postfix or Sendmail; only that instance is looked at.
    /// Repeatable.
    #[arg(short = 'd', long, value_name = "DIR", alias = "configdir", value_parser = absolute_path)]
    pub(crate) config_directory: Vec<PathBuf>,

    /// Spool to look at without its mail system, such as a container's volume. Repeatable.
    #[arg(long, value_name = "DIR", value_parser = absolute_path, conflicts_with = "config_directory")]
    pub(crate) queue_directory: Vec<PathBuf>,

    /// Look only this way: walk (the directories), socket (Postfix's showq) or command (the mail
    /// system's own) [default: the best that the user may].
    #[arg(long, value_name = "WAY", value_parser = way)]
    pub(crate) via: Option<Way>,

    /// Name the N senders and destination domains with most messages, and the main reasons of
    /// deferral.
    #[arg(long, value_name = "N", value_parser = top, conflicts_with = "count_only")]
    pub(crate) top: Option<u8>,

    /// Count file names only: quickest, without age and bytes.
    #[arg(long)]
    pub(crate) count_only: bool,

    #[arg(short = 's', long, hide = true)]
    pub(crate) sudo: bool,

    #[arg(
        short = 'W',
        long = "Warning",
        hide = true,
        value_name = "N",
        allow_hyphen_values = true
    )]
    pub(crate) old_warning: Option<String>,

    #[arg(
        short = 'C',
        long = "Critical",
        hide = true,
        value_name = "N",
        allow_hyphen_values = true
    )]
    pub(crate) old_critical: Option<String>,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Thresholds (RANGE of messages: 100, 10:200)")]
pub(crate) struct Thresholds {
    /// All messages: WARNING outside this range.
    #[arg(short, long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) warning: Option<Range>,
    /// All messages: CRITICAL outside this range.
    #[arg(short, long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) critical: Option<Range>,
    /// Messages of the sender who has most of them: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) sender_warning: Option<Range>,
    /// Messages of the sender who has most of them: CRITICAL outside this range.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) sender_critical: Option<Range>,
    /// Messages to the domain that has most of them: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) destination_warning: Option<Range>,
    /// Messages to the domain that has most of them: CRITICAL outside this range.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) destination_critical: Option<Range>,
    /// Messages processed a minute since the last run, while the queue is not empty: WARNING
    /// outside this range, such as 50: for less than 50.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) rate_warning: Option<Range>,
    /// The same: CRITICAL outside this range.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) rate_critical: Option<Range>,
    /// Messages by which the queue grew a minute since the last run: WARNING outside this range,
    /// such as ~:20 for more than 20.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) growth_warning: Option<Range>,
    /// The same: CRITICAL outside this range.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) growth_critical: Option<Range>,
}

/// The value of `-M`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wanted {
    /// Whichever is there.
    Auto,
    /// This one.
    Only(Mta),
}

fn mta(text: &str) -> Result<Wanted, String> {
    if text == "auto" {
        return Ok(Wanted::Auto);
    }
    let known = Mta::ALL.into_iter().find(|mta| mta.name() == text);
    known.map(Wanted::Only).ok_or_else(|| {
        "there are auto, postfix, exim, sendmail, opensmtpd, qmail, courier and nullmailer"
            .to_owned()
    })
}

fn way(text: &str) -> Result<Way, String> {
    match text {
        "walk" => Ok(Way::Walk),
        "socket" => Ok(Way::Socket),
        "command" => Ok(Way::Command),
        _ => Err("there are walk, socket and command".to_owned()),
    }
}

fn top(text: &str) -> Result<u8, String> {
    match text.parse() {
        Ok(number @ 1..=50) => Ok(number),
        _ => Err("1 to 50 lines".to_owned()),
    }
}

const LIMITS_OF_A_QUEUE: &str = "\
Thresholds of single queues:
  --QUEUE-warning, --QUEUE-critical RANGE              messages
  --QUEUE-age-warning, --QUEUE-age-critical RANGE      oldest message (1h, 2d)
  --QUEUE-bytes-warning, --QUEUE-bytes-critical RANGE  size (100MB, 2GiB)

  QUEUE is send (waits to leave), receive (waits to be taken in or delivered
  locally) [default of both: 1000 and 5000] or messages (all; age and bytes);
  with Postfix maildrop, incoming, active, deferred, hold or corrupt; with the
  others queue, and with Exim frozen, with Sendmail client, quarantined or lost,
  with OpenSMTPD incoming, offline or corrupt, with qmail todo or local, with
  Courier incoming, with nullmailer failed.";
