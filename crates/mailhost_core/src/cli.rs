//! The option groups that plugins flatten. A plugin takes only the groups it uses, so an option it
//! would ignore is an unknown option.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

use crate::contract::{Range, RangeError, State, StateError, Unit, parse_quantity, parse_state};
use crate::net::bare_address;

/// What every plugin takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "General")]
pub struct General {
    /// Time limit of the whole run, with the state of a target that does not answer in time
    /// [default: 10].
    #[arg(short, long, value_name = "SECONDS[:STATE]", value_parser = time_limit)]
    pub timeout: Option<TimeLimit>,

    /// More detail: -v the good findings too, -vv the evidence, -vvv timings.
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,

    /// Output format: nagios, json or prometheus [default: nagios].
    #[arg(long, value_name = "FORMAT", hide_possible_values = true)]
    pub output: Option<Output>,

    /// Treat this finding as OK; it stays visible at -v. Repeatable.
    #[arg(long, value_name = "CODE")]
    pub ignore: Vec<String>,

    /// Give this finding another state. Repeatable.
    #[arg(long, value_name = "CODE=STATE")]
    pub severity: Vec<String>,

    /// State when the target cannot be reached at all [default: the finding's own].
    #[arg(long, value_name = "STATE", value_parser = state)]
    pub unreachable_state: Option<State>,

    /// Print no performance data.
    #[arg(long)]
    pub no_perfdata: bool,

    /// Print this help.
    #[arg(short, long, action = ArgAction::Help)]
    pub help: Option<bool>,

    /// Print the version.
    #[arg(short = 'V', long, action = ArgAction::Version)]
    pub version: Option<bool>,
}

/// clap would parse a default as if it had been typed, at every start: these are filled in here.
impl General {
    /// The time limit in force.
    pub fn timeout(&self) -> TimeLimit {
        self.timeout.unwrap_or(TimeLimit { limit: USUAL_LIMIT, state: None })
    }

    /// The format in force.
    pub fn output(&self) -> Output {
        self.output.unwrap_or(Output::Nagios)
    }

    /// The state of a target that refuses connections, or that no packet reaches.
    pub fn state_when_unreachable(&self) -> State {
        self.unreachable_state.unwrap_or(State::Critical)
    }

    /// The state of a target that does not even accept a connection in time.
    pub fn state_when_unanswered(&self) -> State {
        self.timeout().state.unwrap_or_else(|| self.state_when_unreachable())
    }

    /// The state of a target that was reached and does not go on in time.
    pub fn state_when_silent(&self) -> State {
        self.timeout().state.unwrap_or(State::Critical)
    }
}

/// The target of plugins that connect to a server.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Target")]
pub struct Network {
    /// Host name, IP address, or path of a Unix socket.
    #[arg(short = 'H', long, value_name = "HOST", alias = "host", value_parser = text)]
    pub hostname: Option<String>,

    /// Port.
    #[arg(short, long, value_parser = port)]
    pub port: Option<u16>,

    /// Which addresses.
    #[command(flatten)]
    pub families: Families,
}

/// Which addresses of a name are taken.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Target")]
pub struct Families {
    /// Use IPv4 only.
    #[arg(short = '4', long, alias = "use-ipv4", conflicts_with = "ipv6")]
    pub ipv4: bool,

    /// Use IPv6 only.
    #[arg(short = '6', long, alias = "use-ipv6")]
    pub ipv6: bool,
}

/// How plugins that ask the DNS themselves do so.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "DNS")]
pub struct Dns {
    /// Ask this name server instead of the system's. Repeatable.
    #[arg(long, value_name = "IP[:PORT]", short_alias = 'n', value_parser = nameserver)]
    pub nameserver: Vec<SocketAddr>,
}

/// Where plugins that compare with the last run keep what they saw.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "State")]
pub struct StateDirectory {
    /// Directory for state files [default: /var/lib/mailhost-plugins/USER].
    #[arg(long, value_name = "DIR", value_parser = absolute_path)]
    pub state_dir: Option<PathBuf>,
}

/// The formats a report can be put into.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Output {
    /// The Monitoring Plugins' lines.
    Nagios,
    /// One JSON object.
    Json,
    /// Prometheus' text format.
    Prometheus,
}

/// The value of `-t`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeLimit {
    /// The whole run's budget.
    pub limit: Duration,
    /// The state of a target that does not answer within it, if given.
    pub state: Option<State>,
}

/// A text that is not empty, for `value_parser`: an empty one is most likely an empty macro.
///
/// # Errors
/// A sentence for an empty or blank text.
pub fn text(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("an empty value; leave the option out or fill the macro".to_owned());
    }
    Ok(text.to_owned())
}

/// A range of seconds, for `value_parser`.
///
/// # Errors
/// [`RangeError`], whose text says what to write instead.
pub fn seconds(text: &str) -> Result<Range, RangeError> {
    Range::parse(text, Unit::Seconds)
}

