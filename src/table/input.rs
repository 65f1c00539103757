//! Inputs from which tables are read.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::options::Source;
use super::random_access::RandomAccess;
use super::size::SAMPLE;
use crate::compute::progress::{Progress, Task, Unit};
use crate::error::{Error, Result};

/// Magic bytes of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Number of the first bytes by which formats are detected.
const MAGIC: u64 = 512;

/// Number of bytes that are read between two checks of the memory budget.
const AT_ONCE: u64 = 1 << 26;

/// An input that is read sequentially or, if it is an uncompressed file, with random access.
pub(super) struct Input<'a> {
    stream: Box<dyn Read + 'a>,
    /// The same bytes with random access, if they have it.
    access: Option<RandomAccess>,
    /// Length in bytes, if known.
    pub(super) length: Option<u64>,
    pub(super) observer: Option<&'a dyn Progress>,
}

impl<'a> Input<'a> {
    /// Opens a file; progress is reported to `observer`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn open(path: &Path, observer: Option<&'a dyn Progress>) -> Result<Self> {
        let at = |source| Error::io(path, source);
        let inner = File::open(path).map_err(at)?;
        let known = inner.metadata().map_err(at)?;
        let length = known.is_file().then_some(known.len());
        let file = length.map(|_| inner.try_clone()).transpose().map_err(at)?;
        let access = file.map(|file| RandomAccess::new(file, path));
        let stream = Box::new(Counted { inner, n_bytes: 0, length, observer });
        Ok(Self { stream, access, length, observer })
    }

    /// Creates an input from a reader.
    pub(super) fn piped(input: impl Read + 'a) -> Self {
        Self { stream: Box::new(input), access: None, length: None, observer: None }
    }

    /// Creates an input from bytes in memory.
    pub(super) fn memory(bytes: Vec<u8>) -> Self {
        let length = Some(bytes.len() as u64);
        Self { length, ..Self::piped(Cursor::new(bytes)) }
    }

    /// Creates an input of bytes with random access.
    pub(super) fn random_access(access: RandomAccess) -> Self {
        let (stream, length) = (access.start(), access.length());
        Self { access: Some(access), length: Some(length), ..Self::piped(stream) }
    }

    /// Sets the length of the input, as far as it is known.
    pub(super) fn of_length(self, length: u64) -> Self {
        Self { length: Some(length), ..self }
    }

    /// Returns the input, decompressed if necessary, and its first [`MAGIC`] bytes (fewer if it is shorter), by which formats
    /// are detected.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn decompressed(self, source: &Source) -> Result<(Vec<u8>, Self)> {
        let (magic, input) = self.magic(source)?;
        if magic.starts_with(&GZIP) {
            return Self::piped(MultiGzDecoder::new(input.stream)).magic(source);
        }
        Ok((magic, input))
    }

    /// Returns the first [`MAGIC`] bytes, and the input with them.
    ///
    /// # Errors
    /// [`Error::Io`].
    fn magic(mut self, source: &Source) -> Result<(Vec<u8>, Self)> {
        let mut magic = Vec::new();
        let read = self.stream.by_ref().take(MAGIC).read_to_end(&mut magic);
        read.map_err(|error| source.io(error))?;
        Ok((magic.clone(), self.put_back(magic)))
    }

    /// Returns a reader of the next bytes.
    pub(super) fn stream(&mut self) -> &mut (dyn Read + 'a) {
        &mut *self.stream
    }

    /// Puts bytes that have been read back to the front.
    pub(super) fn put_back(mut self, begin: Vec<u8>) -> Self {
        self.stream = Box::new(Cursor::new(begin).chain(self.stream));
        self
    }

    /// Whether the input is a file with random access, not held in memory.
    pub(super) fn is_file(&self) -> bool {
        self.access.as_ref().is_some_and(RandomAccess::is_file)
    }

    /// Returns a sequential reader.
    pub(super) fn into_stream(self) -> Box<dyn Read + 'a> {
        self.stream
    }

    /// Returns the input for random access; an input that is not a file is read into memory.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::TooLarge`].
    pub(super) fn into_random_access(self, source: &Source) -> Result<RandomAccess> {
        match self.access {
            Some(access) => Ok(access),
            None => Ok(RandomAccess::memory(self.into_bytes(source)?, &source.path)),
        }
    }

    /// Reads all bytes.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::TooLarge`].
    pub(super) fn into_bytes(mut self, source: &Source) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // compressed data may not fit into memory
        loop {
            let read = self.stream.by_ref().take(AT_ONCE).read_to_end(&mut bytes);
            if read.map_err(|error| source.io(error))? == 0 {
                return Ok(bytes);
            }
            source.options.budget.check("it", 2 * bytes.len() as u64)?;
        }
    }
}

/// Estimates the decompressed length of a compressed file of `length` bytes by its beginning.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io).
pub(super) fn decompressed_length(source: &Source, length: u64) -> Result<u64> {
    let (mut compressed, mut decompressed) = (Vec::new(), Vec::new());
    let file = File::open(&source.path).map_err(|error| source.io(error))?;
    file.take(SAMPLE as u64).read_to_end(&mut compressed).map_err(|error| source.io(error))?;
    // the sample ends in the middle of the stream, so its error is ignored
    let _ = MultiGzDecoder::new(&compressed[..]).read_to_end(&mut decompressed);
    Ok(length.saturating_mul(decompressed.len() as u64) / (compressed.len() as u64).max(1))
}

/// A file that reports how much of it has been read.
struct Counted<'a> {
    inner: File,
    n_bytes: u64,
    length: Option<u64>,
    observer: Option<&'a dyn Progress>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.n_bytes += n as u64;
        if let Some(observer) = self.observer {
            observer.update(&Task::new("reading", self.n_bytes, self.length, Unit::Bytes));
        }
        Ok(n)
    }
}
