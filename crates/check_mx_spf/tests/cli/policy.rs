//! What the policy says of strangers, and what in it has no effect.

use demo_host::dns::Zone;

use crate::support::{audit, spf};

#[test]
fn critical_everybody_may_send() {
    for (record, line) in [
        ("v=spf1 +all", "[CRITICAL] spf-allows-all: SPF lets everybody send: +all of d.example"),
        ("v=spf1 all", "[CRITICAL] spf-allows-all: SPF lets everybody send: all of d.example"),
        (
            "v=spf1 ip4:0.0.0.0/0 -all",
            "[CRITICAL] spf-allows-all: SPF lets everybody send: ip4:0.0.0.0/0 of d.example",
        ),
        (
            "v=spf1 ip4:0.0.0.0/1 -all",
            "[CRITICAL] spf-allows-all: SPF lets everybody send: ip4:0.0.0.0/1 of d.example",
        ),
        (
            "v=spf1 ip6:::/0 -all",
            "[CRITICAL] spf-allows-all: SPF lets everybody send: ip6:::/0 of d.example",
        ),
    ] {
        audit(&spf(record), "").finds(line);
    }
    let there = spf("v=spf1 exists:%{d} -all").a("d.example", [5, 1, 2, 3]);
    audit(&there, "")
        .finds("[CRITICAL] spf-allows-all: SPF lets everybody send: exists:%{d} of d.example");
    let eighths: Vec<String> = (1..130).map(|at| format!("ip4:{at}.0.0.0/8")).collect();
    let eighths = format!("v=spf1 {} -all", eighths.join(" "));
    let many = spf("v=spf1 include:i.example -all").txt("i.example", eighths);
    audit(&many, "").finds(
        "[CRITICAL] spf-allows-all: SPF lets everybody send: its networks are half of IPv4 and more",
    );
    let all = |zone: Zone| zone.txt("i.example", "v=spf1 +all");
    audit(&all(spf("v=spf1 include:i.example -all")), "")
        .finds("[CRITICAL] spf-allows-all: SPF lets everybody send: +all of i.example");
    audit(&all(spf("v=spf1 redirect=i.example")), "")
        .finds("[CRITICAL] spf-allows-all: SPF lets everybody send: +all of i.example");
    // Its pass is a fail here.
    audit(&all(spf("v=spf1 -include:i.example ~all")), "").ends_as("OK");
}

#[test]
fn warning_strangers_are_not_judged() {
    let everybody = spf("v=spf1 ?include:i.example -all").txt("i.example", "v=spf1 +all");
    for record in ["v=spf1 ?ip4:0.0.0.0/0 -all", "v=spf1 ?exists:%{d} -all"] {
        let said = audit(&spf(record).a("d.example", [5, 1, 2, 3]), "");
        assert_eq!(said.findings()[0], "[WARNING] spf-neutral-all", "{}", said.stdout);
    }
    audit(&everybody, "").finds(
        "[WARNING] spf-neutral-all: SPF is neutral about everybody, by way of +all of i.example",
    );
    audit(&spf("v=spf1 ip4:192.31.196.25 ?all"), "")
        .finds("[WARNING] spf-neutral-all: SPF is neutral about strangers: ?all of d.example");
    audit(&spf("v=spf1 ip4:192.31.196.25"), "")
        .finds("[WARNING] spf-no-all: SPF of d.example has neither all nor redirect=");
    let redirected = spf("v=spf1 redirect=i.example").txt("i.example", "v=spf1 ip4:192.31.196.25");
    audit(&redirected, "")
        .finds("[WARNING] spf-no-all: SPF of i.example has neither all nor redirect=");
    // The end of an included record is not that of the policy.
    let included =
        spf("v=spf1 include:i.example -all").txt("i.example", "v=spf1 ip4:192.31.196.25 ?all");
    audit(&included, "").ends_as("OK");
}

