//! What is to be fitted, and what comes of it.

use super::observer::Observer;
use super::report::FitReport;
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::mixture::criteria::{Criteria, Criterion};
use crate::mixture::params::GmmValidParams;
use crate::rows::summaries::ColumnSummary;

/// Most bytes of statistics and models that restarts sharing passes take; one goes on alone if it takes more.
pub(super) const TOGETHER_BYTES: u64 = 128 << 20;

/// A restart of one of the models.
#[derive(Debug, Clone, Copy)]
pub(super) struct Job {
    pub(super) model: usize,
    pub(super) restart: usize,
    pub(super) seed: u64,
}

/// A model that has been fitted.
pub(in crate::mixture) struct Fitted {
    pub(in crate::mixture) model: GaussianMixture,
    pub(in crate::mixture) report: FitReport,
    /// If they are wanted.
    pub(in crate::mixture) criteria: Option<Criteria>,
}

/// What is fitted, and who is told.
pub(in crate::mixture) struct Fits<'a> {
    pub(in crate::mixture) models: &'a [GmmValidParams],
    pub(in crate::mixture) columns: &'a [ColumnSummary],
    /// Whether log-likelihood and criteria of the fitted models are wanted.
    pub(in crate::mixture) wants_criteria: bool,
    /// What the best model so far is the best by.
    pub(in crate::mixture) criterion: Criterion,
    pub(in crate::mixture) observer: Option<&'a dyn Observer>,
    /// Takes every model, by its index, as soon as it has been fitted or could not be.
    pub(in crate::mixture) ended: &'a (dyn Fn(usize, Result<Fitted>) + Sync),
}
