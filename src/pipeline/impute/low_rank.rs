//! Missing numbers given the observed ones, behind a PCA: in the basis of [`crate::pipeline::subspace`].

use std::sync::OnceLock;

use ndarray::{Array1, Array2, ArrayView1, Axis};
use rand::Rng;
use rand_distr::StandardNormal;

use super::Pipeline;
use super::dense::square_root;
use super::given_rows::Moments;
use crate::compute::linalg;
use crate::error::Result;
use crate::pipeline::subspace::Given;
use crate::preprocess::pca::Pca;

/// The components given a pattern of missing numbers.
pub(super) struct LowRankGiven {
    given: Given,
    /// Variance of the noise that draws do not have.
    without_noise: Option<f64>,
    /// A factor of the covariance of each component in the basis, made when it is needed.
    factors: Vec<OnceLock<Array2<f64>>>,
}

impl LowRankGiven {
    /// The components given all numbers but the `missing` ones.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`](crate::Error::SingularCovariance) if the covariance of the observed numbers is singular to
    /// rounding.
    pub(super) fn new(
        pipeline: &Pipeline,
        pca: &Pca,
        (missing, residual): (&[usize], bool),
    ) -> Result<Self> {
        let is_observed = |number: &usize| missing.binary_search(number).is_err();
        let observed: Vec<usize> = (0..pca.n_features()).filter(is_observed).collect();
        let variance = pipeline.preprocessor.residual_variance();
        let given = Given::new(pca, variance, &pipeline.mixture, (&observed, missing))?;
        let factors = (0..pipeline.mixture.n_components()).map(|_| OnceLock::new()).collect();
        let has_noise = pca.n_components() < pca.n_features();
        let without_noise = (has_noise && !residual).then_some(variance);
        Ok(Self { given, without_noise, factors })
    }

    /// Log-density of the observed numbers of rows in each component, (rows, k).
    pub(super) fn log_densities(&self, observed: &Array2<f64>) -> Array2<f64> {
        let mut densities = Array2::zeros((observed.nrows(), self.factors.len()));
        for (mut to, values) in densities.rows_mut().into_iter().zip(observed.rows()) {
            to.assign(&self.given.means_at(values).0);
        }
        densities
    }

    /// Rows in the basis, (rows, q'), as differences of the missing numbers from their means.
    fn numbers(&self, in_basis: &Array2<f64>) -> Array2<f64> {
        match self.given.basis.directions() {
            Some(directions) => linalg::product(in_basis.view(), directions.view()),
            None => in_basis.clone(),
        }
    }

    /// Variances of the missing numbers in a component.
    fn variances(&self, component: usize) -> Array1<f64> {
        let covariance = self.given.covariances().index_axis_move(Axis(0), component);
        match self.given.basis.directions() {
            Some(directions) => {
                let product = linalg::product(covariance, directions.view()) * directions;
                let left = directions.map_axis(Axis(0), |axis| (1.0 - axis.dot(&axis)).max(0.0));
                product.sum_axis(Axis(0)) + left * self.given.basis.variance()
            }
            None => covariance.diag().to_owned(),
        }
    }

    /// Means of the missing numbers of each row in the basis, (k, q').
    fn means_in_basis(&self, observed: &Array2<f64>) -> Vec<Array2<f64>> {
        observed.rows().into_iter().map(|values| self.given.means_at(values).1).collect()
    }

    /// Conditional means and variances of the missing numbers in each component.
    pub(super) fn moments(&self, observed: &Array2<f64>) -> Vec<Moments> {
        let in_basis = self.means_in_basis(observed);
        let (k, n, _) = self.given.covariances().dim();
        let of_component = |component: usize| {
            let of_row = |(row, at): (usize, usize)| in_basis[row][[component, at]];
            let means = Array2::from_shape_fn((in_basis.len(), n), of_row);
            let means = self.numbers(&means) + self.given.basis.mean();
            Moments { means, variances: self.variances(component), factors: None }
        };
        (0..k).map(of_component).collect()
    }

    /// Conditional means and variances of the missing numbers, each of shape (rows, missing).
    pub(super) fn expected(
        &self,
        observed: &Array2<f64>,
        posteriors: &Array2<f64>,
    ) -> (Array2<f64>, Array2<f64>) {
        let in_basis = self.means_in_basis(observed);
        let mut means = Array2::zeros((observed.nrows(), self.given.covariances().dim().1));
        for ((mut mean, of_row), shares) in
            means.rows_mut().into_iter().zip(&in_basis).zip(posteriors.rows())
        {
            mean.assign(&shares.dot(of_row));
        }
        let expected = self.numbers(&means) + self.given.basis.mean();
        let mut variances = Array2::zeros(expected.dim());
        for component in 0..posteriors.ncols() {
            let shares = posteriors.column(component);
            // the others have no part in any of the rows
            if shares.iter().any(|&share| share > 0.0) {
                let differences = Array2::from_shape_fn(means.dim(), |(row, at)| {
                    in_basis[row][[component, at]] - means[[row, at]]
                });
                let between = self.numbers(&differences).mapv(|difference| difference * difference);
                variances += &((between + self.variances(component)) * shares.insert_axis(Axis(1)));
            }
        }
        (expected, variances)
    }

    /// Draws the missing numbers of a row in a component.
    pub(super) fn draw(
        &self,
        observed: ArrayView1<'_, f64>,
        component: usize,
        rng: &mut impl Rng,
    ) -> Result<Array1<f64>> {
        let factor = match self.factors[component].get() {
            Some(factor) => factor,
            None => {
                let covariance = self.given.covariances().index_axis_move(Axis(0), component);
                let mut covariance = covariance.to_owned();
                if let Some(variance) = self.without_noise {
                    covariance.diag_mut().mapv_inplace(|of_both| of_both - variance);
                }
                let made = square_root(&covariance)?;
                self.factors[component].get_or_init(|| made)
            }
        };
        let basis = &self.given.basis;
        let mut normal = |n| Array1::from_shape_simple_fn(n, || rng.sample(StandardNormal));
        let mean = self.given.means_at(observed).1.row(component).to_owned();
        let in_basis = mean + factor.dot(&normal(factor.ncols()));
        Ok(match basis.directions() {
            Some(directions) if self.without_noise.is_some() => {
                in_basis.dot(directions) + basis.mean()
            }
            Some(directions) => {
                let noise: Array1<f64> = normal(directions.ncols()) * basis.variance().sqrt();
                let within = in_basis - directions.dot(&noise);
                within.dot(directions) + noise + basis.mean()
            }
            None => in_basis + basis.mean(),
        })
    }
}
