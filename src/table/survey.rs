//! What a first look at all numbers of a table tells.

use ndarray::{ArrayView1, ArrayView2};
use rayon::prelude::*;

use super::missing::{Faults, all_finite};
use crate::error::Result;
use crate::rows::schema::Column;
use crate::rows::{Block, RowBlocks, block_rows, fold};

/// What the numbers of a table are: their ranges and decimals, and whether all are there.
pub(super) struct Survey {
    pub(super) ranges: Ranges,
    pub(super) faults: Faults,
    drop_missing: bool,
    /// Rows that are to be left out, which are in no range, and whose faults do not count.
    pub(super) n_dropped: usize,
}

impl Survey {
    /// Looks at all rows; those that miss values are to be left out if `drop_missing`.
    pub(super) fn of(rows: &dyn RowBlocks, names: &[String], drop_missing: bool) -> Result<Self> {
        let empty = || Self {
            ranges: Ranges::new(names),
            faults: Faults::default(),
            drop_missing,
            n_dropped: 0,
        };
        let visit = |survey: &mut Self, block: &Block| {
            survey.add(block);
            Ok(())
        };
        fold(rows, empty, visit, Self::merge)
    }

    fn add(&mut self, block: &Block) {
        if all_finite(block.row_major()) {
            return self.ranges.add(block.features().map(ArrayView1::from));
        }
        let mut kept = Vec::new();
        let n_columns = self.ranges.columns.len();
        for (index, row) in block.row_major().chunks_exact(n_columns).enumerate() {
            let faults = Faults::of_row(block.first_row() + index + 1, row);
            if faults.misses() && self.drop_missing {
                self.n_dropped += 1;
            } else {
                self.faults.merge(faults, 0);
                kept.extend(row);
            }
        }
        self.ranges.add(matrix(&kept, n_columns).columns().into_iter());
    }

    fn merge(&mut self, part: Self) {
        self.ranges.merge(&part.ranges);
        self.faults.merge(part.faults, 0);
        self.n_dropped += part.n_dropped;
    }
}

/// What columns hold.
#[derive(Clone)]
pub(super) struct Ranges {
    pub(super) columns: Vec<Column>,
}

impl Ranges {
    /// Columns without values.
    pub(super) fn new(names: &[String]) -> Self {
        Self { columns: names.iter().map(|name| Column::of((&[]).into(), name)).collect() }
    }

    /// Adds values of each column.
    fn add<'a>(&mut self, columns: impl Iterator<Item = ArrayView1<'a, f64>>) {
        for (feature, values) in self.columns.iter_mut().zip(columns) {
            feature.merge(&Column::of(values, ""));
        }
    }

    /// Adds rows of finite numbers, one after the other.
    pub(super) fn add_rows(&mut self, numbers: &[f64]) {
        let n_columns = self.columns.len();
        let add = |mut ranges: Self, rows: &[f64]| {
            ranges.add(matrix(rows, n_columns).columns().into_iter());
            ranges
        };
        let chunks = numbers.par_chunks(n_columns * block_rows(n_columns));
        let parts: Vec<Self> = chunks.fold(|| self.clone(), add).collect();
        parts.iter().for_each(|part| self.merge(part));
    }

    fn merge(&mut self, part: &Self) {
        for (feature, more) in self.columns.iter_mut().zip(&part.columns) {
            feature.merge(more);
        }
    }
}

fn matrix(rows: &[f64], n_columns: usize) -> ArrayView2<'_, f64> {
    ArrayView2::from_shape((rows.len() / n_columns, n_columns), rows).expect("whole rows")
}
