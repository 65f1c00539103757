//! The regression of the missing numbers of a component on the observed ones.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use crate::compute::linalg;

/// B, with which the missing numbers have the mean `μ_m + B (x_o - μ_o)`.
#[derive(Debug, Clone)]
pub(crate) enum Coefficients {
    /// (missing, observed).
    Matrix(Array2<f64>),
    /// The product of the loadings of the missing numbers and the regression of the factors on the observed ones.
    Factors {
        /// (missing, q).
        loadings: Array2<f64>,
        /// (q, observed).
        regression: Array2<f64>,
    },
}

impl Coefficients {
    /// `B (x_o - μ_o)` of a row.
    pub(crate) fn of_row(&self, offsets: ArrayView1<'_, f64>) -> Array1<f64> {
        match self {
            Self::Matrix(matrix) => matrix.dot(&offsets),
            Self::Factors { loadings, regression } => loadings.dot(&regression.dot(&offsets)),
        }
    }

    /// `B (x_o - μ_o)` of rows of shape (rows, observed), as rows (rows, missing).
    pub(crate) fn of_rows(&self, offsets: ArrayView2<'_, f64>) -> Array2<f64> {
        match self {
            Self::Matrix(matrix) => linalg::product(offsets, matrix.t()),
            Self::Factors { loadings, regression } => {
                let factors = linalg::product(offsets, regression.t());
                linalg::product(factors.view(), loadings.t())
            }
        }
    }

    /// Number of numbers that it keeps.
    pub(super) fn n_numbers(&self) -> usize {
        match self {
            Self::Matrix(matrix) => matrix.len(),
            Self::Factors { loadings, regression } => loadings.len() + regression.len(),
        }
    }
}
