//! Tied covariances: one matrix that all components share.
//!
//! Densities whiten a row once, centred at the mean of the means, and compare it with the whitened means:
//! ```text
//! ln N(x | mₖ) = -½ |L⁻¹ (x - g) - L⁻¹ (mₖ - g)|² - Σᵢ ln Lᵢᵢ - ½ d ln 2π
//! ```
//! The M-step needs the scatter of every row about every centre, d² numbers for each row and
//! component. Since the posteriors p of a row sum to 1, with its expected centre e = Σₖ pₖ cₖ,
//! ```text
//! Σₖ pₖ (x - cₖ)(x - cₖ)ᵀ = (x - e)(x - e)ᵀ + Σ_{k<l} pₖ pₗ (cₖ - cₗ)(cₖ - cₗ)ᵀ
//! ```
//! so one rank-1 update per row and the k × k co-responsibilities Σₙ w pₖ pₗ are sufficient, and as every term is positive
//! nothing cancels.

use ndarray::{Array1, Array2, ArrayD, ArrayView1, ArrayView2, Axis};

use super::factored::Factored;
use super::family::{COVARIANCES, Lookup, NO_REGULARISATION, NamedArrays, find_shaped, row_major};
use super::{
    CovarianceSpec, Factor, Family, MStep, Moments, Previous, Responsibilities, Scratch, Spread,
};
use crate::compute::linalg;
use crate::compute::simd;
use crate::compute::simd::distances::Distances;
use crate::compute::simd::scatter::Scatter;
use crate::compute::simd::whiten::Whiten;
use crate::error::{Error, Result};
use crate::rows::Block;
use crate::rows::scatter::Panels;

/// One matrix for all components.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tied {
    shared: Factored,
}

impl Tied {
    fn new(shared: Option<Factored>, reg_covar: f64) -> Result<Self> {
        let shared = shared.ok_or(Error::SingularCovariance { component: 0, reg_covar })?;
        Ok(Self { shared })
    }
}

impl Family for Tied {
    type Settings = ();

    const NAME: &'static str = "tied";

    fn n_parameters((): (), _n_components: usize, n_features: usize) -> usize {
        n_features * (n_features + 1) / 2
    }

    /// The scatter about the expected centres, then the co-responsibilities (k × k, lower).
    fn second_moment_len((): (), n_components: usize, n_features: usize) -> usize {
        n_features * n_features + n_components * n_components
    }

    /// Sums about the centre of the component itself: unlike complete rows, a row with missing numbers is another row for each
    /// component, and its scatter has no co-responsibilities.
    fn accumulate_component(
        (): (),
        moments: &mut Moments,
        component: usize,
        (block, weights): (&Block, &[f64]),
        scratch: &mut Scratch,
    ) {
        let (center, first, second) = moments.of_component(component);
        let second = &mut second[..center.len() * center.len()];
        let (center, features) = (&center[..], block.feature_major());
        let Panels { panel, sums } = &mut scratch.panels;
        simd::run(Scatter { features, weights, center, first, second, panel, sums });
    }

    fn add_spread(
        (): (),
        moments: &mut Moments,
        _component: usize,
        missing: &[usize],
        (spread, count): (&Spread, f64),
    ) {
        let d = moments.n_features();
        spread.add_to_lower(count, missing, (&mut moments.second[..d * d], d));
    }

    fn accumulate(
        (): (),
        moments: &mut Moments,
        block: &Block,
        responsibilities: &Responsibilities<'_>,
        scratch: &mut Scratch,
    ) {
        let n = block.n_rows();
        let Moments { centers, first, second, .. } = moments;
        let d = centers.ncols();
        let (scatter, shared) = second.split_at_mut(d * d);
        let Responsibilities { posterior, weighted } = *responsibilities;
        let row_major_centers = centers.as_standard_layout();
        let shifts = row_major(&row_major_centers).chunks_exact(d).zip(weighted.chunks_exact(n));
        let first = first.as_slice_mut().expect("row-major").chunks_exact_mut(d);
        for ((center, weights), first) in shifts.zip(first) {
            let features = block.feature_major();
            simd::run(simd::moments::Moments { features, weights, center, first, second: None });
        }
        let Scratch { rows, panels, per_row, .. } = scratch;
        let Panels { panel, sums } = panels;
        let centred = rows.fill_with(n * d, 0.0);
        let weights = block.weights();
        let features = block.features().zip(centers.columns());
        for ((feature, centers), centred) in features.zip(centred.chunks_exact_mut(n)) {
            // Σ p (x - c) is x - Σ p c, and stays accurate far from the origin
            for (posterior, &c) in posterior.chunks_exact(n).zip(centers) {
                simd::add_weighted(posterior, feature, c, centred);
            }
        }
        // Σ w y yᵀ of the rows about their expected centres, and of the posteriors; Σ w y is not needed
        for (features, second) in [(&*centred, scatter), (posterior, shared)] {
            let origin = vec![0.0; features.len() / n];
            per_row.resize(origin.len(), 0.0);
            let (center, first) = (&origin, per_row.as_mut_slice());
            simd::run(Scatter { features, weights, center, first, second, panel, sums });
        }
    }

