//! Running one check: parse, deadline, watchdog, panic guard, one write, one exit.
//!
//! Engines read exactly two things, stdout and the exit code, and read both wrongly if a plugin is
//! careless: a usage error of code 2 is taken for CRITICAL, a line on stderr becomes the value, no
//! output at all is OK. So whatever happens, one text goes to stdout in one write, and the process
//! ends here with a code from 0 to 3.

use std::any::Any;
use std::ffi::OsString;
use std::io::Write as _;
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use clap::Parser;
use clap::error::ErrorKind;
use serde::Serialize;

use crate::cli::{General, Output};
use crate::contract::render::{json, nagios, prometheus};
use crate::contract::{Identity, Overrides, Report, State, clean, clean_to};
use crate::deadline::Deadline;

/// What every plugin's options say of themselves.
pub trait Options: Parser {
    /// The options that all plugins share.
    fn general(&self) -> &General;

    /// What is to be checked, as the operator would name it.
    fn target(&self) -> String;

    /// The whole run's budget.
    fn time_limit(&self) -> Duration {
        self.general().timeout().limit
    }

    /// The options, where fewer than all of them will do to read them: each that is known costs every
    /// run. What is wrong with them is said by the reading of all, which follows when this gives `None`.
    fn quickly(_args: &[OsString]) -> Option<Self> {
        None
    }

    /// A text that was asked for in place of a check.
    fn text_instead(&self) -> Option<&'static str> {
        None
    }

    /// Whether a word of the command line may hold a secret, beside what follows an option for
    /// passwords. Where a word is not expected, none is repeated then.
    fn may_be_secret(_word: &str) -> bool {
        false
    }

    /// Options of the plugin that it replaces whose meaning cannot be kept, as clap quotes them, and
    /// what to write.
    fn retired() -> &'static [(&'static str, &'static str)] {
        &[]
    }
}

/// Why a check could not even look. Both end as UNKNOWN.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The options contradict each other or name what is not there.
    #[error("{0}; see --help")]
    Usage(String),
    /// Something on this machine stands in the way.
    #[error("{0}")]
    Unable(String),
}

impl Failure {
    /// A [`Failure::Usage`]: `text` is the sentence that says what is wrong with the options.
    pub fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }
}

/// Runs the plugin `name` (`smtp_banner`) to its end: reads the options `A`, calls `check` under
/// the deadline and the watchdog, prints what it found and exits with its state.
///
/// `check` gets the options and the deadline that is already running.
pub fn run<A, F>(name: &'static str, check: fn(&A, &Deadline) -> Result<Report<F>, Failure>) -> !
where
    A: Options,
    F: Serialize,
{
    let plugin = Identity { name };
    panic::set_hook(Box::new(move |info| {
        let voice = Voice { plugin, output: wanted_output(), target: String::new() };
        voice.nothing(&Failure::Unable(panic_text(info)))
    }));
    let given: Vec<OsString> = std::env::args_os().collect();
    let args: A = match A::quickly(&given).map_or_else(|| parse(given), Ok) {
        Ok(args) => args,
        Err(error) => {
            // Also help has to end when nobody reads it.
            let voice = Voice { plugin, output: wanted_output(), target: String::new() };
            watch(&voice, &Deadline::start(HELP_LIMIT));
            return_usage::<A>(&voice, &error)
        }
    };
    let general = args.general();
    let voice = Voice { plugin, output: general.output(), target: args.target() };
    let deadline = Deadline::start(args.time_limit());
    watch(&voice, &deadline);
    if let Some(text) = args.text_instead() {
        speak(text, State::Unknown)
    }
    let overrides = match Overrides::parse(plugin, &general.ignore, &general.severity) {
        Ok(overrides) => overrides,
        Err(error) => voice.nothing(&Failure::Usage(error.to_string())),
    };
    match check(&args, &deadline) {
        Ok(mut report) => {
            overrides.apply(&mut report.findings);
            speak(&render(plugin, general, &report), report.state())
        }
        Err(failure) => voice.nothing(&failure),
    }
}

/// Ends the process when the check has not ended it shortly after the deadline.
fn watch(voice: &Voice, deadline: &Deadline) {
    let watched = deadline.clone();
    let says = voice.clone();
    let watchdog = thread::Builder::new().spawn(move || {
        thread::sleep(watched.limit() + GRACE);
        let limit = watched.limit().as_secs_f64();
        let why = format!("stopped after {limit} s, still waiting for {}", watched.waited_for());
        says.nothing(&Failure::Unable(why))
    });
    if let Err(error) = watchdog {
        voice.nothing(&Failure::Unable(format!("starting a thread: {error}")));
    }
}

/// What it takes to say that nothing was found out.
#[derive(Clone)]
struct Voice {
    plugin: Identity,
    output: Output,
    target: String,
}

impl Voice {
    /// Says that nothing was found out, and why.
    fn nothing(&self, failure: &Failure) -> ! {
        let report = Report { target: self.target.clone(), ..Report::nothing(failure.to_string()) };
        let text = match self.output {
            Output::Nagios => nothing_line(self.plugin, &report.summary),
            Output::Json => json(self.plugin, &report),
            Output::Prometheus => prometheus(self.plugin, &report),
        };
        speak(&text, State::Unknown)
    }
}

/// Reads the options as [`run`] does.
///
/// # Errors
/// clap's error, which for --help and --version is their text.
pub fn parse<A: Parser>(args: impl IntoIterator<Item = OsString>) -> Result<A, clap::Error> {
    // The flags for help and version stand in the General group, under its heading.
    let command = A::command();
    let name = command.get_name().to_owned();
    // Whoever starts the process chooses what argv calls it; the help does not repeat that.
    let command = command.bin_name(name).max_term_width(80);
    let mut command = command.disable_help_flag(true).disable_version_flag(true);
    let mut matches = command.try_get_matches_from_mut(args)?;
    let parsed = A::from_arg_matches_mut(&mut matches);
    // The process ends soon; to take hundreds of small strings apart first would cost it a fiftieth
    // of all its instructions.
    std::mem::forget((command, matches));
    parsed
}

/// Answers --help, --version and bad usage, all on stdout and all with code 3.
fn return_usage<A: Options>(voice: &Voice, error: &clap::Error) -> ! {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            speak(&error.to_string(), State::Unknown)
        }
        _ => {
            let text = error.to_string();
            let first = text.strip_prefix("error: ").unwrap_or(&text);
            // The usage lines and the pointer to --help that clap adds would be noise here.
            let mut sentences: Vec<String> = first
                .split("\n\n")
                .filter(|part| !part.starts_with("Usage:") && !part.starts_with("For more"))
                .map(clean)
                .collect();
            if error.kind() == ErrorKind::UnknownArgument
                && let Some((_, instead)) =
                    RETIRED.iter().chain(A::retired()).find(|(option, _)| first.contains(option))
            {
                // What is really meant makes clap's guess by the spelling misleading.
                sentences.retain(|sentence| !sentence.starts_with("tip: "));
                sentences.push((*instead).to_owned());
            }
            let words = || std::env::args_os().map(|word| word.to_string_lossy().into_owned());
            let secret = names_a_password() || words().any(|word| A::may_be_secret(&word));
            if error.kind() == ErrorKind::UnknownArgument && secret {
                // An unquoted password with a blank in it ends up here.
                sentences = vec!["unexpected argument, not shown beside a password".to_owned()];
            }
            voice.nothing(&Failure::Usage(sentences.join("; ")))
        }
    }
}

