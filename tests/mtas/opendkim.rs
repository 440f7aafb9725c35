//! OpenDKIM as Debian packages it, as the milter of a Postfix: what comes in by SMTP is signed on its way
//! to a mailbox. Beside it is dkimpy, whose `dkimsign` knows ed25519 too.

use std::{
    fs,
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    process::{Output, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use mailhost_tests::{Account, Daemon, DebianRoot, Unavailable, free_port};
use openssl::{base64, pkey::PKey};

use crate::{
    dialogue::Dialogue,
    postfix::{Postfix, Settings},
};

/// A mail host that signs.
pub(crate) struct Signer {
    milter: u16,
    /// One milter at a time: they share a port.
    signing: Mutex<()>,
    count: AtomicU32,
    postfix: Postfix,
}

/// A key pair.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// Its private part, as a path in the root.
    pub(crate) file: String,
    /// The tags of its public part.
    pub(crate) record: String,
    /// The line for the zone file, as the tool that made the pair wrote it, if it writes one.
    pub(crate) zone_line: String,
}

/// What OpenDKIM says of a message's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// With its words for why.
    Fails(String),
    Passes,
    Unsigned,
}

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Letter<'a> {
    /// The address in From.
    pub(crate) author: &'a str,
    /// Lines of the header after all others, each with its end.
    pub(crate) fields: &'a str,
    pub(crate) body: &'a str,
}

impl<'a> Letter<'a> {
    /// A letter in which every line has something that one of the canonical forms takes away.
    pub(crate) fn of(author: &'a str) -> Self {
        Self { author, fields: "", body: BODY }
    }

    /// The header has `\r\n` at the end of its lines, and so has the body.
    fn text(&self, number: u32) -> String {
        let Self { author, fields, body } = self;
        format!(
            "From: Alice  in  Person <{author}>\r\n\
             To: Bob <alice@example.org>\r\n\
             Subject: The  news of today,\t all\r\n of it\r\n\
             Date: Sat, 28 Nov 2026 12:00:00 +0000\r\n\
             Message-ID: <{number}.news@example.org>\r\n\
             {fields}\r\n{body}"
        )
    }
}

impl Signer {
    /// Starts Postfix; the milter runs while it signs.
    ///
    /// # Errors
    /// [`Unavailable`] when this machine cannot run it, which is a reason to skip.
    ///
    /// # Panics
    /// When it should run but does not.
    pub(crate) fn start() -> Result<Self, Unavailable> {
        let milter = free_port();
        let main_cf =
            format!("smtpd_milters = inet:127.0.0.1:{milter}\nmilter_default_action = tempfail\n");
        let settings = Settings {
            main_cf: main_cf.leak(),
            more_packages: &["opendkim", "opendkim-tools", "python3-dkim"],
            ..Settings::default()
        };
        let postfix = Postfix::start(&settings)?;
        let (signing, count) = (Mutex::new(()), AtomicU32::new(1));
        Ok(Self { milter, signing, count, postfix })
    }

    /// The root it runs in.
    pub(crate) fn root(&self) -> &DebianRoot {
        self.postfix.root()
    }

    /// Lets `opendkim-genkey` make a key, with more options of its own.
    ///
    /// # Panics
    /// When it makes none.
    pub(crate) fn generate(&self, domain: &str, selector: &str, options: &[&str]) -> Key {
        let words = ["-D", KEYS, "-d", domain, "-s", selector];
        self.run("opendkim-genkey", &[&words[..], options].concat());
        let file = format!("{KEYS}/{selector}.private");
        self.run("chown", &["opendkim:opendkim", &file]);
        let text = fs::read_to_string(self.root().join(KEYS).join(format!("{selector}.txt")));
        let zone_line = text.expect("the record of a key");
        let record = zone_line.split('"').skip(1).step_by(2).collect();
        Key { file, record, zone_line }
    }

    /// Lets dkimpy's `dknewkey` make an ed25519 key.
    ///
    /// # Panics
    /// When it makes none.
    pub(crate) fn generate_ed25519(&self, selector: &str) -> Key {
        let name = format!("{KEYS}/{selector}");
        self.run("dknewkey", &["--ktype", "ed25519", &name]);
        let record = fs::read_to_string(self.root().join(&format!("{name}.dns")));
        Key {
            file: format!("{name}.key"),
            record: record.expect("the record of a key"),
            zone_line: String::new(),
        }
    }

    /// Lets `openssl` make an ed25519 key in the form that OpenDKIM reads.
    ///
    /// # Panics
    /// When it makes none.
    pub(crate) fn generate_ed25519_pem(&self, selector: &str) -> Key {
        let file = format!("{KEYS}/{selector}.private");
        self.run("openssl", &["genpkey", "-algorithm", "ed25519", "-out", &file]);
        self.run("chown", &["opendkim:opendkim", &file]);
        let pem = fs::read(self.root().join(&file)).expect("a private key");
        let public = PKey::private_key_from_pem(&pem).and_then(|key| key.raw_public_key());
        let public = base64::encode_block(&public.expect("an ed25519 key"));
        let record = format!("v=DKIM1; k=ed25519; p={public}");
        Key { file, record, zone_line: String::new() }
    }

