//! Intervals of parameters over replicates.

use ndarray::{Array, Array1, Dimension};

use crate::compute::quantile::quantile;

/// Estimates of parameters with their standard errors and intervals, in arrays of one shape.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Intervals<D: Dimension> {
    /// The parameters of the model.
    pub estimate: Array<f64, D>,
    /// Standard deviation over the replicates.
    pub standard_error: Array<f64, D>,
    /// Lower and upper quantiles of the replicates.
    pub low: Array<f64, D>,
    /// See [`low`](Self::low).
    pub high: Array<f64, D>,
}

impl<D: Dimension> Intervals<D> {
    /// Percentile intervals of a probability `level`, from the parameters of each replicate.
    pub(crate) fn new<'a>(
        estimate: Array<f64, D>,
        replicates: impl IntoIterator<Item = &'a Array<f64, D>> + Clone,
        level: f64,
    ) -> Self
    where
        D: 'a,
    {
        let mut values: Vec<Vec<f64>> = vec![Vec::new(); estimate.len()];
        for replicate in replicates {
            values.iter_mut().zip(replicate).for_each(|(values, &value)| values.push(value));
        }
        values.iter_mut().for_each(|values| values.sort_by(f64::total_cmp));
        let tail = 0.5 * (1.0 - level);
        let each = |of: &dyn Fn(&[f64]) -> f64| {
            let numbers: Array1<f64> = values.iter().map(|values| of(values)).collect();
            numbers.into_shape_with_order(estimate.raw_dim()).expect("a number for each parameter")
        };
        Self {
            standard_error: each(&|values| Array1::from(values.to_vec()).std(1.0)),
            low: each(&|values| quantile(values, tail)),
            high: each(&|values| quantile(values, 1.0 - tail)),
            estimate,
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn intervals_are_quantiles_of_the_replicates() {
        let replicates: Vec<_> =
            (1..=100).map(|at| array![f64::from(at), -f64::from(at)]).collect();
        let intervals = Intervals::new(array![50.0, -50.0], &replicates, 0.9);
        for (found, expected) in intervals.low.iter().zip([5.5, -95.5]) {
            approx::assert_relative_eq!(*found, expected, max_relative = 1e-12);
        }
        for (found, expected) in intervals.high.iter().zip([95.5, -5.5]) {
            approx::assert_relative_eq!(*found, expected, max_relative = 1e-12);
        }
        // that of 1 to n is sqrt(n (n + 1) / 12)
        approx::assert_relative_eq!(
            intervals.standard_error[0],
            (100.0_f64 * 101.0 / 12.0).sqrt(),
            max_relative = 1e-12
        );
    }
}
