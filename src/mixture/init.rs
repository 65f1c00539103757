//! Initialisation of restarts.

use std::fmt;
use std::str::FromStr;

use super::GaussianMixture;
use crate::error::{Error, Result};

/// Initialisation of a restart.
///
/// All variants except [`Init::Model`] start with an M-step from responsibilities: each row belongs entirely to the nearest
/// of k centres, or, for [`Init::Random`], to all components in random shares.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub enum Init {
    /// [`Init::KMeans`] for the first restart and every second one after it, [`Init::Rows`] for the others. In few dimensions
    /// k-means usually converges to the same clustering, so ten k-means starts are no better than one, and random rows reach
    /// other optima. In many dimensions k-means starts at a higher log-likelihood.
    #[default]
    Auto,
    /// Centres from k-means.
    KMeans,
    /// The seeds of k-means++ as centres.
    KMeansPlusPlus,
    /// Random distinct rows as centres.
    Rows,
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
            Self::Random => "random",
            Self::Model(_) => "model",
        })
    }
}

impl FromStr for Init {
    type Err = Error;

    /// Parses the name of an initialisation without a model.
    fn from_str(name: &str) -> Result<Self> {
        let named = [Self::Auto, Self::KMeans, Self::KMeansPlusPlus, Self::Rows, Self::Random];
        let found = named.into_iter().find(|init| init.to_string() == name);
        found.ok_or_else(|| Error::param("init", name, "auto, kmeans, kmeans++, rows or random"))
    }
}

impl Init {
    /// The initialisation of one restart, never [`Init::Auto`].
    pub(super) fn of_restart(&self, index: usize) -> &Self {
        match self {
            Self::Auto if index.is_multiple_of(2) => &Self::KMeans,
            Self::Auto => &Self::Rows,
            named => named,
        }
    }
}
