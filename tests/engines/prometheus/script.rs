//! The packaged script where something is wrong: no right, no room, no plugin, no sense in the list.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use mailhost_tests::packages::text;
use mailhost_tests::{Account, World, skip};

use super::{LIST, Machine, RESULTS, SCRIPT, Said};

#[test]
fn ok_any_state_is_a_result_and_no_failure() {
    let Some(machine) = machine("engines/textfile-states") else { return };
    // What a run of root's has left, which was killed; one of the checks is in the list no longer.
    for name in ["a", "gone"] {
        let half = format!("{RESULTS}/.mailhost_{name}.new");
        machine.root.write(&half, "mailhost_", 0o644).expect("half a result");
    }
    for code in [0, 1, 2, 3] {
        plugin(&machine, "says", &format!("{GOOD}; exit {code}"));
        machine.run("a 1m /opt/fake/says\n").is_well();
        assert_eq!(machine.left("a").as_deref(), Some(whole().as_str()), "{code}");
        fs::remove_file(machine.file("a")).expect("it is due again");
    }
    let left = fs::read_dir(machine.root.join(RESULTS)).expect("the directory");
    let left: Vec<_> = left.map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(left, ["mailhost_textfile.prom"], "nothing half is left");
}

/// As the package is installed: the message is the way out.
#[test]
fn critical_a_directory_that_is_somebody_elses_is_said_with_what_to_do() {
    let machine = match Machine::installed() {
        Ok(machine) => machine,
        Err(reason) => return skip("engines/textfile-right", reason),
    };
    plugin(&machine, "says", GOOD);
    let said = machine.run("a 1m /opt/fake/says\n");
    let todo = format!("chown prometheus {RESULTS}");
    said.complains(&[&format!(
        "mailhost-textfile: prometheus cannot write into {RESULTS}: {todo}"
    )]);
    let words: Vec<&str> = todo.split(' ').collect();
    machine.root.run(words[0], &words[1..]).expect("what it said");
    machine.run("a 1m /opt/fake/says\n").is_well();
    assert_eq!(machine.left("a"), Some(whole()));

    // The shell that runs it would say no more than that it cannot open something.
    machine.root.run("chmod", &["300", RESULTS]).expect("nobody may look into it");
    let said = machine.run("a 1m /opt/fake/says\n");
    let todo = format!("chmod a+rx {RESULTS}");
    said.complains(&[&format!("mailhost-textfile: prometheus cannot read {RESULTS}: {todo}")]);
    let words: Vec<&str> = todo.split(' ').collect();
    machine.root.run(words[0], &words[1..]).expect("what it said");
    machine.run("a 1m /opt/fake/says\n").is_well();

    fs::remove_file(machine.root.join(LIST)).expect("no list");
    let said = Said::of(machine.script(Account::user("prometheus")).output());
    said.complains(&[&format!("mailhost-textfile: cannot read {LIST}")]);
}

/// The list of the package is ready to be used, by users who have never edited it.
#[test]
fn ok_the_packaged_list_is_understood() {
    let Some(machine) = machine("engines/textfile-list") else { return };
    let list = fs::read_to_string(machine.root.join(LIST)).expect("the packaged list");
    machine.run(&list).is_well();
    let bad = "mailhost_textfile_bad_lines 0\n";
    assert!(machine.left("textfile").is_some_and(|text| text.ends_with(bad)));
    for name in ["queue", "host", "smtp"] {
        assert!(machine.left(name).is_some_and(|text| text.contains("_state{check=")), "{name}");
    }
}

