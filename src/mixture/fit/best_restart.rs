//! The best restart of a model; other models are dropped, since they can be as large as the data.

use super::report::{FitReport, RestartReport};
use crate::compute::ties::coarse;
use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::mixture::em::restart::Trace;
use crate::mixture::em::stop::StopReason;

/// The reports of finished restarts, and the best model.
#[derive(Default)]
pub(super) struct BestRestart {
    best: Option<Best>,
    reports: Vec<(usize, RestartReport)>,
}

/// The best restart and its model.
struct Best {
    restart: usize,
    log_likelihood: Option<f64>,
    model: GaussianMixture,
}

impl BestRestart {
    /// Records a finished restart and returns the model that is not kept: the one with the smaller log-likelihood, or the
    /// later one if they are equal to rounding.
    pub(super) fn record(
        &mut self,
        restart: usize,
        seed: u64,
        outcome: Result<(GaussianMixture, StopReason)>,
        trace: Trace,
    ) -> Option<GaussianMixture> {
        let (model, stop) = match outcome {
            Ok((model, stop)) => (Some(model), stop),
            Err(error) => (None, StopReason::Failed(error)),
        };
        let report = RestartReport::new(seed, trace, stop);
        let log_likelihood = report.log_likelihood();
        self.reports.push((restart, report));
        let finished = Best { restart, log_likelihood, model: model? };
        let better = |best: &Best| {
            let [finished_value, best_value] =
                [&finished, best].map(|one| one.log_likelihood.map_or(f64::NEG_INFINITY, coarse));
            finished_value > best_value
                || (finished_value == best_value && finished.restart < best.restart)
        };
        if self.best.as_ref().is_none_or(better) {
            return self.best.replace(finished).map(|before| before.model);
        }
        Some(finished.model)
    }

    /// Number of finished restarts.
    pub(super) fn n_finished(&self) -> usize {
        self.reports.len()
    }

    /// The best model so far and its log-likelihood.
    pub(super) fn best(&self) -> Option<(&GaussianMixture, f64)> {
        let best = self.best.as_ref()?;
        Some((&best.model, best.log_likelihood?))
    }

    /// Returns the best model with the reports of all restarts.
    ///
    /// # Errors
    /// The error of the restarts if all have failed.
    pub(super) fn finish(mut self, working_bytes: u64) -> Result<(GaussianMixture, FitReport)> {
        self.reports.sort_by_key(|&(restart, _)| restart);
        let restarts: Vec<_> = self.reports.into_iter().map(|(_, report)| report).collect();
        match self.best {
            Some(Best { restart, model, .. }) => {
                Ok((model, FitReport { restarts, best: restart, working_bytes }))
            }
            None => Err(all_failed(restarts)),
        }
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
