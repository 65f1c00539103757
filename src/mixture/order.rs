//! Canonical order of components.

use std::cmp::Ordering;

use ndarray::Array1;

use super::GaussianMixture;

/// Unit to which weights are rounded for comparison, so that rounding errors do not decide.
const WEIGHT_UNIT: f64 = 1e-6;

/// Unit to which means are rounded for comparison, as a share of the standard deviation of the column.
const MEAN_UNIT: f64 = 1e-6;

impl GaussianMixture {
    /// Sorts the components in the canonical order of fits.
    ///
    /// The order is by decreasing weight, to six decimals, then by increasing mean in the first column, then in the next
    /// column, and so on, then by decreasing probabilities of levels, to six decimals. Means are equal if they round to the same multiple of a millionth of the column's standard
    /// deviation under the model.
    ///
    /// Fits from a given model ([`Init::Model`](crate::Init::Model)) keep the order of that model instead.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let model = GaussianMixture::params(3).fit(&datasets::stretched_blobs())?;
    /// assert!(model.weights()[0] >= model.weights()[1]);
    /// assert_eq!(model.permuted(&[2, 0, 1]).in_canonical_order(), model);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn in_canonical_order(self) -> Self {
        let units = self.column_variances().mapv(|variance| MEAN_UNIT * variance.sqrt());
        let rounded =
            |value: f64, unit: f64| if unit > 0.0 { (value / unit).round() } else { value };
        let by_means = |a: usize, b: usize| {
            let means = self.means();
            let columns = means.row(a).into_iter().zip(means.row(b)).zip(&units);
            let mut orders =
                columns.map(|((&a, &b), &unit)| rounded(a, unit).total_cmp(&rounded(b, unit)));
            let by_means = orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal);
            by_means.then_with(|| self.categories().compare(a, b, WEIGHT_UNIT))
        };
        let weight = |component: usize| rounded(self.weights()[component], WEIGHT_UNIT);
        let mut order: Vec<usize> = (0..self.n_components()).collect();
        order.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)).then_with(|| by_means(a, b)));
        if order.is_sorted() {
            return self;
        }
        self.permuted(&order)
    }

    /// Variance of each column of numbers under the model, (d): within components and between their means.
    pub(super) fn column_variances(&self) -> Array1<f64> {
        let center = self.weights().dot(&self.means());
        let mut variances = Array1::<f64>::zeros(self.n_numeric());
        for (k, (weight, mean)) in self.weights().iter().zip(self.means().rows()).enumerate() {
            let offset = &mean - &center;
            variances.scaled_add(
                *weight,
                &(&offset * &offset + &self.covariances().diagonal(k, self.n_numeric())),
            );
        }
        variances
    }
}
