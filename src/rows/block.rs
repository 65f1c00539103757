//! Some consecutive rows, in the orders that kernels want.

use ndarray::ArrayView2;

use super::RowBlocks;
use crate::compute::simd::{self, AlignedBuffer, WideRows};
use crate::error::Result;

/// Target size of the features of a block in numbers: 256 KiB, a fraction of a second-level cache.
const BLOCK_LEN: usize = 32 * 1024;

/// Rows in a block of `n_features` features: whole vector registers, and an odd number of cache lines, so that
/// the features of a row, a block's width apart, do not all compete for the same lines of the cache.
pub(crate) fn block_rows(n_features: usize) -> usize {
    const LINE: usize = 8;
    let lines = (BLOCK_LEN / n_features.max(1)).clamp(64, 512) / LINE;
    LINE * (lines - (lines + 1) % 2)
}

/// Some consecutive rows, stored feature by feature and also row by row.
#[derive(Debug, Default)]
pub struct Block {
    /// Which block of its source it is, if a reader keeps it.
    index: Option<usize>,
    first_row: usize,
    n_rows: usize,
    rows: AlignedBuffer,
    features: AlignedBuffer,
    weights: Vec<f64>,
    unweighted: bool,
    negligible: f64,
}

impl Block {
    /// Index of the first row.
    pub fn first_row(&self) -> usize {
        self.first_row
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// All features, each as a contiguous run of [`n_rows`](Self::n_rows) values.
    pub fn features(&self) -> std::slice::ChunksExact<'_, f64> {
        self.features.chunks_exact(self.n_rows.max(1))
    }

    /// The same, one feature after the other.
    pub(crate) fn feature_major(&self) -> &[f64] {
        &self.features
    }

    /// All rows, one after the other.
    pub(crate) fn row_major(&self) -> &[f64] {
        &self.rows
    }

    /// The sample weight of each row.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Whether every row has weight 1.
    pub(crate) fn is_unweighted(&self) -> bool {
        self.unweighted
    }

    /// All rows with `weights`, such as responsibilities times sample weights, of which sums over wide rows may leave
    /// the negligible ones out.
    pub(crate) fn wide_rows<'a>(&'a self, weights: &'a [f64]) -> WideRows<'a> {
        WideRows { rows: &self.rows, weights, negligible: self.negligible }
    }

    /// Replaces the content by `rows`, of weight 1 each.
    pub(crate) fn fill(&mut self, first_row: usize, rows: ArrayView2<'_, f64>) {
        let written = self.fill_by_row(first_row, rows.dim(), |by_row| {
            match rows.as_slice() {
                Some(rows) => by_row.copy_from_slice(rows),
                None => by_row.iter_mut().zip(rows).for_each(|(to, &value)| *to = value),
            }
            Ok(())
        });
        written.expect("copies do not fail");
    }

    /// Replaces the content by `n_rows` rows, of weight 1 each, that `write` writes one after the other.
    ///
    /// # Errors
    /// That of `write`; what the block holds is undefined then.
    pub(crate) fn fill_by_row(
        &mut self,
        first_row: usize,
        (n_rows, n_features): (usize, usize),
        write: impl FnOnce(&mut [f64]) -> Result<()>,
    ) -> Result<()> {
        write(self.rows.resize(n_rows * n_features))?;
        let features = self.features.resize(n_rows * n_features);
        simd::transpose(&self.rows, n_features, n_rows, features);
        self.begin(first_row, n_rows);
        Ok(())
    }

    /// Replaces the content by `n_rows` rows, of weight 1 each, that `write` writes feature by feature.
    ///
    /// # Errors
    /// That of `write`; what the block holds is undefined then.
    pub(crate) fn fill_by_feature(
        &mut self,
        first_row: usize,
        (n_rows, n_features): (usize, usize),
        write: impl FnOnce(&mut [f64]) -> Result<()>,
    ) -> Result<()> {
        write(self.features.resize(n_rows * n_features))?;
        let rows = self.rows.resize(n_rows * n_features);
        simd::transpose(&self.features, n_rows, n_features, rows);
        self.begin(first_row, n_rows);
        Ok(())
    }

    /// Begins with rows that have been written, of weight 1 each.
    fn begin(&mut self, first_row: usize, n_rows: usize) {
        self.first_row = first_row;
        self.n_rows = n_rows;
        self.weights.clear();
        self.weights.resize(n_rows, 1.0);
        self.unweighted = true;
        self.negligible = simd::NEGLIGIBLE;
    }

    /// All rows, shape `(n_rows, n_features)`.
    pub(crate) fn records(&self) -> ArrayView2<'_, f64> {
        let n_features = self.rows.len() / self.n_rows.max(1);
        ArrayView2::from_shape((self.n_rows, n_features), &self.rows).expect("rows of equal length")
    }

    /// Holds block `index` of a source that is always the same.
    pub(super) fn read(&mut self, rows: &dyn RowBlocks, index: usize) -> Result<()> {
        if self.index != Some(index) {
            self.index = None;
            rows.read(index, self)?;
            self.index = Some(index);
        }
        Ok(())
    }

    /// Replaces the weights.
    pub(crate) fn weigh(&mut self, weights: impl Iterator<Item = f64>) {
        self.weights.clear();
        self.weights.extend(weights);
        self.unweighted = self.weights.iter().all(|&weight| weight == 1.0);
        self.negligible = simd::NEGLIGIBLE * self.weights.iter().copied().fold(0.0, f64::max);
    }
}
