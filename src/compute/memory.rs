//! Memory budgets: work that cannot fit is refused before it begins.

#[cfg(target_os = "linux")]
use std::{fs, path::Path};

use sysinfo::{MemoryRefreshKind, System};

use crate::error::{Error, Result};

/// Requests of up to this many bytes are granted without querying the system, which takes 0.2 ms: as long as a small fit.
const UNCHECKED_BYTES: u64 = 4 << 20;

/// A limit on memory: what the system has available, or less.
///
/// Readers of tables and images carry a budget, and so do the rows that they return. Work that needs more than the budget
/// leaves is refused with [`Error::TooLarge`]; work that can use less memory uses less. The operating system does not enforce
/// the budget.
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
    /// Limit in bytes for the whole process; none if only the system sets a limit.
    limit: Option<u64>,
}

impl MemoryBudget {
    /// A budget of `bytes` for the whole process, including the memory that is already in use.
    pub fn of(bytes: u64) -> Self {
        Self { limit: Some(bytes) }
    }

    /// Number of bytes that are still available: [`available_memory`], or the rest of the limit if that is less; none if
    /// neither is known.
    pub fn available(&self) -> Option<u64> {
        let limit_left = self.limit.map(|limit| limit.saturating_sub(resident().unwrap_or(0)));
        available_memory().into_iter().chain(limit_left).min()
    }

    /// Returns an error if `needed` exceeds the available bytes. Nothing is refused where these are unknown, nor are up to 4
    /// MiB if there is no limit.
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

    /// Returns `requested`, or half of the available bytes if that is less. Up to 4 MiB are granted without a query if there is
    /// no limit.
    pub(crate) fn at_most_half(&self, requested: u64) -> u64 {
        if self.limit.is_none() && requested <= UNCHECKED_BYTES {
            return requested;
        }
        self.available().map_or(requested, |available| requested.min(available / 2))
    }
}

/// Number of bytes of memory that are available to this process, if known.
///
/// It is the minimum of the free memory of the system, the rest of the limit of the process's control group, and the rest of
/// its address space limit (`ulimit -v`). The last two are known on Linux only.
pub fn available_memory() -> Option<u64> {
    let limits = [system_memory(), address_space_left()];
    limits.into_iter().flatten().min()
}

/// Bytes available on the machine, or in the control group if that is less.
fn system_memory() -> Option<u64> {
    let mut system = System::new();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let total = system.total_memory();
    // sysinfo panics on a query for control groups if the total is unknown
    if total == 0 {
        return None;
    }
    // a group without a limit would count cached files as memory in use
    let group_free = system.cgroup_limits().filter(|group| group.total_memory < total);
    Some(group_free.map_or(u64::MAX, |group| group.free_memory).min(system.available_memory()))
}

/// The rest of the address space limit, if there is one.
#[cfg(target_os = "linux")]
fn address_space_left() -> Option<u64> {
    let limit = address_space_limit(&read_proc("limits")?)?;
    Some(limit.saturating_sub(status(&read_proc("status")?, "VmSize:")?))
}

/// The rest of the address space limit, if there is one.
#[cfg(not(target_os = "linux"))]
fn address_space_left() -> Option<u64> {
    None
}

/// Bytes of physical memory that this process uses.
#[cfg(target_os = "linux")]
fn resident() -> Option<u64> {
    // sysinfo would raise the process's limit of open files for this query
    status(&read_proc("status")?, "VmRSS:")
}

/// Bytes of physical memory that this process uses.
#[cfg(not(target_os = "linux"))]
fn resident() -> Option<u64> {
    use sysinfo::{ProcessRefreshKind, ProcessesToUpdate};

    let id = sysinfo::get_current_pid().ok()?;
    let mut system = System::new();
    let memory = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[id]), false, memory);
    system.process(id).map(sysinfo::Process::memory)
}

/// Content of a file in `/proc/self`.
#[cfg(target_os = "linux")]
fn read_proc(name: &str) -> Option<String> {
    fs::read_to_string(Path::new("/proc/self").join(name)).ok()
}

/// The address space limit in `/proc/self/limits`, in bytes; none if it is unlimited.
#[cfg(target_os = "linux")]
fn address_space_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A number of bytes in `/proc/self/status`, which is given in units of 1024 bytes.
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
    fn process_memory_is_read_from_proc() {
        let text = "Name:\tx\nVmSize:\t    300 kB\nVmRSS:\t     100 kB\n";
        assert_eq!(status(text, "VmSize:"), Some(300 * 1024));
        assert_eq!(status(text, "VmSwap:"), None);
        let limits =
            |limit| format!("Max open files  1024  1024  files\nMax address space  {limit}");
        assert_eq!(address_space_limit(&limits("1024000  unlimited  bytes")), Some(1_024_000));
        assert_eq!(address_space_limit(&limits("unlimited  unlimited  bytes")), None);
        assert!(resident() > Some(1 << 20), "a running program uses more than 1 MiB");
    }

    #[test]
    fn a_budget_is_bounded_by_the_system_and_by_its_limit() {
        let system = available_memory().expect("known where tests run");
        assert!(system > 1 << 20);
        assert_eq!(MemoryBudget::of(1).available(), Some(0));
        assert_eq!(MemoryBudget::of(1).at_most_half(100), 0);
        // other tests allocate memory at the same time
        assert!(MemoryBudget::of(u64::MAX).available() < Some(u64::MAX));
        assert_eq!(MemoryBudget::default().at_most_half(1), 1);
    }

    #[test]
    fn requests_beyond_the_budget_are_refused() {
        let error = MemoryBudget::default().check("this", u64::MAX).unwrap_err();
        assert!(error.to_string().starts_with("this needs 18446744073.7 GB of memory"), "{error}");
        MemoryBudget::default().check("this", 1).unwrap();
        MemoryBudget::of(1).check("this", 1).unwrap_err();
        MemoryBudget::of(1 << 50).check("this", 1).unwrap();
    }
}
