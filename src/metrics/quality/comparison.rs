//! Two tables beside one another: everything that can be asked, and a verdict.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand::seq::SliceRandom;

use super::{
    KolmogorovSmirnov, Ndb, PermutationTest, TwoSample, correlation_test, kolmogorov_smirnov, ndb,
    nearest_distances, nearest_others, region_test, two_sample_test,
};
use crate::compute::random::stream;
use crate::error::{Error, Result};
use crate::rows::{MatrixRows, check_columns};

/// How to compare an original table with a synthetic one.
///
/// | parameter | default | meaning |
/// | --- | --- | --- |
/// | `most_rows` | 2000 | rows of each table that are compared, drawn at random from larger ones |
/// | `seed` | 0 | of that draw, and of the tests |
/// | `standardize` | true | distances and regions are in standard deviations of the original columns, so that none counts for more than others; false leaves the units as they are, as suits the pixels of images |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComparisonParams {
    most_rows: usize,
    seed: u64,
    standardize: bool,
}

/// An original table beside a synthetic one: do the synthetic rows follow the distribution of the original ones, and are
/// they new?
///
/// Four questions are asked of whether the distribution is the same, each with the probability p of a difference at least
/// as large by chance:
///
/// - columns one by one, by the [Kolmogorov-Smirnov](kolmogorov_smirnov) statistic; p is the smallest of all, times
///   their number (Bonferroni);
/// - pairs of columns, by a [test of their correlations](correlation_test) (up to 200 columns);
/// - anything at all, by a [classifier](two_sample_test) that has to tell the tables apart;
/// - the regions of the data, by [how full they are](region_test); beside it, [the number of bins](ndb) in which shares
///   differ.
///
/// The synthetic table follows if no p is below 1 % divided by the number of questions, so that of a hundred true copies
/// of the distribution at most about one is refused. With few rows only large differences can be found, and with very
/// many any difference is: that is why at most `most_rows` are compared, and the verdict holds for as many.
///
/// Whether the rows are new is another question: copies follow best. See [`Nearest`].
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
pub struct Comparison {
    /// Rows of the original and of the synthetic table.
    pub n_rows: [usize; 2],
    /// Rows of each that were compared.
    pub n_compared: [usize; 2],
    /// Each column.
    pub columns: Vec<ColumnComparison>,
    /// The largest difference of correlations; none with one column or with more than 200.
    pub correlations: Option<PermutationTest>,
    /// What a classifier made of it.
    pub told_apart: TwoSample,
    /// How full the regions of the data are.
    pub regions: PermutationTest,
    /// Bins whose shares differ, one in twenty by chance.
    pub bins: Ndb,
    /// How near the synthetic rows are to the original ones.
    pub nearest: Nearest,
    /// Whether distances and regions are in standard deviations of the original columns.
    pub standardized: bool,
}

/// A column of two tables.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnComparison {
    /// Its name.
    pub name: String,
    /// Mean in the original and in the synthetic table, of all rows.
    pub means: [f64; 2],
    /// Standard deviation in both, of all rows.
    pub deviations: [f64; 2],
    /// Largest difference of the cumulative distributions of the rows that were compared.
    pub ks: KolmogorovSmirnov,
}

/// Distances of the rows that were compared to the nearest original row, of all original rows unless these are so many that
/// it would take minutes; in standard deviations of the original columns or, if these were not standardised, in their
/// units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Median distance of original rows to the nearest other original row.
    pub original: f64,
    /// Median distance of synthetic rows to the nearest original row.
    pub synthetic: f64,
    /// Share of the original rows that another one equals.
    pub original_twins: f64,
    /// Share of the synthetic rows that an original one equals.
    pub synthetic_twins: f64,
}

impl Nearest {
    /// Whether synthetic rows look copied: if half of them lie less than half as far from the nearest original row as
    /// original rows from each other, or if twins of original rows are more frequent by a tenth of all rows.
    pub fn copies(&self) -> bool {
        self.synthetic < 0.5 * self.original || self.synthetic_twins > self.original_twins + 0.1
    }
}

/// The answer to one of the four questions.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What was asked.
    pub question: &'static str,
    /// What is wrong if it does not pass.
    pub fault: &'static str,
    /// What was found, in words.
    pub found: String,
    /// Probability of as much by chance.
    pub p_value: f64,
    /// Whether that is not too little.
    pub passes: bool,
}

/// Share of true copies that may be refused.
const LEVEL: f64 = 0.01;
/// Most columns of which correlations are compared.
const MOST_CORRELATED: usize = 200;
const PERMUTATIONS: usize = 999;
/// Additions that the permutations may take, and the search for neighbours, about: a few seconds each.
const MOST_WORK: usize = 20_000_000_000;

