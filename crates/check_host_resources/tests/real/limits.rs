//! Control groups that may have less memory than the machine.

use std::fs;
use std::path::PathBuf;
use std::process;

use mailhost_tests::{Run, skip};

use crate::namespace::Place;
use crate::number;

#[test]
fn warning_a_control_group_that_is_nearly_full() {
    let Some(said) = filled("limits", 67_108_864, "") else { return };
    nearly_full(&said);
}

/// There the group of the container is the root of all that is to be seen.
#[test]
fn warning_a_container_that_is_nearly_full() {
    let hidden = r#"
        exec unshare --cgroup --mount --propagation private sh -ec '
            tree=$1
            shift
            if [ "$tree" = /sys/fs/cgroup/memory ]; then
                umount -l $tree
                mount -t cgroup -o memory none $tree || exit 9
                grep -q ":memory:/\$" /proc/self/cgroup || exit 7
            else
                mount -t cgroup2 none $tree || exit 9
            fi
            exec "$@"
        ' sh "$tree" "$@"
    "#;
    let Some(said) = filled("container", 67_108_864, hidden) else { return };
    nearly_full(&said);
}

#[test]
fn ok_a_control_group_with_room() {
    let Some(said) = filled("room", 268_435_456, "") else { return };
    assert_eq!(said.findings(), [""; 0], "{}", said.stdout);
    said.ends_as("OK");
    assert!((20.0..=26.0).contains(&number(&said, "memory_limit_used")), "{}", said.stdout);
    assert_eq!(number(&said, "memory_limit").to_string(), "268435456", "{}", said.stdout);
}

#[track_caller]
fn nearly_full(said: &Run) {
    // 57 MB are 84.9% of it; the rest is what the programs have.
    let used = number(said, "memory_limit_used");
    assert!((84.9..=89.9).contains(&used), "{}", said.stdout);
    assert_eq!(number(said, "memory_limit").to_string(), "67108864", "{}", said.stdout);
    // The text has a digit less than the number, which was itself rounded.
    let text = |used: f64| {
        format!(
            "[WARNING] memory-limit: memory {used:.1}% in use of the 67.11 MB that this control group may have \
             (range 80%)"
        )
    };
    let said_so = |used| said.stdout.lines().any(|line| line == text(used));
    assert!(said_so(used - 0.01) || said_so(used + 0.01), "{}", said.stdout);
    assert_eq!(said.findings(), ["[WARNING] memory-limit"], "{}", said.stdout);
    said.ends_as("WARNING");
}

/// Runs the program in a control group of its own with 57 MB of files in memory.
fn filled(name: &'static str, limit: u64, more: &str) -> Option<Run> {
    let place = Place::new(name)?;
    let group = Group::new(name, limit)?;
    let script = format!(
        r#"
        tree='{tree}'
        echo $$ >'{group}/cgroup.procs' || exit 9
        mkdir files
        mount -t tmpfs none files || exit 9
        head -c 57000000 /dev/zero >files/some
        {more}
        exec "$@"
        "#,
        tree = group.tree.display(),
        group = group.path().display(),
    );
    // What the machine itself has is not the test's business.
    place.run(&script, "--only memory --ignore memory-usage --ignore memory-errors-corrected")
}

/// Removed when it is dropped.
struct Group {
    tree: PathBuf,
    name: String,
}

impl Group {
    fn new(test: &str, limit: u64) -> Option<Self> {
        let skipped = |why: &str| skip(&format!("host_resources/{test}"), why);
        let name = format!("mailhost-{test}-{}", process::id());
        let legacy = PathBuf::from("/sys/fs/cgroup/memory");
        let unified = PathBuf::from("/sys/fs/cgroup");
        let (tree, file) = if legacy.join("memory.limit_in_bytes").exists() {
            (legacy, "memory.limit_in_bytes")
        } else if fs::read_to_string(unified.join("cgroup.subtree_control"))
            .is_ok_and(|it| it.split_whitespace().any(|it| it == "memory"))
        {
            (unified, "memory.max")
        } else {
            skipped("no control group limits memory here");
            return None;
        };
        let group = Self { tree, name };
        let made = fs::create_dir(group.path())
            .and_then(|()| fs::write(group.path().join(file), limit.to_string()));
        if let Err(error) = made {
            skipped(&format!("{}: {error}", group.path().display()));
            return None;
        }
        Some(group)
    }

    fn path(&self) -> PathBuf {
        self.tree.join(&self.name)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // All that was in it has ended.
        let _ = fs::remove_dir(self.path());
    }
}
