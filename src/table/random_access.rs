//! Random access to a file or to bytes in memory, by several threads.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};

/// A file or bytes in memory that several threads read at any offset; there is no shared position.
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
    /// Wraps an open file.
    pub(super) fn new(file: File, path: &Path) -> Self {
        Self { content: Content::File(Arc::new(file)), path: Arc::new(path.into()) }
    }

    /// Wraps bytes in memory, with `path` as their name in errors.
    pub(super) fn memory(bytes: Vec<u8>, path: &Path) -> Self {
        Self { content: Content::Memory(Arc::new(bytes)), path: Arc::new(path.into()) }
    }

    /// Fills `bytes` from `offset` on.
    ///
    /// # Errors
    /// [`Error::Io`], including an unexpected end of the file.
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

    /// Returns a reader from the first byte on.
    pub(super) fn start(&self) -> Rest {
        self.after(0)
    }

    /// Returns a reader from `offset` on.
    pub(super) fn after(&self, offset: u64) -> Rest {
        Rest { inner: self.clone(), offset }
    }

    /// Returns the length in bytes.
    pub(super) fn length(&self) -> u64 {
        match &self.content {
            Content::File(file) => file.metadata().map_or(0, |metadata| metadata.len()),
            Content::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// Whether the bytes are those of a file, not held in memory.
    pub(super) fn is_file(&self) -> bool {
        matches!(self.content, Content::File(_))
    }

    fn error(&self, error: io::Error) -> Error {
        Error::io(self.path.as_ref(), error)
    }
}

/// A sequential reader from an offset on.
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

impl Seek for Rest {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let from = |base: u64, by: i64| base.checked_add_signed(by);
        let offset = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(by) => from(self.inner.length(), by),
            SeekFrom::Current(by) => from(self.offset, by),
        };
        self.offset = offset.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.offset)
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
