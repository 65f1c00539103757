//! The seam between what is computed and where rows live.
//!
//! A [`PassRequest`] says what one pass over all rows should gather; its answer is additive over blocks of rows. A
//! [`Backend`] makes the pass: over a matrix in memory, a file, or the machines of a cluster. Scaler, PCA, k-means, EM and
//! criteria ask nothing else of the rows, so none of them knows where these are.

use std::any::Any;
use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView2};

use super::sample::RowSample;
use super::{Block, MatrixRows, n_parts};
use crate::compute::memory::MemoryBudget;
use crate::compute::threads::{Threads, side_by_side};
use crate::error::{Error, Result};

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

/// What one pass over all rows gathers. Answers of disjoint sets of rows add up to that of their union.
pub trait PassRequest: Send + Sync {
    /// The sums over some rows, with the memory that they are gathered in.
    type Accumulator: Default + Send + 'static;

    /// Empties an accumulator for rows of `n_features` columns; its memory is used again.
    fn begin(&self, n_features: usize, accumulator: &mut Self::Accumulator);

    /// Adds a block of rows.
    ///
    /// # Errors
    /// What the request can raise.
    fn add(&self, block: &Block, accumulator: &mut Self::Accumulator) -> Result<()>;

    /// Adds the sums over other rows.
    fn merge(&self, all: &mut Self::Accumulator, part: &Self::Accumulator);

    /// Number of partial sums of a pass over so many rows and columns in so many blocks. It must not depend on the number
    /// of threads, as results would.
    fn n_parts(&self, n_blocks: usize, _shape: (usize, usize)) -> usize {
        n_parts(n_blocks)
    }

    /// The request as a value of its own, for a backend that sends it elsewhere; none if it cannot be sent.
    fn owned(&self) -> Option<Box<dyn Any + Send>> {
        None
    }
}

/// A request with what has been gathered for it; the memory is kept from one pass to the next.
pub struct Pass<R: PassRequest> {
    request: R,
    parts: Vec<R::Accumulator>,
}

impl<R: PassRequest> Pass<R> {
    pub(crate) fn new(request: R) -> Self {
        Self { request, parts: Vec::new() }
    }

    /// A pass that uses the memory of earlier ones.
    pub(crate) fn with_memory(request: R, parts: Vec<R::Accumulator>) -> Self {
        Self { request, parts }
    }

    /// The memory, the gathered sums of the last pass first.
    pub(crate) fn into_memory(self) -> Vec<R::Accumulator> {
        self.parts
    }

    /// Makes the pass, and gives what was gathered of all rows.
    ///
    /// # Errors
    /// As [`Backend::run`].
    pub(crate) fn over(mut self, backend: &mut dyn Backend) -> Result<R::Accumulator> {
        backend.run(&mut self)?;
        Ok(self.parts.swap_remove(0))
    }
}

/// A pass of any request, as backends see it.
pub trait AnyPass: Send {
    /// Number of partial sums.
    fn n_parts(&self, n_blocks: usize, shape: (usize, usize)) -> usize;

    /// Empties so many partial sums for rows of `n_features` columns.
    fn begin(&mut self, n_parts: usize, n_features: usize);

    /// The partial sums, to add consecutive blocks to.
    fn parts(&mut self) -> Vec<Box<dyn PassPart + '_>>;

    /// Adds all partial sums to the first, in their order.
    fn merge(&mut self);

    /// The request, if it can be sent elsewhere.
    fn owned_request(&self) -> Option<Box<dyn Any + Send>>;

    /// Takes what was gathered elsewhere: an accumulator of the request.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] if it is of another kind.
    fn accept(&mut self, accumulator: Box<dyn Any + Send>) -> Result<()>;
}

/// Partial sums that blocks are added to.
pub trait PassPart: Send {
    /// Adds a block.
    ///
    /// # Errors
    /// What the request can raise.
    fn add(&mut self, block: &Block) -> Result<()>;
}

struct Part<'a, R: PassRequest> {
    request: &'a R,
    accumulator: &'a mut R::Accumulator,
}

impl<R: PassRequest> PassPart for Part<'_, R> {
    fn add(&mut self, block: &Block) -> Result<()> {
        self.request.add(block, self.accumulator)
    }
}

impl<R: PassRequest> AnyPass for Pass<R> {
    fn n_parts(&self, n_blocks: usize, shape: (usize, usize)) -> usize {
        self.request.n_parts(n_blocks, shape)
    }

    fn begin(&mut self, n_parts: usize, n_features: usize) {
        self.parts.truncate(n_parts);
        self.parts.resize_with(n_parts, R::Accumulator::default);
        self.parts.iter_mut().for_each(|part| self.request.begin(n_features, part));
    }

    fn parts(&mut self) -> Vec<Box<dyn PassPart + '_>> {
        let request = &self.request;
        let parts = self.parts.iter_mut();
        parts.map(|accumulator| Box::new(Part { request, accumulator }) as Box<_>).collect()
    }

    fn merge(&mut self) {
        let (all, parts) = self.parts.split_first_mut().expect("at least one part");
        parts.iter().for_each(|part| self.request.merge(all, part));
    }

    fn owned_request(&self) -> Option<Box<dyn Any + Send>> {
        self.request.owned()
    }

    fn accept(&mut self, accumulator: Box<dyn Any + Send>) -> Result<()> {
        let accumulator = accumulator.downcast().map_err(|_| {
            Error::param("the answer to a request", "of another kind", "what was asked for")
        })?;
        self.parts = vec![*accumulator];
        Ok(())
    }
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

    /// Transforms rows.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] and [`Error::NonFinite`].
    fn apply(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>>;
}
