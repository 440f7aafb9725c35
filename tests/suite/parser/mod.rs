//! Strict readers of the three output formats.
//!
//! They are written from the specifications (the Monitoring Plugins guidelines with DESIGN's rules on
//! top, RFC 8259 through `serde_json`, Prometheus' exposition format 0.0.4) and share nothing with
//! the renderers they judge. Each gives what it read, or says what is wrong.

pub(crate) mod json;
pub(crate) mod nagios;
pub(crate) mod prometheus;
mod text;

use text::{decimal, harmless};

/// What a reader says: the thing read, or a sentence about the first fault.
pub(crate) type Judged<T> = Result<T, String>;

/// The four states under their exit codes.
pub(crate) const STATES: [&str; 4] = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];

/// States from best to worst.
pub(crate) fn badness(state: &str) -> Judged<usize> {
    ["OK", "UNKNOWN", "WARNING", "CRITICAL"]
        .iter()
        .position(|known| *known == state)
        .ok_or_else(|| format!("{state:?} is not a state"))
}

/// The rules for every format: whole lines, no blanks at their ends, a bounded size.
fn lines(output: &str) -> Judged<Vec<&str>> {
    if output.len() > LARGEST {
        return Err(format!("{} bytes", output.len()));
    }
    let body = output
        .strip_suffix('\n')
        .ok_or("no newline at the end".to_owned())?;
    let lines: Vec<&str> = body.split('\n').collect();
    for line in &lines {
        if line.is_empty() {
            return Err("an empty line".to_owned());
        }
        if line.ends_with(' ') {
            return Err(format!("a blank at the end of {line:?}"));
        }
        harmless(line)?;
    }
    Ok(lines)
}

/// Refuses what the first 19 characters do not tell apart, which is all that old consumers keep.
fn unique_labels<'a>(labels: impl IntoIterator<Item = &'a str>) -> Judged<()> {
    let mut seen: Vec<&str> = Vec::new();
    for label in labels {
        let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_');
        if label.is_empty() || !label.chars().all(allowed) {
            return Err(format!("the label {label:?}"));
        }
        let kept = label.get(..19).unwrap_or(label);
        if seen.contains(&kept) {
            return Err(format!("the label {label:?} twice in 19 characters"));
        }
        seen.push(kept);
    }
    Ok(())
}

/// Zabbix keeps 65,535 characters of a text item, NRPE 65,504 bytes of a packet.
const LARGEST: usize = 60_000;
