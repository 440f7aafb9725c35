//! One dialogue, from the greeting to QUIT.

use std::net::SocketAddr;
use std::time::Instant;

use mailhost_core::net::{Stream, full_host_name, proxy_header};
use mailhost_core::smtp::{Client, Extensions, Mechanism, authenticate};
use mailhost_core::tls::{Certificate, Inspector, TlsFault};

use super::timed;
use crate::config::{Config, TlsUse};
use crate::facts::{Answer, Door, InClear, Login, Relay, taken};

/// Talks to the server and writes down what it says.
pub(super) fn hold(
    config: &Config,
    inspector: Option<&Inspector>,
    stream: Stream,
    door: &mut Door,
) {
    let ends = stream.addresses();
    let hello = hello_name(config, ends);
    let client = Client::new(stream);
    let client = if config.verbose > 1 { client.with_dialogue() } else { client };
    let mut talk = Talk { config, inspector, hello, client, door };
    let _ = talk.greet(ends).and_then(|()| talk.ask());
    let Talk { mut client, door, .. } = talk;
    // Whoever smuggled bytes in would only be given more to work with.
    if door.injected.is_none() {
        door.quit = client.quit();
    }
    door.dialogue = client.take_dialogue();
    // The process ends soon and the connection with it; taking TLS apart first is work.
    std::mem::forget(client);
}

/// The chain that the server shows to this inspector, empty where the handshake fails: as much of a dialogue as
/// that takes. `None` where it did not come to a handshake, or that had no end.
pub(super) fn chain(
    config: &Config,
    inspector: &Inspector,
    stream: Stream,
) -> Option<Vec<Certificate>> {
    let ends = stream.addresses();
    let hello = hello_name(config, ends);
    let mut door = Door::default();
    let client = Client::new(stream);
    let mut talk = Talk { config, inspector: Some(inspector), hello, client, door: &mut door };
    let _ = talk.greet(ends).and_then(|()| talk.secure());
    let Talk { mut client, .. } = talk;
    if door.injected.is_none() {
        let _ = client.quit();
    }
    std::mem::forget(client);
    match door.tls? {
        Ok(tls) => Some(tls.chain),
        Err(TlsFault::TimedOut) => None,
        Err(_) => Some(Vec::new()),
    }
}

/// The full name of this machine, or its address in brackets where it has none (RFC 5321 section
/// 4.1.4); never empty.
fn hello_name(config: &Config, ends: Option<(SocketAddr, SocketAddr)>) -> String {
    let named = config.fqdn.clone().or_else(full_host_name);
    named.unwrap_or_else(|| match ends {
        Some((SocketAddr::V4(ours), _)) => format!("[{}]", ours.ip()),
        Some((SocketAddr::V6(ours), _)) => format!("[IPv6:{}]", ours.ip()),
        None => "localhost".to_owned(),
    })
}

/// A dialogue under way. Each step gives `None` when the dialogue cannot go on.
struct Talk<'a> {
    config: &'a Config,
    inspector: Option<&'a Inspector>,
    hello: String,
    client: Client,
    door: &'a mut Door,
}

