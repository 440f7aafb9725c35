//! What can happen to a message between its signer and its reader.

use regex_lite::Regex;

/// One way to change a message.
pub(super) struct Damage {
    pub(super) name: &'static str,
    pub(super) effect: Effect,
    /// Of a message whose lines end with LF.
    change: fn(&str) -> String,
}

/// What a change does to a signature of From, To, Subject and Date.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Effect {
    /// The body is another.
    Body,
    /// The same, but for the relaxed form.
    BodySpace,
    /// The hash of the body that is in the signature is another.
    BodyHash,
    /// There is another From above the signed one.
    FromAbove,
    /// There is another From in the place of the signed one.
    FromBelow,
    /// A signed field is another.
    Header,
    /// The same, but for the relaxed form.
    HeaderSpace,
    Nothing,
    /// There is a Subject more, above the signed one.
    SubjectAbove,
    /// The signature itself is another.
    Signature,
    /// Subject is gone.
    SubjectGone,
    /// The signature is gone.
    Unsigned,
}

impl Damage {
    /// The message with the change made, in the same line ends.
    pub(super) fn of(&self, message: &str) -> String {
        let lines = message.replace("\r\n", "\n");
        let changed = (self.change)(&lines);
        assert!(changed != lines, "{}: nothing was changed in\n{message}", self.name);
        if message.contains("\r\n") { changed.replace('\n', "\r\n") } else { changed }
    }
}

const fn damage(name: &'static str, effect: Effect, change: fn(&str) -> String) -> Damage {
    Damage { name, effect, change }
}

/// Puts another character in place of the one behind a text.
fn turn(message: &str, text: &str) -> String {
    let at = pattern(text).find(message).expect("a tag").end();
    let other = if message[at..].starts_with('1') { "2" } else { "1" };
    format!("{}{other}{}", &message[..at], &message[at + 1..])
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this file")
}

fn behind(message: &str, text: &str) -> usize {
    message.find(text).unwrap_or_else(|| panic!("no {text:?} in {message}")) + text.len()
}

/// Takes the lines of a field out.
fn without(message: &str, name: &str) -> String {
    let at = behind(message, &format!("\n{name}")) - name.len();
    let field = &message[at..];
    let lines = field.split_inclusive('\n');
    let folded = |line: &&str| line.starts_with([' ', '\t']);
    let length = lines.clone().take(1).chain(lines.skip(1).take_while(folded)).map(str::len).sum();
    format!("{}{}", &message[..at], &field[length..])
}

pub(super) const ALL: &[Damage] = &[
    damage("a byte of the body", Effect::Body, |text| text.replace("Nothing", "nothing")),
    damage("a line appended", Effect::Body, |text| format!("{text}A list's footer\n")),
    damage("blank lines appended", Effect::Nothing, |text| format!("{text}\n\n")),
    damage("blank lines taken from the end", Effect::Nothing, |text| {
        format!("{}\n", text.trim_end())
    }),
    damage("white space at a line's end", Effect::BodySpace, |text| {
        text.replace("end,  \n", "end,\n")
    }),
    damage("white space in a line", Effect::BodySpace, |text| {
        text.replace("Nothing  new", "Nothing new")
    }),
    damage("Subject changed", Effect::Header, |text| text.replace("Subject: ", "Subject: [list] ")),
    damage("Subject folded elsewhere", Effect::HeaderSpace, |text| {
        text.replace("of today,\t all\n of it", "of\n\ttoday, all of it")
    }),
    damage("Subject named in capitals", Effect::HeaderSpace, |text| {
        text.replace("\nSubject:", "\nSUBJECT:")
    }),
    damage("Subject removed", Effect::SubjectGone, |text| without(text, "Subject")),
    damage("white space in From", Effect::HeaderSpace, |text| {
        text.replace("Alice  in  Person", "Alice in Person")
    }),
    damage("From added on top", Effect::FromAbove, |text| {
        format!("From: Mallory <m@example.net>\n{text}")
    }),
    damage("From added below", Effect::FromBelow, |text| {
        text.replace("\nTo: ", "\nFrom: <m@example.net>\nTo: ")
    }),
    damage("Subject added on top", Effect::SubjectAbove, |text| {
        format!("Subject: Read this\n{text}")
    }),
    damage("a field that is not signed", Effect::Nothing, |text| format!("X-Checked: yes\n{text}")),
    damage("two fields in another order", Effect::Nothing, |text| {
        let at = behind(text, "\nTo: Bob <alice@example.org>\n");
        let to = "To: Bob <alice@example.org>\n";
        let rest = &text[at..];
        let date = rest.find("Message-ID:").expect("a field");
        format!("{}{}{to}{}", &text[..at - to.len()], &rest[..date], &rest[date..])
    }),
    damage("bh=", Effect::BodyHash, |text| turn(text, r"[;\s]bh=")),
    damage("b=", Effect::Signature, |text| turn(text, r"[;\s]b=")),
    damage("t=", Effect::Header, |text| turn(text, r"[;\s]t=\d{9}")),
    damage("DKIM-Signature folded elsewhere", Effect::HeaderSpace, |text| {
        pattern(r";\s+s=").replace(text, ";\n   s=").into_owned()
    }),
    damage("DKIM-Signature removed", Effect::Unsigned, |text| {
        without(&format!("\n{text}"), "DKIM-Signature")[1..].to_owned()
    }),
];
