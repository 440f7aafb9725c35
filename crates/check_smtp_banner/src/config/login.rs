//! The login, and the files that must be readable.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use mailhost_core::net::error_text;
use mailhost_core::plugin::Failure;
use mailhost_core::smtp::Credentials;

use super::Login;
use crate::args::Args;

/// The login to try, with the password from where the operator keeps it.
pub(super) fn login(args: &Args) -> Result<Option<Login>, Failure> {
    let Some(user) = args.login.user.clone() else {
        return Ok(None);
    };
    let password = match (&args.login.password_file, &args.login.password) {
        (Some(file), _) => read_password(file)?,
        (None, Some(password)) => password.clone(),
        (None, None) => std::env::var("MAILHOST_PASSWORD")
            .ok()
            .filter(|password| !password.is_empty())
            .ok_or_else(|| {
                Failure::usage(
                    "-U needs a password: --password-file, or MAILHOST_PASSWORD in the environment",
                )
            })?,
    };
    if [&user, &password].iter().any(|text| text.contains('\0')) {
        return Err(Failure::usage("user and password cannot hold a zero byte"));
    }
    Ok(Some(Login {
        mechanism: args.login.auth,
        credentials: Credentials { user, password },
        from_argv: args.login.password.is_some(),
    }))
}

fn read_password(file: &Path) -> Result<String, Failure> {
    let mut opened = open(file)?;
    let unable = |error: std::io::Error| unreadable(file, &error);
    if opened.metadata().map_err(unable)?.permissions().mode() & 0o007 != 0 {
        return Err(Failure::Unable(format!(
            "others can read or change {}: run chmod o-rwx on it, and think of the password as known",
            file.display(),
        )));
    }
    let mut text = String::new();
    opened.by_ref().take(MAX_PASSWORD_FILE).read_to_string(&mut text).map_err(unable)?;
    // Some editors put a byte order mark in front.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    match text.lines().next().unwrap_or_default() {
        "" => Err(Failure::Unable(format!("the first line of {} is empty", file.display()))),
        password => Ok(password.to_owned()),
    }
}

/// Opens a regular file; anything else could be waited for without end.
pub(super) fn open(file: &Path) -> Result<File, Failure> {
    let unable = |error: std::io::Error| unreadable(file, &error);
    let about = std::fs::metadata(file).map_err(unable)?;
    if about.is_dir() {
        return Err(unable(std::io::ErrorKind::IsADirectory.into()));
    }
    if !about.is_file() {
        return Err(Failure::Unable(format!("{} is not a regular file", file.display())));
    }
    File::open(file).map_err(unable)
}

fn unreadable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::Unable(format!("reading {}: {}", file.display(), error_text(error)))
}

/// Bytes; a password is on the first line.
const MAX_PASSWORD_FILE: u64 = 65_536;
