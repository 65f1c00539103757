//! A matrix in memory as a source of row blocks.

use std::ops::Range;

use linfa::DatasetBase;
use ndarray::{Array1, ArrayBase, ArrayView2, Axis, Data, Ix2, Slice};

use super::{Block, RowBlocks, has_missing};
use crate::error::{Error, Result};

/// A matrix in memory with optional sample weights, as a source of row blocks. NaN is a missing value.
#[derive(Debug, Clone, Copy)]
pub struct MatrixRows<'a> {
    records: ArrayView2<'a, f64>,
    weights: Option<&'a [f32]>,
    has_missing: bool,
}

impl<'a> MatrixRows<'a> {
    /// The records and weights of a linfa dataset.
    ///
    /// # Errors
    /// [`Error::TooFewSamples`] without rows, [`Error::ShapeMismatch`] without columns or with a wrong
    /// number of weights, [`Error::NonFinite`] and [`Error::InvalidWeight`] naming the first infinite value and the first bad
    /// weight.
    pub fn new<D: Data<Elem = f64>, T>(
        dataset: &'a DatasetBase<ArrayBase<D, Ix2>, T>,
    ) -> Result<Self> {
        let rows = Self::from_records(dataset.records.view())?;
        let Some(weights) = dataset.weights() else {
            return Ok(rows);
        };
        if weights.len() != rows.records.nrows() {
            return Err(Error::shape("weights", rows.records.nrows(), weights.len()));
        }
        let invalid = |w: f32| !(w.is_finite() && w >= 0.0);
        if let Some(row) = weights.iter().position(|&w| invalid(w)) {
            return Err(Error::InvalidWeight { row, value: weights[row] });
        }
        if weights.iter().all(|&w| w == 0.0) {
            return Err(Error::InvalidWeight { row: 0, value: 0.0 });
        }
        Ok(Self { weights: Some(weights), ..rows })
    }

    /// A matrix of records, each of weight 1.
    ///
    /// # Errors
    /// Same as [`MatrixRows::new`].
    pub fn from_records(records: ArrayView2<'a, f64>) -> Result<Self> {
        check_shape(records.dim())?;
        Ok(Self { records, weights: None, has_missing: has_missing(records)? })
    }

    /// Records and weights that have already been checked.
    pub(crate) fn from_checked(
        records: ArrayView2<'a, f64>,
        weights: Option<&'a [f32]>,
        has_missing: bool,
    ) -> Self {
        Self { records, weights, has_missing }
    }

    /// The sample weights as they are stored.
    pub(crate) fn sample_weights_f32(&self) -> Option<&'a [f32]> {
        self.weights
    }

    /// The records, shape `(n_samples, n_features)`.
    pub fn records(&self) -> ArrayView2<'a, f64> {
        self.records
    }

    /// The sample weights, in `f64`; all 1 if there are none.
    pub fn weights(&self) -> Array1<f64> {
        match self.weights {
            Some(weights) => weights.iter().map(|&w| f64::from(w)).collect(),
            None => Array1::ones(self.records.nrows()),
        }
    }
}

/// Refuses tables without rows or columns.
///
/// # Errors
/// [`Error::TooFewSamples`] and [`Error::ShapeMismatch`].
pub(super) fn check_shape((n_samples, n_features): (usize, usize)) -> Result<()> {
    if n_samples == 0 {
        return Err(Error::TooFewSamples { n_samples, needed: 1, wanted: "any operation".into() });
    }
    if n_features == 0 {
        return Err(Error::shape("records", "at least 1 column", "0"));
    }
    Ok(())
}

impl RowBlocks for MatrixRows<'_> {
    fn n_samples(&self) -> usize {
        self.records.nrows()
    }

    fn n_features(&self) -> usize {
        self.records.ncols()
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()> {
        block.fill(rows.start, self.records.slice_axis(Axis(0), Slice::from(rows.clone())));
        if let Some(weights) = self.weights {
            block.set_weights(weights[rows].iter().map(|&weight| f64::from(weight)));
        }
        Ok(())
    }

    fn sample_weights(&self) -> Option<Vec<f64>> {
        let wide = |weights: &[f32]| weights.iter().map(|&weight| f64::from(weight)).collect();
        self.weights.map(wide)
    }

    fn as_matrix(&self) -> Option<MatrixRows<'_>> {
        Some(MatrixRows { records: self.records.view(), ..*self })
    }

    fn may_be_missing(&self) -> bool {
        self.has_missing
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn blocks_have_the_weights_of_their_rows() {
        let dataset =
            DatasetBase::from(array![[1.0], [2.0], [3.0]]).with_weights(array![0.5, 0.0, 2.0]);
        let rows = MatrixRows::new(&dataset).unwrap();
        let mut block = Block::default();
        rows.read(0, &mut block).unwrap();
        assert_eq!(block.weights(), [0.5, 0.0, 2.0]);
        assert_eq!(block.features().next().unwrap(), [1.0, 2.0, 3.0]);
    }

    #[test]
    fn invalid_records_and_weights_are_reported_by_position() {
        let infinite = array![[1.0, f64::NAN], [3.0, f64::INFINITY]];
        let infinite = MatrixRows::from_records(infinite.view()).unwrap_err();
        assert!(matches!(infinite, Error::NonFinite { row: 1, column: 1, .. }));
        let negative = DatasetBase::from(array![[1.0], [2.0]]).with_weights(array![1.0, -1.0]);
        let error = MatrixRows::new(&negative).unwrap_err();
        assert!(matches!(error, Error::InvalidWeight { row: 1, .. }));
        let short = DatasetBase::from(array![[1.0], [2.0]]).with_weights(array![1.0]);
        assert!(matches!(MatrixRows::new(&short).unwrap_err(), Error::ShapeMismatch { .. }));
        let none = Array2::<f64>::zeros((0, 3));
        assert!(MatrixRows::from_records(none.view()).is_err());
    }
}
