//! All input and output: resolves, connects, and holds one dialogue on each address.

use std::net::SocketAddr;
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use mailhost_core::deadline::Deadline;
use mailhost_core::net::{ConnectFault, Endpoint, Stream, connect, proxy_header, resolve, reverse};
use mailhost_core::plugin::Failure;
use mailhost_core::smtp::{Client, Extensions, Mechanism, Reply, authenticate};
use mailhost_core::tls::Inspector;

use crate::config::{Config, Place, TlsUse};
use crate::facts::{Answer, Door, Facts, InClear, Login, Relay};

/// Looks at the target.
///
/// # Errors
/// [`Failure`], when TLS cannot be set up here; nothing has been sent then.
pub(crate) fn probe(config: &Config, deadline: &Deadline) -> Result<Facts, Failure> {
    let inspector = match config.tls {
        TlsUse::None => None,
        TlsUse::Implicit | TlsUse::Starttls => {
            let policy = &config.policy;
            let inspector = Inspector::new(policy.peer.clone(), policy.ca_file.as_deref());
            Some(inspector.map_err(Failure::Unable)?)
        }
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let mut facts = Facts {
        now: i64::try_from(now).unwrap_or(i64::MAX),
        addresses: None,
        dns: None,
        doors: Vec::new(),
        time: 0.0,
    };
    let start = Instant::now();
    let visit = |endpoint: &Endpoint, patience: &Deadline| {
        Visit {
            config,
            inspector: inspector.as_ref(),
            deadline,
            patience,
        }
        .to(endpoint)
    };
    match &config.place {
        Place::Socket(path) => facts
            .doors
            .push(visit(&Endpoint::Unix(path.clone()), deadline)),
        Place::Host { name, port, family } => {
            let (found, time) = timed(|| resolve(name, *port, *family, deadline));
            facts.dns = Some(time);
            let endpoints: Vec<Endpoint> = found
                .iter()
                .flatten()
                .copied()
                .map(Endpoint::Inet)
                .collect();
            facts.addresses = Some(found.map(|found| {
                found
                    .iter()
                    .map(|address: &SocketAddr| address.ip().to_string())
                    .collect()
            }));
            facts.doors = if config.all_addresses {
                visit_all(&endpoints, |endpoint| visit(endpoint, deadline))
            } else {
                visit_first(&endpoints, deadline, visit)
            };
        }
    }
    facts.time = start.elapsed().as_secs_f64();
    if config.verbose > 0 {
        for door in facts.doors.iter_mut().filter(|door| door.is_connected()) {
            let address = door
                .address
                .parse()
                .ok()
                .map(|address: SocketAddr| address.ip());
            let address = address.filter(|address| !address.is_loopback());
            door.ptr = address.map(|address| reverse(address, deadline));
        }
    }
    Ok(facts)
}

/// Every address at the same time, so that a silent one costs the others nothing.
fn visit_all(endpoints: &[Endpoint], visit: impl Fn(&Endpoint) -> Door + Sync) -> Vec<Door> {
    let visit = &visit;
    thread::scope(|scope| {
        let visits: Vec<_> = endpoints
            .iter()
            .map(|endpoint| scope.spawn(move || visit(endpoint)))
            .collect();
        // A thread that panics ends the whole process through the hook.
        visits
            .into_iter()
            .filter_map(|visit| visit.join().ok())
            .collect()
    })
}

/// One address after the other until one accepts, as a client does. Each has its share of the time
/// that is left to accept, so that a silent first one leaves some for the second.
fn visit_first(
    endpoints: &[Endpoint],
    deadline: &Deadline,
    visit: impl Fn(&Endpoint, &Deadline) -> Door,
) -> Vec<Door> {
    let mut doors = Vec::new();
    let mut left = u32::try_from(endpoints.len()).unwrap_or(u32::MAX);
    for endpoint in endpoints {
        let share = if left > 1 {
            deadline.share(left)
        } else {
            deadline.clone()
        };
        left -= 1;
        let door = visit(endpoint, &share);
        let connected = door.is_connected();
        doors.push(door);
        if connected {
            break;
        }
    }
    doors
}

fn timed<T>(act: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = act();
    (result, start.elapsed().as_secs_f64())
}

/// A visit to one address.
struct Visit<'a> {
    config: &'a Config,
    inspector: Option<&'a Inspector>,
    deadline: &'a Deadline,
    /// By when there has to be a connection.
    patience: &'a Deadline,
}

