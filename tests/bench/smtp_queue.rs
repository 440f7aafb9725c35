//! `check_smtp_queue` beside `check_mailq`, and beside what else counts a queue.
//!
//! What Postfix's showq does for those who ask it is not in their CPU time: it is another process.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    os::unix::{
        fs::{MetadataExt, chown},
        net::UnixStream,
    },
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use mailhost_tests::{Account, Unavailable};

use crate::{
    measure::{Cost, Run, Tools, instructions},
    message::Message,
    mtas::postfix::{Postfix, Relay, Settings},
    ours,
};

/// Measures and prints the tables.
pub(crate) fn run(tools: &Tools) -> Result<(), Unavailable> {
    let settings = Settings {
        relay: Relay::Deferred,
        more_packages: &["monitoring-plugins-standard", "perl"],
        ..Settings::default()
    };
    let postfix = Postfix::start(&settings)?;
    let queue = postfix.queue();
    queue.fill(&Message::default(), 1);
    queue.settled();
    let spool = queue.directory();
    // The first run copies it there.
    drop(postfix.root().plugin(Account::ROOT, "check_smtp_queue"));
    println!("{HEADING}");
    let mut messages = 1;
    for count in [1_000, 10_000, LONGEST] {
        multiply(&spool, &mut messages, count);
        assert_eq!(queue.list().len(), count, "as Postfix counts");
        of_length(tools, postfix.root().path(), &spool, count);
    }
    let plugin = ours("check_smtp_queue");
    let spool = spool.display().to_string();
    println!("\n{COUNTED}");
    for (name, arguments) in [
        ("--version", vec!["--version"]),
        ("walk, 100000 messages", [&["--queue-directory", &spool], NO_LIMITS].concat()),
    ] {
        let code = if name == "--version" { 3 } else { 0 };
        let run = Run { program: &plugin, arguments: &arguments, environment: &[], code };
        println!("| {name} | {:.3} M |", instructions(&run) / 1e6);
    }
    let size = fs::metadata(&plugin).expect("the plugin is there").len();
    println!("\ncheck_smtp_queue: {size} bytes");
    Ok(())
}

