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
pub(crate) static SWAP_USED: MetricSpec = percent("swap_used", "Swap in use; none without swap");
pub(crate) static DISK_USED: MetricSpec =
    percent("disk_used", "Space of a file system in use, as df has it");
pub(crate) static DISK_FREE: MetricSpec =
    metric("disk_free", Unit::Bytes, "Space of a file system that a user can have");
pub(crate) static INODES_USED: MetricSpec =
    percent("inodes_used", "Inodes of a file system in use");
pub(crate) static LOAD1: MetricSpec =
    metric("load1", Unit::Count, "Load of one minute, of all processors");
pub(crate) static LOAD5: MetricSpec = metric("load5", Unit::Count, "Load of five minutes");
pub(crate) static LOAD15: MetricSpec = metric("load15", Unit::Count, "Load of 15 minutes");
pub(crate) static CORE_LOAD15: MetricSpec =
    metric("core_load15", Unit::Count, "Load of 15 minutes for each processor");
/// Over 10, 60 and 300 seconds.
pub(crate) static CPU_PRESSURE: [MetricSpec; 3] = [
    percent("cpu_avg10", "Time of the last 10 s in which something waited for the processor (PSI)"),
    percent("cpu_avg60", "The same of the last minute"),
    percent("cpu_avg300", "The same of the last five minutes"),
];
pub(crate) static MEMORY_PRESSURE: [MetricSpec; 3] = [
    percent("memory_avg10", "Time of the last 10 s in which something waited for memory (PSI)"),
    percent("memory_avg60", "The same of the last minute"),
    percent("memory_avg300", "The same of the last five minutes"),
];
pub(crate) static IO_PRESSURE: [MetricSpec; 3] = [
    percent("io_avg10", "Time of the last 10 s in which something waited for a disk (PSI)"),
    percent("io_avg60", "The same of the last minute"),
    percent("io_avg300", "The same of the last five minutes"),
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
pub(crate) static NETWORK_USED: MetricSpec =
    percent("net_used", "The larger of both, of what the link can carry, where that is known");
pub(crate) static DISK_BUSY: MetricSpec =
    percent("disk_busy", "Time in which a disk had anything to do");
pub(crate) static DISK_AWAIT: MetricSpec = metric(
    "disk_await",
    Unit::Seconds,
    "How long a read or write of a disk took, waiting in the queue too; none where there was none",
);
pub(crate) static PROCESSES: MetricSpec =
    metric("procs", Unit::Count, "Processes of a name that --process gives, without zombies");
pub(crate) static PROCESS_MEMORY: MetricSpec =
    metric("procs_rss", Unit::Bytes, "Memory of these; what they share is counted in each");
pub(crate) static OPEN_FILES: MetricSpec =
    percent("open_files", "Open files of all processes, of as many as there may be");
pub(crate) static TIME: MetricSpec = metric("time", Unit::Seconds, "The whole run");

/// All of them, in the order in which they are printed.
pub static METRICS: &[&MetricSpec] = &[
    &CPU_USED,
    &CPU_IOWAIT,
    &CPU_STEAL,
    &MEMORY_USED,
    &MEMORY_AVAILABLE,
    &SWAP_USED,
    &DISK_USED,
    &DISK_FREE,
    &INODES_USED,
    &LOAD1,
    &LOAD5,
    &LOAD15,
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
    &PROCESSES,
    &PROCESS_MEMORY,
    &TIME,
];
