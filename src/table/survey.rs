//! The first pass over a table: a check of all numbers, and their ranges.

use ndarray::{ArrayView1, ArrayView2};
use rayon::prelude::*;

use super::missing::{Faults, all_finite};
use crate::error::Result;
use crate::rows::profile::ColumnProfile;
use crate::rows::{Block, RowBlocks, block_rows, fold};

/// Result of the first pass: ranges and decimals of the columns, and missing and infinite values.
pub(super) struct Survey {
    pub(super) ranges: Ranges,
    pub(super) faults: Faults,
    drop_missing: bool,
    /// Number of rows to drop, which are excluded from ranges and faults.
    pub(super) n_dropped: usize,
}

impl Survey {
    /// Makes the pass over all rows; rows with missing values are to be dropped if `drop_missing`.
    pub(super) fn of(rows: &dyn RowBlocks, names: &[String], drop_missing: bool) -> Result<Self> {
        let empty = || Self {
            ranges: Ranges::new(names),
            faults: Faults::default(),
            drop_missing,
            n_dropped: 0,
        };
        let add = |survey: &mut Self, block: &Block| {
            survey.add(block);
            Ok(())
        };
        fold(rows, empty, add, Self::merge)
    }

    fn add(&mut self, block: &Block) {
        if all_finite(block.row_major()) {
            return self.ranges.add(block.features().map(ArrayView1::from));
        }
        let mut kept = Vec::new();
        let n_columns = self.ranges.columns.len();
        for (index, row) in block.row_major().chunks_exact(n_columns).enumerate() {
            let faults = Faults::of_row(block.first_row() + index + 1, row);
            if faults.has_missing() && self.drop_missing {
                self.n_dropped += 1;
            } else {
                self.faults.merge(faults, 0);
                kept.extend(row);
            }
        }
        self.ranges.add(matrix(&kept, n_columns).columns().into_iter());
    }

    fn merge(&mut self, other: Self) {
        self.ranges.merge(&other.ranges);
        self.faults.merge(other.faults, 0);
        self.n_dropped += other.n_dropped;
    }
}

/// Profiles of columns.
pub(super) struct Ranges {
    pub(super) columns: Vec<ColumnProfile>,
}

impl Ranges {
    /// Creates columns without values.
    pub(super) fn new(names: &[String]) -> Self {
        Self::empty(names.len())
    }

    fn empty(n_columns: usize) -> Self {
        Self { columns: vec![ColumnProfile::new(); n_columns] }
    }

    /// Adds values of each column.
    fn add<'a>(&mut self, columns: impl Iterator<Item = ArrayView1<'a, f64>>) {
        for (column, values) in self.columns.iter_mut().zip(columns) {
            column.add(values);
        }
    }

    /// Adds rows of finite numbers, in row-major order.
    pub(super) fn add_rows(&mut self, numbers: &[f64]) {
        let n_columns = self.columns.len();
        let add = |mut ranges: Self, rows: &[f64]| {
            ranges.add(matrix(rows, n_columns).columns().into_iter());
            ranges
        };
        let chunks = numbers.par_chunks(n_columns * block_rows(n_columns));
        let parts: Vec<Self> = chunks.fold(|| Self::empty(n_columns), add).collect();
        parts.iter().for_each(|part| self.merge(part));
    }

    fn merge(&mut self, other: &Self) {
        for (column, more) in self.columns.iter_mut().zip(&other.columns) {
            column.merge(more);
        }
    }
}

fn matrix(rows: &[f64], n_columns: usize) -> ArrayView2<'_, f64> {
    ArrayView2::from_shape((rows.len() / n_columns, n_columns), rows).expect("whole rows")
}
