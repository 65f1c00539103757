//! Parameters of comparisons.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand::seq::SliceRandom;

use super::Comparison;
use super::columns::compare_columns;
use super::nearest::nearest;
use crate::compute::random::{child_seed, stream};
use crate::error::{Error, Result};
use crate::metrics::quality::coordinates::Coordinates;
use crate::metrics::quality::holdout::holdout_privacy;
use crate::metrics::quality::similarity::pair_trends;
use crate::metrics::quality::two_sample::classify;
use crate::metrics::quality::usefulness::{Usefulness, usefulness};
use crate::metrics::quality::{
    ColumnComparison, PermutationTest, Similarity, association_test, correlation_test, ndb,
    region_test, value_differences,
};
use crate::rows::kind::ValueKind;
use crate::rows::schema::Column;
use crate::rows::{MatrixRows, check_columns};

/// Parameters of a comparison of a synthetic table with the original.
///
/// | parameter | default | meaning |
/// | --- | --- | --- |
/// | `most_rows` | 2000 | number of rows of each table that are compared at most, drawn at random |
/// | `seed` | 0 | seed of that draw and of the tests |
/// | `target` | none | column that the test of usefulness predicts; each column in turn without one |
/// | `standardize` | true | distances and regions are in standard deviations of the original columns, so that all columns have equal influence; false keeps the units, which suits the pixels of images |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComparisonParams {
    most_rows: usize,
    seed: u64,
    standardize: bool,
    target: Option<usize>,
}

/// Maximum number of columns whose correlations are compared.
const MOST_CORRELATED: usize = 200;
const PERMUTATIONS: usize = 999;
/// Child seeds of the tests of copies, of usefulness, and of the comparison with held-out rows.
const OF_COPIES: u64 = 1;
const OF_USEFULNESS: u64 = 2;
const OF_HOLDOUT: u64 = 3;
/// Approximate number of additions allowed for the permutations and for the nearest-neighbour search: a few seconds each.
const MOST_WORK: usize = 20_000_000_000;

impl Default for ComparisonParams {
    fn default() -> Self {
        Self { most_rows: 2000, seed: 0, standardize: true, target: None }
    }
}

impl ComparisonParams {
    /// Sets the maximum number of rows of each table that are compared.
    pub fn most_rows(mut self, most_rows: usize) -> Self {
        self.most_rows = most_rows;
        self
    }

    /// Sets the seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets whether columns are standardised for distances and regions.
    pub fn standardize(mut self, standardize: bool) -> Self {
        self.standardize = standardize;
        self
    }

    /// Sets the column that the test of usefulness predicts; none for each column in turn.
    pub fn target(mut self, target: Option<usize>) -> Self {
        self.target = target;
        self
    }

    /// Compares two tables of numbers with the same columns, of these names; NaN is a missing value.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`]; [`Error::NonFinite`]; [`Error::TooFewSamples`] below 20 rows in either table.
    pub fn compare(
        &self,
        original: ArrayView2<'_, f64>,
        synthetic: ArrayView2<'_, f64>,
        names: &[String],
    ) -> Result<Comparison> {
        self.of_kinds(
            [original.view(), synthetic.view()],
            None,
            names,
            &vec![ValueKind::Numeric; names.len()],
        )
    }

    /// Compares two tables with these columns: a category is the index of its level, a date is in days, and NaN is a missing value.
    ///
    /// # Errors
    /// Those of [`compare`](Self::compare), and [`Error::UnknownLevel`].
    ///
    /// # Examples
    /// Two halves of a table with categories and missing values, and a half in which a category has only one level:
    /// ```
    /// use mixlab::{prelude::*, quality::Comparison};
    ///
    /// let customers = datasets::customers();
    /// let columns = customers.schema.columns();
    /// let half = |first: usize| -> Array2<f64> {
    ///     let rows: Vec<usize> = (first..400).step_by(2).collect();
    ///     customers.table.records.select(Axis(0), &rows)
    /// };
    /// let (one, mut other) = (half(0), half(1));
    /// let params = Comparison::params();
    /// assert!(params.compare_columns(one.view(), other.view(), &columns)?.follows());
    /// other.column_mut(4).fill(0.0);
    /// assert!(!params.compare_columns(one.view(), other.view(), &columns)?.follows());
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn compare_columns(
        &self,
        original: ArrayView2<'_, f64>,
        synthetic: ArrayView2<'_, f64>,
        columns: &[Column],
    ) -> Result<Comparison> {
        self.of_columns([original.view(), synthetic.view()], None, columns)
    }

