//! Regularisation of covariances.

use crate::rows::summaries::ColumnSummary;

/// What is added to the variances of each column, so that every covariance stays positive definite.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum RegCovar {
    /// The same number for all columns: the `reg_covar` of scikit-learn. It depends on the units of the columns.
    Absolute(f64),
    /// This share of the variance of each column over all rows, so that a fit does not depend on the units of the columns.
    Relative(f64),
}

impl RegCovar {
    /// The number or the share.
    pub(crate) fn value(self) -> f64 {
        match self {
            Self::Absolute(value) | Self::Relative(value) => value,
        }
    }
}

/// The regularisation of a fit, column by column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Regularisation {
    /// The setting, for error messages.
    pub(crate) setting: f64,
    /// What is added to the variance of each column.
    pub(crate) columns: Vec<f64>,
}

impl Regularisation {
    /// The regularisation of the columns of a fit.
    pub(crate) fn of(setting: RegCovar, columns: &[ColumnSummary]) -> Self {
        let of_column = |column: &ColumnSummary| match setting {
            RegCovar::Absolute(value) => value,
            RegCovar::Relative(share) => share * column.variance,
        };
        Self { setting: setting.value(), columns: columns.iter().map(of_column).collect() }
    }

    /// Twice the regularisation of each column: a variance at most as large is half regularisation.
    pub(super) fn floor(&self) -> Vec<f64> {
        self.columns.iter().map(|value| 2.0 * value).collect()
    }

    /// The mean over the columns, for families with one variance for all columns.
    pub(super) fn mean(&self) -> f64 {
        // equal values stay exactly the same
        let first = self.columns.first().copied().unwrap_or(0.0);
        let more: f64 = self.columns.iter().map(|value| value - first).sum();
        first + more / self.columns.len().max(1) as f64
    }
}