#[test]
fn warning_terms_without_effect() {
    audit(&spf("v=spf1 -all ip4:192.31.196.25 ~all"), "").finds(
        "[WARNING] spf-after-all: SPF of d.example has terms behind all: ip4:192.31.196.25 ~all",
    );
    audit(&spf("v=spf1 redirect=i.example -all"), "").finds(
        "[WARNING] spf-redirect-ignored: SPF of d.example: redirect=i.example has no effect beside all",
    );
    audit(&spf("v=spf1 redirct=i.example -all"), "").finds(
        "[WARNING] spf-unknown-modifier: SPF of d.example: redirct=i.example is no modifier of SPF",
    );
    audit(&spf("v=spf1 ptr -all"), "").finds("[WARNING] spf-ptr: SPF of d.example uses ptr");
    audit(&spf("v=spf1 ptr:gone.example -all"), "").says(
        "WARNING - d.example SPF ptr:gone.example of d.example is about gone.example, which has no \
         address (+1 more)",
        &["[WARNING] spf-ptr", "[WARNING] spf-ptr"],
    );
}

#[test]
fn warning_modifiers_for_reports() {
    for (record, what) in [
        ("v=spf1 ra= -all", "ra= has no value"),
        ("v=spf1 ra=a@d.example -all", "ra=a@d.example has a wrong value"),
        ("v=spf1 ra=post rp=101 -all", "rp=101 has a wrong value"),
        ("v=spf1 ra=post rr=all:x -all", "rr=all:x has a wrong value"),
        ("v=spf1 ra=post ra=abuse -all", "ra=abuse is there more than once"),
        ("v=spf1 rp=10 -all", "rp=10 has no effect without ra="),
    ] {
        audit(&spf(record), "")
            .finds(&format!("[WARNING] spf-report-modifier: SPF of d.example: {what}"));
    }
    audit(&spf("v=spf1 ra=post rp=10 rr=e:f -all"), "").ends_as("OK");
    let included = spf("v=spf1 include:i.example -all").txt("i.example", "v=spf1 ra=post -all");
    audit(&included, "-v").shows(
        "[OK] spf-report-modifier: SPF of i.example: ra=post has no effect in an included record",
    );
}

#[test]
fn warning_an_include_that_is_there_twice() {
    let zone = spf("v=spf1 include:i.example include:j.example -all")
        .txt("j.example", "v=spf1 include:I.example -all")
        .txt("i.example", "v=spf1 ip4:192.31.196.25 -all");
    audit(&zone, "").finds("[WARNING] spf-duplicate-include: SPF includes i.example 2 times");
    // What the repeated one includes is not held against the domain again.
    let nested = spf("v=spf1 include:i.example include:i.example -all")
        .txt("i.example", "v=spf1 include:j.example -all")
        .txt("j.example", "v=spf1 ip4:192.31.196.25 -all");
    audit(&nested, "").finds("[WARNING] spf-duplicate-include: SPF includes i.example 2 times");
}

#[test]
fn warning_networks_that_are_too_wide_or_of_nobody() {
    for (term, line) in [
        (
            "ip4:5.0.0.0/15",
            "[WARNING] spf-wide-network: SPF lets many send: 5.0.0.0/15 by ip4:5.0.0.0/15 of d.example",
        ),
        (
            "ip6:2a00::/31",
            "[WARNING] spf-wide-network: SPF lets many send: 2a00::/31 by ip6:2a00::/31 of d.example",
        ),
        (
            "ip4:192.168.1.0/24",
            "[WARNING] spf-not-public: SPF names 192.168.1.0/24 by ip4:192.168.1.0/24 of d.example, which is not public (private)",
        ),
        (
            "ip6:2001:db8::/64",
            "[WARNING] spf-not-public: SPF names 2001:db8::/64 by ip6:2001:db8::/64 of d.example, which is not public (documentation)",
        ),
    ] {
        audit(&spf(&format!("v=spf1 {term} -all")), "").finds(line);
        let included = spf("v=spf1 include:i.example -all");
        let said = audit(&included.txt("i.example", format!("v=spf1 {term} -all")), "-v");
        said.shows(&line.replace("[WARNING]", "[OK]").replace("of d.example", "of i.example"));
        said.ends_as("OK");
    }
    audit(&spf("v=spf1 ip4:5.0.0.0/16 ip6:2a00::/32 -all"), "").ends_as("OK");
}