impl Visit<'_> {
    fn to(&self, endpoint: &Endpoint) -> Door {
        let mut door = Door {
            address: endpoint.to_string(),
            ..Door::default()
        };
        let start = Instant::now();
        if let Some(stream) = self.connect(endpoint, &mut door) {
            let ends = stream.addresses();
            let mut talk = Talk {
                config: self.config,
                inspector: self.inspector,
                hello: hello_name(self.config, ends),
                client: Client::new(stream),
                door: &mut door,
            };
            talk.hold(ends);
            let Talk { client, door, .. } = talk;
            door.dialogue = client.into_dialogue();
        }
        door.times.total = start.elapsed().as_secs_f64();
        door
    }

    /// Connects as often as asked, and keeps the last connection that came about.
    fn connect(&self, endpoint: &Endpoint, door: &mut Door) -> Option<Stream> {
        let mut kept = None;
        let attempts = self.config.attempts;
        for attempt in 0..attempts {
            let deadline = match attempts - attempt {
                1 if kept.is_none() => self.patience.clone(),
                // One more share than attempts: the dialogue needs time too.
                left => self.patience.share(left + 1),
            };
            let (result, time) = timed(|| connect(endpoint, self.config.source, &deadline));
            door.attempts.push(match result {
                Ok(stream) => {
                    kept = Some(stream.with_deadline(self.deadline.clone()));
                    Ok(time)
                }
                Err(fault) => Err(fault),
            });
            if matches!(door.attempts.last(), Some(Err(ConnectFault::Local(_)))) {
                break;
            }
        }
        kept
    }
}

/// The full name of this machine, or its address in brackets where it has none (RFC 5321 section
/// 4.1.4); never empty.
fn hello_name(config: &Config, ends: Option<(SocketAddr, SocketAddr)>) -> String {
    if let Some(name) = &config.fqdn {
        return name.clone();
    }
    if let Some(name) = mailhost_core::net::full_host_name() {
        return name;
    }
    match ends {
        Some((SocketAddr::V4(ours), _)) => format!("[{}]", ours.ip()),
        Some((SocketAddr::V6(ours), _)) => format!("[IPv6:{}]", ours.ip()),
        None => "localhost".to_owned(),
    }
}

/// A dialogue. Each step gives `None` when the dialogue cannot go on.
struct Talk<'a> {
    config: &'a Config,
    inspector: Option<&'a Inspector>,
    hello: String,
    client: Client,
    door: &'a mut Door,
}

