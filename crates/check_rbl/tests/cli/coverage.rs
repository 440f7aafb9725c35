//! Every rule of the register fires in some test with its usual state.

use mailhost_core::contract::REGISTER;

/// The tests' own text: what they expect of the output, they write as the output does.
const TESTS: &[&str] = &[
    include_str!("keys.rs"),
    include_str!("lists.rs"),
    include_str!("resolver.rs"),
    include_str!("score.rs"),
    include_str!("state.rs"),
    include_str!("targets.rs"),
    include_str!("verdicts.rs"),
];

#[test]
fn ok_every_rule_has_a_test_with_its_usual_state() {
    for rule in REGISTER {
        if !rule.plugins.contains(&"rbl") {
            continue;
        }
        let expected = format!("\"[{}] {}", rule.usual, rule.code);
        assert!(TESTS.iter().any(|text| text.contains(&expected)), "no test expects {expected}");
    }
}
