//! The reason why EM stopped.

use crate::error::Error;

/// The reason why a restart stopped.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum StopReason {
    /// The mean log-likelihood changed by less than `tol`.
    Converged,
    /// `max_iter` iterations were made without convergence.
    MaxIter,
    /// The restart failed.
    Failed(Error),
}

impl StopReason {
    /// Whether the restart converged, that is, met `tol`.
    pub fn converged(&self) -> bool {
        matches!(self, Self::Converged)
    }
}
