//! `check_host_resources` beside the C plugins that look at the same: load, file systems, swap, processes.
//!
//! A monitoring service would start all four of them; here a shell does, one after another.

use std::path::{Path, PathBuf};

use mailhost_tests::{DebianRoot, Unavailable};

use crate::{
    dns::{Bounds, HEADING, row, start_and_size, verdict},
    measure::{Cost, Run, Tools, instructions},
    ours,
};

/// Measures and prints the tables.
pub(crate) fn run(tools: &Tools, peers: &DebianRoot) -> Result<(), Unavailable> {
    // The path is built into check_procs, and a root has no /proc that ps could read.
    if !Path::new("/bin/ps").exists() {
        return Err(Unavailable::NoTool { tool: "procps" });
    }
    let directory = peers.join("/usr/lib/nagios/plugins");
    let together = format!("cd '{}' && ./{}", directory.display(), PEERS.join(" && ./"));
    let script = ["-c", &together];
    let words: Vec<Vec<&str>> = PEERS.iter().map(|line| line.split(' ').collect()).collect();
    let own: Vec<&str> = QUIET.split(' ').collect();
    let path = [("PATH", Path::new(PATH))];
    // Nothing is wrong, whatever state the machine is in: all of them do the same work each time.
    let run = |program, arguments| Run { program, arguments, environment: &path, code: 0 };
    let programs: Vec<PathBuf> = words.iter().map(|words| directory.join(words[0])).collect();
    let plugin = ours(PLUGIN);
    let mut runs = vec![run(&plugin, &own), run(Path::new("/bin/sh"), &script)];
    runs.extend(programs.iter().zip(&words).map(|(program, words)| run(program, &words[1..])));
    let costs = tools.time(&runs, ROUNDS);
    let (of_ours, of_four) = (costs[0], costs[1]);
    let most = Bounds { cpu: of_four.cpu, memory: MEMORY };
    println!("{HEADING}");
    for (words, cost) in words.iter().zip(&costs[2..]) {
        println!("{}", row(words[0], cost, None, &most));
    }
    println!("{}", row("these four, one after another", &of_four, None, &most));
    println!("{}", row(PLUGIN, &of_ours, Some(instructions(&runs[0])), &most));
    print_the_rest(&of_ours);
    Ok(())
}

/// What is a matter of this plugin alone.
fn print_the_rest(cost: &Cost) {
    println!("\n{REST}");
    let kept = verdict(cost.wall, INTERVAL + START, " s");
    println!("| a run that watches for {INTERVAL} s | {:.3} s | {kept} |", cost.wall);
    start_and_size(PLUGIN);
}

const PLUGIN: &str = "check_host_resources";
/// With ranges that nothing breaks. There need not be any swap.
const PEERS: [&str; 4] = [
    "check_load -w 10000,10000,10000 -c 10000,10000,10000",
    "check_disk -w 0% -c 0% -W 0% -K 0%",
    "check_swap -w 1% -c 0% -n ok",
    "check_procs -w 0:100000 -c 0:100000",
];
/// The usual parts; what has no range to widen is ignored.
const QUIET: &str = "--cpu-warning 0:100% --cpu-critical 0:100% --steal-warning 0:100% \
                     --memory-warning 0:100% --memory-critical 0:100% --swap-warning 0:100% \
                     --swap-critical 0:100% --disk-warning 0:100% --disk-critical 0:100% \
                     --inodes-warning 0:100% --inodes-critical 0:100% --load-warning 10000 \
                     --load-critical 10000 --ignore disk-usage --ignore disk-read-only \
                     --ignore mount-broken --ignore mount-hangs --ignore memory-limit \
                     --ignore memory-errors-corrected --ignore memory-errors-uncorrected";
const PATH: &str = "/usr/bin:/bin";
/// How often each is run.
const ROUNDS: u32 = 9;
/// Bytes.
const MEMORY: f64 = 6e6;
/// Seconds for which the processors are watched.
const INTERVAL: f64 = 0.5;
/// Seconds for everything else.
const START: f64 = 0.015;
const REST: &str = "\
| check_host_resources | measured | bound |
|---|---:|---|";
