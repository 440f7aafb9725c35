//! The Monitoring Plugins' format: one line that says it all, then the findings.

use super::{Judged, STATES, badness, decimal, lines, unique_labels};

/// A whole output, understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Output {
    /// The words in front of the state.
    pub(crate) name: String,
    /// The state in words.
    pub(crate) state: String,
    /// The most important fact.
    pub(crate) text: String,
    /// All performance data.
    pub(crate) perfdata: Vec<Perfdata>,
    /// The findings in the order of the output.
    pub(crate) findings: Vec<Finding>,
    /// The lines that are neither the first nor a finding nor its action.
    pub(crate) evidence: Vec<String>,
}

impl Output {
    /// The labels of the performance data, in their order.
    pub(crate) fn labels(&self) -> Vec<&str> {
        self.perfdata.iter().map(|it| it.label.as_str()).collect()
    }
}

/// `label=value[unit];warning;critical;min;max`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Perfdata {
    pub(crate) label: String,
    pub(crate) value: f64,
}

/// `[STATE] code: text`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    pub(crate) state: String,
    pub(crate) code: String,
    pub(crate) text: String,
}

/// Reads the output of a run that ended with `code`.
pub(crate) fn read(output: &str, code: i32) -> Judged<Output> {
    let lines = lines(output)?;
    if output.matches('|').count() > 1 {
        return Err("more than one | in the output".to_owned());
    }
    let (first, rest) = lines.split_first().ok_or("nothing at all".to_owned())?;
    let (words, perfdata) = match first.split_once(" | ") {
        Some((words, perfdata)) => (words, read_perfdata(perfdata)?),
        None => (*first, Vec::new()),
    };
    if words.contains('|') || rest.iter().any(|line| line.contains('|')) {
        return Err("a | that does not begin the perfdata of the first line".to_owned());
    }
    let (head, text) = words
        .split_once(" - ")
        .ok_or_else(|| format!("no NAME STATE - text in {words:?}"))?;
    let (name, state) = head
        .rsplit_once(' ')
        .ok_or_else(|| format!("no NAME STATE in {head:?}"))?;
    if usize::try_from(code).ok().and_then(|code| STATES.get(code)) != Some(&state) {
        return Err(format!("the state {state:?} with the code {code}"));
    }
    if !name
        .chars()
        .all(|c| matches!(c, 'A'..='Z' | '0'..='9' | ' '))
    {
        return Err(format!("the name {name:?}"));
    }
    // A failure's single line may be longer: nothing else follows that could explain it.
    let limit = if rest.is_empty() && code == 3 {
        400
    } else {
        120
    };
    if text.trim() != text || text.is_empty() || text.chars().count() > limit {
        return Err(format!("the text {text:?} of {} characters", text.len()));
    }
    let (findings, evidence) = read_rest(rest)?;
    let worst = findings.first().map(|finding| finding.state.as_str());
    if state != "OK" && worst.is_some_and(|worst| worst != state) {
        return Err(format!("{state} on the first line, but {worst:?} below"));
    }
    Ok(Output {
        name: name.to_owned(),
        state: state.to_owned(),
        text: text.to_owned(),
        perfdata,
        findings,
        evidence,
    })
}

/// Findings with their actions, worst first, then evidence.
fn read_rest(lines: &[&str]) -> Judged<(Vec<Finding>, Vec<String>)> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut evidence = Vec::new();
    for line in lines {
        if let Some(detail) = line.strip_prefix("  ") {
            evidence.extend((!detail.starts_with("  ")).then(|| detail.to_owned()));
        } else if *line == "... more was left out" {
            evidence.push((*line).to_owned());
        } else {
            let finding = read_finding(line)?;
            let worse = |before: &Finding| badness(&before.state) < badness(&finding.state);
            if findings.last().is_some_and(worse) {
                return Err(format!("{line:?} stands below a better finding"));
            }
            findings.push(finding);
        }
    }
    Ok((findings, evidence))
}

fn read_finding(line: &str) -> Judged<Finding> {
    let parts = line.strip_prefix('[').and_then(|rest| {
        let (state, rest) = rest.split_once("] ")?;
        let (code, text) = rest.split_once(": ")?;
        let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-');
        (!code.is_empty() && code.chars().all(allowed)).then_some((state, code, text))
    });
    let (state, code, text) = parts.ok_or_else(|| format!("not a finding: {line:?}"))?;
    badness(state)?;
    Ok(Finding {
        state: state.to_owned(),
        code: code.to_owned(),
        text: text.to_owned(),
    })
}

fn read_perfdata(text: &str) -> Judged<Vec<Perfdata>> {
    let all: Vec<Perfdata> = text.split(' ').map(read_item).collect::<Judged<_>>()?;
    unique_labels(all.iter().map(|item| item.label.as_str()))?;
    Ok(all)
}

