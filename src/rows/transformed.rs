//! Transformed rows: in memory all at once, or on the fly as they are read.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use ndarray::Array2;

use super::backend::RowTransform;
use super::{Block, MatrixRows, RowBlocks};
use crate::error::Result;

/// A matrix of rows in memory that the backend owns.
pub(super) struct OwnedRows {
    records: Array2<f64>,
    weights: Option<Vec<f32>>,
    has_missing: bool,
}

impl OwnedRows {
    /// Rows with the weights of the rows they were computed from.
    pub(super) fn new(records: Array2<f64>, weights: Option<&[f32]>) -> Self {
        // transforms may return any layout, and kernels take rows one after another
        let is_row_major = records.is_standard_layout();
        let records =
            if is_row_major { records } else { records.as_standard_layout().into_owned() };
        let has_missing = records.iter().any(|value| value.is_nan());
        Self { records, weights: weights.map(<[f32]>::to_vec), has_missing }
    }

    fn view(&self) -> MatrixRows<'_> {
        let weights = self.weights.as_deref();
        MatrixRows::from_checked(self.records.view(), weights, self.has_missing)
    }
}

impl RowBlocks for OwnedRows {
    fn n_samples(&self) -> usize {
        self.records.nrows()
    }

    fn n_features(&self) -> usize {
        self.records.ncols()
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()> {
        self.view().read_rows(rows, block)
    }

    fn sample_weights(&self) -> Option<Vec<f64>> {
        self.view().sample_weights()
    }

    fn as_matrix(&self) -> Option<MatrixRows<'_>> {
        Some(self.view())
    }

    fn may_be_missing(&self) -> bool {
        self.has_missing
    }
}

/// Rows that are transformed whenever they are read.
pub(super) struct TransformedRows<'a> {
    transform: &'a dyn RowTransform,
    rows: Arc<dyn RowBlocks + 'a>,
    n_features: usize,
    /// Unused blocks to read rows into, at most one per reading thread.
    spare: Mutex<Vec<Block>>,
}

impl<'a> TransformedRows<'a> {
    pub(super) fn new(transform: &'a dyn RowTransform, rows: Arc<dyn RowBlocks + 'a>) -> Self {
        let n_features = transform.n_outputs(rows.n_features());
        Self { transform, rows, n_features, spare: Mutex::default() }
    }
}

impl RowBlocks for TransformedRows<'_> {
    fn n_samples(&self) -> usize {
        self.rows.n_samples()
    }

    fn n_features(&self) -> usize {
        self.n_features
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()> {
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let mut data = spare().pop().unwrap_or_default();
        self.rows.read_rows(rows.clone(), &mut data)?;
        block.fill(rows.start, self.transform.apply(data.records()).view());
        if !data.is_unweighted() {
            block.set_weights(data.weights().iter().copied());
        }
        spare().push(data);
        Ok(())
    }

    fn most_readers(&self) -> usize {
        self.rows.most_readers()
    }

    fn may_be_missing(&self) -> bool {
        self.rows.may_be_missing() || self.transform.may_make_missing()
    }

    fn sample_weights(&self) -> Option<Vec<f64>> {
        self.rows.sample_weights()
    }
}
