//! The roots that the machine trusts.

use std::path::{Path, PathBuf};

use openssl::error::ErrorStack;
use openssl::ssl::SslContextBuilder;

/// Lets the context trust `ca_file` and nothing else, or without it the machine's roots. Says
/// whether there are any.
///
/// A directory of hashed links is taken where there is one: only the roots that are asked for are
/// read then, while a bundle of all roots costs more instructions to parse than everything else the
/// check does.
pub(super) fn load_roots(
    context: &mut SslContextBuilder,
    ca_file: Option<&Path>,
) -> Result<bool, ErrorStack> {
    if let Some(file) = ca_file {
        context.load_verify_locations(Some(file), None)?;
        return Ok(true);
    }
    let named =
        |variable| std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
    let (file, directory) = (named("SSL_CERT_FILE"), named("SSL_CERT_DIR"));
    if file.is_some() || directory.is_some() {
        let file = file.filter(|path| path.is_file());
        let directory = directory.filter(|path| is_hashed(path));
        if file.is_none() && directory.is_none() {
            return Ok(false);
        }
        context.load_verify_locations(file.as_deref(), directory.as_deref())?;
        return Ok(true);
    }
    if let Some(directory) = DIRECTORIES.iter().map(Path::new).find(|path| is_hashed(path)) {
        context.load_verify_locations(None, Some(directory))?;
        return Ok(true);
    }
    if let Some(bundle) = BUNDLES.iter().map(Path::new).find(|path| path.is_file()) {
        context.load_verify_locations(Some(bundle), None)?;
        return Ok(true);
    }
    Ok(false)
}

/// Whether the directory has links named by the hash of the certificate's subject: "5ed36f99.0".
fn is_hashed(directory: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return false;
    };
    entries.filter_map(Result::ok).any(|entry| {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        name.len() == 10 && name.ends_with(b".0") && name[..8].iter().all(u8::is_ascii_hexdigit)
    })
}

/// Where RHEL since 9, and Debian, keep the hashed links. RHEL first: /etc/ssl/certs is another
/// directory there, in which a single link of its owner's would hide all roots.
const DIRECTORIES: &[&str] =
    &["/etc/pki/ca-trust/extracted/pem/directory-hash", "/etc/ssl/certs", "/usr/lib/ssl/certs"];
/// Where older RHEL, SUSE and Alpine keep all roots in one file.
const BUNDLES: &[&str] = &[
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
];
