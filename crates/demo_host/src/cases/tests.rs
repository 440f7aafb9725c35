//! That the list of cases is well formed, without running a plugin.

use std::collections::BTreeSet;

use super::*;

fn cases() -> impl Iterator<Item = &'static Case> {
    let acts = PLUGINS.iter().flat_map(|plugin| plugin.acts);
    acts.flat_map(|act| act.cases)
}

#[test]
fn ok_titles_are_short_and_say_different_things() {
    let mut seen = BTreeSet::new();
    for Case { title, says, .. } in cases() {
        assert!(seen.insert(title), "{title} twice");
        assert!((10..=76).contains(&title.len()), "{title}");
        assert!(title.is_ascii() && !title.ends_with('.'), "{title}");
        assert!(!says.is_empty(), "{title} has no reason");
    }
}

#[test]
fn ok_commands_need_no_quotes_and_name_servers_that_are_there() {
    for plugin in PLUGINS {
        assert!(plugin.name.starts_with("check_"), "{}", plugin.name);
        let stage = (plugin.stage)().unwrap();
        for case in plugin.acts.iter().flat_map(|act| act.cases) {
            let args = stage.fill(case.args).unwrap();
            // What a shell would read differently cannot be typed as it is printed.
            let special = |c: char| "\"'`$\\|&;()<>*?~#{}".contains(c);
            assert!(!args.iter().any(|arg| arg.contains(special)), "{args:?}");
        }
        assert!(stage.fill("-p {nobody}").is_err());
    }
}

#[test]
fn ok_every_plugin_shows_every_state() {
    for plugin in PLUGINS {
        let cases = plugin.acts.iter().flat_map(|act| act.cases);
        let expected: Vec<State> = cases.map(|case| case.expected).collect();
        for state in State::ALL {
            assert!(expected.contains(&state), "{} {}", plugin.name, state.name());
        }
    }
}

#[test]
fn critical_a_surprise_is_said_in_words() {
    let case = Case { title: "", args: "", expected: State::Warning, says: "late" };
    let surprise = |code, stdout: &str, stderr: &str| {
        case.surprise(&Outcome { stdout: stdout.into(), stderr: stderr.into(), code })
    };
    assert_eq!(surprise(Some(1), "late", ""), None);
    for (code, stdout, stderr, words) in [
        (Some(0), "late", "", "OK, not WARNING"),
        (Some(9), "late", "", "exit code 9, not WARNING"),
        (None, "late", "", "ended by a signal, not WARNING"),
        (Some(1), "", "", "the output does not say \"late\""),
        (Some(1), "late", "oh", "something on stderr: oh"),
    ] {
        assert_eq!(surprise(code, stdout, stderr).as_deref(), Some(words));
    }
}
