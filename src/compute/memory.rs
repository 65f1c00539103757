//! What memory is left, so that what cannot fit is refused before work begins.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

/// Bytes that this process may take in all.
static ALLOWED: AtomicU64 = AtomicU64::new(u64::MAX);

/// Lets this process take so many bytes in all: what needs more is refused, and what can do with less takes less. It is
/// a promise of mixlab's own, that the system does not enforce.
pub fn limit_memory(bytes: u64) {
    ALLOWED.store(bytes, Ordering::Relaxed);
}

/// Bytes that can still be had: the least of what the system has left, what the control group of this process and the
/// limit of its address space (`ulimit -v`) leave, and what [`limit_memory`] does. Of the first three it is known on
/// Linux only.
pub fn available_memory() -> Option<u64> {
    let limits = [
        fs::read_to_string("/proc/meminfo").ok().and_then(|text| meminfo(&text)),
        control_group(Path::new("/sys/fs/cgroup")),
        address_space(Path::new("/proc/self")),
        of_process(Path::new("/proc/self"), ALLOWED.load(Ordering::Relaxed)),
    ];
    limits.into_iter().flatten().min()
}

/// Refuses what needs more bytes than there are left. Where that is not known, nothing is refused.
///
/// # Errors
/// [`Error::TooLarge`].
pub(crate) fn check(what: &'static str, needed: u64) -> Result<()> {
    match available_memory() {
        Some(available) if needed > available => Err(Error::TooLarge { what, needed, available }),
        _ => Ok(()),
    }
}

/// Bytes, in words: `512 MB`.
pub fn size_in_words(bytes: u64) -> String {
    match bytes {
        1_000_000_000.. => format!("{:.1} GB", bytes as f64 / 1e9),
        1_000_000.. => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.0} kB", bytes as f64 / 1e3),
    }
}

/// `wanted` bytes, or half of what is left if that is less.
pub(crate) fn at_most_half(wanted: u64) -> u64 {
    available_memory().map_or(wanted, |available| wanted.min(available / 2))
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

/// What the limit of the address space leaves, if there is one.
fn address_space(process: &Path) -> Option<u64> {
    let limits = fs::read_to_string(process.join("limits")).ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    let limit: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(limit.saturating_sub(status(process, "VmSize:")?))
}

/// What `allowed` bytes leave of those that the process has taken.
fn of_process(process: &Path, allowed: u64) -> Option<u64> {
    match allowed {
        u64::MAX => None,
        _ => Some(allowed.saturating_sub(status(process, "VmRSS:").unwrap_or(0))),
    }
}

/// A number of bytes of the status of a process.
fn status(process: &Path, name: &str) -> Option<u64> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
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
    fn limits_of_a_process_leave_what_it_has_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name, text| fs::write(folder.path().join(name), text).unwrap();
        write("status", "Name:\tx\nVmSize:\t    300 kB\nVmRSS:\t     100 kB\n");
        write(
            "limits",
            "Max open files  1024  1024  files\nMax address space  1024000  unlimited  bytes\n",
        );
        assert_eq!(address_space(folder.path()), Some(1_024_000 - 300 * 1024));
        assert_eq!(of_process(folder.path(), 200 * 1024), Some(100 * 1024));
        assert_eq!(of_process(folder.path(), u64::MAX), None);
        write(
            "limits",
            "Max address space         unlimited            unlimited            bytes\n",
        );
        assert_eq!(address_space(folder.path()), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn more_than_any_machine_has_is_refused() {
        let error = check("this", u64::MAX).unwrap_err();
        assert!(error.to_string().starts_with("this needs 18446744073.7 GB of memory"), "{error}");
        check("this", 1).unwrap();
    }
}
