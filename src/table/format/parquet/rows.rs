//! Random access to the rows of Parquet files, read page by page.
//!
//! The pages of a column can only be read sequentially. A cursor is positioned at a row, with a reader for each column, and
//! reads the rows that follow. For other rows it restarts at the beginning of their row group and skips rows. A thread that
//! continues takes the cursor that it used before.

use std::io::{BufReader, Read};
use std::mem;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};

use ::parquet::column::reader::ColumnReader;
use ::parquet::errors::{ParquetError, Result as ParquetResult};
use ::parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use bytes::Bytes;
use ndarray::{ArrayViewMut1, Axis, Slice};

use super::chosen::Chosen;
use super::kind::Kind;
use crate::compute::memory::MemoryBudget;
use crate::error::{Error, Result};
use crate::rows::{Block, RowBlocks};
use crate::table::random_access::{RandomAccess, Rest};
use crate::table::raw::RawColumn;

/// The selected columns of a Parquet file.
pub(super) struct ParquetRows {
    file: SerializedFileReader<RandomAccess>,
    path: PathBuf,
    places: Vec<usize>,
    kinds: Vec<Kind>,
    /// The first row of each row group, and the number of rows.
    firsts: Vec<usize>,
    cursors: Mutex<Cursors>,
    returned: Condvar,
    n_cursors: usize,
}

/// Idle cursors, and the number of cursors that may still be created.
struct Cursors {
    idle: Vec<Cursor>,
    left: usize,
}

/// A position in the file.
pub(super) struct Cursor {
    /// Index of the next row.
    row: usize,
    /// End of the row group.
    end: usize,
    columns: Vec<ColumnReader>,
}

impl Cursor {
    /// Returns a cursor without a position.
    pub(super) fn unpositioned() -> Self {
        Self { row: 0, end: 0, columns: Vec::new() }
    }
}

/// A cursor in use, which is returned to the idle cursors on drop.
struct Taken<'a> {
    rows: &'a ParquetRows,
    cursor: Cursor,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let cursor = mem::replace(&mut self.cursor, Cursor::unpositioned());
        let cursors = &self.rows.cursors;
        cursors.lock().unwrap_or_else(PoisonError::into_inner).idle.push(cursor);
        self.rows.returned.notify_one();
    }
}

/// Number of bytes that a column takes while it is read: a page, compressed and decompressed, and its dictionary.
pub(super) const COLUMN_BYTES: u64 = 3 << 20;

/// Returns the number of threads that may read files of `n_columns` columns within the memory budget.
pub(super) fn most_cursors(n_columns: usize, budget: MemoryBudget) -> usize {
    let threads = rayon::current_num_threads() as u64;
    let cursor_bytes = COLUMN_BYTES * n_columns as u64;
    (budget.at_most_half(threads * cursor_bytes) / cursor_bytes).max(1) as usize
}

impl ParquetRows {
    /// Creates a reader of the selected columns of a file for at most `n_cursors` threads at the same time.
    pub(super) fn new(
        file: SerializedFileReader<RandomAccess>,
        path: &Path,
        chosen: Chosen,
        n_cursors: usize,
    ) -> Self {
        let Chosen { columns, kinds, .. } = chosen;
        let mut firsts = vec![0];
        for group in file.metadata().row_groups() {
            firsts.push(firsts[firsts.len() - 1] + group.num_rows() as usize);
        }
        let cursors = Mutex::new(Cursors { idle: Vec::new(), left: n_cursors });
        let returned = Condvar::new();
        Self {
            file,
            path: path.into(),
            places: columns.places,
            kinds,
            firsts,
            cursors,
            returned,
            n_cursors,
        }
    }

