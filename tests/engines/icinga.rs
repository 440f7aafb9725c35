//! Icinga 2 with the `CheckCommand`s of the package beside those of its own library: what their variables become,
//! what its API tells of each check, and whom the samples tell.

mod api;
mod daemon;

use std::fmt::Write as _;
use std::fs;

use demo_host::smtp::{Listen, Script, SmtpServer};
use mailhost_tests::packages::{DEB, beside_others};
use mailhost_tests::{DebianRoot, World, free_port, loopback_address, skip};

use self::daemon::Icinga;
use crate::by_hand;
use crate::cases::cases;
use crate::recorded::Recorded;
use crate::telephone::Telephone;

#[test]
fn ok_and_critical_icinga_records_all_of_every_check() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("engines/icinga", reason),
    };
    let world = World::around(&root);
    let cases = cases(&world);
    let mut objects = HOST.to_owned();
    for case in &cases {
        objects += &service(&case.name, case.plugin, &variables(case.plugin, &case.args));
    }
    let mut icinga = match Icinga::with_api(&root, &objects) {
        Ok(icinga) => icinga,
        Err(reason) => return skip("engines/icinga", reason),
    };
    for case in cases {
        let result = icinga.result(&case.name);
        assert_eq!(result.recorded.state, case.state, "{}", case.name);
        assert_eq!(result.exit_status, case.state, "{}", case.name);
        // Each option of the command line, in an order of Icinga's own.
        let mut asked: Vec<Vec<String>> = pairs(&case.args);
        let mut ran: Vec<Vec<String>> = result.command[1..].chunks(2).map(<[_]>::to_vec).collect();
        asked.sort();
        ran.sort();
        assert_eq!((&result.command[0], ran), (&by_hand::path(case.plugin), asked));
        let plugin = by_hand::with_proc(&root, "nagios", case.plugin).expect("as for the daemon");
        result.recorded.agrees_with(&Recorded::of(&plugin.args(case.args).run().held()));
    }
}

/// The table of docs/icinga.md, row by row, and what it says of the address below that.
#[test]
fn unknown_variables_become_the_arguments_that_the_docs_name() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("engines/icinga-variables", reason),
    };
    // A value that no plugin takes ends each run at once: nothing is looked at.
    let rows: &[(&str, &str, &[&str])] = &[
        ("check_rbl", "spf_senders = true", &["--spf-senders"]),
        ("check_smtp_banner", "certificate = \"30,10\"", &["--certificate", "30,10"]),
        (
            "check_rbl",
            "hostname = [ \"mail.example.org\", \"192.0.2.25\" ]",
            &["--hostname", "mail.example.org", "--hostname", "192.0.2.25"],
        ),
        ("check_smtp_banner", "sni = \"mail.example.org\"", &["--sni", "mail.example.org"]),
        ("check_smtp_banner", "sni_bare = true", &["--sni"]),
        ("check_rbl", "verbose = true", &["-v"]),
        ("check_rbl", "verbose_2 = true", &["-vv"]),
        ("check_rbl", "verbose_3 = true", &["-vvv"]),
        ("check_smtp_queue", "deferred_age_critical = \"4h\"", &["--deferred-age-critical", "4h"]),
        ("check_host_resources", "load1_warning = \"~:10\"", &["--load1-warning", "~:10"]),
        ("check_host_resources", "load1_critical = \"@10:20\"", &["--load1-critical", "@10:20"]),
        ("check_smtp_banner", "hostname = \"192.0.2.1\"", &["--hostname", "192.0.2.1"]),
        ("check_smtp_banner", "domain = \"example.org\"", &["--domain", "example.org"]),
        ("check_smtp_banner", "port = 587", &["--port", "587"]),
        (
            "check_smtp_banner",
            "expect = \"two words; $$ 'quoted'\"",
            &["--expect", "two words; $ 'quoted'"],
        ),
    ];
    let mut objects = HOST.to_owned();
    for (number, (plugin, variable, _)) in rows.iter().enumerate() {
        let command = plugin.replace("check_", "mailhost_");
        let variables = format!("vars.{command}_{variable}\nvars.{command}_timeout = \"never\"\n");
        objects += &service(&format!("row-{number}"), plugin, &variables);
    }
    let mut icinga = match Icinga::with_api(&root, &objects) {
        Ok(icinga) => icinga,
        Err(reason) => return skip("engines/icinga-variables", reason),
    };
    for (number, (plugin, variable, arguments)) in rows.iter().enumerate() {
        let result = icinga.result(&format!("row-{number}"));
        let mut own = vec!["--timeout", "never"];
        if *plugin == "check_smtp_banner" && !["--hostname", "--domain"].contains(&arguments[0]) {
            own.extend(["--hostname", "127.0.0.1"]);
        }
        // In an order of Icinga's own, but an option and its values side by side.
        let ran: Vec<&str> = result.command[1..].iter().map(String::as_str).collect();
        let has = |words: &[&str]| ran.windows(words.len()).any(|window| window == words);
        assert!(has(arguments) && own.chunks(2).all(has), "{variable}: {ran:?}");
        assert_eq!(ran.len(), arguments.len() + own.len(), "{variable}: {ran:?}");
        assert_eq!(result.recorded.state, 3, "{variable}: {:?}", result.recorded);
        assert!(result.recorded.headline.contains("never"), "{:?}", result.recorded);
    }
}

