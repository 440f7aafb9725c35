//! Where users hand in their mail. Not every mail host has it, so it is a template of its own.

use super::check::{Check, Runner};
use super::template::{CERTIFICATE, Macro, NAME, Template, Widget};

/// The template.
pub(super) fn template() -> Template {
    let mut template = Template::new("mail-submission.json", "Mail submission by mailhost", ABOUT)
        .with_macros(MACROS);
    SUBMISSION.add_to(&mut template);
    SUBMISSION.add_availability_to(&mut template);
    template.graph(TIMES, &SUBMISSION.keys(&["connect", "greeting", "ehlo", "tls"]));
    template.graph(CERTIFICATE_LEFT, &SUBMISSION.keys(&["cert_left"]));
    template.row(
        3,
        vec![
            Widget::Value("Submission", SUBMISSION.key("state")),
            Widget::Fraction("Submission works, 30 days", SUBMISSION.key("works30")),
        ],
    );
    template.row(4, vec![Widget::Text("Submission: what is the matter", SUBMISSION.key("report"))]);
    template.row(6, vec![Widget::Graph(TIMES), Widget::Graph(CERTIFICATE_LEFT)]);
    template
}

const SUBMISSION: Check = Check {
    id: "submission",
    title: "Submission",
    plugin: "smtp_banner",
    runner: Runner::Server,
    options: "-H,{HOST.CONN},-p,{$MAILHOST.SUBMISSION.PORT},-S,--sni,{$MAILHOST.NAME},\
        -D,\"{$MAILHOST.CERTIFICATE}\",--tls-required",
    interval: "{$MAILHOST.SUBMISSION.INTERVAL}",
    silence: "{$MAILHOST.SUBMISSION.NODATA}",
    metrics: &["time", "dns", "connect", "greeting", "ehlo", "tls", "cert_left"],
};

const ABOUT: &str = "\
Submission of a mail host as users see it: STARTTLS before anything else, and the certificate.

Set on the host: {$MAILHOST.NAME}, the name that the certificate has to be for. The address is that of the host's \
interface.

The plugin runs on the Zabbix server or proxy, as an external check: install the package there.";

const MACROS: &[Macro] = &[
    NAME,
    CERTIFICATE,
    ("{$MAILHOST.SUBMISSION.PORT}", "587", "The port of submission with STARTTLS."),
    ("{$MAILHOST.SUBMISSION.INTERVAL}", "1m", "How often submission is checked."),
    ("{$MAILHOST.SUBMISSION.NODATA}", "5m", "How long that check may give no answer."),
];

const TIMES: &str = "Submission: seconds";
const CERTIFICATE_LEFT: &str = "Submission: certificate";
