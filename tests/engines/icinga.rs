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

/// A variable that no `CheckCommand` has is left out without a word, so the sample's are seen to arrive.
#[test]
fn ok_to_unknown_the_sample_host_is_looked_at_as_that_of_nagios() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("engines/icinga-sample", reason),
    };
    let (address, nobody) = (loopback_address().to_string(), loopback_address().to_string());
    let objects = sample(&root, "example.conf", &nobody)
        .replace("192.0.2.25", &address)
        .replace("check_interval = 30m", "check_interval = 1s")
        .replace("check_interval = 5m", "check_interval = 1s")
        .replace("check_interval = 1m", "check_interval = 1s");
    let mut icinga = match Icinga::with_api(&root, &objects) {
        Ok(icinga) => icinga,
        Err(reason) => return skip("engines/icinga-sample", reason),
    };
    let path = format!("/usr/share/doc/{DEB}/examples/nagios/example.cfg");
    let nagios = fs::read_to_string(root.join(&path)).expect("the package has the sample");
    let of_nagios = |service: &str| {
        let (_, service) = nagios.split_once(&format!(" {service}\n")).expect("a service");
        let (_, line) = service.split_once('!').expect("its arguments");
        let line = line.split('\n').next().unwrap_or_default().replace('\'', "");
        let line = line.replace("$HOSTADDRESS$", &address).replace("127.0.0.1", &nobody);
        let line = line.replace("$HOSTNAME$", "mail.example.org");
        options(line.split(' ').map(long))
    };
    let rows = [
        ("smtp", "SMTP"),
        ("submission-587", "Submission"),
        ("exchangers-example.org", "Mail exchangers"),
        ("mx-spf-example.org", "MX and SPF"),
        ("dkim-dmarc-example.org", "DKIM and DMARC"),
        ("blocklists", "Blocklists"),
        ("mail-queue", "Mail queue"),
        ("machine", "Machine"),
    ];
    assert_eq!(nagios.matches("service_description").count(), rows.len());
    for (service, same) in rows {
        let result = icinga.result(service);
        assert_eq!(options(result.command[1..].iter().cloned()), of_nagios(same), "{service}");
    }
}

/// The samples as they are, but for the addresses and shorter waits. What is added is a service that recovers,
/// and a host that is gone with the same service.
#[test]
fn critical_the_second_channel_tells_two_people_and_tells_them_when_it_is_over() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("engines/icinga-second-channel", reason),
    };
    let telephone = Telephone::install(&root);
    let (address, port) = (loopback_address(), free_port());
    let nobody = loopback_address().to_string();
    let host = sample(&root, "example.conf", &nobody).replace("192.0.2.25", &address.to_string());
    let packaged = sample(&root, "second-channel.conf", &nobody);
    let channel = packaged.replace("\n\tinterval = 15m\n", "\n\tinterval = 1s\n");
    assert_ne!(channel, packaged);
    assert_eq!(channel.matches("\n\ttimes.begin = 30m\n").count(), 2, "{channel}");
    let channel = channel.replace("times.begin = 30m", "times.begin = 15s");
    let variables = format!("vars.mailhost_smtp_banner_port = {port}");
    let alarm = service("alarm", "check_smtp_banner", &variables);
    // Its host is known to be down before it has been seen bad often enough.
    let unheard = alarm
        .replace("mail.example.org", "gone.example.org")
        .replace("max_check_attempts = 1\n", "max_check_attempts = 4\n");
    let gone = format!(
        "object Host \"gone.example.org\" {{
            address = \"{address}\"
            check_command = \"dummy\"
            check_interval = 1s
            max_check_attempts = 1
            vars.dummy_state = 2
            vars.mail_oncall = true
        }}\n"
    );
    let objects = [host, channel, alarm, gone, unheard].concat();
    let mut icinga = match Icinga::start(&root, &objects) {
        Ok(icinga) => icinga,
        Err(reason) => return skip("engines/icinga-second-channel", reason),
    };
    // The first person at once, and again, and then the second one.
    let mut heard = |subject: &str| {
        for (person, times) in [("oncall", 2), ("second", 1)] {
            icinga.wait_until(&format!("calls to {person} about{subject}"), || {
                let calls = telephone.calls_about(subject);
                calls.iter().filter(|call| call.to == person).count() >= times
            });
        }
        let calls = telephone.calls_about(subject);
        assert_eq!(calls[0].to, "oncall", "{calls:?}");
        calls
    };
    let calls = heard(" mail.example.org alarm ");
    let refused = format!(
        "PROBLEM mail.example.org alarm CRITICAL: SMTP BANNER CRITICAL - {address}:{port} \
         refuses connections"
    );
    assert!(calls.iter().all(|call| call.text.starts_with(&refused)), "{calls:?}");
    let calls = heard(" gone.example.org ");
    let down = "PROBLEM gone.example.org DOWN: ";
    assert!(calls.iter().all(|call| call.text.starts_with(down)), "{calls:?}");

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
    args.chunks(2).map(|pair| vec![long(&pair[0]), pair[1].clone()]).collect()
}

/// The long name of an option, and any other word as it is.
fn long(word: &str) -> String {
    let long = match word {
        "-c" => "--critical",
        "-d" => "--domain",
        "-D" => "--certificate",
        "-H" => "--hostname",
        "-p" => "--port",
        "-s" => "--zone",
        "-S" => "--starttls",
        "-w" => "--warning",
        _ => word,
    };
    long.to_owned()
}

/// Each option with its value, in the order of the alphabet: Icinga has one of its own.
fn options(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut options: Vec<String> = Vec::new();
    for word in words {
        match options.last_mut() {
            Some(option) if !word.starts_with("--") => option.extend([" ", word.as_str()]),
            _ => options.push(word),
        }
    }
    options.sort();
    options
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
fn sample(root: &DebianRoot, name: &str, nobody: &str) -> String {
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
