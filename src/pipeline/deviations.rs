//! Conditional deviations: the anomalous columns of a row.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::Pipeline;
use crate::compute::linalg;
use crate::error::{Error, Result};

impl Pipeline {
    /// Deviation of each number of each row from its expectation given the other numbers of the row, in standard deviations,
    /// shape `(n_samples, n_features)`; NaN for missing values and categories, see
    /// [`category_probabilities`](Self::category_probabilities).
    ///
    /// It is small in all columns of an ordinary row, and large in the anomalous columns of an outlier.
    ///
    /// ```text
    /// z = (x - E[x | others]) / sd(x | others) = (P (x - m))ⱼ / √Pⱼⱼ,    P = covariance⁻¹
    /// ```
    /// for each column j, by the Gaussian, or the t distribution, of the row's most probable component. A value can be ordinary by itself
    /// and still anomalous given the other values; the deviation detects both cases. Values of a column with a [shape](crate::Shape) are
    /// shaped first; a spike has no deviation, as a missing value.
    ///
    /// # Errors
    /// Same as [`score_samples`](Self::score_samples).
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let survey = datasets::survey();
    /// let model = Pipeline::from(GaussianMixture::params(4).fit(&survey)?);
    /// let mut customer = survey.records.slice(s![..1, ..]).to_owned();
    /// customer[[0, 1]] += 500.0;                                // earns half a million more
    /// let deviations = model.deviations(customer.view())?;
    /// assert!(deviations[[0, 1]] > 10.0);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn deviations(&self, records: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let labels = self.try_predict(&records.to_owned())?;
        let numbers = self.shaped_numbers(records);
        let means = self.shaped_means();
        // rows of a component with the same observed numbers
        let mut groups: BTreeMap<(usize, Vec<usize>), Vec<usize>> = BTreeMap::new();
        for (row, (&label, numbers)) in labels.iter().zip(numbers.rows()).enumerate() {
            let is_observed = |&number: &usize| !numbers[number].is_nan();
            let observed = (0..numbers.len()).filter(is_observed).collect();
            groups.entry((label, observed)).or_default().push(row);
        }
        let mut deviations = Array2::from_elem(records.dim(), f64::NAN);
        for ((component, observed), rows) in groups {
            if observed.is_empty() {
                continue;
            }
            let mut centred = numbers.select(Axis(0), &rows) - means.row(component);
            if let Some(scaler) = self.preprocessor.scaler() {
                centred /= &scaler.scale();
            }
            let centred = centred.select(Axis(1), &observed);
            let standardised = self.conditional(component, &observed, &centred)?;
            for (row, values) in rows.into_iter().zip(standardised.rows()) {
                for (&number, &value) in observed.iter().zip(values) {
                    deviations[[row, self.layout.numbers()[number]]] = value;
                }
            }
        }
        Ok(deviations)
    }

    /// `(P u)ⱼ / √Pⱼⱼ` of the observed numbers u of rows, centred at the mean of a component, in the space that the PCA takes, for
    /// which all of them are observed.
    ///
    /// With the axes V of the PCA and M = L⁻¹ D⁻¹ V, where L Lᵀ is the covariance of the component and D the scale
    /// of whitening, the precision is `P = Mᵀ M + (I - Vᵀ V) / σ²`.
    fn conditional(
        &self,
        component: usize,
        observed: &[usize],
        centred: &Array2<f64>,
    ) -> Result<Array2<f64>> {
        let mut factor = self.mixture.scale_matrix(component);
        if self.preprocessor.pca().is_none() {
            let at = |(i, j): (usize, usize)| factor[[observed[i], observed[j]]];
            factor = Array2::from_shape_fn((observed.len(), observed.len()), at);
        }
        if !linalg::cholesky_in_place(&mut factor) {
            return Err(Error::SingularCovariance { component, reg_covar: 0.0 });
        }
        let mut whitener = Array2::zeros(factor.raw_dim());
        linalg::invert_lower(&factor, &mut whitener);
        let Some(pca) = self.preprocessor.pca() else {
            let deviations = standardised(&whitener, centred, None);
            return Ok(self.with_tails(component, &whitener, centred, deviations));
        };
        if pca.whiten() {
            whitener /= &pca.explained_variance().mapv(f64::sqrt);
        }
        let whitener = linalg::product(whitener.view(), pca.components());
        let variance = self.preprocessor.residual_variance();
        let residual = (variance > 0.0).then(|| {
            let axes = pca.components();
            let left = axes.map_axis(Axis(0), |axis| (1.0 - axis.dot(&axis)).max(0.0) / variance);
            (pca.left_out(centred.clone()) / variance, left)
        });
        Ok(standardised(&whitener, centred, residual))
    }

    /// Deviations in standard deviations of the conditional t distributions, if the component has heavy tails: given the other numbers,
    /// whose squared distance from their mean is that of all without the square of the deviation.
    fn with_tails(
        &self,
        component: usize,
        whitener: &Array2<f64>,
        centred: &Array2<f64>,
        mut deviations: Array2<f64>,
    ) -> Array2<f64> {
        let Some(tails) = self.mixture.student() else { return deviations };
        let whitened = linalg::product(centred.view(), whitener.t());
        let n_others = centred.ncols() - 1;
        for (mut row, whitened) in deviations.rows_mut().into_iter().zip(whitened.rows()) {
            let square = whitened.dot(&whitened);
            row.mapv_inplace(|z| {
                let of_others = (square - z * z).max(0.0);
                z / tails.variance_ratio_given(component, n_others, of_others).sqrt()
            });
        }
        deviations
    }
}

