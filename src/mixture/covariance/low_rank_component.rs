//! The covariance `W Wᵀ + D` of a component, by the singular vectors of its scaled loadings.
//!
//! With `D^-½ W = Qᵀ S^½ V`, where the q rows of Q are orthonormal,
//! ```text
//! Σ = D^½ (I + Qᵀ S Q) D^½,   ln |Σ| = Σⱼ ln Dⱼ + Σᵢ ln (1 + sᵢ)
//! y = D^-½ (x - m),  t = Q y:   (x - m)ᵀ Σ⁻¹ (x - m) = |y - Qᵀ t|² + Σᵢ tᵢ² / (1 + sᵢ)
//! ```
//! No matrix of d × d is made.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::compute::linalg::{self, LN_2PI};
use crate::compute::simd::low_rank_lengths::LowRankLengths;
use crate::compute::simd::packed_rows::PackedRows;
use crate::compute::simd::{self, AlignedBuffer};
use crate::error::Result;

/// What the density of a component and the E-step need.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Component {
    /// Q, (q, d), and its transpose.
    packed: PackedRows,
    transposed: PackedRows,
    /// 1 / (1 + s), (q), in increasing order.
    shrunk: Array1<f64>,
    /// D^-½, (d).
    inverse_deviations: Array1<f64>,
    /// -½ ln |Σ| - ½ d ln 2π
    pub(super) log_constant: f64,
}

/// The distribution of the factors given a row.
pub(super) struct Factors {
    /// `E[z | x] = B (x - m)` with `B = (I + Wᵀ D⁻¹ W)⁻¹ Wᵀ D⁻¹`, (q, d).
    pub(super) regression: Array2<f64>,
    /// The covariance `(I + Wᵀ D⁻¹ W)⁻¹`, (q, q).
    pub(super) spread: Array2<f64>,
    /// A matrix R with `R Rᵀ` the covariance, (q, q).
    pub(super) root: Array2<f64>,
}

impl Component {
    /// The component with `loadings` (d, q) and `noise` variances (d), and its factors given a row; none if they are not finite or a
    /// variance is not positive.
    ///
    /// # Errors
    /// [`Error::NoConvergence`](crate::Error::NoConvergence).
    pub(super) fn new(
        loadings: ArrayView2<'_, f64>,
        noise: ArrayView1<'_, f64>,
    ) -> Result<Option<(Self, Factors)>> {
        let inverse_deviations = noise.mapv(|variance| 1.0 / variance.sqrt());
        let is_good = |inverse: &f64| inverse.is_finite() && *inverse > 0.0;
        let mut scaled = loadings.t().as_standard_layout().into_owned();
        scaled *= &inverse_deviations;
        let squares = linalg::product(scaled.view(), scaled.t());
        if !inverse_deviations.iter().all(is_good) || !squares.iter().all(|value| value.is_finite())
        {
            return Ok(None);
        }
        let (strengths, vectors) = linalg::symmetric_eigen(&squares)?;
        let strengths = strengths.mapv(|strength| strength.max(0.0));
        let axes = orthonormal(linalg::product(vectors.view(), scaled.view()));
        let shrunk = strengths.mapv(|strength| 1.0 / (1.0 + strength));
        let spread = linalg::product((&vectors.t() * &shrunk).view(), vectors.view());
        let root = &vectors.t() * &shrunk.mapv(f64::sqrt);
        let mut regression = linalg::product(spread.view(), scaled.view());
        regression *= &inverse_deviations;
        let of_noise: f64 = noise.iter().map(|variance| variance.ln()).sum();
        let of_factors: f64 = strengths.iter().map(|strength| strength.ln_1p()).sum();
        let log_constant = -0.5 * (of_noise + of_factors + noise.len() as f64 * LN_2PI);
        let (packed, transposed) = (PackedRows::of(axes.view()), PackedRows::of(axes.t()));
        let component = Self { packed, transposed, shrunk, inverse_deviations, log_constant };
        Ok(Some((component, Factors { regression, spread, root })))
    }

    /// Writes `(x - mean)ᵀ Σ⁻¹ (x - mean)` of each row to `out`; `features` holds the rows feature by feature.
    pub(super) fn squared_lengths(
        &self,
        mean: &[f64],
        features: &[f64],
        out: &mut [f64],
        (panel, products): (&mut AlignedBuffer, &mut AlignedBuffer),
    ) {
        simd::run(LowRankLengths {
            axes: &self.packed,
            transposed: &self.transposed,
            factors: self.shrunk.as_slice().expect("owned"),
            center: mean,
            scales: self.inverse_deviations.as_slice().expect("owned"),
            features,
            out,
            panel,
            products,
        });
    }

    /// Number of numbers that it keeps.
    pub(super) fn n_numbers(&self) -> usize {
        let (q, d) = self.packed.dim();
        2 * q * d + q + d
    }

    /// `Σ^-½ x`, with the symmetric square root in units of the noise: `(I - Qᵀ (1 - (1 + S)^-½) Q) D^-½ x`.
    pub(super) fn whiten(&self, x: &[f64]) -> Vec<f64> {
        let axes = self.packed.unpack();
        let y = &ArrayView1::from(x) * &self.inverse_deviations;
        let t = axes.dot(&y) * self.shrunk.mapv(|shrunk| 1.0 - shrunk.sqrt());
        (y - axes.t().dot(&t)).to_vec()
    }
}

/// Orthonormal rows by Gram and Schmidt, twice; a row that depends on those before it is 0.
fn orthonormal(mut rows: Array2<f64>) -> Array2<f64> {
    for i in 0..rows.nrows() {
        let (before, mut rest) = rows.view_mut().split_at(Axis(0), i);
        let mut row = rest.row_mut(0);
        for _ in 0..2 {
            let length = row.dot(&row).sqrt();
            if length > 0.0 {
                row /= length;
            }
            for other in before.rows() {
                let along = other.dot(&row);
                row.scaled_add(-along, &other);
            }
        }
        let length = row.dot(&row).sqrt();
        if length > 0.5 { row /= length } else { row.fill(0.0) }
    }
    rows
}
