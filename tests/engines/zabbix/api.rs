//! Zabbix' API: JSON-RPC over HTTP, logged in as its administrator.

use serde_json::{Value, json};

use crate::http;

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
        let answer =
            http::post(self.port, "/api_jsonrpc.php", "application/json-rpc", &request.to_string());
        let body = answer.unwrap_or_else(|error| panic!("{method}: {error}")).body;
        let mut answer: Value = serde_json::from_str(&body)
            .unwrap_or_else(|error| panic!("{method}: {error}: {body:?}"));
        let error = &answer["error"];
        assert!(error.is_null(), "{method}: {} {}", error["message"], error["data"]);
        answer["result"].take()
    }
}
