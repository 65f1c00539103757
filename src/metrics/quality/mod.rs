//! How well generated rows follow the originals.
//!
//! Every measure wants the same one for real rows beside it, since none means anything alone: held-out
//! rows, or one half of the originals against the other, set the standard.
//!
//! For images and other rows of many columns: how near is a generated row to the nearest real one
//! ([`nearest_distances`]), and do generated rows fall into the regions of the data as often as real ones do
//! ([`ndb`]). For tables: does each column follow its original ([`kolmogorov_smirnov`]), do pairs of columns
//! ([`correlation_difference`]), and can anything at all be told apart ([`two_sample_test`]). [`Comparison`] asks all
//! of it at once, and comes to a verdict.

mod columns;
mod comparison;
mod correlations;
mod ndb;
mod nearest;
mod permutation;
mod regions;
mod two_sample;

pub use columns::{KolmogorovSmirnov, correlation_difference, kolmogorov_smirnov};
pub use comparison::{ColumnComparison, Comparison, ComparisonParams, Finding, Nearest};
pub use correlations::correlation_test;
pub use ndb::{Ndb, ndb};
pub use nearest::{nearest_distances, nearest_others};
pub use permutation::PermutationTest;
pub use regions::region_test;
pub use two_sample::{TwoSample, two_sample_test};
