//! `check_dkim_dmarc`: from a domain whose mail is believed to one whose mail is lost.
//!
//! The keys are made when the stage is set, and the messages are signed with them.

use std::fs;
use std::io;

use demo_host::dkim::Signer;
use demo_host::dns::{Behaviour, DnsServer, Zone};

use super::{Act, Case, Plugin};
use crate::stage::Stage;
use crate::state::State;

pub(super) const PLUGIN: Plugin = Plugin {
    name: "check_dkim_dmarc",
    first_try: "-d example.org --guess -v",
    stage,
    acts: &[
        Act { question: "Will the world believe mail from this domain?", cases: DOMAINS },
        Act { question: "Is the key that signs the one that is published?", cases: KEYS },
        Act { question: "Does this very message pass?", cases: MESSAGES },
        Act { question: "What about keys and records it cannot see?", cases: LIMITS },
    ],
};

const DOMAINS: &[Case] = &[
    Case {
        title: "A good domain: two keys, and p=reject with reports; -v says it in words",
        args: "-d good.example --selector s1 --selector s2 --nameserver 127.0.0.1:{dns} \
               --state-dir {state} -v",
        expected: State::Ok,
        says: "DMARC p=reject, DKIM 2 of 2 selectors good",
    },
    Case {
        title: "A weak one: a short key, a policy that does nothing, reports to nobody",
        args: "-d weak.example --selector mail --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Warning,
        says: "the RSA key of selector mail has 1024 bits: 2048 is the least now",
    },
    Case {
        title: "A broken one: p=reject, but neither SPF nor a key, so all its mail is lost",
        args: "-d lost.example --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Critical,
        says: "so nothing passes, and DMARC asks everybody to refuse all its mail",
    },
    Case {
        title: "A parked domain that says so, for its subdomains too",
        args: "-d parked.example --parked --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Ok,
        says: "DMARC p=reject",
    },
    Case {
        title: "Somebody turned the policy down, and the operator had said what it must be",
        args: "-d weak.example --only dmarc --require-policy quarantine \
               --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Critical,
        says: "DMARC policy in force is none, and quarantine is required",
    },
];

const KEYS: &[Case] = &[
    Case {
        title: "The zone's editor has cut the key in two, and lost a part",
        args: "-d torn.example --only dkim --selector s1 --nameserver 127.0.0.1:{dns} \
               --state-dir {state}",
        expected: State::Critical,
        says: "the key of selector s1 cannot be used: the key is cut off",
    },
    Case {
        title: "The signer has a new key, and the DNS still has the old one",
        args: "-d good.example --only dkim --selector s1 --key-file {new_key} \
               --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Critical,
        says: "dkim-key-mismatch",
    },
    Case {
        title: "A selector that no longer signs, and whose key is still there",
        args: "-d good.example --only dkim --selector s1 --retired s2 --nameserver 127.0.0.1:{dns} \
               --state-dir {state}",
        expected: State::Warning,
        says: "selector s2 is retired and its key is still there",
    },
    Case {
        title: "Nobody remembers the selectors: those of well-known services are tried",
        args: "-d good.example --only dkim --guess --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Ok,
        says: "DKIM 2 of 2 selectors good",
    },
];

const MESSAGES: &[Case] = &[
    Case {
        title: "A message as it was sent",
        args: "--message {signed} --nameserver 127.0.0.1:{dns}",
        expected: State::Ok,
        says: "dmarc=pass, good.example by DKIM of good.example",
    },
    Case {
        title: "The same after a mailing list has put its footer below",
        args: "--message {footer} --ip 192.0.2.99 --envelope-from list@list.example \
               --nameserver 127.0.0.1:{dns}",
        expected: State::Critical,
        says: "the body was changed after it was signed",
    },
];

