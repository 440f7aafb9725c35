//! What only a plugin that misbehaves on purpose can show.

use super::formats::{holds_json, holds_prometheus};
use crate::parser::nagios::Output;
use crate::subjects::{misbehaving, run_after};

#[test]
fn unknown_every_misbehaviour_keeps_every_format() {
    let subject = misbehaving();
    for act in ACTS.iter().copied() {
        let limit = if act == "hang" { "0.1" } else { "20" };
        for level in [None, Some("-v"), Some("-vv"), Some("-vvv")] {
            let line = ["--act", act, "-t", limit].into_iter().chain(level);
            let with = |format: &str| {
                let run =
                    subject.run(&line.clone().chain(["--output", format]).collect::<Vec<_>>());
                (run, format!("--act {act} --output {format}"))
            };
            let (run, what) = with("nagios");
            let output = subject.read(&run, &what);
            let (run, what) = with("json");
            assert_eq!(
                holds_json(subject, &run, &what)["state"],
                output.state.as_str(),
                "{act}"
            );
            let (run, what) = with("prometheus");
            holds_prometheus(subject, &run, &what);
        }
    }
}

#[test]
fn unknown_a_panic_is_one_line_with_its_reason() {
    let subject = misbehaving();
    for backtrace in [
        "RUST_BACKTRACE=",
        "RUST_BACKTRACE=1",
        "RUST_BACKTRACE=full",
        "RUST_LIB_BACKTRACE=1",
    ] {
        let arguments = ["--act", "panic"].map(std::ffi::OsString::from);
        let run = run_after(&format!("export {backtrace}"), &subject.path(), &arguments);
        let output = subject.read(&run, backtrace);
        assert_eq!((run.code, run.stdout.lines().count()), (3, 1), "{run:#?}");
        assert!(output.text.contains("internal error at"), "{output:?}");
        assert!(output.text.contains("misbehaving.rs"), "{output:?}");
    }
}

#[test]
fn unknown_nothing_checked_is_never_ok() {
    assert_eq!(act("nothing").state, "UNKNOWN");
}

#[test]
fn ok_what_is_not_a_number_is_not_printed() {
    let run = misbehaving().run(&["--act", "not-a-number"]);
    assert!(!run.stdout.to_lowercase().contains("nan"), "{run:#?}");
    assert!(act("not-a-number").perfdata.is_empty());
    let overflow = act("overflow").perfdata;
    assert!(
        overflow.iter().all(|item| item.value.is_finite()),
        "{overflow:?}"
    );
}

#[test]
fn critical_a_flood_is_cut_and_says_so() {
    let subject = misbehaving();
    let output = subject.says(&["--act", "flood", "-t", "20"]);
    assert_eq!(output.state, "CRITICAL");
    assert_eq!(
        output.evidence.last().map(String::as_str),
        Some("... more was left out")
    );
    let run = subject.run(&["--act", "flood", "-t", "20", "--output", "json"]);
    let object = holds_json(subject, &run, "flood");
    assert_eq!(object["state"], "CRITICAL");
    assert!(object.contains_key("dropped"));
}

#[test]
fn unknown_a_failure_says_why() {
    let unable = act("unable");
    assert_eq!(unable.state, "UNKNOWN");
    assert!(unable.text.contains("a!b"), "{unable:?}");
    let usage = act("usage");
    assert_eq!(usage.text, "--act usage is no use; see --help");
}

fn act(act: &str) -> Output {
    misbehaving().says(&["--act", act])
}

const ACTS: &[&str] = &[
    "flood",
    "good",
    "hang",
    "hostile",
    "nothing",
    "not-a-number",
    "overflow",
    "panic",
    "unable",
    "usage",
];
