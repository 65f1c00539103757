//! Requests of a pass over the rows, and the sums that it accumulates.

use std::any::Any;

use super::backend::Backend;
use super::layout::RowLayout;
use super::{Block, n_parts};
use crate::error::{Error, Result};

/// A request of one pass over all rows.
///
/// The results of disjoint sets of rows add up to the result of their union.
pub trait PassRequest: Send + Sync {
    /// The sums over a set of rows, with the working memory to accumulate them.
    type Accumulator: Default + Send + 'static;

    /// Resets an accumulator for rows of `n_features` columns and reuses its memory.
    fn begin(&self, n_features: usize, accumulator: &mut Self::Accumulator);

    /// Adds a block of rows.
    ///
    /// # Errors
    /// Any error of the request.
    fn add(&self, block: &Block, accumulator: &mut Self::Accumulator) -> Result<()>;

    /// Adds the sums over other rows.
    fn merge(&self, all: &mut Self::Accumulator, part: &Self::Accumulator);

    /// Number of partial sums of a pass over `n_blocks` blocks of rows and columns of this shape. It must not depend on the
    /// number of threads, since the results would.
    fn n_parts(&self, n_blocks: usize, _shape: (usize, usize)) -> usize {
        n_parts(n_blocks)
    }

    /// The layout by which the request takes the rows of blocks split; none if it takes them as they are. A backend may keep split
    /// blocks from one pass to the next.
    fn layout(&self) -> Option<&RowLayout> {
        None
    }

    /// The request as an owned value, for a backend that sends it to other machines; none if it cannot be sent.
    fn owned(&self) -> Option<Box<dyn Any + Send>> {
        None
    }
}

/// A request with its accumulators, whose memory is kept from one pass to the next.
pub struct Pass<R: PassRequest> {
    request: R,
    parts: Vec<R::Accumulator>,
}

impl<R: PassRequest> Pass<R> {
    pub(crate) fn new(request: R) -> Self {
        Self { request, parts: Vec::new() }
    }

    /// A pass that reuses the memory of earlier passes.
    pub(crate) fn with_memory(request: R, parts: Vec<R::Accumulator>) -> Self {
        Self { request, parts }
    }

    /// Returns the accumulators; the first holds the result of the last pass.
    pub(crate) fn into_memory(self) -> Vec<R::Accumulator> {
        self.parts
    }

    /// Makes the pass and returns the result over all rows.
    ///
    /// # Errors
    /// Same as [`Backend::run`].
    pub(crate) fn over(mut self, backend: &mut dyn Backend) -> Result<R::Accumulator> {
        backend.run(&mut self)?;
        Ok(self.parts.swap_remove(0))
    }
}

/// A pass with a request of any type, as backends handle it.
pub trait AnyPass: Send {
    /// Number of partial sums.
    fn n_parts(&self, n_blocks: usize, shape: (usize, usize)) -> usize;

    /// The layout by which the request takes rows split, if it does.
    fn layout(&self) -> Option<&RowLayout>;

    /// Resets `n_parts` partial sums for rows of `n_features` columns.
    fn begin(&mut self, n_parts: usize, n_features: usize);

    /// The partial sums, to each of which consecutive blocks are added.
    fn parts(&mut self) -> Vec<Box<dyn PassPart + '_>>;

    /// Adds all partial sums to the first, in order.
    fn merge(&mut self);

    /// The request as an owned value, if it can be sent to other machines.
    fn owned_request(&self) -> Option<Box<dyn Any + Send>>;

    /// Accepts a result computed on other machines: an accumulator of the request.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] if it has another type.
    fn accept(&mut self, accumulator: Box<dyn Any + Send>) -> Result<()>;
}

/// A partial sum of a pass.
pub trait PassPart: Send {
    /// Adds a block.
    ///
    /// # Errors
    /// Any error of the request.
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

    fn layout(&self) -> Option<&RowLayout> {
        self.request.layout()
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
            Error::param("the answer to a request", "of another type", "that of the request")
        })?;
        self.parts = vec![*accumulator];
        Ok(())
    }
}