#[test]
fn ok_networks_in_one_another() {
    let said =
        audit(&spf("v=spf1 ip4:5.1.0.0/16 ip4:5.1.2.0/24 ip4:5.2.0.1 ip4:5.2.0.1/32 -all"), "-v");
    said.shows("[OK] spf-overlap: SPF: 5.1.2.0/24 of ip4:5.1.2.0/24 is also in ip4:5.1.0.0/16");
    said.shows("[OK] spf-overlap: SPF: 5.2.0.1 of ip4:5.2.0.1/32 is also in ip4:5.2.0.1");
    let overlaps = said.findings().iter().filter(|it| **it == "[OK] spf-overlap").count();
    assert_eq!(overlaps, 2);
    audit(&spf("v=spf1 ip4:5.2.0.1 ip4:5.2.0.1 -all"), "-v")
        .shows("[OK] spf-overlap: SPF: 5.2.0.1 of ip4:5.2.0.1 is also in ip4:5.2.0.1");
}

#[test]
fn warning_an_explanation_that_nobody_will_read() {
    let record = "v=spf1 -all exp=why.d.example";
    let two = spf(record).txt("why.d.example", "one").txt("why.d.example", "two");
    for (zone, why) in [
        (spf(record), "exp=why.d.example leads to no text"),
        (two, "exp=why.d.example leads to 2 texts"),
        (spf(record).txt("why.d.example", "no\u{fc}"), "the text at why.d.example is not ASCII"),
        (
            spf(record).txt("why.d.example", "100% sure"),
            "the text at why.d.example is wrong: a percent sign is written %%, a macro %{...}",
        ),
    ] {
        audit(&zone, "").finds(&format!("[WARNING] spf-exp-unusable: SPF: {why}"));
    }
    audit(&spf(record).txt("why.d.example", "%{i} at %{t}"), "").ends_as("OK");
    // It depends on the client.
    audit(&spf("v=spf1 -all exp=%{i}.d.example"), "").ends_as("OK");
}

#[test]
fn ok_the_tree_and_what_each_branch_costs() {
    let zone = spf("v=spf1 a:h.example include:i.example redirect=r.example")
        .a("h.example", [5, 1, 2, 3])
        .txt("i.example", "v=spf1 exists:%{i}.x.example include:j.example -all")
        .txt("j.example", "v=spf1 ip4:5.1.2.4 -all")
        .txt("r.example", "v=spf1 mx:h.example -all")
        .mx("h.example", 10, "h.example");
    let said = audit(&zone, "-vv");
    let tree: Vec<&str> =
        said.stdout.lines().skip_while(|line| !line.starts_with("  spf ")).collect();
    assert_eq!(
        tree,
        [
            "  spf d.example: 6 look-ups",
            "  d.example: v=spf1 a:h.example include:i.example redirect=r.example",
            "  - a:h.example: 5.1.2.3",
            "  - include:i.example: 3 look-ups",
            "  - i.example: v=spf1 exists:%{i}.x.example include:j.example -all",
            "  - - exists:%{i}.x.example: depends on the client",
            "  - - include:j.example: 1 look-up",
            "  - - j.example: v=spf1 ip4:5.1.2.4 -all",
            "  - redirect=r.example: 2 look-ups",
            "  - r.example: v=spf1 mx:h.example -all",
            "  - - mx:h.example: 1 MX, 5.1.2.3",
        ]
    );
    assert_eq!((said.metric("lookups"), said.metric("networks")), (Some("6"), Some("2")));
}
