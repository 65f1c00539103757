//! Rows of data and passes over them.
//!
//! Everything that learns from data makes passes over the rows through a [`backend::Backend`], which passes one block of rows
//! at a time to a [`pass::PassRequest`]. No module above this one may assume that the whole matrix is in memory. Rows that
//! this process reads itself come from a source of [`RowBlocks`].
//!
//! A [`Block`] is stored feature by feature (structure of arrays): the values of one feature in all rows of the block are
//! contiguous. The inner loops of every kernel therefore run over rows, whatever the number of features, and the compiler
//! vectorises them.

pub(crate) mod backend;
mod block;
pub(crate) mod calendar;
pub(crate) mod date_column;
mod date_parse;
pub(crate) mod date_pattern;
mod date_scan;
pub(crate) mod decimals;
mod kept_splits;
pub(crate) mod kind;
pub(crate) mod layout;
mod lazy_buffer;
pub(crate) mod levels;
pub(crate) mod linfa;
mod local;
mod matrix;
pub(crate) mod mixed;
pub(crate) mod moments;
pub(crate) mod pass;
mod passes;
pub(crate) mod pattern;
pub(crate) mod profile;
pub(crate) mod rules;
pub(crate) mod sample;
pub(crate) mod scatter;
pub(crate) mod schema;
mod source;
pub(crate) mod step;
pub(crate) mod summaries;
mod transformed;
mod values;

use std::ops::Range;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use crate::error::{Error, Result};
use backend::Backend;

pub use block::Block;
pub(crate) use block::block_rows;
pub(crate) use local::LocalBackend;
pub use matrix::MatrixRows;
pub(crate) use passes::{MAX_PARTS, fold, n_parts};
pub use source::{BlockRows, RowSource, WithMemoryBudget};

/// A source of records that is read block by block, any number of times and from any thread.
///
/// Block boundaries follow from the number of columns, so a fold over the blocks gives the same bits every time, wherever the
/// records are stored.
pub trait RowBlocks: Send + Sync {
    /// Number of rows.
    fn n_samples(&self) -> usize;

    /// Number of columns.
    fn n_features(&self) -> usize;

    /// Reads consecutive rows into `block`, replacing its content.
    ///
    /// # Errors
    /// Any error from reading the source.
    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()>;

    /// The sample weight of every row; none if all of them are 1.
    fn sample_weights(&self) -> Option<Vec<f64>> {
        None
    }

    /// The records and weights, if they are in memory.
    fn as_matrix(&self) -> Option<MatrixRows<'_>> {
        None
    }

    /// Whether values may be missing: NaN.
    fn may_be_missing(&self) -> bool {
        true
    }

    /// Number of threads that can usefully read at the same time.
    fn most_readers(&self) -> usize {
        usize::MAX
    }

    /// Number of blocks.
    fn n_blocks(&self) -> usize {
        self.n_samples().div_ceil(block_rows(self.n_features()))
    }

    /// Reads block `index` into `block`, replacing its content.
    ///
    /// # Errors
    /// Any error from reading the source.
    fn read(&self, index: usize, block: &mut Block) -> Result<()> {
        let n_rows = block_rows(self.n_features());
        let first = index * n_rows;
        self.read_rows(first..self.n_samples().min(first + n_rows), block)
    }

    /// Reads one row.
    ///
    /// # Errors
    /// Any error from reading the source.
    fn row(&self, index: usize) -> Result<Array1<f64>> {
        let mut block = Block::default();
        self.read_rows(index..index + 1, &mut block)?;
        Ok(Array1::from(block.row_major().to_vec()))
    }
}
impl RowBlocks for &dyn RowBlocks {
    fn n_samples(&self) -> usize {
        (**self).n_samples()
    }

    fn n_features(&self) -> usize {
        (**self).n_features()
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()> {
        (**self).read_rows(rows, block)
    }

    fn most_readers(&self) -> usize {
        (**self).most_readers()
    }

    fn sample_weights(&self) -> Option<Vec<f64>> {
        (**self).sample_weights()
    }

    fn as_matrix(&self) -> Option<MatrixRows<'_>> {
        (**self).as_matrix()
    }

