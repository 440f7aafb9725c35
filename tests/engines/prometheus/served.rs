//! Everything that the plugins say is served.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};

use mailhost_tests::packages::{DIRECTORY, PLUGINS};
use mailhost_tests::{Account, World, skip};

use super::exposition::series;
use super::{Machine, RESULTS};

#[test]
fn ok_and_critical_node_exporter_serves_every_value_of_every_plugin() {
    let machine = match Machine::ready() {
        Ok(machine) => machine,
        Err(reason) => return skip("engines/node-exporter", reason),
    };
    let world = World::around(&machine.root);
    let mut list = String::new();
    let mut by_hand = BTreeMap::new();
    for plugin in PLUGINS {
        for (case, args) in [("good", world.good(plugin)), ("bad", world.bad(plugin))] {
            let name = format!("{plugin}-{case}");
            let _ = writeln!(list, "{name} 1m {plugin} {}", args.join(" "));
            by_hand.insert(name, said(&machine, plugin, args));
        }
    }
    machine.run(&list).is_well();
    let served = machine.exporter().get("/metrics");
    let values = series(&served);
    assert_eq!(values.get("node_textfile_scrape_error"), Some(&0.0), "{served}");
    for (name, said) in by_hand {
        let left = series(&machine.left(&name).expect("a file of each check"));
        let mut said: BTreeMap<String, f64> = series(&said)
            .into_iter()
            .map(|(series, value)| (called(&series, &name), value))
            .collect();
        assert!(said.len() >= 3, "{said:?}");
        said.insert(format!("mailhost_check_answered{{check=\"{name}\"}}"), 1.0);
        let interval = format!("mailhost_check_interval_seconds{{check=\"{name}\"}}");
        assert_eq!(values.get(&interval), Some(&60.0), "{served}");
        assert_eq!(left.keys().collect::<Vec<_>>(), said.keys().collect::<Vec<_>>());
        let mut state = None;
        for (series, value) in &left {
            assert_eq!(values.get(series), Some(value), "{series} in {served}");
            // The others are measured anew in each run.
            if series.contains("_state{") || series.contains("_finding{") {
                assert_eq!(said.get(series), Some(value), "{series}");
            }
            if series.contains("_state{") {
                state = Some(*value);
            }
        }
        assert!(name.ends_with("-good") == (state == Some(0.0)), "{name}: {left:?}");
    }
    let file = machine.root.join("/root/metrics");
    fs::write(&file, &served).expect("a file");
    let mut judge = machine.root.command("promtool");
    judge.args(["check", "metrics"]).stdin(File::open(&file).expect("the same file"));
    let judged = judge.output();
    let judged = judged.expect("promtool runs");
    assert!(
        judged.status.success() && judged.stdout.is_empty() && judged.stderr.is_empty(),
        "{judged:?}"
    );
}

/// Two checks of one plugin at the same target: `node_exporter` would serve one and say nothing of the other.
#[test]
fn ok_two_checks_of_one_target_do_not_hide_each_other() {
    let machine = match Machine::ready() {
        Ok(machine) => machine,
        Err(reason) => return skip("engines/same-target", reason),
    };
    let _world = World::around(&machine.root);
    let list = "a 1m check_host_resources --only load\n\
        b 1m check_host_resources --only load --load1-warning 1000: --load1-critical 1000:\n";
    machine.run(list).is_well();
    let exporter = machine.exporter();
    let values = series(&exporter.get("/metrics"));
    let state = |check: &str| {
        values.get(&format!("mailhost_host_resources_state{{check=\"{check}\"}}")).copied()
    };
    assert_eq!((state("a"), state("b")), (Some(0.0), Some(2.0)));
    assert!(!exporter.daemon.output().contains("collected before"), "{}", exporter.daemon.output());

    // And this is what the label is for.
    for (from, to) in [("a", "a2"), ("b", "b2")] {
        let text = machine.left(from).expect("a file").replace(&format!("check=\"{from}\","), "");
        let inside = format!("{RESULTS}/mailhost_{to}.prom");
        machine.root.write(&inside, text, 0o644).expect("a file without the label");
        fs::remove_file(machine.file(from)).expect("the one with it is gone");
    }
    let values = series(&exporter.get("/metrics"));
    assert_eq!(values.get("mailhost_host_resources_state{}"), Some(&0.0));
    assert_eq!(values.get("node_textfile_scrape_error"), Some(&0.0));
    assert!(exporter.daemon.output().contains("collected before"), "{}", exporter.daemon.output());
}

/// A plugin run by hand, as the user of the unit.
fn said(machine: &Machine, plugin: &str, args: Vec<String>) -> String {
    let path = format!("{DIRECTORY}/{plugin}");
    let plugin = machine.root.installed(Account::user("prometheus"), &path).args(args);
    plugin.args(["--output", "prometheus"]).run().held().stdout
}

/// A series with the label that the script adds.
pub(super) fn called(series: &str, check: &str) -> String {
    let (name, labels) = series.split_once('{').expect("labels");
    let labels = labels.trim_end_matches('}');
    let own = format!("check=\"{check}\"");
    // `check` is the first of all labels there are, `code` the next.
    let labels = if labels.is_empty() { own } else { format!("{own},{labels}") };
    format!("{name}{{{labels}}}")
}
