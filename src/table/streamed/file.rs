//! A file that several threads read at any place.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};

/// A file that is read at any place, by several threads at once: it has no place of its own.
#[derive(Debug, Clone)]
pub(super) struct SharedFile {
    file: Arc<File>,
    path: Arc<PathBuf>,
}

impl SharedFile {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::io(path, error))?;
        Ok(Self::new(file, path))
    }

    /// A file that is open already.
    pub(super) fn new(file: File, path: &Path) -> Self {
        Self { file: Arc::new(file), path: Arc::new(path.into()) }
    }

    /// Fills `bytes` with what begins at `offset`.
    ///
    /// # Errors
    /// [`Error::Io`], also if the file ends before.
    pub(super) fn read_exact(&self, offset: u64, bytes: &mut [u8]) -> Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            match read_at(&self.file, offset + done as u64, &mut bytes[done..]) {
                Ok(0) => return Err(self.error(io::ErrorKind::UnexpectedEof.into())),
                Ok(n) => done += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.error(error)),
            }
        }
        Ok(())
    }

    /// Reads from the first byte on.
    pub(super) fn start(&self) -> Rest {
        self.after(0)
    }

    /// Reads from a byte on.
    pub(super) fn after(&self, offset: u64) -> Rest {
        Rest { file: self.clone(), offset }
    }

    /// Bytes of the file.
    #[cfg(feature = "parquet")]
    pub(super) fn length(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    fn error(&self, error: io::Error) -> Error {
        Error::io(self.path.as_ref(), error)
    }
}

/// What follows a place in a file.
pub(super) struct Rest {
    file: SharedFile,
    offset: u64,
}

impl Read for Rest {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let n = read_at(&self.file.file, self.offset, bytes)?;
        self.offset += n as u64;
        Ok(n)
    }
}

#[cfg(unix)]
fn read_at(file: &File, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_at(file: &File, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, offset)
}
