//! What is kept between runs, when it cannot be kept or is not what it was.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::thread;

use mailhost_tests::{Run, skip};
use serde_json::Value;
use tempfile::TempDir;

use crate::namespace::Place;
use crate::run;

#[test]
fn ok_twenty_runs_at_once() {
    let state = State::new(0o700);
    let runs: Vec<Run> = thread::scope(|scope| {
        let started: Vec<_> = (0..20).map(|_| scope.spawn(|| state.run())).collect();
        started.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let held = format!(
        "[UNKNOWN] state-unusable: nothing is known of earlier runs: locking {}: another run of this check holds \
         the state",
        state.file("lock").display()
    );
    for run in runs {
        // It waits for others, and not for long.
        if run.code == 0 { well(&run) } else { run.finds(&held) }
    }
    state.kept();
    well(&state.run());
}

#[test]
fn ok_the_time_of_the_counters_is_kept() {
    let state = State::new(0o700);
    let uptime = fs::read_to_string("/proc/uptime").unwrap();
    let before: f64 = uptime.split(' ').next().unwrap().parse().unwrap();
    well(&run(&state.words().replace("0.1", "0.5")));
    // They were read after half a second, so the next run must not take that for time of theirs.
    let at = state.kept()["value"]["counters"][0][0].as_f64().unwrap();
    assert!(at > before + 0.45, "{before}, {at}");
}

#[test]
fn unknown_a_file_that_is_cut_short() {
    let state = State::new(0o700);
    well(&state.run());
    let file = state.file("json");
    let whole = fs::read(&file).unwrap();
    let half = whole.windows(7).position(|it| it == b"counter").unwrap();
    for length in [0, half] {
        fs::write(&file, &whole[..length]).unwrap();
        state.run().finds(&format!(
            "[UNKNOWN] state-unusable: nothing is known of earlier runs: {} is cut short; remove it if this is \
             said again",
            file.display()
        ));
        // It was replaced.
        well(&state.run());
    }
}

#[test]
fn unknown_a_file_of_a_newer_version() {
    let state = State::new(0o700);
    well(&state.run());
    let file = state.file("json");
    let newer = fs::read_to_string(&file).unwrap().replace("\"version\":1,", "\"version\":2,");
    fs::write(&file, newer).unwrap();
    assert_eq!(state.kept()["version"], 2);
    state.run().finds(
        "[UNKNOWN] state-unusable: nothing is known of earlier runs: the state file is of version 2 and this check \
         knows 1; it is replaced",
    );
    well(&state.run());
    assert_eq!(state.kept()["version"], 1);
}

#[test]
fn unknown_the_directory_of_root_for_another_user() {
    let Some(place) = Place::new("state") else { return };
    for (mode, why) in [
        (
            0o700,
            "writing DIRECTORY: permission denied; create it for this user or give --state-dir",
        ),
        (0o755, "opening LOCK: permission denied"),
    ] {
        let state = State::new(mode);
        well(&state.run());
        let Some(said) = as_nobody(&place, &state) else { return };
        finds(&said, &state, why);
        well(&state.run());
    }
    // One that has nothing in it yet.
    let state = State::new(0o755);
    let why = "writing DIRECTORY: permission denied; create it for this user or give --state-dir";
    let Some(said) = as_nobody(&place, &state) else { return };
    finds(&said, &state, why);
}

#[test]
fn unknown_the_directory_of_another_user_for_root() {
    let state = State::new(0o700);
    let Some(place) = Place::new("state") else { return };
    if chown(state.path(), Some(NOBODY), Some(NOBODY)).is_err() {
        return skip("host_resources/state", "a directory cannot be given to another user");
    }
    let Some(said) = as_nobody(&place, &state) else { return };
    well(&said);
    let why = "DIRECTORY belongs to another user (uid 65534); run the check as that user or give another \
               directory with --state-dir";
    finds(&state.run(), &state, why);
}

#[test]
fn unknown_a_disk_that_is_full() {
    let state = State::new(0o700);
    let said = mounted(&state, "-o size=4k,mode=700", "head -c 4096 /dev/zero >$DIRECTORY/full");
    let Some(said) = said else { return };
    finds(&said, &state, "writing NEW: no space left on device");
}

#[test]
fn unknown_a_disk_that_is_read_only() {
    let state = State::new(0o700);
    let Some(said) = mounted(&state, "-o ro,mode=700", "") else { return };
    let why =
        "writing DIRECTORY: read-only file system; create it for this user or give --state-dir";
    finds(&said, &state, why);
}

/// Runs it with something else mounted on the directory.
fn mounted(state: &State, options: &str, then: &str) -> Option<Run> {
    let script = format!(
        r#"
        DIRECTORY='{}'
        mount -t tmpfs {options} none $DIRECTORY || exit 9
        {then}
        exec "$@"
        "#,
        state.path().display()
    );
    Place::new("state")?.run(&script, &state.words())
}

fn as_nobody(place: &Place, state: &State) -> Option<Run> {
    let script = r#"exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@""#;
    place.run_for_all(&["--mount"], script, &state.words())
}

/// Holds it to say why nothing is known; the words in capitals are paths.
#[track_caller]
fn finds(said: &Run, state: &State, why: &str) {
    // Runs with the same options give their files the same name, and here they may be out of reach.
    let other = State::new(0o700);
    well(&other.run());
    let name = other.file("json").file_stem().unwrap().display().to_string();
    let directory = state.path().display().to_string();
    let why = why
        .replace("DIRECTORY", &directory)
        .replace("LOCK", &format!("{directory}/{name}.lock"))
        .replace("NEW", &format!("{directory}/{name}.new"));
    said.finds(&format!("[UNKNOWN] state-unusable: nothing is known of earlier runs: {why}"));
}

/// No finding, whatever the machine does.
#[track_caller]
fn well(run: &Run) {
    assert_eq!(run.findings(), [""; 0], "{}", run.stdout);
    run.ends_as("OK");
    assert!(run.verdict().starts_with("OK - CPU "), "{}", run.stdout);
    assert!(run.verdict().contains(", over "), "{}", run.stdout);
}

/// A directory for state files.
struct State(TempDir);

impl State {
    fn new(mode: u32) -> Self {
        let directory = tempfile::Builder::new().prefix("state").tempdir().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(mode)).unwrap();
        Self(directory)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn words(&self) -> String {
        format!("{WORDS} --state-dir {}", self.path().display())
    }

    fn run(&self) -> Run {
        run(&self.words())
    }

    /// The one with this ending.
    #[track_caller]
    fn file(&self, ending: &str) -> PathBuf {
        let entries = fs::read_dir(self.path()).unwrap().map(|it| it.unwrap().path());
        let files: Vec<PathBuf> =
            entries.filter(|it| it.extension().is_some_and(|it| it == ending)).collect();
        let [file] = &files[..] else { panic!("{files:?}") };
        file.clone()
    }

    /// What is in the state file.
    #[track_caller]
    fn kept(&self) -> Value {
        serde_json::from_slice(&fs::read(self.file("json")).unwrap()).unwrap()
    }
}

const NOBODY: u32 = 65_534;
const WORDS: &str = "--only cpu --since-last-run --interval 0.1 --cpu-warning 0:100% --cpu-critical 0:100% \
                     --steal-warning 0:100%";
