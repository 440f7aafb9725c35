//! The MTA-STS policy, fetched from the domain's web server (RFC 8461 section 3.3): no redirects, no
//! proxy, and nothing is asked of a server whose certificate will not do.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;

use mailhost_core::mail::mta_sts::{LARGEST_POLICY, Policy};
use mailhost_core::net::{ConnectFault, Endpoint, Stream, connect, error_text};
use mailhost_core::tls::{Inspector, TlsFacts, TlsFault, TlsStream, TlsVersion, Trust};
use ureq_proto::client::state::{RecvBody, RecvResponse};
use ureq_proto::client::{Call, RecvResponseResult, SendRequestResult};
use ureq_proto::http::{Request, Response, header};
use ureq_proto::{BodyMode, Error};

use super::Visit;
use crate::facts::{FetchFault, WebAnswer};

/// Asks the web server of `host`, for which the inspector is. No wait in it outlasts the deadline.
pub(super) fn fetch(
    host: &str,
    inspector: Inspector,
    addresses: &[SocketAddr],
    visit: &Visit,
) -> Result<WebAnswer, FetchFault> {
    let answer = connected(addresses, visit).and_then(|stream| ask(host, &inspector, stream));
    // The process ends soon, and taking a TLS context apart is work.
    std::mem::forget(inspector);
    answer
}

/// A connection to the first address that accepts; each has its share of the time.
fn connected(addresses: &[SocketAddr], visit: &Visit) -> Result<Stream, FetchFault> {
    let deadline = visit.deadline;
    let mut fault = FetchFault::TimedOut;
    for (at, address) in addresses.iter().enumerate() {
        let share = deadline.share(u32::try_from(addresses.len() - at).unwrap_or(u32::MAX));
        match connect(&Endpoint::Inet(*address), visit.config.source, &share) {
            Ok(stream) => return Ok(stream.with_deadline(deadline.clone())),
            Err(ConnectFault::TimedOut(_)) => fault = FetchFault::TimedOut,
            // A family that this machine has not says nothing of the server, if another was tried.
            Err(ConnectFault::NoRoute) if at > 0 => {}
            Err(other) => fault = FetchFault::Connection(other),
        }
    }
    Err(fault)
}

fn ask(host: &str, inspector: &Inspector, stream: Stream) -> Result<WebAnswer, FetchFault> {
    let (stream, tls) = inspector.handshake(stream).map_err(|fault| match fault {
        TlsFault::TimedOut => FetchFault::TimedOut,
        other => FetchFault::Tls(other),
    })?;
    refuse(&tls)?;
    // What is sent beside a good way to a root may be out of date.
    let valid_until = tls.chain.first().map(|it| it.not_after).unwrap_or_default();
    let mut exchange = Exchange { stream, inbox: Vec::new() };
    let answer = exchange.get(host, valid_until);
    // As with all connections here.
    std::mem::forget(exchange);
    answer
}

/// What keeps senders from asking the server anything.
fn refuse(tls: &TlsFacts) -> Result<(), FetchFault> {
    let certificate = |what: String| Err(FetchFault::Certificate(what));
    match &tls.trust {
        Trust::NoRoots => {
            let text = "the web server cannot be verified: this machine has no trusted roots";
            return Err(FetchFault::Local(text.to_owned()));
        }
        Trust::Untrusted(reason) => return certificate(format!("is not trusted: {reason}")),
        Trust::Trusted => {}
    }
    if tls.path_outdated {
        return certificate("is out of date, or one above it is".to_owned());
    }
    if tls.name_matches != Some(true) {
        return certificate("is for another name".to_owned());
    }
    // Senders' own libraries refuse these.
    if tls.chain.first().is_some_and(|leaf| leaf.key.weak) {
        return certificate("has a weak key".to_owned());
    }
    if tls.chain.iter().any(|it| it.weak_signature && !it.self_issued) {
        return certificate("is signed with SHA-1 or weaker, or one above it is".to_owned());
    }
    if tls.version < TlsVersion::Tls12 { Err(FetchFault::OldTls(tls.version)) } else { Ok(()) }
}

/// One request and its answer.
struct Exchange {
    stream: TlsStream,
    /// What came and was not read yet.
    inbox: Vec<u8>,
}

impl Exchange {
    fn get(&mut self, host: &str, valid_until: i64) -> Result<WebAnswer, FetchFault> {
        let mut call =
            self.request(host).map_err(|error| FetchFault::Http(error.to_string()))??;
        let response = self.response(&mut call)?;
        let status = response.status().as_u16();
        let policy = match call.proceed() {
            Some(RecvResponseResult::RecvBody(call)) if status == 200 => Some(self.body(call)?),
            _ if status == 200 => Some(Vec::new()),
            _ => None,
        };
        let field = |name| {
            let value = response.headers().get(name)?;
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            Some(text.chars().take(LONGEST_VALUE).collect())
        };
        Ok(WebAnswer {
            valid_until,
            status,
            location: field(header::LOCATION),
            content_type: field(header::CONTENT_TYPE),
            policy: policy.map(|body| Policy::parse(&body)),
        })
    }

