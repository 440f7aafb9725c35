//! What the kernel writes below /proc, one file for each format (proc(5)); fstab(5), which writes names in the
//! same way, stands beside the mounts.

mod cgroup;
mod diskstats;
mod loadavg;
mod mdstat;
mod meminfo;
mod mountinfo;
mod net_dev;
mod net_tcp;
mod open_files;
mod pressure;
mod process;
mod stat;
mod uptime;

pub(crate) use cgroup::{MemoryGroup, limit, memory_group, reclaimable};
pub(crate) use diskstats::{Disk, disks};
pub(crate) use loadavg::LoadAverage;
pub(crate) use mdstat::{Array, arrays};
pub(crate) use meminfo::Memory;
pub(crate) use mountinfo::{Mount, is_proc_hidden, mounts, shown, wanted_read_only};
pub(crate) use net_dev::{Interface, interfaces};
pub(crate) use net_tcp::{Socket, Wanted, sockets};
pub(crate) use open_files::OpenFiles;
pub(crate) use pressure::Pressure;
pub(crate) use process::{File, Process, Scale};
pub(crate) use stat::{CpuTimes, Stat};
pub(crate) use uptime::uptime;
