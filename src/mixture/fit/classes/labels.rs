//! The rows of each class.

use crate::error::{Error, Result};
use crate::mixture::classes::labelled_rows;
use crate::rows::backend::Backend;

/// The rows of each class.
pub(super) struct Labels {
    /// Rows of each level of the category; none for a level that no row has.
    pub(super) rows: Vec<Vec<usize>>,
    /// Number of rows of each, by sample weight.
    pub(super) counts: Vec<f64>,
    pub(super) has_unlabelled: bool,
}

impl Labels {
    pub(super) fn of(backend: &dyn Backend, column: usize) -> Result<Self> {
        let matrix = labelled_rows(backend)?;
        let weights = matrix.weights();
        let (mut rows, mut counts): (Vec<Vec<usize>>, Vec<f64>) = Default::default();
        let mut has_unlabelled = false;
        for (row, &label) in matrix.records().column(column).iter().enumerate() {
            if label.is_nan() {
                has_unlabelled = true;
                continue;
            }
            let class = label as usize;
            if class >= rows.len() {
                rows.resize_with(class + 1, Vec::new);
                counts.resize(class + 1, 0.0);
            }
            rows[class].push(row);
            counts[class] += weights[row];
        }
        let n_classes = counts.iter().filter(|&&count| count > 0.0).count();
        if n_classes < 2 {
            let expected = "at least 2, without missing ones";
            return Err(Error::param("the number of classes", n_classes, expected));
        }
        Ok(Self { rows, counts, has_unlabelled })
    }

    /// The classes that rows have.
    pub(super) fn present(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.counts.len()).filter(|&class| self.counts[class] > 0.0)
    }

    /// The logarithm of the probability of the classes of all rows: `Σ nₕ ln (nₕ / n)`.
    pub(super) fn log_likelihood(&self) -> f64 {
        let counts = self.present().map(|class| self.counts[class]);
        counts.map(|count| count * (count / self.total()).ln()).sum()
    }

    /// Number of rows with a class, by sample weight.
    pub(super) fn total(&self) -> f64 {
        self.counts.iter().sum()
    }
}
