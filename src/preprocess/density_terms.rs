//! The terms that a preprocessor adds to log-densities: of rows, and of all rows together.

use std::any::Any;
use std::borrow::Cow;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::pca::Pca;
use super::preprocessor::Preprocessor;
use super::scaler::StandardScaler;
use super::shape::Shapes;
use crate::compute::linalg::LN_2PI;
use crate::error::Result;
use crate::rows::Block;
use crate::rows::backend::RowAnswers;
use crate::rows::pass::PassRequest;

/// Requests the term to add to the log-density of each transformed row, or its sum over all rows by sample weight.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct DensityTerms<'a> {
    pub(crate) preprocessor: Cow<'a, Preprocessor>,
    /// Categories with values of levels, and the log-probability of a value that is none of them.
    pub(crate) unknown: Vec<(usize, f64)>,
}

impl<'a> DensityTerms<'a> {
    /// The terms of rows whose categories have known levels.
    pub(crate) fn new(preprocessor: &'a Preprocessor) -> Self {
        Self { preprocessor: Cow::Borrowed(preprocessor), unknown: Vec::new() }
    }

    fn of_rows(&self, records: ArrayView2<'_, f64>) -> Array1<f64> {
        let mut terms = self.preprocessor.log_density_terms(records);
        let Some(layout) = self.preprocessor.layout() else { return terms };
        for &(column, log_probability) in &self.unknown {
            let levels = layout.levels(column).unwrap_or_default();
            for (term, value) in terms.iter_mut().zip(records.column(column)) {
                if !value.is_nan() && !levels.contains(value) {
                    *term += log_probability;
                }
            }
        }
        terms
    }
}

impl PassRequest for DensityTerms<'_> {
    type Accumulator = f64;

    fn begin(&self, _: usize, sum: &mut f64) {
        *sum = 0.0;
    }

    fn add(&self, block: &Block, sum: &mut f64) -> Result<()> {
        let terms = self.of_rows(block.records());
        *sum += terms.dot(&ArrayView1::from(block.weights()));
        Ok(())
    }

    fn merge(&self, all: &mut f64, part: &f64) {
        *all += part;
    }

    fn owned(&self) -> Option<Box<dyn Any + Send>> {
        let preprocessor = Cow::Owned(self.preprocessor.as_ref().clone());
        Some(Box::new(DensityTerms { preprocessor, unknown: self.unknown.clone() }))
    }
}

impl RowAnswers for DensityTerms<'_> {
    fn width(&self) -> usize {
        1
    }

    fn answer(&self, block: &Block, answers: &mut Vec<f64>) -> Result<()> {
        answers.extend(self.of_rows(block.records()));
        Ok(())
    }

    fn owned(&self) -> Option<Box<dyn Any + Send>> {
        PassRequest::owned(self)
    }
}

/// Share of the mean variance of a feature that directions without any variance get, so that rows outside the kept subspace
/// have a density.
const LEAST_RESIDUAL: f64 = 1e-6;

impl Preprocessor {
    /// Returns the term to add to the log-density of each transformed row to obtain that of the row itself:
    /// ```text
    /// ln |dz / dx| - ½ |residual|² / σ² - ½ (d - q) ln 2πσ²
    /// ```
    /// The first term is the change of variables of shapes, scaling and whitening. The others are the density of the d - q directions
    /// that PCA leaves out, with the residual variance σ² of probabilistic PCA (Tipping & Bishop 1999). Missing values are
    /// integrated out, so scaling concerns the observed ones.
    pub(crate) fn log_density_terms(&self, records: ArrayView2<'_, f64>) -> Array1<f64> {
        let numbers = self.numbers(records);
        let Some(pca) = self.pca() else { return self.log_scaling(numbers.view()) };
        let of_pca = self.terms_of_pca(pca, numbers.view());
        match self.shapes() {
            Some(shapes) => of_pca + shapes.ln_derivatives(numbers.view()),
            None => of_pca,
        }
    }

    /// `ln |dz / dx|` of shapes and scaling, of the observed numbers of each row.
    pub(crate) fn log_scaling(&self, numbers: ArrayView2<'_, f64>) -> Array1<f64> {
        let of_scaler = match self.scaler() {
            Some(scaler) => scaler.log_jacobians(numbers, scaler.log_jacobian()),
            None => Array1::zeros(numbers.nrows()),
        };
        match self.shapes() {
            Some(shapes) => of_scaler + shapes.ln_derivatives(numbers),
            None => of_scaler,
        }
    }

    /// The terms of scaling, of whitening, and of the directions that a PCA leaves out, of complete numbers.
    fn terms_of_pca(&self, pca: &Pca, numbers: ArrayView2<'_, f64>) -> Array1<f64> {
        let scaling = self.scaler().map_or(0.0, StandardScaler::log_jacobian);
        let constant = scaling + pca.log_jacobian();
        let n_left_out = (pca.n_features() - pca.n_components()) as f64;
        if n_left_out == 0.0 {
            return Array1::from_elem(numbers.nrows(), constant);
        }
        let variance = self.residual_variance();
        let constant = constant - 0.5 * n_left_out * (LN_2PI + variance.ln());
        let residuals = pca.squared_residuals(self.scale(numbers).view());
        residuals.mapv(|squared| constant - 0.5 * squared / variance)
    }

    /// Variance of each direction that PCA leaves out, in the input space of the PCA; 0 if it leaves out none.
    ///
    /// It is the noise variance of the PCA. If the data have no residual variance at all, it is 1e-6 of the mean variance of
    /// a feature, see [`residual_is_assumed`](Self::residual_is_assumed).
    pub fn residual_variance(&self) -> f64 {
        match self.pca() {
            Some(pca) if self.residual_is_assumed() => {
                let mean_variance = pca.total_variance() / pca.n_features() as f64;
                (LEAST_RESIDUAL * mean_variance).max(f64::MIN_POSITIVE)
            }
            Some(pca) => pca.noise_variance(),
            None => 0.0,
        }
    }

    /// Whether PCA left out only directions in which the data have no variance except rounding.
    ///
    /// The residual variance is then an assumption, on which log-densities in the space of the data depend.
    pub fn residual_is_assumed(&self) -> bool {
        self.pca().is_some_and(|pca| {
            let largest = pca.explained_variance().iter().copied().fold(0.0, f64::max);
            let rounding = pca.n_features() as f64 * f64::EPSILON * largest;
            pca.n_components() < pca.n_features() && pca.noise_variance() <= rounding
        })
    }

    /// Adds residual noise to shaped numbers: the component of standard normal `noise` in the directions that
    /// PCA leaves out, scaled to their residual variance.
    pub(crate) fn add_residual(&self, rows: &mut Array2<f64>, noise: Array2<f64>) {
        let Some(pca) = self.pca() else { return };
        let mut residual = pca.left_out(noise) * self.residual_variance().sqrt();
        if let Some(scaler) = self.scaler() {
            residual *= &scaler.scale();
        }
        *rows += &residual;
    }

    /// Number of free parameters of the data-space density in addition to those of the mixture: the orientation of the kept
    /// subspace, q (d - q), its offset from the origin, d - q, the residual variance, and those of the shapes of columns. Scaling and
    /// whitening only change units and do not count.
    pub(crate) fn n_parameters(&self) -> usize {
        let of_shapes = self.shapes().map_or(0, Shapes::n_parameters);
        of_shapes
            + match self.pca() {
                Some(pca) if pca.n_components() < pca.n_features() => {
                    let (q, d) = (pca.n_components(), pca.n_features());
                    (q + 1) * (d - q) + 1
                }
                _ => 0,
            }
    }
}
