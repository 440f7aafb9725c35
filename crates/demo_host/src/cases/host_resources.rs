//! `check_host_resources`: the machine that this runs on, so nothing is asked that depends on how it is.

use std::fs;
use std::io;
use std::net::{TcpListener, TcpStream};

use demo_host::smtp::Script;

use super::{Act, Case, Plugin};
use crate::stage::Stage;
use crate::state::State;

pub(super) const PLUGIN: Plugin = Plugin {
    name: "check_host_resources",
    first_try: "-v",
    stage,
    acts: &[
        Act { question: "Is the machine itself what holds the mail up?", cases: MACHINE },
        Act { question: "Do the mail services run, and who is connected?", cases: SERVICES },
    ],
};

const MACHINE: &[Case] = &[
    Case {
        title: "Your own machine, with ranges that nothing breaks",
        args: "--only cpu,memory,load --cpu-warning 0:100% --cpu-critical 0:100% \
               --steal-warning 0:100% --memory-warning 0:100% --memory-critical 0:100% \
               --load-warning 0: --load-critical 0: --ignore memory-limit \
               --ignore memory-errors-corrected --ignore memory-errors-uncorrected",
        expected: State::Ok,
        says: "HOST RESOURCES OK - memory ",
    },
    Case {
        title: "The disk of the spool is not mounted: mail would go below its mount point",
        args: "--only disk,inodes --mount {spool}",
        expected: State::Critical,
        says: " is not mounted",
    },
    Case {
        title: "A range that would alert when there is room is not taken",
        args: "--only disk --mount /var/spool,10GB,5GB",
        expected: State::Unknown,
        says: "this alerts when more is left; write 10GB: for less",
    },
];

const SERVICES: &[Case] = &[
    Case {
        title: "A process and a port that are there",
        args: "--process {own} --listening {smtp}",
        expected: State::Ok,
        says: " is open",
    },
    Case {
        title: "Submission is closed",
        args: "--listening {smtp},{closed}",
        expected: State::Warning,
        says: "nothing listens on port ",
    },
    Case {
        title: "A daemon that is gone",
        args: "--process {own},postfix-is-gone",
        expected: State::Critical,
        says: "postfix-is-gone does not run",
    },
    Case {
        title: "Somebody holds connections open",
        args: "--established {flooded}=5:20",
        expected: State::Critical,
        says: " has 25 connections (range 20)",
    },
];

fn stage() -> io::Result<Stage> {
    let mut stage = Stage::new()?;
    stage.mail("smtp", Script::default())?;
    stage.refused("closed")?;
    let spool = stage.directory().join("spool");
    fs::create_dir(&spool)?;
    stage.hold("spool", &spool.display(), ());
    // Of its own name the kernel keeps 15 characters.
    let own = fs::read_to_string("/proc/self/comm")?;
    stage.hold("own", &own.trim(), ());
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let mut held = Vec::new();
    for _ in 0..25 {
        held.push((TcpStream::connect(("127.0.0.1", port))?, listener.accept()?));
    }
    stage.hold("flooded", &port, (listener, held));
    Ok(stage)
}