fn of_length(tools: &Tools, root: &Path, spool: &Path, count: usize) {
    let chroot = PathBuf::from("/usr/sbin/chroot");
    let root = root.display().to_string();
    let deferred = spool.join("deferred").display().to_string();
    let inside = |words: &[&'static str]| {
        [&[root.as_str()], words].concat().into_iter().map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let plugin = |words: &[&'static str]| {
        inside(&[&["/opt/mailhost/check_smtp_queue", "-t", "60"], words, NO_LIMITS].concat())
    };
    let check_mailq = "/usr/lib/nagios/plugins/check_mailq";
    let limits = ["-M", "postfix", "-w", "999998", "-c", "999999", "-t", "60"];
    let commands = [
        ("check_mailq", inside(&[&[check_mailq], &limits[..]].concat())),
        ("postqueue -j", inside(&["/usr/sbin/postqueue", "-j"])),
        ("qshape deferred", inside(&["/usr/sbin/qshape", "deferred"])),
        ("find -type f", vec![deferred, "-type".to_owned(), "f".to_owned()]),
        (WALK, plugin(&["--via", "walk"])),
        (COUNT, plugin(&["--via", "walk", "--count-only"])),
        (SOCKET, plugin(&["--via", "socket"])),
        ("check_smtp_queue, socket, --top 5", plugin(&["--via", "socket", "--top", "5"])),
        ("check_smtp_queue, command", plugin(&["--via", "command"])),
    ];
    let find = PathBuf::from("/usr/bin/find");
    let arguments: Vec<Vec<&str>> =
        commands.iter().map(|(_, words)| words.iter().map(String::as_str).collect()).collect();
    let path = [("PATH", Path::new("/usr/sbin:/usr/bin:/sbin:/bin"))];
    let runs: Vec<Run> = commands
        .iter()
        .zip(&arguments)
        .map(|((name, _), arguments)| Run {
            program: if name.starts_with("find") { &find } else { &chroot },
            arguments,
            environment: &path,
            code: 0,
        })
        .collect();
    let costs = tools.time(&runs, ROUNDS);
    let alone = (0..3).map(|_| listing_time(spool)).fold(f64::INFINITY, f64::min);
    let (mailq, found) = (&costs[0], &costs[3]);
    for ((name, _), cost) in commands.iter().zip(&costs) {
        let bound = match *name {
            WALK => Some((mailq.wall / cost.wall, QUICKER)),
            COUNT => Some((found.wall / cost.wall, 1.0 / OF_FIND)),
            SOCKET => Some((alone / cost.wall, 1.0 / OF_SHOWQ)),
            _ => None,
        };
        println!("{}", row(count, name, cost, [mailq, found], bound));
    }
    println!("| {count} | showq's list, read and thrown away | {alone:.3} s | | | | | |");
}

fn row(
    count: usize,
    name: &str,
    cost: &Cost,
    [mailq, found]: [&Cost; 2],
    bound: Option<(f64, f64)>,
) -> String {
    // The bounds are for a long queue: a short one takes less time than a process to start.
    let verdict = match bound.filter(|_| count == LONGEST) {
        Some((speed, least)) if speed >= least && cost.memory <= MEMORY => "kept",
        Some(_) => "**not kept**",
        None => "",
    };
    format!(
        "| {count} | {name} | {:.3} s | {:.1} x | {:.2} x | {:.3} s | {:.1} MB | {verdict} |",
        cost.wall,
        mailq.wall / cost.wall,
        cost.wall / found.wall,
        cost.cpu,
        cost.memory / 1e6,
    )
}

/// Seconds that showq takes to list the queue to somebody who only reads.
fn listing_time(spool: &Path) -> f64 {
    let started = Instant::now();
    let mut showq = UnixStream::connect(spool.join("public/showq")).expect("connect to showq");
    io::copy(&mut showq, &mut io::sink()).expect("read showq's list");
    started.elapsed().as_secs_f64()
}

/// Makes many deferred messages of the first one: Postfix would need minutes to fail so many.
///
/// The next attempt at each is a day away, so that the queue manager leaves them alone.
fn multiply(spool: &Path, messages: &mut usize, count: usize) {
    let [queued, log] = ["deferred", "defer"].map(|queue| first_file(&spool.join(queue)));
    let tomorrow = SystemTime::now() + Duration::from_hours(24);
    while *messages < count {
        // A short id: microseconds in five digits, then an inode.
        let id = format!("{:05X}{:X}", *messages * 7919 % 1_000_000, 0xABC_0000 + *messages);
        for (queue, original) in [("defer", &log), ("deferred", &queued)] {
            let hashed = spool.join(queue).join(&id[..1]);
            if !hashed.is_dir() {
                fs::create_dir(&hashed).expect("make a hash directory");
                take_owner(original.parent().expect("it is in a directory").as_os_str(), &hashed);
            }
            let copy = hashed.join(&id);
            fs::copy(original, &copy).expect("copy a queue file");
            take_owner(original.as_os_str(), &copy);
            let file = File::options().write(true).open(&copy).expect("open the copy");
            file.set_modified(tomorrow).expect("put its attempt off");
        }
        *messages += 1;
    }
}

fn take_owner(from: &OsStr, to: &Path) {
    let owner = fs::metadata(from).expect("the original is there");
    chown(to, Some(owner.uid()), Some(owner.gid())).expect("give it to Postfix");
}

/// The first file below a hashed queue.
fn first_file(queue: &Path) -> PathBuf {
    let hashed = fs::read_dir(queue).expect("read a queue").filter_map(Result::ok);
    let mut files =
        hashed.flat_map(|entry| fs::read_dir(entry.path()).expect("read its directory"));
    files.next().expect("a message is there").expect("and can be named").path()
}

const WALK: &str = "check_smtp_queue, walk";
const COUNT: &str = "check_smtp_queue, walk, --count-only";
const SOCKET: &str = "check_smtp_queue, socket";
/// Each run takes seconds, twice.
const ROUNDS: u32 = 3;
/// Messages of the queue that the bounds are for.
const LONGEST: usize = 100_000;
/// How much quicker than `check_mailq` a walk has to be.
const QUICKER: f64 = 15.0;
/// How long counting may take, as a multiple of find's time.
const OF_FIND: f64 = 1.3;
/// How long reading showq's list may take, as a multiple of the time that showq takes for it.
const OF_SHOWQ: f64 = 1.1;
/// Bytes resident at the peak.
const MEMORY: f64 = 6e6;
const COUNTED: &str = "\
| run | instructions |
|---|---:|";
const HEADING: &str = "\
| messages | command | wall | quicker than check_mailq | of find's time | CPU | peak memory | bound |
|---:|---|---:|---:|---:|---:|---:|---|";
/// The default limits would make the queue CRITICAL, which it is not here; and no state is kept.
const NO_LIMITS: &[&str] =
    &["--send-warning", "~:", "--send-critical", "~:", "--state-dir", "/nonexistent/state"];
