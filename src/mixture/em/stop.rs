//! Why EM stopped.

use crate::error::Error;

/// Why a restart stopped.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum StopReason {
    /// The mean log-likelihood changed by less than `tol`.
    Converged,
    /// `max_iter` iterations were made first.
    MaxIter,
    /// It had to give up.
    Failed(Error),
}

impl StopReason {
    /// Whether `tol` was met.
    pub fn converged(&self) -> bool {
        matches!(self, Self::Converged)
    }
}
