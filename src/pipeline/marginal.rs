//! Marginals of a pipeline: densities of columns in the units of the data.

use ndarray::{Array1, Array2, Array3, Axis};

use super::Pipeline;
use crate::compute::linalg;
use crate::error::{Error, Result};
use crate::mixture::{CovarianceType, GaussianMixture};

impl Pipeline {
    /// Standard deviations of the components in the given shaped numbers, counted without categories, with or without the residual
    /// of the directions that PCA leaves out, shape `(n_components, columns)`.
    pub(super) fn standard_deviations_of(&self, columns: &[usize], residual: bool) -> Array2<f64> {
        let loadings = self.loadings(columns);
        let residual =
            if residual { self.residual_variances(columns) } else { Array1::zeros(columns.len()) };
        let mut deviations = Array2::zeros((self.mixture.n_components(), columns.len()));
        for component in 0..self.mixture.n_components() {
            let covariance = self.mixture.covariance(component);
            let product = match &loadings {
                Some(loadings) => {
                    let product = linalg::product(covariance.view(), loadings.view());
                    (product * loadings).sum_axis(Axis(0))
                }
                None => covariance.diag().select(Axis(0), columns),
            };
            deviations.row_mut(component).assign(&(product + &residual).mapv(f64::sqrt));
        }
        deviations * self.units(columns)
    }

    /// The marginal density of a subset of the columns, which is again a mixture: the means and covariances of the components
    /// in the units of the data, with the same weights, and the probabilities of levels.
    ///
    /// ```text
    /// covariance = S (Wᵀ C W + σ² (I - Vᵀ V)) S    rows and columns of the chosen features
    /// ```
    /// for a covariance C after a PCA with axes V, W = √λ V if it whitens, and scales S. It is the density of the values, whether
    /// they are observed or missing. That of columns with a [shape](crate::Shape) is no mixture of Gaussians, but that of their
    /// shaped values; [`keep`](Self::keep) has no such restriction.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless `columns` are distinct features, at least one, without shapes and spikes;
    /// [`Error::SingularCovariance`] if a component has no variance in them.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let digits = datasets::digits();
    /// let model = Pipeline::params()
    ///     .pca(Pca::params(20).whiten(true))
    ///     .mixture(GaussianMixture::params(10))
    ///     .fit(&digits)?;
    /// let two_pixels = model.marginal(&[20, 21])?;
    /// assert_eq!((two_pixels.n_components(), two_pixels.n_features()), (10, 2));
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn marginal(&self, columns: &[usize]) -> Result<GaussianMixture> {
        if columns.iter().any(|&column| self.is_shaped(column)) {
            let expected = "columns without shapes and spikes; use keep instead";
            return Err(Error::param("columns", format!("{columns:?}"), expected));
        }
        self.shaped_marginal(columns)
    }

    /// [`marginal`](Self::marginal) of the shaped values of columns, without their spikes.
    ///
    /// # Errors
    /// Same as [`marginal`](Self::marginal), but any columns are possible.
    pub(crate) fn shaped_marginal(&self, columns: &[usize]) -> Result<GaussianMixture> {
        let mut seen = vec![false; self.n_features()];
        let mut is_new = |&column: &usize| {
            seen.get_mut(column).is_some_and(|seen| !std::mem::replace(seen, true))
        };
        if columns.is_empty() || !columns.iter().all(&mut is_new) {
            let expected = "distinct features, at least one";
            return Err(Error::param("columns", format!("{columns:?}"), expected));
        }
        let find = |column| self.layout.numbers().binary_search(column).ok();
        let numbers: Vec<usize> = columns.iter().filter_map(find).collect();
        let (places, probabilities) = columns
            .iter()
            .enumerate()
            .filter_map(|(at, &column)| Some((at, self.level_probabilities(column)?.to_owned())))
            .unzip();
        self.marginal_of_numbers(&numbers)?.with_categories(places, probabilities)
    }

    /// The marginal density of the given numbers, counted without categories.
    fn marginal_of_numbers(&self, numbers: &[usize]) -> Result<GaussianMixture> {
        let (k, weights) = (self.mixture.n_components(), self.mixture.weights().to_owned());
        if numbers.is_empty() {
            let nothing = Array2::zeros((k, 0));
            let variances = nothing.clone().into_dyn();
            return GaussianMixture::new(weights, nothing, CovarianceType::Diag, variances);
        }
        let loadings = self.loadings(numbers);
        let residual = self.residual(numbers);
        let units = self.units(numbers);
        let mut covariances = Array3::zeros((k, numbers.len(), numbers.len()));
        for component in 0..k {
            let covariance = self.mixture.scale_matrix(component);
            let mut marginal = match &loadings {
                Some(loadings) => {
                    let product = linalg::product(covariance.view(), loadings.view());
                    linalg::product(loadings.t(), product.view()) + &residual
                }
                None => covariance.select(Axis(0), numbers).select(Axis(1), numbers),
            };
            // symmetric to the last bit
            marginal = (&marginal + &marginal.t()) * 0.5;
            marginal *= &units;
            marginal *= &units.view().insert_axis(Axis(1));
            covariances.index_axis_mut(Axis(0), component).assign(&marginal);
        }
        let means = self.shaped_means().select(Axis(1), numbers);
        let covariances = covariances.into_dyn();
        let marginal = GaussianMixture::new(weights, means, CovarianceType::Full, covariances)?;
        Ok(marginal.with_tails_of(&self.mixture))
    }

