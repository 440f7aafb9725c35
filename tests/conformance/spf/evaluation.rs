//! One evaluation by the plugin, and whether it is what a test of the suite expects.

use std::net::SocketAddr;

use mailhost_tests::Plugin;
use serde_json::Value;

use super::suite::{Case, DEFAULT};

/// What the plugin made of one client and sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Evaluation {
    /// The result by its name in RFC 7208 section 2.6; of an answer without one, the answer.
    pub(super) result: String,
    /// The expanded explanation, if the domain has one.
    pub(super) explanation: Option<String>,
}

/// What is wrong with an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Explanation,
    Result,
}

/// Runs the plugin; `limit` is its whole time, in seconds.
pub(super) fn run(case: &Case, resolver: SocketAddr, limit: u32) -> Evaluation {
    let run = Plugin::named("check_mx_spf")
        // With `=`, because a test may begin a value with a hyphen.
        .args([
            format!("--ip={}", case.host),
            format!("--sender={}", case.sender),
            format!("--helo={}", case.helo),
            format!("--nameserver={resolver}"),
            format!("--timeout={limit}"),
            "--output=json".to_owned(),
        ])
        .run()
        .held();
    Evaluation::read(&run.stdout)
}

impl Evaluation {
    fn read(stdout: &str) -> Self {
        let object: Value = serde_json::from_str(stdout).unwrap_or_default();
        let evaluation = &object["facts"]["evaluation"];
        let text = |field: &str| evaluation[field].as_str().map(str::to_owned);
        Self {
            result: text("result").unwrap_or_else(|| format!("no result in {}", stdout.trim_end())),
            explanation: text("explanation"),
        }
    }

    /// Any result that the suite lists counts as right.
    pub(super) fn fault(&self, case: &Case) -> Option<Fault> {
        if !case.results.contains(&self.result) {
            return Some(Fault::Result);
        }
        let expected = words(case.explanation.as_deref()?);
        let got = words(self.explanation.as_deref().unwrap_or(DEFAULT));
        (got != expected).then_some(Fault::Explanation)
    }
}

/// The words of a text: plugins print one blank for several.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[test]
fn ok_an_evaluation_is_read_and_judged() {
    let case = |explanation: Option<&str>| Case {
        results: vec!["fail".to_owned(), "permerror".to_owned()],
        explanation: explanation.map(str::to_owned),
        ..Case::default()
    };
    let read = |evaluation: &str| {
        Evaluation::read(&format!("{{\"facts\": {{\"evaluation\": {evaluation}}}}}\n"))
    };
    let plain = read("{\"result\": \"permerror\", \"explanation\": null}");
    assert_eq!((plain.fault(&case(None)), plain.fault(&case(Some(DEFAULT)))), (None, None));
    assert_eq!(plain.fault(&case(Some("Go away."))), Some(Fault::Explanation));
    let explained = read("{\"result\": \"fail\", \"explanation\": \"Go away.\"}");
    assert_eq!(
        (explained.fault(&case(None)), explained.fault(&case(Some("Go away.")))),
        (None, None)
    );
    assert_eq!(explained.fault(&case(Some(DEFAULT))), Some(Fault::Explanation));
    assert_eq!(read("{\"result\": \"pass\"}").fault(&case(None)), Some(Fault::Result));
    let nothing = Evaluation::read("MX SPF UNKNOWN - usage\n");
    assert_eq!(nothing.result, "no result in MX SPF UNKNOWN - usage");
    assert_eq!(nothing.fault(&case(None)), Some(Fault::Result));
}
