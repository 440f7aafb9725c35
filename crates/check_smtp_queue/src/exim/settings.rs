//! What `exim -bP` says of Exim's options, which everybody may ask.
//!
//! ```text
//! spool_directory = /var/spool/exim4
//! check_spool_space = 10M
//! no_split_spool_directory
//! ```

use std::path::PathBuf;

/// The options that matter for the queue.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Settings {
    /// `spool_directory`.
    pub(super) directory: Option<PathBuf>,
    /// `pid_file_path`, where it is set or built in.
    pub(super) pid_file: Option<PathBuf>,
    /// `check_spool_space` in bytes.
    pub(super) free_space: u64,
    /// `check_spool_inodes`.
    pub(super) free_files: u64,
    /// `message_size_limit` in bytes; 0 when there is none, or when it depends on the message.
    pub(super) size_limit: u64,
}

/// The options to ask for.
pub(super) const WANTED: [&str; 5] = [
    "spool_directory",
    "pid_file_path",
    "check_spool_space",
    "check_spool_inodes",
    "message_size_limit",
];

/// Reads the answer.
pub(super) fn read<'a>(lines: impl IntoIterator<Item = &'a str>) -> Settings {
    let mut settings = Settings::default();
    for (name, value) in lines.into_iter().filter_map(|line| line.split_once('=')) {
        let value = value.trim();
        let path = Some(PathBuf::from(value)).filter(|path| path.is_absolute());
        match name.trim() {
            "spool_directory" => settings.directory = path,
            "pid_file_path" => settings.pid_file = path,
            "check_spool_space" => settings.free_space = bytes(value).unwrap_or(0),
            "check_spool_inodes" => settings.free_files = value.parse().unwrap_or(0),
            "message_size_limit" => settings.size_limit = bytes(value).unwrap_or(0),
            _ => {}
        }
    }
    settings
}

/// Bytes, with Exim's units.
fn bytes(value: &str) -> Option<u64> {
    let (number, shift) = match value.as_bytes().last()? {
        b'K' | b'k' => (&value[..value.len() - 1], 10),
        b'M' | b'm' => (&value[..value.len() - 1], 20),
        b'G' | b'g' => (&value[..value.len() - 1], 30),
        b'T' | b't' => (&value[..value.len() - 1], 40),
        _ => (value, 0),
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_the_answer_of_exim() {
        let answer = "spool_directory = /var/spool/exim4\npid_file_path = /run/exim4/exim.pid\n\
            check_spool_space = 10M\ncheck_spool_inodes = 100\nmessage_size_limit = 50M\n\
            no_split_spool_directory\n";
        let settings = Settings {
            directory: Some(PathBuf::from("/var/spool/exim4")),
            pid_file: Some(PathBuf::from("/run/exim4/exim.pid")),
            free_space: 10 << 20,
            free_files: 100,
            size_limit: 50 << 20,
        };
        assert_eq!(read(answer.lines()), settings);
    }

    #[test]
    fn ok_what_is_not_set_or_depends_on_the_message() {
        let answer = "pid_file_path = \ncheck_spool_space = 0\n\
            message_size_limit = ${if eq{$sender_host_address}{192.0.2.1}{50M}{1G}}\n";
        assert_eq!(read(answer.lines()), Settings::default());
        assert_eq!(read(["exim: permission denied"]), Settings::default());
        assert_eq!(read(["check_spool_space = 99999999999999G"]), Settings::default());
        assert_eq!(bytes("3k"), Some(3072));
        assert_eq!(bytes("2T"), Some(2 << 40));
        assert_eq!(bytes("é"), None);
    }
}
