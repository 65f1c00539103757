//! Range, mean and variance of the observed values of every column, from one pass over the rows.

use std::any::Any;

use super::Block;
use super::backend::Backend;
use super::moments::add_moments;
use super::pass::{Pass, PassRequest};
use crate::compute::simd;
use crate::error::{Error, Result};

/// Range, mean and variance of the observed values of a column over the rows of nonzero weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ColumnSummary {
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// Mean, by sample weight.
    pub(crate) mean: f64,
    /// Variance, by sample weight: accurate unless the first row is many standard deviations away from the others.
    pub(crate) variance: f64,
    /// Whether a value is missing.
    pub(crate) has_missing: bool,
}

impl ColumnSummary {
    /// Whether all values are missing.
    pub(crate) fn is_empty(&self) -> bool {
        self.min > self.max
    }

    pub(crate) fn is_constant(&self) -> bool {
        self.min == self.max
    }
}

/// Requests the range, mean and variance of every column.
#[derive(Debug, Clone, Default)]
pub(crate) struct SummariesRequest {
    /// The point about which sums are taken, so that they do not cancel far from the origin. If rows have no order, each part
    /// uses its first row.
    origin: Option<Vec<f64>>,
}

/// Ranges and sums of every column over a set of rows.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Summaries {
    /// Σ w
    pub(crate) total: f64,
    /// The point about which sums are taken.
    pub(crate) origin: Vec<f64>,
    /// Σ w (x - origin)
    pub(crate) offsets: Vec<f64>,
    /// Σ w (x - origin)²
    pub(crate) squares: Vec<f64>,
    pub(crate) ranges: Vec<(f64, f64)>,
    /// Σ w of the rows whose value is missing, and their number.
    pub(crate) missing: Vec<(f64, u64)>,
}

impl PassRequest for SummariesRequest {
    type Accumulator = Summaries;

    fn begin(&self, n_features: usize, sums: &mut Summaries) {
        *sums = Summaries {
            total: 0.0,
            origin: self.origin.clone().unwrap_or_default(),
            offsets: vec![0.0; n_features],
            squares: vec![0.0; n_features],
            ranges: vec![(f64::INFINITY, f64::NEG_INFINITY); n_features],
            missing: vec![(0.0, 0); n_features],
        };
    }

    fn add(&self, block: &Block, sums: &mut Summaries) -> Result<()> {
        if sums.origin.is_empty() {
            sums.origin = block.records().row(0).to_vec();
        }
        let weights = block.weights();
        sums.total += simd::sum(weights);
        let mut offsets = vec![0.0; sums.offsets.len()];
        let mut squares = vec![0.0; sums.offsets.len()];
        add_moments(&sums.origin, block, &mut offsets, &mut squares);
        for (column, feature) in block.features().enumerate() {
            if squares[column].is_nan() {
                sums.add_incomplete(column, feature, weights);
                continue;
            }
            let (min, max) = simd::weighted_range(weights, feature);
            let range = &mut sums.ranges[column];
            *range = (range.0.min(min), range.1.max(max));
            sums.offsets[column] += offsets[column];
            sums.squares[column] += squares[column];
        }
        Ok(())
    }

    fn merge(&self, all: &mut Summaries, part: &Summaries) {
        all.merge(part);
    }

    fn owned(&self) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(self.clone()))
    }
}

impl Summaries {
    /// Adds the values of a column of which some are missing. If the origin is a missing value, it becomes the first value.
    fn add_incomplete(&mut self, column: usize, feature: &[f64], weights: &[f64]) {
        let observed = || feature.iter().zip(weights).filter(|(value, _)| !value.is_nan());
        let origin = &mut self.origin[column];
        if let Some((&first, _)) = observed().next().filter(|_| origin.is_nan()) {
            *origin = first;
        }
        let range = &mut self.ranges[column];
        for (&value, &weight) in observed() {
            let offset = value - *origin;
            self.offsets[column] += weight * offset;
            self.squares[column] += weight * offset * offset;
            if weight > 0.0 {
                *range = (range.0.min(value), range.1.max(value));
            }
        }
        for (_, weight) in feature.iter().zip(weights).filter(|(value, _)| value.is_nan()) {
            self.missing[column].0 += weight;
            self.missing[column].1 += 1;
        }
    }

    /// Adds the sums over other rows, possibly about another origin.
    pub(crate) fn merge(&mut self, part: &Self) {
        if self.origin.is_empty() {
            self.clone_from(part);
            return;
        }
        self.total += part.total;
        for (column, range) in self.ranges.iter_mut().enumerate() {
            let Some(&(min, max)) = part.ranges.get(column) else { continue };
            *range = (range.0.min(min), range.1.max(max));
            let missing = part.missing[column];
            self.missing[column].0 += missing.0;
            self.missing[column].1 += missing.1;
            let origin = part.origin.get(column).copied().filter(|origin| !origin.is_nan());
            if self.origin[column].is_nan() {
                self.origin[column] = origin.unwrap_or(f64::NAN);
            }
            let shift = origin.map_or(0.0, |origin| origin - self.origin[column]);
            let (offset, square) = (part.offsets[column], part.squares[column]);
            if shift == 0.0 {
                self.offsets[column] += offset;
                self.squares[column] += square;
            } else {
                let total = part.total - missing.0;
                self.offsets[column] += offset + total * shift;
                self.squares[column] += square + shift * (2.0 * offset + total * shift);
            }
        }
    }

