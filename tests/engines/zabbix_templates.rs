//! The packaged templates in a real server: every item gets its value, faults become problems that say what is
//! wrong and what to do, and their end is seen.

use std::fs;
use std::sync::Once;
use std::time::{SystemTime, UNIX_EPOCH};

use demo_host::ports::unanswered_port;
use mailhost_tests::packages::DEB;
use mailhost_tests::{free_port, skip};

use crate::zabbix::{Agent2, Host, Problem, Zabbix, zabbix};
use crate::zabbix_site::Site;

#[test]
fn critical_and_ok_a_mail_host_seen_from_outside() {
    let Some(zabbix) = with_templates() else {
        return;
    };
    let site = Site::start(zabbix.root());
    let macros = [
        ("{$MAILHOST.NAME}", "mail.example.org"),
        ("{$MAILHOST.RESOLVER}", &site.resolver()),
        ("{$MAILHOST.SMTP.PORT}", &site.closed()),
        ("{$MAILHOST.SMTP.INTERVAL}", OFTEN),
        ("{$MAILHOST.RBL.INTERVAL}", OFTEN),
    ];
    let host = zabbix.create_host("mail.example.org", OUTSIDE, free_port(), &macros);

    let closed = site.closed();
    let name = format!("SMTP: 127.0.0.1:{closed} greets with 554 5.3.2 Closed for repairs");
    let problem = wait_for_problem(zabbix, &host, &name, HIGH);
    let report = format!(
        "CRITICAL - 127.0.0.1:{closed} greets with 554 5.3.2 Closed for repairs\n\
         [CRITICAL] greeting-refused: greets with 554 5.3.2 Closed for repairs\n    \
         The server's own words say why; look for them in its log.\n"
    );
    assert!(problem.data.starts_with(&report), "{}", problem.data);
    assert_eq!(value(zabbix, &host, "mailhost.smtp.works"), "0");

    // That nothing is known for a while is a problem of its own, and not the end of the other one.
    zabbix.set_macro(&host, "{$MAILHOST.NAME}", "");
    wait_for_problem(zabbix, &host, "SMTP: invalid value '' for '--sni", AVERAGE);
    wait_for_problem(zabbix, &host, &name, HIGH);
    zabbix.set_macro(&host, "{$MAILHOST.NAME}", "mail.example.org");
    wait_for_end(zabbix, &host, "SMTP: invalid value ");
    wait_for_problem(zabbix, &host, &name, HIGH);

    zabbix.set_macro(&host, "{$MAILHOST.SMTP.PORT}", &site.smtp());
    wait_for_end(zabbix, &host, &name);
    assert_eq!(value(zabbix, &host, "mailhost.smtp.state"), "0");
    assert_eq!(value(zabbix, &host, "mailhost.smtp.works"), "100");
    let report = value(zabbix, &host, "mailhost.smtp.report");
    assert!(report.starts_with("OK - 127.0.0.1:"), "{report}");

    let listed = "192.31.196.11 of mail.example.org is listed by bl.spamcop.net";
    wait_for_problem(zabbix, &host, &format!("Blocklists: {listed}"), WARNING);
    let one = "192.31.196.11 is listed by bl.spamcop.net";
    wait_for_problem(zabbix, &host, one, INFORMATION);
    assert_everything_has_a_value(zabbix, &host, &[]);
    let verdict = |list| value(zabbix, &host, &format!("mailhost.rbl.list[192.31.196.11,{list}]"));
    assert_eq!(verdict("bl.spamcop.net"), "listed");
    assert_eq!(verdict("zen.spamhaus.org"), "not_listed");
}

/// It is never bad for long enough to be called so, and never well.
#[test]
fn warning_a_mail_host_that_swings() {
    let Some(zabbix) = with_templates() else {
        return;
    };
    let site = Site::start(zabbix.root());
    let macros = [
        ("{$MAILHOST.NAME}", "mail.example.org"),
        ("{$MAILHOST.RESOLVER}", &site.resolver()),
        ("{$MAILHOST.SMTP.PORT}", &site.smtp()),
        ("{$MAILHOST.SMTP.INTERVAL}", "1s"),
    ];
    let host = zabbix.create_host("swings.example.org", OUTSIDE, free_port(), &macros);
    let turns = [(site.closed(), "2"), (site.smtp(), "0")];
    for (port, state) in turns.iter().cycle().take(5) {
        zabbix.set_macro(&host, "{$MAILHOST.SMTP.PORT}", port);
        zabbix.wait_until(&host, "the other state", || {
            let now = zabbix.item(&host, "mailhost.smtp.state").value;
            (now.as_deref() == Some(*state)).then_some(())
        });
    }
    wait_for_problem(zabbix, &host, "SMTP keeps changing its state", WARNING);
}

