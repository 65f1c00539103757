//! What tables are read from.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::format::{Format, detect};
use super::random_access::RandomAccess;
use crate::compute::memory::MemoryBudget;
use crate::compute::progress::{Progress, Task, Unit};
use crate::error::{Error, Result};

/// The first bytes of what is compressed.
pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];

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

    /// Unpacks the input if it is compressed, and tells its format.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn begin(self, source: &Source) -> Result<(&'static dyn Format, Self)> {
        let (mut magic, mut input) = self.magic(source)?;
        if magic.starts_with(&GZIP) {
            (magic, input) = Self::piped(MultiGzDecoder::new(input.stream)).magic(source)?;
        }
        Ok((detect(&magic, &source.path), input))
    }

    /// The first bytes, by which formats are known, and the input with them.
    fn magic(mut self, source: &Source) -> Result<(Vec<u8>, Self)> {
        let mut magic = Vec::new();
        let read = self.stream.by_ref().take(6).read_to_end(&mut magic);
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
            source.budget.check("it", 2 * bytes.len() as u64)?;
        }
    }
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

/// The name of what is read, for messages, and how much memory reading it may take.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) budget: MemoryBudget,
}

impl Source {
    pub(super) fn new(path: &Path, budget: MemoryBudget) -> Self {
        Self { path: path.into(), budget }
    }

    pub(super) fn io(&self, error: io::Error) -> Error {
        Error::io(&self.path, error)
    }

    /// An [`Error::Table`]; line and column are counted from 1.
    pub(super) fn table(&self, line: usize, column: usize, problem: String) -> Error {
        Error::Table { path: self.path.clone(), line, column, problem }
    }

    /// An error for a table of which no row is left, `n_dropped` having missing values.
    pub(super) fn no_rows(&self, n_dropped: usize) -> Error {
        let path = self.path.clone();
        match n_dropped {
            0 => Error::EmptyTable { path },
            n_rows => Error::NothingComplete { path, n_rows },
        }
    }

    pub(super) fn array_format(&self, problem: String) -> Error {
        Error::ArrayFormat { path: self.path.clone(), problem }
    }
}
