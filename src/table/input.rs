//! What tables are read from.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::options::Source;
use super::random_access::RandomAccess;
use super::size::SAMPLE;
use crate::compute::progress::{Progress, Task, Unit};
use crate::error::{Error, Result};

/// The first bytes of what is compressed.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// How many of the first bytes formats are known by.
const MAGIC: u64 = 6;

/// Bytes that are read between two looks at the memory that is left.
const AT_ONCE: u64 = 1 << 26;

/// An input that is read from front to back, and, if it is a file that is not compressed, at any place.
pub(super) struct Input<'a> {
    stream: Box<dyn Read + 'a>,
    file: Option<File>,
    /// Bytes of it, if that is known.
    pub(super) length: Option<u64>,
    pub(super) observer: Option<&'a dyn Progress>,
}

impl<'a> Input<'a> {
    /// A file, of which `observer` hears how much has been read.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn open(path: &Path, observer: Option<&'a dyn Progress>) -> Result<Self> {
        let at = |source| Error::io(path, source);
        let inner = File::open(path).map_err(at)?;
        let known = inner.metadata().map_err(at)?;
        let length = known.is_file().then_some(known.len());
        let file = length.map(|_| inner.try_clone()).transpose().map_err(at)?;
        let stream = Box::new(Counted { inner, n_bytes: 0, length, observer });
        Ok(Self { stream, file, length, observer })
    }

    /// What comes from somewhere else.
    pub(super) fn piped(input: impl Read + 'a) -> Self {
        Self { stream: Box::new(input), file: None, length: None, observer: None }
    }

    /// Bytes in memory.
    pub(super) fn memory(bytes: Vec<u8>) -> Self {
        let length = Some(bytes.len() as u64);
        Self { length, ..Self::piped(Cursor::new(bytes)) }
    }

    /// The input, unpacked if it is compressed, and its first bytes, by which formats are known: [`MAGIC`] of them if
    /// there are as many.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn unpacked(self, source: &Source) -> Result<(Vec<u8>, Self)> {
        let (magic, input) = self.magic(source)?;
        if magic.starts_with(&GZIP) {
            return Self::piped(MultiGzDecoder::new(input.stream)).magic(source);
        }
        Ok((magic, input))
    }

    fn magic(mut self, source: &Source) -> Result<(Vec<u8>, Self)> {
        let mut magic = Vec::new();
        let read = self.stream.by_ref().take(MAGIC).read_to_end(&mut magic);
        read.map_err(|error| source.io(error))?;
        Ok((magic.clone(), self.put_back(magic)))
    }

    /// The input to read the next bytes of.
    pub(super) fn stream(&mut self) -> &mut (dyn Read + 'a) {
        &mut *self.stream
    }

    /// The input with its first bytes, which have been read, before the others.
    pub(super) fn put_back(mut self, begin: Vec<u8>) -> Self {
        self.stream = Box::new(Cursor::new(begin).chain(self.stream));
        self
    }

    /// Whether it is a file that is read at any place, without being held in memory.
    pub(super) fn is_file(&self) -> bool {
        self.file.is_some()
    }

    /// The input to read from front to back.
    pub(super) fn into_stream(self) -> Box<dyn Read + 'a> {
        self.stream
    }

    /// The input to read at any place: what is no file is read into memory.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::TooLarge`].
    pub(super) fn into_random_access(self, source: &Source) -> Result<RandomAccess> {
        match self.file {
            Some(file) => Ok(RandomAccess::new(file, &source.path)),
            None => Ok(RandomAccess::memory(self.into_bytes(source)?, &source.path)),
        }
    }

    /// All bytes.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::TooLarge`].
    pub(super) fn into_bytes(mut self, source: &Source) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // what is packed can hold more than there is memory for
        loop {
            let read = self.stream.by_ref().take(AT_ONCE).read_to_end(&mut bytes);
            if read.map_err(|error| source.io(error))? == 0 {
                return Ok(bytes);
            }
            source.options.budget.check("it", 2 * bytes.len() as u64)?;
        }
    }
}

/// Bytes of a compressed file of `length` bytes once it is unpacked, by its beginning.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io).
pub(super) fn unpacked_length(source: &Source, length: u64) -> Result<u64> {
    let (mut packed, mut unpacked) = (Vec::new(), Vec::new());
    let file = File::open(&source.path).map_err(|error| source.io(error))?;
    file.take(SAMPLE as u64).read_to_end(&mut packed).map_err(|error| source.io(error))?;
    // it ends in the middle, which is no fault of the file
    let _ = MultiGzDecoder::new(&packed[..]).read_to_end(&mut unpacked);
    Ok(length.saturating_mul(unpacked.len() as u64) / (packed.len() as u64).max(1))
}

/// An input that tells how much of it has been read.
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
