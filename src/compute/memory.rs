//! How much memory is left, so that what cannot fit is refused before work begins.

#[cfg(target_os = "linux")]
use std::{fs, path::Path};

use sysinfo::{MemoryRefreshKind, System};

use crate::error::{Error, Result};

/// Needs of so few bytes are met without a look at the system, which takes 0.2 ms: as long as a small fit.
const UNCHECKED_BYTES: u64 = 4 << 20;

/// How much memory some work may take: what the system has left, or less.
///
/// Readers of tables and images, and the rows that they give, carry one. What needs more than it leaves is refused with
/// [`Error::TooLarge`], and what can do with less takes less. The system does not enforce it.
///
/// # Examples
/// ```
/// use mixlab::MemoryBudget;
///
/// assert!(MemoryBudget::of(1).available() <= Some(1));
/// assert_eq!(MemoryBudget::default().available().is_some(), mixlab::available_memory().is_some());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemoryBudget {
    /// Most bytes of the whole process; none if the system alone sets a limit.
    limit: Option<u64>,
}

impl MemoryBudget {
    /// A budget of so many bytes for the whole process, what it has taken already included.
    pub fn of(bytes: u64) -> Self {
        Self { limit: Some(bytes) }
    }

    /// Bytes that can still be taken: what [`available_memory`] gives, or what the process has not taken of its limit if
    /// that is less; none if neither is known.
    pub fn available(&self) -> Option<u64> {
        let of_limit = self.limit.map(|limit| limit.saturating_sub(resident().unwrap_or(0)));
        available_memory().into_iter().chain(of_limit).min()
    }

    /// Refuses what needs more bytes than are left. Where that is not known nothing is refused, nor are needs of up to
    /// 4 MiB without a limit.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(crate) fn check(&self, what: &'static str, needed: u64) -> Result<()> {
        if self.limit.is_none() && needed <= UNCHECKED_BYTES {
            return Ok(());
        }
        match self.available() {
            Some(available) if needed > available => {
                Err(Error::TooLarge { what, needed, available })
            }
            _ => Ok(()),
        }
    }

    /// `wanted` bytes, or half of what is left if that is less. Up to 4 MiB are granted without a look if there is no limit.
    pub(crate) fn at_most_half(&self, wanted: u64) -> u64 {
        if self.limit.is_none() && wanted <= UNCHECKED_BYTES {
            return wanted;
        }
        self.available().map_or(wanted, |available| wanted.min(available / 2))
    }
}

/// Bytes that the system has left for this process: the least of its free memory, of what the control group of the
/// process leaves, and of what the limit of its address space (`ulimit -v`) leaves. The last two are known on Linux only.
pub fn available_memory() -> Option<u64> {
    let limits = [of_system(), of_address_space()];
    limits.into_iter().flatten().min()
}

/// What the machine has left, or the control group if that is less.
fn of_system() -> Option<u64> {
    let mut system = System::new();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let total = system.total_memory();
    // sysinfo panics if asked for control groups where nothing is known
    if total == 0 {
        return None;
    }
    // a group without a limit would count cached files as memory that is taken
    let of_group = system.cgroup_limits().filter(|group| group.total_memory < total);
    Some(of_group.map_or(u64::MAX, |group| group.free_memory).min(system.available_memory()))
}

/// What the limit of the address space leaves, if there is one.
#[cfg(target_os = "linux")]
fn of_address_space() -> Option<u64> {
    let limit = address_space_limit(&of_process("limits")?)?;
    Some(limit.saturating_sub(status(&of_process("status")?, "VmSize:")?))
}

/// What the limit of the address space leaves, if there is one.
#[cfg(not(target_os = "linux"))]
fn of_address_space() -> Option<u64> {
    None
}

/// Bytes of physical memory that this process has taken.
#[cfg(target_os = "linux")]
fn resident() -> Option<u64> {
    // sysinfo would raise the limit of open files of the process to look at it
    status(&of_process("status")?, "VmRSS:")
}

/// Bytes of physical memory that this process has taken.
#[cfg(not(target_os = "linux"))]
fn resident() -> Option<u64> {
    use sysinfo::{ProcessRefreshKind, ProcessesToUpdate};

    let id = sysinfo::get_current_pid().ok()?;
    let mut system = System::new();
    let memory = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[id]), false, memory);
    system.process(id).map(sysinfo::Process::memory)
}

/// What the system tells of this process.
#[cfg(target_os = "linux")]
fn of_process(name: &str) -> Option<String> {
    fs::read_to_string(Path::new("/proc/self").join(name)).ok()
}

/// The limit of the address space in `/proc/self/limits`, in bytes; none if it is unlimited.
#[cfg(target_os = "linux")]
fn address_space_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A number of bytes in `/proc/self/status`, which is in units of 1024 bytes there.
#[cfg(target_os = "linux")]
fn status(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn numbers_of_a_process_are_read_from_the_system() {
        let text = "Name:\tx\nVmSize:\t    300 kB\nVmRSS:\t     100 kB\n";
        assert_eq!(status(text, "VmSize:"), Some(300 * 1024));
        assert_eq!(status(text, "VmSwap:"), None);
        let limits =
            |limit| format!("Max open files  1024  1024  files\nMax address space  {limit}");
        assert_eq!(address_space_limit(&limits("1024000  unlimited  bytes")), Some(1_024_000));
        assert_eq!(address_space_limit(&limits("unlimited  unlimited  bytes")), None);
        assert!(resident() > Some(1 << 20), "a running program takes more than 1 MiB");
    }

    #[test]
    fn a_budget_leaves_no_more_than_the_system_and_than_its_limit() {
        let system = available_memory().expect("known where tests run");
        assert!(system > 1 << 20);
        assert_eq!(MemoryBudget::of(1).available(), Some(0));
        assert_eq!(MemoryBudget::of(1).at_most_half(100), 0);
        // other tests take memory meanwhile
        assert!(MemoryBudget::of(u64::MAX).available() < Some(u64::MAX));
        assert_eq!(MemoryBudget::default().at_most_half(1), 1);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let error = MemoryBudget::default().check("this", u64::MAX).unwrap_err();
        assert!(error.to_string().starts_with("this needs 18446744073.7 GB of memory"), "{error}");
        MemoryBudget::default().check("this", 1).unwrap();
        MemoryBudget::of(1).check("this", 1).unwrap_err();
        MemoryBudget::of(1 << 50).check("this", 1).unwrap();
    }
}
