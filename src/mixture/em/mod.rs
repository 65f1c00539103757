//! Expectation maximisation: the statistics of a pass over the rows, and the steps of a restart.

mod acceleration;
pub(crate) mod assignment;
pub(crate) mod evaluation;
pub(crate) mod pass;
pub(super) mod restart;
pub(crate) mod statistics;
pub(super) mod stop;
