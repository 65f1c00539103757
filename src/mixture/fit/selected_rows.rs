//! Some rows of a matrix.

use ndarray::{Array2, Axis};

use crate::rows::MatrixRows;

/// Some of the rows, with their weights.
pub(super) struct SelectedRows {
    records: Array2<f64>,
    weights: Option<Vec<f32>>,
}

impl SelectedRows {
    pub(super) fn of(rows: MatrixRows<'_>, indices: &[usize]) -> Self {
        let weights = rows.sample_weights_f32();
        Self {
            records: rows.records().select(Axis(0), indices),
            weights: weights.map(|weights| indices.iter().map(|&row| weights[row]).collect()),
        }
    }

    /// The same rows without a column.
    pub(super) fn without_column(mut self, column: usize) -> Self {
        self.records.remove_index(Axis(1), column);
        self.records = self.records.as_standard_layout().into_owned();
        self
    }

    pub(super) fn rows(&self, has_missing: bool) -> MatrixRows<'_> {
        MatrixRows::from_checked(self.records.view(), self.weights.as_deref(), has_missing)
    }
}
