//! Rows with random access whose values are converted when they are read.

use std::ops::Range;
use std::path::PathBuf;

use super::recode::{RecodedColumn, is_identity, recode_row};
use crate::error::Result;
use crate::rows::{Block, RowBlocks};

/// Rows that are made of the values as they are read.
pub(super) struct RecodedRows {
    pub(super) rows: Box<dyn RowBlocks>,
    pub(super) path: PathBuf,
    pub(super) columns: Vec<RecodedColumn>,
    pub(super) has_missing: bool,
}

impl RowBlocks for RecodedRows {
    fn n_samples(&self) -> usize {
        self.rows.n_samples()
    }

    fn n_features(&self) -> usize {
        self.columns.len()
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()> {
        let (n_raw, n_columns) = (self.rows.n_features(), self.columns.len());
        if is_identity(&self.columns, n_raw) {
            return self.rows.read_rows(rows, block);
        }
        let mut raw = Block::default();
        self.rows.read_rows(rows.clone(), &mut raw)?;
        block.fill_by_row(rows.start, (rows.len(), n_columns), |by_row| {
            let pairs = by_row.chunks_exact_mut(n_columns).zip(raw.row_major().chunks_exact(n_raw));
            pairs.enumerate().try_for_each(|(row, (to, raw))| {
                recode_row(&self.columns, raw, to, (&self.path, rows.start + row))
            })
        })
    }

    fn sample_weights(&self) -> Option<Vec<f64>> {
        self.rows.sample_weights()
    }

    fn may_be_missing(&self) -> bool {
        self.has_missing
    }

    fn most_readers(&self) -> usize {
        self.rows.most_readers()
    }
}
