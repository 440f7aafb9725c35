//! What tests have to do with a Zabbix: templates, hosts, their items and their problems.

use std::{
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use super::{Zabbix, server};

/// A host that was made.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    id: String,
}

/// An item as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) name: String,
    /// Why it is not supported; empty as long as it is.
    pub(crate) error: String,
    /// The last value as text and without a value map; none where nothing was stored.
    pub(crate) value: Option<String>,
}

/// A problem that is open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    pub(crate) name: String,
    /// From 0, not classified, to 5, disaster.
    pub(crate) severity: u8,
    /// Its operational data.
    pub(crate) data: String,
    /// The event that began it.
    pub(crate) event: String,
}

impl Zabbix {
    /// Calls a method of the API and gives its result.
    ///
    /// # Panics
    /// When the API refuses: with its message.
    pub(crate) fn call(&self, method: &str, params: &Value) -> Value {
        self.api.call(method, params)
    }

    /// Imports a file of templates, in JSON or in YAML, as the frontend does when everything is ticked.
    ///
    /// # Panics
    /// When it is refused: with the reason.
    pub(crate) fn import(&self, source: &str) {
        let format = if source.starts_with('{') { "json" } else { "yaml" };
        let all = json!({"createMissing": true, "updateExisting": true, "deleteMissing": true});
        let kept = json!({"createMissing": true, "updateExisting": true});
        let linked = json!({"createMissing": true, "deleteMissing": true});
        let rules = json!({
            "discoveryRules": all, "graphs": all, "groups": kept, "httptests": all, "items": all,
            "templateDashboards": all, "templateLinkage": linked, "templates": kept,
            "triggers": all, "valueMaps": all,
        });
        let params = json!({"format": format, "source": source, "rules": rules});
        assert_eq!(self.call("configuration.import", &params), json!(true));
    }

    /// Makes a host with a template, an agent's interface at 127.0.0.1, which external checks want too, and macros
    /// such as `{$PORT}`.
    ///
    /// # Panics
    /// When there is no such template, or the API refuses.
    pub(crate) fn create_host(
        &self,
        name: &str,
        template: &str,
        port: u16,
        macros: &[(&str, &str)],
    ) -> Host {
        let params = json!({"output": ["templateid"], "filter": {"host": template}});
        let found = self.call("template.get", &params);
        assert_eq!(rows(&found).len(), 1, "{template}: {found}");
        let macros: Vec<_> =
            macros.iter().map(|(name, value)| json!({"macro": name, "value": value})).collect();
        let interface = json!({
            "type": 1, "main": 1, "useip": 1, "ip": "127.0.0.1", "dns": "",
            "port": port.to_string(),
        });
        let params = json!({
            "host": name, "groups": [{"groupid": GROUP}], "templates": found, "macros": macros,
            "interfaces": [interface],
        });
        let made = self.call("host.create", &params);
        server::reload(&self.root);
        Host { id: text(&made["hostids"][0]) }
    }

    /// Gives a macro of a host another value, or makes it.
    ///
    /// # Panics
    /// When the API refuses.
    pub(crate) fn set_macro(&self, host: &Host, name: &str, value: &str) {
        let params = json!({"hostids": host.id, "filter": {"macro": name}});
        let found = self.call("usermacro.get", &params);
        if let Some(row) = rows(&found).first() {
            let params = json!({"hostmacroid": row["hostmacroid"], "value": value});
            self.call("usermacro.update", &params);
        } else {
            let params = json!({"hostid": host.id, "macro": name, "value": value});
            self.call("usermacro.create", &params);
        }
        server::reload(&self.root);
    }

    /// All items of a host, those that were discovered among them, by their keys.
    ///
    /// # Panics
    /// When the API refuses.
    pub(crate) fn items(&self, host: &Host) -> Vec<Item> {
        let output = ["itemid", "key_", "name", "error", "lastvalue", "lastclock"];
        let params = json!({"hostids": host.id, "output": output, "sortfield": "key_"});
        rows(&self.call("item.get", &params)).iter().map(Item::of).collect()
    }

