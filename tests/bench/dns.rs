//! What the benchmarks of plugins that ask the DNS have in common.

use std::fs;

use demo_host::dns::{DnsServer, Zone};
use mailhost_tests::{Unavailable, loopback_address};

use crate::{
    measure::{Cost, Run, instructions},
    ours,
};

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

/// Prints what a start of a plugin without network costs, and how large it is.
pub(crate) fn start_and_size(name: &str) {
    let plugin = ours(name);
    let version = Run { program: &plugin, arguments: &["--version"], environment: &[], code: 3 };
    let counted = instructions(&version) / 1e6;
    println!("| --version | {counted:.3} M instructions | {} |", verdict(counted, VERSION, " M"));
    #[expect(clippy::cast_precision_loss, reason = "a file of some megabytes")]
    let size = fs::metadata(&plugin).expect("the plugin is there").len() as f64 / 1e6;
    println!("| size | {size:.2} MB | {} |", verdict(size, SIZE, " MB"));
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

/// Millions of instructions of a start without network.
const VERSION: f64 = 0.7;
/// Millions of bytes of the program.
const SIZE: f64 = 2.5;
/// Of the table of programs.
pub(crate) const HEADING: &str = "\
| program | wall | CPU | peak memory | instructions | bound |
|---|---:|---:|---:|---:|---|";
