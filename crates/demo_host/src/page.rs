//! What the reader sees.

use std::env;
use std::io::{self, IsTerminal, Stdout, Write};
use std::path::Path;
use std::time::Duration;

use crate::cases::Plugin;
use crate::run::Outcome;
use crate::state::State;

/// Where the demonstration is written.
pub(crate) struct Page<W> {
    out: W,
    coloured: bool,
}

impl Page<Stdout> {
    /// The standard output, in colour on a terminal unless `NO_COLOR` is set (no-color.org).
    pub(crate) fn on_stdout() -> Self {
        let unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        let out = io::stdout();
        Self { coloured: out.is_terminal() && !unwanted, out }
    }
}

impl<W: Write> Page<W> {
    /// What this is.
    pub(crate) fn introduction(&mut self) -> io::Result<()> {
        writeln!(
            self.out,
            "The mailhost plugins against a mail host on 127.0.0.1 that is good and bad on purpose.\n\
             Nothing leaves this machine. Long lines are folded, and the performance data, from the\n\
             | on, stands on lines of its own; a plugin prints it behind its first line.",
        )
    }

    /// The question that the following cases are about.
    pub(crate) fn act(&mut self, question: &str) -> io::Result<()> {
        let underline = "=".repeat(question.len());
        let heading = self.painted(BOLD, question);
        writeln!(self.out, "\n\n{heading}\n{underline}")
    }

    /// The number and title of a case.
    pub(crate) fn case(&mut self, number: usize, title: &str) -> io::Result<()> {
        let title = self.painted(BOLD, title);
        writeln!(self.out, "\n{number:>2}. {title}\n")
    }

    /// The command, as one would type it.
    pub(crate) fn command(&mut self, plugin: &str, args: &[String]) -> io::Result<()> {
        let mut words = vec![format!("$ {plugin}")];
        for arg in args {
            match words.last_mut() {
                // An option's value stays on its line.
                Some(option) if !arg.starts_with('-') => {
                    option.push(' ');
                    option.push_str(arg);
                }
                _ => words.push(arg.clone()),
            }
        }
        let words = words.iter().map(|word| format!("{word} "));
        self.lines(&folded("", words, COMMAND_WIDTH), " \\", PLAIN)?;
        self.out.flush()
    }

    /// What the plugin printed, and its verdict.
    pub(crate) fn outcome(&mut self, outcome: &Outcome) -> io::Result<()> {
        for line in outcome.stdout.lines() {
            match line.split_once(" | ") {
                Some((words, perfdata)) => {
                    self.line(words, PLAIN)?;
                    self.line(&format!("| {perfdata}"), FAINT)?;
                }
                None => self.line(line, PLAIN)?,
            }
        }
        for line in outcome.stderr.lines() {
            self.line(&format!("stderr: {line}"), PLAIN)?;
        }
        let verdict = match (outcome.state(), outcome.code) {
            (Some(state), Some(code)) => {
                let name = self.painted(colour(state), state.name());
                format!("exit code {code}, {name}")
            }
            (_, Some(code)) => format!("exit code {code}, which is no state"),
            (_, None) => "ended by a signal".to_owned(),
        };
        writeln!(self.out, "{INDENT}-> {verdict}")
    }

    /// How it went as a whole.
    pub(crate) fn conclusion(
        &mut self,
        ends: &[Option<State>],
        time: Duration,
        surprises: &[String],
    ) -> io::Result<()> {
        let count = |state| ends.iter().filter(|end| **end == Some(state)).count();
        let counts = State::ALL.map(|state| {
            let name = self.painted(colour(state), state.name());
            format!("{} {name}", count(state))
        });
        let (all, counts) = (ends.len(), counts.join(", "));
        let time = time.as_secs_f64();
        writeln!(self.out, "\n\n{all} cases in {time:.1} s: {counts}.")?;
        for surprise in surprises {
            writeln!(self.out, "Surprise in {surprise}.")?;
        }
        if surprises.is_empty() {
            writeln!(self.out, "Every one ended as it should.")?;
        }
        Ok(())
    }

