//! Nagios 4 with the commands of the package: what it keeps of each check, what its configuration makes of
//! arguments, and whom the samples tell.

mod daemon;

use std::fs;

use demo_host::Action;
use demo_host::smtp::{Listen, Script, SmtpServer};
use mailhost_tests::packages::{DEB, beside_others};
use mailhost_tests::{DebianRoot, World, free_port, loopback_address, skip};

use self::daemon::Nagios;
use crate::by_hand;
use crate::cases::cases;
use crate::recorded::Recorded;
use crate::telephone::Telephone;

#[test]
fn ok_and_critical_nagios_records_all_of_every_check() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("engines/nagios", reason),
    };
    let world = World::around(&root);
    let cases = cases(&world);
    let mut objects = HOST.to_owned();
    for case in &cases {
        objects += &service(&case.name, case.plugin, &case.args.join(" "));
    }
    let mut nagios = Nagios::start(&root, &objects);
    for case in cases {
        let recorded = nagios.recorded(&case.name);
        assert_eq!(recorded.state, case.state, "{}", case.name);
        recorded.agrees_with(&kept(&by_hand::said(&root, "nagios", case.plugin, case.args)));
    }
}

/// The table of docs/nagios.md, row by row.
#[test]
fn ok_to_unknown_arguments_arrive_as_the_docs_say() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("engines/nagios-arguments", reason),
    };
    let world = World::around(&root);
    let server = world.good("check_smtp_banner");
    let (banner, resources) = ("check_smtp_banner", "check_host_resources");
    // What is written behind the command's name, the arguments that come of it, and a part of what is said then.
    let rows: &[(&str, &str, &[&str], &str)] = &[
        (banner, "-e 'Welcome\\!'", &["-e", "Welcome!"], "greets without \"Welcome!\""),
        (banner, "-e 'US$$5'", &["-e", "US$5"], "greets without \"US$5\""),
        (banner, "-e gone;-q", &["-e", "gone"], "greets without \"gone\""),
        (banner, "-e 'two words'", &["-e", "two words"], "greets without \"two words\""),
        (banner, "-e \"it's\"", &["-e", "it's"], "greets without \"it's\""),
        (
            banner,
            "-e 'I am $HOSTNAME$'",
            &["-e", "I am mail.example.org"],
            "\"I am mail.example.org\"",
        ),
        (banner, "-f '<>' -vv", &["-f", "<>", "-vv"], "MAIL FROM:"),
        (banner, "-c \"~:-1\"", &["-c", "~:-1"], "(critical range ~:-1s)"),
        (
            resources,
            "--only load --load1-critical '@0:1000' --load5-warning \"~:1000\"",
            &["--only", "load", "--load1-critical", "@0:1000", "--load5-warning", "~:1000"],
            "(range @1000)",
        ),
        (banner, "--no-such-option", &["--no-such-option"], "BANNER UNKNOWN - "),
    ];
    let before = |plugin| if plugin == banner { server.clone() } else { Vec::new() };
    let mut objects = HOST.to_owned();
    for (number, (plugin, written, ..)) in rows.iter().enumerate() {
        let arguments = format!("{} {written}", before(*plugin).join(" "));
        objects += &service(&format!("row-{number}"), plugin, &arguments);
    }
    let mut nagios = Nagios::start(&root, &objects);
    for (number, (plugin, written, arrives, said)) in rows.iter().enumerate() {
        let mut args = before(*plugin);
        args.extend(arrives.iter().map(|&word| word.to_owned()));
        let recorded = nagios.recorded(&format!("row-{number}"));
        recorded.agrees_with(&kept(&by_hand::said(&root, "nagios", plugin, args)));
        // And not only because both were not understood.
        let whole = format!("{}\n{}", recorded.headline, recorded.details);
        assert!(whole.contains(said), "{written}: {whole}");
    }
}

