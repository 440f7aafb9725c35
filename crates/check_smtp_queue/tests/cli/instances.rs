//! Configurations of Postfix: several instances, room on the spool, what cannot be read.

use std::fs;

use demo_host::spool::{Conduct, Showq, Spool};

use crate::support::{Configured, NO_STATE, check, of_hours};

#[test]
fn ok_several_configurations_are_one_answer() {
    let [first, second] = [(); 2].map(|()| Configured::with(""));
    fs::write(
        second.directory.path().join("main.cf"),
        format!(
            "queue_directory={}\nmulti_instance_name=postfix-out\n",
            second.spool.path().display()
        ),
    )
    .unwrap();
    first.spool.add(2, &of_hours(1, "active")).unwrap();
    second.spool.add(3, &of_hours(4, "deferred")).unwrap();
    let [one, other] = [&first, &second].map(|it| it.directory.path().display().to_string());
    let words = ["-d", &one, "-d", &other, "--state-dir", NO_STATE];
    let said = check(&words);
    said.says("OK - postfix-test, postfix-out 5 messages (2 active, 3 deferred), oldest 4h", &[]);
    assert_eq!(said.metric("messages"), Some("5"));
    let own: Vec<&str> = said.0.stdout.split(' ').filter(|it| it.contains("_messages=")).collect();
    assert_eq!(own.len(), 2, "{own:?}");
    let said = check(&[&words[..], &["-w", "4", "-v"]].concat());
    assert_eq!(said.findings()[0], "[WARNING] queue-threshold");
    said.shows("[OK] deferred: postfix-out 3 messages, oldest 4h, 2.1 kB");
}

#[test]
fn critical_one_of_several_is_down() {
    let (first, second) = (Configured::with(""), Configured::stopped(""));
    let [one, other] = [&first, &second].map(|it| it.directory.path().display().to_string());
    drop(Showq::start(&second.spool, Conduct::List(vec![])));
    check(&["-d", &one, "-d", &other, "--state-dir", NO_STATE]).says(
        &format!(
            "CRITICAL - postfix-test {} is down: it does not run",
            second.spool.path().display()
        ),
        &["[CRITICAL] mta-down"],
    );
}

#[test]
fn unknown_a_queue_that_is_named_twice() {
    let spool = Spool::new().unwrap();
    let path = spool.path().display().to_string();
    check(&["--queue-directory", &path, "--queue-directory", &path])
        .says_only(&format!("UNKNOWN - the queue {path} is named twice; see --help"));
}

#[test]
fn ok_two_spools_of_one_kind_have_labels_of_their_own() {
    let [first, second] = [(); 2].map(|()| Spool::new().unwrap());
    let ids = first.add(3, &of_hours(1, "deferred")).unwrap();
    // The same id in another mail system is another message.
    let twin = second.path().join("active").join(&ids[0]);
    let hashed = fs::read_dir(first.path().join("deferred")).unwrap();
    let original = hashed.map(|entry| entry.unwrap().path().join(&ids[0])).find(|it| it.exists());
    fs::copy(original.unwrap(), twin).unwrap();
    let [one, other] = [&first, &second].map(|it| it.path().display().to_string());
    let words = ["--queue-directory", &one, "--queue-directory", &other, "--state-dir", NO_STATE];
    let said = check(&words);
    assert_eq!(said.metric("messages"), Some("4"), "{}", said.0.stdout);
    let perfdata = said.0.stdout.lines().next().unwrap().split(" | ").nth(1).unwrap();
    let mut labels: Vec<&str> = perfdata.split(' ').filter_map(|it| it.split('=').next()).collect();
    let all = labels.len();
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), all, "{perfdata}");
}

#[test]
fn critical_a_configuration_that_is_missing_hides_no_other() {
    let installed = Configured::with("");
    installed.spool.add(6, &of_hours(1, "deferred")).unwrap();
    let path = installed.directory.path().display().to_string();
    let words = ["-d", &path, "-d", "/nonexistent/postfix-b", "-c", "5", "--state-dir", NO_STATE];
    assert_eq!(
        check(&words).findings(),
        ["[CRITICAL] queue-threshold", "[UNKNOWN] queue-unreadable"]
    );
}

#[test]
fn critical_too_little_room_to_accept_mail() {
    let installed = Configured::with("queue_minfree = 900000000000000000");
    let said = installed.check(&[]);
    assert_eq!(said.findings(), ["[CRITICAL] spool-space-low"]);
    assert!(
        said.verdict().contains("and needs 900000 TB to accept mail (queue_minfree)"),
        "{}",
        said.verdict()
    );
    assert!(said.metric("space_free").is_some());
    let installed = Configured::with("message_size_limit = 800000000000000000");
    let said = installed.check(&[]);
    assert!(said.verdict().ends_with("(1.5 x message_size_limit)"), "{}", said.verdict());
}

#[test]
fn unknown_a_configuration_that_cannot_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().display().to_string();
    let said = check(&["-d", &path, "--state-dir", NO_STATE]);
    said.says(
        &format!(
            "UNKNOWN - {} queue: reading {path}/main.cf: no such file or directory",
            directory.path().file_name().unwrap().display()
        ),
        &["[UNKNOWN] queue-unreadable"],
    );
    fs::write(directory.path().join("main.cf"), "queue_directory = ${x?/var}\n").unwrap();
    check(&["-d", &path, "--state-dir", NO_STATE]).shows(&format!(
        "[UNKNOWN] queue-unreadable: queue: not understood: queue_directory in {path}/main.cf; \
         give --queue-directory"
    ));
}

#[test]
fn ok_a_spool_without_its_mail_system_is_not_held_to_it() {
    let spool = Spool::new().unwrap();
    drop(Showq::start(&spool, Conduct::List(vec![])));
    let path = spool.path().display().to_string();
    check(&["--queue-directory", &path, "--state-dir", NO_STATE])
        .says("OK - postfix queue is empty", &[]);
}
