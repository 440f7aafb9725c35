//! Audits over a table: what is looked at, and in how many steps.

use super::*;
use crate::dns::{Fault, Zone};

fn audited(zone: &mut Zone, domain: &str) -> Tree {
    let mut policies = Policies::default();
    Known::up_to(500).settle(zone, |known| walk(known, &mut policies, domain))
}

/// Ten includes in three levels.
fn three_levels() -> Zone {
    Zone::default()
        .txt("d.example", "v=spf1 include:a.example include:b.example include:c.example -all")
        .txt("a.example", "v=spf1 include:a1.example include:a2.example -all")
        .txt("b.example", "v=spf1 include:b1.example include:b2.example -all")
        .txt("c.example", "v=spf1 ip4:192.0.2.3 -all")
        .txt("a1.example", "v=spf1 include:a11.example include:a12.example -all")
        .txt("a2.example", "v=spf1 ip4:192.0.2.4 -all")
        .txt("b1.example", "v=spf1 include:b11.example -all")
        .txt("b2.example", "v=spf1 ip4:192.0.2.5 -all")
        .txt("a11.example", "v=spf1 ip4:192.0.2.6 -all")
        .txt("a12.example", "v=spf1 ip4:192.0.2.7 -all")
        .txt("b11.example", "v=spf1 ip4:192.0.2.8 -all")
}

#[test]
fn ok_each_level_is_one_step() {
    let mut zone = three_levels();
    let tree = audited(&mut zone, "d.example");
    assert_eq!((tree.root.lookups, tree.networks.len(), tree.cut), (10, 6, false));
    assert_eq!(zone.batches(), 4);
    assert_eq!(tree.root.all().len(), 11);
}

#[test]
fn ok_what_passes_and_what_does_not() {
    let mut zone = Zone::default()
        .txt(
            "d.example",
            "v=spf1 ?ip4:192.0.2.1 ip4:192.0.2.2 ?include:a.example include:b.example",
        )
        .txt("a.example", "v=spf1 ip4:192.0.2.3 -all")
        .txt("b.example", "v=spf1 -ip4:192.0.2.4 a/24 -all")
        .a("b.example", [198, 51, 100, 7]);
    let tree = audited(&mut zone, "d.example");
    let networks: Vec<String> =
        tree.networks.iter().map(|it| format!("{} {} {}", it.network, it.domain, it.own)).collect();
    assert_eq!(networks, ["192.0.2.2 d.example true", "198.51.100.0/24 b.example false"]);
}

#[test]
fn ok_macros_that_do_not_depend_on_the_client_are_followed() {
    let mut zone = Zone::default()
        .txt(
            "d.example",
            "v=spf1 include:_%{d}.i.example include:%{l}.i.example redirect=%{d1r}.%{o}",
        )
        .txt("_d.example.i.example", "v=spf1 include:%{o}.j.example -all")
        .txt("d.example.j.example", "v=spf1 -all")
        .txt("d.d.example", "v=spf1 -all");
    let tree = audited(&mut zone, "d.example");
    let domains: Vec<&str> = tree.root.all().iter().map(|node| node.domain.as_str()).collect();
    assert_eq!(
        domains,
        ["d.example", "_d.example.i.example", "d.example.j.example", "d.d.example"]
    );
    assert_eq!(tree.root.lookups, 4);
}

#[test]
fn warning_what_is_not_known_is_not_void() {
    let mut zone = Zone::default()
        .txt("d.example", "v=spf1 a:x.example a:y.example mx:z.example -all")
        .fails("x.example", Fault::Timeout)
        .fails_for("y.example", RecordType::Aaaa, Fault::ServFail);
    let tree = audited(&mut zone, "d.example");
    let voids: Vec<&str> = tree.voids.iter().map(|void| void.term.as_str()).collect();
    assert_eq!(voids, ["mx:z.example"]);
    assert!(!tree.is_whole());
}

#[test]
fn critical_a_tree_without_end_is_cut() {
    let mut zone = Zone::default();
    for at in 0..60 {
        let next = format!("v=spf1 include:n{}.example -all", at + 1);
        zone = zone.txt(&format!("n{at}.example"), next);
    }
    let tree = audited(&mut zone, "n0.example");
    assert!(tree.cut);
    assert_eq!(tree.root.all().len(), MOST_RECORDS + 1);
}
