//! The login.

use mailhost_core::file;
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
        (Some(file), _) => file::secret(file)?,
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
