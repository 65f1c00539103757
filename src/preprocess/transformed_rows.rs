//! Rows behind a front end.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::error::Result;
use crate::preprocess::preprocessor::FrontEnd;
use crate::rows::{Block, RowBlocks, check_columns};

/// Rows behind a front end, transformed as they are read.
struct LatentRows<'a> {
    front_end: &'a FrontEnd,
    rows: &'a dyn RowBlocks,
    n_latent: usize,
    /// Memory to read rows into, for as many threads as read.
    spare: Mutex<Vec<Block>>,
}

impl FrontEnd {
    /// Works with rows in the space of the mixture: transformed once if they are in memory, and otherwise whenever they
    /// are read.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch), and what `work` raises.
    pub(crate) fn with_latent<T>(
        &self,
        rows: &dyn RowBlocks,
        work: impl FnOnce(&dyn RowBlocks) -> Result<T>,
    ) -> Result<T> {
        if let Some(n_features) = self.n_features() {
            check_columns(rows.n_features(), n_features)?;
        }
        if self.is_identity() {
            return work(rows);
        }
        if let Some(matrix) = rows.as_matrix() {
            let latent = self.try_transform(matrix.records())?;
            return work(&matrix.with_records(&latent));
        }
        let n_latent = self.n_latent().unwrap_or(rows.n_features());
        work(&LatentRows { front_end: self, rows, n_latent, spare: Mutex::default() })
    }
}

impl RowBlocks for LatentRows<'_> {
    fn n_samples(&self) -> usize {
        self.rows.n_samples()
    }

    fn n_features(&self) -> usize {
        self.n_latent
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()> {
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let mut data = spare().pop().unwrap_or_default();
        self.rows.read_rows(rows.clone(), &mut data)?;
        block.fill(rows.start, self.front_end.try_transform(data.records())?.view());
        if !data.is_unweighted() {
            block.weigh(data.weights().iter().copied());
        }
        spare().push(data);
        Ok(())
    }

    fn most_readers(&self) -> usize {
        self.rows.most_readers()
    }

    fn sample_weights(&self) -> Option<Vec<f64>> {
        self.rows.sample_weights()
    }
}
