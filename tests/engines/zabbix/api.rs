//! Zabbix' API: JSON-RPC over HTTP, logged in as its administrator.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::Duration,
};

use serde_json::{Value, json};

/// A session.
pub(super) struct Api {
    port: u16,
    token: Value,
}

impl Api {
    /// Logs in with the password that every new installation has.
    ///
    /// # Panics
    /// When it is not let in.
    pub(super) fn login(port: u16) -> Api {
        let nobody = Api { port, token: Value::Null };
        let token = nobody.call("user.login", &json!({"username": "Admin", "password": "zabbix"}));
        Api { port, token }
    }

    /// Calls a method and gives its result.
    ///
    /// # Panics
    /// When the API refuses: with its message.
    pub(super) fn call(&self, method: &str, params: &Value) -> Value {
        let mut request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        if !self.token.is_null() {
            request["auth"] = self.token.clone();
        }
        let answer = post(self.port, &request.to_string())
            .unwrap_or_else(|error| panic!("{method}: {error}"));
        let mut answer: Value = serde_json::from_str(&answer)
            .unwrap_or_else(|error| panic!("{method}: {error}: {answer:?}"));
        let error = &answer["error"];
        assert!(error.is_null(), "{method}: {} {}", error["message"], error["data"]);
        answer["result"].take()
    }
}

/// Sends a request and gives the body of the answer, whatever its status.
///
/// HTTP/1.0, because an answer of it ends with the connection and has no chunks.
fn post(port: u16, body: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(ANSWER_LIMIT))?;
    let length = body.len();
    write!(
        stream,
        "POST /api_jsonrpc.php HTTP/1.0\r\nContent-Type: application/json-rpc\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    body.ok_or_else(|| io::Error::other(format!("no answer of HTTP: {answer:?}")))
}

/// The import of a large template is what takes longest.
const ANSWER_LIMIT: Duration = Duration::from_mins(2);
