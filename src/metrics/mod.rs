//! How well rows, labels and tables agree.

pub mod agreement;
mod anomalies;
pub mod quality;

pub use anomalies::{AnomalousColumn, anomalies, anomalies_below};
