//! Comparisons of an original and a synthetic table, with a verdict.

mod findings;
mod nearest;
mod params;

use super::{KolmogorovSmirnov, Ndb, PermutationTest, TwoSample};

pub use findings::Finding;
pub use nearest::Nearest;
pub use params::ComparisonParams;

/// A comparison of a synthetic table with the original: whether the synthetic rows follow the original distribution, and
/// whether they are new.
///
/// Four tests compare the distributions. The p-value of each is the probability of a difference at least as large by
/// chance:
///
/// - each column, by the [Kolmogorov-Smirnov](super::kolmogorov_smirnov) statistic; the p-value is the smallest of all columns,
///   times their number (Bonferroni);
/// - pairs of columns, by a [test of their correlations](super::correlation_test) (up to 200 columns);
/// - any kind of difference, by a [classifier two-sample test](super::two_sample_test);
/// - the regions of the data, by a [test of their counts](super::region_test); in addition, [the number of bins](super::ndb) in
///   which shares differ is reported.
///
/// The synthetic rows follow the original distribution if no p-value is below 1 % divided by the number of tests, so that at
/// most about one in a hundred samples of the original distribution is rejected. With few rows only large differences are
/// found, and with very many rows any difference is. Therefore at most `most_rows` rows are compared, and the verdict holds
/// for this many.
///
/// Whether the rows are new is a separate question, since copies follow the distribution best. See [`Nearest`].
///
/// # Examples
/// ```
/// use mixlab::prelude::*;
/// use mixlab::quality::Comparison;
///
/// let survey = datasets::survey();
/// let model = Pipeline::params()
///     .standardize(true)
///     .mixture(GaussianMixture::params(4))
///     .fit(&survey)?;
/// let (synthetic, _) = model.sample(400, 1);
/// let names = survey.feature_names();
/// let comparison =
///     Comparison::params().compare(survey.records.view(), synthetic.view(), &names)?;
/// assert!(comparison.follows() && !comparison.nearest.copies());
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
    /// Test of the largest difference of correlations; none with one column or with more than 200.
    pub correlations: Option<PermutationTest>,
    /// Result of the classifier two-sample test.
    pub classifier: TwoSample,
    /// Test of the counts in the regions of the data.
    pub regions: PermutationTest,
    /// Number of bins whose shares differ; by chance one in twenty does.
    pub bins: Ndb,
    /// Distances to the nearest original rows.
    pub nearest: Nearest,
    /// Whether distances and regions are in standard deviations of the original columns.
    pub standardized: bool,
}

/// The comparison of one column.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ColumnComparison {
    /// Name of the column.
    pub name: String,
    /// Means of all rows of the original and of the synthetic table.
    pub means: [f64; 2],
    /// Standard deviations of all rows of both.
    pub deviations: [f64; 2],
    /// Kolmogorov-Smirnov test of the compared rows.
    pub ks: KolmogorovSmirnov,
}

impl Comparison {
    /// Returns the default parameters of a comparison.
    pub fn params() -> ComparisonParams {
        ComparisonParams::default()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2, Axis};
    use rand::seq::SliceRandom;

    use super::*;
    use crate::compute::random::stream;
    use crate::datasets;

    fn compare(original: &Array2<f64>, synthetic: &Array2<f64>, seed: u64) -> Comparison {
        let names: Vec<String> = (0..original.ncols()).map(|column| format!("c{column}")).collect();
        let params = Comparison::params().seed(seed);
        params.compare(original.view(), synthetic.view(), &names).unwrap()
    }

    /// Shuffles every column independently.
    fn shuffled(rows: &Array2<f64>, seed: u64) -> Array2<f64> {
        let mut copy = rows.clone();
        for (index, mut column) in copy.columns_mut().into_iter().enumerate() {
            let mut values = column.to_vec();
            values.shuffle(&mut stream(seed, index as u64));
            column.assign(&Array1::from(values));
        }
        copy
    }

    fn halves(rows: &Array2<f64>, seed: u64) -> (Array2<f64>, Array2<f64>) {
        let mut order: Vec<usize> = (0..rows.nrows()).collect();
        order.shuffle(&mut stream(seed, 99));
        let (left, right) = order.split_at(rows.nrows() / 2);
        (rows.select(Axis(0), left), rows.select(Axis(0), right))
    }

    #[test]
    fn halves_of_a_table_pass_and_shuffled_columns_fail() {
        let tables = [
            datasets::survey().records,
            datasets::stretched_blobs().records,
            datasets::make_moons(1000, 0.05, 0).unwrap().records,
            datasets::digits().records,
        ];
        let mut refused = 0;
        for (index, rows) in tables.iter().enumerate() {
            for seed in 0..5 {
                let (left, right) = halves(rows, seed);
                let fair = compare(&left, &right, seed);
                assert!(!fair.nearest.copies(), "{fair:?}");
                refused += usize::from(!fair.follows());
            }
            let unfair = compare(rows, &shuffled(rows, 7), 0);
            assert!(!unfair.follows(), "table {index}: {:?}", unfair.findings());
        }
        // twenty fair verdicts at a level of 1 %
        assert!(refused <= 1, "{refused} of 20 halves were refused");
    }

    #[test]
    fn copies_follow_the_distribution_and_are_detected() {
        let rows = datasets::survey().records;
        let comparison = compare(&rows, &rows, 0);
        assert!(comparison.follows() && comparison.nearest.copies());
        assert!(comparison.verdict().ends_with("look like copies of original rows"));
    }

    #[test]
    fn copies_of_many_rows_are_detected_in_any_order() {
        let rows = datasets::make_moons(30_000, 0.1, 3).unwrap().records;
        let mut order: Vec<usize> = (0..rows.nrows()).collect();
        order.shuffle(&mut stream(1, 1));
        let comparison = compare(&rows, &rows.select(Axis(0), &order), 0);
        assert!(comparison.follows() && comparison.nearest.synthetic_twins == 1.0);
        // with this many columns, correlations are computed from fewer rows; the rows are sorted by class
        let wide = Array2::from_shape_fn((1500, 150), |(i, j)| {
            let class = (i / 500) as f64;
            class * (j % 3) as f64 + ((i * 7919 + j * 104_729) % 1013) as f64 / 300.0
        });
        let mut order: Vec<usize> = (0..wide.nrows()).collect();
        order.shuffle(&mut stream(2, 2));
        let comparison = compare(&wide, &wide.select(Axis(0), &order), 0);
        assert!(comparison.follows(), "{:?}", comparison.findings());
    }

    #[test]
    fn the_column_that_differs_most_is_named_if_p_values_underflow() {
        let rows = datasets::make_moons(2000, 0.1, 3).unwrap().records;
        let moved = &rows + &ndarray::array![3.0, 100.0];
        let comparison = compare(&rows, &moved, 0);
        assert!(comparison.columns.iter().all(|column| column.ks.p_value == 0.0));
        let found = &comparison.findings()[0].found;
        assert!(found.starts_with("\"c1\" differs most, by 1.000"), "{found}");
    }

    #[test]
    fn a_lost_cluster_is_detected() {
        let blobs = datasets::stretched_blobs();
        let rows: Vec<usize> = (0..400).filter(|&row| blobs.targets[row] != 2).collect();
        let comparison = compare(&blobs.records, &blobs.records.select(Axis(0), &rows), 0);
        let of_regions = &comparison.findings()[3];
        assert!(!of_regions.passes, "{of_regions:?}");
        assert!(comparison.verdict().contains("regions are not equally populated"));
    }
}
