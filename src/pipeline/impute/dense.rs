//! Missing numbers given the observed ones, without a PCA.

use std::sync::{Arc, OnceLock};

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rand::Rng;
use rand_distr::StandardNormal;

use super::given_rows::Moments;
use crate::compute::linalg;
use crate::error::Result;
use crate::mixture::{Conditionals, GaussianMixture, Spread, StudentTails};

/// The components given a pattern of missing numbers.
pub(super) struct DenseGiven {
    conditionals: Arc<Conditionals>,
    /// Means of the missing numbers of each component, (k, missing).
    means: Array2<f64>,
    tails: Option<StudentTails>,
    /// A factor of the covariance of the missing numbers of each component, made when it is needed.
    factors: Vec<OnceLock<Factor>>,
    /// Whether draws have the noise of low-rank covariances.
    residual: bool,
}

/// F with `F Fᵀ = C`.
enum Factor {
    Dense(Array2<f64>),
    Deviations(Array1<f64>),
    /// `[W, diag(deviations)]`.
    LowRank(Array2<f64>, Array1<f64>),
}

impl DenseGiven {
    pub(super) fn new(
        conditionals: Arc<Conditionals>,
        mixture: &GaussianMixture,
        residual: bool,
    ) -> Self {
        let means = mixture.means().select(Axis(1), &conditionals.missing);
        let factors = (0..means.nrows()).map(|_| OnceLock::new()).collect();
        Self { conditionals, means, tails: mixture.student().cloned(), factors, residual }
    }

    /// Means of the missing numbers of rows in a component: `μ_m + B (x_o - μ_o)`.
    fn means_in(&self, component: usize, observed: ArrayView2<'_, f64>) -> Array2<f64> {
        let mean = self.means.row(component);
        match &self.conditionals.components[component].regression {
            Some(regression) => {
                let centre = ArrayView1::from(self.conditionals.mean(component));
                regression.of_rows((&observed - &centre).view()) + mean
            }
            None => {
                let shape = (observed.nrows(), mean.len());
                mean.broadcast(shape).expect("a row for each").to_owned()
            }
        }
    }

    /// Conditional means and variances of the missing numbers in each component.
    pub(super) fn moments(&self, observed: ArrayView2<'_, f64>) -> Vec<Moments> {
        let of_component = |component: usize| {
            let variances = self.conditionals.components[component].covariance.variances();
            Moments {
                means: self.means_in(component, observed),
                variances: variances.into_owned(),
                factors: self.variance_factors(component, observed),
            }
        };
        (0..self.means.nrows()).map(of_component).collect()
    }

    /// The squared distance of the observed numbers of a row from their mean in a component.
    fn squared_length(&self, component: usize, observed: ArrayView1<'_, f64>) -> f64 {
        let center = ArrayView1::from(self.conditionals.mean(component));
        self.conditionals.components[component].squared_length(&(&observed - &center))
    }

    /// Factors of the conditional variances of rows in a component with heavy tails.
    fn variance_factors(
        &self,
        component: usize,
        observed: ArrayView2<'_, f64>,
    ) -> Option<Array1<f64>> {
        let tails = self.tails.as_ref()?;
        let of_row = |row: ArrayView1<'_, f64>| {
            tails.variance_ratio_given(component, row.len(), self.squared_length(component, row))
        };
        Some(observed.rows().into_iter().map(of_row).collect())
    }

    /// Conditional means and variances of the missing numbers, each of shape (rows, missing).
    pub(super) fn expected(
        &self,
        observed: &Array2<f64>,
        posteriors: &Array2<f64>,
    ) -> (Array2<f64>, Array2<f64>) {
        let mut means = Array2::zeros((observed.nrows(), self.means.ncols()));
        let mut variances = means.clone();
        let shares = |component: usize| posteriors.column(component).insert_axis(Axis(1));
        let in_component = self.moments(observed.view());
        for (component, moments) in in_component.iter().enumerate() {
            means += &(&moments.means * &shares(component));
        }
        for (component, moments) in in_component.into_iter().enumerate() {
            let Moments { means: of_component, variances: within, factors } = moments;
            let between = (of_component - &means).mapv(|difference| difference * difference);
            let both = match factors {
                Some(factors) => between + factors.insert_axis(Axis(1)) * within,
                None => between + within,
            };
            variances += &(both * shares(component));
        }
        (means, variances)
    }

    /// Draws the missing numbers of a row in a component.
    pub(super) fn draw(
        &self,
        observed: ArrayView1<'_, f64>,
        component: usize,
        rng: &mut impl Rng,
    ) -> Result<Array1<f64>> {
        let mean = self.means_in(component, observed.insert_axis(Axis(0))).remove_axis(Axis(0));
        let factor = match self.factors[component].get() {
            Some(factor) => factor,
            None => {
                let covariance = &self.conditionals.components[component].covariance;
                let made = Factor::of(covariance, self.residual)?;
                self.factors[component].get_or_init(|| made)
            }
        };
        let scale = self.tails.as_ref().map_or(1.0, |tails| {
            let (width, square) = (observed.len(), self.squared_length(component, observed));
            let spread = tails.spread_ratio(component, width, square).sqrt();
            spread * tails.given(width).draw_scale(component, rng)
        });
        let mut normal = |n| Array1::from_shape_simple_fn(n, || rng.sample(StandardNormal));
        let noise: Array1<f64> = normal(mean.len());
        let noise = match factor {
            Factor::Dense(factor) => factor.dot(&noise),
            Factor::Deviations(deviations) => deviations * noise,
            Factor::LowRank(loadings, deviations) => {
                loadings.dot(&normal(loadings.ncols())) + deviations * noise
            }
        };
        Ok(mean + noise * scale)
    }
}

impl Factor {
    fn of(covariance: &Spread, residual: bool) -> Result<Self> {
        match covariance {
            Spread::Diagonal(variances) => Ok(Self::Deviations(variances.mapv(f64::sqrt))),
            Spread::Full(covariance) => Ok(Self::Dense(square_root(covariance)?)),
            Spread::LowRank { loadings, noise } => {
                let share = if residual { 1.0 } else { 0.0 };
                Ok(Self::LowRank(loadings.clone(), noise.mapv(f64::sqrt) * share))
            }
        }
    }
}

/// F with `F Fᵀ` a covariance matrix: its Cholesky factor, or one of eigenvectors if it is singular to rounding.
pub(super) fn square_root(covariance: &Array2<f64>) -> Result<Array2<f64>> {
    let mut factor = covariance.as_standard_layout().into_owned();
    if factor.is_empty() || linalg::cholesky_in_place(&mut factor) {
        return Ok(factor);
    }
    linalg::symmetric_root(&covariance.as_standard_layout().into_owned())
}
