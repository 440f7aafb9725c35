//! The conventions of the workspace that a text search can hold.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::subjects::shipped;

#[test]
fn ok_the_top_level_holds_what_the_design_says() {
    let must = ["Cargo.lock", "Cargo.toml", "LICENSE", "crates", "tests"];
    // These come with the first package and the first page.
    let may = ["README.md", "docs", "packaging", "target"];
    let names: Vec<String> = entries(&root()).iter().map(|path| name(path)).collect();
    let visible: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| !name.starts_with('.')).collect();
    for wanted in must {
        assert!(visible.contains(&wanted), "no {wanted} in {visible:?}");
    }
    for found in visible {
        assert!(must.contains(&found) || may.contains(&found), "{found} at the top level");
    }
}

#[test]
fn ok_every_plugin_is_a_subject_of_this_suite() {
    for path in entries(&root().join("crates")) {
        let name = name(&path);
        let known = shipped().any(|subject| subject.binary() == name);
        assert!(known || !name.starts_with("check_"), "{name} is not in the table PLUGINS");
    }
}

#[test]
fn ok_a_plugins_main_is_one_statement() {
    for path in entries(&root().join("crates")) {
        let main = path.join("src/main.rs");
        if !name(&path).starts_with("check_") {
            continue;
        }
        let text = fs::read_to_string(&main).expect("a plugin has a main.rs");
        let code: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("//"))
            .collect();
        assert!(
            matches!(code.as_slice(), ["fn main() {", call, "}"] if call.starts_with("mailhost_core::plugin::run(")),
            "{} is more than one statement: {code:?}",
            main.display()
        );
    }
}

/// clippy denies the same, but only where no `expect` of a lint has crept in.
#[test]
fn ok_shipped_code_neither_exits_nor_prints_nor_unwraps() {
    let mut faults = Vec::new();
    for path in entries(&root().join("crates")) {
        if name(&path) == "demo_host" {
            continue;
        }
        for file in sources(&path.join("src")) {
            let inside = file.strip_prefix(&path).expect("a file of the crate");
            let of_tests = |part: &OsStr| {
                let name = part.to_string_lossy();
                name == "tests" || name == "tests.rs" || name.ends_with("_tests.rs")
            };
            if inside.iter().any(of_tests) || name(&file) == "testing.rs" {
                continue;
            }
            let text = fs::read_to_string(&file).expect("a source file");
            for (number, line) in shipped_lines(&text) {
                let code = line.split("//").next().unwrap_or_default();
                let allowed = |word: &str| {
                    word == "process::exit" && file.ends_with("mailhost_core/src/plugin.rs")
                };
                for word in FORBIDDEN.iter().filter(|word| code.contains(**word) && !allowed(word))
                {
                    faults.push(format!("{}:{}: {word}", file.display(), number + 1));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn ok_only_an_inline_module_of_tests_is_left_out() {
    let text = "//! A file.\n#[cfg(test)]\nmod tests;\nmod other;\nfn shipped() {}\n\
        #[cfg(test)]\nmod more {\n    fn of_tests() {}\n}\nfn last() {}\n";
    let numbers: Vec<usize> = shipped_lines(text).iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 9]);
}

/// The lines of a file, counted from 0, without those of its inline modules of tests. A module that
/// is only declared (`mod tests;`) ends nothing: what stands below it is shipped.
fn shipped_lines(text: &str) -> Vec<(usize, &str)> {
    let mut shipped = Vec::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        shipped.push((number, line));
        let is_block = |next: &str| next.starts_with("mod ") && next.ends_with('{');
        if line == "#[cfg(test)]" && lines.next_if(|(_, next)| is_block(next)).is_some() {
            // Every line inside is indented.
            lines.find(|(_, line)| *line == "}");
        }
    }
    shipped
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace's root").to_owned()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What a directory holds, sorted.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let read =
        fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths: Vec<PathBuf> = read.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// All Rust files below a directory.
fn sources(directory: &Path) -> Vec<PathBuf> {
    let (directories, files): (Vec<_>, Vec<_>) =
        entries(directory).into_iter().partition(|path| path.is_dir());
    let below = directories.iter().flat_map(|path| sources(path));
    let rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    files.into_iter().filter(rust).chain(below).collect()
}

const FORBIDDEN: &[&str] = &[
    "process::exit",
    "process::abort",
    ".unwrap()",
    ".expect(",
    "println!",
    "print!(",
    "eprint",
    "dbg!",
    "todo!",
    "unimplemented!",
    "unsafe ",
    "anyhow",
];
