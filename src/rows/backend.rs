//! Backends: the interface between computations and the storage of rows.
//!
//! A [`PassRequest`](super::pass::PassRequest) defines what one pass over all rows computes; its result is additive over
//! blocks of rows. A [`Backend`] makes the pass: over a matrix in memory, a file, or the machines of a cluster. The scaler,
//! PCA, k-means, EM and criteria access the rows in no other way, so they do not depend on where the rows are.

use std::any::Any;
use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView2};

use super::pass::AnyPass;
use super::sample::RowSample;
use super::{Block, MatrixRows};
use crate::compute::memory::MemoryBudget;
use crate::compute::threads::{Threads, run_parallel};
use crate::error::{Error, Result};

/// A set of rows in memory, in a file or on a cluster.
pub trait Backend: Send + Sync {
    /// Number of rows.
    fn n_samples(&self) -> usize;

    /// Number of columns.
    fn n_features(&self) -> usize;

    /// Makes one pass over all rows.
    ///
    /// # Errors
    /// Any error from reading the rows; [`Error::InvalidParam`] for a request that cannot be sent to rows on other machines.
    fn run(&mut self, pass: &mut dyn AnyPass) -> Result<()>;

    /// Draws random samples of the rows; the samples may overlap.
    ///
    /// # Errors
    /// Any error from reading the rows.
    fn sample(&mut self, samples: &[RowSample]) -> Result<Vec<Arc<Array2<f64>>>>;

    /// Computes answers for every row and passes them to `sink` in the order of the rows, several rows at a time.
    ///
    /// # Errors
    /// Any error from reading the rows or from `sink`.
    fn answer(&mut self, answers: &dyn RowAnswers, sink: &mut AnswerSink<'_>) -> Result<()>;

    /// Returns a backend of the same rows, transformed.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if the rows have another number of columns than the transform takes; any error from reading
    /// the rows.
    fn transformed<'s>(&'s self, transform: &'s dyn RowTransform) -> Result<Box<dyn Backend + 's>>;

    /// Returns a backend of the same rows, transformed, in the place of this one.
    ///
    /// # Errors
    /// Same as [`transformed`](Self::transformed); [`Error::InvalidParam`] for rows on other machines.
    fn into_transformed<'s>(
        self: Box<Self>,
        _transform: &'s dyn RowTransform,
    ) -> Result<Box<dyn Backend + 's>>
    where
        Self: 's,
    {
        Err(Error::param("the rows", "on a cluster", "on this machine, for rules between columns"))
    }

    /// Returns another view of the same rows, for one of several tasks that run in parallel on one thread each; none if every
    /// pass uses all threads.
    fn fork(&self) -> Option<Box<dyn Backend + '_>> {
        None
    }

    /// The cheapest way to make passes over the rows.
    fn pass_cost(&self) -> PassCost;

    /// Whether values may be missing: NaN.
    fn may_be_missing(&self) -> bool {
        true
    }

    /// The threads that computations on this backend may use.
    fn threads(&self) -> Threads {
        Threads::All
    }

    /// The memory budget of this process for computations on the rows.
    fn memory_budget(&self) -> MemoryBudget {
        MemoryBudget::default()
    }

    /// Sets the memory budget for computations on the rows.
    fn set_memory_budget(&mut self, _budget: MemoryBudget) {}

    /// The sample weight of every row; none if all of them are 1.
    fn sample_weights(&self) -> Option<Vec<f64>> {
        None
    }

    /// The records and weights, if they are in memory.
    fn as_matrix(&self) -> Option<MatrixRows<'_>> {
        None
    }

    /// Returns one row; none if the rows have no order.
    ///
    /// # Errors
    /// Any error from reading the row.
    fn row(&self, _index: usize) -> Result<Option<Array1<f64>>> {
        Ok(None)
    }
}

/// A function that receives the answers of consecutive rows, shape `(n_rows, width)`.
pub type AnswerSink<'a> = dyn FnMut(ArrayView2<'_, f64>) -> Result<()> + 'a;

/// The cost of a pass over the rows, which determines how fits share passes and threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassCost {
    /// The rows are few: several fits run in parallel, each on one thread.
    OneThread,
    /// The rows are in memory: one fit at a time uses all threads.
    AllThreads,
    /// Every pass reads or sends the rows again: as many fits as possible share a pass.
    Shared,
}

/// Runs fits that share no pass, and returns their results in order. If the rows are few, fits run in parallel, starting with
/// the first; otherwise one fit after another uses all threads. `memory` creates working memory, which successive fits share.
pub(crate) fn independent<M, T: Send>(
    backend: &mut dyn Backend,
    n_fits: usize,
    memory: impl Fn() -> M + Sync,
    fit: impl Fn(&mut dyn Backend, &mut M, usize) -> T + Sync,
) -> Vec<T> {
    let in_parallel = n_fits > 1
        && backend.threads() == Threads::All
        && backend.pass_cost() == PassCost::OneThread;
    if in_parallel && backend.fork().is_some() {
        let shared = &*backend;
        let memory = || (shared.fork(), memory());
        return run_parallel(n_fits, memory, |(fork, memory), index| {
            let fork = fork.as_mut().expect("a backend that has forked can fork again");
            fit(fork.as_mut(), memory, index)
        });
    }
    let memory = &mut memory();
    (0..n_fits).map(|index| fit(backend, memory, index)).collect()
}

/// A function that computes numbers for each row.
pub trait RowAnswers: Send + Sync {
    /// Number of values for each row.
    fn width(&self) -> usize;

    /// Appends the answers of the rows of a block, row by row.
    ///
    /// # Errors
    /// Any error from computing the answers.
    fn answer(&self, block: &Block, answers: &mut Vec<f64>) -> Result<()>;

    /// The question as an owned value, for a backend that sends it to other machines; none if it cannot be sent.
    fn owned(&self) -> Option<Box<dyn Any + Send>> {
        None
    }
}

/// Collects the answers of all rows, shape `(n_samples, width)`.
///
/// # Errors
/// Same as [`Backend::answer`].
pub(crate) fn collect_answers(
    backend: &mut dyn Backend,
    answers: &dyn RowAnswers,
) -> Result<Array2<f64>> {
    let mut all = Vec::with_capacity(backend.n_samples() * answers.width());
    backend.answer(answers, &mut |some| {
        let some = some.as_standard_layout();
        all.extend_from_slice(some.as_slice().expect("standard layout"));
        Ok(())
    })?;
    let n_rows = all.len() / answers.width();
    Ok(Array2::from_shape_vec((n_rows, answers.width()), all)
        .expect("the same number of answers for each row"))
}

/// A map from rows to rows.
pub trait RowTransform: Any + Send + Sync {
    /// Whether rows are unchanged.
    fn is_identity(&self) -> bool;

    /// Number of input columns, if known.
    fn n_inputs(&self) -> Option<usize>;

    /// Number of output columns for `n_inputs` input columns.
    fn n_outputs(&self, n_inputs: usize) -> usize;

    /// Whether values of transformed rows may be missing although those of the rows are not.
    fn may_make_missing(&self) -> bool {
        false
    }

    /// Transforms finite rows with the expected number of columns.
    fn apply(&self, rows: ArrayView2<'_, f64>) -> Array2<f64>;
}
