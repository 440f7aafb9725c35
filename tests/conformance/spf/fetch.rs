//! Fetches the suite: it is one file of pyspf's source package on the Python Package Index.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use mailhost_tests::cache;
use openssl::sha::sha256;

/// The suite's text, from the cache or else from there.
///
/// The error is the reason why it cannot be had.
pub(super) fn suite() -> Result<String, String> {
    let cache = cache::directory().map_err(|error| error.to_string())?;
    let kept = cache.join(format!("{PACKAGE}-{VERSION}-{FILE}"));
    if let Ok(text) = genuine(&kept) {
        return Ok(text);
    }
    // In the cache, so that the finished file can be renamed to its place: another run at the same
    // time does the same, and each sees a whole file or none.
    let work = tempfile::tempdir_in(&cache).map_err(|error| error.to_string())?;
    download(work.path())?;
    let unpacked = work.path().join(FILE);
    let text = genuine(&unpacked)?;
    fs::rename(&unpacked, &kept).map_err(|error| format!("keep {FILE}: {error}"))?;
    Ok(text)
}

/// Reads the file, which must be the one that this suite was written against.
fn genuine(path: &Path) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("read {FILE}: {error}"))?;
    let digest: String = sha256(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    if digest == FILE_SHA256 { Ok(text) } else { Err(format!("{FILE} has SHA-256 {digest}")) }
}

fn download(directory: &Path) -> Result<(), String> {
    // Only a requirements file can pin the hash. pip runs the package's setup.py to learn its
    // metadata, so the hash is checked before that, and not only the file's afterwards.
    let requirement = format!("{PACKAGE}=={VERSION} --hash=sha256:{PACKAGE_SHA256}\n");
    fs::write(directory.join("requirements.txt"), requirement)
        .map_err(|error| error.to_string())?;
    let pip = "timeout 300 python3 -m pip --disable-pip-version-check --no-input --quiet";
    let script = format!(
        "{pip} download --no-cache-dir --no-deps --no-binary {PACKAGE} -r requirements.txt &&
        tar -xzf {PACKAGE}-{VERSION}.tar.gz --no-same-owner --strip-components=2 {PACKAGE}-{VERSION}/test/{FILE}"
    );
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    Err(format!("PyPI's package {PACKAGE} {VERSION} cannot be had: {said}"))
}

const PACKAGE: &str = "pyspf";
const VERSION: &str = "2.0.14";
const PACKAGE_SHA256: &str = "57a7ef01bda090173aafb6af0106251686ed73f03db4e911fcd34c57fc347186";
const FILE: &str = "rfc7208-tests.yml";
const FILE_SHA256: &str = "901f561a6e2b1c1590a40a61b1ac7601226fd7045a7aae591a4d25421358d6f9";
