//! Expectation maximisation: what a pass gathers, and what a restart makes of it.

mod acceleration;
pub(crate) mod assignment;
pub(super) mod restart;
pub(crate) mod statistics;
#[cfg(feature = "cluster")]
mod sums;