fn read_item(item: &str) -> Judged<Perfdata> {
    let wrong = |what: &str| format!("{what} in the perfdata {item:?}");
    let (label, rest) = item.split_once('=').ok_or_else(|| wrong("no ="))?;
    let fields: Vec<&str> = rest.split(';').collect();
    let [value, fields @ ..] = fields.as_slice() else {
        return Err(wrong("no value"));
    };
    if fields.len() > 4 {
        return Err(wrong("a sixth field"));
    }
    let number = value.trim_end_matches(['s', 'B', '%']);
    if !["", "s", "B", "%"].contains(&&value[number.len()..]) {
        return Err(wrong("the unit"));
    }
    let value = decimal(number)?;
    for range in fields.iter().take(2).filter(|range| !range.is_empty()) {
        read_range(range)?;
    }
    let bound = |at: usize| fields.get(at).filter(|bound| !bound.is_empty());
    let least = bound(2).map(|bound| decimal(bound)).transpose()?;
    let most = bound(3).map(|bound| decimal(bound)).transpose()?;
    if least.is_some_and(|least| value < least) || most.is_some_and(|most| value > most) {
        return Err(wrong("a value beyond its bounds"));
    }
    Ok(Perfdata {
        label: label.to_owned(),
        value,
    })
}

/// `[@][start:][end]`, with `~` for a start without bound (guidelines, "Threshold and Ranges").
fn read_range(range: &str) -> Judged<()> {
    let bounds = range.strip_prefix('@').unwrap_or(range);
    let (start, end) = bounds.split_once(':').unwrap_or(("0", bounds));
    let start = match start {
        "~" => f64::NEG_INFINITY,
        _ => decimal(start)?,
    };
    let end = match end {
        "" if bounds.contains(':') => f64::INFINITY,
        _ => decimal(end)?,
    };
    if start > end {
        return Err(format!("the range {range:?}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_a_good_output_is_understood() {
        let output = read(
            "SMTP BANNER WARNING - mail.example.org slow (+1 more) | time=0.5s;0.2;@~:3;0 loss=0%;;;0;100\n\
             [WARNING] time-threshold: took 0.5 s\n    Look at the load.\n[OK] greeting: 220\n  S: 220\n",
            1,
        )
        .unwrap();
        assert_eq!(
            (output.name.as_str(), output.state.as_str()),
            ("SMTP BANNER", "WARNING")
        );
        assert_eq!(output.labels(), ["time", "loss"]);
        assert_eq!((output.findings.len(), output.evidence.len()), (2, 1));
    }

    #[test]
    fn critical_every_fault_is_found() {
        for (output, code) in [
            ("", 0),
            ("\n", 0),
            ("A OK - x", 0),
            ("A OK - x\n\n", 0),
            ("A OK - x \n", 0),
            ("A OK - x\n", 2),
            ("A OK - x\n", 101),
            ("a OK - x\n", 0),
            ("A OK: x\n", 0),
            ("A OK - \n", 0),
            ("A OK - x|t=1\n", 0),
            ("A OK - x | t=1 | u=1\n", 0),
            ("A OK - x | t=1\n[OK] a: b|c\n", 0),
            ("A OK - x\n[OK] a: b | t=1\n", 0),
            ("A OK - x | t=nan\n", 0),
            ("A OK - x | t=1e3\n", 0),
            ("A OK - x | t=1ms\n", 0),
            ("A OK - x | t=1sB\n", 0),
            ("A OK - x | t=1  u=1\n", 0),
            ("A OK - x | t=1 t=2\n", 0),
            (
                "A OK - x | a123456789012345678x=1 a123456789012345678y=2\n",
                0,
            ),
            ("A OK - x | T=1\n", 0),
            ("A OK - x | 't'=1\n", 0),
            ("A OK - x | t=1;2:1\n", 0),
            ("A OK - x | t=1;~\n", 0),
            ("A OK - x | t=-1;;;0\n", 0),
            ("A OK - x | t=1;;;;;\n", 0),
            ("A OK - x\nmore\n", 0),
            ("A OK - x\n[BAD] a: b\n", 0),
            ("A CRITICAL - x\n[WARNING] a: b\n", 2),
            ("A WARNING - x\n[OK] a: b\n[WARNING] c: d\n", 1),
            ("A OK - <b>x</b>\n", 0),
            ("A OK - x\u{1b}\n", 0),
            ("A OK - x\r\n", 0),
        ] {
            assert!(read(output, code).is_err(), "{output:?}");
        }
        assert!(read(&format!("A OK - {}\n", "x".repeat(121)), 0).is_err());
        assert!(read(&format!("A OK - x\n{}", "[OK] a: b\n".repeat(6000)), 0).is_err());
    }
}
