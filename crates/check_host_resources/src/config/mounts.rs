//! Which file systems are looked at, and what each is held to.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use mailhost_core::contract::{Range, Thresholds, Unit};
use mailhost_core::plugin::Failure;
use regex_lite::Regex;

use crate::args::{Mounts, bytes_left};
use crate::proc::{Mount, shown};

/// Which file systems are looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// These only; all when it is empty.
    pub(crate) mounts: Vec<WantedMount>,
    /// Those only whose mount point one of these matches; all when it is empty.
    included: Vec<Regex>,
    excluded: Vec<Regex>,
    /// Of these types only; of all when it is empty.
    kinds: Vec<String>,
    excluded_kinds: Vec<String>,
}

/// One of `--mount`.
#[derive(Clone, Debug)]
pub(crate) struct WantedMount {
    pub(crate) point: PathBuf,
    /// What it is held to, if not to what all are.
    pub(crate) limits: Option<RoomLimits>,
}

/// What the room on a file system is held to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RoomLimits {
    /// In use, in percent.
    pub(crate) used: Thresholds,
    /// Left, in bytes.
    pub(crate) free: Thresholds,
}

impl Selection {
    pub(super) fn new(args: &Mounts) -> Result<Self, Failure> {
        let mut mounts: Vec<WantedMount> = Vec::new();
        for text in &args.mount {
            let wanted = wanted_mount(text)?;
            if mounts.iter().any(|it| it.point == wanted.point) {
                let text = text.display();
                return Err(Failure::usage(format!("\"{text}\" for --mount: it is there twice")));
            }
            mounts.push(wanted);
        }
        Ok(Self {
            mounts,
            included: regexes("--include-mount", &args.include_mount)?,
            excluded: regexes("--exclude-mount", &args.exclude_mount)?,
            kinds: args.fs_type.clone(),
            excluded_kinds: args.exclude_fs_type.clone(),
        })
    }

    /// Whether a mount is one of those.
    pub(crate) fn has(&self, mount: &Mount) -> bool {
        let point = shown(&mount.point);
        let named = self.mounts.is_empty() || self.names(&mount.point);
        let included =
            self.included.is_empty() || self.included.iter().any(|it| it.is_match(&point));
        let of_kind = self.kinds.is_empty() || self.kinds.contains(&mount.kind);
        let excluded = self.excluded.iter().any(|it| it.is_match(&point))
            || self.excluded_kinds.contains(&mount.kind);
        named && included && of_kind && !excluded
    }

    /// Whether the options say which are wanted: then one that cannot be looked at is missed.
    pub(crate) fn is_chosen(&self) -> bool {
        !(self.mounts.is_empty() && self.included.is_empty() && self.kinds.is_empty())
    }

    /// Whether `--mount` names this place.
    pub(crate) fn names(&self, point: &Path) -> bool {
        self.mounts.iter().any(|it| it.point == point)
    }

    /// What the mount at this place is held to by `--mount`.
    pub(crate) fn limits(&self, point: &Path) -> Option<RoomLimits> {
        self.mounts.iter().find(|it| it.point == point).and_then(|it| it.limits)
    }
}

fn regexes(option: &str, given: &[String]) -> Result<Vec<Regex>, Failure> {
    let one = |text: &String| {
        Regex::new(text)
            .map_err(|error| Failure::usage(format!("\"{text}\" for {option}: {error}")))
    };
    given.iter().map(one).collect()
}

/// Reads `PATH[,WARN,CRIT]`.
fn wanted_mount(text: &OsStr) -> Result<WantedMount, Failure> {
    let wrong = |why: &str| Failure::usage(format!("\"{}\" for --mount: {why}", text.display()));
    // Names are bytes.
    let mut parts = text.as_bytes().split(|byte| *byte == b',');
    let given = Path::new(OsStr::from_bytes(parts.next().unwrap_or_default()));
    let mut parts = parts.map(String::from_utf8_lossy);
    if !given.is_absolute() {
        return Err(wrong("an absolute path is wanted"));
    }
    if given.components().any(|part| part == Component::ParentDir) {
        return Err(wrong("write the path without \"..\", as /proc/mounts has it"));
    }
    // The kernel's names have no "/" at their end, and no "." in them.
    let point = given.components().collect();
    let mut limits = RoomLimits::default();
    let limits = match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => None,
        (Some(warning), Some(critical), None) => {
            limit(&warning, &mut limits.used.warning, &mut limits.free.warning)
                .and_then(|()| {
                    limit(&critical, &mut limits.used.critical, &mut limits.free.critical)
                })
                .map_err(|why| wrong(&why))?;
            Some(limits)
        }
        _ => return Err(wrong("write PATH or PATH,WARN,CRIT")),
    };
    Ok(WantedMount { point, limits })
}

/// A range of percent in use, or of bytes that are left.
fn limit(text: &str, used: &mut Option<Range>, free: &mut Option<Range>) -> Result<(), String> {
    if text.contains(['B', 'b']) {
        *free = Some(bytes_left(text)?);
    } else {
        *used = Some(Range::parse(text, Unit::Percent).map_err(|error| error.to_string())?);
    }
    Ok(())
}
