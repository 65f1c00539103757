//! Initialisation of restarts.

use std::fmt;
use std::str::FromStr;

use super::GaussianMixture;
use crate::error::{Error, Result};

/// Initialisation of a restart.
///
/// All variants except [`Init::Model`] and [`Init::ShortRuns`], which start from a mixture, start with an M-step from responsibilities:
/// each row belongs entirely to the nearest of k centres, or, for [`Init::Random`], to all components in random shares.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub enum Init {
    /// In each ten restarts:
    /// ```text
    /// 0, 4, 8     k-means of the data
    /// 2           k-means of scaled columns
    /// 6           k-means of whitened rows
    /// 1, 3, 5, 7  short runs
    /// 9           random rows
    /// ```
    /// In few dimensions k-means usually converges to the same clustering, so ten of its starts are no better than one; without
    /// scales, the column with the largest unit decides alone. In many dimensions k-means starts at a higher log-likelihood.
    #[default]
    Auto,
    /// Centres from k-means.
    KMeans,
    /// The seeds of k-means++ as centres.
    KMeansPlusPlus,
    /// Random distinct rows as centres.
    Rows,
    /// Random distinct rows as centres, with distances in standard deviations of the columns.
    ScaledRows,
    /// The best of eight short runs: six iterations from [`Init::ScaledRows`], on a sample of at most 2000 rows (Biernacki, Celeux &
    /// Govaert 2003). With sample weights, and in more than 64 columns, it is [`Init::ScaledRows`].
    ShortRuns,
    /// Random responsibilities.
    Random,
    /// Given parameters: EM continues from a model of any covariance family.
    Model(Box<GaussianMixture>),
}

impl fmt::Display for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auto => "auto",
            Self::KMeans => "kmeans",
            Self::KMeansPlusPlus => "kmeans++",
            Self::Rows => "rows",
            Self::ScaledRows => "scaled-rows",
            Self::ShortRuns => "short-runs",
            Self::Random => "random",
            Self::Model(_) => "model",
        })
    }
}

impl FromStr for Init {
    type Err = Error;

    /// Parses the name of an initialisation without a model.
    fn from_str(name: &str) -> Result<Self> {
        let named = [
            Self::Auto,
            Self::KMeans,
            Self::KMeansPlusPlus,
            Self::Rows,
            Self::ScaledRows,
            Self::ShortRuns,
            Self::Random,
        ];
        let found = named.into_iter().find(|init| init.to_string() == name);
        let expected = "auto, kmeans, kmeans++, rows, scaled-rows, short-runs or random";
        found.ok_or_else(|| Error::param("init", name, expected))
    }
}

/// The units of the columns in the distances of a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Units {
    /// Those of the data.
    Data,
    /// The standard deviation of each column.
    Scaled,
    /// Rows with the identity as covariance.
    Whitened,
}

impl Init {
    /// The initialisation of one restart, never [`Init::Auto`], and its units.
    pub(super) fn of_restart(&self, index: usize) -> (&Self, Units) {
        match (self, index % 10) {
            (Self::Auto, 0 | 4 | 8) => (&Self::KMeans, Units::Data),
            (Self::Auto, 2) => (&Self::KMeans, Units::Scaled),
            (Self::Auto, 6) => (&Self::KMeans, Units::Whitened),
            (Self::Auto, 9) => (&Self::Rows, Units::Data),
            (Self::Auto, _) => (&Self::ShortRuns, Units::Scaled),
            (Self::ScaledRows | Self::ShortRuns, _) => (self, Units::Scaled),
            (named, _) => (named, Units::Data),
        }
    }
}