    /// Writes OpenDKIM's tables: which authors' mail is signed with which key, and what of the signature.
    ///
    /// # Panics
    /// When they cannot be written.
    pub(crate) fn write_tables(&self, key_table: &str, signing_table: &str) {
        for (path, content) in [(KEY_TABLE, key_table), (SIGNING_TABLE, signing_table)] {
            self.root().write(path, content, 0o644).expect("write a table");
        }
    }

    /// The options as Debian packages them, for one key and with Postfix's milter at its port.
    ///
    /// # Panics
    /// When they are not as they used to be.
    pub(crate) fn packaged_options(&self, domain: &str, selector: &str, key: &Key) -> String {
        let mut text = fs::read_to_string(self.root().join(PACKAGED)).expect("Debian's options");
        for (packaged, own) in [
            ("#Domain\t\t\texample.com", format!("Domain\t\t\t{domain}")),
            ("#Selector\t\t2020", format!("Selector\t\t{selector}")),
            ("#KeyFile\t\t/etc/dkimkeys/example.private", format!("KeyFile\t\t{}", key.file)),
            (
                "\nSocket\t\t\tlocal:/run/opendkim/opendkim.sock",
                format!("\nSocket\t\t\tinet:{}@127.0.0.1", self.milter),
            ),
        ] {
            assert!(text.contains(packaged), "no {packaged:?} in\n{text}");
            text = text.replacen(packaged, &own, 1);
        }
        text
    }

    /// Options for both tables.
    pub(crate) const TABLES: &str = "KeyTable refile:/etc/opendkim/key.table\nSigningTable refile:/etc/opendkim/signing.table\n";