    /// Same as [`compare_columns`](Self::compare_columns), with rows of the original distribution that were held out of training:
    /// `original` are then the rows that the synthetic ones were generated from. Usefulness is tested on the held-out rows, and
    /// [`HoldoutPrivacy`](crate::quality::HoldoutPrivacy) compares the synthetic rows with both.
    ///
    /// # Errors
    /// Those of [`compare_columns`](Self::compare_columns), and [`Error::TooFewSamples`] below 20 held-out rows.
    ///
    /// # Examples
    /// A copy of the training rows is nearer to them than to held-out rows:
    /// ```
    /// use mixlab::{prelude::*, quality::Comparison};
    ///
    /// let survey = datasets::survey();
    /// let columns = Column::all(survey.records.view(), survey.feature_names());
    /// let (training, holdout) = survey.records.view().split_at(Axis(0), 300);
    /// let params = Comparison::params();
    /// let copies = params.compare_with_holdout(training, training, holdout, &columns)?;
    /// assert!(copies.follows() && copies.holdout.unwrap().leaks());
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn compare_with_holdout(
        &self,
        original: ArrayView2<'_, f64>,
        synthetic: ArrayView2<'_, f64>,
        holdout: ArrayView2<'_, f64>,
        columns: &[Column],
    ) -> Result<Comparison> {
        self.of_columns([original.view(), synthetic.view()], Some(holdout), columns)
    }

