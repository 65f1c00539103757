//! What passes over rows gather.

use std::any::Any;

use super::backend::Backend;
use super::{Block, n_parts};
use crate::error::{Error, Result};

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
