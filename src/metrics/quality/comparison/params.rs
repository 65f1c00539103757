//! Parameters of comparisons.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand::seq::SliceRandom;

use super::nearest::nearest;
use super::{ColumnComparison, Comparison};
use crate::compute::random::{child_seed, stream};
use crate::error::{Error, Result};
use crate::metrics::quality::{
    PermutationTest, correlation_test, kolmogorov_smirnov, ndb, region_test, two_sample_test,
};
use crate::rows::kind::ValueKind;
use crate::rows::{MatrixRows, check_columns};

/// Parameters of a comparison of a synthetic table with the original.
///
/// | parameter | default | meaning |
/// | --- | --- | --- |
/// | `most_rows` | 2000 | number of rows of each table that are compared at most, drawn at random |
/// | `seed` | 0 | seed of that draw and of the tests |
/// | `standardize` | true | distances and regions are in standard deviations of the original columns, so that all columns have equal influence; false keeps the units, which suits the pixels of images |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComparisonParams {
    most_rows: usize,
    seed: u64,
    standardize: bool,
}

/// Maximum number of columns whose correlations are compared.
const MOST_CORRELATED: usize = 200;
const PERMUTATIONS: usize = 999;
/// The child seed of the tests of copies.
const OF_COPIES: u64 = 1;
/// Approximate number of additions allowed for the permutations and for the nearest-neighbour search: a few seconds each.
const MOST_WORK: usize = 20_000_000_000;

impl Default for ComparisonParams {
    fn default() -> Self {
        Self { most_rows: 2000, seed: 0, standardize: true }
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

    /// Compares two tables with the same columns, of these names.
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
        let columns = compare_columns([original.view(), synthetic.view()], [&left, &right], names)?;
        let classifier = two_sample_test(left.view(), right.view(), self.seed)?;
        let unit =
            |deviation: f64| if self.standardize && deviation > 0.0 { deviation } else { 1.0 };
        let scale: Array1<f64> = columns.iter().map(|c| unit(c.deviations[0])).collect();
        let (left, right) = (left / &scale, right / &scale);
        // copies are detected only if their originals are among the rows that are searched
        let n_pool = (MOST_WORK / (2 * n_left.max(n_right) * n_columns)).max(n_left);
        let pool = &originals[..n_pool.min(originals.len())];
        let pool = original.select(Axis(0), pool) / &scale;
        let n_bins = (left.nrows().min(right.nrows()) / 20).clamp(2, 50);
        Ok(Comparison {
            n_rows: [original.nrows(), synthetic.nrows()],
            n_compared: [left.nrows(), right.nrows()],
            correlations: self.correlations(&left, &right)?,
            classifier,
            regions: region_test(left.view(), right.view(), n_bins, PERMUTATIONS, self.seed)?,
            bins: ndb(left.view(), right.view(), n_bins, self.seed)?,
            nearest: nearest(pool.view(), n_left, right.view(), child_seed(self.seed, OF_COPIES)),
            standardized: self.standardize,
            columns,
        })
    }

    /// Returns all row indices in random order; the first ones are a sample without replacement.
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

/// Compares each column: means and standard deviations of all rows, and the distributions of the compared rows.
fn compare_columns(
    tables: [ArrayView2<'_, f64>; 2],
    [left, right]: [&Array2<f64>; 2],
    names: &[String],
) -> Result<Vec<ColumnComparison>> {
    let columns = names.iter().enumerate().map(|(column, name)| {
        let all = tables.map(|rows| rows.column(column).to_owned());
        Ok(ColumnComparison {
            name: name.clone(),
            kind: ValueKind::Numeric,
            means: all.each_ref().map(|values| values.mean().unwrap_or(f64::NAN)),
            deviations: all.each_ref().map(|values| values.std(0.0)),
            ks: kolmogorov_smirnov(left.column(column), right.column(column))?,
        })
    });
    columns.collect()
}
