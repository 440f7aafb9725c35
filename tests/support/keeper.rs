//! A small shell that outlives the test process and cleans up behind it.
//!
//! A guard's `drop` does not run for statics, nor when the test process is killed, and
//! `PR_SET_PDEATHSIG` fires when the *thread* that started the server ends, which a test thread does
//! early. A pipe has neither fault: when the last writer is gone, however that came about, `read`
//! returns and the rest of the script runs.

use std::{
    ffi::OsStr,
    io,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
};

/// Runs a shell script once, when it is released or when this process ends, whichever comes first.
#[derive(Debug)]
pub(crate) struct Keeper {
    shell: Child,
}

impl Keeper {
    /// Starts the shell; `script` sees `arguments` as `$1`, `$2`, ...
    pub(crate) fn watch<S: AsRef<OsStr>>(
        script: &str,
        arguments: impl IntoIterator<Item = S>,
    ) -> io::Result<Keeper> {
        let shell = Command::new("sh")
            .arg("-c")
            .arg(format!("read -r released\n{script}"))
            .arg("keeper")
            .args(arguments)
            .current_dir("/")
            // An interrupt from the terminal ends the tests; it must not end their cleaner.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Keeper { shell })
    }

    /// Lets the script run without waiting for its end.
    pub(crate) fn release(&mut self) {
        drop(self.shell.stdin.take());
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.release();
        // The script bounds its own waits, and nothing can be done about a shell that is gone.
        let _ = self.shell.wait();
    }
}
