//! Room on the file systems.

use mailhost_core::contract::{Finding, Metric, State, Thresholds, bytes_text, rule, span};

use super::Verdict;
use crate::args::Part;
use crate::config::Config;
use crate::facts::{FileSystem, Filling, Room, Space, Writing, float};
use crate::metrics;
use crate::proc::shown;

pub(super) fn judge(config: &Config, file_systems: &[FileSystem], verdict: &mut Verdict) {
    missing(config, file_systems, verdict);
    let mut judged = 0;
    let (mut fullest, mut shortest) = (Fullest::default(), Fullest::default());
    for file_system in file_systems {
        if config.wants(Part::Disk) {
            writing(file_system, verdict);
        }
        let Some(space) = seen(config, file_system, verdict) else { continue };
        let has_inodes = config.wants(Part::Inodes) && space.inodes_percent().is_some();
        if has_inodes || (config.wants(Part::Disk) && space.used_percent().is_some()) {
            judged += 1;
        }
        if config.wants(Part::Disk)
            && let Some(used) = space.used_percent()
        {
            room(config, file_system, space, used, verdict);
            fullest.see(used, &file_system.mount);
        }
        if config.wants(Part::Disk) {
            filling(config, file_system, verdict);
        }
        if config.wants(Part::Inodes)
            && let Some(used) = space.inodes_percent()
        {
            shortest.see(used, &file_system.mount);
            let metric = Metric::new(&metrics::INODES_USED, used);
            let text = format!("{used:.1}% of the inodes in use");
            verdict.hold_of(&file_system.mount, metric, config.inodes, &rule::INODES_USAGE, text);
        }
    }
    let has_room = |it: &FileSystem| matches!(it.room, Room::Is(_));
    let why = match file_systems {
        [] => "none is mounted, or the options leave all out",
        all if all.iter().any(has_room) => "they have no number of what is asked for",
        _ => "this user may see none of them",
    };
    // What is wrong with one is said already.
    if judged == 0 && verdict.findings.iter().all(|it| it.state == State::Ok) {
        let text = format!("no file system was looked at: {why}");
        verdict.findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
    }
    verdict.summary.extend(fullest.0.map(|(used, mount)| format!("{mount} {used:.0}%")));
    if !config.wants(Part::Disk) {
        let text = |(used, mount)| format!("{mount} {used:.0}% of the inodes");
        verdict.summary.extend(shortest.0.map(text));
    }
}

/// The file system of which most is in use, in percent.
#[derive(Default)]
struct Fullest<'a>(Option<(f64, &'a str)>);

impl<'a> Fullest<'a> {
    fn see(&mut self, used: f64, mount: &'a str) {
        if self.0.is_none_or(|(most, _)| used > most) {
            self.0 = Some((used, mount));
        }
    }
}

/// What `--mount` names and is not mounted: then files go where they should not.
fn missing(config: &Config, file_systems: &[FileSystem], verdict: &mut Verdict) {
    for wanted in &config.selection.mounts {
        if !file_systems.iter().any(|it| it.point == wanted.point) {
            let finding = Finding::broken(&rule::MOUNT_MISSING, "is not mounted");
            verdict.findings.push(finding.about(&shown(&wanted.point)));
        }
    }
}

/// The numbers of a file system; without them it says why there are none.
fn seen(config: &Config, file_system: &FileSystem, verdict: &mut Verdict) -> Option<Space> {
    let mount = &file_system.mount;
    let not_looked_at = |why: &str| format!("was not looked at: {why}");
    let named = config.selection.is_chosen();
    let finding = match &file_system.room {
        Room::Is(space) if space.used_percent().is_none() && named && config.wants(Part::Disk) => {
            let text = not_looked_at("it has no room of its own");
            Finding::broken(&rule::NOT_LOOKED_AT, text)
        }
        Room::Is(space) => return Some(*space),
        Room::Broken(why) => {
            let text = format!("does not work ({}): {why}", file_system.kind);
            Finding::broken(&rule::MOUNT_BROKEN, text).graded(config.when_unreachable)
        }
        Room::Hangs(why) => {
            let text = format!("hangs ({}): {why}", file_system.kind);
            Finding::broken(&rule::MOUNT_HANGS, text).graded(config.when_unanswered)
        }
        Room::Skipped(why) if !named => Finding::good("disk-usage", not_looked_at(why)),
        Room::Skipped(why) | Room::Unreadable(why) => {
            Finding::broken(&rule::NOT_LOOKED_AT, not_looked_at(why))
        }
    };
    verdict.findings.push(finding.about(mount));
    None
}

/// Whether it takes files.
fn writing(file_system: &FileSystem, verdict: &mut Verdict) {
    let finding = match file_system.writing {
        Writing::Allowed => return,
        Writing::RefusedAsWanted => {
            Finding::good("disk-read-only", "is read-only, as is wanted or usual")
        }
        Writing::RefusedByMount => {
            Finding::broken(&rule::DISK_READ_ONLY, "takes no files: it is mounted read-only")
        }
        Writing::RefusedByKernel => {
            let text = "takes no files: the kernel has made it read-only";
            Finding::broken(&rule::DISK_READ_ONLY, text).graded(State::Critical)
        }
    };
    verdict.findings.push(finding.about(&file_system.mount));
}

