//! Parquet files, read page by page.
//!
//! The pages of a column can only be read one after the other. So a cursor stands at a row, with a reader for each
//! column, and gives the rows that follow; it begins anew at the row group, and skips rows, where others are wanted. A
//! thread that reads on takes the cursor that it left.

use std::io::{BufReader, Read};
use std::mem;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};

use ::parquet::column::reader::ColumnReader;
use ::parquet::errors::{ParquetError, Result as ParquetResult};
use ::parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use bytes::Bytes;
use ndarray::ArrayViewMut1;

use super::file::{Rest, SharedFile};
use crate::compute::memory;
use crate::error::{Error, Result};
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
    n_cursors: usize,
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

impl Cursor {
    /// One that stands at no row.
    fn nowhere() -> Self {
        Self { row: 0, end: 0, columns: Vec::new() }
    }
}

/// A cursor in use, which others may have when it is dropped.
struct Taken<'a> {
    rows: &'a ParquetRows,
    cursor: Cursor,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let cursor = mem::replace(&mut self.cursor, Cursor::nowhere());
        let cursors = &self.rows.cursors;
        cursors.lock().unwrap_or_else(PoisonError::into_inner).idle.push(cursor);
        self.rows.returned.notify_one();
    }
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
        let Chosen { names, places, kinds, .. } = Chosen::of(reader, source, file.metadata())?;
        let threads = rayon::current_num_threads() as u64;
        let of_cursor = COLUMN_BYTES * places.len() as u64;
        let n_cursors = (memory::at_most_half(threads * of_cursor) / of_cursor).max(1) as usize;
        Ok((Self::new(file, source.path.into(), (places.clone(), kinds), n_cursors), names, places))
    }

    fn new(
        file: SerializedFileReader<SharedFile>,
        path: PathBuf,
        (places, kinds): (Vec<usize>, Vec<Kind>),
        n_cursors: usize,
    ) -> Self {
        let mut firsts = vec![0];
        for group in file.metadata().row_groups() {
            firsts.push(firsts[firsts.len() - 1] + group.num_rows() as usize);
        }
        let cursors = Mutex::new(Cursors { idle: Vec::new(), left: n_cursors });
        let returned = Condvar::new();
        Self { file, path, places, kinds, firsts, cursors, returned, n_cursors }
    }

    /// A cursor, best one that stands at `row`; waits for one if all are in use.
    fn take(&self, row: usize) -> Taken<'_> {
        let taken = |cursor| Taken { rows: self, cursor };
        let mut cursors = self.cursors.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(at) = cursors.idle.iter().position(|cursor| cursor.row == row) {
                return taken(cursors.idle.swap_remove(at));
            }
            if cursors.left > 0 {
                cursors.left -= 1;
                return taken(Cursor::nowhere());
            }
            if let Some(cursor) = cursors.idle.pop() {
                return taken(cursor);
            }
            cursors = self.returned.wait(cursors).unwrap_or_else(PoisonError::into_inner);
        }
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
        let mut taken = self.take(rows.start);
        let shape = (rows.len(), self.places.len());
        block.fill_by_feature(rows.start, shape, |features| {
            // after an error it stands nobody knows where
            let mut cursor = mem::replace(&mut taken.cursor, Cursor::nowhere());
            let read = self.read_features(&mut cursor, rows, features);
            read.map_err(|error| Error::ArrayFormat {
                path: self.path.clone(),
                problem: error.to_string(),
            })?;
            taken.cursor = cursor;
            Ok(())
        })
    }

    fn most_readers(&self) -> usize {
        self.n_cursors
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
        Ok(BufReader::with_capacity(512, self.after(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let mut bytes = Vec::with_capacity(length);
        self.after(start).take(length as u64).read_to_end(&mut bytes)?;
        match bytes.len() == length {
            true => Ok(bytes.into()),
            false => Err(ParquetError::EOF(format!("{length} bytes at {start}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis, CowArray};

    use super::*;
    use crate::rows;

    #[test]
    fn few_cursors_read_what_many_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        let records = Array2::from_shape_fn((20_000, 3), |(i, j)| (3 * i + j) as f64);
        let names = ["a", "b", "c"].map(String::from);
        let mut groups = records.axis_chunks_iter(Axis(0), 3000).map(CowArray::from);
        crate::table::write_blocks(&path, records.dim(), &names, &mut groups).unwrap();
        for n_cursors in [1, 2, 5] {
            let source = Source { path: &path };
            let (rows, ..) = ParquetRows::open(&TableReader::new(), &source).unwrap();
            let ParquetRows { file, path, places, kinds, .. } = rows;
            let rows = ParquetRows::new(file, path, (places, kinds), n_cursors);
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
