//! The inputs and the results of fits.

use super::columns::FitColumns;
use super::observer::Observer;
use super::report::FitReport;
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::mixture::criteria::{Criteria, Criterion};
use crate::mixture::params::GmmValidParams;

/// Maximum number of bytes of statistics and models of restarts in lockstep; a restart that needs more runs alone.
pub(super) const LOCKSTEP_BYTES: u64 = 128 << 20;

/// A restart of one of the models.
#[derive(Debug, Clone, Copy)]
pub(super) struct Job {
    pub(super) model: usize,
    pub(super) restart: usize,
    pub(super) seed: u64,
}

/// A fitted model.
pub(in crate::mixture) struct Fitted {
    pub(in crate::mixture) model: GaussianMixture,
    pub(in crate::mixture) report: FitReport,
    /// Criteria of the model, if requested.
    pub(in crate::mixture) criteria: Option<Criteria>,
}

/// The models to fit, and the receivers of results and events.
pub(in crate::mixture) struct Fits<'a> {
    pub(in crate::mixture) models: &'a [GmmValidParams],
    pub(in crate::mixture) columns: &'a FitColumns,
    /// Whether log-likelihood and criteria of the fitted models are computed.
    pub(in crate::mixture) with_criteria: bool,
    /// The criterion by which the best model so far is chosen.
    pub(in crate::mixture) criterion: Criterion,
    pub(in crate::mixture) observer: Option<&'a dyn Observer>,
    /// Receives the index and the outcome of every model as soon as its fit has finished.
    pub(in crate::mixture) on_fitted: &'a (dyn Fn(usize, Result<Fitted>) + Sync),
}