impl Default for ComparisonParams {
    fn default() -> Self {
        Self { most_rows: 2000, seed: 0, standardize: true }
    }
}

impl ComparisonParams {
    /// Sets how many rows of each table are compared at most.
    pub fn most_rows(mut self, most_rows: usize) -> Self {
        self.most_rows = most_rows;
        self
    }

    /// Sets the seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets whether columns are brought to one scale for distances and regions.
    pub fn standardize(mut self, standardize: bool) -> Self {
        self.standardize = standardize;
        self
    }

    /// Compares tables with the same columns, whose names these are.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`]; [`Error::NonFinite`]; [`Error::TooFewSamples`] below 20 rows in either table.
    pub fn compare(
        &self,
        original: ArrayView2<'_, f64>,
        synthetic: ArrayView2<'_, f64>,
        names: &[String],
    ) -> Result<Comparison> {
        let n_columns = original.ncols();
        check_columns(synthetic.ncols(), n_columns)?;
        if names.len() != n_columns {
            return Err(Error::shape("names", n_columns, names.len()));
        }
        MatrixRows::from_records(original)?;
        MatrixRows::from_records(synthetic)?;
        let (originals, synthetics) = (self.order(original, 1), self.order(synthetic, 2));
        let (n_left, n_right) =
            (self.most_rows.min(originals.len()), self.most_rows.min(synthetics.len()));
        let left = original.select(Axis(0), &originals[..n_left]);
        let right = synthetic.select(Axis(0), &synthetics[..n_right]);
        let columns = names.iter().enumerate().map(|(column, name)| {
            let of = |rows: ArrayView2<'_, f64>| rows.column(column).to_owned();
            let all = [of(original), of(synthetic)];
            Ok(ColumnComparison {
                name: name.clone(),
                means: all.each_ref().map(|values| values.mean().unwrap_or(f64::NAN)),
                deviations: all.each_ref().map(|values| values.std(0.0)),
                ks: kolmogorov_smirnov(left.column(column), right.column(column))?,
            })
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let told_apart = two_sample_test(left.view(), right.view(), self.seed)?;
        let unit =
            |deviation: f64| if self.standardize && deviation > 0.0 { deviation } else { 1.0 };
        let scale: Array1<f64> = columns.iter().map(|c| unit(c.deviations[0])).collect();
        let (left, right) = (left / &scale, right / &scale);
        // copies are found only if what they are copies of is among the rows that are searched
        let n_pool = (MOST_WORK / (2 * n_left.max(n_right) * n_columns)).max(n_left);
        let pool = &originals[..n_pool.min(originals.len())];
        let pool = original.select(Axis(0), pool) / &scale;
        let n_bins = (left.nrows().min(right.nrows()) / 20).clamp(2, 50);
        Ok(Comparison {
            n_rows: [original.nrows(), synthetic.nrows()],
            n_compared: [left.nrows(), right.nrows()],
            correlations: self.correlations(&left, &right)?,
            told_apart,
            regions: region_test(left.view(), right.view(), n_bins, PERMUTATIONS, self.seed)?,
            bins: ndb(left.view(), right.view(), n_bins, self.seed)?,
            nearest: nearest(pool.view(), n_left, right.view())?,
            standardized: self.standardize,
            columns,
        })
    }

    /// All rows in an order drawn at random: the first ones are a sample without replacement.
    fn order(&self, rows: ArrayView2<'_, f64>, stream_index: u64) -> Vec<usize> {
        let mut order: Vec<usize> = (0..rows.nrows()).collect();
        order.shuffle(&mut stream(self.seed, stream_index));
        order
    }

    fn correlations(
        &self,
        left: &Array2<f64>,
        right: &Array2<f64>,
    ) -> Result<Option<PermutationTest>> {
        let n_columns = left.ncols();
        if !(2..=MOST_CORRELATED).contains(&n_columns) {
            return Ok(None);
        }
        let most = MOST_WORK / (2 * PERMUTATIONS * n_columns * n_columns);
        let first = |rows: &Array2<f64>| {
            let order: Vec<usize> = (0..rows.nrows().min(most.max(50))).collect();
            rows.select(Axis(0), &order)
        };
        let (left, right) = (first(left), first(right));
        correlation_test(left.view(), right.view(), PERMUTATIONS, self.seed).map(Some)
    }
}

/// Distances of the first `n_compared` of the `originals`, and of the synthetic rows, to the nearest original.
fn nearest(
    originals: ArrayView2<'_, f64>,
    n_compared: usize,
    synthetic: ArrayView2<'_, f64>,
) -> Result<Nearest> {
    let median = |distances: &Array1<f64>| {
        let mut sorted = distances.to_vec();
        sorted.sort_by(f64::total_cmp);
        0.5 * (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2])
    };
    let twins = |distances: &Array1<f64>| {
        let equal = distances.iter().filter(|&&distance| distance < 1e-9).count();
        equal as f64 / distances.len() as f64
    };
    let among = nearest_others(originals, n_compared)?;
    let to_original = nearest_distances(synthetic, originals)?;
    Ok(Nearest {
        original: median(&among),
        synthetic: median(&to_original),
        original_twins: twins(&among),
        synthetic_twins: twins(&to_original),
    })
}

impl Comparison {
    /// Parameters of a comparison.
    pub fn params() -> ComparisonParams {
        ComparisonParams::default()
    }

