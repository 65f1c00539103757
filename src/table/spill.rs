//! Rows that are read at any place, and those that are copied to a temporary file for it.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::array_rows::ArrayRows;
use super::columns::Columns;
use super::missing::none_missing;
use super::options::Source;
use super::random_access::RandomAccess;
use super::stream::{Piece, RowStream};
use super::survey::Ranges;
use crate::arrays::Layout;
use crate::error::{Error, Result};
use crate::files::cache::cache_folder;
use crate::rows::schema::Column;
use crate::rows::{Block, RowBlocks};

/// Bytes that are copied at a time.
const CHUNK: usize = 1 << 20;

/// Rows that are read at any place.
pub(super) struct OpenedRows {
    pub(super) columns: Columns,
    pub(super) rows: Box<dyn RowBlocks>,
    /// What the columns hold, if all numbers have been looked at.
    pub(super) described: Option<Vec<Column>>,
    pub(super) n_dropped: usize,
    /// Bytes of the temporary file, if they are in one.
    pub(super) copied: Option<u64>,
}

impl OpenedRows {
    /// Rows in a file that nobody has looked at.
    pub(super) fn new(columns: Columns, rows: Box<dyn RowBlocks>) -> Self {
        Self { columns, rows, described: None, n_dropped: 0, copied: None }
    }

    /// Writes the rows of a stream to a temporary file.
    pub(super) fn spilled(source: &Source, stream: &mut dyn RowStream) -> Result<Self> {
        let columns = stream.columns().clone();
        let mut file = SpillFile::begin()?;
        let mut piece = Piece::new(columns.n_texts());
        let mut ranges = Ranges::new(&columns.names);
        let mut n_dropped = 0;
        while stream.next(&mut piece)? {
            file.add(&piece.numbers)?;
            ranges.add_rows(&piece.numbers);
            n_dropped += piece.dropped.len();
            piece.clear();
        }
        stream.check(true)?;
        if file.length == 0 {
            return Err(source.no_rows(n_dropped));
        }
        let opened = file.into_rows(columns);
        Ok(Self { described: Some(ranges.columns), n_dropped, ..opened })
    }

    /// Copies the rows that miss no value to a temporary file.
    pub(super) fn complete(&self) -> Result<Self> {
        let mut file = SpillFile::begin()?;
        let (mut block, mut numbers) = (Block::default(), Vec::new());
        for index in 0..self.rows.n_blocks() {
            self.rows.read(index, &mut block)?;
            numbers.clear();
            let by_row = block.row_major().chunks_exact(self.columns.names.len());
            by_row.filter(|row| none_missing(row)).for_each(|row| numbers.extend(row));
            file.add(&numbers)?;
        }
        Ok(file.into_rows(self.columns.clone()))
    }
}

/// A temporary file that is being written. It has no name, or is removed by the system when it is closed, so that
/// nobody else sees it and it cannot be left behind.
pub(super) struct SpillFile {
    file: File,
    folder: PathBuf,
    length: u64,
}

impl SpillFile {
    pub(super) fn begin() -> Result<Self> {
        let named = std::env::var_os("TMPDIR").filter(|folder| !folder.is_empty());
        // not the system's folder of temporary files, which is often kept in memory
        let folder = named.as_ref().map(PathBuf::from).or_else(cache_folder);
        let folder = folder.unwrap_or_else(std::env::temp_dir);
        let at = |error: io::Error| {
            let problem =
                format!("{error} (numbers are copied there; TMPDIR names another folder)");
            Error::io(&folder, io::Error::new(error.kind(), problem))
        };
        if named.is_none() {
            fs::create_dir_all(&folder).map_err(at)?;
        }
        let file = tempfile::tempfile_in(&folder).map_err(at)?;
        Ok(Self { file, folder, length: 0 })
    }

    /// Adds numbers, as they are in memory.
    fn add(&mut self, numbers: &[f64]) -> Result<()> {
        self.write(bytemuck::cast_slice(numbers))
    }

    /// Adds all bytes of an input.
    pub(super) fn all(&mut self, source: &Source, input: &mut impl Read) -> Result<()> {
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

    /// The file and its length.
    pub(super) fn into_file(self) -> (RandomAccess, u64) {
        (RandomAccess::new(self.file, &self.folder), self.length)
    }

    /// The rows of these columns that were written.
    fn into_rows(self, columns: Columns) -> OpenedRows {
        let n_columns = columns.names.len();
        let (file, length) = self.into_file();
        let layout = Layout::row_major([length as usize / size_of::<f64>() / n_columns, n_columns]);
        let rows = Box::new(ArrayRows::new(file, layout, (0..n_columns).collect()));
        OpenedRows { copied: Some(length), ..OpenedRows::new(columns, rows) }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| no_room(&self.folder, error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

/// Says what to do about a disk that is full.
fn no_room(folder: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            let remedy = format!(
                "{error}; the numbers are copied there, 8 bytes each: let TMPDIR name a folder with more room, or \
                 give the table as .npy or Parquet, which are read where they are"
            );
            Error::io(folder, io::Error::new(error.kind(), remedy))
        }
        _ => Error::io(folder, error),
    }
}
