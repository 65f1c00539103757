//! A covariance matrix and its Cholesky factor.

use ndarray::{Array2, ArrayView1};

use super::Factor;
use crate::compute::linalg::{self, LN_2PI};
use crate::compute::simd::whiten::PackedLower;
use crate::error::{Error, Result};

/// A covariance matrix with its Cholesky factor and log-constant.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Factored {
    /// The lower triangle of the matrix, d × d.
    pub(super) lower: Array2<f64>,
    /// `L⁻¹`, where L is lower triangular and the covariance `L Lᵀ`.
    whitener: PackedLower,
    /// `-Σᵢ ln Lᵢᵢ - ½ d ln 2π`
    log_constant: f64,
}

/// Sets the entries above the diagonal to 0.
pub(super) fn keep_lower(matrix: &mut Array2<f64>) {
    for (i, mut row) in matrix.rows_mut().into_iter().enumerate() {
        row.iter_mut().skip(i + 1).for_each(|entry| *entry = 0.0);
    }
}

/// Working memory of factorisations.
#[derive(Default)]
pub(super) struct Factors {
    factor: Array2<f64>,
    inverse: Array2<f64>,
}

impl Factored {
    /// Factorises a covariance, of which only the lower triangle is read; `None` if it is singular.
    pub(super) fn new(lower: Array2<f64>) -> Option<Self> {
        let mut factored = Self { lower, ..Self::default() };
        factored.factorise(&mut Factors::default()).then_some(factored)
    }

    /// Factorises the present covariance, and returns whether it is positive definite.
    pub(super) fn factorise(&mut self, Factors { factor, inverse }: &mut Factors) -> bool {
        if factor.dim() != self.lower.dim() {
            *factor = Array2::zeros(self.lower.dim());
            *inverse = Array2::zeros(self.lower.dim());
        }
        factor.assign(&self.lower);
        if !linalg::cholesky_in_place(factor) {
            return false;
        }
        linalg::invert_lower(factor, inverse);
        if inverse.iter().any(|value| !value.is_finite()) {
            return false;
        }
        let half_log_2pi = 0.5 * factor.nrows() as f64 * LN_2PI;
        self.log_constant = -factor.diag().iter().map(|l| l.ln()).sum::<f64>() - half_log_2pi;
        self.whitener.pack(inverse);
        true
    }

    /// Checks the symmetry of a matrix, and factorises it.
    pub(super) fn checked(mut covariance: Array2<f64>) -> Result<Option<Self>> {
        for ((i, j), &value) in covariance.indexed_iter() {
            let scale = (covariance[[i, i]] * covariance[[j, j]]).abs().sqrt();
            if (value - covariance[[j, i]]).abs() > 1e-8 * scale {
                return Err(Error::param(
                    "covariances",
                    format!("not symmetric at [{i}, {j}]"),
                    "symmetric matrices",
                ));
            }
        }
        keep_lower(&mut covariance);
        Ok(Self::new(covariance))
    }

    /// The full symmetric matrix.
    pub(super) fn covariance(&self) -> Array2<f64> {
        let entry = |(i, j): (usize, usize)| self.lower[[i.max(j), i.min(j)]];
        Array2::from_shape_fn(self.lower.dim(), entry)
    }

    /// The smallest eigenvalue.
    pub(super) fn smallest_variance(&self) -> Result<f64> {
        let (variances, _) = linalg::symmetric_eigen(&self.covariance())?;
        Ok(variances[variances.len() - 1])
    }

    /// The upper Cholesky factor of the precision.
    pub(super) fn precision_cholesky(&self) -> Array2<f64> {
        self.whitener.unpack().reversed_axes()
    }

    /// L⁻¹ x
    pub(super) fn whiten(&self, x: &[f64]) -> Vec<f64> {
        self.whitener.unpack().dot(&ArrayView1::from(x)).to_vec()
    }

    /// `L⁻¹`
    pub(super) fn whitener(&self) -> &PackedLower {
        &self.whitener
    }

    /// `-Σᵢ ln Lᵢᵢ - ½ d ln 2π`
    pub(super) fn log_constant(&self) -> f64 {
        self.log_constant
    }

    /// L
    pub(super) fn factor(&self) -> Factor {
        let mut factor = self.lower.clone();
        let positive = linalg::cholesky_in_place(&mut factor);
        debug_assert!(positive, "factorised before");
        Factor::Lower(factor)
    }
}
