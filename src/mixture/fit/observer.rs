//! Observers of fits.

use super::selection::SelectionCell;
use crate::mixture::em::restart::EmStep;
use crate::mixture::{CovarianceType, GaussianMixture};

/// Receives the events of a fit or a search, the same ones wherever the rows are.
///
/// Methods may be called from several threads at once; by default they do nothing.
pub trait Observer: Sync {
    /// Called after every EM step of a restart.
    fn step(&self, _step: &EmStep<'_>) {}

    /// Called before the models of a search are fitted to all rows but part `fold` of `n_folds`, for
    /// [`Criterion::HeldOut`](crate::Criterion::HeldOut). These fits have no other events.
    fn fold(&self, _fold: usize, _n_folds: usize) {}

    /// Called when the fit of a model of a search has finished or failed.
    fn cell(&self, _cell: &SelectionCell) {}

    /// Called after every pass over the rows. In lockstep, restarts share their passes; a restart on rows in memory has its
    /// own.
    fn pass(&self, _progress: &FitProgress<'_>) {}
}

/// The state of a fit or a search after a pass.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FitProgress<'a> {
    /// Number of passes so far.
    pub index: usize,
    /// Number of restarts that have not finished, of all models.
    pub n_running: usize,
    /// Total number of restarts.
    pub n_runs: usize,
    /// The best mixture so far; none before the first EM step.
    pub best: Option<BestSoFar<'a>>,
}

/// The mixture with the lowest criterion so far.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct BestSoFar<'a> {
    /// The mixture.
    pub model: &'a GaussianMixture,
    /// Its covariance family.
    pub covariance_type: CovarianceType,
    /// The latest log-likelihood: that of the mixture, or of the mixture one step before.
    pub log_likelihood: f64,
}

/// An observer that ignores all events.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}

/// An observer of EM steps.
pub(crate) struct OnStep<F>(pub(crate) F);

impl<F: Fn(EmStep<'_>) + Sync> Observer for OnStep<F> {
    fn step(&self, step: &EmStep<'_>) {
        (self.0)(*step);
    }
}

/// An observer of the fitted models of a search.
pub(crate) struct OnCell<F>(pub(crate) F);

impl<F: Fn(&SelectionCell) + Sync> Observer for OnCell<F> {
    fn cell(&self, cell: &SelectionCell) {
        (self.0)(cell);
    }
}