#[test]
fn unknown_a_check_that_says_nothing_takes_its_old_result_along() {
    let Some(machine) = machine("engines/textfile-dead") else { return };
    let half = format!("{GOOD}; printf 'mailhost_fake_x{{a=\"'");
    let binary = format!("{GOOD}; printf 'mailhost_fake_x{{a=\"\\377\"}} 1\\n'");
    let much = "mailhost_fake_x{a=\"b\"} 1\n".repeat(600_000);
    machine.root.write("/tmp/much", much, 0o644).expect("what is said");
    let unfit = "a does not speak Prometheus: run it by hand (/opt/fake/says -x)";
    for (body, why) in [
        ("kill -KILL $$", "a: killed by a signal, or said more than 1000 kB".to_owned()),
        ("exit 0", unfit.replacen("a ", "a: ", 1)),
        ("echo '{}'; exit 2", unfit.replacen("a ", "a: ", 1)),
        ("echo 'X OK - fine | a=1'", unfit.replacen("a ", "a: ", 1)),
        ("exit 255", "a: ended with a code that no check has".to_owned()),
        // node_exporter would serve nothing of such a file, and would not say whose it is.
        (&half, unfit.replacen("a ", "a: ", 1)),
        (&binary, unfit.replacen("a ", "a: ", 1)),
        // 16 MB of it: the rest is not waited for.
        ("exec cat /tmp/much", "a: killed by a signal, or said more than 1000 kB".to_owned()),
    ] {
        plugin(&machine, "says", GOOD);
        machine.run("a 1m /opt/fake/says -x\n").is_well();
        make_old(&machine, "a", 61);
        plugin(&machine, "says", body);
        let said = machine.run("a 1m /opt/fake/says -x\n");
        assert_eq!(said.code, Some(1), "{body}");
        let own = said.stderr.lines().find(|line| line.starts_with("mailhost-textfile: "));
        assert_eq!(own, Some(format!("mailhost-textfile: {why}").as_str()), "{body}");
        assert_eq!(machine.left("a").as_deref(), Some(SILENT), "{body}");
        // It is tried again at once, not in an interval's time.
        plugin(&machine, "says", GOOD);
        machine.run("a 1m /opt/fake/says -x\n").is_well();
        assert_eq!(machine.left("a"), Some(whole()), "{body}");
        fs::remove_file(machine.file("a")).expect("the next starts anew");
    }
    let said = machine.run("a 1m /opt/fake/gone\n");
    said.complains(&[
        "xargs: /opt/fake/gone: No such file or directory",
        "mailhost-textfile: a: /opt/fake/gone cannot be run",
    ]);
    assert_eq!(machine.left("a").as_deref(), Some(SILENT));
}

#[test]
fn unknown_a_check_that_hangs_is_killed_and_the_others_go_on() {
    let Some(machine) = machine("engines/textfile-hangs") else { return };
    let script = fs::read_to_string(machine.root.join(SCRIPT)).expect("the script");
    let impatient = script.replace("limit=60", "limit=1");
    assert_ne!(script, impatient);
    machine.root.write(SCRIPT, impatient, 0o755).expect("a script with less patience");
    plugin(&machine, "says", GOOD);
    // The first takes no notice of TERM, and neither does its child, which keeps stdout; the second is well,
    // and its child keeps stdout. Nobody waits for either.
    plugin(&machine, "hangs", "trap '' TERM; sleep 90");
    plugin(&machine, "leaves", &format!("sleep 90 2>/dev/null & echo $! >/tmp/child; {GOOD}"));
    let list = "a 1m /opt/fake/hangs\nb 1m /opt/fake/says\nc 1m /opt/fake/leaves\n";
    let said = machine.run(list);
    // The shell's own word comes first.
    said.complains(&["Killed", "mailhost-textfile: a: killed after 1 s"]);
    assert_eq!(machine.left("a").as_deref(), Some(SILENT));
    for name in ["b", "c"] {
        let series = format!("mailhost_fake_state{{check=\"{name}\"");
        assert!(machine.left(name).is_some_and(|text| text.contains(&series)), "{name}");
    }
    let child = fs::read_to_string(machine.root.join("/tmp/child")).expect("its number");
    let ended = Command::new("kill").arg(child.trim()).status();
    assert!(ended.expect("kill runs").success(), "the child of c was there all the time");
}

/// On the day when nothing answers, nothing has to be the first that is not run.
#[test]
fn critical_of_many_checks_that_hang_at_once_each_has_its_result() {
    let Some(machine) = machine("engines/textfile-many") else { return };
    let _world = World::around(&machine.root);
    // Accepts, in its backlog, and says nothing.
    let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = silent.local_addr().expect("its address").port();
    let body =
        "echo + >>/tmp/log; check_smtp_banner \"$@\"; code=$?; echo - >>/tmp/log; exit $code";
    plugin(&machine, "counted", body);
    let line = |n| format!("c{n} 1m /opt/fake/counted -H 127.0.0.1 -p {port} -t 1\n");
    machine.run(&(0..45).map(line).collect::<String>()).is_well();
    for n in 0..45 {
        let left = machine.left(&format!("c{n}")).expect("a result of each");
        assert!(left.contains(&format!("mailhost_check_answered{{check=\"c{n}\"}} 1\n")), "{left}");
        let state = left.lines().find(|line| line.starts_with("mailhost_smtp_banner_state{"));
        assert!(state.is_some_and(|line| line.ends_with(" 2")), "{left}");
    }
    let log = fs::read_to_string(machine.root.join("/tmp/log")).expect("who came and went");
    let (mut now, mut most) = (0, 0);
    for line in log.lines() {
        now += if line == "+" { 1 } else { -1 };
        most = most.max(now);
    }
    assert_eq!((now, most), (0, 10));
}