    /// The matrix W of the given columns: their loadings on the reduced features; none without a PCA.
    fn loadings(&self, columns: &[usize]) -> Option<Array2<f64>> {
        let pca = self.preprocessor.pca()?;
        let mut loadings = pca.components().select(Axis(1), columns);
        if pca.whiten() {
            loadings *= &pca.explained_variance().mapv(f64::sqrt).insert_axis(Axis(1));
        }
        Some(loadings)
    }

    /// `σ² (I - Vᵀ V)` of the given columns.
    fn residual(&self, columns: &[usize]) -> Array2<f64> {
        let n = columns.len();
        let variance = self.preprocessor.residual_variance();
        match self.preprocessor.pca() {
            Some(pca) if variance > 0.0 => {
                let axes = pca.components().select(Axis(1), columns);
                (Array2::eye(n) - linalg::product(axes.t(), axes.view())) * variance
            }
            _ => Array2::zeros((n, n)),
        }
    }

    /// The diagonal of [`residual`](Self::residual).
    fn residual_variances(&self, columns: &[usize]) -> Array1<f64> {
        let variance = self.preprocessor.residual_variance();
        match self.preprocessor.pca() {
            Some(pca) if variance > 0.0 => {
                let axes = pca.components().select(Axis(1), columns);
                axes.map_axis(Axis(0), |axis| variance * (1.0 - axis.dot(&axis)).max(0.0))
            }
            _ => Array1::zeros(columns.len()),
        }
    }

    /// The scales of the given columns.
    fn units(&self, columns: &[usize]) -> Array1<f64> {
        match self.preprocessor.scaler() {
            Some(scaler) => scaler.scale().select(Axis(0), columns),
            None => Array1::ones(columns.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::{Axis, array};

    use crate::prelude::*;

    fn model() -> Pipeline {
        let params = Pipeline::params().standardize(true).pca(Pca::params(2).whiten(true));
        params.mixture(GaussianMixture::params(3).seed(2)).fit(&datasets::survey()).unwrap()
    }

    #[test]
    fn the_marginal_of_all_columns_is_the_joint_density() {
        let (model, rows) = (model(), datasets::survey().records);
        let whole = model.marginal(&[0, 1, 2, 3]).unwrap();
        let expected = model.score_samples(&rows).unwrap();
        assert_abs_diff_eq!(whole.score_samples(&rows).unwrap(), expected, epsilon = 1e-8);
        let deviations = model.standard_deviations();
        for component in 0..3 {
            let variances = whole.covariance(component).diag().to_owned();
            let relative = (deviations.row(component).mapv(|sd| sd * sd) / variances) - 1.0;
            assert!(relative.iter().all(|difference| difference.abs() < 1e-10));
        }
    }

    #[test]
    fn samples_of_a_column_follow_its_marginal() {
        let model = model();
        let (rows, _) = model.sample(100_000, 3);
        let marginal = model.marginal(&[2]).unwrap();
        let (mean, variance) = {
            let column = rows.column(2);
            (column.mean().unwrap(), column.var(0.0))
        };
        let weights = marginal.weights();
        let expected_mean = weights.dot(&marginal.means().column(0));
        let second: f64 = (0..3)
            .map(|k| {
                weights[k] * (marginal.covariance(k)[[0, 0]] + marginal.means()[[k, 0]].powi(2))
            })
            .sum();
        let expected = second - expected_mean * expected_mean;
        // five standard errors of the mean of 100 000 values
        assert_abs_diff_eq!(mean, expected_mean, epsilon = 5.0 * (expected / 1e5).sqrt());
        assert!((variance / expected - 1.0).abs() < 0.03);
    }

    #[test]
    fn without_a_preprocessor_the_marginal_has_the_parameters_of_the_mixture() {
        let mixture = GaussianMixture::params(2).fit(&datasets::survey()).unwrap();
        let model = Pipeline::from(mixture.clone());
        let marginal = model.marginal(&[3, 1]).unwrap();
        assert_eq!(marginal.means(), mixture.means().select(Axis(1), &[3, 1]));
        let covariance = mixture.covariance(1);
        assert_eq!(marginal.covariance(1)[[0, 1]], covariance[[3, 1]]);
        assert_eq!(model.standard_deviations()[[1, 2]], covariance[[2, 2]].sqrt());
        for bad in [&[][..], &[1, 1], &[4]] {
            assert!(model.marginal(bad).is_err());
        }
    }

    #[test]
    fn the_marginal_of_categories_and_numbers_is_the_density_without_the_other_columns() {
        let mixture = GaussianMixture::new(
            array![0.3, 0.7],
            array![[0.0, 5.0], [2.0, 1.0]],
            CovarianceType::Full,
            array![[[1.0, 0.2], [0.2, 2.0]], [[0.5, 0.1], [0.1, 3.0]]].into_dyn(),
        );
        let probabilities = vec![array![[0.5, 0.5], [0.1, 0.9]], array![[0.9, 0.1], [0.4, 0.6]]];
        let mixture = mixture.unwrap().with_categories(vec![0, 2], probabilities).unwrap();
        let model = Pipeline::from(mixture);
        for columns in [&[2, 3, 0][..], &[3], &[0], &[1, 2]] {
            let mut row = array![[f64::NAN, f64::NAN, f64::NAN, f64::NAN]];
            let values = [1.0, 0.7, 0.0, 4.0];
            columns.iter().for_each(|&column| row[[0, column]] = values[column]);
            let expected = model.score_samples(&row).unwrap();
            let chosen = row.select(Axis(1), columns);
            let found = model.marginal(columns).unwrap().score_samples(&chosen).unwrap();
            assert_abs_diff_eq!(found, expected, epsilon = 1e-12);
        }
        assert_eq!(model.means(), array![[0.0, 5.0], [2.0, 1.0]]);
        assert_eq!(model.standard_deviations().dim(), (2, 2));
    }
}
