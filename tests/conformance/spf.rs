//! `check_mx_spf --ip` held against the openspf.org suite for RFC 7208.
//!
//! It runs three times: resolvers report a dead name server in two ways, with silence and with
//! SERVFAIL, and what they say can come in a datagram or over TCP.

mod evaluation;
mod fetch;
mod suite;
mod yaml;
mod zone;

use std::{
    fmt::Write as _,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    thread,
};

use demo_host::dns::{Behaviour, DnsServer, Zone};
use mailhost_tests::{announce, skip};

use self::{
    evaluation::{Evaluation, Fault},
    suite::{Case, Scenario},
};

#[test]
fn ok_the_rfc_7208_suite_with_silent_name_servers() {
    // Every case of a silent server takes all the time there is.
    hold("timeouts played as silence", 3, |scenario| zone::zone(scenario, &Behaviour::Silence));
}

#[test]
fn ok_the_rfc_7208_suite_with_failing_name_servers() {
    hold("timeouts played as SERVFAIL", 20, |scenario| zone::zone(scenario, &Behaviour::ServFail));
}

#[test]
fn ok_the_rfc_7208_suite_over_tcp() {
    hold("every answer over TCP", 20, |scenario| {
        let zone = zone::zone(scenario, &Behaviour::ServFail);
        zone::over_tcp(zone)
    });
}

/// Runs all tests of the suite and tells which ones fail; `limit` is for each of them, in seconds.
fn hold(named: &str, limit: u32, zone: fn(&Scenario) -> Zone) {
    let text = match &*SUITE {
        Ok(text) => text,
        Err(reason) => return skip("conformance/spf", reason),
    };
    let scenarios = suite::read(text).expect("the suite is as it was when this was written");
    let asked: Vec<Asked> = scenarios
        .iter()
        .flat_map(|scenario| Asked::all(scenario, &zone(scenario), limit))
        .collect();
    let judged = judge(&asked);
    let preferred = judged.iter().filter(|verdict| verdict.preferred).count();
    let explained = asked.iter().filter(|asked| asked.case.explanation.is_some()).count();
    let wrong = |fault: Fault| judged.iter().filter(|verdict| verdict.fault == Some(fault)).count();
    let right = judged.len() - wrong(Fault::Result);
    announce(&format!(
        "RFC 7208 suite, {named}: {right} of {} right, {preferred} of them the \
         preferred way; {} of {explained} explanations right",
        judged.len(),
        explained - wrong(Fault::Explanation),
    ));
    let failures: String = judged.iter().filter_map(|verdict| verdict.report.as_deref()).collect();
    assert!(failures.is_empty(), "{named}:\n{failures}");
    assert_eq!((judged.len(), explained), (CASES, EXPLANATIONS));
}

/// One test of the suite, and the server that knows its zone.
struct Asked<'a> {
    scenario: &'a Scenario,
    case: &'a Case,
    server: Arc<DnsServer>,
    limit: u32,
}

impl<'a> Asked<'a> {
    fn all(scenario: &'a Scenario, zone: &Zone, limit: u32) -> Vec<Self> {
        let server = DnsServer::start(zone)
            .unwrap_or_else(|error| panic!("{}: {error}", scenario.description));
        let server = Arc::new(server);
        let of = |case| Asked { scenario, case, server: Arc::clone(&server), limit };
        scenario.cases.iter().map(of).collect()
    }

    fn judge(&self) -> Verdict {
        let got = evaluation::run(self.case, self.server.address(), self.limit);
        let fault = got.fault(self.case);
        Verdict {
            preferred: got.result == self.case.results[0],
            report: fault.map(|fault| self.report(fault, &got)),
            fault,
        }
    }

    fn report(&self, fault: Fault, got: &Evaluation) -> String {
        let case = self.case;
        let mut report =
            format!("{} ({}, RFC 7208 {})", case.id, self.scenario.description, case.spec);
        let written = match fault {
            Fault::Explanation => write!(
                report,
                ": expected the explanation {:?}, got {:?}",
                case.explanation.as_deref().unwrap_or_default(),
                got.explanation.as_deref().unwrap_or(suite::DEFAULT),
            ),
            Fault::Result => {
                write!(report, ": expected {}, got {}", case.results.join(" or "), got.result)
            }
        };
        written.expect("a string takes everything");
        report.push('\n');
        report
    }
}

struct Verdict {
    preferred: bool,
    fault: Option<Fault>,
    /// A line for people, when there is a fault.
    report: Option<String>,
}

/// Asks on several threads, because the silent ones only wait; verdicts come in the suite's order.
fn judge(asked: &[Asked]) -> Vec<Verdict> {
    let waiting = Mutex::new(asked.iter().enumerate());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        std::iter::from_fn(next).map(|(place, asked)| (place, asked.judge())).collect::<Vec<_>>()
    };
    let mut judged = thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| worker.join().expect("a worker's verdicts"));
        joined.flatten().collect::<Vec<_>>()
    });
    judged.sort_by_key(|(place, _)| *place);
    judged.into_iter().map(|(_, verdict)| verdict).collect()
}

static SUITE: LazyLock<Result<String, String>> = LazyLock::new(fetch::suite);
const THREADS: usize = 4;
/// How many tests the suite has; fewer would mean that this cannot read it any more.
const CASES: usize = 203;
/// How many of them say what the explanation is.
const EXPLANATIONS: usize = 22;
