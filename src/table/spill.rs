//! Rows with random access, in their file or copied to a temporary file.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::array_rows::ArrayRows;
use super::columns::Columns;
use super::decision::Decision;
use super::options::Source;
use super::random_access::RandomAccess;
use super::raw::RawColumn;
use super::recode::RecodedColumn;
use super::resolution::new_stats;
use super::stats::RawStats;
use super::stream::{Piece, RowStream};
use crate::arrays::Layout;
use crate::error::{Error, Result};
use crate::files::cache::cache_folder;
use crate::rows::{Block, RowBlocks};

/// Number of bytes that are copied at a time.
const CHUNK: usize = 1 << 20;

/// Rows with random access.
pub(super) struct OpenedRows {
    pub(super) columns: Columns,
    pub(super) rows: Box<dyn RowBlocks>,
    /// Statistics of the columns, if all numbers have been checked.
    pub(super) stats: Option<RawStats>,
    /// The columns as they are read; empty if all are numbers.
    pub(super) raw: Vec<RawColumn>,
    /// Columns that are not what the beginning of the table shows, by their place in the file.
    pub(super) misjudged: Vec<usize>,
    pub(super) n_dropped: usize,
    /// Decisions that were taken to read the table.
    pub(super) decisions: Vec<Decision>,
    /// Length of the temporary file in bytes, if there is one.
    pub(super) copied: Option<u64>,
}

impl OpenedRows {
    /// Creates rows that have not been checked.
    pub(super) fn new(columns: Columns, rows: Box<dyn RowBlocks>) -> Self {
        let decisions = columns.decisions.clone();
        Self {
            columns,
            rows,
            stats: None,
            raw: Vec::new(),
            misjudged: Vec::new(),
            n_dropped: 0,
            decisions,
            copied: None,
        }
    }

    /// Writes the rows of a stream to a temporary file. If columns are not what the beginning of the table shows, the rows are
    /// those before its errors.
    pub(super) fn spilled(source: &Source, stream: &mut dyn RowStream) -> Result<Self> {
        let columns = stream.columns().clone();
        let mut file = SpillFile::create()?;
        let mut piece = Piece::new(columns.n_texts());
        let requests = source.options.kinds.requests(&source.path, &columns.names)?;
        let mut stats = new_stats(stream.raw(), &requests);
        let mut n_dropped = 0;
        while stream.next(&mut piece)? {
            file.add(&piece.numbers)?;
            stats.add_rows(&piece.numbers);
            n_dropped += piece.dropped.len();
            piece.clear();
        }
        let misjudged = stream.misjudged();
        if misjudged.is_empty() || !source.can_repeat() {
            stream.check(true)?;
        }
        if file.length == 0 {
            return Err(source.no_rows(n_dropped));
        }
        let opened = file.into_rows(columns);
        let (decisions, raw) = (stream.decisions().to_vec(), stream.raw().to_vec());
        Ok(Self { stats: Some(stats), raw, misjudged, n_dropped, decisions, ..opened })
    }

    /// Copies the rows without missing values in these columns to a temporary file.
    pub(super) fn complete(&self, kept: &[RecodedColumn]) -> Result<Self> {
        let mut file = SpillFile::create()?;
        let (mut block, mut numbers) = (Block::default(), Vec::new());
        for index in 0..self.rows.n_blocks() {
            self.rows.read(index, &mut block)?;
            numbers.clear();
            let by_row = block.row_major().chunks_exact(self.columns.names.len());
            let is_complete = |row: &&[f64]| kept.iter().all(|column| !row[column.at].is_nan());
            by_row.filter(is_complete).for_each(|row| numbers.extend(row));
            file.add(&numbers)?;
        }
        let (raw, decisions) = (self.raw.clone(), self.decisions.clone());
        let n_complete = file.length as usize / size_of::<f64>() / self.columns.names.len();
        let n_dropped = self.n_dropped + self.rows.n_samples() - n_complete;
        Ok(Self { raw, decisions, n_dropped, ..file.into_rows(self.columns.clone()) })
    }
}

/// A temporary file that is being written. It has no name, or is removed by the system when it is closed, so it is not
/// visible to other processes and is never left over.
pub(super) struct SpillFile {
    file: File,
    folder: PathBuf,
    length: u64,
}

impl SpillFile {
    pub(super) fn create() -> Result<Self> {
        let named = std::env::var_os("TMPDIR").filter(|folder| !folder.is_empty());
        // not the system's temporary folder, which is often in memory
        let folder = named.as_ref().map(PathBuf::from).or_else(cache_folder);
        let folder = folder.unwrap_or_else(std::env::temp_dir);
        let at = |error: io::Error| {
            let problem =
                format!("{error} (numbers are copied there; set TMPDIR to another folder)");
            Error::io(&folder, io::Error::new(error.kind(), problem))
        };
        if named.is_none() {
            fs::create_dir_all(&folder).map_err(at)?;
        }
        let file = tempfile::tempfile_in(&folder).map_err(at)?;
        Ok(Self { file, folder, length: 0 })
    }

    /// Appends numbers in their memory representation.
    fn add(&mut self, numbers: &[f64]) -> Result<()> {
        self.write(bytemuck::cast_slice(numbers))
    }

    /// Appends all bytes of an input.
    pub(super) fn copy_from(&mut self, source: &Source, input: &mut impl Read) -> Result<()> {
        let mut bytes = vec![0; CHUNK];
        loop {
            match input.read(&mut bytes) {
                Ok(0) => return Ok(()),
                Ok(n) => self.write(&bytes[..n])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(source.io(error)),
            }
        }
    }

    /// Returns the file and its length.
    pub(super) fn into_file(self) -> (RandomAccess, u64) {
        (RandomAccess::new(self.file, &self.folder), self.length)
    }

    /// Returns the written rows, with these columns.
    fn into_rows(self, columns: Columns) -> OpenedRows {
        let n_columns = columns.names.len();
        let (file, length) = self.into_file();
        let layout = Layout::row_major([length as usize / size_of::<f64>() / n_columns, n_columns]);
        let rows = Box::new(ArrayRows::new(file, layout, (0..n_columns).collect()));
        OpenedRows { copied: Some(length), ..OpenedRows::new(columns, rows) }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| write_error(&self.folder, error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

/// Adds a remedy to the error of a full disk.
fn write_error(folder: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            let remedy = format!(
                "{error}; the numbers are copied there, 8 bytes each: set TMPDIR to a folder with more space, or use \
                 .npy or Parquet, which are read directly"
            );
            Error::io(folder, io::Error::new(error.kind(), remedy))
        }
        _ => Error::io(folder, error),
    }
}
