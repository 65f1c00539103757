//! Fits: restarts of one model, searches over many, and what is told of them.

pub(super) mod lockstep;
pub(super) mod observer;
pub(super) mod report;
pub(super) mod restarts;
pub(super) mod search;
