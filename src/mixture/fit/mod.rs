//! Fits: restarts of one model, searches over many models, reports and observers.

mod best_restart;
mod classes;
pub(super) mod columns;
mod engine;
mod finals;
mod fits;
mod held_out;
pub(super) mod observer;
pub(super) mod report;
pub(super) mod restarts;
mod schedule;
pub(super) mod search;
mod selected_rows;
pub(super) mod selection;
mod short_runs;
pub(crate) mod starts;
