//! Prometheus' own judge of its text format.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mailhost_tests::{cache, skip};

use crate::subjects::{PLUGINS, misbehaving, with};

#[test]
fn ok_promtool_finds_nothing_to_say() {
    let promtool = match promtool() {
        Ok(promtool) => promtool,
        Err(reason) => return skip("suite/promtool", reason),
    };
    let acts = ["nothing", "panic", "unable", "usage", "flood", "not-a-number", "overflow"];
    let acts = acts.map(|act| (misbehaving(), vec!["--act".into(), act.into()]));
    let lines = PLUGINS.iter().flat_map(|subject| {
        [subject.good(), subject.critical(), vec!["--no-such-option".into()]]
            .map(|line| (subject, line))
    });
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (subject, line) in lines.chain(acts) {
        let run = subject.run(&with(line, &["--output", "prometheus"]));
        let file = directory.path().join("metrics");
        fs::write(&file, &run.stdout).expect("a file");
        let judged = Command::new(&promtool)
            .args(["check", "metrics"])
            .stdin(File::open(&file).expect("the same file"))
            .output()
            .expect("promtool runs");
        assert!(
            judged.status.success() && judged.stdout.is_empty() && judged.stderr.is_empty(),
            "{}: {judged:?}\n{}",
            subject.binary(),
            run.stdout
        );
    }
}

/// The promtool of this machine, or one unpacked from Debian's package into the cache.
pub(crate) fn promtool() -> Result<PathBuf, String> {
    let version = Command::new("promtool")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if version.is_ok_and(|status| status.success()) {
        return Ok("promtool".into());
    }
    let cache = cache::directory().map_err(|error| error.to_string())?;
    let kept = cache.join("prometheus/promtool");
    if !kept.is_file() {
        unpack(&cache, &kept)?;
    }
    Ok(kept)
}

/// Nothing is installed: the package is downloaded, and one file taken out of it.
fn unpack(cache: &Path, kept: &Path) -> Result<(), String> {
    let work = tempfile::tempdir_in(cache).map_err(|error| error.to_string())?;
    let script = "apt-get -qq -o APT::Sandbox::User=root download prometheus && dpkg-deb -x prometheus_*.deb .";
    let output = Command::new("timeout")
        .args(["300", "sh", "-c", script])
        .current_dir(&work)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
        return Err(format!("Debian's package prometheus cannot be had: {said}"));
    }
    let directory = kept.parent().unwrap_or(cache);
    fs::create_dir_all(directory)
        .and_then(|()| fs::rename(work.path().join("usr/bin/promtool"), kept))
        .map_err(|error| format!("keep promtool: {error}"))
}