/// Root, who tries the list, would follow a link that the directory's owner has put there.
#[test]
fn critical_root_writes_into_no_directory_of_somebody_elses() {
    let Some(machine) = machine("engines/textfile-root") else { return };
    plugin(&machine, "says", GOOD);
    machine.root.write(LIST, "a 1m /opt/fake/says\n", 0o644).expect("a list");
    let said = Said::of(machine.script(Account::ROOT).output());
    let todo = format!("runuser -u prometheus -- {SCRIPT} {LIST} {RESULTS}");
    said.complains(&[&format!("mailhost-textfile: {RESULTS} is not root's: {todo}")]);
    assert!(machine.left("a").is_none());
    let words: Vec<&str> = todo.split(' ').collect();
    machine.root.run(words[0], &words[1..]).expect("what it said");
    assert_eq!(machine.left("a"), Some(whole()));
}

/// What never leaves a result is known all the same.
#[test]
fn ok_all_checks_of_the_list_are_named_before_the_first_runs() {
    let Some(machine) = machine("engines/textfile-first") else { return };
    plugin(&machine, "looks", &format!("cp {RESULTS}/mailhost_textfile.prom /tmp/seen; {GOOD}"));
    plugin(&machine, "says", GOOD);
    machine.run("a 1m /opt/fake/looks -x\nb 2h\t/opt/fake/says\n").is_well();
    let seen = fs::read_to_string(machine.root.join("/tmp/seen")).expect("what was there");
    assert_eq!(Some(&seen), machine.left("textfile").as_ref());
    assert_eq!(
        seen,
        "# HELP mailhost_check_interval_seconds How often the check is to be run.\n\
         # TYPE mailhost_check_interval_seconds gauge\n\
         mailhost_check_interval_seconds{check=\"a\"} 60\n\
         mailhost_check_interval_seconds{check=\"b\"} 7200\n\
         # HELP mailhost_textfile_bad_lines Lines of the list of checks that nobody understands.\n\
         # TYPE mailhost_textfile_bad_lines gauge\n\
         mailhost_textfile_bad_lines 0\n"
    );
}

/// Nothing in a line is for a shell, and what an option says arrives as it stands.
#[test]
fn ok_odd_characters_arrive_as_they_are() {
    let Some(machine) = machine("engines/textfile-odd") else { return };
    let list = "# a comment\r\n\r\n   \t\n\
        \ta\t1m /opt/fake/says -H '$(touch /tmp/ran)' ; `touch /tmp/ran` * \"a  b\" -c \"~:10\" x\\ y # z\r\n\
        b 1m /opt/fake/says\r\n\
        c 1m /opt/fake/says -f '<>|&'\r\n\
        e 1m /opt/fake/says '^/srv\\.a' \"^/srv\\.b$\" ^/srv\\.c e\\\\f it\\'s";
    plugin(&machine, "says", &format!("{GOOD}; printf '%s\\n' \"$@\" >/tmp/args.$#"));
    machine.run(list).is_well();
    let args = |count: u32| fs::read_to_string(machine.root.join(&format!("/tmp/args.{count}")));
    let ours = "--output\nprometheus\n";
    let first = "-H\n$(touch /tmp/ran)\n;\n`touch\n/tmp/ran`\n*\na  b\n-c\n~:10\nx y\n#\nz\n";
    assert_eq!(args(14).expect("arguments of a"), format!("{first}{ours}"));
    assert_eq!(args(2).expect("arguments of b"), ours);
    assert_eq!(args(4).expect("arguments of c"), format!("-f\n<>|&\n{ours}"));
    // As the packaged list says of quotes and backslashes.
    let e = "^/srv\\.a\n^/srv\\.b$\n^/srv.c\ne\\f\nit's\n";
    assert_eq!(args(7).expect("arguments of e"), format!("{e}{ours}"));
    assert!(!machine.root.join("/tmp/ran").exists());

    let said = machine.run("a 1m /opt/fake/says\nd 1m /opt/fake/says -H 'open\n");
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.starts_with("xargs: unmatched single quote"), "{}", said.stderr);
    assert_eq!(machine.left("d"), Some(SILENT.replace("\"a\"", "\"d\"")));
}

