//! Messages as they are signed, and after something has happened to them.

use std::{thread, time::Duration};

use super::{
    damage::{self, Effect},
    world::{World, told, world},
};
use crate::opendkim::{Letter, Verdict};

#[test]
fn ok_and_critical_what_opendkim_signs_in_simple_forms() {
    let Some(world) = world() else { return };
    of_opendkim(world, Form { relaxed: (false, false), ..Form::OPENDKIM });
    of_opendkim(world, Form { relaxed: (false, true), ..Form::OPENDKIM });
}

#[test]
fn ok_and_critical_what_opendkim_signs_in_relaxed_forms() {
    let Some(world) = world() else { return };
    of_opendkim(world, Form { relaxed: (true, false), ..Form::OPENDKIM });
    of_opendkim(world, Form { relaxed: (true, true), ..Form::OPENDKIM });
}

#[test]
fn ok_and_critical_what_opendkim_oversigns() {
    let Some(world) = world() else { return };
    of_opendkim(world, Form { relaxed: (true, false), oversigned: true, ..Form::OPENDKIM });
}

#[test]
fn ok_and_critical_what_dkimsign_signs_with_ed25519() {
    let Some(world) = world() else { return };
    for relaxed in [(false, false), (true, true)] {
        of_dkimsign(world, Form { relaxed, ..Form::DKIMSIGN });
    }
}

#[test]
fn ok_and_critical_what_dkimsign_signs_with_rsa() {
    let Some(world) = world() else { return };
    for relaxed in [(false, false), (true, true)] {
        of_dkimsign(world, Form { relaxed, ed25519: false, selector: "s2048", ..Form::DKIMSIGN });
    }
}

#[test]
fn ok_and_critical_what_opendkim_signs_with_ed25519() {
    let Some(world) = world() else { return };
    let form = Form { relaxed: (true, true), ed25519: true, selector: "pem", ..Form::OPENDKIM };
    let options = "Canonicalization relaxed/relaxed\nSignatureAlgorithm ed25519-sha256\n";
    let signed = world.sign(options, "pem@example.org");
    assert!(signed.contains("a=ed25519-sha256; "), "{signed}");
    intact_and_damaged(world, &signed, form);
}

#[test]
fn ok_to_critical_two_signatures() {
    let Some(world) = world() else { return };
    let inner = world.sign("Canonicalization simple/simple\n", AUTHOR);
    let forms = ["--hcanon", "relaxed", "--bcanon", "relaxed", "--signalg", "ed25519-sha256"];
    let key = ["ed", "example.org", &world.keys.ed25519.file];
    let both = world.signer.dkimsign(&[&forms[..], &key].concat(), &inner);
    assert_eq!(both.matches("DKIM-Signature:").count(), 2, "{both}");
    told(&world.verify(&both, &[]), PASS, NOTHING);
    let second = "signature 2 (d=example.org, s=s2048) fail";
    // Only the relaxed one outlives this.
    let reason = "a signed header field was changed after it was signed";
    let changed = both.replace("of today,\t all", "of today, all");
    told(
        &world.verify(&changed, &[]),
        &format!("WARNING - dmarc=pass, {second}: {reason}"),
        &[format!("[WARNING] signature-header: {second}: {reason}")],
    );
    assert!(world.signer.passes_dkimverify(&changed), "{changed}");
    let reason = "the body was changed after it was signed";
    told(
        &world.verify(&both.replace("Nothing", "nothing"), &[]),
        &BODY.replace("(+1 more)", "(+2 more)"),
        &[
            refused(reason),
            format!("[WARNING] signature-body: signature 1 (d=example.org, s=ed) fail: {reason}"),
            format!("[WARNING] signature-body: {second}: {reason}"),
        ],
    );
}

