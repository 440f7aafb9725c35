//! Lists of mailboxes, as they stand in From (RFC 5322 section 3.4), with the obsolete forms of section
//! 4.4.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

use mailhost_core::dns::Name;
use mailhost_core::mail::SyntaxError;

use crate::tag_list::is_space;

/// One mailbox.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Mailbox {
    /// The local part, the sign @ and the domain, without comments and white space.
    pub(super) text: String,
    pub(super) domain: Domain,
}

/// What stands behind the sign @.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Domain {
    /// An address in square brackets, or something else in them.
    Literal(String),
    Name(Name),
    /// A name that is not in its ASCII form (RFC 5890 section 2.3.2.1).
    NotAscii(String),
}

/// Reads a list, with all mailboxes of groups (RFC 6854 allows groups in From). Empty places between
/// commas are allowed.
///
/// # Errors
/// The first place that is wrong.
pub(super) fn mailboxes(text: &str) -> Result<Vec<Mailbox>, SyntaxError> {
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0 };
    let mut mailboxes = Vec::new();
    let mut group = None;
    while parser.peek().is_some() {
        let words = parser.words();
        let Some(sign) = parser.next() else {
            parser.no_words(words)?;
            break;
        };
        match sign.kind {
            Kind::Sign('<') => mailboxes.push(parser.in_angles()?),
            Kind::Sign('@') => mailboxes.push(parser.address(words, &sign)?),
            Kind::Sign(':') if group.is_none() && !words.is_empty() => {
                group = Some(sign.span);
                continue;
            }
            Kind::Sign(',') => {
                parser.no_words(words)?;
                continue;
            }
            Kind::Sign(';') if group.is_some() => {
                parser.no_words(words)?;
                group = None;
            }
            _ => return Err(SyntaxError::at(sign.span, "this has no place here")),
        }
        parser.end_of_mailbox(group.is_some())?;
    }
    match group {
        Some(span) => Err(SyntaxError::at(span, "there is no ; at the end of this group")),
        None => Ok(mailboxes),
    }
}

/// Whether it is the path of a message without a sender: nothing between angle brackets (RFC 5321
/// section 4.5.5).
pub(super) fn is_null_path(text: &str) -> bool {
    let is_null =
        |tokens: &[Token]| matches!(tokens, [left, right] if left.is('<') && right.is('>'));
    tokens(text).is_ok_and(|tokens| is_null(&tokens))
}