/// The sample host and its second channel as they are, but for the addresses and shorter waits. Nothing of what
/// the sample looks at is there, so that all of it is told; what is added is a service that recovers.
#[test]
fn critical_the_second_channel_tells_two_people_and_tells_them_when_it_is_over() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("engines/nagios-second-channel", reason),
    };
    let telephone = Telephone::install(&root);
    let (address, port) = (loopback_address(), free_port());
    let alarm = format!(
        "define service {{
            use                  mailhost-service
            service_description  Alarm
            check_command        mailhost_smtp_banner!-H '$HOSTADDRESS$' -p {port}
            max_check_attempts   1
        }}\n"
    );
    // What the other side says must not come between the alarm and the telephone.
    let greeting = Action::reply("554 5.3.2 \"It's\" `closed` $(now) \\");
    let rude = SmtpServer::start(Script { greeting, ..Script::default() }).expect("a server");
    let rude_service = alarm
        .replace("Alarm", "Rude")
        .replace(&format!("'$HOSTADDRESS$' -p {port}"), &format!("127.0.0.1 -p {}", rude.port()));
    let host = sample(&root, "example.cfg").replace("192.0.2.25", &address.to_string());
    let objects = [host, sample(&root, "second-channel.cfg"), alarm, rude_service].concat();
    let mut nagios = Nagios::start(&root, &objects);
    let alarm = || telephone.calls_about(" mail.example.org Alarm ");
    nagios.wait_until("a call to the second person", || {
        alarm().iter().any(|call| call.to == "second")
    });
    let rude_calls = telephone.calls_about(" mail.example.org Rude ");
    let said = "greets with 554 5.3.2 Its closed (now) \\";
    assert!(!rude_calls.is_empty(), "nobody was told");
    assert!(rude_calls.iter().all(|call| call.text.trim_end().ends_with(said)), "{rude_calls:?}");
    let calls = alarm();
    let refused = format!(
        "PROBLEM mail.example.org Alarm CRITICAL: SMTP BANNER CRITICAL - {address}:{port} \
         refuses connections"
    );
    assert!(calls.iter().all(|call| call.text.starts_with(&refused)), "{calls:?}");
    // The third goes to both at the same time, in any order.
    let before = calls.iter().take_while(|call| call.to != "second").count();
    assert!((2..=3).contains(&before), "{calls:?}");
    // The usual way is used as well.
    let by_mail = "SERVICE NOTIFICATION: nagiosadmin;mail.example.org;Alarm;CRITICAL;\
                   notify-service-by-email;";
    assert!(nagios.log().contains(by_mail), "{}", nagios.log());

    let place = Listen::At((address, port).into());
    let _server = SmtpServer::start_on(&place, Script::default()).expect("a server");
    let recovered = || {
        let text = "text=RECOVERY mail.example.org Alarm OK: SMTP BANNER OK - ";
        telephone.calls_about(text).into_iter().map(|call| call.to).collect::<Vec<_>>()
    };
    nagios.wait_until("that both have been told of the recovery", || recovered().len() == 2);
    let mut told = recovered();
    told.sort();
    assert_eq!(told, ["oncall", "second"]);
}

/// Services of a host that is down are not told of, so the host has to be, and to the second person as well.
#[test]
fn critical_the_second_channel_tells_two_people_of_a_host_that_is_gone() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("engines/nagios-second-channel-host", reason),
    };
    let telephone = Telephone::install(&root);
    let host = sample(&root, "example.cfg").replace("192.0.2.25", "gone.invalid");
    let mut nagios = Nagios::start(&root, &[host, sample(&root, "second-channel.cfg")].concat());
    nagios.wait_until("a call to the second person", || {
        telephone.calls_about(" mail.example.org ").iter().any(|call| call.to == "second")
    });
    // Its services are as bad, and nobody hears of them.
    assert_ne!(nagios.recorded("SMTP").state, 0);
    let calls = telephone.calls_about(" mail.example.org ");
    let down = "PROBLEM mail.example.org DOWN: ";
    assert!(calls.iter().all(|call| call.text.starts_with(down)), "{calls:?}");
    // The third goes to both at the same time, in any order.
    let before = calls.iter().take_while(|call| call.to != "second").count();
    assert!((2..=3).contains(&before), "{calls:?}");

    root.write("/etc/hosts", "127.0.0.1 localhost gone.invalid\n", 0o644).expect("written");
    let recovered = || {
        let calls = telephone.calls_about("text=RECOVERY mail.example.org UP: ");
        calls.into_iter().map(|call| call.to).collect::<Vec<_>>()
    };
    nagios.wait_until("that both have been told of the recovery", || recovered().len() == 2);
    let mut told = recovered();
    told.sort();
    assert_eq!(told, ["oncall", "second"]);
}

/// What Nagios keeps of an output: it begins comments with `;` everywhere, so it has none in the first line.
fn kept(by_hand: &Recorded) -> Recorded {
    Recorded { headline: by_hand.headline.replace(';', ":"), ..by_hand.clone() }
}

fn service(name: &str, plugin: &str, arguments: &str) -> String {
    let command = plugin.replace("check_", "mailhost_");
    format!(
        "define service {{
            use                  generic-service
            host_name            mail.example.org
            service_description  {name}
            check_command        {command}!{arguments}
            max_check_attempts   1
        }}\n"
    )
}

/// A sample with shorter waits; a minute is a second here. Name servers are where nobody listens, so that no
/// other machine is asked.
fn sample(root: &DebianRoot, name: &str) -> String {
    let nobody = loopback_address();
    root.write("/etc/resolv.conf", format!("nameserver {nobody}\n"), 0o644).expect("written");
    let path = root.join(&format!("/usr/share/doc/{DEB}/examples/nagios/{name}"));
    let text = fs::read_to_string(path).expect("the package has the sample");
    let shorter = text.replace("notification_interval  15", "notification_interval  5");
    assert_ne!(shorter, text, "{name}");
    shorter.replace("--nameserver 127.0.0.1", &format!("--nameserver {nobody}"))
}

const HOST: &str = "define host {
    use                    generic-host
    host_name              mail.example.org
    address                127.0.0.1
    max_check_attempts     1
    contact_groups         admins
}
";
