//! Anomalous rows, and the columns that make them anomalous.

mod columns;
mod rows;

pub use columns::{AnomalousColumn, Unusual};
pub use rows::{anomalies, anomalies_below};
