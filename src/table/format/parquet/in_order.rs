//! The rows of a Parquet file in order.

use ndarray::Array2;

use super::rows::{Cursor, ParquetRows};
use crate::error::Result;
use crate::rows::RowBlocks;
use crate::table::numbers::NumberRows;
use crate::table::raw::RawColumn;

/// The rows of a file in order, with the texts of its columns.
pub(super) struct InFileOrder {
    rows: ParquetRows,
    cursor: Cursor,
    next: usize,
    raw: Vec<RawColumn>,
}

impl InFileOrder {
    pub(super) fn new(rows: ParquetRows, raw: Vec<RawColumn>) -> Self {
        Self { rows, cursor: Cursor::unpositioned(), next: 0, raw }
    }
}

impl NumberRows for InFileOrder {
    fn raw(&self) -> &[RawColumn] {
        &self.raw
    }

    fn read(&mut self, n_rows: usize, numbers: &mut Vec<f64>) -> Result<usize> {
        let rows = self.next..self.rows.n_samples().min(self.next + n_rows);
        self.next = rows.end;
        let shape = (self.rows.n_features(), rows.len());
        let mut features = Array2::from_elem(shape, f64::NAN);
        let mut columns: Vec<_> = features.rows_mut().into_iter().collect();
        self.rows.read_columns(&mut self.cursor, rows, &mut columns, &mut self.raw)?;
        numbers.extend(features.t().iter());
        Ok(shape.1)
    }
}
