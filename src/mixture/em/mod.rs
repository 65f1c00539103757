//! Expectation maximisation: what a pass gathers, and what a restart makes of it.

mod acceleration;
pub(crate) mod assignment;
pub(crate) mod evaluation;
pub(crate) mod pass;
pub(super) mod restart;
pub(crate) mod statistics;
pub(super) mod stop;
