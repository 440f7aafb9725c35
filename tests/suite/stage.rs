//! The servers behind the command lines, started by the first test that needs them.

use std::sync::LazyLock;

use demo_host::Action;
use demo_host::ports::{RefusedPort, UnansweredPort, refused_port, unanswered_port};
use demo_host::smtp::{Script, SmtpServer};

/// Puts a real port for every name in braces: `{smtp}` is a server that is well.
pub(crate) fn fill_in(words: &str) -> Vec<String> {
    let filled = |word: &str| {
        let name = word
            .strip_prefix('{')
            .and_then(|word| word.strip_suffix('}'));
        name.map_or(word.to_owned(), |name| STAGE.port(name).to_string())
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
}

impl Stage {
    fn new() -> Self {
        let start = |script| SmtpServer::start(script).expect("a server on loopback");
        let greeting = |greeting| Script {
            greeting,
            ..Script::default()
        };
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
        }
    }

    fn port(&self, name: &str) -> u16 {
        match name {
            "smtp" => self.smtp.port(),
            "hostile" => self.hostile.port(),
            "endless_line" => self.endless_line.port(),
            "endless_lines" => self.endless_lines.port(),
            "refused" => self.refused.port(),
            "unanswered" => self.unanswered.port(),
            _ => panic!("no server on the stage is called {name}"),
        }
    }
}

/// What a server that means harm would say: perfdata, escapes, a tag, bytes that are no UTF-8, NUL,
/// marks that turn the writing direction or hide, and a line that goes on.
const HOSTILE: &[u8] =
    b"a|b=1 \x1b[31m<script>alert(1)</script> \xff\xfe\0 \xe2\x80\xae\xe2\x80\x8b\xef\xbb\xbf \x07\x7f\xc2\x85 % $(id) `id` ; 'x \"y\\";

static STAGE: LazyLock<Stage> = LazyLock::new(Stage::new);
