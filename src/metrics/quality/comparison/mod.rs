//! Comparisons of an original and a synthetic table, with a verdict.

mod columns;
mod copies;
mod findings;
mod nearest;
mod params;
mod verdicts;

use super::{
    AssociationTest, HoldoutPrivacy, Ndb, PermutationTest, Similarity, TwoSample, Usefulness,
    ValueDifference,
};

pub use columns::{
    CategoryComparison, ColumnComparison, MissingComparison, NumberComparison, ValueComparison,
};
pub use findings::Finding;
pub use nearest::{CopiesLimit, Nearest};
pub use params::ComparisonParams;
pub use verdicts::Verdict;

/// A comparison of a synthetic table with the original: whether the synthetic rows are faithful to the original distribution, useful in
/// its place, and private.
///
/// Up to seven tests compare the distributions. The p-value of each is the probability of a difference at least as large by
/// chance:
///
/// - each column, by the [Kolmogorov-Smirnov](super::kolmogorov_smirnov) statistic of observed numbers and the
///   [total variation distance](super::total_variation_test) of observed categories; the p-value is the smallest of all columns, times
///   their number (Bonferroni);
/// - single values: how often frequent values, more decimals and values beyond the range of the original
///   [occur](super::value_differences), times the number of all of these;
/// - the shares of missing values, if there are any, by [Fisher's exact test](super::missing_test) of each column that has some; again
///   the smallest p-value times their number;
/// - pairs of numbers, by a [test of their correlations](super::correlation_test) (up to 200 columns);
/// - pairs with a category or with missing values, by a [test of their associations](super::association_test) (up to 5000 pairs);
/// - any kind of difference, by a [classifier two-sample test](super::two_sample_test), whose area under the ROC curve is reported with
///   its interval, and with the smallest area that so many rows would show;
/// - the regions of the data, by a [test of their counts](super::region_test); in addition, [the number of bins](super::ndb) in
///   which shares differ is reported.
///
/// The synthetic rows follow the original distribution if no p-value is below 1 % divided by the number of tests, so that at
/// most about one in a hundred samples of the original distribution is rejected. With few rows only large differences are
/// found, and with very many rows any difference is. Therefore at most `most_rows` rows are compared, and the verdict holds
/// for this many.
///
/// Two further questions have verdicts of their own: whether models that learn from the synthetic rows predict real ones as well
/// ([`Usefulness`]), and whether the synthetic rows tell about single training rows ([`Nearest`], and [`HoldoutPrivacy`] if rows were held
/// out). [`Similarity`] has the figures of sdmetrics.
///
/// Neighbours, the regions and the distances to nearest rows take mixed rows with missing values: a category has a coordinate of 0
/// or 1 for each level, a missing category being a level of its own, and a missing number is the mean of its column, with a
/// further coordinate for whether it is missing. Coordinates are scaled so that a category, and whether a number is missing, have the
/// influence of a standardised number: the expected squared distance of two rows in them is 2. In duplicates the same values are
/// missing.
///
/// Whether the rows are new is a separate question, since copies follow the distribution best. Two permutation tests answer it,
/// which call at most 1 % of the samples of the original distribution copies. See [`Nearest`].
///
/// # Examples
/// ```
/// use mixlab::{UserUnits, prelude::*, quality::Comparison};
///
/// let survey = datasets::survey();
/// let columns = Column::all(survey.records.view(), survey.feature_names());
/// let model = Pipeline::params()
///     .standardize(true)
///     .mixture(GaussianMixture::params(4))
///     .fit(&survey)?;
/// // with the decimals of the survey, which a classifier would miss
/// let model = ModelFile { columns: columns.clone(), ..model.into() };
/// let synthetic = model.sample(400, 1, true, UserUnits::default());
/// let comparison =
///     Comparison::params().compare_columns(survey.records.view(), synthetic.view(), &columns)?;
/// assert!(comparison.verdicts().iter().all(|verdict| verdict.holds == Some(true)));
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// Numbers of rows of the original and of the synthetic table.
    pub n_rows: [usize; 2],
    /// Numbers of rows of both that were compared.
    pub n_compared: [usize; 2],
    /// Comparison of each column.
    pub columns: Vec<ColumnComparison>,
    /// Test of the largest difference of correlations of numbers; none with one column of numbers or with more than 200.
    pub correlations: Option<PermutationTest>,
    /// Test of the largest difference of associations of categories and of missing values; none without any, or with more than 5000
    /// pairs.
    pub associations: Option<AssociationTest>,
    /// Single values, in the order of their p-values.
    pub values: Vec<ValueDifference>,
    /// Result of the classifier two-sample test.
    pub classifier: TwoSample,
    /// Test of the counts in the regions of the data.
    pub regions: PermutationTest,
    /// Number of bins whose shares differ; by chance one in twenty does.
    pub bins: Ndb,
    /// Distances to the nearest original rows.
    pub nearest: Nearest,
    /// Similarity by the figures of sdmetrics.
    pub similarity: Similarity,
    /// Predictions of real rows; none with fewer than 30 rows for training or test, with one column, or with
    /// more than 20 columns and no target.
    pub usefulness: Option<Usefulness>,
    /// Comparison with rows that were held out of training; none without them.
    pub holdout: Option<HoldoutPrivacy>,
    /// Whether distances and regions are in standard deviations of the original columns.
    pub standardized: bool,
}

impl Comparison {
    /// Returns the default parameters of a comparison.
    pub fn params() -> ComparisonParams {
        ComparisonParams::default()
    }

    /// Returns the number of copied rows that are needed to distinguish copies from chance, if it is more than 3 % of the
    /// compared synthetic rows.
    pub fn limit_of_copies(&self) -> Option<CopiesLimit> {
        Some(CopiesLimit::of(self.n_compared)).filter(|limit| limit.share() > 0.03)
    }
}

#[cfg(test)]
mod mixed_tests;
#[cfg(test)]
mod tests;