#[test]
fn unknown_lines_that_nobody_understands_are_counted_and_the_others_run() {
    let Some(machine) = machine("engines/textfile-lines") else { return };
    plugin(&machine, "says", GOOD);
    machine.run("old 1m /opt/fake/says\n").is_well();
    let list = "a 1m /opt/fake/says\n../b 1m /opt/fake/says\nc every /opt/fake/says\n\
        d 0m /opt/fake/says\na 1m /opt/fake/says\ntextfile 1m /opt/fake/says\ne 1m\nf\n";
    let long = "n".repeat(101);
    let list = format!(
        "{list}{long} 1m /opt/fake/says\ng 1m /opt/fake/says {}\nh 1m /opt/fake/says x\\\n",
        "o".repeat(10_001)
    );
    let interval = |n, word: &str| {
        format!(
            "mailhost-textfile: {LIST} line {n}: the second word is an interval, 1m or 30m or 2h: {word}"
        )
    };
    let twice = |n, name| {
        format!(
            "mailhost-textfile: {LIST} line {n}: the name is there twice, or not to be had: {name}"
        )
    };
    machine.run(&list).complains(&[
        &format!("mailhost-textfile: {LIST} line 2: a name has letters, digits, _ and -: ../b"),
        &interval(3, "every"),
        &interval(4, "0m"),
        &twice(5, "a"),
        &twice(6, "textfile"),
        &format!(
            "mailhost-textfile: {LIST} line 7: the third word is the plugin, which is missing"
        ),
        &interval(8, ""),
        &format!("mailhost-textfile: {LIST} line 9: a name has 100 characters at the most"),
        &format!(
            "mailhost-textfile: {LIST} line 10: the options have 10000 characters at the most"
        ),
        &format!("mailhost-textfile: {LIST} line 11: a line cannot end with \\"),
    ]);
    let count = |number: u32| {
        let line = format!("\nmailhost_textfile_bad_lines {number}\n");
        assert!(machine.left("textfile").is_some_and(|text| text.ends_with(&line)), "{number}");
    };
    count(10);
    assert_eq!(machine.left("a"), Some(whole()));
    // One of the lines may have been this check's: its result stays, gets old, and that is an alarm.
    assert!(machine.left("old").is_some());

    machine.run("a 1m /opt/fake/says\n").is_well();
    count(0);
    assert!(machine.left("old").is_none(), "what is no longer in the list is gone");
}

#[test]
fn ok_a_check_is_run_when_it_is_due_and_not_before() {
    let Some(machine) = machine("engines/textfile-due") else { return };
    plugin(&machine, "says", &format!("{GOOD}; echo >>/tmp/runs"));
    let runs = || fs::read_to_string(machine.root.join("/tmp/runs")).map_or(0, |text| text.len());
    for (every, age, due) in [
        ("30m", 0, false),
        ("30m", 1700, false),
        ("30m", 1780, true),
        ("2h", 7100, false),
        ("2h", 7300, true),
        ("45s", 40, true),
        ("1m", 50, true),
        // The clock was set back.
        ("30m", -3600, true),
    ] {
        let list = format!("a {every} /opt/fake/says\n");
        machine.root.run("rm", &["-f", &format!("{RESULTS}/mailhost_a.prom")]).expect("anew");
        machine.run(&list).is_well();
        make_old(&machine, "a", age);
        let before = runs();
        machine.run(&list).is_well();
        assert_eq!(runs() - before, usize::from(due), "{every} {age}");
    }
}