    /// Whether the synthetic rows follow the original ones, as far as could be seen.
    pub fn follows(&self) -> bool {
        self.findings().iter().all(|finding| finding.passes)
    }

    /// The p from which a question passes: 1 % divided by their number.
    pub fn limit(&self) -> f64 {
        LEVEL / if self.correlations.is_some() { 4.0 } else { 3.0 }
    }

    /// The answers to the questions.
    pub fn findings(&self) -> Vec<Finding> {
        let n_columns = self.columns.len();
        let mut answers = Vec::new();
        if let Some(worst) =
            self.columns.iter().min_by(|a, b| a.ks.p_value.total_cmp(&b.ks.p_value))
        {
            let found = format!("{:?} differs most, by {:.3}", worst.name, worst.ks.statistic);
            let p_value = (worst.ks.p_value * n_columns as f64).min(1.0);
            answers.push(("does each column follow?", "columns differ", found, p_value));
        }
        if let Some(test) = &self.correlations {
            let found = format!("correlations differ by {:.3} at most", test.statistic);
            let question = "do pairs of columns hang together alike?";
            answers.push((question, "correlations differ", found, test.p_value));
        }
        let TwoSample { accuracy, p_value } = self.told_apart;
        let found = format!("{:.1} % told correctly, 50 % by guessing", 100.0 * accuracy);
        let question = "can a classifier tell the tables apart?";
        answers.push((question, "a classifier tells them apart", found, p_value));
        let found = format!("{} of {} regions differ", self.bins.n_different, self.bins.n_bins);
        let question = "are all regions as full?";
        answers.push((question, "regions are not as full", found, self.regions.p_value));
        let level = self.limit();
        let finding = |(question, fault, found, p_value): (_, _, String, f64)| Finding {
            question,
            fault,
            found,
            p_value,
            passes: p_value >= level,
        };
        answers.into_iter().map(finding).collect()
    }

    /// The verdict in a sentence.
    pub fn verdict(&self) -> String {
        let failed: Vec<&str> = self
            .findings()
            .iter()
            .filter(|finding| !finding.passes)
            .map(|finding| finding.fault)
            .collect();
        let follows = match failed.as_slice() {
            [] => "the synthetic rows follow the original".to_owned(),
            some => format!("the synthetic rows do not follow the original: {}", some.join(", ")),
        };
        match self.nearest.copies() {
            true => format!("{follows}; many look like copies of original rows"),
            false => follows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets;

    fn compare(original: &Array2<f64>, synthetic: &Array2<f64>, seed: u64) -> Comparison {
        let names: Vec<String> = (0..original.ncols()).map(|column| format!("c{column}")).collect();
        let params = Comparison::params().seed(seed);
        params.compare(original.view(), synthetic.view(), &names).unwrap()
    }

    /// Every column in an order of its own.
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
    fn copies_follow_and_are_found_out() {
        let rows = datasets::survey().records;
        let comparison = compare(&rows, &rows, 0);
        assert!(comparison.follows() && comparison.nearest.copies());
        assert!(comparison.verdict().ends_with("look like copies of original rows"));
    }

    #[test]
    fn copies_of_many_rows_are_found_out_and_their_order_does_not_matter() {
        let rows = datasets::make_moons(30_000, 0.1, 3).unwrap().records;
        let mut order: Vec<usize> = (0..rows.nrows()).collect();
        order.shuffle(&mut stream(1, 1));
        let comparison = compare(&rows, &rows.select(Axis(0), &order), 0);
        assert!(comparison.follows() && comparison.nearest.synthetic_twins == 1.0);
        // so many columns that correlations are of fewer rows, and rows in the order of their classes
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
    fn a_lost_cluster_is_missed() {
        let blobs = datasets::stretched_blobs();
        let rows: Vec<usize> = (0..400).filter(|&row| blobs.targets[row] != 2).collect();
        let comparison = compare(&blobs.records, &blobs.records.select(Axis(0), &rows), 0);
        let of_regions = &comparison.findings()[3];
        assert!(!of_regions.passes, "{of_regions:?}");
        assert!(comparison.verdict().contains("regions are not as full"));
    }
}
