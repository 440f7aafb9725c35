//! A mail host as others see it: the doors of the server, and what blocklists say of its addresses.

use super::check::{Check, Runner};
use super::discovery;
use super::template::{Template, Trigger, Widget};

/// The template.
pub(super) fn template() -> Template {
    let mut template =
        Template::new("mail-host.json", "Mail host by mailhost", ABOUT).with_macros(MACROS);
    let smtp = SMTP.add_to(&mut template);
    SMTP.add_availability_to(&mut template);
    for (state, severity) in [("CRITICAL", "HIGH"), ("WARNING", "WARNING")] {
        template.add_trigger(&Trigger {
            name: format!("SMTP takes long to accept connections ({})", state.to_lowercase()),
            expression: format!("min(/@/mailhost.smtp.connect,5m)>{{$MAILHOST.CONNECT.{state}}}"),
            operational_data: "{ITEM.LASTVALUE1}".to_owned(),
            severity,
            what_to_do: SLOW.to_owned(),
            unless: vec![smtp.critical.clone()],
            ..Trigger::default()
        });
    }
    SUBMISSION.add_to(&mut template);
    SUBMISSION.add_availability_to(&mut template);
    BLOCKLISTS.add_to(&mut template);
    discovery::blocklists(&mut template, &BLOCKLISTS);
    let of = |check: &Check, labels: &[&str]| {
        labels.iter().map(|label| check.key(label)).collect::<Vec<_>>()
    };
    template.graph(TIMES, &of(&SMTP, &["connect", "greeting", "ehlo", "tls"]));
    template.graph(CERTIFICATES, &[SMTP.key("cert_left"), SUBMISSION.key("cert_left")]);
    template
        .graph(LISTS, &of(&BLOCKLISTS, &["listed", "answered", "refused", "broken", "unanswered"]));
    template.row(
        3,
        vec![
            Widget::Value("SMTP", SMTP.key("state")),
            Widget::Value("Submission", SUBMISSION.key("state")),
            Widget::Value("Blocklists", BLOCKLISTS.key("state")),
            Widget::Fraction("SMTP works, 30 days", SMTP.key("works30")),
        ],
    );
    template.row(
        4,
        vec![
            Widget::Text("SMTP: what is the matter", SMTP.key("report")),
            Widget::Text("Blocklists: what is the matter", BLOCKLISTS.key("report")),
        ],
    );
    template.row(6, vec![Widget::Graph(TIMES), Widget::Graph(CERTIFICATES)]);
    template.row(6, vec![Widget::Graph(LISTS)]);
    template
}

const SMTP: Check = Check {
    id: "smtp",
    title: "SMTP",
    plugin: "smtp_banner",
    runner: Runner::Server,
    options: "-H,{HOST.CONN},-p,{$MAILHOST.SMTP.PORT},-S,--sni,{$MAILHOST.NAME},-D,\"{$MAILHOST.CERTIFICATE}\"",
    interval: "{$MAILHOST.SMTP.INTERVAL}",
    silence: "{$MAILHOST.SMTP.NODATA}",
    metrics: &["time", "dns", "connect", "greeting", "ehlo", "tls", "cert_left"],
};

const SUBMISSION: Check = Check {
    id: "submission",
    title: "Submission",
    options: "-H,{HOST.CONN},-p,{$MAILHOST.SUBMISSION.PORT},-S,--sni,{$MAILHOST.NAME},\
        -D,\"{$MAILHOST.CERTIFICATE}\",--tls-required",
    ..SMTP
};

const BLOCKLISTS: Check = Check {
    id: "rbl",
    title: "Blocklists",
    plugin: "rbl",
    runner: Runner::Server,
    options: "-H,{$MAILHOST.NAME},--nameserver,{$MAILHOST.RESOLVER}",
    interval: "{$MAILHOST.RBL.INTERVAL}",
    silence: "{$MAILHOST.RBL.NODATA}",
    metrics: &[
        "score",
        "listed",
        "lists",
        "answered",
        "refused",
        "broken",
        "unanswered",
        "dns_queries",
        "time",
    ],
};

const ABOUT: &str = "\
A mail host as others see it: SMTP and submission with their certificates, and blocklists.

Set on the host: {$MAILHOST.NAME}, the name that the certificate has to be for; {$MAILHOST.RESOLVER}, a resolver of \
your own, for blocklists refuse public ones. The address is that of the host's interface.

The plugins run on the Zabbix server or proxy, as external checks: install the package there. A host without \
submission: disable the item \"Submission: check_smtp_banner runs\".";

const MACROS: &[(&str, &str, &str)] = &[
    (
        "{$MAILHOST.NAME}",
        "",
        "The name of the mail host; its certificate has to be for it, and its addresses are looked for in blocklists.",
    ),
    (
        "{$MAILHOST.RESOLVER}",
        "127.0.0.1",
        "IP[:PORT] of a resolver of your own, as the Zabbix server sees it.",
    ),
    ("{$MAILHOST.SMTP.PORT}", "25", "The port of SMTP."),
    ("{$MAILHOST.SUBMISSION.PORT}", "587", "The port of submission with STARTTLS."),
    (
        "{$MAILHOST.CERTIFICATE}",
        "14,7",
        "Days that a certificate has to be valid at least: WARNING,CRITICAL.",
    ),
    ("{$MAILHOST.CONNECT.WARNING}", "0.2", "Seconds that connecting may take, for five minutes."),
    ("{$MAILHOST.CONNECT.CRITICAL}", "1", "Seconds that connecting may take, for five minutes."),
    ("{$MAILHOST.SMTP.INTERVAL}", "1m", "How often SMTP and submission are checked."),
    ("{$MAILHOST.SMTP.NODATA}", "5m", "How long their checks may give no answer."),
    ("{$MAILHOST.RBL.INTERVAL}", "30m", "How often blocklists are asked; they count it."),
    ("{$MAILHOST.RBL.NODATA}", "2h", "How long that check may give no answer."),
];

const SLOW: &str =
    "See what the server is busy with (processes, disks, its own DNS), and how far it is away.";
const TIMES: &str = "SMTP: seconds";
const CERTIFICATES: &str = "Certificates: time left";
const LISTS: &str = "Blocklists";
