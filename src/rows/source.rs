//! Sources of rows for fits and predictions.

use linfa::DatasetBase;
use ndarray::{ArrayBase, Data, Ix2};

use super::backend::Backend;
use super::local::LocalBackend;
use super::matrix::MatrixRows;
use crate::compute::memory::MemoryBudget;
use crate::error::Result;

/// A source of rows: a matrix of records, a linfa dataset with its sample weights, a table in a file, or a table on a
/// cluster.
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
