//! Looking on while fits go on.

use crate::mixture::em::restart::EmStep;
use crate::mixture::fit::search::SelectionCell;
use crate::mixture::{CovarianceType, GaussianMixture};

/// Somebody who looks on. Everything may be called from several threads.
pub trait Watch: Sync {
    /// A restart has made an EM step.
    fn step(&self, _step: &EmStep<'_>) {}

    /// A model of a search has been fitted, or could not be.
    fn cell(&self, _cell: &SelectionCell) {}

    /// All fits that are going on together have made one more pass over the rows.
    fn pass(&self, _pass: &Pass<'_>) {}
}

/// What a pass that several fits share has come to.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a> {
    /// Passes so far.
    pub index: usize,
    /// Fits that are still going on, restarts counted one by one.
    pub n_running: usize,
    /// Fits in all.
    pub n_runs: usize,
    /// The mixture that would be chosen now; none before the first EM step.
    pub leader: Option<Leader<'a>>,
}

/// The mixture with the lowest criterion so far.
#[derive(Debug, Clone, Copy)]
pub struct Leader<'a> {
    /// The mixture.
    pub model: &'a GaussianMixture,
    /// Its covariance family.
    pub covariance_type: CovarianceType,
    /// The latest log-likelihood known of it: its own, or that of the mixture it was a step ago.
    pub log_likelihood: f64,
}

/// Nobody looks on.
pub(crate) struct Nobody;

impl Watch for Nobody {}

/// Somebody who wants to know of every EM step.
pub(crate) struct OnStep<F>(pub(crate) F);

impl<F: Fn(EmStep<'_>) + Sync> Watch for OnStep<F> {
    fn step(&self, step: &EmStep<'_>) {
        (self.0)(*step);
    }
}

/// Somebody who wants to know of every model that ends.
pub(crate) struct OnCell<F>(pub(crate) F);

impl<F: Fn(&SelectionCell) + Sync> Watch for OnCell<F> {
    fn cell(&self, cell: &SelectionCell) {
        (self.0)(cell);
    }
}
