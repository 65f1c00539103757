//! The first pass over rows with random access: a check of all numbers, and the statistics of the columns.

use ndarray::ArrayView1;

use super::missing::Faults;
use super::stats::RawStats;
use crate::error::Result;
use crate::rows::{Block, RowBlocks, fold};

/// Result of the first pass: statistics of the columns, and infinite values.
pub(super) struct Survey {
    pub(super) stats: RawStats,
    pub(super) faults: Faults,
}

impl Survey {
    /// Makes the pass over all rows; `stats` are statistics without rows.
    pub(super) fn of(rows: &dyn RowBlocks, stats: &RawStats) -> Result<Self> {
        let empty = || Self { stats: stats.empty(), faults: Faults::default() };
        let add = |survey: &mut Self, block: &Block| {
            survey.add(block);
            Ok(())
        };
        fold(rows, empty, add, Self::merge)
    }

    fn add(&mut self, block: &Block) {
        let n_columns = self.stats.columns.len();
        let is_infinite = |value: &f64| value.is_infinite();
        if block.row_major().iter().any(is_infinite) {
            for (index, row) in block.row_major().chunks_exact(n_columns).enumerate() {
                self.faults.merge(Faults::of_row(block.first_row() + index + 1, row), 0);
            }
            // the values are not used
            return;
        }
        self.stats.add(block.features().map(ArrayView1::from));
    }

    fn merge(&mut self, other: Self) {
        self.stats.merge(&other.stats);
        self.faults.merge(other.faults, 0);
    }
}
