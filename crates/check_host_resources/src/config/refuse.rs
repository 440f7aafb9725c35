//! Options that nothing would come of, refused with what to write instead.

use mailhost_core::plugin::Failure;

use crate::args::{Args, MOUNTS, Part, WATCHED};

/// Refuses ranges of parts that are not looked at: they would never alert.
pub(super) fn of_other_parts(args: &Args, parts: &[Part]) -> Result<(), Failure> {
    for (option, wanted) in given(args) {
        if !wanted.iter().any(|part| parts.contains(part)) {
            let names: Vec<&str> = wanted.iter().map(|part| part.name()).collect();
            let names = names.join(" or ");
            return Err(Failure::usage(format!(
                "{option} is about {names}, which is not looked at: name it with --only"
            )));
        }
    }
    Ok(())
}

/// The options that were given and that only some parts heed, with these.
fn given(args: &Args) -> impl Iterator<Item = (&'static str, &'static [Part])> {
    let (limits, mounts) = (&args.limits, &args.mounts);
    [
        ("--interval", args.interval.is_some(), WATCHED),
        ("--since-last-run", args.since_last_run, WATCHED),
        ("--sustained", args.sustained.is_some(), WATCHED),
        ("--mount", !mounts.mount.is_empty(), MOUNTS),
        ("--include-mount", !mounts.include_mount.is_empty(), MOUNTS),
        ("--exclude-mount", !mounts.exclude_mount.is_empty(), MOUNTS),
        ("--fs-type", !mounts.fs_type.is_empty(), MOUNTS),
        ("--exclude-fs-type", !mounts.exclude_fs_type.is_empty(), MOUNTS),
        ("--cpu-warning", limits.cpu_warning.is_some(), &[Part::Cpu][..]),
        ("--cpu-critical", limits.cpu_critical.is_some(), &[Part::Cpu][..]),
        ("--iowait-warning", limits.iowait_warning.is_some(), &[Part::Cpu][..]),
        ("--iowait-critical", limits.iowait_critical.is_some(), &[Part::Cpu][..]),
        ("--steal-warning", limits.steal_warning.is_some(), &[Part::Cpu][..]),
        ("--steal-critical", limits.steal_critical.is_some(), &[Part::Cpu][..]),
        ("--memory-warning", limits.memory_warning.is_some(), &[Part::Memory][..]),
        ("--memory-critical", limits.memory_critical.is_some(), &[Part::Memory][..]),
        ("--swap-warning", limits.swap_warning.is_some(), &[Part::Swap][..]),
        ("--swap-critical", limits.swap_critical.is_some(), &[Part::Swap][..]),
        ("--disk-warning", limits.disk_warning.is_some(), &[Part::Disk][..]),
        ("--disk-critical", limits.disk_critical.is_some(), &[Part::Disk][..]),
        ("--disk-free-warning", limits.disk_free_warning.is_some(), &[Part::Disk][..]),
        ("--disk-free-critical", limits.disk_free_critical.is_some(), &[Part::Disk][..]),
        ("--full-in-warning", limits.full_in_warning.is_some(), &[Part::Disk][..]),
        ("--full-in-critical", limits.full_in_critical.is_some(), &[Part::Disk][..]),
        ("--inodes-warning", limits.inodes_warning.is_some(), &[Part::Inodes][..]),
        ("--inodes-critical", limits.inodes_critical.is_some(), &[Part::Inodes][..]),
        ("--load-warning", limits.load_warning.is_some(), &[Part::Load][..]),
        ("--load-critical", limits.load_critical.is_some(), &[Part::Load][..]),
        ("--load1-warning", limits.load1_warning.is_some(), &[Part::Load][..]),
        ("--load1-critical", limits.load1_critical.is_some(), &[Part::Load][..]),
        ("--load5-warning", limits.load5_warning.is_some(), &[Part::Load][..]),
        ("--load5-critical", limits.load5_critical.is_some(), &[Part::Load][..]),
        ("--pressure-warning", limits.pressure_warning.is_some(), &[Part::Pressure][..]),
        ("--pressure-critical", limits.pressure_critical.is_some(), &[Part::Pressure][..]),
        ("--open-files-warning", limits.open_files_warning.is_some(), &[Part::OpenFiles][..]),
        ("--open-files-critical", limits.open_files_critical.is_some(), &[Part::OpenFiles][..]),
        ("--disk-busy-warning", limits.disk_busy_warning.is_some(), &[Part::DiskIo][..]),
        ("--disk-busy-critical", limits.disk_busy_critical.is_some(), &[Part::DiskIo][..]),
        ("--disk-await-warning", limits.disk_await_warning.is_some(), &[Part::DiskIo][..]),
        ("--disk-await-critical", limits.disk_await_critical.is_some(), &[Part::DiskIo][..]),
        ("--network-errors-warning", limits.network_errors_warning.is_some(), &[Part::Network][..]),
        (
            "--network-errors-critical",
            limits.network_errors_critical.is_some(),
            &[Part::Network][..],
        ),
        ("--network-drops-warning", limits.network_drops_warning.is_some(), &[Part::Network][..]),
        ("--network-drops-critical", limits.network_drops_critical.is_some(), &[Part::Network][..]),
        ("--network-warning", limits.network_warning.is_some(), &[Part::Network][..]),
        ("--network-critical", limits.network_critical.is_some(), &[Part::Network][..]),
        ("--clock-warning", limits.clock_warning.is_some(), &[Part::Clock][..]),
        ("--clock-critical", limits.clock_critical.is_some(), &[Part::Clock][..]),
    ]
    .into_iter()
    .filter(|(_, is_given, _)| *is_given)
    .map(|(option, _, parts)| (option, parts))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn unknown_every_option_of_a_part_is_refused_without_it() {
        let command = Args::command();
        let headings = ["Thresholds", "File systems"];
        let of_parts = command
            .get_arguments()
            .filter(|it| it.get_help_heading().is_some_and(|heading| headings.contains(&heading)));
        let mut count = 0;
        for option in of_parts.filter_map(|it| it.get_long()) {
            count += 1;
            // What every kind of option takes, so that it is not refused for that.
            let value = ["1", "1m", "/", "10GB:"].into_iter().find_map(|value| {
                let words = ["check_host_resources", "--unit", "a", &format!("--{option}"), value]
                    .map(Into::into);
                mailhost_core::plugin::parse::<Args>(words).ok()
            });
            let args = value.expect(option);
            let refused =
                of_other_parts(&args, &[]).err().map(|it| it.to_string()).unwrap_or_default();
            assert!(refused.starts_with(&format!("--{option} is about ")), "{option}: {refused}");
        }
        assert!(count > 40, "{count}");
    }
}
