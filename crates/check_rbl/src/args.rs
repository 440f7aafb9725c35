//! The options.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use mailhost_core::cli::{Dns, Families, General, StateDirectory, absolute_path, count, text};
use mailhost_core::contract::Range;
use mailhost_core::plugin::Options;

use crate::config::may_hold_key;
use crate::lists::TABLE;

/// Is a mail host on a blocklist, and is what the lists answer to be believed?
///
/// Alerts when an address or a domain is on a list: WARNING for one list, CRITICAL for more, or for
/// one that many receivers go by. An answer counts only from a list that does what it has to with its
/// test entries; when fewer than half of the lists can be believed and none lists, it is UNKNOWN.
#[derive(Debug, Parser)]
#[command(name = "check_rbl", version)]
#[command(mut_arg("timeout", |arg| arg.help(
    "Time limit of the whole run, with the state of a target that does not answer in time \
     [default: 5]"
)))]
pub struct Args {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) limits: Limits,
    #[command(flatten)]
    pub(crate) dns: Dns,
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
        let Target { hostname, domain, .. } = &self.target;
        let all: Vec<&str> = hostname.iter().chain(domain).map(String::as_str).collect();
        all.join(", ")
    }

    fn time_limit(&self) -> Duration {
        self.general.timeout.map_or(USUAL_LIMIT, |timeout| timeout.limit)
    }

    fn text_instead(&self) -> Option<&'static str> {
        self.choice.print_lists.then_some(TABLE)
    }

    fn may_be_secret(word: &str) -> bool {
        may_hold_key(word)
    }

    fn retired() -> &'static [(&'static str, &'static str)] {
        &[
            ("'-r'", "a question is always sent again; leave --retry out"),
            ("'--retry", "a question is always sent again; leave it out"),
            ("'--workers", "all lists are asked at once; leave it out"),
            ("'--query-timeout", "the time limit of the run is -t"),
            ("'--wl", "write --allow-list ZONE --severity allow-list-missing=warning"),
            ("'--whitelistings", "write --allow-list ZONE --severity allow-list-missing=warning"),
            ("'-a'", "nothing is appended to the output; leave --append out"),
            ("'--append", "nothing is appended to the output; leave it out"),
            ("'-A'", "name the server to ask with --nameserver"),
            ("'--authoritative", "name the server to ask with --nameserver"),
            ("'--force-ipv4-resolver", "name the server to ask with --nameserver"),
        ]
    }
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Target")]
pub(crate) struct Target {
    /// Host name or IP address: all its addresses. Repeatable.
    #[arg(short = 'H', long, value_name = "HOST", alias = "host", value_parser = text)]
    pub(crate) hostname: Vec<String>,

    /// Domain, for the lists of domains; a name in another script in its ASCII form (xn--...).
    /// Repeatable.
    #[arg(short, long, value_name = "DOMAIN", short_alias = 'U', alias = "url")]
    pub(crate) domain: Vec<String>,

    /// Also every address of every mail exchanger of the domains of -d.
    #[arg(long)]
    pub(crate) mx: bool,

    /// Also the addresses that the SPF of the domains of -d lets send, as far as they are given as
    /// networks of at most 16.
    #[arg(long)]
    pub(crate) spf_senders: bool,

    #[command(flatten)]
    pub(crate) families: Families,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Lists")]
pub(crate) struct Choice {
    /// Ask these lists in place of the usual ones. Repeatable.
    #[arg(short = 's', long, value_name = "ZONE[=WEIGHT]", alias = "server", value_parser = text)]
    pub(crate) zone: Vec<String>,

    /// Ask this list too, or give a usual one another weight. Repeatable.
    #[arg(long, value_name = "ZONE[=WEIGHT]", value_parser = text)]
    pub(crate) with: Vec<String>,

    /// Leave this list out. Repeatable.
    #[arg(long, value_name = "ZONE", value_parser = text)]
    pub(crate) without: Vec<String>,

    /// Ask this list too, on which it is good to be. Repeatable.
    #[arg(long, value_name = "ZONE", value_parser = text)]
    pub(crate) allow_list: Vec<String>,

    /// A table of lists in place of the one that is built in.
    #[arg(long, value_name = "FILE", value_parser = absolute_path)]
    pub(crate) lists: Option<PathBuf>,

    /// Print the table that is built in, and nothing else.
    #[arg(long)]
    pub(crate) print_lists: bool,

    /// The file whose first line is the key for this list. Repeatable.
    #[arg(long, value_name = "ZONE=FILE", value_parser = text)]
    pub(crate) key_file: Vec<String>,

    /// Ask also lists that are known to be no more.
    #[arg(long)]
    pub(crate) force: bool,

    /// This listing is known and does not count. Repeatable.
    #[arg(long, value_name = "ZONE@TARGET", value_parser = text)]
    pub(crate) accept: Vec<String>,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Thresholds")]
pub(crate) struct Limits {
    /// Score, which is the weights of the lists together: WARNING outside this range [default: 0].
    #[arg(short, long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) warning: Option<Range>,

    /// Score: CRITICAL outside this range [default: 1].
    #[arg(short, long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) critical: Option<Range>,

    /// UNKNOWN when fewer lists can be believed, and none lists [default: 50%].
    #[arg(long, value_name = "NUMBER|PERCENT", value_parser = min_answers)]
    pub(crate) min_answers: Option<MinAnswers>,
}

/// How many lists have to be believed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum MinAnswers {
    Number(usize),
    /// 0 to 100.
    Percent(f64),
}

fn min_answers(text: &str) -> Result<MinAnswers, String> {
    let wrong = || "a number of lists such as 10, or a part of them such as 75%".to_owned();
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let Some(percent) = text.strip_suffix('%') else {
        let digits = plain(text);
        return text.parse().ok().filter(|_| digits).map(MinAnswers::Number).ok_or_else(wrong);
    };
    let number: f64 = percent.parse().ok().filter(|_| plain(percent)).ok_or_else(wrong)?;
    if number > 100.0 {
        return Err(wrong());
    }
    Ok(MinAnswers::Percent(number))
}

/// Shorter than that of other plugins: an engine that waits 10 seconds gets what half of the lists say
/// also where the other half is silent.
const USUAL_LIMIT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_how_many_lists_have_to_be_believed() {
        assert_eq!(min_answers("10"), Ok(MinAnswers::Number(10)));
        assert_eq!(min_answers("75%"), Ok(MinAnswers::Percent(75.0)));
        for text in ["", "%", "-1", "101%", "half", "1.5", "NaN%", "1e2%", "+5"] {
            assert!(min_answers(text).is_err(), "{text}");
        }
    }
}