/// `(P u)ⱼ / √Pⱼⱼ` for `P = Mᵀ M + R`, given the diagonal of R and its product with the rows.
fn standardised(
    whitener: &Array2<f64>,
    centred: &Array2<f64>,
    residual: Option<(Array2<f64>, Array1<f64>)>,
) -> Array2<f64> {
    let whitened = linalg::product(centred.view(), whitener.t());
    let mut product = linalg::product(whitened.view(), whitener.view());
    let mut diagonal = whitener.map_axis(Axis(0), |column| column.dot(&column));
    if let Some((residual_product, residual_diagonal)) = residual {
        product += &residual_product;
        diagonal += &residual_diagonal;
    }
    product / diagonal.mapv(f64::sqrt)
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::{Array2, array};

    use crate::prelude::*;

    #[test]
    fn deviations_are_conditional_on_the_other_values() {
        // two columns that are correlated: (1, -1) is anomalous, though 1 and -1 are not
        let mixture = GaussianMixture::new(
            array![1.0],
            array![[0.0, 0.0]],
            CovarianceType::Full,
            array![[[1.0, 0.9], [0.9, 1.0]]].into_dyn(),
        );
        let model = Pipeline::from(mixture.unwrap());
        let rows = array![[1.0, 1.0], [1.0, -1.0]];
        let deviations = model.deviations(rows.view()).unwrap();
        // (x - 0.9 y) / √(1 - 0.81)
        let sd = 0.19_f64.sqrt();
        let expected = array![[0.1 / sd, 0.1 / sd], [1.9 / sd, -1.9 / sd]];
        assert_abs_diff_eq!(deviations, expected, epsilon = 1e-12);
    }

    #[test]
    fn deviations_after_preprocessing_use_the_precision_in_data_space() {
        let data = datasets::survey();
        for n_components in [2, 4] {
            let params =
                Pipeline::params().standardize(true).pca(Pca::params(n_components).whiten(true));
            let model = params.mixture(GaussianMixture::params(2).seed(1)).fit(&data).unwrap();
            let rows = data.records.slice_axis(Axis(0), ndarray::Slice::from(..20));
            let deviations = model.deviations(rows).unwrap();
            let labels = model.try_predict(&rows.to_owned()).unwrap();
            let whole = model.marginal(&[0, 1, 2, 3]).unwrap();
            for (row, &label) in labels.iter().enumerate() {
                let mut factor = whole.covariance(label);
                assert!(crate::compute::linalg::cholesky_in_place(&mut factor));
                let mut inverse = Array2::zeros((4, 4));
                crate::compute::linalg::invert_lower(&factor, &mut inverse);
                let precision = inverse.t().dot(&inverse);
                let centred = &rows.row(row) - &whole.means().row(label);
                let expected = precision.dot(&centred) / precision.diag().mapv(f64::sqrt);
                let tolerance = 1e-7 * expected.iter().fold(1.0, |a: f64, b| a.max(b.abs()));
                assert_abs_diff_eq!(deviations.row(row), expected.view(), epsilon = tolerance);
            }
        }
    }

    #[test]
    fn deviations_are_conditional_on_the_observed_values() {
        let mixture = GaussianMixture::new(
            array![1.0],
            array![[0.0, 0.0, 1.0]],
            CovarianceType::Full,
            array![[[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 4.0]]].into_dyn(),
        );
        let categories = vec![array![[0.5, 0.5]]];
        let mixture = mixture.unwrap().with_categories(vec![1], categories).unwrap();
        let model = Pipeline::from(mixture);
        const NAN: f64 = f64::NAN;
        let rows = array![[1.0, 0.0, -1.0, NAN], [1.0, NAN, NAN, 5.0], [NAN, 1.0, NAN, NAN]];
        let deviations = model.deviations(rows.view()).unwrap();
        let sd = 0.19_f64.sqrt();
        let expected: Array2<f64> =
            array![[1.9 / sd, NAN, -1.9 / sd, NAN], [1.0, NAN, NAN, 2.0], [NAN; 4]];
        for (found, expected) in deviations.iter().zip(&expected) {
            assert_eq!(found.is_nan(), expected.is_nan());
            assert!(found.is_nan() || (found - expected).abs() < 1e-12);
        }
    }
}
