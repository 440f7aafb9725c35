//! What the scripts of the packages tell systemd, where it runs: `systemctl` is one that notes it.

use std::fs;

use mailhost_tests::DebianRoot;

/// Where `systemctl enable` notes that the timer is to run.
pub(crate) const ENABLED: &str = "/etc/systemd/system/timers.target.wants/mailhost-textfile.timer";

/// Makes a root one where systemd runs.
pub(crate) fn install(root: &DebianRoot) {
    root.run("mkdir", &["-p", "/run/systemd/system"]).expect("what says that systemd runs");
    root.write("/usr/bin/systemctl", SYSTEMCTL, 0o755).expect("a systemctl");
    root.write(NOTES, "", 0o644).expect("a file for its notes");
}

/// Enables the timer.
pub(crate) fn enable(root: &DebianRoot) {
    let directory = ENABLED.rsplit_once('/').expect("a path").0;
    root.run("mkdir", &["-p", directory]).expect("a directory");
    root.run("ln", &["-s", TIMER, ENABLED]).expect("a link");
}

/// What was to be changed since this was asked last.
pub(crate) fn told(root: &DebianRoot) -> Vec<String> {
    let notes = fs::read_to_string(root.join(NOTES)).expect("the notes");
    root.write(NOTES, "", 0o644).expect("no more of them");
    notes.lines().map(str::to_owned).collect()
}

const TIMER: &str = "/usr/lib/systemd/system/mailhost-textfile.timer";
const NOTES: &str = "/root/told";
const SYSTEMCTL: &str = "#!/bin/sh
case \" $* \" in
    *' is-enabled '*)
        if [ -L /etc/systemd/system/timers.target.wants/mailhost-textfile.timer ]; then
            case $* in *--quiet*) ;; *) echo enabled ;; esac
            exit 0
        fi
        exit 1
        ;;
    *' is-active '*) exit 3 ;;
esac
printf '%s\\n' \"$*\" >>/root/told
";