    fn maximise((): (), moments: &Moments, step: MStep<'_>, _: Previous<'_, Self>) -> Result<Self> {
        let (k, d) = (moments.n_components(), moments.n_features());
        let (scatter, shared) = moments.second().split_at(d * d);
        let mut sum = Array2::from_shape_vec((d, d), scatter.to_vec()).expect("d × d numbers");
        let mut add = |vector: &Array1<f64>, factor: f64| {
            for i in 0..d {
                for j in 0..=i {
                    sum[[i, j]] += factor * vector[i] * vector[j];
                }
            }
        };
        let centers = moments.centers();
        for a in 0..k {
            for b in 0..a {
                if shared[a * k + b] > 0.0 {
                    add(&(&centers.row(a) - &centers.row(b)), shared[a * k + b]);
                }
            }
            add(&moments.shift(a), -moments.count(a));
        }
        sum /= moments.total();
        sum.diag_mut()
            .zip_mut_with(&ArrayView1::from(&step.regularisation.columns), |v, r| *v += r);
        Self::new(Factored::new(sum), step.regularisation.setting)
    }

    fn from_arrays(
        (): (),
        lookup: &mut Lookup<'_>,
        _n_components: usize,
        n_features: usize,
    ) -> Result<Self> {
        let shared = find_shaped(lookup, COVARIANCES, (n_features, n_features))?;
        Self::new(Factored::checked(shared)?, NO_REGULARISATION)
    }

    fn settings(&self) {}

    fn arrays(&self) -> NamedArrays {
        vec![(COVARIANCES, self.shared.covariance().into_dyn())]
    }

    fn permuted(&self, _order: &[usize]) -> Self {
        self.clone()
    }

    fn precisions_cholesky(&self) -> ArrayD<f64> {
        self.shared.precision_cholesky().into_dyn()
    }

    fn covariance(&self, _component: usize, _n_features: usize) -> Array2<f64> {
        self.shared.covariance()
    }

    fn smallest_variances(&self, n_components: usize) -> Result<Array1<f64>> {
        Ok(Array1::from_elem(n_components, self.shared.smallest_variance()?))
    }

    fn fewest_rows((): (), _n_features: usize) -> usize {
        0
    }

    fn are_below(&self, floor: &[f64], n_components: usize) -> Vec<bool> {
        let mut excess = self.shared.covariance();
        excess
            .diag_mut()
            .zip_mut_with(&ArrayView1::from(floor), |variance, floor| *variance -= floor);
        vec![!linalg::cholesky_in_place(&mut excess); n_components]
    }

    fn of_spreads(&self, spreads: &[Spread]) -> Result<(CovarianceSpec, NamedArrays)> {
        Ok((CovarianceSpec::Tied, vec![(COVARIANCES, spreads[0].matrix().into_dyn())]))
    }

    fn whiten(&self, _component: usize, x: &[f64]) -> Vec<f64> {
        self.shared.whiten(x)
    }

    fn log_constant(&self, _component: usize, _n_features: usize) -> f64 {
        self.shared.log_constant()
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
        let (k, d) = means.dim();
        let Scratch { rows, panels, .. } = scratch;
        let panel = &mut panels.panel;
        let origin = means.mean_axis(Axis(0)).expect("at least one component").to_vec();
        let lower = self.shared.whitener();
        let mut whiten = |features: &[f64], n: usize, out: &mut [f64]| {
            simd::run(Whiten { lower, center: &origin, features, n, out, panel });
        };
        // the means, stored like a block of rows
        let columns = means.t().as_standard_layout().into_owned();
        let mut white_means = Array2::zeros((d, k));
        let to = white_means.as_slice_mut().expect("row-major");
        whiten(columns.as_slice().expect("row-major"), k, to);
        let white = rows.resize(n * d);
        whiten(block.feature_major(), n, white);

        let white_means = white_means.reversed_axes();
        let white_means = white_means.as_standard_layout();
        simd::run(Distances {
            features: white,
            n,
            means: row_major(&white_means),
            scales: None,
            out,
            panel,
        });
        for (out, offset) in out.chunks_exact_mut(n).zip(offsets) {
            simd::subtract_multiple(out, offset + self.shared.log_constant(), 0.5);
        }
    }

    fn factor(&self, _component: usize, _n_features: usize) -> Factor {
        self.shared.factor()
    }
}