    /// One item, by the key that the template has.
    ///
    /// # Panics
    /// When there is none.
    pub(crate) fn item(&self, host: &Host, key: &str) -> Item {
        let mut items = self.items(host);
        let place = items.iter().position(|item| item.key == key);
        items.swap_remove(place.unwrap_or_else(|| panic!("no item {key} in {items:#?}")))
    }

    /// Why items and discovery rules of a host are not supported, each as `key: reason`.
    ///
    /// # Panics
    /// When the API refuses.
    pub(crate) fn unsupported(&self, host: &Host) -> Vec<String> {
        let params =
            json!({"hostids": host.id, "output": ["key_", "error"], "filter": {"state": 1}});
        let of = |method| {
            let found = self.call(method, &params);
            let line = |row: &Value| format!("{}: {}", text(&row["key_"]), text(&row["error"]));
            rows(&found).iter().map(line).collect::<Vec<_>>()
        };
        [of("item.get"), of("discoveryrule.get")].concat()
    }

    /// The open problems of a host, by their names.
    ///
    /// # Panics
    /// When the API refuses.
    pub(crate) fn problems(&self, host: &Host) -> Vec<Problem> {
        let params =
            json!({"hostids": host.id, "output": ["name", "severity", "opdata", "eventid"]});
        let found = self.call("problem.get", &params);
        let problem = |row: &Value| Problem {
            name: text(&row["name"]),
            severity: text(&row["severity"]).parse().expect("a number"),
            data: text(&row["opdata"]),
            event: text(&row["eventid"]),
        };
        let mut problems: Vec<_> = rows(&found).iter().map(problem).collect();
        problems.sort();
        problems
    }

    /// Orders a check of an item, as "Execute now" does.
    ///
    /// # Panics
    /// When the API refuses.
    pub(crate) fn check_now(&self, item: &Item) {
        self.call("task.create", &json!({"type": CHECK_NOW, "request": {"itemid": item.id}}));
    }

    /// Writes the means of an item's last hours, the oldest first, which Zabbix itself does once an hour.
    ///
    /// # Panics
    /// When the database refuses.
    pub(crate) fn write_trends(&self, item: &Item, means: &[u32]) {
        let hour =
            SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs()
                / 3600;
        let rows: Vec<String> = (1..)
            .zip(means.iter().rev())
            .map(|(ago, mean)| {
                format!("({}, {}, 60, {mean}, {mean}, {mean})", item.id, (hour - ago) * 3600)
            })
            .collect();
        let columns = "itemid, clock, num, value_min, value_avg, value_max";
        self.database.execute(
            &self.root,
            &format!("INSERT INTO trends ({columns}) VALUES {}", rows.join(", ")),
        );
    }

    /// Waits until something is there to be seen.
    ///
    /// # Panics
    /// When it is not there in time: with `what` was waited for, the host's items and what the server wrote.
    pub(crate) fn wait_until<T>(&self, host: &Host, what: &str, seen: impl Fn() -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(seen) = seen() {
                return seen;
            }
            let seen = || (self.problems(host), self.items(host));
            assert!(started.elapsed() < LIMIT, "no {what}; {:#?}\n{}", seen(), self.log());
            thread::sleep(POLL);
        }
    }
}

impl Item {
    fn of(row: &Value) -> Item {
        let field = |name: &str| text(&row[name]);
        Item {
            id: field("itemid"),
            key: field("key_"),
            name: field("name"),
            error: field("error"),
            value: (field("lastclock") != "0").then(|| field("lastvalue")),
        }
    }
}

fn rows(found: &Value) -> &Vec<Value> {
    found.as_array().expect("the API gives a list")
}

fn text(value: &Value) -> String {
    value.as_str().expect("the API gives all as text").to_owned()
}

/// "Linux servers", which every installation has.
const GROUP: &str = "2";
/// The type of the only task that is done at once.
const CHECK_NOW: u8 = 6;
const POLL: Duration = Duration::from_millis(200);
const LIMIT: Duration = Duration::from_mins(2);