    fn columns(&self) -> Vec<ColumnSummary> {
        let column = |column: usize| {
            let ((min, max), (missing, n_missing)) = (self.ranges[column], self.missing[column]);
            let total = self.total - missing;
            let shift = self.offsets[column] / total;
            let variance = (self.squares[column] / total - shift * shift).max(0.0);
            let mean = self.origin[column] + shift;
            ColumnSummary { min, max, mean, variance, has_missing: n_missing > 0 }
        };
        (0..self.ranges.len()).map(column).collect()
    }
}

/// Summarises every column.
///
/// # Errors
/// Any error from reading the rows; [`Error::TooWide`] if squared distances between rows would overflow.
pub(crate) fn column_summaries(backend: &mut dyn Backend) -> Result<Vec<ColumnSummary>> {
    let origin = backend.row(0)?.map(|row| row.to_vec());
    let columns = Pass::new(SummariesRequest { origin }).over(backend)?.columns();
    check_spans(&columns, backend.n_samples())?;
    Ok(columns)
}

/// Summarises every column with sums about a point, such as the means.
///
/// # Errors
/// Any error from reading the rows.
pub(crate) fn column_summaries_about(
    backend: &mut dyn Backend,
    origin: Vec<f64>,
) -> Result<Vec<ColumnSummary>> {
    Ok(Pass::new(SummariesRequest { origin: Some(origin) }).over(backend)?.columns())
}

/// Returns an error if squared distances between `n_samples` rows would overflow.
///
/// # Errors
/// [`Error::TooWide`].
fn check_spans(columns: &[ColumnSummary], n_samples: usize) -> Result<()> {
    let too_wide = |column: &ColumnSummary| {
        let span = column.max - column.min;
        !column.is_empty() && !(span * span * columns.len() as f64 * n_samples as f64).is_finite()
    };
    match columns.iter().position(too_wide) {
        Some(column) => {
            Err(Error::TooWide { column, min: columns[column].min, max: columns[column].max })
        }
        None => Ok(()),
    }
}

/// Returns the smallest and largest value; infinite with the larger one first if there are none.
pub(crate) fn extent<'a>(values: impl IntoIterator<Item = &'a f64>) -> (f64, f64) {
    let wider = |(low, high): (f64, f64), &value: &f64| (low.min(value), high.max(value));
    values.into_iter().fold((f64::INFINITY, f64::NEG_INFINITY), wider)
}

#[cfg(test)]
mod tests {
    use linfa::DatasetBase;
    use ndarray::array;

    use super::*;
    use crate::rows::moments::column_variances;
    use crate::rows::{LocalBackend, MatrixRows};

    #[test]
    fn range_mean_and_variance_are_weighted_and_exact_far_from_the_origin() {
        let dataset = DatasetBase::from(array![[1e9 + 1.0, 5.0], [1e9 + 4.0, 5.0]])
            .with_weights(array![2.0, 1.0]);
        let backend = &mut LocalBackend::new(MatrixRows::new(&dataset).unwrap());
        let columns = column_summaries(backend).unwrap();
        assert_eq!(
            columns[0],
            ColumnSummary {
                min: 1e9 + 1.0,
                max: 1e9 + 4.0,
                mean: 1e9 + 2.0,
                variance: 2.0,
                has_missing: false
            }
        );
        assert!(columns[1].is_constant() && !columns[0].is_constant());
        let means = columns.iter().map(|column| column.mean).collect();
        assert_eq!(column_variances(backend, &means).unwrap(), array![2.0, 0.0]);
    }

    #[test]
    fn sums_about_different_origins_add_up() {
        let mut all = Summaries::default();
        for rows in [array![[1e9], [1e9 + 2.0]], array![[1e9 + 6.0], [1e9 + 7.0], [1e9 + 8.0]]] {
            let mut block = Block::default();
            block.fill(0, rows.view());
            let (request, mut part) = (SummariesRequest::default(), Summaries::default());
            request.begin(1, &mut part);
            request.add(&block, &mut part).unwrap();
            all.merge(&part);
        }
        let mean = 1e9 + 23.0 / 5.0;
        let summary = all.columns()[0];
        assert_eq!((summary.min, summary.max, summary.mean), (1e9, 1e9 + 8.0, mean));
        // squares about 4.6: 21.16, 6.76, 1.96, 5.76 and 11.56
        assert!((summary.variance - 47.2 / 5.0).abs() < 1e-14);
    }
}
