//! What the mail services are held to.

use mailhost_core::contract::{Range, Thresholds, Unit};
use mailhost_core::plugin::Failure;

use crate::args::Services;

/// The processes of one name that are looked at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WantedProcess {
    /// A name, or a path from the root.
    pub(crate) name: String,
    /// How many there may be; `None` where only what they use is asked about.
    pub(crate) count: Option<Range>,
    pub(crate) limits: Vec<(Measure, Thresholds)>,
    /// As many as the service allows, and the part of it that there may be.
    pub(crate) most: Option<(u32, Thresholds)>,
}

/// What processes are held to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Measure {
    /// Seconds since the start of each.
    Age,
    /// Bytes of memory of each.
    Rss,
    /// Bytes an hour by which the memory of all grows.
    RssGrowth,
    /// Threads of each.
    Threads,
    /// How many wait in the kernel, mostly for a disk, and cannot be ended.
    Uninterruptible,
    /// Bytes of addresses of each.
    Vsz,
    /// How many have ended, and nobody has taken note.
    Zombies,
}

impl Measure {
    const ALL: [(&'static str, Self, Unit); 7] = [
        ("age", Self::Age, Unit::Seconds),
        ("rss", Self::Rss, Unit::Bytes),
        ("rss-growth", Self::RssGrowth, Unit::Bytes),
        ("threads", Self::Threads, Unit::Count),
        ("uninterruptible", Self::Uninterruptible, Unit::Count),
        ("vsz", Self::Vsz, Unit::Bytes),
        ("zombies", Self::Zombies, Unit::Count),
    ];
}

/// How many connections of a port there may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PortLimit {
    pub(crate) port: u16,
    pub(crate) thresholds: Thresholds,
}

/// Reads `--process`, `--process-limit` and `--process-max`, one row for each name.
pub(super) fn processes(args: &Services) -> Result<Vec<WantedProcess>, Failure> {
    let mut wanted = Vec::new();
    for text in args.process.iter().flat_map(|list| list.split(',')).map(str::trim) {
        count(text, &mut wanted).map_err(|why| wrong("--process", text, &why))?;
    }
    for text in &args.process_limit {
        limit(text, &mut wanted).map_err(|why| wrong("--process-limit", text, &why))?;
    }
    for text in &args.process_max {
        most(text, &mut wanted).map_err(|why| wrong("--process-max", text, &why))?;
    }
    Ok(wanted)
}

fn wrong(option: &str, text: &str, why: &str) -> Failure {
    Failure::usage(format!("\"{text}\" for {option}: {why}"))
}

/// Reads `NAME` or `NAME:RANGE`.
fn count(text: &str, wanted: &mut Vec<WantedProcess>) -> Result<(), String> {
    let (name, range) = match text.split_once(':') {
        // "master:1" is meant as one of them, and as a range would let there be none.
        Some((name, number))
            if !name.is_empty() && number.trim().parse().is_ok_and(|it: f64| it != 0.0) =>
        {
            let number = number.trim();
            return Err(format!("write {name}:1:{number} for at least one, or {name}:0:{number}"));
        }
        Some((name, range)) => (name, range_of(range, Unit::Count)?),
        None => (text, Range::at_least(1.0, Unit::Count)),
    };
    match row_of(wanted, name).ok_or("write NAME or NAME:RANGE")?.count.replace(range) {
        None => Ok(()),
        Some(_) => Err("the name is there twice".to_owned()),
    }
}

/// Reads `NAME,WHAT,WARN[,CRIT]`.
fn limit(text: &str, wanted: &mut Vec<WantedProcess>) -> Result<(), String> {
    let form = "write NAME,WHAT,WARN or NAME,WHAT,WARN,CRIT";
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let ([name, what, warning] | [name, what, warning, _]) = parts.as_slice() else {
        return Err(form.to_owned());
    };
    let known = Measure::ALL.iter().find(|(known, ..)| known == what);
    let (_, measure, unit) = known.ok_or_else(|| {
        let all = Measure::ALL.map(|(known, ..)| known).join(", ");
        format!("there is no \"{what}\", but {all}")
    })?;
    let range = |text: &str| range_of(text, *unit).map(Some);
    let critical = parts.get(3).map_or(Ok(None), |text| range(text))?;
    let thresholds = Thresholds { warning: range(warning)?, critical };
    let row = row_of(wanted, name).ok_or(form)?;
    if row.limits.iter().any(|(known, _)| known == measure) {
        return Err("it is there twice".to_owned());
    }
    row.limits.push((*measure, thresholds));
    Ok(())
}

