//! Quality of generated rows: measures and tests of whether they follow the original distribution.
//!
//! A measure is meaningful only relative to its value for real rows: for held-out rows, or for one half of the originals
//! against the other.
//!
//! For images and other rows of many columns: the distance of a generated row to the nearest real row
//! ([`nearest_distances`]), and the shares of rows that fall into the regions of the data ([`ndb`]). For tables: the
//! distributions of columns of numbers ([`kolmogorov_smirnov`]) and of categories ([`total_variation_test`]), the shares of missing
//! values ([`missing_test`]), the correlations of numbers ([`correlation_difference`]), the associations of categories with other
//! columns ([`association_test`]), and single values that are too frequent or missing altogether ([`value_differences`]). With the
//! feature `compare`, any other difference that a classifier detects (`two_sample_test`); `Comparison` combines these in verdicts.

mod associations;
mod categories;
mod columns;
#[cfg(feature = "compare")]
mod comparison;
#[cfg(feature = "compare")]
mod coordinates;
mod correlations;
#[cfg(feature = "compare")]
mod features;
#[cfg(feature = "compare")]
mod holdout;
mod missing;
mod ndb;
mod nearest;
mod permutation;
#[cfg(feature = "compare")]
mod ranks;
mod regions;
#[cfg(feature = "compare")]
mod similarity;
#[cfg(feature = "compare")]
mod trees;
#[cfg(feature = "compare")]
mod two_sample;
#[cfg(feature = "compare")]
mod usefulness;
mod values;

use ndarray::ArrayView2;

use crate::error::{Error, Result};
use crate::rows::{MatrixRows, RowBlocks};

pub use associations::{AssociationTest, association_test};
pub use categories::total_variation_test;
pub use columns::{KolmogorovSmirnov, correlation_difference, kolmogorov_smirnov};
#[cfg(feature = "compare")]
pub use comparison::{
    CategoryComparison, ColumnComparison, Comparison, ComparisonParams, CopiesLimit, Finding,
    MissingComparison, Nearest, NumberComparison, ValueComparison, Verdict,
};
pub use correlations::correlation_test;
#[cfg(feature = "compare")]
pub use holdout::{HoldoutPrivacy, MembershipAttack};
pub use missing::missing_test;
pub use ndb::{Ndb, ndb};
pub use nearest::{nearest_distances, nearest_others};
pub use permutation::PermutationTest;
pub use regions::region_test;
#[cfg(feature = "compare")]
pub use similarity::Similarity;
#[cfg(feature = "compare")]
pub use two_sample::{Classifier, TwoSample, two_sample_test};
#[cfg(feature = "compare")]
pub use usefulness::{TargetScores, Usefulness};
pub use values::{ValueDifference, ValueTrait, value_differences};

/// Returns an error if a value is missing or infinite; `what` needs complete rows.
///
/// # Errors
/// [`Error::IncompleteRows`] and [`Error::NonFinite`].
fn check_complete(rows: ArrayView2<'_, f64>, what: &'static str) -> Result<()> {
    if MatrixRows::from_records(rows)?.may_be_missing() {
        return Err(Error::IncompleteRows { what });
    }
    Ok(())
}

/// Returns an error if there are fewer samples than `wanted` needs.
///
/// # Errors
/// [`Error::TooFewSamples`].
#[cfg(feature = "compare")]
fn check_enough(n_samples: usize, needed: usize, wanted: &str) -> Result<()> {
    if n_samples < needed {
        return Err(Error::TooFewSamples { n_samples, needed, wanted: wanted.into() });
    }
    Ok(())
}

/// The error for a sample in which all values are missing.
fn no_values() -> Error {
    Error::TooFewSamples {
        n_samples: 0,
        needed: 1,
        wanted: "a comparison of observed values".into(),
    }
}