/// Thresholds that Zabbix itself judges, and the means of 30 days.
#[test]
fn warning_and_ok_a_mail_host_that_is_slow() {
    let Some(zabbix) = with_templates() else {
        return;
    };
    let site = Site::start(zabbix.root());
    let macros = [
        ("{$MAILHOST.NAME}", "mail.example.org"),
        ("{$MAILHOST.RESOLVER}", &site.resolver()),
        ("{$MAILHOST.SMTP.PORT}", &site.smtp()),
        ("{$MAILHOST.SMTP.INTERVAL}", OFTEN),
        // Nothing is as quick as that.
        ("{$MAILHOST.CONNECT.WARNING}", "0"),
        ("{$MAILHOST.CONNECT.CRITICAL}", "3600"),
    ];
    let host = zabbix.create_host("slow.example.org", OUTSIDE, free_port(), &macros);
    let name = "SMTP takes long to accept connections (warning)";
    wait_for_problem(zabbix, &host, name, WARNING);
    zabbix.set_macro(&host, "{$MAILHOST.CONNECT.WARNING}", "3600");
    wait_for_end(zabbix, &host, name);

    // Of an hour in which it worked, and of three in which it did not.
    let works = zabbix.item(&host, "mailhost.smtp.works");
    zabbix.write_trends(&works, &[100, 0, 0, 0]);
    let mean = || {
        zabbix.check_now(&zabbix.item(&host, "mailhost.smtp.works30"));
        zabbix.item(&host, "mailhost.smtp.works30").value
    };
    assert_eq!(zabbix.wait_until(&host, "a mean of 30 days", mean), "25");
}

#[test]
fn ok_submission() {
    let Some(zabbix) = with_templates() else {
        return;
    };
    let site = Site::start(zabbix.root());
    let macros = [
        ("{$MAILHOST.NAME}", "mail.example.org"),
        ("{$MAILHOST.SUBMISSION.PORT}", &site.submission()),
        ("{$MAILHOST.SUBMISSION.INTERVAL}", OFTEN),
    ];
    let template = "Mail submission by mailhost";
    let host = zabbix.create_host("submission.example.org", template, free_port(), &macros);
    assert_everything_has_a_value(zabbix, &host, &[]);
    assert_eq!(value(zabbix, &host, "mailhost.submission.state"), "0");
}

#[test]
fn warning_a_domain_with_one_of_two_mail_exchangers() {
    let Some(zabbix) = with_templates() else {
        return;
    };
    let site = Site::start(zabbix.root());
    let macros = [
        ("{$MAILHOST.DOMAIN}", "example.org"),
        ("{$MAILHOST.SELECTOR}", "s1"),
        ("{$MAILHOST.RESOLVER}", &site.resolver()),
        ("{$MAILHOST.SMTP.PORT}", &site.exchangers()),
        ("{$MAILHOST.SMTP.INTERVAL}", OFTEN),
        ("{$MAILHOST.DNS.INTERVAL}", OFTEN),
    ];
    let host = zabbix.create_host("example.org", DOMAIN, free_port(), &macros);
    let exchangers = "Mail exchangers: mx2.example.org";
    wait_for_problem(zabbix, &host, exchangers, WARNING);
    wait_for_problem(zabbix, &host, "mx2.example.org: something is wrong", INFORMATION);
    let key = "DKIM and DMARC: example.org selector s1 has no key";
    wait_for_problem(zabbix, &host, key, HIGH);
    // There is no key, no policy and no TLSA record, and the second host is closed.
    let unknown = ["key_length", "mta_sts", "dane_ok", "mx2.example.org"];
    assert_everything_has_a_value(zabbix, &host, &unknown);
    let faults = "mailhost.exchangers.mx.faults";
    let findings = value(zabbix, &host, "mailhost.exchangers.report");
    assert_eq!(value(zabbix, &host, &format!("{faults}[mx1.example.org]")), "0", "{findings}");
    // One at each of its addresses.
    assert_eq!(value(zabbix, &host, &format!("{faults}[mx2.example.org]")), "2", "{findings}");
    // Its mail exchangers are on loopback.
    assert_eq!(value(zabbix, &host, "mailhost.mx_spf.state"), "1");
    assert_eq!(value(zabbix, &host, "mailhost.dkim_dmarc.policy"), "1");
    let listed = value(zabbix, &host, "mailhost.rbl.list[example.org,dbl.spamhaus.org]");
    assert_eq!(listed, "not_listed");
}

