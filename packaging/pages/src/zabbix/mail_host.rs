//! A mail host as others see it: the door of the server, and what blocklists say of its addresses.

use super::check::{Check, Runner};
use super::discovery;
use super::template::{CERTIFICATE, Macro, NAME, RESOLVER, SMTP_PORT, Template, Trigger, Widget};

/// The template.
pub(super) fn template() -> Template {
    let mut template =
        Template::new("mail-host.json", "Mail host by mailhost", ABOUT).with_macros(MACROS);
    let is_critical = SMTP.add_to(&mut template);
    SMTP.add_availability_to(&mut template);
    let slow = |state: &str, severity, unless: Vec<Trigger>| Trigger {
        name: format!("SMTP takes long to accept connections ({})", state.to_lowercase()),
        expression: format!("min(/@/mailhost.smtp.connect,5m)>{{$MAILHOST.CONNECT.{state}}}"),
        operational_data: "{ITEM.LASTVALUE1}".to_owned(),
        severity,
        what_to_do: SLOW.to_owned(),
        unless,
        ..Trigger::default()
    };
    let critical = slow("CRITICAL", "HIGH", vec![is_critical.clone()]);
    template.add_trigger(&critical);
    template.add_trigger(&slow("WARNING", "WARNING", vec![is_critical, critical]));
    BLOCKLISTS.add_to(&mut template);
    discovery::blocklists(&mut template, &BLOCKLISTS);
    template.graph(TIMES, &SMTP.keys(&["connect", "greeting", "ehlo", "tls"]));
    template.graph(CERTIFICATE_LEFT, &SMTP.keys(&["cert_left"]));
    template.row(
        3,
        vec![
            Widget::Value("SMTP", SMTP.key("state")),
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
    template.row(6, vec![Widget::Graph(TIMES), Widget::Graph(CERTIFICATE_LEFT)]);
    template.row(6, vec![Widget::Graph(discovery::LISTS_GRAPH)]);
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

const BLOCKLISTS: Check = Check {
    id: "rbl",
    title: "Blocklists",
    plugin: "rbl",
    runner: Runner::Server,
    options: "-H,{$MAILHOST.NAME},--nameserver,{$MAILHOST.RESOLVER}",
    interval: "{$MAILHOST.RBL.INTERVAL}",
    silence: "{$MAILHOST.RBL.NODATA}",
    metrics: discovery::BLOCKLIST_METRICS,
};

const ABOUT: &str = "\
A mail host as others see it: SMTP with its certificate, and blocklists.

Set on the host: {$MAILHOST.NAME}, the name that the certificate has to be for; {$MAILHOST.RESOLVER}, a resolver of \
your own, for blocklists refuse public ones. The address is that of the host's interface.

The plugins run on the Zabbix server or proxy, as external checks: install the package there.";

const MACROS: &[Macro] = &[
    NAME,
    RESOLVER,
    SMTP_PORT,
    CERTIFICATE,
    ("{$MAILHOST.CONNECT.WARNING}", "0.2", "Seconds that connecting may take, for five minutes."),
    ("{$MAILHOST.CONNECT.CRITICAL}", "1", "Seconds that connecting may take, for five minutes."),
    ("{$MAILHOST.SMTP.INTERVAL}", "1m", "How often SMTP is checked."),
    ("{$MAILHOST.SMTP.NODATA}", "5m", "How long that check may give no answer."),
    ("{$MAILHOST.RBL.INTERVAL}", "30m", "How often blocklists are asked; they count it."),
    ("{$MAILHOST.RBL.NODATA}", "2h", "How long that check may give no answer."),
];

const SLOW: &str =
    "See what the server is busy with (processes, disks, its own DNS), and how far it is away.";
const TIMES: &str = "SMTP: seconds";
const CERTIFICATE_LEFT: &str = "SMTP: certificate";
