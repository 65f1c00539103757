//! Sources of rows for fits and predictions.

use linfa::DatasetBase;
use ndarray::{ArrayBase, Data, Ix2};

use super::RowBlocks;
use super::backend::Backend;
use super::local::LocalBackend;
use super::matrix::{MatrixRows, check_shape};
use crate::compute::memory::MemoryBudget;
use crate::error::Result;

/// A source of rows: a matrix of records, a linfa dataset with its sample weights, a
/// [table in a file](crate::table::StreamedTable), [rows that a program of your own reads](BlockRows), or a table on a cluster.
///
/// It is passed as `&dyn RowSource`, so that fits are compiled once, with the library, and not again in every crate or
/// notebook cell that calls them.
pub trait RowSource {
    /// Checks the records and weights, and returns a backend for passes over them.
    ///
    /// # Errors
    /// Same as [`MatrixRows::new`].
    fn backend(&self) -> Result<Box<dyn Backend + '_>>;
}

impl<D: Data<Elem = f64>> RowSource for ArrayBase<D, Ix2> {
    fn backend(&self) -> Result<Box<dyn Backend + '_>> {
        Ok(Box::new(LocalBackend::new(MatrixRows::from_records(self.view())?)))
    }
}

impl<D: Data<Elem = f64>, T> RowSource for DatasetBase<ArrayBase<D, Ix2>, T> {
    fn backend(&self) -> Result<Box<dyn Backend + '_>> {
        Ok(Box::new(LocalBackend::new(MatrixRows::new(self)?)))
    }
}

/// Rows that a program of your own reads block by block, wherever they are stored.
///
/// # Examples
/// Rows that are computed when they are read:
/// ```
/// use std::ops::Range;
///
/// use mixlab::{Block, BlockRows, RowBlocks, prelude::*};
///
/// struct Sine;
///
/// impl RowBlocks for Sine {
///     fn n_samples(&self) -> usize {
///         1000
///     }
///
///     fn n_features(&self) -> usize {
///         2
///     }
///
///     fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> mixlab::Result<()> {
///         let value = |(i, j): (usize, usize)| ((rows.start + i) as f64 + j as f64).sin();
///         block.fill(rows.start, Array2::from_shape_fn((rows.len(), 2), value).view());
///         Ok(())
///     }
/// }
///
/// let (model, report) = GaussianMixture::params(3).fit_with_report(&BlockRows(Sine))?;
/// assert_eq!((model.n_features(), report.restarts.len()), (2, 10));
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct BlockRows<R>(pub R);

impl<R: RowBlocks> RowSource for BlockRows<R> {
    /// Returns a backend for the rows. Their values are not checked before they are read: a fit to values that are not finite
    /// ends with [`Error::Diverged`](crate::Error::Diverged) or another error.
    ///
    /// # Errors
    /// [`Error::TooFewSamples`](crate::Error::TooFewSamples) without rows,
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch) without columns.
    fn backend(&self) -> Result<Box<dyn Backend + '_>> {
        check_shape((self.0.n_samples(), self.0.n_features()))?;
        Ok(Box::new(LocalBackend::new(&self.0 as &dyn RowBlocks)))
    }
}

/// Rows with a memory budget for fits to them.
#[derive(Debug, Clone, Copy)]
pub struct WithMemoryBudget<S>(pub S, pub MemoryBudget);

impl<S: RowSource> RowSource for WithMemoryBudget<S> {
    fn backend(&self) -> Result<Box<dyn Backend + '_>> {
        let mut backend = self.0.backend()?;
        backend.set_memory_budget(self.1);
        Ok(backend)
    }
}
