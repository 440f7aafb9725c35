//! File systems that do not answer: served by a program that is stopped, as those behind a network hang when the
//! other side is gone.

use std::fs;
use std::path::Path;

use mailhost_tests::{DebianRoot, Run, skip};

use crate::namespace::Place;
use crate::number;

#[test]
fn critical_a_mount_that_does_not_answer() {
    let Some(place) = Served::new() else { return };
    let script = r#"
        serve src mnt
        kill -s STOP $served
        exec "$@"
    "#;
    let Some((place, said)) = place.run(script, "--only disk --mount HERE/mnt --mount HERE/good")
    else {
        return;
    };
    let mount = place.join("mnt");
    said.finds(&format!("[CRITICAL] mount-hangs: {mount} hangs (fuse): it does not answer"));
    // That of the other one; there is none of this one.
    assert!(number(&said, "disk_used") < 1.0, "{}", said.stdout);
}

/// The way to it leads through the one that hangs.
#[test]
fn critical_a_mount_below_one_that_does_not_answer() {
    let Some(place) = Served::new() else { return };
    let script = r#"
        mkdir src/below
        serve src mnt -o entry_timeout=0
        mount -t tmpfs none mnt/below
        kill -s STOP $served
        exec "$@"
    "#;
    let words = "--only disk --include-mount ^HERE/ --exclude-mount /mnt$";
    let Some((place, said)) = place.run(script, words) else { return };
    let below = place.join("mnt/below");
    said.finds(&format!("[CRITICAL] mount-hangs: {below} hangs (tmpfs): it does not answer"));
    assert!(number(&said, "disk_used") < 1.0, "{}", said.stdout);
}

/// A program that waits for one that does not answer hangs where it cannot be ended, and so does who asks it.
#[test]
fn critical_a_look_that_cannot_be_ended_is_not_begun_again() {
    let Some(place) = Served::new() else { return };
    let script = r#"
        # Whoever asks for the room, and waits in the kernel.
        looks() { grep -ls '^State:.D' $(grep -ls "^stat" /proc/[0-9]*/comm | sed 's/comm$/status/'); }
        mkdir top
        serve src mnt
        lower=$served
        serve mnt top --multithreaded
        kill -s STOP $lower
        "$@" >first || echo $? >first.code
        looks | wc -l >first.left
        code=0
        "$@" || code=$?
        looks | wc -l >second.left
        kill -s CONT $lower
        for attempt in $(seq 500); do
            [ -n "$(looks)" ] || break
            sleep 0.02
        done
        looks | wc -l >end.left
        "$@" >end || :
        exit $code
    "#;
    let Some((place, second)) = place.run(script, "--only disk --mount HERE/top --mount HERE/good")
    else {
        return;
    };
    let read = |name: &str| fs::read_to_string(place.join(name)).unwrap();
    let (first, end) = (read("first"), read("end"));
    let top = place.join("top");
    let finding = format!("[CRITICAL] mount-hangs: {top} hangs (fuse): it does not answer");
    assert!(first.lines().any(|line| line == finding), "{first}");
    assert_eq!(read("first.code"), "2\n", "{first}");
    second.finds(&format!(
        "[CRITICAL] mount-hangs: {top} hangs (fuse): a look of an earlier run still hangs"
    ));
    assert!(number(&second, "disk_used") < 1.0, "{}", second.stdout);
    assert_eq!(["first.left", "second.left", "end.left"].map(read), ["1\n", "1\n", "0\n"]);
    assert!(!end.contains("mount-hangs"), "{end}");
    assert_eq!(end.matches("_disk_used=").count(), 2, "{end}");
}

#[test]
fn ok_a_mount_left_out_is_not_touched() {
    let Some(place) = Served::new() else { return };
    let script = r#"
        # Tells that the program asks; nobody else does with these options.
        mkdir bin
        printf '#!/bin/sh\n: >>"%s/asked"\nexec /usr/bin/stat "$@"\n' "$PWD" >bin/stat
        chmod +x bin/stat
        PATH=$PWD/bin:$PATH
        serve src mnt
        "$1" --only disk --mount $PWD/mnt --disk-warning 0:100% --disk-critical 0:100% \
            --disk-free-warning 0: --disk-free-critical 0: >first
        mv asked asked-before || exit 7
        kill -s STOP $served
        exec "$@"
    "#;
    let words = "--only disk --include-mount ^HERE/ --exclude-mount /mnt$";
    let Some((place, said)) = place.run(script, words) else { return };
    assert_eq!(said.findings(), [""; 0], "{}", said.stdout);
    said.ends_as("OK");
    assert!(number(&said, "disk_used") < 1.0, "{}", said.stdout);
    assert!(!Path::new(&place.join("asked")).exists(), "{}", said.stdout);
}

#[test]
fn critical_a_mount_whose_program_is_gone() {
    let Some(place) = Served::new() else { return };
    let script = r#"
        serve src mnt
        kill -s KILL $served
        wait $served 2>/dev/null || :
        exec "$@"
    "#;
    let Some((place, said)) = place.run(script, "--only disk --mount HERE/mnt --mount HERE/good")
    else {
        return;
    };
    let mount = place.join("mnt");
    said.finds(&format!(
        "[CRITICAL] mount-broken: {mount} does not work (fuse): transport endpoint is not connected"
    ));
    assert!(number(&said, "disk_used") < 1.0, "{}", said.stdout);
}

/// A place where file systems can be mounted that a program serves.
struct Served {
    place: Place,
    root: DebianRoot,
}

impl Served {
    fn new() -> Option<Self> {
        let name = "host_resources/hanging";
        if !Path::new("/dev/fuse").exists() {
            skip(name, "this kernel has no FUSE");
            return None;
        }
        match DebianRoot::prepare("bindfs", &["bindfs"]) {
            Ok(root) => Some(Self { place: Place::new("hanging")?, root }),
            Err(why) => {
                skip(name, why);
                None
            }
        }
    }

    /// Runs a script in namespaces whose processes all end with it, the stopped ones too. In it `serve` mounts one
    /// directory on another and gives the program's id; a good file system is mounted already. `HERE` in the words
    /// is where that is.
    fn run(self, script: &str, words: &str) -> Option<(Place, Run)> {
        let Self { place, root } = self;
        let root = root.path().display();
        let script = format!(
            r#"
            mount -t proc proc /proc || exit 9
            mkdir src mnt good
            mount -t tmpfs -o size=1m none good || exit 9
            libraries=$(dirname '{root}'/lib/*/libfuse.so.2)
            serve() {{
                from=$1 to=$2
                shift 2
                LD_LIBRARY_PATH=$libraries '{root}/usr/bin/bindfs' -f "$@" $from $to >>log 2>&1 &
                served=$!
                until grep -q " $PWD/$to " /proc/self/mountinfo; do
                    kill -s 0 $served 2>/dev/null || {{ cat log >&2; exit 9; }}
                    sleep 0.02
                done
            }}
            {script}
            "#
        );
        let words = words.replace("HERE/", &place.join(""));
        let kinds = ["--mount", "--pid", "--fork", "--kill-child"];
        let said = place.run_for_all(&kinds, &script, &words)?;
        Some((place, said))
    }
}