#[test]
fn critical_a_mail_host_from_inside() {
    let Some(zabbix) = with_templates() else {
        return;
    };
    // The package nullmailer makes the spool, and nothing is running that would send.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs();
    for number in 1..=3 {
        let message = "alice@example.org\nbob@example.net\n\nSubject: one\n\nwaits\n";
        let name = format!("/var/spool/nullmailer/queue/{}.{number}", now - 60);
        zabbix.root().write(&name, message, 0o644).expect("a message");
    }
    let agent = match Agent2::start(zabbix.root(), &["/etc/zabbix/zabbix_agent2.d/mailhost.conf"]) {
        Ok(agent) => agent,
        Err(reason) => return skip("engines/zabbix-agent", reason),
    };
    let refused = agent.get("mailhost_smtp_queue[-w,~:10]");
    assert!(refused.contains("Character \"~\" is not allowed"), "{refused}");
    let answer = agent.get("mailhost_smtp_queue[-w,-inf:10,-t,2.5]");
    assert!(answer.contains("\"label\":\"send\",\"instance\":null,\"value\":3,"), "{answer}");

    let macros = [
        ("{$MAILHOST.QUEUE.CRITICAL}", "2"),
        ("{$MAILHOST.QUEUE.LIMIT:\"queue\"}", "2"),
        ("{$MAILHOST.MOUNT.LIMIT:\"/\"}", "0"),
        ("{$MAILHOST.QUEUE.INTERVAL}", OFTEN),
        ("{$MAILHOST.MACHINE.INTERVAL}", OFTEN),
    ];
    let host = zabbix.create_host("inside.example.org", INSIDE, agent.port(), &macros);
    // Down, or with three messages where the machine runs one of its own.
    wait_for_problem(zabbix, &host, "Mail queue: nullmailer ", HIGH);
    wait_for_problem(zabbix, &host, "Queue queue is longer than its own limit", WARNING);
    wait_for_problem(zabbix, &host, "/ is fuller than its own limit", WARNING);
    // Nothing is sent, and not every machine has swap.
    let unknown = ["drain", "rate", "receive", "growth", "full_in", "swap_used"];
    assert_everything_has_a_value(zabbix, &host, &unknown);
    assert_eq!(value(zabbix, &host, "mailhost.queue.queue[queue]"), "3");
    let used: f64 =
        value(zabbix, &host, "mailhost.machine.mount.disk_used[/]").parse().expect("a number");
    assert!(used > 0.0 && used <= 100.0, "{used}");

    // What is gone is no problem any more, long before it is forgotten.
    zabbix.set_macro(&host, "{$MAILHOST.QUEUE.NODATA}", "30s");
    fs::remove_dir_all(zabbix.root().join("/var/spool/nullmailer/queue")).expect("it was there");
    wait_for_end(zabbix, &host, "Queue queue is longer than its own limit");
}

/// The server waits three seconds, and then would know nothing.
#[test]
fn critical_a_silent_server_is_told_before_the_servers_time_is_over() {
    let Some(zabbix) = with_templates() else {
        return;
    };
    let silent = unanswered_port().expect("a port");
    let port = silent.port().to_string();
    let macros = [
        ("{$MAILHOST.NAME}", "mail.example.org"),
        ("{$MAILHOST.SMTP.PORT}", port.as_str()),
        ("{$MAILHOST.SMTP.INTERVAL}", "5s"),
    ];
    let host = zabbix.create_host("silent.example.org", OUTSIDE, free_port(), &macros);
    let name = format!("SMTP: 127.0.0.1:{port} does not answer within 2.5 s");
    wait_for_problem(zabbix, &host, &name, HIGH);
}