    /// Sends letters by SMTP while OpenDKIM signs with these options, and gives them as they are in the
    /// mailbox.
    ///
    /// # Panics
    /// With the logs, when one does not arrive.
    pub(crate) fn sign(&self, options: &str, letters: &[Letter<'_>]) -> Vec<String> {
        self.sign_as(&format!("{}{options}", configuration(self.milter)), letters)
    }

    /// The same with a whole file of options.
    ///
    /// # Panics
    /// As [`sign`](Signer::sign).
    pub(crate) fn sign_as(&self, configuration: &str, letters: &[Letter<'_>]) -> Vec<String> {
        let _one_at_a_time = self.signing.lock().unwrap_or_else(PoisonError::into_inner);
        self.root().write(CONFIGURATION, configuration, 0o644).expect("write the configuration");
        let mut command = self.root().command("opendkim");
        let output = self.root().join("/var/log/opendkim.out");
        let mut milter =
            Daemon::start("opendkim", command.args(["-f", "-x", CONFIGURATION]), &output)
                .unwrap_or_else(|error| panic!("{error}"));
        milter
            .wait_for_port(self.milter, LIMIT)
            .unwrap_or_else(|error| panic!("{error}\n{configuration}"));
        let sent: Vec<u32> = letters.iter().map(|letter| self.send(letter)).collect();
        let signed = sent.iter().map(|number| self.arrived(*number)).collect();
        self.stop(milter);
        signed
    }

    /// libmilter looks only every five seconds whether it has to end, and whenever somebody comes.
    fn stop(&self, milter: Daemon) {
        thread::scope(|scope| {
            let stopping = scope.spawn(move || drop(milter));
            while !stopping.is_finished() {
                drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.milter)));
                thread::sleep(Duration::from_millis(20));
            }
        });
    }

    fn send(&self, letter: &Letter<'_>) -> u32 {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        hand_in(self.postfix.smtp_port(), &letter.text(number))
            .unwrap_or_else(|error| panic!("{error}\n{}", self.postfix.log()));
        number
    }

    fn arrived(&self, number: u32) -> String {
        let mailbox = self.root().join(MAILBOX);
        let id = format!("\nMessage-ID: <{number}.news@");
        let started = Instant::now();
        loop {
            let files = fs::read_dir(&mailbox).into_iter().flatten().filter_map(Result::ok);
            let mut texts = files.filter_map(|file| fs::read_to_string(file.path()).ok());
            if let Some(text) = texts.find(|text| text.contains(&id)) {
                return text;
            }
            assert!(started.elapsed() < LIMIT, "no message {number}\n{}", self.postfix.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// A letter as it is before it is signed.
    pub(crate) fn write(&self, letter: &Letter<'_>) -> String {
        letter.text(self.count.fetch_add(1, Ordering::Relaxed))
    }

    /// Lets dkimpy's `dkimsign` sign a message.
    ///
    /// # Panics
    /// With its words, when it does not.
    pub(crate) fn dkimsign(&self, arguments: &[&str], message: &str) -> String {
        let output = self.filter("dkimsign", arguments, message);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).expect("a message in UTF-8")
    }

    fn filter(&self, program: &str, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .root()
            .command(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("run {program}: {error}"));
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(input.as_bytes()).expect("write to a pipe");
        drop(pipe);
        child.wait_with_output().unwrap_or_else(|error| panic!("wait for {program}: {error}"))
    }

    /// Names the server that dkimpy asks, which is at port 53.
    ///
    /// # Panics
    /// When the root cannot be written to.
    pub(crate) fn set_resolver(&self, server: SocketAddr) {
        let content = format!("nameserver {}\n", server.ip());
        self.root().write("/etc/resolv.conf", content, 0o644).expect("name a server");
    }

    /// What OpenDKIM itself says of a message in its test mode, with this resolver and these options.
    ///
    /// # Panics
    /// With its words, when they are about nothing of the kind.
    pub(crate) fn verify(&self, resolver: SocketAddr, options: &str, message: &str) -> Verdict {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let path = |kind| format!("/tmp/{number}.{kind}");
        let (file, settings, unbound) = (path("eml"), path("conf"), path("unbound"));
        let options = format!("Mode v\nSyslog no\nResolverConfiguration {unbound}\n{options}");
        for (path, content) in
            [(&file, message), (&settings, &options), (&unbound, &forwarding(resolver))]
        {
            self.root().write(path, content, 0o644).expect("write a file");
        }
        let said = self.said("opendkim", &["-x", &settings, "-t", &file]);
        match said.trim_end().rsplit_once(": ").map(|(_, last)| last) {
            Some("message not signed") => Verdict::Unsigned,
            Some(last) if last.ends_with(" succeeded") => Verdict::Passes,
            Some(reason) if said.contains(") failed: ") => Verdict::Fails(reason.to_owned()),
            _ => panic!("{said}"),
        }
    }

    /// Whether a message passes for dkimpy's `dkimverify`, with the server of
    /// [`set_resolver`](Signer::set_resolver).
    pub(crate) fn passes_dkimverify(&self, message: &str) -> bool {
        let output = self.filter("dkimverify", &[], message);
        match output.status.code() {
            Some(0) => true,
            Some(1) => false,
            _ => panic!("{output:?}"),
        }
    }

    /// What `opendkim-testkey` says of a published key beside the local one in a file: nothing if they
    /// belong together.
    pub(crate) fn testkey(&self, resolver: SocketAddr, selector: &str, key: &Key) -> String {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let (settings, unbound) = (format!("/tmp/{number}.conf"), format!("/tmp/{number}.unbound"));
        let content = format!("ResolverConfiguration {unbound}\n");
        self.root().write(&unbound, forwarding(resolver), 0o644).expect("write a file");
        self.root().write(&settings, content, 0o644).expect("write a file");
        let names = ["-d", "example.org", "-s", selector, "-k", &key.file];
        self.said("opendkim-testkey", &[&["-x", &settings], &names[..]].concat())
    }

    /// Everything that one of OpenDKIM's programs writes, run as its own user.
    fn said(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = self.root().command_as(Account::user("opendkim"), program);
        let output = command.args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("run {program}: {error}"));
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        self.root().run(program, arguments).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// Hands a message in by SMTP.
fn hand_in(port: u16, text: &str) -> io::Result<()> {
    let mut client = Dialogue::connect(port)?;
    client.reply()?;
    for command in [
        "EHLO client.example.net",
        "MAIL FROM:<bounces@example.org>",
        "RCPT TO:<alice@example.org>",
        "DATA",
    ] {
        let reply = client.say(command)?;
        if !reply.starts_with(['2', '3']) {
            return Err(io::Error::other(format!("{command}: {reply}")));
        }
    }
    let reply = client.say(&format!("{}.", text.replace("\r\n.", "\r\n..")))?;
    if !reply.starts_with("250 ") {
        return Err(io::Error::other(reply));
    }
    client.say("QUIT").map(drop)
}

/// Debian's own file, but for the socket, and without a log.
fn configuration(milter: u16) -> String {
    format!(
        "Syslog no
UserID opendkim
UMask 007
Socket inet:{milter}@127.0.0.1
PidFile /run/opendkim/opendkim.pid
TrustAnchorFile /usr/share/dns/root.key
"
    )
}

/// For libunbound, which asks on its own behalf otherwise.
fn forwarding(resolver: SocketAddr) -> String {
    format!(
        "server:\n  do-not-query-localhost: no\n  module-config: \"iterator\"\n\
         forward-zone:\n  name: \".\"\n  forward-addr: {}@{}\n",
        resolver.ip(),
        resolver.port()
    )
}

/// Lines that end in white space, hold runs of it, are empty or begin with a dot, and empty ones at the
/// end.
const BODY: &str = "Nothing  new \t at this end,  \r\n\r\n  and at yours?\t\r\n.\r\n.x\r\n\r\n\r\n";
const CONFIGURATION: &str = "/etc/opendkim/signing.conf";
pub(crate) const KEYS: &str = "/etc/dkimkeys";
const KEY_TABLE: &str = "/etc/opendkim/key.table";
const PACKAGED: &str = "/etc/opendkim.conf";
const SIGNING_TABLE: &str = "/etc/opendkim/signing.table";
const MAILBOX: &str = "/var/mail/example.org/alice/new";
const LIMIT: Duration = Duration::from_secs(30);
