//! What memory is left, so that what cannot fit is refused before work begins.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};

/// Refuses what needs more bytes than this machine has left. Where that is not known, nothing is refused.
///
/// # Errors
/// [`Error::TooLarge`].
pub(crate) fn check(what: &'static str, needed: u64) -> Result<()> {
    match available() {
        Some(available) if needed > available => Err(Error::TooLarge { what, needed, available }),
        _ => Ok(()),
    }
}

/// Bytes that can still be had: what the system has left, or, if that is less, what the control group of this
/// process may still take. Known on Linux only.
fn available() -> Option<u64> {
    let of_system = fs::read_to_string("/proc/meminfo").ok().and_then(|text| meminfo(&text));
    let of_group = control_group(Path::new("/sys/fs/cgroup"));
    match (of_system, of_group) {
        (Some(system), Some(group)) => Some(system.min(group)),
        (system, group) => system.or(group),
    }
}

/// `MemAvailable` of `/proc/meminfo`, which is in units of 1024 bytes.
fn meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// What a control group of version 2 leaves: its limit, if it has one, less what is in use.
fn control_group(folder: &Path) -> Option<u64> {
    let number = |name| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
    Some(number("memory.max")?.saturating_sub(number("memory.current")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_read_from_the_system() {
        let text = "MemTotal:  16000000 kB\nMemAvailable:    8000000 kB\n";
        assert_eq!(meminfo(text), Some(8_192_000_000));
        assert_eq!(meminfo("MemTotal: 1 kB\n"), None);
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(control_group(folder.path()), None);
        fs::write(folder.path().join("memory.max"), "1000\n").unwrap();
        fs::write(folder.path().join("memory.current"), "400\n").unwrap();
        assert_eq!(control_group(folder.path()), Some(600));
        fs::write(folder.path().join("memory.max"), "max\n").unwrap();
        assert_eq!(control_group(folder.path()), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn more_than_any_machine_has_is_refused() {
        let error = check("this", u64::MAX).unwrap_err();
        assert!(error.to_string().starts_with("this needs 18446744073.7 GB of memory"), "{error}");
        check("this", 1).unwrap();
    }
}
