//! `check_smtp_banner`: from a healthy server to the ways a mail server's door can be shut.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use demo_host::Action;
use demo_host::certificates::{Authority, CertificateSpec};
use demo_host::smtp::{Account, Auth, Script, StartTls, Tls};

use super::{Act, Case, Plugin, mail_domain};
use crate::stage::Stage;
use crate::state::State;

pub(super) const PLUGIN: Plugin = Plugin {
    name: "check_smtp_banner",
    first_try: "-H mail.example.org -S -D 14,7",
    stage,
    acts: &[
        Act { question: "Is the door open?", cases: DOOR },
        Act { question: "Is it encrypted, and is it really you?", cases: ENCRYPTION },
        Act { question: "Would it take mail, and only the right mail?", cases: MAIL },
        Act { question: "Does the whole domain keep its word?", cases: mail_domain::CASES },
        Act { question: "How does it fit into your monitoring?", cases: MONITORING },
    ],
};

const DOOR: &[Case] = &[
    Case {
        title: "All is well",
        args: "-H 127.0.0.1 -p {good}",
        expected: State::Ok,
        says: "220 mail.example.org ESMTP",
    },
    Case {
        title: "The server turns everyone away with 554, in words that contain \"220\"",
        args: "-H 127.0.0.1 -p {closed}",
        expected: State::Critical,
        says: "greeting-refused",
    },
    Case {
        title: "The server is slow to greet",
        args: "-H 127.0.0.1 -p {slow} --greeting-warning 300ms",
        expected: State::Warning,
        says: "time-threshold",
    },
    Case {
        title: "The server takes the connection and says nothing",
        args: "-H 127.0.0.1 -p {silent} -t 1",
        expected: State::Critical,
        says: "reply-timeout",
    },
    Case {
        title: "Nothing listens on the port",
        args: "-H 127.0.0.1 -p {refused}",
        expected: State::Critical,
        says: "connect-refused",
    },
    Case {
        title: "The greeting tries to clear your screen and to forge performance data",
        args: "-H 127.0.0.1 -p {hostile}",
        expected: State::Ok,
        says: "ESMTP ?[2J?[31m ! time=0s",
    },
];

const ENCRYPTION: &[Case] = &[
    Case {
        title: "STARTTLS, with the certificate's chain, name and dates verified",
        args: "-H 127.0.0.1 -p {good} -S -D 14,7 --sni mail.example.org --ca-file ca.pem",
        expected: State::Ok,
        says: "certificate expires in 90 days",
    },
    Case {
        title: "The certificate expires in 9 days",
        args: "-H 127.0.0.1 -p {expiring} -S -D 14,7 --sni mail.example.org --ca-file ca.pem",
        expected: State::Warning,
        says: "cert-expires-soon",
    },
    Case {
        title: "The certificate has expired",
        args: "-H 127.0.0.1 -p {expired} -S -D 14,7 --sni mail.example.org --ca-file ca.pem",
        expected: State::Critical,
        says: "cert-expired",
    },
    Case {
        title: "The certificate is for another name",
        args: "-H 127.0.0.1 -p {misnamed} -S -D 14,7 --sni mail.example.org --ca-file ca.pem",
        expected: State::Warning,
        says: "cert-name-mismatch",
    },
    Case {
        title: "Something on the way has stripped STARTTLS from the server's offer",
        args: "-H 127.0.0.1 -p {stripped} -S",
        expected: State::Critical,
        says: "starttls-missing",
    },
    Case {
        title: "Someone on the way puts a reply of his own in front of the encryption",
        args: "-H 127.0.0.1 -p {injected} -S",
        expected: State::Critical,
        says: "starttls-injection",
    },
];

const MAIL: &[Case] = &[
    Case {
        title: "A login over TLS works; -v shows the good findings too",
        args: "-H 127.0.0.1 -p {login} --tls --sni mail.example.org --ca-file ca.pem \
               -U monitor --password-file password -v",
        expected: State::Ok,
        says: "[OK] auth: PLAIN as monitor",
    },
    Case {
        title: "The password is wrong",
        args: "-H 127.0.0.1 -p {login} --tls --sni mail.example.org --ca-file ca.pem \
               -U monitor --password-file old-password",
        expected: State::Critical,
        says: "auth-refused",
    },
    Case {
        title: "One of two recipients is greylisted",
        args: "-H 127.0.0.1 -p {good} -f monitor@example.net \
               --rcpt postmaster@example.org --rcpt info@example.org",
        expected: State::Warning,
        says: "rcpt-deferred",
    },
    Case {
        title: "A message of 50 MB would not get in",
        args: "-H 127.0.0.1 -p {good} --size 50MB",
        expected: State::Critical,
        says: "size-too-small",
    },
    Case {
        title: "The server relays anybody's mail to anybody",
        args: "-H 127.0.0.1 -p {relay} --open-relay",
        expected: State::Critical,
        says: "open-relay",
    },
];

