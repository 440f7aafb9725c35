//! Room on the file systems.

use mailhost_core::contract::{Finding, Metric, State, bytes_text, rule, span};

use super::{Verdict, float};
use crate::args::Part;
use crate::config::Config;
use crate::facts::{FileSystem, Room, Space, Writing};
use crate::metrics;

pub(super) fn judge(config: &Config, file_systems: &[FileSystem], verdict: &mut Verdict) {
    missing(config, file_systems, verdict);
    let mut fullest: Option<(f64, &str)> = None;
    for file_system in file_systems {
        if config.wants(Part::Disk) {
            writing(file_system, verdict);
        }
        let Some(space) = seen(config, file_system, verdict) else { continue };
        if config.wants(Part::Disk)
            && let Some(used) = space.used_percent()
        {
            room(config, file_system, space, used, verdict);
            if fullest.is_none_or(|(most, _)| used > most) {
                fullest = Some((used, &file_system.mount));
            }
        }
        if config.wants(Part::Disk) {
            filling(config, file_system, verdict);
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
        let text = "no file system was looked at: none is mounted, or the options leave all out";
        verdict.findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
    }
    verdict.summary.extend(fullest.map(|(used, mount)| format!("{mount} {used:.0}%")));
}

/// What `--mount` names and is not mounted: then files go where they should not.
fn missing(config: &Config, file_systems: &[FileSystem], verdict: &mut Verdict) {
    for wanted in &config.selection.mounts {
        if !file_systems.iter().any(|it| it.point == wanted.point) {
            let text = format!("nothing is mounted on {}", wanted.point.display());
            verdict.findings.push(Finding::broken(&rule::MOUNT_MISSING, text));
        }
    }
}

/// The numbers of a file system; without them it says why there are none.
fn seen(config: &Config, file_system: &FileSystem, verdict: &mut Verdict) -> Option<Space> {
    let mount = &file_system.mount;
    let not_looked_at = |why: &str| format!("{mount} was not looked at: {why}");
    let named = config.selection.mounts.iter().any(|it| it.point == file_system.point);
    verdict.findings.push(match &file_system.room {
        Room::Is(space) if space.used_percent().is_none() && named => {
            let text = not_looked_at("it has no room of its own");
            Finding::broken(&rule::NOT_LOOKED_AT, text)
        }
        Room::Is(space) => return Some(*space),
        Room::Broken(why) => {
            let text = format!("{mount} does not work ({}): {why}", file_system.kind);
            Finding::broken(&rule::MOUNT_BROKEN, text).graded(config.when_unreachable)
        }
        Room::Hangs(why) => {
            let text = format!("{mount} hangs ({}): {why}", file_system.kind);
            Finding::broken(&rule::MOUNT_HANGS, text).graded(config.when_unanswered)
        }
        Room::Skipped(why) if !named => Finding::good("disk-usage", not_looked_at(why)),
        Room::Skipped(why) | Room::Unreadable(why) => {
            Finding::broken(&rule::NOT_LOOKED_AT, not_looked_at(why))
        }
    });
    None
}

/// Whether it takes files.
fn writing(file_system: &FileSystem, verdict: &mut Verdict) {
    let mount = &file_system.mount;
    verdict.findings.extend(match file_system.writing {
        Writing::Allowed => None,
        Writing::RefusedAsWanted => {
            Some(Finding::good("disk-read-only", format!("{mount} is read-only, as it is wanted")))
        }
        Writing::RefusedByMount => {
            let text = format!("{mount} takes no files: it is mounted read-only");
            Some(Finding::broken(&rule::DISK_READ_ONLY, text))
        }
        Writing::RefusedByKernel => {
            let text = format!("{mount} takes no files: the kernel has made it read-only");
            Some(Finding::broken(&rule::DISK_READ_ONLY, text).graded(State::Critical))
        }
    });
}

/// One alarm a file system: by what is in use or by what is left, whichever is worse.
fn room(config: &Config, file_system: &FileSystem, space: Space, used: f64, verdict: &mut Verdict) {
    let mount = &file_system.mount;
    let text = format!("{mount} {used:.0}% in use, {} available", bytes_text(space.available));
    let size = space.used.saturating_add(space.available);
    let limits = config.room_limits(&file_system.point, size);
    let free = float(space.available);
    let (by_use, by_rest) = (limits.used.broken_by(used), limits.free.broken_by(free));
    let state = |broken: Option<(State, _)>| broken.map(|(state, _)| state);
    let finding = match (by_use, by_rest) {
        (None, None) => Finding::good("disk-usage", text),
        (Some((worst, range)), _) if Some(worst) >= state(by_rest) => {
            let text = format!("{text} (range {range})");
            Finding::broken(&rule::DISK_USAGE, text).graded(worst)
        }
        (_, Some((worst, range))) | (Some((worst, range)), None) => {
            let text = format!("{text} (range {})", range.with_unit());
            Finding::broken(&rule::DISK_USAGE, text).graded(worst)
        }
    };
    verdict.findings.push(finding);
    verdict.metrics.push(Metric::new(&metrics::DISK_USED, used).of(mount).held_to(limits.used));
    verdict.metrics.push(Metric::new(&metrics::DISK_FREE, free).of(mount).held_to(limits.free));
}

/// When it will be full, where it fills.
fn filling(config: &Config, file_system: &FileSystem, verdict: &mut Verdict) {
    let Some((seconds, learnt)) = file_system.full_in else { return };
    let mount = &file_system.mount;
    let text = format!(
        "{mount} is full in {} if it goes on as for {}",
        span(seconds),
        span(learnt.round())
    );
    let metric = Metric::new(&metrics::FULL_IN, seconds).of(mount);
    verdict.hold(metric, config.full_in, &rule::DISK_FILLS, text);
}

#[cfg(test)]
mod tests {
    use mailhost_core::plugin::parse;

    use super::*;
    use crate::args::Args;

    fn plain() -> FileSystem {
        FileSystem {
            mount: "/".to_owned(),
            point: "/".into(),
            full_in: None,
            kind: "ext4".to_owned(),
            writing: Writing::Allowed,
            room: Room::Skipped(String::new()),
        }
    }

    /// The state of a file system of so many gigabytes with so many left.
    fn of(total: u64, left: u64) -> State {
        let args: Args = parse(["check_host_resources".into()]).expect("options");
        let config = Config::new(&args).expect("a configuration");
        let (total, available) = (total * 1_000_000_000, left * 1_000_000_000);
        let space = Space { used: total - available, available, inodes: 0, free_inodes: 0 };
        let file_system = FileSystem { room: Room::Is(space), ..plain() };
        let mut verdict = Verdict::default();
        judge(&config, &[file_system], &mut verdict);
        assert_eq!(verdict.findings.len(), 1);
        verdict.findings[0].state
    }

    #[test]
    fn critical_one_that_does_not_answer_or_fails() {
        let says = |words: &str, room: Room| {
            let words = ["check_host_resources"].into_iter().chain(words.split_whitespace());
            let args: Args = parse(words.map(Into::into)).expect("options");
            let config = Config::new(&args).expect("a configuration");
            let mut verdict = Verdict::default();
            let file_system = FileSystem { room, ..plain() };
            judge(&config, &[file_system], &mut verdict);
            let finding = &verdict.findings[0];
            format!("{} {}: {}", finding.state, finding.code, finding.text)
        };
        let hangs = || Room::Hangs("it does not answer".to_owned());
        let broken = || Room::Broken("stale file handle".to_owned());
        for (words, room, said) in [
            ("", hangs(), "CRITICAL mount-hangs: / hangs (ext4): it does not answer"),
            ("-t 5:unknown", hangs(), "UNKNOWN mount-hangs: / hangs (ext4): it does not answer"),
            ("", broken(), "CRITICAL mount-broken: / does not work (ext4): stale file handle"),
            (
                "--unreachable-state warning",
                broken(),
                "WARNING mount-broken: / does not work (ext4): stale file handle",
            ),
            (
                "",
                Room::Skipped("permission denied".to_owned()),
                "OK disk-usage: / was not looked at: permission denied",
            ),
            (
                "--mount /",
                Room::Skipped("permission denied".to_owned()),
                "UNKNOWN not-looked-at: / was not looked at: permission denied",
            ),
        ] {
            assert_eq!(says(words, room), said);
        }
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