    /// How to go on from here.
    pub(crate) fn farewell(&mut self, binaries: &Path, plugins: &[Plugin]) -> io::Result<()> {
        writeln!(self.out, "\nNow your own mail server:\n")?;
        for plugin in plugins {
            let program = binaries.join(plugin.name);
            writeln!(self.out, "{INDENT}{} {}", program.display(), plugin.first_try)?;
        }
        Ok(())
    }

    /// A line of text, folded where it has blanks, and JSON also behind its commas.
    fn line(&mut self, line: &str, colour: &str) -> io::Result<()> {
        let text = line.trim_start();
        let margin = " ".repeat(line.len() - text.len());
        let is_json = text.starts_with('{');
        let words = text.split_inclusive(|c| c == ' ' || is_json && c == ',').map(str::to_owned);
        self.lines(&folded(&margin, words, WIDTH), "", colour)
    }

    /// Pieces of a line, with `mark` behind each but the last.
    fn lines(&mut self, pieces: &[String], mark: &str, colour: &str) -> io::Result<()> {
        let last = pieces.len().saturating_sub(1);
        for (at, piece) in pieces.iter().enumerate() {
            let piece = self.painted(colour, piece);
            let mark = if at == last { "" } else { mark };
            writeln!(self.out, "{INDENT}{piece}{mark}")?;
        }
        Ok(())
    }

    fn painted(&self, colour: &str, text: &str) -> String {
        if self.coloured && !colour.is_empty() {
            format!("\u{1b}[{colour}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

fn colour(state: State) -> &'static str {
    match state {
        State::Ok => "1;32",
        State::Warning => "1;33",
        State::Critical => "1;31",
        State::Unknown => "1;35",
    }
}

/// Words, each with the gap behind it, in pieces of at most `width` characters where that can be.
/// All begin with `margin`, and all but the first are indented deeper.
fn folded(margin: &str, words: impl Iterator<Item = String>, width: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = margin.to_owned();
    let mut is_begun = false;
    for word in words {
        if is_begun && piece.chars().count() + word.trim_end().chars().count() > width {
            pieces.push(piece.trim_end().to_owned());
            piece = format!("{margin}{HANGING}");
        }
        piece.push_str(&word);
        is_begun = true;
    }
    pieces.push(piece.trim_end().to_owned());
    pieces
}

const INDENT: &str = "    ";
const HANGING: &str = "  ";
/// Characters of a line, without the indent.
const WIDTH: usize = 92;
/// Room for the backslash that joins a command's lines.
const COMMAND_WIDTH: usize = WIDTH - 2;

const BOLD: &str = "1";
const FAINT: &str = "2";
const PLAIN: &str = "";

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page<Vec<u8>> {
        Page { out: Vec::new(), coloured: false }
    }

    fn written(page: Page<Vec<u8>>) -> String {
        String::from_utf8(page.out).unwrap()
    }

    #[test]
    fn ok_folding_loses_nothing_and_keeps_the_margin() {
        let mut page = page();
        page.line(&format!("    {}", "word ".repeat(60)), PLAIN).unwrap();
        page.line("", PLAIN).unwrap();
        page.line(&"x".repeat(200), PLAIN).unwrap();
        let text = written(page);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6, "{text}");
        for line in &lines[..4] {
            assert!(line.starts_with("        word") || line.starts_with("          word"));
            assert!(line.len() <= INDENT.len() + WIDTH, "{line}");
        }
        assert_eq!(text.matches("word").count(), 60);
        assert_eq!(lines[4..], ["    ".to_owned(), format!("    {}", "x".repeat(200))]);
    }

    #[test]
    fn ok_a_folded_command_can_be_pasted() {
        let args = ["--name", "a value", "-x"].map(|arg| arg.repeat(8));
        let mut page = page();
        page.command("check_it", &args).unwrap();
        let text = written(page);
        assert_eq!(text.matches(" \\\n").count(), text.lines().count() - 1, "{text}");
    }

    #[test]
    fn ok_without_a_terminal_there_is_no_colour() {
        let mut page = page();
        let outcome = Outcome {
            stdout: "NAME WARNING - late | time=1s\n".to_owned(),
            stderr: String::new(),
            code: Some(1),
        };
        page.outcome(&outcome).unwrap();
        assert_eq!(
            written(page),
            "    NAME WARNING - late\n    | time=1s\n    -> exit code 1, WARNING\n"
        );
    }
}