const MONITORING: &[Case] = &[
    Case {
        title: "You know about the name, and want no alarm for it",
        args: "-H 127.0.0.1 -p {misnamed} -S -D 14,7 --sni mail.example.org --ca-file ca.pem \
               --ignore cert-name-mismatch",
        expected: State::Ok,
        says: "SMTP BANNER OK",
    },
    Case {
        title: "The command makes no sense: never an alarm about the server",
        args: "-H 127.0.0.1 -p {good} -D 14,7",
        expected: State::Unknown,
        says: "-D needs TLS",
    },
    Case {
        title: "The same verdicts as JSON, for Zabbix and scripts",
        args: "-H 127.0.0.1 -p {refused} --output json",
        expected: State::Critical,
        says: "\"connect-refused\"",
    },
];

fn stage() -> io::Result<Stage> {
    let mut stage = Stage::new()?;
    let authority = Authority::new("Example Root")?;
    authority.write_pem(stage.directory().join("ca.pem"))?;
    for (file, password) in [("password", PASSWORD), ("old-password", "last year's")] {
        let path = stage.directory().join(file);
        fs::write(&path, password)?;
        // A password file that others can read is refused.
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    }
    let showing = |spec: CertificateSpec| Ok::<_, io::Error>(Tls::new(authority.issue(&spec)?));

    door(&mut stage)?;
    stage.mail("good", good(showing(CertificateSpec::default())?))?;
    for (name, not_after_days) in [("expired", -3), ("expiring", 9)] {
        let spec = CertificateSpec { not_after_days, ..CertificateSpec::default() };
        stage.mail(name, Script::with_starttls(showing(spec)?))?;
    }
    let misnamed = CertificateSpec::named("www.example.org");
    stage.mail("misnamed", Script::with_starttls(showing(misnamed)?))?;
    let injected = b"250 2.0.0 Ok, and in clear\r\n".to_vec();
    for (name, starttls) in
        [("injected", StartTls::InjectAfter220(injected)), ("stripped", StartTls::NotOffered)]
    {
        let tls = showing(CertificateSpec::default())?;
        let script = Script { starttls, ..Script::with_starttls(tls) };
        stage.mail(name, script)?;
    }
    let login = Script {
        auth: Auth::new(&["PLAIN", "LOGIN"], Account::new("monitor", PASSWORD)),
        ..Script::with_implicit_tls(showing(CertificateSpec::default())?)
    };
    stage.mail("login", login)?;
    stage.mail("relay", Script::open_relay())?;
    mail_domain::start(&mut stage, &authority)?;
    Ok(stage)
}

/// Servers that differ in how they greet, if they do.
fn door(stage: &mut Stage) -> io::Result<()> {
    let greeting = |greeting| Script { greeting, ..Script::default() };
    let closed = "554 5.7.1 mail.example.org closed, 220 messages are waiting";
    stage.mail("closed", greeting(Action::reply(closed)))?;
    stage.mail("slow", greeting(Action::late(Duration::from_millis(500))))?;
    stage.mail("silent", greeting(Action::Silence))?;
    let hostile = "220 mail.example.org ESMTP \u{1b}[2J\u{1b}[31m | time=0s <b>fine</b>";
    stage.mail("hostile", greeting(Action::reply(hostile)))?;
    stage.refused("refused")
}

/// A healthy server with the usual limits.
fn good(tls: Tls) -> Script {
    let greylisted = "451 4.7.1 Greylisted, try again in 300 seconds";
    Script {
        size_limit: Some(10_240_000),
        recipients: vec![("info@example.org".into(), Action::reply(greylisted))],
        ..Script::with_starttls(tls)
    }
}

const PASSWORD: &str = "correct horse battery staple";
