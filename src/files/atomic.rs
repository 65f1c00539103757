//! Atomic writes: a file is written completely or not at all.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use super::interrupt::Unfinished;
use crate::error::{Error, Result};

/// Writes a file under a temporary name in the same folder and renames it when it is complete, so that an interrupted write
/// leaves the old file or none, never a partial one.
///
/// A replaced file keeps its permissions; a new one gets the default permissions of new files. Links are followed; pipes and
/// devices are written to directly. A killed process can leave the temporary file, `.NAME.XXXXXX.tmp` with random letters and
/// digits; a process that handles signals can remove it through an [`InterruptScope`](super::InterruptScope).
///
/// # Errors
/// [`Error::Io`] naming `path`; the temporary file is removed.
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
    replace(&target, write).map_err(at)
}

/// Writes a temporary file and renames it to `target`.
fn replace(
    target: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut prefix = OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(".");
    let folder = target.parent().unwrap_or(Path::new(""));
    // dropped after the temporary file is removed
    let mut unfinished = None;
    // created with the default permissions of new files: `tempfile` would restrict it to one user
    let make = |path: &Path| {
        unfinished = Some(Unfinished::new(path));
        File::create_new(path)
    };
    let made = tempfile::Builder::new().prefix(&prefix).suffix(".tmp").make_in(folder, make)?;
    let (file, temporary) = made.into_parts();
    if let Ok(old) = target.metadata() {
        file.set_permissions(old.permissions())?;
    }
    fill(file, write)?.sync_all()?;
    temporary.persist(target).map_err(|error| error.error)
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
    use std::fs;
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

    #[test]
    #[cfg(unix)]
    fn new_files_have_the_usual_permissions_and_replaced_ones_keep_theirs() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let (usual, path) = (folder.path().join("usual"), folder.path().join("path"));
        File::create(&usual).unwrap();
        write_file(&path, |file| file.write_all(b"new")).unwrap();
        assert_eq!(mode(&path), mode(&usual));
        for kept in [0o600, 0o664, 0o444] {
            fs::set_permissions(&path, fs::Permissions::from_mode(kept)).unwrap();
            write_file(&path, |file| file.write_all(b"newer")).unwrap();
            assert_eq!(mode(&path), kept);
        }
    }
}