    fn of_columns(
        &self,
        tables: [ArrayView2<'_, f64>; 2],
        holdout: Option<ArrayView2<'_, f64>>,
        columns: &[Column],
    ) -> Result<Comparison> {
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let kinds: Vec<ValueKind> = columns.iter().map(|column| column.kind.clone()).collect();
        self.of_kinds(tables, holdout, &names, &kinds)
    }

    fn of_kinds(
        &self,
        [original, synthetic]: [ArrayView2<'_, f64>; 2],
        holdout: Option<ArrayView2<'_, f64>>,
        names: &[String],
        kinds: &[ValueKind],
    ) -> Result<Comparison> {
        check_columns(synthetic.ncols(), original.ncols())?;
        if names.len() != original.ncols() {
            return Err(Error::shape("names", original.ncols(), names.len()));
        }
        MatrixRows::from_records(original)?;
        MatrixRows::from_records(synthetic)?;
        if let Some(target) = self.target.filter(|target| *target >= names.len()) {
            return Err(Error::param("target", target, "the index of a column"));
        }
        let holdout = holdout.map(|rows| self.holdout(rows, original.ncols())).transpose()?;
        let coordinates = Coordinates::of(kinds, [original, synthetic])?;
        let (originals, synthetics) = (self.order(original, 1), self.order(synthetic, 2));
        let (n_left, n_right) =
            (self.most_rows.min(originals.len()), self.most_rows.min(synthetics.len()));
        let left = original.select(Axis(0), &originals[..n_left]);
        let right = synthetic.select(Axis(0), &synthetics[..n_right]);
        let described: Vec<_> = names.iter().map(String::as_str).zip(kinds).collect();
        let columns =
            compare_columns([original, synthetic], [&left, &right], &described, self.seed)?;
        let compared = [left.view(), right.view()];
        let classifier = classify(compared, kinds, self.seed)?;
        let similarity = Similarity {
            column_shapes: column_shapes(&columns),
            pair_trends: pair_trends(compared, kinds),
        };
        let values = value_differences(compared, kinds);
        let usefulness = self.usefulness(compared, holdout.as_ref(), kinds);
        let of_holdout = |rows: &Array2<f64>| {
            let seed = child_seed(self.seed, OF_HOLDOUT);
            holdout_privacy([left.view(), rows.view()], right.view(), kinds, seed)
        };
        let privacy = holdout.as_ref().map(of_holdout).transpose()?;
        let associations =
            association_test(left.view(), right.view(), kinds, PERMUTATIONS, self.seed)?;
        let correlations = self.correlations(&left, &right, kinds)?;
        let n_coordinates = coordinates.n_coordinates();
        let scale = if self.standardize {
            coordinates.units(original)
        } else {
            Array1::ones(n_coordinates)
        };
        let scaled = |rows: &Array2<f64>| &coordinates.apply(rows.view()) / &scale;
        let (left, right) = (scaled(&left), scaled(&right));
        // copies are detected only if their originals are among the rows that are searched
        let n_pool = (MOST_WORK / (2 * n_left.max(n_right) * n_coordinates)).max(n_left);
        let pool = &originals[..n_pool.min(originals.len())];
        let pool = scaled(&original.select(Axis(0), pool));
        let n_bins = (left.nrows().min(right.nrows()) / 20).clamp(2, 50);
        Ok(Comparison {
            n_rows: [original.nrows(), synthetic.nrows()],
            n_compared: [left.nrows(), right.nrows()],
            correlations,
            associations,
            classifier,
            values,
            similarity,
            usefulness,
            holdout: privacy,
            regions: region_test(left.view(), right.view(), n_bins, PERMUTATIONS, self.seed)?,
            bins: ndb(left.view(), right.view(), n_bins, self.seed)?,
            nearest: nearest(pool.view(), n_left, right.view(), child_seed(self.seed, OF_COPIES)),
            standardized: self.standardize,
            columns,
        })
    }

    /// Draws the compared rows of a holdout.
    fn holdout(&self, rows: ArrayView2<'_, f64>, n_columns: usize) -> Result<Array2<f64>> {
        check_columns(rows.ncols(), n_columns)?;
        MatrixRows::from_records(rows)?;
        let mut order = self.order(rows, 3);
        order.truncate(self.most_rows);
        Ok(rows.select(Axis(0), &order))
    }

    /// Tests the usefulness on held-out rows; without them the second half of the original ones is predicted from the first half.
    fn usefulness(
        &self,
        [left, right]: [ArrayView2<'_, f64>; 2],
        holdout: Option<&Array2<f64>>,
        kinds: &[ValueKind],
    ) -> Option<Usefulness> {
        let (first, second) = left.view().split_at(Axis(0), left.nrows() / 2);
        let (real, test) = match holdout {
            Some(rows) => (left.view(), rows.view()),
            None => (first, second),
        };
        let how = (holdout.is_some(), child_seed(self.seed, OF_USEFULNESS));
        usefulness([real, right.view()], test, kinds, self.target, how)
    }

    /// Returns all row indices in random order; the first ones are a sample without replacement.
    fn order(&self, rows: ArrayView2<'_, f64>, stream_index: u64) -> Vec<usize> {
        let mut order: Vec<usize> = (0..rows.nrows()).collect();
        order.shuffle(&mut stream(self.seed, stream_index));
        order
    }

    /// Tests the correlations of the columns of numbers.
    fn correlations(
        &self,
        left: &Array2<f64>,
        right: &Array2<f64>,
        kinds: &[ValueKind],
    ) -> Result<Option<PermutationTest>> {
        let numbers: Vec<usize> =
            (0..kinds.len()).filter(|&column| !kinds[column].is_categorical()).collect();
        let n_columns = numbers.len();
        if !(2..=MOST_CORRELATED).contains(&n_columns) {
            return Ok(None);
        }
        let [left, right] = [left, right].map(|rows| rows.select(Axis(1), &numbers));
        let most = MOST_WORK / (2 * PERMUTATIONS * n_columns * n_columns);
        let first = |rows: &Array2<f64>| {
            let order: Vec<usize> = (0..rows.nrows().min(most.max(50))).collect();
            rows.select(Axis(0), &order)
        };
        let (left, right) = (first(&left), first(&right));
        correlation_test(left.view(), right.view(), PERMUTATIONS, self.seed).map(Some)
    }
}

/// Mean of 1 minus the difference of each column with observed values.
fn column_shapes(columns: &[ColumnComparison]) -> f64 {
    let differences = columns.iter().filter_map(ColumnComparison::difference);
    let shapes: Vec<f64> = differences.map(|(difference, _)| 1.0 - difference).collect();
    shapes.iter().sum::<f64>() / shapes.len() as f64
}
