//! Expectation maximisation: the statistics of a pass over the rows, and the steps of a restart.

pub(super) mod acceleration;
pub(crate) mod assignment;
pub(super) mod convergence;
pub(crate) mod evaluation;
pub(crate) mod levels;
pub(crate) mod pass;
pub(super) mod restart;
pub(crate) mod start_space;
pub(crate) mod statistics;
pub(super) mod stop;
pub(crate) mod tails;
