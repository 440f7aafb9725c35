//! Every rule of the register fires in some test with its usual state.

use mailhost_core::contract::REGISTER;

/// The tests' own text: what they expect of the output, they write as the output does.
const TESTS: &[&str] = &[
    include_str!("agreement.rs"),
    include_str!("bimi.rs"),
    include_str!("dkim.rs"),
    include_str!("dmarc.rs"),
    include_str!("hostile.rs"),
    include_str!("keys.rs"),
    include_str!("message.rs"),
    include_str!("policy.rs"),
    include_str!("reports.rs"),
    include_str!("selectors.rs"),
    include_str!("servers.rs"),
    include_str!("state.rs"),
    include_str!("tables.rs"),
    include_str!("usage.rs"),
    include_str!("walk.rs"),
];

#[test]
fn ok_every_rule_has_a_test_with_its_usual_state() {
    for rule in REGISTER {
        if !rule.plugins.contains(&"dkim_dmarc") {
            continue;
        }
        let expected = format!("\"[{}] {}", rule.usual, rule.code);
        assert!(TESTS.iter().any(|text| text.contains(&expected)), "no test expects {expected}");
    }
}
