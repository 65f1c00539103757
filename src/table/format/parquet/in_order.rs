//! Rows of Parquet files, one after the other.

use ndarray::ArrayViewMut2;

use super::rows::{Cursor, ParquetRows};
use crate::error::Result;
use crate::rows::RowBlocks;
use crate::table::numbers::NumberRows;

/// The rows of a file, one after the other.
pub(super) struct InOrder {
    rows: ParquetRows,
    cursor: Cursor,
    next: usize,
}

impl InOrder {
    pub(super) fn new(rows: ParquetRows) -> Self {
        Self { rows, cursor: Cursor::nowhere(), next: 0 }
    }
}

impl NumberRows for InOrder {
    fn read(&mut self, n_rows: usize, numbers: &mut Vec<f64>) -> Result<usize> {
        let n_columns = self.rows.n_features();
        let end = self.rows.n_samples().min(self.next + n_rows);
        let (rows, begin) = (self.next..end, numbers.len());
        numbers.resize(begin + rows.len() * n_columns, f64::NAN);
        let to = ArrayViewMut2::from_shape((rows.len(), n_columns), &mut numbers[begin..]);
        let mut to = to.expect("whole rows");
        let mut columns: Vec<_> = to.columns_mut().into_iter().collect();
        self.rows.read_columns(&mut self.cursor, rows.clone(), &mut columns)?;
        self.next = end;
        Ok(rows.len())
    }
}
