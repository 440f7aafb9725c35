//! Every rule of the register fires in some test with its usual state.

use mailhost_core::contract::{REGISTER, State};

/// The tests' own text: what they expect of the output, they write as the output does.
const TESTS: &[&str] = &[
    include_str!("auth.rs"),
    include_str!("certificate.rs"),
    include_str!("chain.rs"),
    include_str!("commands.rs"),
    include_str!("connect.rs"),
    include_str!("dane.rs"),
    include_str!("domain.rs"),
    include_str!("ehlo.rs"),
    include_str!("envelope.rs"),
    include_str!("greeting.rs"),
    include_str!("hostile.rs"),
    include_str!("macros.rs"),
    include_str!("mta_sts.rs"),
    include_str!("output.rs"),
    include_str!("relay.rs"),
    include_str!("resources.rs"),
    include_str!("secrecy.rs"),
    include_str!("starttls.rs"),
    include_str!("thresholds.rs"),
    include_str!("tls_rpt.rs"),
    include_str!("unreached.rs"),
    include_str!("usage.rs"),
];

/// The verdicts on what cannot be brought about on loopback alone.
const JUDGE_TESTS: &str = include_str!("../../src/judge/tests.rs");

/// Rules that only a judge test can bring about, and why.
const NOT_ON_LOOPBACK: &[(&str, &str)] = &[
    ("address-unreachable", "needs a name with two addresses, one of them dead"),
    ("resolver-failed", "needs a machine whose resolver is broken"),
];

#[test]
fn ok_every_rule_has_a_test_with_its_usual_state() {
    for rule in REGISTER {
        if !rule.plugins.contains(&"smtp_banner") {
            continue;
        }
        let expected = format!("\"[{}] {}", rule.usual, rule.code);
        let excused = NOT_ON_LOOPBACK.iter().any(|(code, _)| *code == rule.code);
        let tested = if excused {
            JUDGE_TESTS.contains(&expected)
        } else {
            TESTS.iter().any(|text| text.contains(&expected))
        };
        assert!(tested, "no test expects {expected}");
    }
}

#[test]
fn ok_no_excuse_outlives_its_rule() {
    for (code, _) in NOT_ON_LOOPBACK {
        assert!(REGISTER.iter().any(|rule| rule.code == *code), "{code}");
    }
}

#[test]
fn ok_states_are_written_as_the_output_writes_them() {
    let states = [State::Ok, State::Warning, State::Critical, State::Unknown];
    let names = states.map(|state| state.to_string());
    assert_eq!(names, ["OK", "WARNING", "CRITICAL", "UNKNOWN"]);
}
