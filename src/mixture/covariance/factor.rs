//! Square roots of covariances, for samples.

use ndarray::{Array1, Array2};

use crate::compute::simd::colour::{PANEL_ROWS, Root};

/// A matrix A with `covariance = A Aᵀ`.
#[derive(Debug, Clone)]
pub(crate) enum Factor {
    /// A lower triangle.
    Lower(Array2<f64>),
    /// A diagonal: the standard deviations.
    Diagonal(Array1<f64>),
    /// `[W, diag(deviations)]` with q more columns than rows.
    LowRank {
        /// W, (d, q).
        loadings: Array2<f64>,
        deviations: Array1<f64>,
    },
}

impl Factor {
    /// Number of standard normal numbers that a row needs in addition to one for each feature.
    pub(crate) fn n_factors(&self) -> usize {
        match self {
            Self::LowRank { loadings, .. } => loadings.ncols(),
            Self::Lower(_) | Self::Diagonal(_) => 0,
        }
    }

    /// The same without the noise of a low-rank covariance.
    pub(crate) fn without_noise(mut self) -> Self {
        if let Self::LowRank { deviations, .. } = &mut self {
            deviations.fill(0.0);
        }
        self
    }

    /// The values of A for the kernel that multiplies rows by it, and the factors of the rows of a panel.
    pub(crate) fn root<'a>(&'a self, factors: &'a [[f64; PANEL_ROWS]]) -> Root<'a> {
        match self {
            Self::LowRank { loadings, deviations } => Root::LowRank {
                loadings: loadings.as_slice().expect("row-major"),
                deviations: deviations.as_slice().expect("owned"),
                factors,
            },
            Self::Lower(factor) => Root::Lower(factor.as_slice().expect("row-major")),
            Self::Diagonal(deviations) => Root::Diagonal(deviations.as_slice().expect("owned")),
        }
    }
}
