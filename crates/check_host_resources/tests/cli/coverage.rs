//! Every rule of the register is expected by some test with its usual state.

use mailhost_core::contract::REGISTER;

/// The tests' own text: what they expect of the output, they write as the output does.
const TESTS: &[&str] = &[
    include_str!("../../src/judge/clock.rs"),
    include_str!("../../src/judge/disk.rs"),
    include_str!("../../src/judge/units.rs"),
    include_str!("../../src/tests/machines.rs"),
    include_str!("../../src/tests/mod.rs"),
    include_str!("../../src/tests/over_time.rs"),
    include_str!("../real/file_systems.rs"),
    include_str!("../real/hanging.rs"),
    include_str!("../real/state.rs"),
    include_str!("main.rs"),
];

#[test]
fn ok_every_rule_has_a_test_with_its_usual_state() {
    let of_this = REGISTER.iter().filter(|rule| rule.plugins.contains(&"host_resources"));
    let missing: Vec<String> = of_this
        .map(|rule| format!("{}] {}", rule.usual, rule.code))
        .filter(|wanted| {
            // The tests of single judges write it without brackets.
            let bare = wanted.replace(']', "");
            !TESTS.iter().any(|test| test.contains(wanted) || test.contains(&bare))
        })
        .collect();
    assert_eq!(missing, [""; 0]);
}