/// OpenDKIM lets a signature live for five minutes longer (`ClockDrift`); RFC 6376 section 3.5 leaves it
/// to the verifier, and asks for the time at which the message came.
#[test]
fn critical_a_signature_whose_time_is_over() {
    let Some(world) = world() else { return };
    let options = "Canonicalization relaxed/relaxed\nSignatureTTL";
    let fresh = world.sign(&format!("{options} 3600\n"), AUTHOR);
    assert!(fresh.contains("; x="), "{fresh}");
    told(&world.verify(&fresh, &[]), PASS, NOTHING);
    let late = world.sign(&format!("{options} 1\n"), AUTHOR);
    thread::sleep(Duration::from_secs(4));
    let reason = "it expired on DATE";
    told(
        &world.verify(&late, &[]),
        "CRITICAL - dmarc=neutral, message from example.org does not pass DMARC by DKIM: it expired on DATE, SPF was not... (+1 more)",
        &[refused(reason), format!("[WARNING] signature-expired: {SIGNATURE} fail: {reason}")],
    );
    assert_eq!(world.signer.verify(world.resolver(), "", &late), Verdict::Passes);
    let expired = Verdict::Fails("signature expired".to_owned());
    assert_eq!(world.signer.verify(world.resolver(), "ClockDrift 1\n", &late), expired);
    // It may not live on by another x=, nor without one.
    let reason = "a signed header field was changed after it was signed";
    let at = late.find("; x=").expect("a time") + 4;
    let longer = format!("{}9{}", &late[..at], &late[at + 1..]);
    let endless = format!("{}{}", &late[..at - 4], &late[at + 10..]);
    for changed in [longer, endless] {
        told(
            &world.verify(&changed, &[]),
            HEADER,
            &[refused(reason), format!("[WARNING] signature-header: {SIGNATURE} fail: {reason}")],
        );
    }
}

#[test]
fn warning_and_critical_a_body_that_is_signed_in_part() {
    let Some(world) = world() else { return };
    let agrees = |message: &str, verdict: &Verdict| {
        assert_eq!(world.signer.verify(world.resolver(), "", message), *verdict, "{message}");
    };
    let passes = |message: &str, rest: &str| {
        told(
            &world.verify(message, &[]),
            &format!("WARNING - dmarc=pass, {SIGNATURE} {rest}"),
            &[format!("[WARNING] signature-body-open: {SIGNATURE} {rest}")],
        );
        agrees(message, &Verdict::Passes);
    };
    // All of it, as BodyLengthDB has it: others can only add.
    let form = "Canonicalization relaxed/relaxed\n";
    let whole = world.sign(&format!("{form}BodyLengthDB csl:alice@example.org\n"), AUTHOR);
    assert!(whole.contains("; l=51;"), "{whole}");
    passes(&whole, "l= lets anybody add to the body without breaking the signature");
    let part = world.sign(&format!("{form}MaximumSignedBytes 20\n"), AUTHOR);
    assert!(part.contains("; l=20;"), "{part}");
    passes(&part, "l= leaves the last 31 bytes of the body unsigned");
    passes(&format!("{part}more\n"), "l= leaves the last 41 bytes of the body unsigned");
    passes(&part.replace("yours", "mine"), "l= leaves the last 30 bytes of the body unsigned");
    let changed = part.replace("Nothing", "Something");
    told(
        &world.verify(&changed, &[]),
        &BODY.replace("(+1 more)", "(+2 more)"),
        &[
            refused("the body was changed after it was signed"),
            format!(
                "[WARNING] signature-body: {SIGNATURE} fail: the body was changed after it was signed"
            ),
            format!(
                "[WARNING] signature-body-open: {SIGNATURE} l= leaves the last 33 bytes of the body unsigned"
            ),
        ],
    );
    agrees(&changed, &Verdict::Fails("signature verification failed".to_owned()));
    let (header, _) = part.split_once("\n\n").expect("a body");
    let cut = format!("{header}\n\nNothing new\n");
    let reason = "the body was cut after it was signed: 20 bytes of it were, and 13 are there";
    told(
        &world.verify(&cut, &[]),
        "CRITICAL - dmarc=neutral, message from example.org does not pass DMARC by DKIM: the body was cut after it was signed:... (+1 more)",
        &[refused(reason), format!("[WARNING] signature-body: {SIGNATURE} fail: {reason}")],
    );
    agrees(&cut, &Verdict::Fails("length tag value exceeds body size".to_owned()));
}

#[test]
fn warning_and_critical_with_spf_beside_it() {
    let Some(world) = world() else { return };
    let signed = world.sign("Canonicalization relaxed/relaxed\n", AUTHOR);
    let changed = signed.replace("Nothing", "nothing");
    let from = |ip| ["--ip", ip, "--envelope-from", "bounces@example.org"];
    told(
        &world.verify(&signed, &from("192.0.2.25")),
        "OK - dmarc=pass, example.org by DKIM of example.org and SPF of example.org",
        NOTHING,
    );
    let reason = "the body was changed after it was signed";
    let body = format!("[WARNING] signature-body: {SIGNATURE} fail: {reason}");
    told(
        &world.verify(&changed, &from("192.0.2.25")),
        &format!("WARNING - dmarc=pass, {SIGNATURE} fail: {reason}"),
        &[&body],
    );
    let spf =
        "[WARNING] message-spf: message from example.org SPF fail for 192.0.2.99 as example.org";
    told(
        &world.verify(&changed, &from("192.0.2.99")),
        "CRITICAL - dmarc=fail, message from example.org fails DMARC: the body was changed after it was signed, SPF fail; it is... (+2 more)",
        &[
            &format!(
                "[CRITICAL] message-dmarc: message from example.org fails DMARC: {reason}, SPF fail; it is refused"
            ),
            &body,
            spf,
        ],
    );
    // Postfix has written the envelope's sender into the mailbox.
    told(
        &world.verify(&signed, &["--ip", "192.0.2.99"]),
        "WARNING - dmarc=pass, message from example.org SPF fail for 192.0.2.99 as example.org",
        &[spf],
    );
}

