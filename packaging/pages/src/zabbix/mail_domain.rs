//! A mail domain: its mail exchangers, what is published about it in the DNS, and what blocklists say.

use super::check::{Check, Runner, described};
use super::discovery;
use super::export::{Kind, POLICIES, Step, metric_path, of_kind};
use super::template::{Macro, RESOLVER, SMTP_PORT, Template, Widget};

/// The template.
pub(super) fn template() -> Template {
    let mut template =
        Template::new("mail-domain.json", "Mail domain by mailhost", ABOUT).with_macros(MACROS);
    let critical = EXCHANGERS.add_to(&mut template);
    EXCHANGERS.add_availability_to(&mut template);
    discovery::mail_exchangers(&mut template, &EXCHANGERS, &critical);
    MX_SPF.add_to(&mut template);
    DKIM_DMARC.add_to(&mut template);
    let policy = DKIM_DMARC.spec("policy");
    let path = metric_path(policy.name);
    let item = DKIM_DMARC.dependent(
        template.name,
        &DKIM_DMARC.key(policy.name),
        "DKIM and DMARC: policy",
        &[Step::IfThere(&path)],
    );
    template.items.push(described(of_kind(item, Kind::Coded(POLICIES)), policy.meaning));
    BLOCKLISTS.add_to(&mut template);
    discovery::blocklists(&mut template, &BLOCKLISTS);
    template.graph(LOOKUPS, &MX_SPF.keys(&["lookups", "void_lookups"]));
    template.row(
        3,
        vec![
            Widget::Value("Mail exchangers", EXCHANGERS.key("state")),
            Widget::Value("MX and SPF", MX_SPF.key("state")),
            Widget::Value("DKIM and DMARC", DKIM_DMARC.key("state")),
            Widget::Value("Blocklists", BLOCKLISTS.key("state")),
            Widget::Value("DMARC policy", DKIM_DMARC.key(policy.name)),
            Widget::Fraction("Mail is taken, 30 days", EXCHANGERS.key("works30")),
        ],
    );
    template.row(
        4,
        vec![
            Widget::Text("Mail exchangers: what is the matter", EXCHANGERS.key("report")),
            Widget::Text("MX and SPF: what is the matter", MX_SPF.key("report")),
            Widget::Text("DKIM and DMARC: what is the matter", DKIM_DMARC.key("report")),
        ],
    );
    template.row(10, vec![Widget::GraphOfEach(discovery::MX_GRAPH)]);
    template.row(6, vec![Widget::Graph(LOOKUPS), Widget::Graph(discovery::LISTS_GRAPH)]);
    template
}

const EXCHANGERS: Check = Check {
    id: "exchangers",
    title: "Mail exchangers",
    plugin: "smtp_banner",
    runner: Runner::Server,
    options: "-d,{$MAILHOST.DOMAIN},-p,{$MAILHOST.SMTP.PORT},--quorum,{$MAILHOST.QUORUM},\
        --dane,--severity,dane-missing={$MAILHOST.DANE.MISSING},\
        --mta-sts,--severity,mta-sts-missing={$MAILHOST.MTASTS.MISSING},\
        --tls-rpt,--severity,tls-rpt-missing={$MAILHOST.TLSRPT.MISSING},--nameserver,{$MAILHOST.RESOLVER}",
    interval: "{$MAILHOST.SMTP.INTERVAL}",
    silence: "{$MAILHOST.SMTP.NODATA}",
    metrics: &["time", "dns", "mta_sts_mode", "mta_sts_max_age"],
};

const MX_SPF: Check = Check {
    id: "mx_spf",
    title: "MX and SPF",
    plugin: "mx_spf",
    runner: Runner::Server,
    options: "-d,{$MAILHOST.DOMAIN},--covers-mx,--nameserver,{$MAILHOST.RESOLVER}",
    interval: "{$MAILHOST.DNS.INTERVAL}",
    silence: "{$MAILHOST.DNS.NODATA}",
    metrics: &[
        "lookups",
        "void_lookups",
        "mx_hosts",
        "addresses",
        "networks",
        "record_bytes",
        "dns_queries",
        "time",
    ],
};

const DKIM_DMARC: Check = Check {
    id: "dkim_dmarc",
    title: "DKIM and DMARC",
    plugin: "dkim_dmarc",
    options: "-d,{$MAILHOST.DOMAIN},--selector,{$MAILHOST.SELECTOR},--nameserver,{$MAILHOST.RESOLVER}",
    // The policy has an item of its own, in words.
    metrics: &["selectors_ok", "key_length", "dns_queries", "time"],
    ..MX_SPF
};

const BLOCKLISTS: Check = Check {
    id: "rbl",
    title: "Blocklists",
    plugin: "rbl",
    options: "-d,{$MAILHOST.DOMAIN},--mx,--nameserver,{$MAILHOST.RESOLVER}",
    metrics: discovery::BLOCKLIST_METRICS,
    ..MX_SPF
};

const ABOUT: &str = "\
A mail domain: every mail exchanger with DANE and MTA-STS, what MX, SPF, DKIM and DMARC say, and blocklists.

Set on the host: {$MAILHOST.DOMAIN}; {$MAILHOST.SELECTOR}, a DKIM selector of it; {$MAILHOST.RESOLVER}, a resolver of \
your own that validates DNSSEC, for blocklists refuse public ones. Zabbix wants an interface; \
127.0.0.1 will do, nothing asks it.

The plugins run on the Zabbix server or proxy, as external checks: install the package there.";

const MACROS: &[Macro] = &[
    ("{$MAILHOST.DOMAIN}", "", "The mail domain."),
    ("{$MAILHOST.SELECTOR}", "", "A DKIM selector of the domain."),
    RESOLVER,
    SMTP_PORT,
    ("{$MAILHOST.DANE.MISSING}", "ok", MISSING),
    ("{$MAILHOST.MTASTS.MISSING}", "ok", MISSING),
    ("{$MAILHOST.TLSRPT.MISSING}", "ok", MISSING),
    (
        "{$MAILHOST.QUORUM}",
        "1",
        "How many mail exchangers have to work; fewer are CRITICAL, and what is wrong with the others is a WARNING.",
    ),
    (
        "{$MAILHOST.CONNECT.WARNING}",
        "0.2",
        "Seconds that connecting to a mail exchanger may take, for 15 minutes.",
    ),
    ("{$MAILHOST.SMTP.INTERVAL}", "5m", "How often the mail exchangers are checked."),
    ("{$MAILHOST.SMTP.NODATA}", "20m", "How long that check may give no answer."),
    (
        "{$MAILHOST.DNS.INTERVAL}",
        "30m",
        "How often the DNS and blocklists are asked; they stay the same until their time to live is over, and lists count how often they are asked.",
    ),
    ("{$MAILHOST.DNS.NODATA}", "2h", "How long these checks may give no answer."),
];

const MISSING: &str =
    "The state of a domain that has none: ok, or, once you have published it, warning or critical.";
const LOOKUPS: &str = "SPF: look-ups";