/// With more time than the server has: the plugin is ended, and nothing is known but that.
#[test]
fn unknown_a_check_without_an_answer_is_a_problem_too() {
    let Some(zabbix) = with_templates() else {
        return;
    };
    let silent = unanswered_port().expect("a port");
    let port = silent.port().to_string();
    let macros = [
        ("{$MAILHOST.NAME}", "mail.example.org"),
        ("{$MAILHOST.SMTP.PORT}", port.as_str()),
        ("{$MAILHOST.SMTP.INTERVAL}", "5s"),
        ("{$MAILHOST.SMTP.NODATA}", "30s"),
        ("{$MAILHOST.TIMEOUT}", "9"),
    ];
    let host = zabbix.create_host("endless.example.org", OUTSIDE, free_port(), &macros);
    wait_for_problem(zabbix, &host, "SMTP: no answer from check_smtp_banner", AVERAGE);
    let unsupported = zabbix.unsupported(&host);
    let why = "Timeout while executing a shell script.";
    assert!(unsupported.iter().any(|item| item.ends_with(why)), "{unsupported:?}");
}

/// A macro that nobody has set is said to be empty.
#[test]
fn unknown_a_macro_that_is_empty_is_named() {
    let Some(zabbix) = with_templates() else {
        return;
    };
    let macros = [("{$MAILHOST.DNS.INTERVAL}", OFTEN)];
    let host = zabbix.create_host("unset.example.org", DOMAIN, free_port(), &macros);
    let name = "MX and SPF: -d is empty; leave it out or fill the macro";
    wait_for_problem(zabbix, &host, name, AVERAGE);
}

/// The installation with the packaged templates.
pub(crate) fn with_templates() -> Option<&'static Zabbix> {
    static IMPORT: Once = Once::new();
    let zabbix = zabbix()?;
    IMPORT.call_once(|| {
        for template in ["mail-host", "mail-submission", "mail-domain", "mail-machine"] {
            let path = format!("/usr/share/doc/{DEB}/examples/zabbix/{template}.json");
            let text = fs::read_to_string(zabbix.root().join(&path));
            zabbix.import(&text.expect("it is in the package"));
        }
    });
    Some(zabbix)
}

fn value(zabbix: &Zabbix, host: &Host, key: &str) -> String {
    zabbix.item(host, key).value.unwrap_or_else(|| panic!("{key} has no value"))
}

/// Waits for a problem whose name begins so.
pub(crate) fn wait_for_problem(zabbix: &Zabbix, host: &Host, name: &str, severity: u8) -> Problem {
    let is_it = |problem: &Problem| problem.name.starts_with(name) && problem.severity == severity;
    let there = || zabbix.problems(host).into_iter().find(is_it);
    zabbix.wait_until(host, &format!("problem {name}"), there)
}

/// Waits until no problem's name begins so.
pub(crate) fn wait_for_end(zabbix: &Zabbix, host: &Host, name: &str) {
    let is_it = |problem: &Problem| problem.name.starts_with(name);
    let over = || (!zabbix.problems(host).iter().any(is_it)).then_some(());
    zabbix.wait_until(host, &format!("end of problem {name}"), over);
}

/// But for those whose history is not kept, the means of 30 days, and what cannot be known here.
fn assert_everything_has_a_value(zabbix: &Zabbix, host: &Host, unknown: &[&str]) {
    let wanted = |key: &str| {
        !key.starts_with("mailhost_")
            && !key.ends_with(".works30")
            && !unknown.iter().any(|part| key.contains(part))
    };
    // What has just been discovered gets its value with the next check.
    zabbix.wait_until(host, "a value of each item", || {
        let items = zabbix.items(host);
        let all = items.iter().all(|item| item.value.is_some() || !wanted(&item.key));
        (all && items.len() > 10).then_some(())
    });
    let mut unsupported = zabbix.unsupported(host);
    // In the first hour there is nothing yet of which it could be the mean.
    unsupported.retain(|item| !item.contains(".works30: "));
    assert_eq!(unsupported, [] as [&str; 0]);
}

/// The templates by their names.
pub(crate) const OUTSIDE: &str = "Mail host by mailhost";
const DOMAIN: &str = "Mail domain by mailhost";
const INSIDE: &str = "Mail host from inside by mailhost";
/// In a test there is no time for a minute between two checks.
pub(crate) const OFTEN: &str = "2s";
const INFORMATION: u8 = 1;
const WARNING: u8 = 2;
const AVERAGE: u8 = 3;
pub(crate) const HIGH: u8 = 4;
