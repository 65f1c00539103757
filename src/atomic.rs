//! Files that are whole or not there.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// Writes a file under a temporary name in the same folder and renames it when it is complete, so that
/// an interrupted write leaves the old file, or none, but never half of one.
///
/// # Errors
/// [`Error::Io`] naming `path`; the temporary file is removed then.
pub(crate) fn write_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<()> {
    let at = |source| Error::io(path, source);
    let Some(name) = path.file_name() else {
        return Err(at(io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file")));
    };
    // renaming onto a folder would fail only after the work has been done
    if path.is_dir() {
        return Err(at(io::Error::new(io::ErrorKind::IsADirectory, "is a folder")));
    }
    let temporary =
        path.with_file_name(format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id()));
    let written = File::create(&temporary).and_then(|file| {
        let mut buffered = BufWriter::new(file);
        write(&mut buffered)?;
        buffered.flush()?;
        buffered.get_ref().sync_all()
    });
    written.and_then(|()| fs::rename(&temporary, path)).map_err(|source| {
        // the first error is the one to tell
        let _ = fs::remove_file(&temporary);
        at(source)
    })
}

#[cfg(test)]
mod tests {
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
}