/// Reads `NAME,NUMBER[,WARN[,CRIT]]`.
fn most(text: &str, wanted: &mut Vec<WantedProcess>) -> Result<(), String> {
    let form = "write NAME,NUMBER, where the part of it that may be there can follow";
    let mut parts = text.split(',').map(str::trim);
    let (name, most) = (parts.next().unwrap_or_default(), parts.next().ok_or(form)?);
    let most = most.parse().ok().filter(|most| *most > 0).ok_or(form)?;
    let range = |text| range_of(text, Unit::Percent);
    let warning = parts.next().map_or(Ok(Range::at_most(80.0, Unit::Percent)), range)?;
    let critical = parts.next().map(range).transpose()?;
    if parts.next().is_some() {
        return Err(form.to_owned());
    }
    let thresholds = Thresholds { warning: Some(warning), critical };
    match row_of(wanted, name).ok_or(form)?.most.replace((most, thresholds)) {
        None => Ok(()),
        Some(_) => Err("the name is there twice".to_owned()),
    }
}

/// The row of a name, which is made if it is not there; `None` for what cannot be a name.
fn row_of<'a>(wanted: &'a mut Vec<WantedProcess>, name: &str) -> Option<&'a mut WantedProcess> {
    if name.is_empty() || name.contains(char::is_whitespace) {
        return None;
    }
    let at = wanted.iter().position(|it| it.name == name).unwrap_or_else(|| {
        let name = name.to_owned();
        wanted.push(WantedProcess { name, count: None, limits: Vec::new(), most: None });
        wanted.len() - 1
    });
    wanted.get_mut(at)
}

/// Reads the names of `--unit`.
pub(super) fn units(args: &Services) -> Result<Vec<String>, Failure> {
    let one = |text: &String| {
        let name = text.trim();
        // An option of systemctl, or a pattern that matches nothing of a unit that is gone.
        if name.starts_with('-') || name.contains(['*', '?', '[', '/']) || name.contains(' ') {
            let why = "write the whole name of a unit, such as postfix@-";
            return Err(Failure::usage(format!("\"{text}\" for --unit: {why}")));
        }
        Ok(name.to_owned())
    };
    args.unit.iter().map(one).collect()
}

/// Reads `PORT=WARN[:CRIT]`.
pub(super) fn connections(option: &str, given: &[String]) -> Result<Vec<PortLimit>, Failure> {
    let one = |text: &String| {
        let wrong = || {
            Failure::usage(format!("\"{text}\" for {option}: write PORT=WARN or PORT=WARN:CRIT"))
        };
        let (port, limits) = text.split_once('=').ok_or_else(wrong)?;
        let (warning, critical) = match limits.split_once(':') {
            Some((warning, critical)) => (warning, Some(critical)),
            None => (limits, None),
        };
        let most = |text: &str| text.trim().parse::<u32>().map_err(|_| wrong());
        let (warning, critical) = (most(warning)?, critical.map(most).transpose()?);
        if critical.is_some_and(|critical| critical < warning) {
            let why = "CRIT is below WARN";
            return Err(Failure::usage(format!("\"{text}\" for {option}: {why}")));
        }
        let range = |most: u32| Range::at_most(most.into(), Unit::Count);
        Ok(PortLimit {
            port: port.trim().parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?,
            thresholds: Thresholds { warning: Some(range(warning)), critical: critical.map(range) },
        })
    };
    let mut limits: Vec<PortLimit> = Vec::new();
    for text in given {
        let limit = one(text)?;
        if limits.iter().any(|it| it.port == limit.port) {
            return Err(Failure::usage(format!(
                "\"{text}\" for {option}: the port is there twice"
            )));
        }
        limits.push(limit);
    }
    Ok(limits)
}

fn range_of(text: &str, unit: Unit) -> Result<Range, String> {
    Range::parse(text, unit).map_err(|error| error.to_string())
}
