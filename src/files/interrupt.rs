//! Temporary files and folders that an interrupted program removes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Paths of temporary files and folders that are in use.
type Registry = Mutex<Vec<PathBuf>>;

/// The registry of the scope that was entered last. Writes are nested too deeply for a scope to be a parameter of each
/// of them, and a signal concerns the whole process.
static ENTERED: Mutex<Weak<Registry>> = Mutex::new(Weak::new());

/// Knows the temporary files and folders of all writes that run while it, or a clone of it, lives.
///
/// A signal ends a process without dropping values, so that temporary files stay behind. A program that handles signals
/// enters a scope first, and has its handler call [`remove_unfinished_files`](Self::remove_unfinished_files) before the
/// process exits. Without a scope nothing is recorded. Of several scopes the one that was entered last records.
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
    /// Starts to record the temporary files and folders of this process.
    pub fn enter() -> Self {
        let scope = Self { unfinished: Arc::default() };
        *ENTERED.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&scope.unfinished);
        scope
    }

    /// Removes the recorded files and folders. Writes that are still running fail afterwards, so that only a process that
    /// is about to exit should do this.
    pub fn remove_unfinished_files(&self) {
        for path in self.unfinished.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // nobody is left to report an error to
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}

/// A temporary file or folder, recorded while this lives.
#[derive(Debug)]
pub(crate) struct Unfinished {
    path: PathBuf,
    registry: Option<Arc<Registry>>,
}

impl Unfinished {
    /// Records a path; called before the file or folder is made, so that no interrupt falls in between.
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
    fn a_scope_removes_what_is_unfinished_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        // not entered, which would record the files of other tests
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
