//! Diagonal covariances: one variance for each component and feature.
//!
//! ```text
//! ln N(x) = -½ Σⱼ (xⱼ - mⱼ)² / vⱼ - ½ Σⱼ ln vⱼ - ½ d ln 2π
//! M-step:  vⱼ = Σ r (xⱼ - cⱼ)² / Σ r - (mⱼ - cⱼ)² + regⱼ
//! ```

use ndarray::{Array1, Array2, ArrayD, ArrayView1, ArrayView2, Axis, stack};

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

/// One variance for each component and feature.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Diag {
    /// Variances, (k, d).
    variances: Array2<f64>,
    /// Inverse standard deviations, (k, d).
    inverse_sds: Array2<f64>,
    /// `-½ Σⱼ ln vⱼ - ½ d ln 2π` of each component.
    log_constants: Array1<f64>,
}

impl Diag {
    /// Covariances with these variances, (k, d).
    ///
    /// # Errors
    /// [`Error::SingularCovariance`].
    pub(super) fn new(variances: Array2<f64>, reg_covar: f64) -> Result<Self> {
        let inverse_sds = variances.mapv(|v| 1.0 / v.sqrt());
        let good = |&inverse: &f64| inverse.is_finite() && inverse > 0.0;
        if let Some(component) = inverse_sds.rows().into_iter().position(|r| !r.iter().all(good)) {
            return Err(Error::SingularCovariance { component, reg_covar });
        }
        let half_log_2pi = 0.5 * variances.ncols() as f64 * LN_2PI;
        let log_constants = variances
            .rows()
            .into_iter()
            .map(|row| -0.5 * row.iter().map(|v| v.ln()).sum::<f64>() - half_log_2pi)
            .collect();
        Ok(Self { variances, inverse_sds, log_constants })
    }

    /// The variances, (k, d).
    pub(super) fn variances(&self) -> &Array2<f64> {
        &self.variances
    }

    /// The regularised variances of each component, by the moments alone, (k, d).
    pub(super) fn variances_of(moments: &Moments, step: MStep<'_>) -> Array2<f64> {
        let (k, d) = (moments.n_components(), moments.n_features());
        let mut variances = Array2::from_shape_vec((k, d), moments.second().to_vec())
            .expect("k × d second moments");
        for (component, mut row) in variances.rows_mut().into_iter().enumerate() {
            row /= moments.count(component);
            row -= &moments.shift(component).mapv(|shift| shift * shift);
            row += &ArrayView1::from(&step.regularisation.columns);
        }
        variances
    }
}

impl Family for Diag {
    type Settings = ();

    const NAME: &'static str = "diag";

    fn n_parameters((): (), n_components: usize, n_features: usize) -> usize {
        n_components * n_features
    }

    fn second_moment_len((): (), n_components: usize, n_features: usize) -> usize {
        n_components * n_features
    }

    fn accumulate_component(
        (): (),
        moments: &mut Moments,
        component: usize,
        (block, weights): (&Block, &[f64]),
        _scratch: &mut Scratch,
    ) {
        let (center, first, second) = moments.of_component(component);
        let second = &mut second[component * center.len()..][..center.len()];
        add_squares(block, weights, &center, (first, second));
    }

    fn add_spread(
        (): (),
        moments: &mut Moments,
        component: usize,
        missing: &[usize],
        (spread, count): (&Spread, f64),
    ) {
        let d = moments.n_features();
        for (&column, variance) in missing.iter().zip(spread.variances()) {
            moments.second[component * d + column] += count * variance;
        }
    }

    fn maximise((): (), moments: &Moments, step: MStep<'_>, _: Previous<'_, Self>) -> Result<Self> {
        Self::new(Self::variances_of(moments, step), step.regularisation.setting)
    }

    fn from_arrays(
        (): (),
        lookup: &mut Lookup<'_>,
        n_components: usize,
        n_features: usize,
    ) -> Result<Self> {
        Self::new(find_shaped(lookup, COVARIANCES, (n_components, n_features))?, NO_REGULARISATION)
    }

    fn settings(&self) {}

    fn arrays(&self) -> NamedArrays {
        vec![(COVARIANCES, self.variances.clone().into_dyn())]
    }

    fn permuted(&self, order: &[usize]) -> Self {
        Self {
            variances: self.variances.select(Axis(0), order),
            inverse_sds: self.inverse_sds.select(Axis(0), order),
            log_constants: self.log_constants.select(Axis(0), order),
        }
    }

    fn precisions_cholesky(&self) -> ArrayD<f64> {
        self.inverse_sds.clone().into_dyn()
    }

    fn covariance(&self, component: usize, _n_features: usize) -> Array2<f64> {
        Array2::from_diag(&self.variances.row(component))
    }

    fn smallest_variances(&self, _n_components: usize) -> Result<Array1<f64>> {
        Ok(self.variances.map_axis(Axis(1), |row| row.fold(f64::INFINITY, |a, &b| a.min(b))))
    }

    fn fewest_rows((): (), _n_features: usize) -> usize {
        2
    }

    fn are_below(&self, floor: &[f64], _n_components: usize) -> Vec<bool> {
        let is_below =
            |row: ArrayView1<'_, f64>| row.iter().zip(floor).any(|(v, floor)| v <= floor);
        self.variances.rows().into_iter().map(is_below).collect()
    }

    fn conditional(
        &self,
        component: usize,
        _n_features: usize,
        pattern: &Pattern,
    ) -> Result<Conditional> {
        Ok(Conditional::of_variances(self.variances.row(component), pattern))
    }

    fn of_spreads(&self, spreads: &[Spread]) -> Result<(CovarianceSpec, NamedArrays)> {
        let variances: Vec<_> = spreads.iter().map(Spread::variances).collect();
        let variances: Vec<_> = variances.iter().map(|variances| variances.view()).collect();
        let variances = stack(Axis(0), &variances).expect("the same numbers of all components");
        Ok((CovarianceSpec::Diag, vec![(COVARIANCES, variances.into_dyn())]))
    }

    fn whiten(&self, component: usize, x: &[f64]) -> Vec<f64> {
        x.iter()
            .zip(self.inverse_sds.row(component))
            .map(|(x, inverse_sd)| x * inverse_sd)
            .collect()
    }

    fn log_constant(&self, component: usize, _n_features: usize) -> f64 {
        self.log_constants[component]
    }

    fn log_prob(
        &self,
        means: ArrayView2<'_, f64>,
        offsets: &[f64],
        block: &Block,
        out: &mut [f64],
        scratch: &mut Scratch,
    ) {
        let n = block.n_rows();
        let (means, scales) = (means.as_standard_layout(), self.inverse_sds.as_standard_layout());
        simd::run(Distances {
            features: block.feature_major(),
            n,
            means: row_major(&means),
            scales: Some(row_major(&scales)),
            out,
            panel: &mut scratch.panels.panel,
        });
        let constants = offsets.iter().zip(&self.log_constants);
        for (out, (offset, log_constant)) in out.chunks_exact_mut(n).zip(constants) {
            simd::subtract_multiple(out, offset + log_constant, 0.5);
        }
    }

    fn factor(&self, component: usize, _n_features: usize) -> Factor {
        Factor::Diagonal(self.variances.row(component).mapv(f64::sqrt))
    }
}