#[test]
fn critical_two_runs_at_once_do_not_mix() {
    let Some(machine) = machine("engines/textfile-twice") else { return };
    let go = machine.root.join("/tmp/go");
    let made = Command::new("mkfifo").args(["-m", "666"]).arg(&go).status();
    assert!(made.expect("mkfifo runs").success());
    plugin(&machine, "says", &format!(": >/tmp/begun; read -r go </tmp/go; {GOOD}"));
    machine.root.write(LIST, "a 1m /opt/fake/says\n", 0o644).expect("a list");
    let mut first = machine.script(Account::user("prometheus"));
    let mut first = first.stderr(Stdio::piped()).spawn().expect("the first");
    while !machine.root.join("/tmp/begun").exists() {
        assert!(first.try_wait().expect("its state").is_none(), "the first has ended too early");
        thread::sleep(Duration::from_millis(20));
    }
    let said = Said::of(machine.script(Account::user("prometheus")).output());
    said.complains(&[&format!("mailhost-textfile: another run is at work in {RESULTS}")]);
    assert!(machine.left("a").is_none());
    let mut pipe = fs::File::options().read(true).write(true).open(go).expect("the pipe");
    pipe.write_all(b"go\n").expect("the first goes on");
    let output = first.wait_with_output().expect("the first ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert_eq!(machine.left("a"), Some(whole()));
}

/// The old result stays, whole, and gets old; half of a new one is never there.
#[test]
fn critical_a_full_disk_leaves_what_was_there() {
    let Some(machine) = machine("engines/textfile-full") else { return };
    plugin(&machine, "says", GOOD);
    machine.root.write(LIST, "a 1s /opt/fake/says\n", 0o644).expect("a list");
    let results = machine.root.join(RESULTS);
    let script = "mount -t tmpfs -o size=16k,mode=777 tmpfs \"$1\" || exit 9\n\
        chroot \"$2\" /usr/lib/mailhost/mailhost-textfile \"$3\" \"$4\" || exit 8\n\
        cp \"$1/mailhost_a.prom\" \"$2/tmp/before\"\n\
        cat /dev/zero >\"$1/full\" 2>/dev/null\n\
        chroot \"$2\" /usr/lib/mailhost/mailhost-textfile \"$3\" \"$4\"\n\
        code=$?\n\
        cmp \"$1/mailhost_a.prom\" \"$2/tmp/before\" || exit 7\n\
        ls -A \"$1\"\n\
        exit $code\n";
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-c", script, "sh"])
        .args([text(&results), text(machine.root.path()), LIST, RESULTS])
        .output()
        .expect("unshare runs");
    if output.status.code() == Some(9) {
        return skip("engines/textfile-full", "nothing can be mounted here");
    }
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    for name in ["a", "textfile"] {
        let line = format!(
            "mailhost-textfile: cannot write {RESULTS}/mailhost_{name}.prom: the disk may be full\n"
        );
        assert!(said.contains(&line), "{said}");
    }
    let left = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(left, "full\nmailhost_a.prom\nmailhost_textfile.prom\n");
}

fn machine(what: &str) -> Option<Machine> {
    match Machine::ready() {
        Ok(machine) => Some(machine),
        Err(reason) => {
            skip(what, reason);
            None
        }
    }
}

/// A plugin that does what a shell is told.
fn plugin(machine: &Machine, name: &str, body: &str) {
    let inside = format!("/opt/fake/{name}");
    machine.root.write(&inside, format!("#!/bin/sh\n{body}\n"), 0o755).expect("a plugin");
}

/// Makes a result older, or newer than now.
fn make_old(machine: &Machine, name: &str, seconds: i32) {
    let file = format!("{RESULTS}/mailhost_{name}.prom");
    machine
        .root
        .run("touch", &["-d", &format!("-{seconds} seconds"), &file])
        .expect("an older file");
}

/// What the plugin says leaves.
fn whole() -> String {
    let answered = SILENT.replace("answered{check=\"a\"} 0", "answered{check=\"a\"} 1");
    format!(
        "# HELP mailhost_fake_state What it is.\n# TYPE mailhost_fake_state gauge\n\
         mailhost_fake_state{{check=\"a\",target=\"b\"}} 0\n{answered}"
    )
}

const GOOD: &str = "echo '# HELP mailhost_fake_state What it is.'; \
    echo '# TYPE mailhost_fake_state gauge'; echo 'mailhost_fake_state{target=\"b\"} 0'";
const SILENT: &str = "# HELP mailhost_check_answered 1 of a check that said something, 0 of one that is missing or was killed.
# TYPE mailhost_check_answered gauge
mailhost_check_answered{check=\"a\"} 0
";
