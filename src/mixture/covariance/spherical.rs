//! Spherical covariances: one variance for each component.
//!
//! ```text
//! ln N(x) = -½ |x - m|² / v - ½ d ln v - ½ d ln 2π
//! M-step:  v = (Σ r |x - c|² / Σ r - |m - c|²) / d + Σⱼ regⱼ / d
//! ```

use ndarray::{Array1, Array2, ArrayD, ArrayView2, Axis};

use super::family::{COVARIANCES, Lookup, NO_REGULARISATION, NamedArrays, find_shaped, row_major};
use super::moments::add_squares;
use super::{
    Conditional, CovarianceSpec, Factor, Family, MStep, Moments, Previous, Scratch, Spread,
};
use crate::compute::linalg::LN_2PI;
use crate::compute::simd;
use crate::compute::simd::distances::Distances;
use crate::error::{Error, Result};
use crate::rows::Block;
use crate::rows::pattern::Pattern;

/// One variance for each component.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spherical {
    variances: Array1<f64>,
}

impl Spherical {
    fn new(variances: Array1<f64>, reg_covar: f64) -> Result<Self> {
        let good = |&v: &f64| v > 0.0 && (1.0 / v).is_finite();
        match variances.iter().position(|v| !good(v)) {
            Some(component) => Err(Error::SingularCovariance { component, reg_covar }),
            None => Ok(Self { variances }),
        }
    }
}

impl Family for Spherical {
    type Settings = ();

    const NAME: &'static str = "spherical";

    fn n_parameters((): (), n_components: usize, _n_features: usize) -> usize {
        n_components
    }

    fn second_moment_len((): (), n_components: usize, _n_features: usize) -> usize {
        n_components
    }

    fn accumulate_component(
        (): (),
        moments: &mut Moments,
        component: usize,
        (block, weights): (&Block, &[f64]),
        scratch: &mut Scratch,
    ) {
        let (center, first, second) = moments.of_component(component);
        let squares = scratch.panels.sums.fill_with(center.len(), 0.0);
        add_squares(block, weights, &center, (first, squares));
        second[component] += squares.iter().sum::<f64>();
    }

    fn add_spread(
        (): (),
        moments: &mut Moments,
        component: usize,
        _missing: &[usize],
        (spread, count): (&Spread, f64),
    ) {
        moments.second[component] += count * spread.variances().sum();
    }

    fn maximise((): (), moments: &Moments, step: MStep<'_>, _: Previous<'_, Self>) -> Result<Self> {
        let reg = step.regularisation.mean();
        let d = moments.n_features() as f64;
        let variance = |(k, &second): (usize, &f64)| {
            let shift = moments.shift(k);
            (second / moments.count(k) - shift.dot(&shift)) / d + reg
        };
        let variances = moments.second().iter().enumerate().map(variance).collect();
        Self::new(variances, step.regularisation.setting)
    }

    fn from_arrays(
        (): (),
        lookup: &mut Lookup<'_>,
        n_components: usize,
        _n_features: usize,
    ) -> Result<Self> {
        Self::new(find_shaped(lookup, COVARIANCES, n_components)?, NO_REGULARISATION)
    }

    fn settings(&self) {}

    fn arrays(&self) -> NamedArrays {
        vec![(COVARIANCES, self.variances.clone().into_dyn())]
    }

    fn permuted(&self, order: &[usize]) -> Self {
        Self { variances: self.variances.select(Axis(0), order) }
    }

    fn precisions_cholesky(&self) -> ArrayD<f64> {
        self.variances.mapv(|v| 1.0 / v.sqrt()).into_dyn()
    }

    fn covariance(&self, component: usize, n_features: usize) -> Array2<f64> {
        Array2::eye(n_features) * self.variances[component]
    }

    fn smallest_variances(&self, _n_components: usize) -> Result<Array1<f64>> {
        Ok(self.variances.clone())
    }

    fn fewest_rows((): (), _n_features: usize) -> usize {
        2
    }

    fn are_below(&self, floor: &[f64], _n_components: usize) -> Vec<bool> {
        let floor = floor.iter().sum::<f64>() / floor.len() as f64;
        self.variances.iter().map(|&variance| variance <= floor).collect()
    }

    fn conditional(
        &self,
        component: usize,
        n_features: usize,
        pattern: &Pattern,
    ) -> Result<Conditional> {
        let variances = Array1::from_elem(n_features, self.variances[component]);
        Ok(Conditional::of_variances(variances.view(), pattern))
    }

    fn of_spreads(&self, _: &[Spread]) -> Result<(CovarianceSpec, NamedArrays)> {
        Ok((CovarianceSpec::Spherical, self.arrays()))
    }

    fn whiten(&self, component: usize, x: &[f64]) -> Vec<f64> {
        let sd = self.variances[component].sqrt();
        x.iter().map(|x| x / sd).collect()
    }

    fn log_constant(&self, component: usize, n_features: usize) -> f64 {
        -0.5 * n_features as f64 * (self.variances[component].ln() + LN_2PI)
    }

    fn log_prob(
        &self,
        means: ArrayView2<'_, f64>,
        offsets: &[f64],
        block: &Block,
        out: &mut [f64],
        scratch: &mut Scratch,
    ) {
        let (n, d) = (block.n_rows(), means.ncols() as f64);
        let means = means.as_standard_layout();
        simd::run(Distances {
            features: block.feature_major(),
            n,
            means: row_major(&means),
            scales: None,
            out,
            panel: &mut scratch.panels.panel,
        });
        let constants = offsets.iter().zip(&self.variances);
        for (out, (offset, variance)) in out.chunks_exact_mut(n).zip(constants) {
            let constant = offset - 0.5 * d * (variance.ln() + LN_2PI);
            simd::subtract_multiple(out, constant, 0.5 / variance);
        }
    }

    fn factor(&self, component: usize, n_features: usize) -> Factor {
        Factor::Diagonal(Array1::from_elem(n_features, self.variances[component].sqrt()))
    }
}
