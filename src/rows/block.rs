//! Blocks of consecutive rows, in the memory layouts that kernels need.

use ndarray::ArrayView2;

use super::RowBlocks;
use crate::compute::simd::{self, AlignedBuffer, WideRows};
use crate::error::Result;

/// Target size of a block's features in numbers: 256 KiB, a fraction of a second-level cache.
const BLOCK_LEN: usize = 32 * 1024;

/// Number of rows in a block of `n_features` features: whole vector registers, and an odd number of cache lines, so that the
/// features of a row, a block's width apart, do not all compete for the same cache lines.
pub(crate) fn block_rows(n_features: usize) -> usize {
    const LINE: usize = 8;
    let lines = (BLOCK_LEN / n_features.max(1)).clamp(64, 512) / LINE;
    LINE * (lines - (lines + 1) % 2)
}

/// A block of consecutive rows, stored feature by feature and also row by row.
#[derive(Debug, Default)]
pub struct Block {
    /// Index of the block in its source, if the block can be reused.
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

    /// All features as one slice, one feature after another.
    pub(crate) fn feature_major(&self) -> &[f64] {
        &self.features
    }

    /// All rows as one slice, one row after another.
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

    /// All rows with `weights`, such as responsibilities times sample weights. Sums over wide rows may leave out negligible
    /// weights.
    pub(crate) fn wide_rows<'a>(&'a self, weights: &'a [f64]) -> WideRows<'a> {
        WideRows { rows: &self.rows, weights, negligible: self.negligible }
    }

    /// Replaces the content by `rows`, shape `(n_rows, n_features)`, each of weight 1; `first_row` is the index of the first of
    /// them in its source.
    pub fn fill(&mut self, first_row: usize, rows: ArrayView2<'_, f64>) {
        let written = self.fill_by_row(first_row, rows.dim(), |by_row| {
            match rows.as_slice() {
                Some(rows) => by_row.copy_from_slice(rows),
                None => by_row.iter_mut().zip(rows).for_each(|(to, &value)| *to = value),
            }
            Ok(())
        });
        written.expect("copies do not fail");
    }

    /// Replaces the content by `n_rows` rows of weight 1 that `write` writes row by row.
    ///
    /// # Errors
    /// Errors of `write`; the content of the block is then undefined.
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

    /// Replaces the content by `n_rows` rows of weight 1 that `write` writes feature by feature.
    ///
    /// # Errors
    /// Errors of `write`; the content of the block is then undefined.
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

    /// Starts a block of rows that have been written, each of weight 1.
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

    /// Reads block `index` of a source that never changes, unless the block already holds it.
    pub(super) fn read(&mut self, rows: &dyn RowBlocks, index: usize) -> Result<()> {
        if self.index != Some(index) {
            self.index = None;
            rows.read(index, self)?;
            self.index = Some(index);
        }
        Ok(())
    }

    /// Replaces the sample weights; see also [`RowBlocks::sample_weights`].
    pub fn set_weights(&mut self, weights: impl Iterator<Item = f64>) {
        self.weights.clear();
        self.weights.extend(weights);
        self.unweighted = self.weights.iter().all(|&weight| weight == 1.0);
        self.negligible = simd::NEGLIGIBLE * self.weights.iter().copied().fold(0.0, f64::max);
    }
}
