//! Runs that know of earlier ones.

use regex_lite::Regex;

use super::world::{check, lists};

#[test]
fn warning_a_second_run_asks_less_and_knows_since_when() {
    let Some(lists) = lists() else { return };
    let state = tempfile::tempdir().expect("a directory");
    let words = "-H 192.31.196.7 -s set.example -s quiet.example -s still.example";
    let mut questions = Vec::new();
    for since in ["", " since DATE", " since DATE"] {
        let run = check(lists.address(), words, state.path());
        // With the day, once it is another one.
        let date = Regex::new(r"(\d{4}-\d\d-\d\d )?\d\d:\d\d UTC").expect("a pattern");
        assert_eq!(
            date.replace_all(run.verdict(), "DATE"),
            format!("WARNING - 192.31.196.7 is listed by set.example{since}: answers 127.0.0.2")
        );
        assert_eq!(run.findings(), ["[WARNING] address-listed"]);
        run.shows("    \"Listed: 192.31.196.7\"");
        run.ends_as("WARNING");
        questions.push(run.metric("dns_queries").and_then(|number| number.parse::<u32>().ok()));
    }
    // The lists that were well are not tested again, but the one is that lists: 3 + 6 + 1, then 3 + 2 + 1.
    assert_eq!(questions, [Some(10), Some(6), Some(6)]);
}