/// The samples as they are, but for the addresses and shorter waits. What is added is a service that recovers,
/// and a host that is gone.
#[test]
fn critical_the_second_channel_tells_two_people_and_tells_them_when_it_is_over() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("engines/icinga-second-channel", reason),
    };
    let telephone = Telephone::install(&root);
    let (address, port) = (loopback_address(), free_port());
    let objects = format!(
        "{}{}{}
        object Host \"gone.example.org\" {{
            check_command = \"dummy\"
            check_interval = 1s
            max_check_attempts = 1
            vars.dummy_state = 2
            vars.mail_oncall = true
        }}",
        sample(&root, "example.conf").replace("192.0.2.25", &address.to_string()),
        sample(&root, "second-channel.conf")
            .replace("\n\tinterval = 15m", "\n\tinterval = 1s")
            .replace("times.begin = 30m", "times.begin = 8s"),
        service("alarm", "check_smtp_banner", &format!("vars.mailhost_smtp_banner_port = {port}")),
    );
    assert!(
        objects.contains(
            "
	interval = 1s"
        ) && objects.contains("times.begin = 8s"),
        "{objects}"
    );
    let mut icinga = match Icinga::start(&root, &objects) {
        Ok(icinga) => icinga,
        Err(reason) => return skip("engines/icinga-second-channel", reason),
    };
    let alarm = || telephone.calls_about(" mail.example.org alarm ");
    icinga.wait_until("a call to the second person", || {
        alarm().iter().any(|call| call.to == "second")
    });
    let calls = alarm();
    let refused = format!(
        "PROBLEM mail.example.org alarm CRITICAL: SMTP BANNER CRITICAL - {address}:{port} \
         refuses connections"
    );
    assert!(calls.iter().all(|call| call.text.starts_with(&refused)), "{calls:?}");
    // The first person at once, and again before the second one's time comes.
    let before = calls.iter().take_while(|call| call.to == "oncall").count();
    assert!(before >= 2, "{calls:?}");
    let host = telephone.calls_about("text=PROBLEM gone.example.org DOWN: ");
    assert!(host.iter().all(|call| call.to == "oncall"), "{host:?}");
    assert!(!host.is_empty());

    let place = Listen::At((address, port).into());
    let _server = SmtpServer::start_on(&place, Script::default()).expect("a server");
    let recovered = || {
        let calls =
            telephone.calls_about("text=RECOVERY mail.example.org alarm OK: SMTP BANNER OK - ");
        calls.into_iter().map(|call| call.to).collect::<Vec<_>>()
    };
    icinga.wait_until("that both have been told of the recovery", || recovered().len() == 2);
    let mut told = recovered();
    told.sort();
    assert_eq!(told, ["oncall", "second"]);
}

/// The variables of a command line, by the rule of docs/icinga.md.
fn variables(plugin: &str, args: &[String]) -> String {
    let command = plugin.replace("check_", "mailhost_");
    let mut values: Vec<(String, Vec<String>)> = Vec::new();
    for pair in pairs(args) {
        let name = pair[0].trim_start_matches("--").replace('-', "_");
        match values.iter_mut().find(|(other, _)| *other == name) {
            Some((_, all)) => all.push(pair[1].clone()),
            None => values.push((name, vec![pair[1].clone()])),
        }
    }
    let mut text = String::new();
    for (name, values) in values {
        let value = format!("\"{}\"", values.join("\", \""));
        let repeats = ["nameserver", "queue_directory", "zone"].contains(&name.as_str())
            || (plugin == "check_rbl" && name == "hostname");
        let value = if repeats { format!("[ {value} ]") } else { value };
        let _ = writeln!(text, "vars.{command}_{name} = {value}");
    }
    text
}

/// Options with their values, by their long names.
fn pairs(args: &[String]) -> Vec<Vec<String>> {
    let long = |option: &String| match option.as_str() {
        "-c" => "--critical".to_owned(),
        "-d" => "--domain".to_owned(),
        "-H" => "--hostname".to_owned(),
        "-p" => "--port".to_owned(),
        "-s" => "--zone".to_owned(),
        "-w" => "--warning".to_owned(),
        _ => option.clone(),
    };
    args.chunks(2).map(|pair| vec![long(&pair[0]), pair[1].clone()]).collect()
}

fn service(name: &str, plugin: &str, variables: &str) -> String {
    let command = plugin.replace("check_", "mailhost_");
    format!(
        "object Service \"{name}\" {{
            host_name = \"mail.example.org\"
            check_command = \"{command}\"
            check_interval = 1s
            retry_interval = 1s
            max_check_attempts = 1
            {variables}
        }}\n"
    )
}

/// A sample. Name servers are where nobody listens, so that no other machine is asked.
fn sample(root: &DebianRoot, name: &str) -> String {
    let nobody = loopback_address();
    root.write("/etc/resolv.conf", format!("nameserver {nobody}\n"), 0o644).expect("written");
    let path = root.join(&format!("/usr/share/doc/{DEB}/examples/icinga2/{name}"));
    let text = fs::read_to_string(path).expect("the package has the sample");
    text.replace("[ \"127.0.0.1\" ]", &format!("[ \"{nobody}\" ]"))
}

const HOST: &str = "object Host \"mail.example.org\" {
    check_command = \"dummy\"
    enable_active_checks = false
    address = \"127.0.0.1\"
    vars.mail_oncall = true
}
";
