//! What the plugin measures.

use mailhost_core::contract::{MetricSpec, Unit};

const fn percent(name: &'static str, meaning: &'static str) -> MetricSpec {
    MetricSpec { name, unit: Unit::Percent, min: Some(0.0), max: Some(100.0), meaning }
}

const fn metric(name: &'static str, unit: Unit, meaning: &'static str) -> MetricSpec {
    MetricSpec { name, unit, min: Some(0.0), max: None, meaning }
}

pub(crate) static CPU_USED: MetricSpec =
    percent("cpu_used", "Processor time in use, without waiting for disks and without steal");
pub(crate) static CPU_IOWAIT: MetricSpec =
    percent("cpu_iowait", "Processor time in which processes waited for disks");
pub(crate) static CPU_STEAL: MetricSpec =
    percent("cpu_steal", "Processor time that the host of a virtual machine gave to others");
pub(crate) static MEMORY_USED: MetricSpec =
    percent("memory_used", "Memory that cannot be had without swapping");
pub(crate) static MEMORY_AVAILABLE: MetricSpec =
    metric("memory_available", Unit::Bytes, "Memory that can be had without swapping");
pub(crate) static MEMORY_LIMIT_USED: MetricSpec = percent(
    "memory_limit_used",
    "Memory in use of what the control groups of this process let it have",
);
pub(crate) static MEMORY_LIMIT: MetricSpec = metric(
    "memory_limit",
    Unit::Bytes,
    "Memory that the control groups of this process let it have; none without a limit",
);
pub(crate) static ECC_CORRECTED: MetricSpec = metric(
    "ecc_corrected",
    Unit::Count,
    "Errors of the memory that were corrected, since the start; none where nobody counts",
);
pub(crate) static ECC_UNCORRECTED: MetricSpec =
    metric("ecc_uncorrected", Unit::Count, "Errors of the memory that could not be corrected");
pub(crate) static SWAP_USED: MetricSpec = percent("swap_used", "Swap in use; none without swap");
pub(crate) static DISK_USED: MetricSpec =
    percent("disk_used", "Space of a file system in use, as df has it");
pub(crate) static DISK_FREE: MetricSpec =
    metric("disk_free", Unit::Bytes, "Space of a file system that a user can have");
pub(crate) static FULL_IN: MetricSpec = metric(
    "full_in",
    Unit::Seconds,
    "When a file system is full, as fast as it fills; none where it does not, or nobody knows",
);
pub(crate) static INODES_USED: MetricSpec =
    percent("inodes_used", "Inodes of a file system in use");
pub(crate) static LOAD1: MetricSpec =
    metric("load1", Unit::Count, "Load of one minute, of all processors");
pub(crate) static LOAD5: MetricSpec = metric("load5", Unit::Count, "Load of five minutes");
pub(crate) static LOAD15: MetricSpec = metric("load15", Unit::Count, "Load of 15 minutes");
pub(crate) static CORE_LOAD1: MetricSpec =
    metric("core_load1", Unit::Count, "Load of one minute for each processor");
pub(crate) static CORE_LOAD5: MetricSpec =
    metric("core_load5", Unit::Count, "Load of five minutes for each processor");
pub(crate) static CORE_LOAD15: MetricSpec =
    metric("core_load15", Unit::Count, "Load of 15 minutes for each processor");
/// Over 10, 60 and 300 seconds.
pub(crate) static CPU_PRESSURE: [MetricSpec; 3] = [
    percent(
        "cpu_pressure10",
        "Time of the last 10 s in which something waited for the processor (PSI)",
    ),
    percent(
        "cpu_pressure60",
        "Time of the last minute in which something waited for the processor (PSI)",
    ),
    percent(
        "cpu_pressure300",
        "Time of the last five minutes in which something waited for the processor (PSI)",
    ),
];
pub(crate) static MEMORY_PRESSURE: [MetricSpec; 3] = [
    percent(
        "memory_pressure10",
        "Time of the last 10 s in which something waited for memory (PSI)",
    ),
    percent(
        "memory_pressure60",
        "Time of the last minute in which something waited for memory (PSI)",
    ),
    percent(
        "memory_pressure300",
        "Time of the last five minutes in which something waited for memory (PSI)",
    ),
];
pub(crate) static IO_PRESSURE: [MetricSpec; 3] = [
    percent("io_pressure10", "Time of the last 10 s in which something waited for a disk (PSI)"),
    percent("io_pressure60", "Time of the last minute in which something waited for a disk (PSI)"),
    percent(
        "io_pressure300",
        "Time of the last five minutes in which something waited for a disk (PSI)",
    ),
];
pub(crate) static NETWORK_ERRORS: MetricSpec =
    metric("net_errors", Unit::Count, "Damaged packets of an interface, a second");
pub(crate) static NETWORK_DROPS: MetricSpec = metric(
    "net_drops",
    Unit::Count,
    "Packets of an interface that there was no room for, a second",
);
pub(crate) static NETWORK_IN: MetricSpec =
    metric("net_in", Unit::Bytes, "Bytes that came in at an interface, a second");
pub(crate) static NETWORK_OUT: MetricSpec =
    metric("net_out", Unit::Bytes, "Bytes that went out at an interface, a second");
pub(crate) static NETWORK_USED: MetricSpec = percent(
    "net_used",
    "What goes through an interface in one direction, of what the link can carry, where that is known",
);
pub(crate) static DISK_BUSY: MetricSpec =
    percent("disk_busy", "Time in which a disk had anything to do");
