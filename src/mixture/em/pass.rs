//! The requests of mixtures to a pass over the rows: statistics for M-steps, and evaluations of models.

use std::any::Any;
use std::borrow::Cow;

use super::assignment::Assignment;
use super::evaluation::Evaluation;
use super::statistics::{Statistics, n_parts};
use crate::compute::simd::AlignedBuffer;
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::mixture::covariance::{CovarianceType, Scratch};
use crate::rows::Block;
use crate::rows::layout::RowLayout;
use crate::rows::pass::PassRequest;

/// A request for the statistics of a covariance family under an assignment.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Wanted<'a> {
    pub(crate) assignment: Cow<'a, Assignment>,
    pub(crate) covariance_type: CovarianceType,
}

impl Wanted<'_> {
    /// Whether the statistics exist for rows of `n_columns` with this layout.
    #[cfg_attr(not(feature = "cluster"), allow(dead_code, reason = "checked when it was sent"))]
    pub(crate) fn fits(&self, layout: &RowLayout, n_columns: usize) -> bool {
        self.assignment.fits(layout, n_columns)
            && self.covariance_type.check(self.assignment.centers().ncols()).is_ok()
    }
}

/// Requests the statistics of fits and the evaluations of models, which share the pass.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct MixtureRequest<'a> {
    /// The columns of the rows.
    pub(crate) layout: Cow<'a, RowLayout>,
    pub(crate) statistics: Vec<Wanted<'a>>,
    pub(crate) evaluations: Vec<Cow<'a, GaussianMixture>>,
}

/// The sums over a set of rows, and the memory in which they are accumulated. The memory is kept from one pass to the next
/// and from one restart to the next: if statistics are larger than the data, new allocations would cost more than the passes.
#[derive(Default)]
pub(crate) struct MixtureSums {
    /// The requested statistics, in order.
    pub(crate) statistics: Vec<Statistics>,
    pub(crate) evaluations: Vec<Evaluation>,
    posterior: AlignedBuffer,
    weighted: AlignedBuffer,
    scratch: Scratch,
}

impl MixtureSums {
    /// Adds the sums over other rows.
    pub(crate) fn merge(&mut self, part: &Self) {
        for (all, part) in self.statistics.iter_mut().zip(&part.statistics) {
            all.merge(part);
        }
        for (all, part) in self.evaluations.iter_mut().zip(&part.evaluations) {
            all.merge(part);
        }
    }
}

impl PassRequest for MixtureRequest<'_> {
    type Accumulator = MixtureSums;

    fn begin(&self, _: usize, sums: &mut MixtureSums) {
        sums.statistics.resize_with(self.statistics.len(), Statistics::default);
        for (statistics, wanted) in sums.statistics.iter_mut().zip(&self.statistics) {
            statistics.clear(wanted.covariance_type, &wanted.assignment, &self.layout);
        }
        sums.evaluations.clear();
        sums.evaluations.resize(self.evaluations.len(), Evaluation::default());
    }

    fn add(&self, block: &Block, sums: &mut MixtureSums) -> Result<()> {
        let MixtureSums { statistics, evaluations, posterior, weighted, scratch } = sums;
        let split = block.split(&self.layout)?;
        for rows in split.parts() {
            for (statistics, wanted) in statistics.iter_mut().zip(&self.statistics) {
                let assignment = wanted.assignment.as_ref();
                let posterior = posterior.resize(rows.n_rows() * assignment.centers().nrows());
                statistics.log_likelihood += assignment.assign(rows, posterior, scratch)?;
                statistics.add(rows, (assignment, posterior), weighted, scratch)?;
            }
            for (evaluation, model) in evaluations.iter_mut().zip(&self.evaluations) {
                evaluation.add(model, rows)?;
            }
        }
        Ok(())
    }

    fn merge(&self, all: &mut MixtureSums, part: &MixtureSums) {
        all.merge(part);
    }

    fn n_parts(&self, n_blocks: usize, shape: (usize, usize)) -> usize {
        let len = |wanted: &Wanted<'_>| {
            let (k, d) = wanted.assignment.centers().dim();
            wanted.covariance_type.second_moment_len(k, d)
        };
        n_parts(n_blocks, self.statistics.iter().map(len).max().unwrap_or(0), shape)
    }

    fn layout(&self) -> Option<&RowLayout> {
        Some(&self.layout)
    }

    fn owned(&self) -> Option<Box<dyn Any + Send>> {
        let statistics = self.statistics.iter().map(|wanted| Wanted {
            assignment: Cow::Owned(wanted.assignment.as_ref().clone()),
            covariance_type: wanted.covariance_type,
        });
        let evaluations = self.evaluations.iter().map(|model| Cow::Owned(model.as_ref().clone()));
        Some(Box::new(MixtureRequest {
            layout: Cow::Owned(self.layout.as_ref().clone()),
            statistics: statistics.collect(),
            evaluations: evaluations.collect(),
        }))
    }
}
