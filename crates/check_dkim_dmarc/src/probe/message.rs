//! The message of `--message`: read once, then verified with what the DNS says.

use std::fs::File;
use std::io;
use std::path::Path;

use mailhost_core::deadline::Deadline;
use mailhost_core::dns::{Known, Name};
use mailhost_core::file;
use mailhost_core::mail::spf::{Client, Mailbox, Policies, check_host};
use mailhost_core::plugin::Failure;

use super::{Read, existence};
use crate::config::{self, Config, Sender};
use crate::dkim::Selectors;
use crate::dmarc::walk;
use crate::facts::{Identified, Mail, MailSpf};
use crate::message::{HeaderEnd, Message, Origin, Prepared, ReturnPath, Signatures, prepare};

/// A message, as far as it can be told without the DNS.
#[derive(Debug)]
pub(super) struct PreparedMessage {
    origin: Origin,
    header_end: HeaderEnd,
    signatures: Signatures,
}

/// Reads the message and computes all its hashes.
///
/// # Errors
/// [`Failure::Unable`] for a file that cannot be read, is too large or is empty.
pub(super) fn read(
    config: &Config,
    deadline: &Deadline,
) -> Result<Option<PreparedMessage>, Failure> {
    let Some(message) = &config.message else { return Ok(None) };
    let name = match message.file.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => message.file.display().to_string(),
    };
    deadline.waiting_for(format!("the message from {name}"));
    let bytes = load(&message.file)
        .map_err(|why| Failure::Unable(format!("reading the message from {name}: {why}")))?;
    let message = Message::read(&bytes);
    if message.fields.is_empty() {
        return Err(Failure::Unable(format!("{name} holds no message: it has no header")));
    }
    Ok(Some(PreparedMessage {
        origin: Origin::of(&message),
        header_end: message.end,
        signatures: prepare(&message),
    }))
}

/// A message may come through a pipe; a directory is none.
fn load(path: &Path) -> Result<Vec<u8>, String> {
    let open = || {
        if path.as_os_str() == "-" {
            return file::bounded(io::stdin().lock(), LARGEST);
        }
        if path.is_dir() {
            return Err(io::Error::other("it is a directory"));
        }
        file::bounded(File::open(path)?, LARGEST)
    };
    open().map_err(|error| file::why(&error))
}

/// Verifies the message with what is known so far.
pub(super) fn look(
    known: &mut Known,
    read: &mut Read,
    prepared: &PreparedMessage,
    options: &config::Message,
    now: i64,
) -> Mail {
    let author = prepared.origin.author.domain();
    let existence = author.map(|author| existence(known, author));
    let walk_of_author = author.map(|author| walk(known, author));
    let signatures = prepared.signatures.prepared.iter();
    let signatures = signatures.map(|it| verify(known, &mut read.selectors, it, now)).collect();
    let spf = evaluate(known, &mut read.policies, prepared, options, now);
    Mail {
        origin: prepared.origin.clone(),
        header_end: prepared.header_end,
        signatures,
        more_signatures: prepared.signatures.left_out,
        spf,
        existence,
        walk: walk_of_author,
    }
}

fn verify(
    known: &mut Known,
    selectors: &mut Selectors,
    prepared: &Prepared,
    now: i64,
) -> Identified<crate::message::Verified> {
    let published = prepared.key_name().and_then(|name| selectors.at(known, name));
    Identified {
        value: prepared.conclude(published.as_ref().map(|published| &published.state), now),
        walk: prepared.domain().map(|domain| walk(known, domain)),
    }
}

/// SPF for the client of `--ip`, in the name of the envelope's sender.
fn evaluate(
    known: &mut Known,
    policies: &mut Policies,
    prepared: &PreparedMessage,
    options: &config::Message,
    now: i64,
) -> MailSpf {
    let Some(ip) = options.ip else { return MailSpf::NotAsked };
    let sender = match (&options.sender, &prepared.origin.return_path) {
        (Sender::Mailbox(mailbox), _) => Some(mailbox.clone()),
        (Sender::Null, _) | (Sender::ReturnPath, Some(ReturnPath::Null)) => None,
        (Sender::ReturnPath, Some(ReturnPath::Mailbox { mailbox, .. })) => Mailbox::parse(mailbox),
        (Sender::ReturnPath, Some(ReturnPath::Unreadable(_)) | None) => {
            return MailSpf::NoReturnPath;
        }
    };
    let of_sender = sender.as_ref().map(|sender| sender.domain.clone());
    let Some(helo) = options.helo.clone().or(of_sender) else {
        return MailSpf::NullSender;
    };
    let evaluation = check_host(known, policies, &Client::new(ip, sender, &helo), now);
    let domain = Name::from_text(&evaluation.domain).ok();
    let walk = domain.map(|domain| walk(known, &domain));
    MailSpf::Evaluated(Box::new(Identified { value: evaluation, walk }))
}

/// Bytes of a message; more than mail servers take.
const LARGEST: u64 = 64 << 20;
