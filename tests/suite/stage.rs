//! The servers behind the command lines, started by the first test that needs them.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::LazyLock;

use demo_host::Action;
use demo_host::dns::{DnsServer, Zone};
use demo_host::ports::{RefusedPort, UnansweredPort, refused_port, unanswered_port};
use demo_host::smtp::{Script, SmtpServer};
use demo_host::spool::{Message, Spool};
use openssl::base64::encode_block;
use openssl::error::ErrorStack;
use openssl::rsa::Rsa;

/// Puts a real port or path for every name in braces: `{smtp}` is a server that is well.
pub(crate) fn fill_in(words: &str) -> Vec<String> {
    let filled = |word: &str| {
        let name = word.strip_prefix('{').and_then(|word| word.strip_suffix('}'));
        name.map_or(word.to_owned(), |name| STAGE.value(name))
    };
    words.split_whitespace().map(filled).collect()
}

struct Stage {
    smtp: SmtpServer,
    hostile: SmtpServer,
    endless_line: SmtpServer,
    endless_lines: SmtpServer,
    refused: RefusedPort,
    unanswered: UnansweredPort,
    spool: Spool,
    dns: DnsServer,
}

impl Stage {
    fn new() -> Self {
        let start = |script| SmtpServer::start(script).expect("a server on loopback");
        let greeting = |greeting| Script { greeting, ..Script::default() };
        let line = |code: &str| [code.as_bytes(), HOSTILE, b"\r\n"].concat();
        let hostile = greeting(Action::Raw(line("220 ")))
            .answering("EHLO", Action::Raw([line("250-"), line("250 ")].concat()));
        Self {
            smtp: start(Script::default()),
            hostile: start(hostile),
            endless_line: start(greeting(Action::EndlessLine(b"220 ".to_vec()))),
            endless_lines: start(greeting(Action::EndlessLines("220-more".to_owned()))),
            refused: refused_port().expect("a port of loopback"),
            unanswered: unanswered_port().expect("a port of loopback"),
            spool: spool().expect("a directory"),
            dns: DnsServer::start(&zone().expect("a key")).expect("a server on loopback"),
        }
    }

    fn value(&self, name: &str) -> String {
        let port = match name {
            "smtp" => self.smtp.port(),
            "hostile" => self.hostile.port(),
            "endless_line" => self.endless_line.port(),
            "endless_lines" => self.endless_lines.port(),
            "refused" => self.refused.port(),
            "unanswered" => self.unanswered.port(),
            "dns" => return self.dns.address().to_string(),
            "spool" => return self.spool.path().display().to_string(),
            _ => panic!("nothing on the stage is called {name}"),
        };
        port.to_string()
    }
}

/// A domain that is well, and a blocklist below the same name. Its address is one that is nobody's,
/// because those for documentation would be findings (RFC 7535).
fn zone() -> Result<Zone, ErrorStack> {
    let key = Rsa::generate(2048)?.public_key_to_der()?;
    Ok(Zone::new()
        .mx("good.example", 10, "mx.good.example")
        .a("mx.good.example", [192, 31, 196, 25])
        .ptr("25.196.31.192.in-addr.arpa", "mx.good.example")
        .a("2.0.0.127.good.example", [127, 0, 0, 2])
        .a("8.196.31.192.good.example", [127, 0, 0, 2])
        .txt("good.example", "v=spf1 mx -all")
        .txt("_dmarc.good.example", "v=DMARC1; p=reject; rua=mailto:dmarc@good.example")
        .txt("s1._domainkey.good.example", format!("v=DKIM1; k=rsa; p={}", encode_block(&key))))
}

/// A queue that is well, and that everybody may look at.
fn spool() -> io::Result<Spool> {
    let spool = Spool::new()?;
    spool.add(3, &Message::default())?;
    fs::set_permissions(spool.path(), Permissions::from_mode(0o755))?;
    Ok(spool)
}

/// What a server that means harm would say: perfdata, escapes, a tag, bytes that are no UTF-8, NUL,
/// marks that turn the writing direction or hide, and a line that goes on.
const HOSTILE: &[u8] =
    b"a|b=1 \x1b[31m<script>alert(1)</script> \xff\xfe\0 \xe2\x80\xae\xe2\x80\x8b\xef\xbb\xbf \x07\x7f\xc2\x85 % $(id) `id` ; 'x \"y\\";

static STAGE: LazyLock<Stage> = LazyLock::new(Stage::new);