const LIMITS: &[Case] = &[
    Case {
        title: "The DNS of the keys is down: that is not \"no key\"",
        args: "-d halfdown.example --only dkim --selector s1 --nameserver 127.0.0.1:{dns} \
               --state-dir {state}",
        expected: State::Warning,
        says: "selector s1 is not known: SERVFAIL",
    },
    Case {
        title: "Only DKIM was asked about, and no selector was named",
        args: "-d good.example --only dkim --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Unknown,
        says: "there may be DKIM keys, but no selector was named",
    },
    Case {
        title: "The policy as JSON, for engines that ignore exit codes",
        args: "-d weak.example --only dmarc --nameserver 127.0.0.1:{dns} --state-dir {state} \
               --output json",
        expected: State::Warning,
        says: "\"code\":1",
    },
];

/// What the two messages are made of.
const MESSAGE: &str = "From: Alice <alice@good.example>\r\nTo: Bob <bob@example.net>\r\n\
    Subject: Minutes of the meeting\r\nDate: Sat, 28 Nov 2026 09:00:00 +0000\r\n\
    Message-ID: <20261128.1@good.example>\r\n\r\nDear Bob,\r\n\r\nhere they are.\r\n";

fn stage() -> io::Result<Stage> {
    let mut stage = Stage::new()?;
    let first = Signer::rsa("good.example", "s1", 2048)?;
    let second = Signer::ed25519("good.example", "s2")?;
    let weak = Signer::rsa("weak.example", "mail", 1024)?;
    let server = DnsServer::start(&others(good(&first, &second, &weak)?, &first)?)?;
    let port = server.address().port();
    stage.hold("dns", &port, server);
    let fields = ["from", "from", "to", "subject", "date", "message-id"];
    let signed = first.sign(MESSAGE, &fields, "")?;
    let footer = format!("{signed}\r\n-- \r\nThe list of the committee\r\n");
    let new_key = Signer::rsa("good.example", "s1", 2048)?.pem()?;
    for (name, contents) in
        [("signed", signed.into_bytes()), ("footer", footer.into_bytes()), ("new_key", new_key)]
    {
        let path = stage.directory().join(name);
        fs::write(&path, contents)?;
        stage.hold(name, &path.display(), ());
    }
    let kept = stage.directory().join("state");
    fs::create_dir(&kept)?;
    stage.hold("state", &kept.display(), ());
    Ok(stage)
}

fn good(first: &Signer, second: &Signer, weak: &Signer) -> io::Result<Zone> {
    Ok(Zone::new()
        .txt("good.example", "v=spf1 ip4:192.0.2.25 -all")
        .mx("good.example", 10, "mx.good.example")
        .txt("_dmarc.good.example", "v=DMARC1; p=reject; rua=mailto:dmarc@good.example")
        .txt(&first.name(), first.record()?)
        .txt(&second.name(), second.record()?)
        .txt("weak.example", "v=spf1 ip4:192.0.2.26 ~all")
        .txt("_dmarc.weak.example", "v=DMARC1; p=none; rua=mailto:dmarc@gone.example")
        .txt(&weak.name(), weak.record()?))
}

fn others(zone: Zone, signer: &Signer) -> io::Result<Zone> {
    let record = signer.record()?;
    let torn = record.get(..record.len() / 2).unwrap_or_default();
    // Base64 has to end with a group of four characters.
    let key = torn.find("p=").map_or(0, |at| (torn.len() - at - 2) / 4 * 4 + at + 2);
    Ok(zone
        .txt("lost.example", "nothing about mail")
        .txt("_dmarc.lost.example", "v=DMARC1; p=reject; rua=mailto:dmarc@good.example")
        .txt("lost.example._report._dmarc.good.example", "v=DMARC1")
        .txt("parked.example", "v=spf1 -all")
        .txt("_dmarc.parked.example", "v=DMARC1; p=reject")
        .txt("s1._domainkey.torn.example", torn.get(..key).unwrap_or_default())
        .txt("halfdown.example", "v=spf1 -all")
        .behave("*._domainkey.halfdown.example", Behaviour::ServFail))
}
