//! Folders for what executors keep between the stages of a pass.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files::interrupt::Unfinished;

/// A folder that goes when it is dropped, or when the process is interrupted.
#[derive(Debug)]
pub(super) struct WorkFolder {
    path: PathBuf,
    _unfinished: Unfinished,
}

impl WorkFolder {
    /// A new folder inside of another, or of the system's folder for temporary files.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn new(within: Option<&Path>) -> Result<Self> {
        let within = within.map_or_else(std::env::temp_dir, Path::to_path_buf);
        if within.to_str().is_none() {
            let problem = "its name is not UTF-8; use another folder";
            return Err(Error::io(within, io::Error::new(io::ErrorKind::InvalidInput, problem)));
        }
        let process = std::process::id();
        for number in 0_u32.. {
            let path = within.join(format!("mixlab-work-{process}-{number}"));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self { _unfinished: Unfinished::new(&path), path }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::io(path, error)),
            }
        }
        unreachable!("a process has fewer folders")
    }

    /// Its path as text.
    pub(super) fn text(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // what is left is in the way of nobody
        let _ = fs::remove_dir_all(&self.path);
    }
}
