//! Observers of fits.

use super::selection::SelectionCell;
use crate::mixture::em::restart::EmStep;
use crate::mixture::{CovarianceType, GaussianMixture};

/// Is told of the events of a fit or a search, the same ones wherever the rows are. Every method may be called from
/// several threads at once, and does nothing unless it is implemented.
pub trait Observer: Sync {
    /// A restart has made an EM step.
    fn step(&self, _step: &EmStep<'_>) {}

    /// A model of a search has been fitted, or could not be.
    fn cell(&self, _cell: &SelectionCell) {}

    /// The restarts that share a pass over the rows have made one more; a restart in memory has a pass to itself.
    fn pass(&self, _progress: &FitProgress<'_>) {}
}

/// What the passes of a fit or a search have come to.
#[derive(Debug, Clone, Copy)]
pub struct FitProgress<'a> {
    /// Passes so far.
    pub index: usize,
    /// Restarts that have not ended, of all models.
    pub n_running: usize,
    /// Restarts in all.
    pub n_runs: usize,
    /// The mixture that would be chosen now; none before the first EM step.
    pub best: Option<BestSoFar<'a>>,
}

/// The mixture with the lowest criterion so far.
#[derive(Debug, Clone, Copy)]
pub struct BestSoFar<'a> {
    /// The mixture.
    pub model: &'a GaussianMixture,
    /// Its covariance family.
    pub covariance_type: CovarianceType,
    /// The latest log-likelihood known of it: its own, or that of the mixture it was a step ago.
    pub log_likelihood: f64,
}

/// An observer of nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}

/// An observer of every EM step.
pub(crate) struct OnStep<F>(pub(crate) F);

impl<F: Fn(EmStep<'_>) + Sync> Observer for OnStep<F> {
    fn step(&self, step: &EmStep<'_>) {
        (self.0)(*step);
    }
}

/// An observer of every model that ends.
pub(crate) struct OnCell<F>(pub(crate) F);

impl<F: Fn(&SelectionCell) + Sync> Observer for OnCell<F> {
    fn cell(&self, cell: &SelectionCell) {
        (self.0)(cell);
    }
}
