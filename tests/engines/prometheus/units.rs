//! The packaged units, before the eyes of the systemd that will run them.

use mailhost_tests::packages::{DEB, deb, output_of, text};
use mailhost_tests::{DebianRoot, skip};

#[test]
fn ok_systemd_has_nothing_against_the_units() {
    let root = match DebianRoot::prepare("systemd", &["systemd", "dbus", "cron"]) {
        Ok(root) => root,
        Err(reason) => return skip("engines/textfile-units", reason),
    };
    output_of("dpkg-deb", &["-x", text(&deb()), text(root.path())]);
    let units = ["mailhost-textfile.service", "mailhost-textfile.timer"];
    verify(&root, &units);
    let sample = format!("/usr/share/doc/{DEB}/examples/prometheus/hardened.conf");
    let given = "/etc/systemd/system/mailhost-textfile.service.d";
    root.run("mkdir", &["-p", given]).expect("a directory");
    root.run("cp", &[&sample, given]).expect("the sample in its place");
    verify(&root, &units);
    // It would say so.
    root.write(&format!("{given}/wrong.conf"), "[Service]\nProtectSystem=stirct\n", 0o644)
        .expect("a drop-in with a typing error");
    assert!(verdict(&root, &units).contains("stirct"));
}

#[track_caller]
fn verify(root: &DebianRoot, units: &[&str]) {
    assert_eq!(verdict(root, units), "");
}

fn verdict(root: &DebianRoot, units: &[&str]) -> String {
    let mut command = root.command("systemd-analyze");
    let output = command.args(["verify", "--man=no"]).args(units).output().expect("it runs");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}