    fn may_be_missing(&self) -> bool {
        (**self).may_be_missing()
    }
}

/// Returns the rows with the given indices in their order, shape `(indices, n_features)`. They are selected from memory, or
/// collected in one pass over all rows.
///
/// # Errors
/// Any error from reading the source.
pub(crate) fn select(rows: &dyn RowBlocks, indices: &[usize]) -> Result<Array2<f64>> {
    if let Some(matrix) = rows.as_matrix() {
        return Ok(matrix.records().select(Axis(0), indices));
    }
    let mut order: Vec<usize> = (0..indices.len()).collect();
    order.sort_by_key(|&at| indices[at]);
    let n_features = rows.n_features();
    let collect = |found: &mut Vec<f64>, block: &Block| {
        let first = block.first_row();
        let begin = order.partition_point(|&at| indices[at] < first);
        let in_block = |at: &&usize| indices[**at] < first + block.n_rows();
        for &at in order[begin..].iter().take_while(in_block) {
            found.extend(&block.row_major()[(indices[at] - first) * n_features..][..n_features]);
        }
        Ok(())
    };
    let found = fold(rows, Vec::new, collect, |all, part| all.extend(part))?;
    let mut selected = Array2::zeros((indices.len(), n_features));
    for (&at, row) in order.iter().zip(found.chunks_exact(n_features)) {
        selected.row_mut(at).assign(&ArrayView1::from(row));
    }
    Ok(selected)
}

/// Returns an error if fewer than `needed` rows have a nonzero weight.
///
/// # Errors
/// [`Error::TooFewSamples`].
pub(crate) fn check_enough(backend: &dyn Backend, needed: usize, what: &str) -> Result<()> {
    let n_samples = match backend.sample_weights() {
        Some(weights) => weights.iter().filter(|&&weight| weight > 0.0).count(),
        None => backend.n_samples(),
    };
    check_count(n_samples, needed, what)
}

/// Returns an error if `n_samples` is below `needed`.
///
/// # Errors
/// [`Error::TooFewSamples`].
pub(crate) fn check_count(n_samples: usize, needed: usize, what: &str) -> Result<()> {
    if n_samples < needed {
        return Err(Error::TooFewSamples { n_samples, needed, wanted: format!("{needed} {what}") });
    }
    Ok(())
}

/// Returns whether a value is missing, that is, NaN.
///
/// # Errors
/// [`Error::NonFinite`] naming the first infinite value.
pub(crate) fn has_missing(records: ArrayView2<'_, f64>) -> Result<bool> {
    if check_finite(records).is_ok() {
        return Ok(false);
    }
    match records.indexed_iter().find(|(_, value)| value.is_infinite()) {
        Some(((row, column), &value)) => Err(Error::NonFinite { row, column, value }),
        None => Ok(true),
    }
}

/// Returns an error if a value is NaN or infinite.
///
/// # Errors
/// [`Error::NonFinite`] naming the first such value.
pub(crate) fn check_finite(records: ArrayView2<'_, f64>) -> Result<()> {
    // checks all values on all threads first, since most data are finite
    let finite = |numbers: &[f64]| numbers.iter().fold(true, |all, x| all & x.is_finite());
    if let Some(numbers) = records.as_slice()
        && numbers.par_chunks(1 << 16).all(finite)
    {
        return Ok(());
    }
    match records.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, column), &value)) => Err(Error::NonFinite { row, column, value }),
        None => Ok(()),
    }
}

/// Returns an error if the number of columns differs from that of a model.
///
/// # Errors
/// [`Error::ShapeMismatch`].
pub(crate) fn check_columns(n_columns: usize, expected: usize) -> Result<()> {
    if n_columns == expected {
        return Ok(());
    }
    Err(Error::shape("the data", format!("{expected} columns"), format!("{n_columns} columns")))
}
