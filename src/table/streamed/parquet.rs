//! Parquet files, read page by page.
//!
//! The pages of a column can only be read one after the other. So a cursor stands at a row, with a reader for each
//! column, and gives the rows that follow; it begins anew at the row group, and skips rows, where others are wanted. A
//! thread that reads on takes the cursor that it left.

use std::io::{BufReader, Read};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};

use ::parquet::column::reader::ColumnReader;
use ::parquet::errors::{ParquetError, Result as ParquetResult};
use ::parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use bytes::Bytes;
use ndarray::ArrayViewMut1;

use super::file::{Rest, SharedFile};
use crate::error::{Error, Result};
use crate::memory;
use crate::rows::{Block, RowBlocks};
use crate::table::parquet::{Chosen, Kind};
use crate::table::reader::{Source, TableReader};

/// The chosen columns of a Parquet file.
pub(super) struct ParquetRows {
    file: SerializedFileReader<SharedFile>,
    path: PathBuf,
    places: Vec<usize>,
    kinds: Vec<Kind>,
    /// The first row of each row group, and the number of rows.
    firsts: Vec<usize>,
    cursors: Mutex<Cursors>,
    returned: Condvar,
}

/// Cursors that nobody uses, and how many more there may be.
struct Cursors {
    idle: Vec<Cursor>,
    left: usize,
}

/// A place in the file.
struct Cursor {
    /// The row that is read next.
    row: usize,
    /// Where the row group ends.
    end: usize,
    columns: Vec<ColumnReader>,
}

/// Bytes that a column takes while it is read: a page as it is stored and unpacked, and its dictionary.
const COLUMN_BYTES: u64 = 3 << 20;

impl ParquetRows {
    /// Opens a file, and gives the names and places of its chosen columns as well.
    pub(super) fn open(
        reader: &TableReader<'_>,
        source: &Source<'_>,
    ) -> Result<(Self, Vec<String>, Vec<usize>)> {
        let wrong = |error: ParquetError| source.array_format(error.to_string());
        let file = SerializedFileReader::new(SharedFile::open(source.path)?).map_err(wrong)?;
        let Chosen { names, places, kinds, n_rows } = Chosen::of(reader, source, file.metadata())?;
        let mut firsts = vec![0];
        for group in file.metadata().row_groups() {
            firsts.push(firsts[firsts.len() - 1] + group.num_rows() as usize);
        }
        debug_assert_eq!(firsts.last(), Some(&n_rows));
        let threads = rayon::current_num_threads() as u64;
        let of_cursor = COLUMN_BYTES * places.len() as u64;
        let n_cursors = memory::at_most_half(threads * of_cursor) / of_cursor;
        let cursors = Mutex::new(Cursors { idle: Vec::new(), left: n_cursors.max(1) as usize });
        let path = source.path.into();
        let returned = Condvar::new();
        let rows = Self { file, path, places: places.clone(), kinds, firsts, cursors, returned };
        Ok((rows, names, places))
    }

    /// A cursor, best one that stands at `row`; waits for one if all are in use.
    fn take(&self, row: usize) -> Cursor {
        let mut cursors = self.cursors.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(at) = cursors.idle.iter().position(|cursor| cursor.row == row) {
                return cursors.idle.swap_remove(at);
            }
            if cursors.left > 0 {
                cursors.left -= 1;
                return Cursor { row: 0, end: 0, columns: Vec::new() };
            }
            if let Some(cursor) = cursors.idle.pop() {
                return cursor;
            }
            cursors = self.returned.wait(cursors).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give_back(&self, cursor: Cursor) {
        self.cursors.lock().unwrap_or_else(PoisonError::into_inner).idle.push(cursor);
        self.returned.notify_one();
    }

    /// Lets a cursor stand at a row.
    fn seek(&self, cursor: &mut Cursor, row: usize) -> ParquetResult<()> {
        if cursor.row == row && row < cursor.end {
            return Ok(());
        }
        let group = self.firsts.partition_point(|&first| first <= row) - 1;
        let (first, end) = (self.firsts[group], self.firsts[group + 1]);
        if !(cursor.end == end && cursor.row <= row && first <= cursor.row) {
            // what the cursor holds goes before more is read
            *cursor = Cursor { row: first, end, columns: Vec::new() };
            let group = self.file.get_row_group(group)?;
            for &place in &self.places {
                cursor.columns.push(group.get_column_reader(place)?);
            }
        }
        let skipped = row - cursor.row;
        if skipped > 0 {
            cursor.columns.iter_mut().try_for_each(|column| skip(column, skipped))?;
            cursor.row = row;
        }
        Ok(())
    }

    fn read_features(
        &self,
        cursor: &mut Cursor,
        rows: Range<usize>,
        features: &mut [f64],
    ) -> ParquetResult<()> {
        // where nothing is read, nothing is there
        features.fill(f64::NAN);
        let n_rows = rows.len();
        let mut row = rows.start;
        while row < rows.end {
            self.seek(cursor, row)?;
            let end = rows.end.min(cursor.end);
            let run = row - rows.start..end - rows.start;
            let columns = features.chunks_exact_mut(n_rows).zip(&mut cursor.columns);
            for ((to, column), kind) in columns.zip(&self.kinds) {
                kind.read(column, ArrayViewMut1::from(&mut to[run.clone()]))?;
            }
            row = end;
            cursor.row = end;
        }
        Ok(())
    }
}

fn skip(column: &mut ColumnReader, n_rows: usize) -> ParquetResult<()> {
    let skipped = match column {
        ColumnReader::BoolColumnReader(reader) => reader.skip_records(n_rows),
        ColumnReader::Int32ColumnReader(reader) => reader.skip_records(n_rows),
        ColumnReader::Int64ColumnReader(reader) => reader.skip_records(n_rows),
        ColumnReader::FloatColumnReader(reader) => reader.skip_records(n_rows),
        ColumnReader::DoubleColumnReader(reader) => reader.skip_records(n_rows),
        _ => Ok(n_rows),
    }?;
    match skipped == n_rows {
        true => Ok(()),
        false => Err(ParquetError::General("a column is shorter than its row group".into())),
    }
}

impl RowBlocks for ParquetRows {
    fn n_samples(&self) -> usize {
        self.firsts[self.firsts.len() - 1]
    }

    fn n_features(&self) -> usize {
        self.places.len()
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()> {
        let mut cursor = self.take(rows.start);
        let shape = (rows.len(), self.places.len());
        let read = block.fill_by_feature(rows.start, shape, |features| {
            self.read_features(&mut cursor, rows, features).map_err(|error| Error::ArrayFormat {
                path: self.path.clone(),
                problem: error.to_string(),
            })
        });
        if read.is_err() {
            // it stands nobody knows where
            cursor = Cursor { row: 0, end: 0, columns: Vec::new() };
        }
        self.give_back(cursor);
        read
    }
}

impl Length for SharedFile {
    fn len(&self) -> u64 {
        self.length()
    }
}

impl ChunkReader for SharedFile {
    type T = BufReader<Rest>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        // what is read so are heads of pages
        Ok(BufReader::with_capacity(512, self.from(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let mut bytes = Vec::with_capacity(length);
        self.from(start).take(length as u64).read_to_end(&mut bytes)?;
        match bytes.len() == length {
            true => Ok(bytes.into()),
            false => Err(ParquetError::EOF(format!("{length} bytes at {start}"))),
        }
    }
}
