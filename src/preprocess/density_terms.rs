//! The terms that a preprocessor adds to log-densities, for all rows.

use std::any::Any;
use std::borrow::Cow;

use ndarray::ArrayView1;

use super::preprocessor::Preprocessor;
use crate::error::Result;
use crate::rows::Block;
use crate::rows::backend::RowAnswers;
use crate::rows::pass::PassRequest;

/// Requests the term to add to the log-density of each transformed row, or its sum over all rows by sample weight.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct DensityTerms<'a>(pub(crate) Cow<'a, Preprocessor>);

impl<'a> DensityTerms<'a> {
    pub(crate) fn new(preprocessor: &'a Preprocessor) -> Self {
        Self(Cow::Borrowed(preprocessor))
    }
}

impl PassRequest for DensityTerms<'_> {
    type Accumulator = f64;

    fn begin(&self, _: usize, sum: &mut f64) {
        *sum = 0.0;
    }

    fn add(&self, block: &Block, sum: &mut f64) -> Result<()> {
        let terms = self.0.log_density_terms(block.records());
        *sum += terms.dot(&ArrayView1::from(block.weights()));
        Ok(())
    }

    fn merge(&self, all: &mut f64, part: &f64) {
        *all += part;
    }

    fn owned(&self) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(DensityTerms(Cow::Owned(self.0.as_ref().clone()))))
    }
}

impl RowAnswers for DensityTerms<'_> {
    fn width(&self) -> usize {
        1
    }

    fn answer(&self, block: &Block, answers: &mut Vec<f64>) -> Result<()> {
        answers.extend(self.0.log_density_terms(block.records()));
        Ok(())
    }

    fn owned(&self) -> Option<Box<dyn Any + Send>> {
        PassRequest::owned(self)
    }
}