/// Whether the command line holds a password, be it behind other letters as in `-vPsecret`.
fn names_a_password() -> bool {
    std::env::args_os().any(|arg| {
        let arg = arg.to_string_lossy();
        let long = ["--password", "--authpass"].iter().any(|option| arg.starts_with(option));
        long || (arg.starts_with('-') && !arg.starts_with("--") && arg.contains('P'))
    })
}

/// The format asked for, when the rest of the command line could not be read: what reads JSON must
/// get JSON also then.
fn wanted_output() -> Output {
    let mut formats = [("json", Output::Json), ("prometheus", Output::Prometheus)].into_iter();
    let args: Vec<OsString> = std::env::args_os().collect();
    formats
        .find(|(name, _)| {
            args.iter().any(|arg| *arg == *format!("--output={name}"))
                || args.windows(2).any(|pair| pair[0] == "--output" && pair[1] == *name)
        })
        .map_or(Output::Nagios, |(_, output)| output)
}

/// The one line of a failure; longer than a headline may be, because nothing follows it.
fn nothing_line(plugin: Identity, why: &str) -> String {
    format!("{} UNKNOWN - {}\n", plugin.title(), clean_to(why, 400))
}

fn render<F: Serialize>(plugin: Identity, general: &General, report: &Report<F>) -> String {
    match general.output() {
        Output::Nagios if report.findings.is_empty() => nothing_line(plugin, &report.headline()),
        Output::Nagios => nagios(plugin, report, general.verbose, !general.no_perfdata),
        Output::Json => json(plugin, report),
        Output::Prometheus => prometheus(plugin, report),
    }
}

fn panic_text(info: &PanicHookInfo<'_>) -> String {
    let payload: &dyn Any = info.payload();
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let place = info
        .location()
        .map_or(String::new(), |place| format!(" at {}:{}", place.file(), place.line()));
    format!("internal error{place}: {message}; please report it")
}

/// Writes the text and ends the process. The first to speak is the only one.
#[expect(clippy::exit, reason = "this is the one exit of the workspace")]
fn speak(text: &str, state: State) -> ! {
    static SPOKEN: AtomicBool = AtomicBool::new(false);
    if SPOKEN.swap(true, Ordering::SeqCst) {
        // Another thread is writing and will end the process, unless nobody reads what it writes.
        thread::sleep(GRACE);
        std::process::exit(State::Unknown.exit_code())
    }
    let mut stdout = std::io::stdout().lock();
    let code = match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => state.exit_code(),
        // Nobody has read the verdict, so it must not count.
        Err(_) => State::Unknown.exit_code(),
    };
    drop(stdout);
    std::process::exit(code)
}

/// Options of the older plugins whose meaning cannot be kept, and what to write.
const RETIRED: &[(&str, &str)] = &[
    ("'--extra-opts", "no ini file is read: write the options out, a secret with --password-file"),
    ("'--ignore-certificate-expiration", "write --ignore cert-expired"),
    ("'--output-format", "write --output json"),
];

/// How long help may take to be read; a terminal or an engine does it at once.
const HELP_LIMIT: Duration = Duration::from_secs(3);
/// How long after the deadline the watchdog lets the check finish its sentence.
const GRACE: Duration = Duration::from_millis(250);
