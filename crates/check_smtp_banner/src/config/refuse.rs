//! Options that make no sense, refused with what to write instead.

use mailhost_core::cli::ip_address;
use mailhost_core::contract::Range;
use mailhost_core::plugin::Failure;

use super::Place;
use crate::args::{Args, NAME_OF_HOST};

/// The host name or address without a root dot; anything else is refused.
pub(super) fn host_name(given: &str) -> Result<&str, Failure> {
    let name = given.trim_end_matches('.');
    let is_address = ip_address(name.split('%').next().unwrap_or(name)).is_ok();
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if is_address || (!name.is_empty() && name.chars().all(is_legal)) {
        return Ok(name);
    }
    let hint = if name.contains(':') {
        "; a port goes with -p"
    } else if name.is_ascii() {
        ""
    } else {
        "; write an international name in its ASCII form (xn--...)"
    };
    let what = "for -H is not a host name, an address or an absolute path";
    Err(Failure::usage(format!("\"{given}\" {what}{hint}")))
}

/// Refuses options that contradict each other, or that nothing would come of.
pub(super) fn refuse_contradictions(args: &Args, place: &Place) -> Result<(), Failure> {
    let Args { target, way, dialogue, login, thresholds: limit, tls: on, tls_limits: held, .. } =
        args;
    let pair = |warning: Option<Range>, critical: Option<Range>| warning.or(critical).is_some();
    let socket = matches!(place, Place::Socket(_));
    let nameless = socket && on.sni.as_deref().is_none_or(|name| name == NAME_OF_HOST);
    let without_tls = (!args.starttls() && !on.implicit, "needs TLS: add -S (STARTTLS) or --tls");
    let without_login = (login.user.is_none(), "needs a login: add -U");
    let without_mail = (!dialogue.asks_mail(), "needs -f, --rcpt or --size");
    let on_socket = (socket, "means nothing on a Unix socket");
    let domain = matches!(place, Place::Domain(_));
    let nothing_named = match place {
        Place::Host { name, .. } => ip_address(name.split('%').next().unwrap_or(name)).is_ok(),
        Place::Socket(_) => true,
        Place::Domain(_) => false,
    };
    let of_a_domain = (!domain, "is about a whole domain: name it with -d");
    let of_one_host = (domain, "is about one host: name it with -H");
    for (option, given, (refused, why)) in [
        ("-D", on.certificate.is_some(), without_tls),
        ("--verify", on.verify, without_tls),
        ("--verify", on.verify, (nameless, "needs a name on a Unix socket: add --sni NAME")),
        ("--ca-file", on.ca_file.is_some(), without_tls),
        ("--sni", on.sni.is_some(), without_tls),
        ("--tls-min", held.min.is_some(), without_tls),
        ("--pin", held.pin.is_some(), without_tls),
        ("--tls-required", held.required, (!args.starttls(), "needs -S (STARTTLS)")),
        ("--tls-warning", pair(limit.tls_warning, limit.tls_critical), without_tls),
        ("--auth-warning", pair(limit.auth_warning, limit.auth_critical), without_login),
        ("--mail-warning", pair(limit.mail_warning, limit.mail_critical), without_mail),
        (
            "--rcpt-warning",
            pair(limit.rcpt_warning, limit.rcpt_critical),
            (dialogue.rcpt.is_empty(), "needs --rcpt"),
        ),
        (
            "--loss-warning",
            pair(limit.loss_warning, limit.loss_critical),
            (way.attempts.is_none_or(|attempts| attempts < 2), "needs --attempts of 2 or more"),
        ),
        ("--all-addresses", target.all_addresses, (domain, "is what -d does anyway")),
        ("--expect-fqdn", dialogue.expect_fqdn.is_some(), of_one_host),
        ("--sni", on.sni.is_some(), of_one_host),
        ("-L", target.lmtp, of_one_host),
        ("-U", login.user.is_some(), of_one_host),
        ("--quorum", args.domain.quorum.is_some(), of_a_domain),
        ("--mta-sts", args.domain.mta_sts, of_a_domain),
        ("--tls-rpt", args.domain.tls_rpt, of_a_domain),
        ("--dane", args.domain.dane, (nothing_named, "needs a host's name: TLSA records have one")),
        (
            "--nameserver",
            !args.dns.nameserver.is_empty(),
            (!domain && !args.domain.dane, "needs -d or --dane"),
        ),
        ("--state-dir", args.state.state_dir.is_some(), (!args.domain.mta_sts, "needs --mta-sts")),
        ("--dns-warning", pair(limit.dns_warning, limit.dns_critical), on_socket),
        ("--source-address", way.source_address.is_some(), on_socket),
        ("--proxy-source", way.proxy_source.is_some(), on_socket),
        (
            "--open-relay",
            dialogue.open_relay.is_some(),
            (login.user.is_some(), "asks as a stranger and -U logs in: make two checks of them"),
        ),
    ] {
        if given && refused {
            return Err(Failure::usage(format!("the option {option} {why}")));
        }
    }
    Ok(())
}