impl Talk<'_> {
    fn hold(&mut self, ends: Option<(SocketAddr, SocketAddr)>) {
        let _ = self.greet(ends).and_then(|()| self.ask());
        // Whoever smuggled bytes in would only be given more to work with.
        if self.door.injected.is_none() {
            self.door.quit = self.client.quit();
        }
    }

    fn greet(&mut self, ends: Option<(SocketAddr, SocketAddr)>) -> Option<()> {
        let start = Instant::now();
        if let Some(proxy) = &self.config.proxy {
            let named = ends.map(|(ours, theirs)| (proxy.source.unwrap_or(ours), theirs));
            if let Err(fault) = self.client.send_header(&proxy_header(proxy.version, named)) {
                self.door.greeting = Some(Err(fault));
                return None;
            }
        }
        if self.config.tls == TlsUse::Implicit {
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
        if self.config.tls_required {
            self.try_in_clear()?;
        }
        self.door.offered = Some(match self.config.tls {
            TlsUse::Starttls => {
                self.door.offered_in_clear = Some(offered.clone());
                if !offered.has("STARTTLS") {
                    return None;
                }
                self.start_tls()?;
                self.say_hello_again()?
            }
            TlsUse::None => {
                self.door.offered_in_clear = Some(offered.clone());
                offered
            }
            TlsUse::Implicit => offered,
        });
        self.log_in()?;
        self.try_envelope()?;
        self.send_commands()?;
        self.try_relay()
    }

    fn say_hello(&mut self) -> Option<Extensions> {
        let start = Instant::now();
        let verb = if self.config.lmtp { "LHLO" } else { "EHLO" };
        let mut answer = self.client.command(&format!("{verb} {}", self.hello));
        let mut is_extended = true;
        if let Ok(refused) = &answer
            && refused.code / 100 == 5
            && !self.config.lmtp
        {
            // RFC 5321 section 3.2: a server that does not know EHLO is asked with HELO.
            self.door.ehlo_refused = Some(refused.clone());
            is_extended = false;
            answer = self.client.command(&format!("HELO {}", self.hello));
        }
        self.door.times.ehlo = Some(start.elapsed().as_secs_f64());
        let read = |reply| {
            if is_extended {
                Extensions::from_reply(reply)
            } else {
                Extensions::default()
            }
        };
        let offered = taken(&answer).map(read);
        self.door.hello = Some(answer);
        offered
    }

    /// RFC 3207 section 4.2: what was learned before TLS is void.
    fn say_hello_again(&mut self) -> Option<Extensions> {
        let verb = if self.config.lmtp { "LHLO" } else { "EHLO" };
        let (answer, time) = timed(|| self.client.command(&format!("{verb} {}", self.hello)));
        *self.door.times.ehlo.get_or_insert_default() += time;
        let offered = taken(&answer).map(Extensions::from_reply);
        self.door.hello_again = Some(answer);
        offered
    }

    fn try_in_clear(&mut self) -> Option<()> {
        let mail = self.client.command("MAIL FROM:<>");
        let mut goes_on = is_going_on(&mail);
        if taken(&mail).is_some() {
            goes_on = self.client.command("RSET").is_ok();
        }
        let mut auth = None;
        if goes_on {
            let mut answer = self.client.command("AUTH LOGIN");
            if let Ok(reply) = &answer
                && reply.code == 334
            {
                // Asked for the user's name: AUTH is taken. That is all there is to know.
                let asked = answer.clone();
                if self.client.command("*").is_err() {
                    goes_on = false;
                }
                answer = asked;
            }
            goes_on = goes_on && is_going_on(&answer);
            auth = Some(answer);
        }
        self.door.in_clear = Some(InClear { mail, auth });
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

    fn log_in(&mut self) -> Option<()> {
        let Some(login) = &self.config.login else {
            return Some(());
        };
        let offered = self
            .door
            .offered
            .as_ref()
            .map(Extensions::mechanisms)
            .unwrap_or_default();
        let is_offered = |it: &Mechanism| offered.contains(&it.to_string());
        let encrypted = matches!(self.door.tls, Some(Ok(_)));
        let mechanism = match login.mechanism {
            Some(wanted) => Some(wanted).filter(is_offered),
            // Under TLS the simple ones are safe and work with every password store.
            None if encrypted => [Mechanism::Plain, Mechanism::Login, Mechanism::CramMd5]
                .into_iter()
                .find(is_offered),
            None => [Mechanism::CramMd5, Mechanism::Plain, Mechanism::Login]
                .into_iter()
                .find(is_offered),
        };
        let Some(chosen) = mechanism else {
            self.door.login = Some(Login {
                mechanism,
                encrypted,
                answer: None,
            });
            return None;
        };
        let (answer, time) = timed(|| authenticate(&mut self.client, chosen, &login.credentials));
        self.door.times.auth = Some(time);
        let logged_in = answer.as_ref().is_ok_and(|reply| reply.code == 235);
        self.door.login = Some(Login {
            mechanism,
            encrypted,
            answer: Some(answer),
        });
        logged_in.then_some(())
    }

    fn try_envelope(&mut self) -> Option<()> {
        let Some(envelope) = &self.config.envelope else {
            return Some(());
        };
        // SIZE is an extension: a server that does not offer it would refuse the parameter.
        let offers_size = self
            .door
            .offered
            .as_ref()
            .is_some_and(|offered| offered.has("SIZE"));
        let size = match envelope.size {
            Some(size) if offers_size => format!(" SIZE={size}"),
            _ => String::new(),
        };
        let (answer, time) = timed(|| {
            self.client
                .command(&format!("MAIL FROM:<{}>{size}", envelope.sender))
        });
        self.door.times.mail = Some(time);
        let accepted = taken(&answer).is_some();
        let goes_on = is_going_on(&answer);
        self.door.mail = Some(answer);
        if !accepted {
            return goes_on.then_some(());
        }
        for recipient in &envelope.recipients {
            let (answer, time) = timed(|| self.client.command(&format!("RCPT TO:<{recipient}>")));
            *self.door.times.rcpt.get_or_insert_default() += time;
            let goes_on = is_going_on(&answer);
            self.door.recipients.push((recipient.clone(), answer));
            if !goes_on {
                return None;
            }
        }
        Some(())
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
        if self.door.mail.is_some() && self.client.command("RSET").is_err() {
            return None;
        }
        let mail = self.client.command(&format!("MAIL FROM:<{sender}>"));
        let rcpt = taken(&mail)
            .is_some()
            .then(|| self.client.command(&format!("RCPT TO:<{recipient}>")));
        let envelope = [sender.clone(), recipient.clone()];
        self.door.relay = Some(Relay {
            envelope,
            mail,
            rcpt,
        });
        Some(())
    }
}

/// The reply, when it is a 2yz.
fn taken(answer: &Answer) -> Option<&Reply> {
    answer.as_ref().ok().filter(|reply| reply.is_done())
}

/// Whether the server is still there after this: one that says 421 is about to go (RFC 5321 section
/// 3.8).
fn is_going_on(answer: &Answer) -> bool {
    answer.as_ref().is_ok_and(|reply| reply.code != 421)
}
