//! What happened in a fit.

use crate::mixture::em::restart::Trace;
use crate::mixture::em::stop::StopReason;

/// One restart.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RestartReport {
    /// The child seed it drew from.
    pub seed: u64,
    /// Log-likelihood of the start and after each iteration; empty if the start failed. The last is that
    /// of the model the restart ended with.
    pub log_likelihoods: Vec<f64>,
    /// Passes over the rows that EM made: one for each log-likelihood, and one for each leap of an accelerated fit that
    /// went too far.
    pub n_passes: usize,
    /// Why it stopped.
    pub stop: StopReason,
    /// Seconds spent on the start.
    pub seconds_init: f64,
    /// Seconds spent on EM.
    pub seconds_em: f64,
}

impl RestartReport {
    /// EM iterations made.
    pub fn n_iter(&self) -> usize {
        self.log_likelihoods.len().saturating_sub(1)
    }

    /// Log-likelihood at the end, if the restart did not fail.
    pub fn log_likelihood(&self) -> Option<f64> {
        match self.stop {
            StopReason::Failed(_) => None,
            _ => self.log_likelihoods.last().copied(),
        }
    }

    /// By how much the log-likelihood fell at most from one iteration to the next; 0 if it never did.
    ///
    /// EM itself never lowers it. `reg_covar` can, where a covariance is nearly singular, and so can the
    /// first iteration from a model of another covariance family.
    pub fn largest_fall(&self) -> f64 {
        let falls = self.log_likelihoods.windows(2).map(|pair| pair[0] - pair[1]);
        falls.fold(0.0, f64::max)
    }

    pub(in crate::mixture) fn new(seed: u64, trace: Trace, stop: StopReason) -> Self {
        Self {
            seed,
            log_likelihoods: trace.log_likelihoods,
            n_passes: trace.n_passes,
            stop,
            seconds_init: trace.seconds_init,
            seconds_em: trace.seconds_em,
        }
    }
}

/// What happened in a fit: every restart, and which one won. Not converging is a fact in it, not an
/// error.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FitReport {
    /// All restarts, in order.
    pub restarts: Vec<RestartReport>,
    /// Index of the restart whose model was kept.
    pub best: usize,
    /// Bytes that the fit took beside the data; see
    /// [`working_bytes`](crate::GmmValidParams::working_bytes).
    pub working_bytes: u64,
}

impl FitReport {
    /// The restart whose model was kept.
    pub fn best(&self) -> &RestartReport {
        &self.restarts[self.best]
    }

    /// Log-likelihood of the model that was kept, Σ w ln p(x).
    pub fn log_likelihood(&self) -> f64 {
        self.best().log_likelihoods.last().copied().unwrap_or(f64::NAN)
    }

    /// Whether the restart that was kept met `tol`.
    pub fn converged(&self) -> bool {
        self.best().stop.converged()
    }

    /// EM iterations of the restart that was kept.
    pub fn n_iter(&self) -> usize {
        self.best().n_iter()
    }

    /// Seconds spent on starts, summed over the restarts.
    pub fn seconds_init(&self) -> f64 {
        self.restarts.iter().map(|restart| restart.seconds_init).sum()
    }

    /// Seconds spent on EM, summed over the restarts.
    pub fn seconds_em(&self) -> f64 {
        self.restarts.iter().map(|restart| restart.seconds_em).sum()
    }
}