impl Talk<'_> {
    fn greet(&mut self, ends: Option<(SocketAddr, SocketAddr)>) -> Option<()> {
        let start = Instant::now();
        if let Some(proxy) = &self.config.proxy {
            let named = ends.map(|(ours, theirs)| (proxy.source.unwrap_or(ours), theirs));
            if let Err(fault) = self.client.send_header(&proxy_header(proxy.version, named)) {
                self.door.greeting = Some(Err(fault));
                return None;
            }
        }
        if let TlsUse::Implicit(_) = self.config.tls {
            self.shake_hands()?;
        }
        let tls_time = self.door.times.tls.unwrap_or_default();
        let greeting = self.client.greeting();
        self.door.times.greeting = Some(start.elapsed().as_secs_f64() - tls_time);
        let greeted = greeting.as_ref().is_ok_and(|reply| reply.code == 220);
        self.door.greeting = Some(greeting);
        greeted.then_some(())
    }

    /// Everything between the greeting and QUIT, in an order in which each step finds what it needs.
    fn ask(&mut self) -> Option<()> {
        let offered = self.say_hello()?;
        if !matches!(self.config.tls, TlsUse::Implicit(_)) {
            self.door.offered_in_clear = Some(offered.clone());
        }
        if self.config.tls_required {
            self.try_in_clear(&offered)?;
        }
        let offered = match self.config.tls {
            TlsUse::Starttls(_) if offered.has("STARTTLS") => {
                self.start_tls()?;
                self.say_hello_again()?
            }
            TlsUse::Starttls(_) => return None,
            TlsUse::Implicit(_) | TlsUse::None => offered,
        };
        let login = self.log_in(&offered);
        let envelope = login.and_then(|()| self.try_envelope(&offered));
        self.door.offered = Some(offered);
        envelope?;
        self.send_commands()?;
        self.try_relay()
    }

    /// Goes over to TLS and no further, where that has not been done before the greeting.
    fn secure(&mut self) -> Option<()> {
        if !matches!(self.config.tls, TlsUse::Starttls(_)) {
            return None;
        }
        let offered = self.say_hello()?;
        offered.has("STARTTLS").then_some(())?;
        self.start_tls()
    }

    fn say_hello(&mut self) -> Option<Extensions> {
        let start = Instant::now();
        let verb = self.config.hello_verb();
        let mut answer = self.client.command(&format!("{verb} {}", self.hello));
        let mut read: fn(&_) -> Extensions = Extensions::from_reply;
        if let Ok(refused) = &answer
            && refused.code / 100 == 5
            && !self.config.lmtp
        {
            // RFC 5321 section 3.2: a server that does not know EHLO is asked with HELO.
            self.door.ehlo_refused = Some(refused.clone());
            read = |_| Extensions::default();
            answer = self.client.command(&format!("HELO {}", self.hello));
        }
        self.door.times.ehlo = Some(start.elapsed().as_secs_f64());
        let offered = taken(&answer).map(read);
        self.door.hello = Some(answer);
        offered
    }

    /// RFC 3207 section 4.2: what was learned before TLS is void.
    fn say_hello_again(&mut self) -> Option<Extensions> {
        let hello = format!("{} {}", self.config.hello_verb(), self.hello);
        let (answer, time) = timed(|| self.client.command(&hello));
        *self.door.times.ehlo.get_or_insert_default() += time;
        let offered = taken(&answer).map(Extensions::from_reply);
        self.door.hello_again = Some(answer);
        offered
    }

    /// Whether MAIL and AUTH are refused before TLS.
    fn try_in_clear(&mut self, offered: &Extensions) -> Option<()> {
        let mail = self.client.command("MAIL FROM:<>");
        let (goes_on, accepted) = (is_going_on(&mail), taken(&mail).is_some());
        let tried = self.door.in_clear.insert(InClear { mail, auth: None });
        if !goes_on {
            return None;
        }
        if accepted {
            reset(&mut self.client, &mut self.door.resets)?;
        }
        let mechanism = offered.mechanisms().into_iter().next();
        let mechanism = mechanism.unwrap_or_else(|| Mechanism::Login.to_string());
        let auth = self.client.command(&format!("AUTH {mechanism}"));
        let (goes_on, asks) = (is_going_on(&auth), auth.as_ref().is_ok_and(|it| it.code == 334));
        tried.auth = Some(auth);
        // AUTH is taken: that is all there is to know, and the exchange is taken back.
        let goes_on = goes_on && (!asks || is_going_on(&self.client.command("*")));
        goes_on.then_some(())
    }

    fn start_tls(&mut self) -> Option<()> {
        let (answer, time) = timed(|| self.client.command("STARTTLS"));
        self.door.times.tls = Some(time);
        let ready = answer.as_ref().is_ok_and(|reply| reply.code == 220);
        self.door.starttls = Some(answer);
        if !ready {
            return None;
        }
        self.door.injected = self.client.surplus();
        if self.door.injected.is_some() {
            return None;
        }
        self.shake_hands()
    }

    fn shake_hands(&mut self) -> Option<()> {
        let inspector = self.inspector?;
        let (result, time) = timed(|| self.client.start_tls(inspector));
        *self.door.times.tls.get_or_insert_default() += time;
        let secured = result.is_ok();
        self.door.tls = Some(result);
        secured.then_some(())
    }

    fn log_in(&mut self, offered: &Extensions) -> Option<()> {
        let Some(login) = &self.config.login else {
            return Some(());
        };
        if let (Some(Ok(tls)), Some(policy)) = (&self.door.tls, self.config.tls.policy())
            && policy.withholds_secrets_from(tls)
        {
            self.door.login = Some(Login::Withheld);
            return None;
        }
        let encrypted = matches!(self.door.tls, Some(Ok(_)));
        let candidates: &[Mechanism] = match (&login.mechanism, encrypted) {
            (Some(wanted), _) => std::slice::from_ref(wanted),
            // Under TLS the simple ones are safe and work with every password store.
            (None, true) => &[Mechanism::Plain, Mechanism::Login, Mechanism::CramMd5],
            (None, false) => &[Mechanism::CramMd5, Mechanism::Plain, Mechanism::Login],
        };
        let offered = offered.mechanisms();
        let chosen = candidates.iter().find(|it| offered.contains(&it.to_string()));
        let Some(mechanism) = chosen.copied() else {
            self.door.login = Some(Login::NotOffered);
            return None;
        };
        let (answer, time) =
            timed(|| authenticate(&mut self.client, mechanism, &login.credentials));
        self.door.times.auth = Some(time);
        let logged_in = answer.as_ref().is_ok_and(|reply| reply.code == 235);
        self.door.login = Some(Login::Tried { mechanism, encrypted, answer });
        logged_in.then_some(())
    }

    fn try_envelope(&mut self, offered: &Extensions) -> Option<()> {
        let Some(envelope) = &self.config.envelope else {
            return Some(());
        };
        // SIZE is an extension: a server that does not offer it would refuse the parameter.
        let size = match envelope.size {
            Some(size) if offered.has("SIZE") => format!(" SIZE={size}"),
            _ => String::new(),
        };
        let mail = format!("MAIL FROM:<{}>{size}", envelope.sender);
        let (answer, time) = timed(|| self.client.command(&mail));
        self.door.times.mail = Some(time);
        let (goes_on, accepted) = (is_going_on(&answer), taken(&answer).is_some());
        self.door.mail = Some(answer);
        for recipient in envelope.recipients.iter().filter(|_| accepted) {
            let (answer, time) = timed(|| self.client.command(&format!("RCPT TO:<{recipient}>")));
            *self.door.times.rcpt.get_or_insert_default() += time;
            let goes_on = is_going_on(&answer);
            self.door.recipients.push((recipient.clone(), answer));
            if !goes_on {
                return None;
            }
        }
        goes_on.then_some(())
    }

    fn send_commands(&mut self) -> Option<()> {
        for (command, _) in &self.config.commands {
            let answer = self.client.command(command);
            let goes_on = is_going_on(&answer);
            self.door.commands.push((command.clone(), answer));
            if !goes_on {
                return None;
            }
        }
        Some(())
    }

    fn try_relay(&mut self) -> Option<()> {
        let Some([sender, recipient]) = &self.config.relay else {
            return Some(());
        };
        // Whatever MAIL came before, of -f or of -C, must be gone.
        if self.door.mail.is_some() || !self.door.commands.is_empty() {
            reset(&mut self.client, &mut self.door.resets)?;
        }
        let mail = self.client.command(&format!("MAIL FROM:<{sender}>"));
        let rcpt = taken(&mail).map(|_| self.client.command(&format!("RCPT TO:<{recipient}>")));
        let envelope = [sender.clone(), recipient.clone()];
        self.door.relay = Some(Relay { envelope, mail, rcpt });
        Some(())
    }
}

/// RFC 5321 section 4.1.1.5: RSET is always answered with 250.
fn reset(client: &mut Client, resets: &mut Vec<Answer>) -> Option<()> {
    let answer = client.command("RSET");
    let done = taken(&answer).map(|_| ());
    resets.push(answer);
    done
}

/// RFC 5321 section 3.8: after 421 the server closes.
fn is_going_on(answer: &Answer) -> bool {
    answer.as_ref().is_ok_and(|reply| reply.code != 421)
}
