//! Quality of generated rows: measures and tests of whether they follow the original distribution.
//!
//! A measure is meaningful only relative to its value for real rows: for held-out rows, or for one half of the originals
//! against the other.
//!
//! For images and other rows of many columns: the distance of a generated row to the nearest real row
//! ([`nearest_distances`]), and the shares of rows that fall into the regions of the data ([`ndb`]). For tables: the
//! distributions of columns ([`kolmogorov_smirnov`]), their correlations ([`correlation_difference`]), and any other
//! difference that a classifier detects ([`two_sample_test`]). [`Comparison`] combines these in a verdict.

mod columns;
mod comparison;
mod correlations;
mod ndb;
mod nearest;
mod permutation;
mod regions;
mod two_sample;

pub use columns::{KolmogorovSmirnov, correlation_difference, kolmogorov_smirnov};
pub use comparison::{
    ColumnComparison, Comparison, ComparisonParams, CopiesLimit, Finding, Nearest,
};
pub use correlations::correlation_test;
pub use ndb::{Ndb, ndb};
pub use nearest::{nearest_distances, nearest_others};
pub use permutation::PermutationTest;
pub use regions::region_test;
pub use two_sample::{TwoSample, two_sample_test};
