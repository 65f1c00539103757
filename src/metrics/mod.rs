//! Metrics: agreement of labels, anomalous rows, and the quality of generated rows.

pub mod agreement;
mod anomalies;
pub mod quality;

pub use anomalies::{AnomalousColumn, Unusual, anomalies, anomalies_below};