pub(crate) static DISK_AWAIT: MetricSpec = metric(
    "disk_await",
    Unit::Seconds,
    "How long a read or write of a disk took, waiting in the queue too; none where there was none",
);
pub(crate) static PROCESSES: MetricSpec =
    metric("procs", Unit::Count, "Processes of a name that --process gives, without zombies");
pub(crate) static RSS: MetricSpec = metric(
    "rss",
    Unit::Bytes,
    "Memory of the processes of a name; what they share is counted in each",
);
pub(crate) static RSS_MAX: MetricSpec = metric(
    "rss_max",
    Unit::Bytes,
    "Memory of the largest process of a name, or of the one that breaks a range",
);
pub(crate) static VSZ_MAX: MetricSpec = metric(
    "vsz_max",
    Unit::Bytes,
    "Addresses of the process of a name that has most, or that breaks a range",
);
pub(crate) static THREADS: MetricSpec = metric(
    "threads",
    Unit::Count,
    "Threads of the process of a name that has most, or that breaks a range",
);
pub(crate) static AGE: MetricSpec = metric(
    "age",
    Unit::Seconds,
    "How long the oldest process of a name has been running, or the one that breaks a range",
);
pub(crate) static BLOCKED: MetricSpec = metric(
    "blocked",
    Unit::Count,
    "Processes of a name that wait in the kernel, mostly for a disk",
);
pub(crate) static ZOMBIES: MetricSpec =
    metric("zombies", Unit::Count, "Processes of a name that have ended and nobody took note");
pub(crate) static SHARE: MetricSpec = MetricSpec {
    name: "share",
    unit: Unit::Percent,
    min: Some(0.0),
    max: None,
    meaning: "Processes of a name, of as many as --process-max says",
};
pub(crate) static GROWTH: MetricSpec = MetricSpec {
    name: "growth",
    unit: Unit::Bytes,
    min: None,
    max: None,
    meaning: "Memory by which the processes of a name grow in an hour; known after half an hour",
};
pub(crate) static UNIT_ACTIVE: MetricSpec =
    metric("active", Unit::Count, "1 of a unit that is active, else 0");
pub(crate) static UNIT_RESTARTS: MetricSpec = metric(
    "restarts",
    Unit::Count,
    "How often systemd has started a unit again since somebody started it",
);
pub(crate) static PORTS_CLOSED: MetricSpec =
    metric("ports_closed", Unit::Count, "Ports of --listening on which nothing listens");
pub(crate) static PORTS_OPEN: MetricSpec = metric(
    "ports_open",
    Unit::Count,
    "Ports that others can reach and that --only-listening does not name",
);
pub(crate) static CONNECTIONS_IN: MetricSpec =
    metric("established", Unit::Count, "Connections that are established on a port");
pub(crate) static CONNECTIONS_OUT: MetricSpec =
    metric("outgoing", Unit::Count, "Connections to a port of other machines");
pub(crate) static OPEN_FILES: MetricSpec =
    percent("open_files", "Open files of all processes, of as many as there may be");
pub(crate) static RAID_MISSING: MetricSpec =
    metric("missing", Unit::Count, "Disks that an array should have and that do not work");
pub(crate) static CLOCK_OFFSET: MetricSpec = metric(
    "clock_offset",
    Unit::Seconds,
    "How wrong the clock is by the kernel's own estimate; none where it is not synchronised",
);
pub(crate) static CLOCK_ERROR: MetricSpec =
    metric("clock_error", Unit::Seconds, "How wrong the clock is at the most");
pub(crate) static TIME: MetricSpec = metric("time", Unit::Seconds, "The whole run");

/// All of them, in the order in which they are printed.
pub static METRICS: &[&MetricSpec] = &[
    &CPU_USED,
    &CPU_IOWAIT,
    &CPU_STEAL,
    &MEMORY_USED,
    &MEMORY_AVAILABLE,
    &MEMORY_LIMIT_USED,
    &MEMORY_LIMIT,
    &ECC_CORRECTED,
    &ECC_UNCORRECTED,
    &SWAP_USED,
    &DISK_USED,
    &DISK_FREE,
    &FULL_IN,
    &INODES_USED,
    &LOAD1,
    &LOAD5,
    &LOAD15,
    &CORE_LOAD1,
    &CORE_LOAD5,
    &CORE_LOAD15,
    &NETWORK_ERRORS,
    &NETWORK_DROPS,
    &NETWORK_IN,
    &NETWORK_OUT,
    &NETWORK_USED,
    &DISK_BUSY,
    &DISK_AWAIT,
    &CPU_PRESSURE[0],
    &CPU_PRESSURE[1],
    &CPU_PRESSURE[2],
    &MEMORY_PRESSURE[0],
    &MEMORY_PRESSURE[1],
    &MEMORY_PRESSURE[2],
    &IO_PRESSURE[0],
    &IO_PRESSURE[1],
    &IO_PRESSURE[2],
    &OPEN_FILES,
    &CLOCK_OFFSET,
    &CLOCK_ERROR,
    &RAID_MISSING,
    &UNIT_ACTIVE,
    &UNIT_RESTARTS,
    &PROCESSES,
    &RSS,
    &BLOCKED,
    &ZOMBIES,
    &SHARE,
    &RSS_MAX,
    &VSZ_MAX,
    &THREADS,
    &AGE,
    &GROWTH,
    &PORTS_CLOSED,
    &PORTS_OPEN,
    &CONNECTIONS_IN,
    &CONNECTIONS_OUT,
    &TIME,
];
