//! What several threads read at any place: a file, or bytes in memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};

/// What is read at any place, by several threads at once: it has no place of its own.
#[derive(Debug, Clone)]
pub(super) struct RandomAccess {
    content: Content,
    path: Arc<PathBuf>,
}

#[derive(Debug, Clone)]
enum Content {
    File(Arc<File>),
    Memory(Arc<Vec<u8>>),
}

impl RandomAccess {
    /// A file that is open.
    pub(super) fn new(file: File, path: &Path) -> Self {
        Self { content: Content::File(Arc::new(file)), path: Arc::new(path.into()) }
    }

    /// Bytes, which errors call `path`.
    pub(super) fn memory(bytes: Vec<u8>, path: &Path) -> Self {
        Self { content: Content::Memory(Arc::new(bytes)), path: Arc::new(path.into()) }
    }

    /// Fills `bytes` with what begins at `offset`.
    ///
    /// # Errors
    /// [`Error::Io`], also if the file ends before.
    pub(super) fn read_exact(&self, offset: u64, bytes: &mut [u8]) -> Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            match self.content.read_at(offset + done as u64, &mut bytes[done..]) {
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
        Rest { inner: self.clone(), offset }
    }

    /// How many bytes there are.
    #[cfg(feature = "parquet")]
    pub(super) fn length(&self) -> u64 {
        match &self.content {
            Content::File(file) => file.metadata().map_or(0, |metadata| metadata.len()),
            Content::Memory(bytes) => bytes.len() as u64,
        }
    }

    fn error(&self, error: io::Error) -> Error {
        Error::io(self.path.as_ref(), error)
    }
}

/// What follows a place.
pub(super) struct Rest {
    inner: RandomAccess,
    offset: u64,
}

impl Read for Rest {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.content.read_at(self.offset, bytes)?;
        self.offset += n as u64;
        Ok(n)
    }
}

impl Content {
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => read_at(file, offset, bytes),
            Self::Memory(content) => {
                let begin = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
                (&content[begin..]).read(bytes)
            }
        }
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
