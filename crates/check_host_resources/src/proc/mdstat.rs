//! `/proc/mdstat`: the RAID arrays of the kernel (md).

use serde::Serialize;

/// One array.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Array {
    pub(crate) name: String,
    /// Whether it is there at all.
    pub(crate) active: bool,
    /// Whether it only holds what the firmware knows of other arrays: it is never active.
    pub(crate) is_container: bool,
    /// How many disks it should have, and how many of them work, where the kernel tells.
    pub(crate) disks: Option<(u32, u32)>,
    /// What the kernel does about it: `recovery`, `resync`, `reshape` or `check`.
    pub(crate) at_work: Option<String>,
}

impl Array {
    /// Whether a disk is missing that it should have.
    pub(crate) fn is_degraded(&self) -> bool {
        self.disks.is_some_and(|(wanted, working)| working < wanted)
    }
}

/// The arrays in the file.
pub(crate) fn arrays(text: &str) -> Option<Vec<Array>> {
    text.starts_with("Personalities").then_some(())?;
    let mut arrays: Vec<Array> = Vec::new();
    for line in text.lines() {
        if let Some((name, rest)) = line.split_once(" : ").filter(|(name, _)| is_name(name)) {
            arrays.push(Array {
                name: name.to_owned(),
                active: rest.starts_with("active"),
                is_container: false,
                disks: None,
                at_work: None,
            });
        } else if let Some(array) = arrays.last_mut().filter(|_| line.starts_with(' ')) {
            array.is_container |= is_container(line);
            array.disks = array.disks.or_else(|| disks(line));
            let at_work = WORK.iter().find(|work| line.contains(*work));
            array.at_work = array.at_work.take().or(at_work.map(|work| (*work).to_owned()));
        }
    }
    Some(arrays)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(' ') && text != "Personalities"
}

/// The members of a container say in which one they are: `super external:/md127/0`.
fn is_container(line: &str) -> bool {
    line.split_once("super external:").is_some_and(|(_, kind)| !kind.starts_with('/'))
}

/// The numbers of `[2/1]`.
fn disks(line: &str) -> Option<(u32, u32)> {
    line.split('[').skip(1).find_map(|part| {
        let (wanted, working) = part.split_once(']')?.0.split_once('/')?;
        Some((wanted.parse().ok()?, working.parse().ok()?))
    })
}

const WORK: &[&str] = &["recovery", "resync", "reshape", "check"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warning_arrays_that_lack_a_disk() {
        let text = "Personalities : [raid1] [raid6]\n\
                    md0 : active raid1 sdb1[1] sda1[0](F)\n      1000 blocks super 1.2 [2/1] [_U]\n      \
                    [=>...]  recovery =  8.5% (1/10) finish=1.0min speed=1K/sec\n\n\
                    md1 : active raid6 sdc1[2] sdb2[1]\n      1000 blocks level 6 [3/3] [UUU]\n\n\
                    md2 : inactive sdd1[0](S)\n      1000 blocks\n\n\
                    md127 : inactive sde[1](S) sdf[0](S)\n      5928 blocks super external:imsm\n\n\
                    md126 : active raid1 sde[1] sdf[0]\n      9 blocks super external:/md127/0 [2/2] [UU]\n\
                    unused devices: <none>\n";
        let container = |array: &Array| array.is_container;
        let holds: Vec<bool> = arrays(text).expect("it").iter().map(container).collect();
        assert_eq!(holds, [false, false, false, true, false]);
        let arrays = arrays(text).expect("it");
        let seen: Vec<_> = arrays
            .iter()
            .map(|it| (it.name.as_str(), it.active, it.is_degraded(), it.at_work.as_deref()))
            .collect();
        assert_eq!(
            seen,
            [
                ("md0", true, true, Some("recovery")),
                ("md1", true, false, None),
                ("md2", false, false, None),
                ("md127", false, false, None),
                ("md126", true, false, None),
            ]
        );
        assert_eq!(super::arrays("Personalities : \nunused devices: <none>\n"), Some(Vec::new()));
        assert_eq!(super::arrays(""), None);
    }
}
