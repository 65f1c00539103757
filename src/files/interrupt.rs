//! Removal of temporary files and folders when a program is interrupted.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Paths of temporary files and folders that are in use.
type Registry = Mutex<Vec<PathBuf>>;

/// The registry of the scope that was entered last. It is global because writes are nested too deeply to pass a scope to each
/// of them, and a signal concerns the whole process.
static ENTERED: Mutex<Weak<Registry>> = Mutex::new(Weak::new());

/// Records the temporary files and folders of all writes while the scope or a clone of it is alive.
///
/// A signal ends a process without dropping values, which leaves temporary files on disk. A program that handles signals
/// enters a scope first, and its handler calls [`remove_unfinished_files`](Self::remove_unfinished_files) before the process
/// exits. Without a scope nothing is recorded. If there are several scopes, the one that was entered last records.
///
/// # Examples
/// ```
/// let scope = mixlab::InterruptScope::enter();
/// let in_handler = scope.clone();
/// let handler = move || in_handler.remove_unfinished_files();
/// # handler();
/// ```
#[derive(Debug, Clone)]
pub struct InterruptScope {
    unfinished: Arc<Registry>,
}

impl InterruptScope {
    /// Starts recording the temporary files and folders of this process.
    pub fn enter() -> Self {
        let scope = Self { unfinished: Arc::default() };
        *ENTERED.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&scope.unfinished);
        scope
    }

    /// Removes the recorded files and folders.
    ///
    /// Writes that are still running then fail, so call this only if the process is about to exit.
    pub fn remove_unfinished_files(&self) {
        for path in self.unfinished.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // the process is about to exit, so errors are ignored
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}

/// A temporary file or folder, recorded until it is dropped.
#[derive(Debug)]
pub(crate) struct Unfinished {
    path: PathBuf,
    registry: Option<Arc<Registry>>,
}

impl Unfinished {
    /// Records a path. Call it before the file or folder is created, so that no interrupt falls in between.
    pub(crate) fn new(path: &Path) -> Self {
        Self::within(ENTERED.lock().unwrap_or_else(PoisonError::into_inner).upgrade(), path)
    }

    fn within(registry: Option<Arc<Registry>>, path: &Path) -> Self {
        if let Some(registry) = &registry {
            registry.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
        }
        Self { path: path.to_owned(), registry }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(registry) = &self.registry {
            let mut paths = registry.lock().unwrap_or_else(PoisonError::into_inner);
            paths.retain(|path| *path != self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_removes_unfinished_files_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        // not entered, since that would record the files of other tests
        let scope = InterruptScope { unfinished: Arc::default() };
        let record = |name| Unfinished::within(Some(Arc::clone(&scope.unfinished)), &path(name));
        let (written, _half, _folder) = (record("written"), record("half"), record("folder"));
        fs::write(path("written"), "all").unwrap();
        fs::write(path("half"), "h").unwrap();
        fs::create_dir(path("folder")).unwrap();
        fs::write(path("folder").join("x"), "x").unwrap();
        drop(written);
        scope.clone().remove_unfinished_files();
        assert!(path("written").exists() && !path("half").exists() && !path("folder").exists());
    }
}