    /// Takes a cursor, preferably one at `row`; waits if all are in use.
    fn take(&self, row: usize) -> Taken<'_> {
        let taken = |cursor| Taken { rows: self, cursor };
        let mut cursors = self.cursors.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(at) = cursors.idle.iter().position(|cursor| cursor.row == row) {
                return taken(cursors.idle.swap_remove(at));
            }
            if cursors.left > 0 {
                cursors.left -= 1;
                return taken(Cursor::unpositioned());
            }
            if let Some(cursor) = cursors.idle.pop() {
                return taken(cursor);
            }
            cursors = self.returned.wait(cursors).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Moves a cursor to a row.
    fn seek(&self, cursor: &mut Cursor, row: usize) -> ParquetResult<()> {
        if cursor.row == row && row < cursor.end {
            return Ok(());
        }
        let group = self.firsts.partition_point(|&first| first <= row) - 1;
        let (first, end) = (self.firsts[group], self.firsts[group + 1]);
        if !(cursor.end == end && cursor.row <= row && first <= cursor.row) {
            // frees the memory of the cursor before more is read
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

    /// Reads a range of rows into columns of that length, which must hold NaN; missing values remain NaN.
    pub(super) fn read_columns(
        &self,
        cursor: &mut Cursor,
        rows: Range<usize>,
        columns: &mut [ArrayViewMut1<'_, f64>],
        raw: &mut [RawColumn],
    ) -> Result<()> {
        // after an error the position of a cursor is undefined, so it is dropped
        let mut moved = mem::replace(cursor, Cursor::unpositioned());
        let mut row = rows.start;
        while row < rows.end {
            self.seek(&mut moved, row).map_err(|error| self.error(&error))?;
            let end = rows.end.min(moved.end);
            let run = Slice::from(row - rows.start..end - rows.start);
            let all = columns.iter_mut().zip(&mut moved.columns).zip(&self.kinds);
            for (((to, column), kind), raw) in all.zip(&mut *raw) {
                let to = to.slice_axis_mut(Axis(0), run);
                kind.read(column, to, raw).map_err(|error| self.error(&error))?;
            }
            row = end;
            moved.row = end;
        }
        *cursor = moved;
        Ok(())
    }

    fn error(&self, error: &ParquetError) -> Error {
        Error::ArrayFormat { path: self.path.clone(), problem: error.to_string() }
    }
}

fn skip(column: &mut ColumnReader, n_rows: usize) -> ParquetResult<()> {
    let skipped = match column {
        ColumnReader::BoolColumnReader(reader) => reader.skip_records(n_rows),
        ColumnReader::Int32ColumnReader(reader) => reader.skip_records(n_rows),
        ColumnReader::Int64ColumnReader(reader) => reader.skip_records(n_rows),
        ColumnReader::FloatColumnReader(reader) => reader.skip_records(n_rows),
        ColumnReader::DoubleColumnReader(reader) => reader.skip_records(n_rows),
        ColumnReader::FixedLenByteArrayColumnReader(reader) => reader.skip_records(n_rows),
        ColumnReader::ByteArrayColumnReader(reader) => reader.skip_records(n_rows),
        _ => Ok(n_rows),
    }?;
    if skipped < n_rows {
        return Err(ParquetError::General("a column is shorter than its row group".into()));
    }
    Ok(())
}

impl RowBlocks for ParquetRows {
    fn n_samples(&self) -> usize {
        self.firsts[self.firsts.len() - 1]
    }

    fn n_features(&self) -> usize {
        self.places.len()
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()> {
        let mut taken = self.take(rows.start);
        let shape = (rows.len(), self.places.len());
        block.fill_by_feature(rows.start, shape, |features| {
            features.fill(f64::NAN);
            let columns = features.chunks_exact_mut(shape.0).map(ArrayViewMut1::from);
            let mut columns: Vec<_> = columns.collect();
            // texts are not read in any order
            let mut raw = vec![RawColumn::Numbers; columns.len()];
            self.read_columns(&mut taken.cursor, rows, &mut columns, &mut raw)
        })
    }

    fn most_readers(&self) -> usize {
        self.n_cursors
    }
}

impl Length for RandomAccess {
    fn len(&self) -> u64 {
        self.length()
    }
}

impl ChunkReader for RandomAccess {
    type T = BufReader<Rest>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        // used for the headers of pages only
        Ok(BufReader::with_capacity(512, self.after(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let mut bytes = Vec::with_capacity(length);
        self.after(start).take(length as u64).read_to_end(&mut bytes)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF(format!("{length} bytes at {start}")));
        }
        Ok(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, CowArray};

    use super::super::open_file;
    use super::*;
    use crate::rows;
    use crate::table::input::Input;
    use crate::table::options::{ReadOptions, Source};

    #[test]
    fn the_number_of_cursors_does_not_change_the_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        let records = Array2::from_shape_fn((20_000, 3), |(i, j)| (3 * i + j) as f64);
        let names = ["a", "b", "c"].map(String::from);
        let mut groups = records.axis_chunks_iter(Axis(0), 3000).map(CowArray::from);
        crate::table::write_blocks(&path, records.dim(), &names, &mut groups).unwrap();
        for n_cursors in [1, 2, 5] {
            let source = Source::new(&path, &ReadOptions::default());
            let file = Input::open(&path, None).unwrap().into_random_access(&source).unwrap();
            let (file, chosen) = open_file(&source, file).unwrap();
            let rows = ParquetRows::new(file, &path, chosen, n_cursors);
            assert_eq!(rows.most_readers(), n_cursors);
            for _ in 0..2 {
                let every: Vec<usize> = (0..20_000).collect();
                assert_eq!(rows::select(&rows, &every).unwrap(), records);
                let visit = |seen: &mut Vec<f64>, block: &Block| {
                    seen.extend(block.row_major());
                    Ok(())
                };
                let seen = rows::fold(&rows, Vec::new, visit, |all, part| all.extend(part));
                assert_eq!(seen.unwrap(), records.as_slice().unwrap());
            }
            assert!(rows.cursors.lock().unwrap().idle.len() <= n_cursors);
        }
    }
}
