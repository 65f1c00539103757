//! Files that are whole or not there.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};

/// Temporary files and folders of this process.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes the temporary files of writes that are going on, and temporary folders, for a process that is about to end.
pub fn remove_unfinished_files() {
    for path in UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        // there is nobody left to tell
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
}

/// A temporary file or folder while it lives.
#[derive(Debug)]
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    pub(crate) fn new(path: &Path) -> Self {
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut files = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|path| *path != self.0);
    }
}

/// Writes a file under a temporary name in the same folder and renames it when it is complete, so that
/// an interrupted write leaves the old file, or none, but never half of one. (A killed process can leave
/// the temporary file, `.NAME.PID.tmp`; one that ends by itself calls [`remove_unfinished_files`].) Links are followed; pipes and devices are written to directly.
///
/// # Errors
/// [`Error::Io`] naming `path`; the temporary file is removed then.
pub(crate) fn write_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<()> {
    let at = |source| Error::io(path, source);
    if path.file_name().is_none() || path.is_dir() {
        return Err(at(io::Error::new(io::ErrorKind::IsADirectory, "is a folder, not a file")));
    }
    if path.exists() && !path.is_file() {
        let direct = File::options().write(true).open(path);
        return direct.and_then(|file| fill(file, write).map(drop)).map_err(at);
    }
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let temporary = target.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let _unfinished = Unfinished::new(&temporary);
    let written = File::create(&temporary)
        .and_then(|file| fill(file, write))
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&temporary, &target));
    written.map_err(|source| {
        // the first error is the one to tell
        let _ = fs::remove_file(&temporary);
        at(source)
    })
}

fn fill(
    file: File,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<File> {
    let mut buffered = BufWriter::new(file);
    write(&mut buffered)?;
    buffered.into_inner().map_err(io::IntoInnerError::into_error)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.npz");
        write_file(&path, |file| file.write_all(b"old")).unwrap();
        let failed = write_file(&path, |file| {
            file.write_all(b"half")?;
            Err(io::Error::other("disk full"))
        });
        assert!(failed.unwrap_err().to_string().contains("disk full"));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_an_error_that_names_the_file() {
        let error = write_file(Path::new("no-such-folder/x"), |_| Ok(())).unwrap_err();
        assert!(error.to_string().starts_with("no-such-folder/x: "));
    }

    #[test]
    #[cfg(unix)]
    fn links_are_followed_and_devices_stay_devices() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write_file(&link, |file| file.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");
        write_file(Path::new("/dev/null"), |file| file.write_all(b"gone")).unwrap();
        assert!(!Path::new("/dev/null").is_file());
    }
}
