//! Records as a sequence of row blocks.
//!
//! Everything that learns from data visits it through [`RowBlocks`], a block of rows at a time, and
//! adds up what it needs; nothing above this module may assume that the whole matrix is in memory.
//!
//! A [`Block`] is laid out feature by feature (structure of arrays): the values of one feature in
//! all rows of the block are contiguous. So the inner loops of every kernel run over rows, whatever
//! the number of features, and the compiler vectorises them.

mod block;
mod matrix;
mod passes;

use linfa::DatasetBase;
use ndarray::{Array1, ArrayBase, ArrayView2, Data, Ix2};
use rayon::prelude::*;

use crate::error::{Error, Result};

pub use block::Block;
pub(crate) use block::block_rows;
pub use matrix::MatrixRows;
pub(crate) use passes::{MAX_PARTS, Reader, fold, n_parts};

/// A source of records, read block by block, any number of times and from any thread.
///
/// Block boundaries are fixed by the source, so a fold over them gives the same bits every time.
pub trait RowBlocks: Sync {
    /// Number of rows.
    fn n_samples(&self) -> usize;

    /// Number of columns.
    fn n_features(&self) -> usize;

    /// Number of blocks.
    fn n_blocks(&self) -> usize;

    /// Reads block `index` into `block`, replacing its content.
    ///
    /// # Errors
    /// What reading the source can raise.
    fn read(&self, index: usize, block: &mut Block) -> Result<()>;

    /// The sample weight of every row; none if all of them are 1.
    ///
    /// # Errors
    /// What reading the source can raise.
    fn sample_weights(&self) -> Result<Option<Vec<f64>>>;

    /// Reads one row.
    ///
    /// # Errors
    /// What reading the source can raise.
    fn row(&self, index: usize) -> Result<Array1<f64>>;
}

/// What gives rows: a matrix of records, or a linfa dataset with its sample weights.
///
/// It is taken as `&dyn ToRows`, and what it gives as `&dyn RowBlocks`, so that fits are compiled once, with the library,
/// and not again in every crate, or cell of a notebook, that calls them.
pub trait ToRows {
    /// The records and weights, checked.
    ///
    /// # Errors
    /// As [`MatrixRows::new`].
    fn to_rows(&self) -> Result<MatrixRows<'_>>;
}

impl<D: Data<Elem = f64>> ToRows for ArrayBase<D, Ix2> {
    fn to_rows(&self) -> Result<MatrixRows<'_>> {
        MatrixRows::from_records(self.view())
    }
}

impl<D: Data<Elem = f64>, T> ToRows for DatasetBase<ArrayBase<D, Ix2>, T> {
    fn to_rows(&self) -> Result<MatrixRows<'_>> {
        MatrixRows::new(self)
    }
}

/// Refuses fewer rows with a weight than `needed`.
///
/// # Errors
/// [`Error::TooFewSamples`].
pub(crate) fn check_enough(rows: &dyn RowBlocks, needed: usize, what: &str) -> Result<()> {
    let n_samples = match rows.sample_weights()? {
        Some(weights) => weights.iter().filter(|&&weight| weight > 0.0).count(),
        None => rows.n_samples(),
    };
    match n_samples < needed {
        true => Err(Error::TooFewSamples { n_samples, needed, wanted: format!("{needed} {what}") }),
        false => Ok(()),
    }
}

/// Refuses a matrix with a value that is NaN or infinite.
///
/// # Errors
/// [`Error::NonFinite`] naming the first one.
pub(crate) fn check_finite(records: ArrayView2<'_, f64>) -> Result<()> {
    // all at once and on all threads first, since most data are finite
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

/// Refuses records whose number of columns differs from a model's.
///
/// # Errors
/// [`Error::ShapeMismatch`].
pub(crate) fn check_columns(records: ArrayView2<'_, f64>, expected: usize) -> Result<()> {
    if records.ncols() == expected {
        return Ok(());
    }
    Err(Error::shape(
        "the data",
        format!("{expected} columns"),
        format!("{} columns", records.ncols()),
    ))
}
