//! What the kernel writes below /proc, one file for each format (proc(5)).

mod loadavg;
mod meminfo;
mod mountinfo;
mod open_files;
mod pressure;
mod stat;

pub(crate) use loadavg::LoadAverage;
pub(crate) use meminfo::Memory;
pub(crate) use mountinfo::{Mount, mounts};
pub(crate) use open_files::OpenFiles;
pub(crate) use pressure::Pressure;
pub(crate) use stat::{CpuTimes, Stat};
