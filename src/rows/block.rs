//! Blocks of consecutive rows, in the memory layouts that kernels need.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use ndarray::ArrayView2;

use super::RowBlocks;
use super::layout::RowLayout;
use super::lazy_buffer::LazyBuffer;
use super::mixed::{Split, SplitBlock};
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
    n_features: usize,
    rows: AlignedBuffer,
    /// The rows transposed: sums over wide rows do without.
    features: LazyBuffer,
    weights: Vec<f64>,
    unweighted: bool,
    negligible: f64,
    /// The rows as they were last split, which is kept as long as the rows are.
    split: Mutex<Option<Arc<SplitBlock>>>,
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

    /// Number of features.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// All features, each as a contiguous run of [`n_rows`](Self::n_rows) values; NaN is a missing value.
    pub fn features(&self) -> std::slice::ChunksExact<'_, f64> {
        self.feature_major().chunks_exact(self.n_rows.max(1))
    }

    /// All features as one slice, one feature after another.
    pub(crate) fn feature_major(&self) -> &[f64] {
        let (n_rows, n_features) = (self.n_rows, self.n_features);
        self.features.get_or_fill(n_rows * n_features, |features| {
            simd::transpose(&self.rows, n_features, n_rows, features);
        })
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

    /// Writes the features of a row to `to`.
    pub(crate) fn write_row(&self, row: usize, to: &mut [f64]) {
        let d = self.n_features;
        if d > simd::NARROW {
            to.copy_from_slice(&self.rows[row * d..][..d]);
        } else {
            // narrow rows may not be stored row by row
            to.iter_mut().zip(self.features()).for_each(|(to, feature)| *to = feature[row]);
        }
    }

    /// Writes `√w (x - center)` of some rows, one after another, with the `weights` of all rows.
    pub(crate) fn write_offsets(
        &self,
        rows: impl Iterator<Item = usize>,
        weights: &[f64],
        center: &[f64],
        to: &mut [f64],
    ) {
        for (to, row) in to.chunks_exact_mut(center.len()).zip(rows) {
            let root = weights[row].sqrt();
            self.write_row(row, to);
            to.iter_mut().zip(center).for_each(|(x, center)| *x = root * (*x - center));
        }
    }

    /// Indices of the rows whose `weights` are not negligible.
    pub(crate) fn not_negligible(&self, weights: &[f64]) -> Vec<usize> {
        let counts = |row: &usize| weights[*row] > self.negligible;
        (0..self.n_rows).filter(counts).collect()
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
        self.features.clear();
        write(self.rows.resize(n_rows * n_features))?;
        self.begin(first_row, (n_rows, n_features));
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
        let features = self.features.resize(n_rows * n_features);
        write(features)?;
        let rows = self.rows.resize(n_rows * n_features);
        simd::transpose(features, n_rows, n_features, rows);
        self.begin(first_row, (n_rows, n_features));
        Ok(())
    }

    /// Returns the rows with numbers and categories apart, and rows with missing numbers apart from the others.
    ///
    /// # Errors
    /// [`Error::UnknownLevel`](crate::Error::UnknownLevel).
    pub(crate) fn split(&self, layout: &RowLayout) -> Result<Split<'_>> {
        if layout.is_plain() {
            return Ok(Split::Whole(self));
        }
        let mut last = self.split.lock().unwrap_or_else(PoisonError::into_inner);
        let split = match last.take().filter(|last| last.layout() == layout) {
            Some(split) => split,
            None => Arc::new(SplitBlock::of(self, layout)?),
        };
        *last = Some(split.clone());
        Ok(Split::Parts(split))
    }

    /// Replaces the content by rows that have been split, whose features are not there, for requests that take rows
    /// [split](super::pass::PassRequest::layout).
    pub(super) fn hold(&mut self, rows: Range<usize>, split: Arc<SplitBlock>) {
        self.index = None;
        (self.first_row, self.n_rows) = (rows.start, rows.len());
        *self.split.get_mut().unwrap_or_else(PoisonError::into_inner) = Some(split);
    }

    /// Whether a number is missing.
    pub(crate) fn has_missing(&self) -> bool {
        self.feature_major().iter().any(|value| value.is_nan())
    }

    /// Forgets how the rows were split.
    fn forget_split(&mut self) {
        *self.split.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Replaces the content by `n_rows` rows of weight 1 that `write` writes feature by feature. Narrow rows are not stored row by
    /// row, since the kernels of mixtures do not need it.
    pub(crate) fn fill_features(
        &mut self,
        first_row: usize,
        (n_rows, n_features): (usize, usize),
        write: impl FnOnce(&mut [f64]),
    ) {
        self.features.resize(n_rows * n_features);
        self.begin(first_row, (n_rows, n_features));
        self.change_features(write);
    }

    /// Replaces the content by the numbers of another block, with the same sample weights, as
    /// [`fill_features`](Self::fill_features) does.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        let shape = (other.n_rows, other.n_features());
        self.fill_features(other.first_row, shape, |to| to.copy_from_slice(other.feature_major()));
        if !other.unweighted {
            self.set_weights(other.weights.iter().copied());
        }
    }

    /// Changes numbers, feature by feature, as [`fill_features`](Self::fill_features) does.
    pub(crate) fn change_features(&mut self, change: impl FnOnce(&mut [f64])) {
        self.feature_major();
        let features = self.features.get_mut().expect("filled");
        change(features);
        if self.n_features > simd::NARROW {
            let rows = self.rows.resize(self.n_rows * self.n_features);
            simd::transpose(features, self.n_rows, self.n_features, rows);
        }
        self.forget_split();
    }

    /// Starts a block of rows that have been written, each of weight 1.
    fn begin(&mut self, first_row: usize, (n_rows, n_features): (usize, usize)) {
        self.forget_split();
        self.first_row = first_row;
        (self.n_rows, self.n_features) = (n_rows, n_features);
        self.weights.clear();
        self.weights.resize(n_rows, 1.0);
        self.unweighted = true;
        self.negligible = simd::NEGLIGIBLE;
    }

    /// All rows, shape `(n_rows, n_features)`.
    pub(crate) fn records(&self) -> ArrayView2<'_, f64> {
        let shape = (self.n_rows, self.n_features);
        ArrayView2::from_shape(shape, &self.rows).expect("rows of equal length")
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
        self.forget_split();
        self.weights.clear();
        self.weights.extend(weights);
        self.unweighted = self.weights.iter().all(|&weight| weight == 1.0);
        self.negligible = simd::NEGLIGIBLE * self.weights.iter().copied().fold(0.0, f64::max);
    }
}