/// How a letter was signed.
#[derive(Clone, Copy, Debug)]
struct Form {
    /// The header and the body.
    relaxed: (bool, bool),
    /// From is once more in `h=` than in the header.
    oversigned: bool,
    ed25519: bool,
    selector: &'static str,
}

impl Form {
    const OPENDKIM: Form =
        Form { relaxed: (true, true), oversigned: false, ed25519: false, selector: "s2048" };
    const DKIMSIGN: Form =
        Form { relaxed: (true, true), oversigned: true, ed25519: true, selector: "ed" };

    fn names(self) -> (&'static str, &'static str) {
        let name = |relaxed| if relaxed { "relaxed" } else { "simple" };
        (name(self.relaxed.0), name(self.relaxed.1))
    }

    /// Whether a change breaks the signature.
    fn breaks(self, effect: Effect) -> bool {
        match effect {
            Effect::Nothing | Effect::SubjectAbove => false,
            Effect::BodySpace => !self.relaxed.1,
            Effect::HeaderSpace => !self.relaxed.0,
            Effect::FromAbove => self.oversigned,
            _ => true,
        }
    }

    /// The first line and the findings.
    fn told(self, effect: Effect) -> (String, Vec<String>) {
        let signature = format!("signature 1 (d=example.org, s={})", self.selector);
        let of = |code: &str, reason: &str| {
            format!("[WARNING] signature-{code}: {signature} fail: {reason}")
        };
        // With ed25519 nobody can tell one from the other.
        let header = if self.ed25519 {
            "a signed header field was changed after it was signed, or it was made with another key than the published one"
        } else {
            "a signed header field was changed after it was signed"
        };
        let gone = format!("{header}; of the fields in h= these are not there: subject");
        let damaged = "it was made with another key than the published one, or b= is damaged";
        let body = "the body was changed after it was signed";
        let added =
            "another From was added above the signed one: without it the signature is right";
        let author = "[CRITICAL] message-author: message has no author that DMARC can judge: there are 2 From fields";
        let extra = |name| {
            format!(
                "[WARNING] signature-field-extra: {signature} {name} is there 2 times and only the lowest is signed: one may have been added"
            )
        };
        let two = |more| {
            format!(
                "CRITICAL - dmarc=permerror, message has no author that DMARC can judge: there are 2 From fields (+{more} more)"
            )
        };
        if !self.breaks(effect) && ![Effect::FromAbove, Effect::SubjectAbove].contains(&effect) {
            return (PASS.to_owned(), Vec::new());
        }
        match effect {
            Effect::Body | Effect::BodySpace => {
                (BODY.to_owned(), vec![refused(body), of("body", body)])
            }
            Effect::BodyHash => (
                BODY.replace("(+1 more)", "(+2 more)"),
                vec![refused(body), of("body", body), of("header", header)],
            ),
            Effect::FromAbove if self.oversigned => {
                (two(1), vec![author.to_owned(), of("header", added)])
            }
            Effect::FromAbove => (two(1), vec![author.to_owned(), extra("From")]),
            Effect::FromBelow if self.oversigned => {
                (two(1), vec![author.to_owned(), of("header", header)])
            }
            Effect::FromBelow => {
                (two(2), vec![author.to_owned(), of("header", header), extra("From")])
            }
            Effect::SubjectAbove => (self.subject_above(&signature), vec![extra("Subject")]),
            Effect::SubjectGone => (HEADER.to_owned(), vec![refused(&gone), of("header", &gone)]),
            Effect::Signature if !self.ed25519 => {
                (OTHER_KEY.to_owned(), vec![refused(damaged), of("key", damaged)])
            }
            Effect::Unsigned => (
                UNSIGNED.to_owned(),
                vec![
                    refused("it has no DKIM-Signature"),
                    "[WARNING] message-unsigned: message from example.org has no DKIM-Signature"
                        .to_owned(),
                ],
            ),
            Effect::Header | Effect::HeaderSpace | Effect::Nothing | Effect::Signature => {
                (HEADER.to_owned(), vec![refused(header), of("header", header)])
            }
        }
    }

