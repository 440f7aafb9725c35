//! Room on the file systems.

use mailhost_core::contract::{Finding, Metric, State, bytes_text, rule};

use super::{Verdict, float};
use crate::args::Part;
use crate::config::Config;
use crate::facts::{FileSystem, Room, Space};
use crate::metrics;

pub(super) fn judge(config: &Config, file_systems: &[FileSystem], verdict: &mut Verdict) {
    missing(config, file_systems, verdict);
    let mut fullest: Option<(f64, &str)> = None;
    for file_system in file_systems {
        if file_system.read_only && config.wants(Part::Disk) {
            let text = format!("{} takes no files: it is read-only", file_system.mount);
            verdict.findings.push(Finding::broken(&rule::DISK_READ_ONLY, text));
        }
        let not_looked_at = |why: &str| format!("{} was not looked at: {why}", file_system.mount);
        let space = match &file_system.room {
            Room::Is(space) => *space,
            Room::Skipped(why) => {
                verdict.findings.push(Finding::good("disk-usage", not_looked_at(why)));
                continue;
            }
            Room::Unreadable(why) => {
                let text = not_looked_at(why);
                verdict.findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
                continue;
            }
        };
        if config.wants(Part::Disk)
            && let Some(used) = space.used_percent()
        {
            room(config, &file_system.mount, space, used, verdict);
            if fullest.is_none_or(|(most, _)| used > most) {
                fullest = Some((used, &file_system.mount));
            }
        }
        if config.wants(Part::Inodes)
            && let Some(used) = space.inodes_percent()
        {
            let text = format!("{} {used:.0}% of the inodes in use", file_system.mount);
            let metric = Metric::new(&metrics::INODES_USED, used).of(&file_system.mount);
            verdict.hold(metric, config.inodes, &rule::INODES_USAGE, text);
        }
    }
    if file_systems.is_empty() && config.selection.mounts.is_empty() {
        let text = "there is no file system that the options let be looked at";
        verdict.findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
    }
    verdict.summary.extend(fullest.map(|(used, mount)| format!("{mount} {used:.0}%")));
}

/// What `--mount` names and is not mounted: then files go where they should not.
fn missing(config: &Config, file_systems: &[FileSystem], verdict: &mut Verdict) {
    for wanted in &config.selection.mounts {
        let point = wanted.point.to_string_lossy();
        if !file_systems.iter().any(|it| it.mount == point) {
            let text = format!("nothing is mounted on {point}");
            verdict.findings.push(Finding::broken(&rule::MOUNT_MISSING, text));
        }
    }
}

/// One alarm a file system: by percent, and of a large one also by what is left, whichever is worse.
fn room(config: &Config, mount: &str, space: Space, used: f64, verdict: &mut Verdict) {
    let text = format!("{mount} {used:.0}% in use, {} available", bytes_text(space.available));
    let limits = config.disk_limits(mount);
    let by_percent = limits.broken_by(used);
    let large = space.used.saturating_add(space.available) >= LARGE;
    let by_room = match space.available {
        ..=LITTLE if large => Some(State::Critical),
        ..SOME if large => Some(State::Warning),
        _ => None,
    };
    let worst = by_percent.map(|(state, _)| state).max(by_room);
    let finding = match (worst, by_percent) {
        (None, _) => Finding::good("disk-usage", text),
        (Some(state), Some((of_percent, range))) if of_percent == state => {
            Finding::broken(&rule::DISK_USAGE, format!("{text} (range {range})")).graded(state)
        }
        (Some(state), _) => {
            let limit = if state == State::Critical { LITTLE } else { SOME };
            let text = format!("{text}, less than {}", bytes_text(limit));
            Finding::broken(&rule::DISK_USAGE, text).graded(state)
        }
    };
    verdict.findings.push(finding);
    verdict.metrics.push(Metric::new(&metrics::DISK_USED, used).of(mount).held_to(limits));
    let free = Metric::new(&metrics::DISK_FREE, float(space.available)).of(mount);
    verdict.metrics.push(free);
}

/// Bytes of a file system of which also what is left counts.
const LARGE: u64 = 50_000_000_000;
/// Bytes left, below which it is a WARNING.
const SOME: u64 = 10_000_000_000;
/// Bytes left, at which it is CRITICAL.
const LITTLE: u64 = 5_000_000_000;

#[cfg(test)]
mod tests {
    use mailhost_core::plugin::parse;

    use super::*;
    use crate::args::Args;

    /// The state of a file system of so many gigabytes with so many left.
    fn of(total: u64, left: u64) -> State {
        let args: Args = parse(["check_host_resources".into()]).expect("options");
        let config = Config::new(&args).expect("a configuration");
        let (total, available) = (total * 1_000_000_000, left * 1_000_000_000);
        let space = Space { used: total - available, available, inodes: 0, free_inodes: 0 };
        let file_system = FileSystem {
            mount: "/".to_owned(),
            kind: "ext4".to_owned(),
            read_only: false,
            room: Room::Is(space),
        };
        let mut verdict = Verdict::default();
        judge(&config, &[file_system], &mut verdict);
        assert_eq!(verdict.findings.len(), 1);
        verdict.findings[0].state
    }

    #[test]
    fn critical_the_worse_of_percent_and_room() {
        assert_eq!(of(40, 9), State::Ok);
        assert_eq!(of(40, 5), State::Warning);
        assert_eq!(of(40, 3), State::Critical);
        assert_eq!(of(50, 11), State::Ok);
        assert_eq!(of(50, 9), State::Warning);
        assert_eq!(of(50, 5), State::Critical);
        assert_eq!(of(2000, 190), State::Critical);
        assert_eq!(of(1000, 300), State::Ok);
    }
}