    /// Sends the request.
    fn request(&mut self, host: &str) -> Result<Result<Call<RecvResponse>, FetchFault>, Error> {
        let request = Request::get(format!("https://{host}/.well-known/mta-sts.txt"))
            .header(header::ACCEPT, "text/plain")
            .header(header::CONNECTION, "close")
            .header(header::USER_AGENT, concat!("check_smtp_banner/", env!("CARGO_PKG_VERSION")))
            .body(())
            .map_err(|error| Error::BadHeader(error.to_string()))?;
        let mut call = Call::new(request)?.proceed();
        let mut bytes = vec![0; LARGEST_REQUEST];
        let length = call.write(&mut bytes)?;
        bytes.truncate(length);
        Ok(match call.proceed()? {
            Some(SendRequestResult::RecvResponse(call)) => {
                self.stream.write_all(&bytes).map(|()| call).map_err(|error| broken(&error))
            }
            _ => Err(FetchFault::Http("the request was not sent".to_owned())),
        })
    }

    /// The status and the header of the answer.
    fn response(&mut self, call: &mut Call<RecvResponse>) -> Result<Response<()>, FetchFault> {
        loop {
            let (used, response) = call.try_response(&self.inbox, false).map_err(no_http)?;
            self.inbox.drain(..used);
            if let Some(response) = response {
                return Ok(response);
            }
            if used > 0 {
                // It was only a word in between (100 Continue), and the answer may be there.
                continue;
            }
            if self.inbox.len() > LARGEST_HEADER {
                return Err(FetchFault::Http("its header has no end".to_owned()));
            }
            if !self.fill()? {
                return Err(FetchFault::Broken("it ended before the answer".to_owned()));
            }
        }
    }

    /// The body, or so much of it that it is seen to be too long.
    fn body(&mut self, mut call: Call<RecvBody>) -> Result<Vec<u8>, FetchFault> {
        let mut body = Vec::new();
        let mut came = self.inbox.len();
        let mut piece = vec![0; PIECE];
        let ends_with_connection = matches!(call.body_mode(), BodyMode::CloseDelimited);
        while body.len() <= LARGEST_POLICY {
            let (used, length) = call.read(&self.inbox, &mut piece).map_err(no_http)?;
            self.inbox.drain(..used);
            body.extend(piece.iter().take(length));
            if call.can_proceed() && !ends_with_connection {
                break;
            }
            if used > 0 || length > 0 {
                continue;
            }
            let waiting = self.inbox.len();
            if !self.fill()? {
                if ends_with_connection {
                    break;
                }
                return Err(FetchFault::Broken("it ended before the policy".to_owned()));
            }
            // What is between the pieces of a body has no end of its own.
            came += self.inbox.len() - waiting;
            if came > LARGEST_ANSWER {
                return Err(FetchFault::Http("its body has no end".to_owned()));
            }
        }
        Ok(body)
    }

    /// Waits for more; whether there is any.
    fn fill(&mut self) -> Result<bool, FetchFault> {
        let mut piece = [0; PIECE];
        match self.stream.read(&mut piece) {
            Ok(length) => {
                self.inbox.extend(piece.iter().take(length));
                Ok(length > 0)
            }
            // A server that closes without TLS' own farewell has closed too.
            Err(error) if is_end(&error) => Ok(false),
            Err(error) => Err(broken(&error)),
        }
    }
}

fn is_end(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof)
        || error.to_string().contains("unexpected eof")
}

fn broken(error: &io::Error) -> FetchFault {
    match error.kind() {
        io::ErrorKind::TimedOut => FetchFault::TimedOut,
        _ => FetchFault::Broken(error_text(error)),
    }
}

fn no_http(error: Error) -> FetchFault {
    FetchFault::Http(match error {
        Error::HttpParseFail(what) => what,
        other => other.to_string(),
    })
}

/// Bytes; a domain's name has at most 253.
const LARGEST_REQUEST: usize = 2048;
/// Bytes of an answer's header.
const LARGEST_HEADER: usize = 32 * 1024;
/// Characters of a field of it.
const LONGEST_VALUE: usize = 300;
/// Bytes that are read at once.
const PIECE: usize = 4096;
/// Bytes of an answer with a body of the largest size, in many small pieces.
const LARGEST_ANSWER: usize = 4 * LARGEST_POLICY;
