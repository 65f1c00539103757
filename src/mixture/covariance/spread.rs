//! The covariance of the missing numbers of a component given the observed ones.

use ndarray::{Array1, Array2, Axis, CowArray, Ix1};

use crate::compute::linalg;

/// C, the covariance of the missing numbers given the observed ones.
#[derive(Debug, Clone)]
pub(crate) enum Spread {
    Full(Array2<f64>),
    Diagonal(Array1<f64>),
    /// `W Wᵀ + D`.
    LowRank {
        /// W, (missing, q).
        loadings: Array2<f64>,
        /// The diagonal of D.
        noise: Array1<f64>,
    },
}

impl Spread {
    /// Adds `factor` times the covariance to the lower triangle of a matrix of rows of `stride` numbers, at the `missing`
    /// columns.
    pub(super) fn add_to_lower(
        &self,
        factor: f64,
        missing: &[usize],
        (matrix, stride): (&mut [f64], usize),
    ) {
        match self {
            Self::Full(covariance) => {
                for (&i, row) in missing.iter().zip(covariance.rows()) {
                    let to = &mut matrix[i * stride..][..i + 1];
                    for (&j, value) in missing.iter().zip(row).take_while(|&(&j, _)| j <= i) {
                        to[j] += factor * value;
                    }
                }
            }
            Self::Diagonal(variances) => {
                for (&i, variance) in missing.iter().zip(variances) {
                    matrix[i * stride + i] += factor * variance;
                }
            }
            Self::LowRank { .. } => {
                Self::Full(self.matrix()).add_to_lower(factor, missing, (matrix, stride));
            }
        }
    }

    /// The covariance of some of the numbers, by their positions among the missing ones.
    pub(in crate::mixture) fn select(&self, positions: &[usize]) -> Self {
        match self {
            Self::Full(covariance) => {
                Self::Full(covariance.select(Axis(0), positions).select(Axis(1), positions))
            }
            Self::Diagonal(variances) => Self::Diagonal(variances.select(Axis(0), positions)),
            Self::LowRank { loadings, noise } => Self::LowRank {
                loadings: loadings.select(Axis(0), positions),
                noise: noise.select(Axis(0), positions),
            },
        }
    }

    /// A multiple of the covariance.
    pub(in crate::mixture) fn scaled(self, factor: f64) -> Self {
        match self {
            Self::Full(covariance) => Self::Full(covariance * factor),
            Self::Diagonal(variances) => Self::Diagonal(variances * factor),
            Self::LowRank { loadings, noise } => {
                Self::LowRank { loadings: loadings * factor.sqrt(), noise: noise * factor }
            }
        }
    }

    /// The products of `rows` (q, missing) and the covariance, (q, missing).
    pub(super) fn products(&self, rows: &Array2<f64>) -> Array2<f64> {
        match self {
            Self::Full(covariance) => rows.dot(covariance),
            Self::Diagonal(variances) => rows * variances,
            Self::LowRank { loadings, noise } => {
                let along = linalg::product(rows.view(), loadings.view());
                linalg::product(along.view(), loadings.t()) + rows * noise
            }
        }
    }

    /// The matrix.
    pub(super) fn matrix(&self) -> Array2<f64> {
        match self {
            Self::Full(covariance) => (covariance + &covariance.t()) * 0.5,
            Self::Diagonal(variances) => Array2::from_diag(variances),
            Self::LowRank { loadings, noise } => {
                linalg::product(loadings.view(), loadings.t()) + Array2::from_diag(noise)
            }
        }
    }

    /// The diagonal.
    pub(crate) fn variances(&self) -> CowArray<'_, f64, Ix1> {
        match self {
            Self::Full(covariance) => covariance.diag().into(),
            Self::Diagonal(variances) => variances.view().into(),
            Self::LowRank { loadings, noise } => {
                (loadings.map_axis(Axis(1), |row| row.dot(&row)) + noise).into()
            }
        }
    }

    /// Number of numbers that it keeps.
    pub(super) fn n_numbers(&self) -> usize {
        match self {
            Self::Full(covariance) => covariance.len(),
            Self::Diagonal(variances) => variances.len(),
            Self::LowRank { loadings, noise } => loadings.len() + noise.len(),
        }
    }
}
