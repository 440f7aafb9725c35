//! File systems that are full, read-only, mounted twice or oddly named.

use std::fs;

use mailhost_tests::Run;

use crate::namespace::Place;
use crate::{json, number, run};

#[test]
fn critical_a_file_system_that_is_96_percent_full() {
    let Some(place) = Place::new("full") else { return };
    let mount = place.join("full");
    let script = r#"
        mkdir store full
        mount -t tmpfs none store || exit 9
        truncate -s 32M store/image
        mkfs.ext4 -q store/image || exit 9
        mount -o loop store/image full || exit 9
        set -- $(df -k --output=used,avail full | tail -n 1) "$@"
        fallocate -l $((($1 + $2) * 957 / 1000 - $1))K full/file
        shift 2
        df -B1 --output=pcent,avail full | tail -n 1 >df
        exec "$@"
    "#;
    let words = format!("--only disk --mount {mount}");
    let Some(said) = place.run(script, &words) else { return };
    let df = fs::read_to_string(place.join("df")).unwrap();
    let (percent, available) = df.trim().split_once("% ").unwrap();
    assert_eq!(percent, "96");
    assert_eq!(said.findings(), ["[CRITICAL] disk-usage"], "{}", said.stdout);
    // What mkfs keeps for itself differs a little from version to version.
    let used = said.verdict().strip_prefix(&format!("CRITICAL - {mount} "));
    let used = used.and_then(|rest| rest.split_once("% in use, ")?.0.parse::<f64>().ok());
    assert!(used.is_some_and(|used| (95.0..97.0).contains(&used)), "{said:?}");
    said.ends_as("CRITICAL");
    assert!((95.0..=96.0).contains(&number(&said, "disk_used")), "{}", said.stdout);
    assert_close(number(&said, "disk_free"), available.trim().parse().unwrap(), 0.0);
}

#[test]
fn critical_a_file_system_out_of_inodes() {
    let Some(place) = Place::new("inodes") else { return };
    let mount = place.join("small");
    // The directory itself is the sixteenth.
    let script = r#"
        mkdir small
        mount -t tmpfs -o nr_inodes=16 none small || exit 9
        for name in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do : >small/$name; done
        (: >small/16) 2>/dev/null && exit 9
        exec "$@"
    "#;
    let words = format!("--only inodes --mount {mount}");
    let Some(said) = place.run(script, &words) else { return };
    said.finds(&format!(
        "[CRITICAL] inodes-usage: {mount} 100.0% of the inodes in use (range 90%)"
    ));
    assert_close(number(&said, "inodes_used"), 100.0, 0.0);
}

#[test]
fn warning_a_file_system_remounted_read_only() {
    let Some(place) = Place::new("read-only") else { return };
    let mount = place.join("was");
    let script = r#"
        mkdir store was
        mount -t tmpfs none store || exit 9
        truncate -s 32M store/image
        mkfs.ext4 -q store/image || exit 9
        mount -o loop store/image was || exit 9
        : >was/file
        mount -o remount,ro was
        exec "$@"
    "#;
    let words = format!("--only disk --mount {mount} {ANY_SPACE}");
    let Some(said) = place.run(script, &words) else { return };
    said.finds(&format!(
        "[WARNING] disk-read-only: {mount} takes no files: it is mounted read-only"
    ));
}

/// The error is one that ext4 makes when it is asked to. Kernels from 6.15 on still call the file system writable
/// then, and so does df.
#[test]
fn critical_a_file_system_that_the_kernel_made_read_only() {
    let Some(place) = Place::new("error") else { return };
    let mount = place.join("was");
    let script = r#"
        mkdir store was
        mount -t tmpfs none store || exit 9
        truncate -s 32M store/image
        mkfs.ext4 -q store/image || exit 9
        mount -o loop,errors=remount-ro store/image was || exit 9
        : >was/file
        device=$(df --output=source was | tail -n 1)
        echo 1 >/sys/fs/ext4/${device##*/}/trigger_fs_error || exit 9
        (: >was/other) 2>/dev/null && exit 9
        exec "$@"
    "#;
    let words = format!("--only disk --mount {mount} {ANY_SPACE}");
    let Some(said) = place.run(script, &words) else { return };
    said.finds(&format!(
        "[CRITICAL] disk-read-only: {mount} takes no files: the kernel has made it read-only"
    ));
}

#[test]
fn warning_a_bind_mount_that_is_read_only_alone() {
    let Some(place) = Place::new("read-only-bind") else { return };
    let script = r#"
        mkdir own shown
        mount -t tmpfs -o size=1m none own || exit 9
        mount --bind own shown
        mount -o remount,bind,ro shown
        exec "$@"
    "#;
    let shown = place.join("shown");
    let words = format!("--only disk --mount {shown} {ANY_SPACE}");
    let Some(said) = place.run(script, &words) else { return };
    said.finds(&format!(
        "[WARNING] disk-read-only: {shown} takes no files: it is mounted read-only"
    ));
}

#[test]
fn ok_a_bind_mount_is_looked_at_once() {
    let Some(place) = Place::new("bind") else { return };
    let script = r#"
        mkdir own again part
        mount -t tmpfs -o size=1m none own || exit 9
        mkdir own/inner
        mount --bind own again
        mount --bind own/inner part
        exec "$@"
    "#;
    let Some(said) = place.run(script, TMPFS) else { return };
    said.ends_as("OK");
    let here = place.join("");
    let seen: Vec<String> =
        looked_at(&said).into_iter().filter(|it| it.starts_with(&here)).collect();
    assert_eq!(seen, [place.join("own")], "{}", said.stdout);
}

#[test]
fn ok_names_that_are_not_utf8() {
    let Some(place) = Place::new("names") else { return };
    let before = looked_at(&run(TMPFS));
    let script = r#"
        name=$(printf 'a b\\c\377')
        mkdir "$name"
        mount -t tmpfs -o size=1m none "$name" || exit 9
        exec "$@"
    "#;
    let Some(said) = place.run(script, TMPFS) else { return };
    said.ends_as("OK");
    let here = place.join("");
    let (new, old): (Vec<String>, _) =
        looked_at(&said).into_iter().partition(|it| it.starts_with(&here));
    assert_eq!(new, [place.join("a b\\\\c\\xff")], "{}", said.stdout);
    assert_eq!(old, before, "{}", said.stdout);
}

/// The mount points of all file systems whose room is known.
fn looked_at(run: &Run) -> Vec<String> {
    let facts = &json(run)["facts"]["file_systems"];
    let all = facts.as_array().unwrap_or_else(|| panic!("{}", run.stdout)).iter();
    let known = all.filter(|it| it["room"]["is"].is_object());
    known.map(|it| it["mount"].as_str().map(ToOwned::to_owned).unwrap()).collect()
}

#[track_caller]
fn assert_close(one: f64, other: f64, apart: f64) {
    assert!((one - other).abs() <= apart, "{one} and {other}");
}

/// Ranges that nothing breaks.
const ANY_SPACE: &str = "--disk-warning 0:100% --disk-critical 0:100%";
/// Those of the machine itself may be in any state.
const TMPFS: &str = "--only disk --fs-type tmpfs --output json --disk-warning 0:100% \
                     --disk-critical 0:100% --ignore disk-usage --ignore disk-read-only";
