//! The best restarts of a model. Other models are dropped, since they can be as large as the data.

use std::cmp::Reverse;

use super::report::{FitReport, RestartReport};
use crate::compute::ties::coarse;
use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::mixture::covariance::Regularisation;
use crate::mixture::em::restart::Restart;
use crate::mixture::em::stop::StopReason;

/// Number of restarts of a model that are kept when all have paused.
const FINALISTS: usize = 2;

/// The restarts of a model that have paused or finished: the best ones, and the reports of the others.
#[derive(Default)]
pub(super) struct BestRestarts<'a> {
    candidates: Vec<Candidate<'a>>,
    reports: Vec<(usize, RestartReport)>,
}

/// A restart that has paused or finished with a model.
pub(super) struct Candidate<'a> {
    pub(super) index: usize,
    pub(super) seed: u64,
    pub(super) restart: Restart<'a>,
    n_degenerate: usize,
    /// Whether the restart is chosen only if there is no other, since its model is degenerate.
    is_avoided: bool,
    log_likelihood: f64,
}

impl<'a> BestRestarts<'a> {
    /// Records a restart that has paused or finished, and returns the model that is not kept.
    pub(super) fn record(
        &mut self,
        (index, seed): (usize, u64),
        restart: Restart<'a>,
        allow_degenerate: bool,
    ) -> Option<GaussianMixture> {
        let Some((model, log_likelihood)) = restart.model() else {
            return self.report(index, seed, restart);
        };
        let n_degenerate = restart.n_degenerate(model);
        let is_avoided = n_degenerate > 0 && !allow_degenerate;
        let candidate =
            Candidate { index, seed, restart, n_degenerate, is_avoided, log_likelihood };
        let at = self.candidates.partition_point(|other| other.rank() < candidate.rank());
        self.candidates.insert(at, candidate);
        if self.candidates.len() <= FINALISTS {
            return None;
        }
        let Candidate { index, seed, restart, .. } = self.candidates.pop()?;
        self.report(index, seed, restart)
    }

    /// Reports on a restart that is not kept, and returns its model.
    fn report(&mut self, index: usize, seed: u64, restart: Restart<'_>) -> Option<GaussianMixture> {
        let (outcome, trace) = restart.into_outcome();
        let (model, stop) = match outcome {
            Ok((model, stop)) => (Some(model), stop),
            Err(error) => (None, StopReason::Failed(error)),
        };
        self.reports.push((index, RestartReport::new(seed, trace, stop)));
        model
    }

    /// Removes the paused restarts whose log-likelihood is within `margin` of the best, avoided only if the best
    /// is.
    pub(super) fn take_finalists(&mut self, margin: f64) -> Vec<Candidate<'a>> {
        let Some(best) = self.candidates.first() else { return Vec::new() };
        let (least, is_avoided) = (best.log_likelihood - margin, best.is_avoided);
        let is_finalist = |candidate: &mut Candidate<'_>| {
            candidate.restart.has_paused()
                && candidate.log_likelihood >= least
                && candidate.is_avoided == is_avoided
        };
        self.candidates.extract_if(.., is_finalist).collect()
    }

    /// Whether the best model so far is chosen only if there is no other.
    pub(super) fn is_avoided(&self) -> bool {
        self.candidates.first().is_some_and(|best| best.is_avoided)
    }

    /// The best model so far and its log-likelihood.
    pub(super) fn best(&self) -> Option<(&GaussianMixture, f64)> {
        self.candidates.first()?.restart.model()
    }

    /// Returns the best model with the reports of all restarts; those that have paused were outperformed.
    ///
    /// # Errors
    /// The error of the restarts if all have failed.
    pub(super) fn finish(
        mut self,
        regularisation: &Regularisation,
        working_bytes: u64,
    ) -> Result<(GaussianMixture, FitReport)> {
        let mut best = None;
        for Candidate { index, seed, n_degenerate, restart, .. } in
            std::mem::take(&mut self.candidates)
        {
            let model = self.report(index, seed, restart);
            best = best.or(model.map(|model| (index, model, n_degenerate)));
        }
        self.reports.sort_by_key(|&(index, _)| index);
        let restarts: Vec<_> = self.reports.into_iter().map(|(_, report)| report).collect();
        let Some((best, model, n_degenerate)) = best else { return Err(all_failed(restarts)) };
        let regularisation = regularisation.columns.clone();
        Ok((model, FitReport { restarts, best, n_degenerate, regularisation, working_bytes }))
    }
}

impl Candidate<'_> {
    /// The order of candidates, the best first: not avoided, by log-likelihood, and the earliest of those
    /// that are equal to rounding.
    fn rank(&self) -> (bool, Reverse<f64>, usize) {
        (self.is_avoided, Reverse(coarse(self.log_likelihood)), self.index)
    }
}

/// The error of a fit of which all restarts have failed.
fn all_failed(restarts: Vec<RestartReport>) -> Error {
    let n_init = restarts.len();
    let failed = restarts.into_iter().find_map(|restart| match restart.stop {
        StopReason::Failed(error) => Some(error),
        _ => None,
    });
    match failed {
        Some(only) if n_init == 1 => only,
        Some(first) => Error::AllRestartsFailed { n_init, first: Box::new(first) },
        None => unreachable!("a restart without a model has failed"),
    }
}
