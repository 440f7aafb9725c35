//! What the benchmarks of plugins that ask the DNS have in common.

use demo_host::dns::{DnsServer, Zone};
use mailhost_tests::{Unavailable, loopback_address};

use crate::measure::Cost;

/// What a run of a plugin may cost.
pub(crate) struct Bounds {
    /// Seconds.
    pub(crate) cpu: f64,
    /// Bytes.
    pub(crate) memory: f64,
}

/// One program in the table of [`HEADING`]; with counted instructions it is a plugin, and has bounds.
pub(crate) fn row(name: &str, cost: &Cost, counted: Option<f64>, most: &Bounds) -> String {
    let kept = match counted {
        Some(_) if cost.cpu <= most.cpu && cost.memory <= most.memory => "kept",
        Some(_) => "**not kept**",
        None => "",
    };
    let counted = counted.map(|counted| format!("{:.3} M", counted / 1e6)).unwrap_or_default();
    format!(
        "| {name} | {:.1} ms | {:.1} ms | {:.1} MB | {counted} | {kept} |",
        cost.wall * 1e3,
        cost.cpu * 1e3,
        cost.memory / 1e6,
    )
}

/// What is said of a bound.
pub(crate) fn verdict(measured: f64, bound: f64, unit: &str) -> String {
    let kept = if measured <= bound { "within" } else { "**above**" };
    format!("{kept} {bound}{unit}")
}

/// A server for programs that ask no other port.
pub(crate) fn serve(zone: &Zone) -> Result<DnsServer, Unavailable> {
    // A name server of the machine may have taken the port for all addresses.
    DnsServer::start_at(zone, (loopback_address(), 53).into()).map_err(|source| Unavailable::Io {
        doing: "bind port 53 of a loopback address".to_owned(),
        source,
    })
}

/// Of the table of programs.
pub(crate) const HEADING: &str = "\
| program | wall | CPU | peak memory | instructions | bound |
|---|---:|---:|---:|---:|---|";
