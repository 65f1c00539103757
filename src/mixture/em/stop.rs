//! The reason why EM stopped.

use crate::error::Error;

/// The reason why a restart stopped.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum StopReason {
    /// The rule of [`Convergence`](crate::Convergence) was met.
    Converged,
    /// Less than 1 nat was estimated to be left to gain, but other restarts of the model, or other models of a search, were
    /// better, and only the best were continued to convergence.
    Outperformed,
    /// `max_iter` iterations were made without convergence.
    MaxIter,
    /// The restart failed.
    Failed(Error),
}

impl StopReason {
    /// Whether the restart converged.
    pub fn converged(&self) -> bool {
        matches!(self, Self::Converged)
    }
}
