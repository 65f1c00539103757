//! What a pass over the rows tells of each column.

use ndarray::Array1;

use crate::compute::simd;
use crate::compute::simd::moments::Moments;
use crate::error::{Error, Result};
use crate::rows::{Block, Reader};

/// Range and mean of a column, over the rows whose weight is not zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ColumnSummary {
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// Mean, by sample weight.
    pub(crate) mean: f64,
}

impl ColumnSummary {
    pub(crate) fn is_constant(&self) -> bool {
        self.min == self.max
    }
}

/// Summarises every column.
///
/// # Errors
/// What reading the rows raises; [`Error::TooWide`] if squared distances between rows would overflow.
pub(crate) fn column_summaries(rows: &mut Reader<'_>) -> Result<Vec<ColumnSummary>> {
    let (n_samples, n_features) = (rows.rows().n_samples(), rows.rows().n_features());
    // sums are taken about the first row, so that they do not cancel far from the origin
    let origin = rows.rows().row(0)?;
    let empty = ColumnSummary { min: f64::INFINITY, max: f64::NEG_INFINITY, mean: 0.0 };
    let (total, mut columns) = rows.fold(
        || (0.0, vec![empty; n_features]),
        |(total, columns), block| {
            let weights = block.weights();
            *total += simd::sum(weights);
            let (offsets, _) = moments_about(&origin, block);
            let features = block.features().zip(offsets);
            for (column, (feature, offset)) in columns.iter_mut().zip(features) {
                let (min, max) = simd::weighted_range(weights, feature);
                column.min = column.min.min(min);
                column.max = column.max.max(max);
                column.mean += offset;
            }
            Ok(())
        },
        |(total, columns), (part_total, part)| {
            *total += part_total;
            for (column, part) in columns.iter_mut().zip(part) {
                column.min = column.min.min(part.min);
                column.max = column.max.max(part.max);
                column.mean += part.mean;
            }
        },
    )?;
    for (column, c) in columns.iter_mut().zip(&origin) {
        column.mean = c + column.mean / total;
    }
    check_spans(&columns, n_samples)?;
    Ok(columns)
}

/// Refuses columns so wide that squared distances between `n_samples` rows would overflow.
///
/// # Errors
/// [`Error::TooWide`].
pub(crate) fn check_spans(columns: &[ColumnSummary], n_samples: usize) -> Result<()> {
    let too_wide = |column: &ColumnSummary| {
        let span = column.max - column.min;
        !(span * span * columns.len() as f64 * n_samples as f64).is_finite()
    };
    match columns.iter().position(too_wide) {
        Some(column) => {
            Err(Error::TooWide { column, min: columns[column].min, max: columns[column].max })
        }
        None => Ok(()),
    }
}

/// Mean square of every column about `means`, by sample weight (divided by the sum of the weights).
///
/// # Errors
/// What reading the rows raises.
pub(crate) fn column_variances(rows: &mut Reader<'_>, means: &Array1<f64>) -> Result<Array1<f64>> {
    let n_features = rows.rows().n_features();
    let (total, sums) = rows.fold(
        || (0.0, Array1::zeros(n_features)),
        |(total, sums), block| {
            *total += simd::sum(block.weights());
            let (_, squares) = moments_about(means, block);
            sums.iter_mut().zip(squares).for_each(|(sum, square)| *sum += square);
            Ok(())
        },
        |(total, sums), (part_total, part)| {
            *total += part_total;
            *sums += &part;
        },
    )?;
    Ok(sums / total)
}

/// `Σ w (x - c)` and `Σ w (x - c)²` of each feature of a block.
fn moments_about(center: &Array1<f64>, block: &Block) -> (Vec<f64>, Vec<f64>) {
    let (mut first, mut second) = (vec![0.0; center.len()], vec![0.0; center.len()]);
    simd::run(Moments {
        features: block.feature_major(),
        weights: block.weights(),
        center: center.as_slice().expect("contiguous"),
        first: &mut first,
        second: Some(&mut second),
    });
    (first, second)
}

/// Smallest and largest of some values; infinite, the larger one first, if there are none.
pub(crate) fn extent<'a>(values: impl IntoIterator<Item = &'a f64>) -> (f64, f64) {
    let wider = |(low, high): (f64, f64), &value: &f64| (low.min(value), high.max(value));
    values.into_iter().fold((f64::INFINITY, f64::NEG_INFINITY), wider)
}

#[cfg(test)]
mod tests {
    use linfa::DatasetBase;
    use ndarray::array;

    use super::*;
    use crate::rows::MatrixRows;

    #[test]
    fn range_mean_and_variance_are_by_weight_and_exact_far_from_the_origin() {
        let dataset = DatasetBase::from(array![[1e9 + 1.0, 5.0], [1e9 + 4.0, 5.0]])
            .with_weights(array![2.0, 1.0]);
        let rows = MatrixRows::new(&dataset).unwrap();
        let columns = column_summaries(&mut Reader::new(&rows)).unwrap();
        assert_eq!(columns[0], ColumnSummary { min: 1e9 + 1.0, max: 1e9 + 4.0, mean: 1e9 + 2.0 });
        assert!(columns[1].is_constant() && !columns[0].is_constant());
        let means = columns.iter().map(|column| column.mean).collect();
        assert_eq!(column_variances(&mut Reader::new(&rows), &means).unwrap(), array![2.0, 0.0]);
    }
}
