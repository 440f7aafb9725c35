//! Measures one run of a program, several times over.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Instant,
};

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};
use tempfile::NamedTempFile;

/// A program with all that its cost depends on.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    pub(crate) program: &'a Path,
    pub(crate) arguments: &'a [&'a str],
    /// The whole environment.
    pub(crate) environment: &'a [(&'static str, &'a Path)],
    /// The exit code that shows that it did its work.
    pub(crate) code: i32,
}

/// The least that was seen of each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Executed by the whole process, the dynamic linker's part too.
    pub(crate) instructions: f64,
    /// Seconds, user and system.
    pub(crate) cpu: f64,
    /// Bytes resident at the peak.
    pub(crate) memory: f64,
    /// Seconds from start to end.
    pub(crate) wall: f64,
}

/// The programs that measure, besides valgrind.
pub(crate) struct Tools {
    /// GNU time.
    pub(crate) time: PathBuf,
}

impl Tools {
    /// Measures two runs in turn, so that whatever else the machine does hits both.
    pub(crate) fn compare(&self, pair: &[Run; 2]) -> [Cost; 2] {
        let mut least = [Cost::MOST; 2];
        for _ in 0..COUNTED_RUNS {
            for (run, least) in pair.iter().zip(&mut least) {
                least.instructions = least.instructions.min(instructions(run));
                least.memory = least.memory.min(self.memory(run));
            }
        }
        for _ in 0..TIMED_RUNS {
            for (run, least) in pair.iter().zip(&mut least) {
                let (cpu, wall) = times(run);
                least.cpu = least.cpu.min(cpu);
                least.wall = least.wall.min(wall);
            }
        }
        least
    }

    /// Measures runs in turn, some of which are too long to be counted: all but the instructions.
    pub(crate) fn time(&self, runs: &[Run], rounds: u32) -> Vec<Cost> {
        let mut least = vec![Cost::MOST; runs.len()];
        for _ in 0..rounds {
            for (run, least) in runs.iter().zip(&mut least) {
                let (cpu, wall) = times(run);
                least.cpu = least.cpu.min(cpu);
                least.wall = least.wall.min(wall);
                least.memory = least.memory.min(self.memory(run));
            }
        }
        least
    }

    /// A small program has to start the measured one: a process inherits the peak of its parent.
    fn memory(&self, run: &Run) -> f64 {
        let report = NamedTempFile::new().expect("make a file");
        let mut command = Command::new(&self.time);
        command.args(["--quiet", "--format=%M", "--output"]).arg(report.path());
        finish(run, command.arg(run.program));
        let report = fs::read_to_string(report.path()).expect("read what time wrote");
        let kibibytes: f64 = report.trim().parse().expect("a number of KiB");
        kibibytes * 1024.0
    }
}

impl Cost {
    const MOST: Cost = Cost {
        instructions: f64::INFINITY,
        cpu: f64::INFINITY,
        memory: f64::INFINITY,
        wall: f64::INFINITY,
    };
}

/// What the whole process executes, the dynamic linker's part too.
pub(crate) fn instructions(run: &Run) -> f64 {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let output = finish(run, command.arg(run.program));
    let log = String::from_utf8_lossy(&output.stderr);
    log.lines()
        .find_map(|line| line.split_once("Collected : "))
        .and_then(|(_, number)| number.trim().parse().ok())
        .unwrap_or_else(|| panic!("no count of instructions in:\n{log}"))
}

fn times(run: &Run) -> (f64, f64) {
    let before = children_cpu();
    let started = Instant::now();
    finish(run, &mut Command::new(run.program));
    (children_cpu() - before, started.elapsed().as_secs_f64())
}

fn children_cpu() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("ask for the usage of children");
    let microseconds =
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    #[expect(clippy::cast_precision_loss, reason = "less than a day")]
    let seconds = microseconds as f64 / 1e6;
    seconds
}

/// Runs the command with the run's arguments to its end, which must be the expected one.
fn finish(run: &Run, command: &mut Command) -> Output {
    let output = command
        .args(run.arguments)
        .env_clear()
        .envs(run.environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("run {command:?}: {error}"));
    assert_eq!(
        output.status.code(),
        Some(run.code),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    output
}

/// Counts hardly differ between runs.
const COUNTED_RUNS: u32 = 3;
const TIMED_RUNS: u32 = 21;
