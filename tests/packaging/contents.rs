//! What is in the packages, and what is not.

use std::fs;
use std::path::Path;
use std::process::Command;

use mailhost_tests::packages::{DEB, DIRECTORY, PLUGINS, deb, output_of, package, rpm, text};

#[test]
fn ok_the_suite_takes_at_most_15_megabytes() {
    let kibibytes = field("Installed-Size").parse::<u64>().expect("a number");
    assert!(kibibytes * 1024 <= 15_000_000, "{kibibytes} KiB");
}

#[test]
fn ok_the_versions_agree() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(field("Version"), format!("{version}-1"));
    for (file, text) in [
        ("debian/changelog", include_str!("../../packaging/debian/changelog")),
        ("rpm", include_str!("../../packaging/rpm/nagios-plugins-mailhost.spec")),
    ] {
        assert!(text.contains(&format!("{version}-1")), "{file} has no entry for {version}-1");
    }
}

#[test]
fn ok_every_plugin_comes_with_its_page_its_completions_and_its_link() {
    let list = output_of("dpkg-deb", &["-c", text(&deb())]);
    let has = |path: &str| {
        list.lines().any(|line| line.split(" -> ").next().is_some_and(|line| line.ends_with(path)))
    };
    for plugin in PLUGINS {
        for path in [
            format!(".{DIRECTORY}/{plugin}"),
            format!("./usr/share/man/man1/{plugin}.1.gz"),
            format!("./usr/share/bash-completion/completions/{plugin}"),
            format!("./usr/share/zsh/vendor-completions/_{plugin}"),
            format!("./usr/share/fish/vendor_completions.d/{plugin}.fish"),
            format!("./usr/share/doc/{DEB}/docs/plugins/{plugin}.md"),
            format!("./usr/lib/zabbix/externalscripts/{}", plugin.replace("check_", "mailhost_")),
        ] {
            assert!(has(&path), "{path} in {list}");
        }
    }
}

#[test]
fn ok_the_templates_of_zabbix_are_there_and_name_every_plugin() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    output_of("dpkg-deb", &["-x", text(&deb()), text(directory.path())]);
    let samples = directory.path().join(format!("usr/share/doc/{DEB}/examples/zabbix"));
    let read = |name: &str| fs::read_to_string(samples.join(name)).expect("a template");
    let templates =
        ["mail-host.json", "mail-submission.json", "mail-domain.json", "mail-machine.json"]
            .map(read)
            .concat();
    for plugin in PLUGINS {
        let key = format!("\"{}[", plugin.replace("check_", "mailhost_"));
        assert!(templates.contains(&key), "{plugin}");
    }
    assert!(samples.join("second-channel.yaml").exists());
}

#[test]
fn ok_the_programs_are_stripped_and_their_symbols_are_to_be_had() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let root = directory.path();
    for package in [deb(), package(&format!("{DEB}-dbgsym_"), ".ddeb")] {
        output_of("dpkg-deb", &["-x", text(&package), text(root)]);
    }
    for plugin in PLUGINS {
        let program = root.join(format!("{}/{plugin}", DIRECTORY.trim_start_matches('/')));
        let sections = output_of("readelf", &["-SW", text(&program)]);
        assert!(!sections.contains(".symtab") && !sections.contains(".debug_line"), "{sections}");
        assert!(sections.contains(".gnu_debuglink"), "{sections}");
        let notes = output_of("readelf", &["-n", text(&program)]);
        let id = notes.lines().find_map(|line| line.trim().strip_prefix("Build ID: "));
        let (directory, rest) = id.expect("a build id").split_at(2);
        let symbols = root.join(format!("usr/lib/debug/.build-id/{directory}/{rest}.debug"));
        assert!(output_of("readelf", &["-SW", text(&symbols)]).contains(".debug_line"), "{plugin}");
    }
}

/// Where the programs were built would make two builds different, and is nobody's business.
#[test]
fn ok_no_path_of_the_build_is_in_a_program() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    output_of("dpkg-deb", &["-x", text(&deb()), text(directory.path())]);
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let workspace = format!("{}/", text(workspace));
    for plugin in PLUGINS {
        let program =
            directory.path().join(format!("{}/{plugin}", DIRECTORY.trim_start_matches('/')));
        let bytes = fs::read(&program).expect("a program");
        for path in [workspace.as_bytes(), b"/registry/src/"] {
            let found = bytes.windows(path.len()).any(|window| window == path);
            assert!(!found, "{plugin} has {}", String::from_utf8_lossy(path));
        }
    }
}

/// Of the same programs; `packaging/build --check-reproducible` builds them twice too, which takes long.
#[test]
fn ok_packing_again_gives_the_same_bytes() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/build");
    // That of the commit at the time, which may be another by now.
    let time = output_of("rpm", &["-qp", "--queryformat", "%{BUILDTIME}", text(&rpm())]);
    let again = Command::new(build)
        .arg("--no-build")
        .env("MAILHOST_PACKAGES", directory.path())
        .env("SOURCE_DATE_EPOCH", time)
        .output();
    let again = again.expect("packaging/build runs");
    assert!(again.status.success(), "{again:?}");
    let mut seen = 0;
    for entry in fs::read_dir(directory.path()).expect("the packages") {
        let path = entry.expect("a package").path();
        let first = deb().with_file_name(path.file_name().expect("a name"));
        let same = fs::read(&path).expect("a package") == fs::read(&first).expect("the first");
        assert!(same, "{} came out differently", first.display());
        seen += 1;
    }
    assert_eq!(seen, 4);
}

fn field(name: &str) -> String {
    output_of("dpkg-deb", &["-f", text(&deb()), name]).trim().to_owned()
}
