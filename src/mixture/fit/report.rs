//! Reports on fits.

use crate::mixture::em::restart::Trace;
use crate::mixture::em::stop::StopReason;

/// Report on one restart.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RestartReport {
    /// Child seed of the restart.
    pub seed: u64,
    /// Log-likelihood after the initialisation and after each iteration; empty if the initialisation failed. The last is that
    /// of the restart's final model.
    pub log_likelihoods: Vec<f64>,
    /// Passes over the rows that EM made: one for each log-likelihood, and one for each rejected step of an accelerated fit.
    pub n_passes: usize,
    /// The reason why it stopped.
    pub stop: StopReason,
    /// Seconds spent on the initialisation.
    pub seconds_init: f64,
    /// Seconds spent on EM.
    pub seconds_em: f64,
}

impl RestartReport {
    /// Number of EM iterations.
    pub fn n_iter(&self) -> usize {
        self.log_likelihoods.len().saturating_sub(1)
    }

    /// Final log-likelihood; none if the restart failed.
    pub fn log_likelihood(&self) -> Option<f64> {
        match self.stop {
            StopReason::Failed(_) => None,
            _ => self.log_likelihoods.last().copied(),
        }
    }

    /// The largest decrease of the log-likelihood between iterations; 0 if it never decreased.
    ///
    /// EM itself never decreases it. `reg_covar` can, if a covariance is nearly singular, and so can the first iteration from
    /// a model of another covariance family.
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

/// Report on a fit: all restarts, and the best of them.
///
/// A fit that has not converged is reported here and is not an error.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FitReport {
    /// All restarts, in order.
    pub restarts: Vec<RestartReport>,
    /// Index of the best restart, whose model was kept.
    pub best: usize,
    /// Number of degenerate components of the model: their likelihood is bounded by the regularisation alone, so the
    /// log-likelihood and the criteria of the model say nothing about the data. Their smallest variance is at most twice the
    /// regularisation, or they have fewer rows than a covariance that is not singular needs. A degenerate model is kept only
    /// if every restart, and in a search every cell, has one.
    pub n_degenerate: usize,
    /// What was added to the variance of each column, so that covariances stay positive definite.
    pub regularisation: Vec<f64>,
    /// Bytes that the fit took in addition to the data; see [`working_bytes`](crate::GmmValidParams::working_bytes).
    pub working_bytes: u64,
}

impl FitReport {
    /// The best restart, whose model was kept.
    pub fn best(&self) -> &RestartReport {
        &self.restarts[self.best]
    }

    /// Log-likelihood of the model, Σ w ln p(x).
    pub fn log_likelihood(&self) -> f64 {
        self.best().log_likelihoods.last().copied().unwrap_or(f64::NAN)
    }

    /// Whether the best restart converged.
    pub fn converged(&self) -> bool {
        self.best().stop.converged()
    }

    /// Number of EM iterations of the best restart.
    pub fn n_iter(&self) -> usize {
        self.best().n_iter()
    }

    /// Seconds spent on initialisation, summed over the restarts.
    pub fn seconds_init(&self) -> f64 {
        self.restarts.iter().map(|restart| restart.seconds_init).sum()
    }

    /// Seconds spent on EM, summed over the restarts.
    pub fn seconds_em(&self) -> f64 {
        self.restarts.iter().map(|restart| restart.seconds_em).sum()
    }
}
