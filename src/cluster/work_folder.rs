//! Temporary folders for the intermediate results of executors.

use std::io;
use std::path::Path;

use tempfile::{Builder, TempDir};

use crate::error::{Error, Result};
use crate::files::interrupt::Unfinished;

/// A temporary folder that is removed when it is dropped, or when the process is interrupted.
#[derive(Debug)]
pub(super) struct WorkFolder {
    folder: TempDir,
    _unfinished: Unfinished,
}

impl WorkFolder {
    /// Creates a folder inside another, by default the system's temporary folder.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn new(within: Option<&Path>) -> Result<Self> {
        let within = within.map_or_else(std::env::temp_dir, Path::to_path_buf);
        if within.to_str().is_none() {
            let problem = "its name is not UTF-8; use another folder";
            return Err(Error::io(within, io::Error::new(io::ErrorKind::InvalidInput, problem)));
        }
        let folder = Builder::new().prefix("mixlab-work-").tempdir_in(&within);
        let folder = folder.map_err(|error| Error::io(within, error))?;
        Ok(Self { _unfinished: Unfinished::new(folder.path()), folder })
    }

    /// Returns its path as text.
    pub(super) fn text(&self) -> String {
        self.folder.path().to_string_lossy().into_owned()
    }
}
