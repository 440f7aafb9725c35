//! Every rule of the register fires in some test with its usual state.

use mailhost_core::contract::REGISTER;

/// The tests' own text: what they expect of the output, they write as the output does.
const TESTS: &[&str] = &[
    include_str!("change.rs"),
    include_str!("command.rs"),
    include_str!("directories.rs"),
    include_str!("hostile.rs"),
    include_str!("instances.rs"),
    include_str!("mtas.rs"),
    include_str!("rights.rs"),
    include_str!("showq.rs"),
    include_str!("thresholds.rs"),
    include_str!("usage.rs"),
    include_str!("walk.rs"),
    include_str!("wrong_once.rs"),
];

#[test]
fn ok_every_rule_has_a_test_with_its_usual_state() {
    for rule in REGISTER {
        if !rule.plugins.contains(&"smtp_queue") {
            continue;
        }
        let expected = format!("\"[{}] {}", rule.usual, rule.code);
        assert!(TESTS.iter().any(|text| text.contains(&expected)), "no test expects {expected}");
    }
}