    /// The first line where there is another Subject, as much as it has room for.
    fn subject_above(self, signature: &str) -> String {
        let end = match self.selector {
            "ed" => "have be",
            "pem" => "have b",
            _ => "have",
        };
        format!(
            "WARNING - dmarc=pass, {signature} Subject is there 2 times and only the lowest is signed: one may {end}..."
        )
    }

    /// What OpenDKIM says.
    fn verdict(self, effect: Effect) -> Verdict {
        match effect {
            Effect::Unsigned => Verdict::Unsigned,
            _ if self.breaks(effect) => Verdict::Fails("signature verification failed".to_owned()),
            _ => Verdict::Passes,
        }
    }
}

fn of_opendkim(world: &World, form: Form) {
    let (header, body) = form.names();
    let oversign = if form.oversigned { "OversignHeaders From\n" } else { "" };
    let signed = world.sign(&format!("Canonicalization {header}/{body}\n{oversign}"), AUTHOR);
    let names = if form.oversigned { ":From;" } else { "; b=" };
    assert!(signed.contains(&format!("c={header}/{body}; ")), "{signed}");
    assert!(signed.replace("\n\t", " ").contains(&format!("h=From:To:Subject:Date{names}")));
    intact_and_damaged(world, &signed, form);
}

fn of_dkimsign(world: &World, form: Form) {
    let (header, body) = form.names();
    let (algorithm, key) = if form.ed25519 {
        ("ed25519-sha256", &world.keys.ed25519)
    } else {
        ("rsa-sha256", &world.keys.rsa)
    };
    let forms = ["--hcanon", header, "--bcanon", body, "--signalg", algorithm];
    let key = [form.selector, "example.org", &key.file];
    let signed = world
        .signer
        .dkimsign(&[&forms[..], &key].concat(), &world.signer.write(&Letter::of(AUTHOR)));
    assert!(signed.contains("\r\n"), "{signed}");
    intact_and_damaged(world, &signed, form);
    assert!(world.signer.passes_dkimverify(&signed), "{signed}");
    for damage in damage::ALL {
        let changed = damage.of(&signed);
        let passes = world.signer.passes_dkimverify(&changed);
        assert_eq!(passes, !form.breaks(damage.effect), "{}\n{changed}", damage.name);
    }
}

/// The plugin and OpenDKIM agree about the signature, whatever happens. About the message they do not where
/// it has two From fields, which RFC 5322 section 3.6 forbids: OpenDKIM verifies with the lowest and says
/// nothing of the other, and DMARC has no author to judge. dkimpy refuses such a message.
fn intact_and_damaged(world: &World, signed: &str, form: Form) {
    told(&world.verify(signed, &[]), PASS, NOTHING);
    assert_eq!(world.signer.verify(world.resolver(), "", signed), Verdict::Passes);
    for damage in damage::ALL {
        let changed = damage.of(signed);
        let run = world.verify(&changed, &[]);
        let (verdict, lines) = form.told(damage.effect);
        let what = format!("{form:?}, {}\n{changed}\n{}", damage.name, run.stdout);
        assert_eq!(run.verdict(), verdict, "{what}");
        told(&run, &verdict, &lines);
        let said = world.signer.verify(world.resolver(), "", &changed);
        assert_eq!(said, form.verdict(damage.effect), "{what}");
    }
}

fn refused(reason: &str) -> String {
    format!(
        "[CRITICAL] message-dmarc: message from example.org does not pass DMARC by DKIM: {reason}, SPF was not evaluated; unless SPF passes it is refused"
    )
}

const AUTHOR: &str = "s2048@example.org";
const SIGNATURE: &str = "signature 1 (d=example.org, s=s2048)";
const NOTHING: &[&str] = &[];
const PASS: &str = "OK - dmarc=pass, example.org by DKIM of example.org";
const BODY: &str = "CRITICAL - dmarc=neutral, message from example.org does not pass DMARC by DKIM: the body was changed after it was sign... (+1 more)";
const HEADER: &str = "CRITICAL - dmarc=neutral, message from example.org does not pass DMARC by DKIM: a signed header field was changed afte... (+1 more)";
const OTHER_KEY: &str = "CRITICAL - dmarc=neutral, message from example.org does not pass DMARC by DKIM: it was made with another key than the... (+1 more)";
const UNSIGNED: &str = "CRITICAL - dmarc=neutral, message from example.org does not pass DMARC by DKIM: it has no DKIM-Signature, SPF was not... (+1 more)";