/// One alarm a file system: by what is in use or by what is left, whichever is worse.
fn room(config: &Config, file_system: &FileSystem, space: Space, used: f64, verdict: &mut Verdict) {
    let mount = &file_system.mount;
    let text = format!("{used:.1}% in use, {} available", bytes_text(space.available));
    let size = space.used.saturating_add(space.available);
    let limits = config.room_limits(&file_system.point, size);
    let free = float(space.available);
    let (by_use, by_rest) = (limits.used.broken_by(used), limits.free.broken_by(free));
    let worse = match (by_use, by_rest) {
        (Some(one), Some(other)) => Some(if other.0 > one.0 { other } else { one }),
        (one, other) => one.or(other),
    };
    let finding = match worse {
        None => Finding::good("disk-usage", text),
        Some((state, range)) => {
            let text = format!("{text} (range {})", range.with_unit());
            Finding::broken(&rule::DISK_USAGE, text).graded(state)
        }
    };
    verdict.findings.push(finding.about(mount));
    verdict.metrics.push(Metric::new(&metrics::DISK_USED, used).of(mount).held_to(limits.used));
    verdict.metrics.push(Metric::new(&metrics::DISK_FREE, free).of(mount).held_to(limits.free));
}

/// When it will be full, where it fills.
fn filling(config: &Config, file_system: &FileSystem, verdict: &mut Verdict) {
    let (seconds, learnt) = match file_system.filling {
        Filling::FullIn { seconds, learnt } => (seconds, learnt),
        Filling::NotKnown if config.full_in != Thresholds::default() => {
            let text = "was watched too short to say when it is full: that takes half an hour";
            verdict.findings.push(Finding::good("disk-fills", text).about(&file_system.mount));
            return;
        }
        Filling::NotKnown | Filling::Not => return,
    };
    let text =
        format!("is full in {} if it goes on as for {}", span(seconds), span(learnt.round()));
    let metric = Metric::new(&metrics::FULL_IN, seconds);
    verdict.hold_of(&file_system.mount, metric, config.full_in, &rule::DISK_FILLS, text);
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
            filling: Filling::NotKnown,
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
        let space = Space { used: total - available, available, inodes: 0, free_inodes: 0, id: 0 };
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
            ("", hangs(), "CRITICAL mount-hangs: hangs (ext4): it does not answer"),
            ("-t 5:unknown", hangs(), "UNKNOWN mount-hangs: hangs (ext4): it does not answer"),
            ("", broken(), "CRITICAL mount-broken: does not work (ext4): stale file handle"),
            (
                "--unreachable-state warning",
                broken(),
                "WARNING mount-broken: does not work (ext4): stale file handle",
            ),
            (
                "",
                Room::Skipped("permission denied".to_owned()),
                "OK disk-usage: was not looked at: permission denied",
            ),
            (
                "--fs-type ext4",
                Room::Skipped("permission denied".to_owned()),
                "UNKNOWN not-looked-at: was not looked at: permission denied",
            ),
            (
                "--mount /",
                Room::Skipped("permission denied".to_owned()),
                "UNKNOWN not-looked-at: was not looked at: permission denied",
            ),
        ] {
            assert_eq!(says(words, room), said);
        }
    }

    #[test]
    fn unknown_nothing_that_may_be_seen() {
        let of = |rooms: &[Room]| {
            let args: Args = parse(["check_host_resources".into()]).expect("options");
            let config = Config::new(&args).expect("a configuration");
            let mut verdict = Verdict::default();
            let one = |room: &Room| FileSystem { room: room.clone(), ..plain() };
            let file_systems: Vec<FileSystem> = rooms.iter().map(one).collect();
            judge(&config, &file_systems, &mut verdict);
            let last = verdict.findings.last().map(|it| (it.state, it.text.clone()));
            last.expect("a finding")
        };
        let hidden = || Room::Skipped("permission denied".to_owned());
        let none = "no file system was looked at: this user may see none of them";
        assert_eq!(of(&[hidden(), hidden()]), (State::Unknown, none.to_owned()));
        let none = "no file system was looked at: none is mounted, or the options leave all out";
        assert_eq!(of(&[]), (State::Unknown, none.to_owned()));
        let space = Space { used: 1, available: 9, inodes: 0, free_inodes: 0, id: 0 };
        assert_eq!(of(&[hidden(), Room::Is(space)]).0, State::Ok);
    }

    #[test]
    fn warning_and_critical_by_what_is_in_use() {
        let says = |words: &str, left: u64| {
            let words = format!("check_host_resources --only disk,inodes {words}");
            let args: Args = parse(words.split_whitespace().map(Into::into)).expect("options");
            let config = Config::new(&args).expect("a configuration");
            let space =
                Space { used: 100 - left, available: left, inodes: 100, free_inodes: left, id: 0 };
            let file_system = FileSystem { room: Room::Is(space), ..plain() };
            let mut verdict = Verdict::default();
            judge(&config, &[file_system], &mut verdict);
            let line = |it: &Finding| format!("[{}] {}: {}", it.state, it.code, it.text);
            verdict.findings.iter().map(line).collect::<Vec<_>>()
        };
        assert_eq!(
            says("", 15),
            [
                "[WARNING] disk-usage: 85.0% in use, 15 B available (range 80%)",
                "[WARNING] inodes-usage: 85.0% of the inodes in use (range 80%)",
            ]
        );
        assert_eq!(
            says("--disk-critical 95% --inodes-critical 84%", 15),
            [
                "[WARNING] disk-usage: 85.0% in use, 15 B available (range 80%)",
                "[CRITICAL] inodes-usage: 85.0% of the inodes in use (range 84%)",
            ]
        );
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