/// A range of percent, for `value_parser`.
///
/// # Errors
/// [`RangeError`], whose text says what to write instead.
pub fn percent(text: &str) -> Result<Range, RangeError> {
    Range::parse(text, Unit::Percent)
}

/// A range of a number of things, for `value_parser`.
///
/// # Errors
/// [`RangeError`], whose text says what to write instead.
pub fn count(text: &str) -> Result<Range, RangeError> {
    Range::parse(text, Unit::Count)
}

/// A span of time in seconds, for `value_parser`.
///
/// # Errors
/// A sentence for anything else, and for none at all.
pub fn time_above_zero(text: &str) -> Result<f64, String> {
    match parse_quantity(text, Unit::Seconds) {
        Ok(seconds) if seconds > 0.0 => Ok(seconds),
        Ok(_) => Err("a time above 0 is wanted, such as 0.5s, 5m or 400d".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// An IP address, also in the brackets that URLs want, for `value_parser`.
///
/// # Errors
/// A sentence for anything else.
pub fn ip_address(text: &str) -> Result<IpAddr, String> {
    bare_address(text).parse().map_err(|_| "not an IP address".to_owned())
}

/// A path from the root, for `value_parser`: an engine runs plugins in a directory of its own.
///
/// # Errors
/// A sentence for any other path.
pub fn absolute_path(text: &str) -> Result<PathBuf, String> {
    if text.starts_with('/') {
        return Ok(PathBuf::from(text));
    }
    Err("an absolute path is wanted".to_owned())
}

fn time_limit(text: &str) -> Result<TimeLimit, String> {
    let (seconds, state) = match text.split_once(':') {
        Some((seconds, state)) => {
            (seconds, Some(parse_state(state).map_err(|error| error.to_string())?))
        }
        None => (text, None),
    };
    let seconds = parse_quantity(seconds, Unit::Seconds).map_err(|error| error.to_string())?;
    if !(SHORTEST..=LONGEST).contains(&seconds) {
        return Err(format!("a time limit is {SHORTEST} to {LONGEST} seconds"));
    }
    Ok(TimeLimit { limit: Duration::from_secs_f64(seconds), state })
}

fn state(text: &str) -> Result<State, StateError> {
    parse_state(text)
}

fn port(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err("a port is a number from 1 to 65535".to_owned()),
    }
}

fn nameserver(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    ip_address(text)
        .map(|address| SocketAddr::new(address, 53))
        .map_err(|_| "not IP, IP:PORT or [IPv6]:PORT".to_owned())
}

/// Below what every engine but Zabbix waits.
const USUAL_LIMIT: Duration = Duration::from_secs(10);
/// Seconds; less is over before a packet returns.
const SHORTEST: f64 = 0.01;
/// Seconds; no engine waits longer than an hour.
const LONGEST: f64 = 3600.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_time_limits() {
        let limit = |millis, state| TimeLimit { limit: Duration::from_millis(millis), state };
        assert_eq!(time_limit("2.5"), Ok(limit(2500, None)));
        assert_eq!(time_limit("10:unknown"), Ok(limit(10_000, Some(State::Unknown))));
        assert_eq!(time_limit("500ms:WARNING"), Ok(limit(500, Some(State::Warning))));
    }

    #[test]
    fn unknown_time_limits_that_cannot_be_meant() {
        for (text, message) in [
            ("", "\"\" is not a number such as 10 or 0.5"),
            ("0", "a time limit is 0.01 to 3600 seconds"),
            ("-5", "a time limit is 0.01 to 3600 seconds"),
            ("4000", "a time limit is 0.01 to 3600 seconds"),
            ("10:bad", "not a state; write ok, warning, critical or unknown"),
        ] {
            assert_eq!(time_limit(text), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn unknown_a_path_that_depends_on_where_the_engine_runs() {
        assert_eq!(absolute_path("/var/lib/x"), Ok(PathBuf::from("/var/lib/x")));
        for text in ["", "state", "./state", "a|b"] {
            assert_eq!(absolute_path(text), Err("an absolute path is wanted".to_owned()));
        }
    }

    #[test]
    fn ok_name_servers_with_and_without_port() {
        for (text, address) in [
            ("192.0.2.1", "192.0.2.1:53"),
            ("192.0.2.1:5353", "192.0.2.1:5353"),
            ("2001:db8::1", "[2001:db8::1]:53"),
            ("[2001:db8::1]", "[2001:db8::1]:53"),
            ("[2001:db8::1]:5353", "[2001:db8::1]:5353"),
        ] {
            assert_eq!(nameserver(text).map(|address| address.to_string()), Ok(address.to_owned()));
        }
        assert!(nameserver("ns.example.org").is_err());
    }
}