/// Whether every quotation and comment in a text has its end.
pub(super) fn is_closed(text: &str) -> bool {
    tokens(text).is_ok()
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += usize::from(token.is_some());
        token
    }

    fn take(&mut self, sign: char) -> bool {
        let is_there = self.peek().is_some_and(|token| token.is(sign));
        self.at += usize::from(is_there);
        is_there
    }

    /// Words with dots among them: a display name, or a local part.
    fn words(&mut self) -> Range<usize> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|token| token.is('.') || matches!(token.kind, Kind::Atom | Kind::Quoted))
        {
            self.at += 1;
        }
        start..self.at
    }

    /// Where tokens stand in the text; the end of it where there are none.
    fn span(&self, tokens: &Range<usize>) -> Range<usize> {
        let all = self.tokens.get(tokens.clone()).unwrap_or_default();
        match (all.first(), all.last()) {
            (Some(first), Some(last)) => first.span.start..last.span.end,
            _ => self.text.len()..self.text.len(),
        }
    }

    /// The text of tokens, without what is between them.
    fn joined(&self, tokens: Range<usize>) -> String {
        let tokens = self.tokens.get(tokens).unwrap_or_default();
        tokens.iter().filter_map(|token| self.text.get(token.span.clone())).collect()
    }

    fn error<T>(&self, text: &str) -> Result<T, SyntaxError> {
        Err(SyntaxError::at(self.span(&(self.at..self.at + 1)), text))
    }

    fn no_words(&self, words: Range<usize>) -> Result<(), SyntaxError> {
        if words.is_empty() {
            return Ok(());
        }
        Err(SyntaxError::at(self.span(&words), "this is no address: it has no @"))
    }

    fn end_of_mailbox(&self, in_group: bool) -> Result<(), SyntaxError> {
        match self.peek() {
            None => Ok(()),
            Some(token) if token.is(',') || in_group && token.is(';') => Ok(()),
            Some(_) => self.error("a comma has to come before this"),
        }
    }

    /// What follows `<`, with the route of section 4.4, which nobody uses.
    fn in_angles(&mut self) -> Result<Mailbox, SyntaxError> {
        if self.peek().is_some_and(|token| token.is('@')) {
            while self.peek().is_some_and(|token| {
                token.is('@') || token.is(',') || token.is('.') || token.kind == Kind::Atom
            }) {
                self.at += 1;
            }
            if !self.take(':') {
                return self.error("a colon has to end the route here");
            }
        }
        let words = self.words();
        let Some(sign) = self.peek().filter(|token| token.is('@')).cloned() else {
            return self.error("there is no address before this: it would have an @");
        };
        self.at += 1;
        let mailbox = self.address(words, &sign)?;
        if self.take('>') {
            Ok(mailbox)
        } else {
            self.error("the closing angle bracket has to come before this")
        }
    }

    /// An address whose local part is `words`, behind its sign @.
    ///
    /// Local parts with dots where none may be exist, and do not matter here.
    fn address(&mut self, words: Range<usize>, sign: &Token) -> Result<Mailbox, SyntaxError> {
        if words.is_empty() {
            return Err(SyntaxError::at(sign.span.clone(), "there is nothing before this @"));
        }
        let local = self.tokens.get(words.clone()).unwrap_or_default();
        if local.windows(2).any(|pair| !pair.iter().any(|token| token.is('.'))) {
            let text = "an address is one word before its @, or words with dots between them";
            return Err(SyntaxError::at(self.span(&words), text));
        }
        let (text, domain) = self.domain()?;
        Ok(Mailbox { text: format!("{}@{text}", self.joined(words)), domain })
    }

    fn domain(&mut self) -> Result<(String, Domain), SyntaxError> {
        let start = self.at;
        if self.peek().is_some_and(|token| token.kind == Kind::Literal) {
            self.at += 1;
            let text = self.joined(start..self.at);
            return Ok((text.clone(), Domain::Literal(text)));
        }
        loop {
            if self.peek().is_none_or(|token| token.kind != Kind::Atom) {
                return self.error("a part of the domain is missing before this");
            }
            self.at += 1;
            if !self.take('.') {
                break;
            }
        }
        let text = self.joined(start..self.at);
        let domain = if text.is_ascii() {
            let wrong = |error| {
                let text = format!("this is no domain: {error}");
                SyntaxError::at(self.span(&(start..self.at)), text)
            };
            Domain::Name(Name::from_text(&text).map_err(wrong)?)
        } else {
            Domain::NotAscii(text.clone())
        };
        Ok((text, domain))
    }
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    span: Range<usize>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Atom,
    Literal,
    Quoted,
    Sign(char),
}

impl Token {
    fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }
}

/// Section 3.2, without comments and white space.
fn tokens(text: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut tokens = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let kind = match c {
            _ if is_space(c) => continue,
            '(' => Kind::Sign('('),
            '"' => Kind::Quoted,
            '[' => Kind::Literal,
            ')' | ']' | '\\' => {
                return Err(SyntaxError::at(at..at + 1, "this has no place here"));
            }
            _ if c.is_ascii_control() => {
                let text = format!("the control character {} has no place here", u32::from(c));
                return Err(SyntaxError::at(at..at + 1, text));
            }
            _ if SIGNS.contains(c) => Kind::Sign(c),
            _ => Kind::Atom,
        };
        let is_closed = match kind {
            Kind::Atom => {
                while chars.next_if(|(_, c)| is_atom(*c)).is_some() {}
                true
            }
            Kind::Literal => skip_closed(&mut chars, None, ']'),
            Kind::Quoted => skip_closed(&mut chars, None, '"'),
            Kind::Sign('(') => skip_closed(&mut chars, Some('('), ')'),
            Kind::Sign(_) => true,
        };
        if !is_closed {
            return Err(SyntaxError::at(at..at + 1, "what begins here has no end"));
        }
        if kind != Kind::Sign('(') {
            let end = chars.peek().map_or(text.len(), |(end, _)| *end);
            tokens.push(Token { kind, span: at..end });
        }
    }
    Ok(tokens)
}

/// Skips what stands between two signs, of which the first is gone already and may come again inside.
/// Whether the last was found.
fn skip_closed(chars: &mut Peekable<CharIndices<'_>>, open: Option<char>, close: char) -> bool {
    let mut depth = 1_usize;
    while let Some((_, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return true;
            }
        } else if Some(c) == open {
            depth += 1;
        }
    }
    false
}

/// Section 3.2.3; what is not ASCII may be in a name (RFC 6532 section 3.2).
fn is_atom(c: char) -> bool {
    !is_space(c) && !c.is_ascii_control() && !SIGNS.contains(c) && !"()[]\\\"".contains(c)
}

const SIGNS: &str = "<>@,;:.";

#[cfg(test)]
mod tests;
