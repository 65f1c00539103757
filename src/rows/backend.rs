//! The seam between what is computed and where rows live.
//!
//! A [`PassRequest`](super::pass::PassRequest) says what one pass over all rows should gather; its answer is additive over
//! blocks of rows. A [`Backend`] makes the pass: over a matrix in memory, a file, or the machines of a cluster. Scaler, PCA,
//! k-means, EM and criteria ask nothing else of the rows, so none of them knows where these are.

use std::any::Any;
use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView2};

use super::pass::AnyPass;
use super::sample::RowSample;
use super::{Block, MatrixRows};
use crate::compute::memory::MemoryBudget;
use crate::compute::threads::{Threads, side_by_side};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;

/// Rows, wherever they are.
pub trait Backend: Send + Sync {
    /// Number of rows.
    fn n_samples(&self) -> usize;

    /// Number of columns.
    fn n_features(&self) -> usize;

    /// Makes one pass over all rows.
    ///
    /// # Errors
    /// What reading the rows raises; [`Error::InvalidParam`] for a request that cannot be made of rows that are elsewhere.
    fn run(&mut self, pass: &mut dyn AnyPass) -> Result<()>;

    /// Random rows for each of some samples, which may have rows in common.
    ///
    /// # Errors
    /// What reading the rows raises.
    fn sample(&mut self, samples: &[RowSample]) -> Result<Vec<Arc<Array2<f64>>>>;

    /// Answers every row, and hands the answers to `sink` in the order of the rows, some rows at a time.
    ///
    /// # Errors
    /// What reading the rows raises, and what `sink` does.
    fn answer(&mut self, answers: &dyn RowAnswers, sink: &mut AnswerSink<'_>) -> Result<()>;

    /// The same rows, transformed.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if the rows have another number of columns than the transform takes; what reading raises.
    fn transformed<'s>(&'s self, transform: &'s dyn RowTransform) -> Result<Box<dyn Backend + 's>>;

    /// Another view of the same rows, for work beside other work on one thread; none where every pass takes all threads.
    fn fork(&self) -> Option<Box<dyn Backend + '_>> {
        None
    }

    /// How a pass is best made.
    fn pass_cost(&self) -> PassCost;

    /// The threads that work of this backend may use.
    fn threads(&self) -> Threads {
        Threads::All
    }

    /// How much memory of this process work on the rows may take.
    fn memory_budget(&self) -> MemoryBudget {
        MemoryBudget::default()
    }

    /// Sets how much memory work on the rows may take.
    fn set_memory_budget(&mut self, _budget: MemoryBudget) {}

    /// The sample weight of every row; none if all of them are 1.
    fn sample_weights(&self) -> Option<Vec<f64>> {
        None
    }

    /// The records and weights, if they are in memory.
    fn as_matrix(&self) -> Option<MatrixRows<'_>> {
        None
    }

    /// One row; none where rows have no order.
    ///
    /// # Errors
    /// What reading the row raises.
    fn row(&self, _index: usize) -> Result<Option<Array1<f64>>> {
        Ok(None)
    }
}

/// What takes the answers of some consecutive rows, shape `(n_rows, width)`.
pub type AnswerSink<'a> = dyn FnMut(ArrayView2<'_, f64>) -> Result<()> + 'a;

/// How a pass over rows is best made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassCost {
    /// The rows are few: several fits run beside one another, each on a thread of its own.
    OneThread,
    /// The rows are in memory: a fit at a time has all threads.
    AllThreads,
    /// The rows are read or sent anew: one pass serves as many fits as there are.
    Shared,
}

/// Runs fits that share no pass, and gives their results in order: beside one another, the first ones first, where rows are
/// few, else one after the other with all threads for each. Fits that follow one another share what `memory` makes.
pub(crate) fn independent<M, T: Send>(
    backend: &mut dyn Backend,
    n_fits: usize,
    memory: impl Fn() -> M + Sync,
    fit: impl Fn(&mut dyn Backend, &mut M, usize) -> T + Sync,
) -> Vec<T> {
    let beside = n_fits > 1
        && backend.threads() == Threads::All
        && backend.pass_cost() == PassCost::OneThread;
    if beside && backend.fork().is_some() {
        let shared = &*backend;
        let memory = || (shared.fork(), memory());
        return side_by_side(n_fits, memory, |(fork, memory), index| {
            let fork = fork.as_mut().expect("what forks once forks again");
            fit(fork.as_mut(), memory, index)
        });
    }
    let memory = &mut memory();
    (0..n_fits).map(|index| fit(backend, memory, index)).collect()
}

/// Some numbers for each row.
pub trait RowAnswers: Send + Sync {
    /// How many.
    fn width(&self) -> usize;

    /// Appends the answers of the rows of a block, row by row.
    ///
    /// # Errors
    /// What the answers can raise.
    fn answer(&self, block: &Block, answers: &mut Vec<f64>) -> Result<()>;

    /// The question as a value of its own, for a backend that sends it elsewhere; none if it cannot be sent.
    fn owned(&self) -> Option<Box<dyn Any + Send>> {
        None
    }
}

/// The answers of all rows, shape `(n_samples, width)`.
///
/// # Errors
/// As [`Backend::answer`].
pub(crate) fn collect_answers(
    backend: &mut dyn Backend,
    answers: &dyn RowAnswers,
) -> Result<Array2<f64>> {
    let mut all = Vec::with_capacity(backend.n_samples() * answers.width());
    backend.answer(answers, &mut |some| {
        all.extend(some.as_standard_layout().iter());
        Ok(())
    })?;
    let n_rows = all.len() / answers.width();
    Ok(Array2::from_shape_vec((n_rows, answers.width()), all)
        .expect("as many answers for each row"))
}

/// What maps rows to rows.
pub trait RowTransform: Any + Send + Sync {
    /// Whether rows stay as they are.
    fn is_identity(&self) -> bool;

    /// Number of columns that it takes, if it is known.
    fn n_inputs(&self) -> Option<usize>;

    /// Number of columns that it gives of so many.
    fn n_outputs(&self, n_inputs: usize) -> usize;

    /// Transforms finite rows of as many columns as it takes.
    fn apply(&self, rows: ArrayView2<'_, f64>) -> Array2<f64>;
}
