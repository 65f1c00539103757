//! The rank and the noise of low-rank covariances, and their spelling.

use ndarray::{Array2, ArrayD, IxDyn};

use crate::mixture::covariance::Regularisation;
use crate::mixture::covariance::settings::Settings;

/// The structure of the noise variances D of low-rank covariances `W Wᵀ + D`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum Noise {
    /// A variance for each component and column: factor analysers.
    #[default]
    Diag,
    /// One variance for each component: probabilistic PCA.
    Spherical,
    /// A variance for each column, the same in all components.
    TiedDiag,
    /// One variance.
    TiedSpherical,
}

impl Noise {
    pub(in super::super) const ALL: [Self; 4] =
        [Self::Diag, Self::Spherical, Self::TiedDiag, Self::TiedSpherical];

    fn name(self) -> &'static str {
        match self {
            Self::Diag => "diag",
            Self::Spherical => "spherical",
            Self::TiedDiag => "tied-diag",
            Self::TiedSpherical => "tied-spherical",
        }
    }

    /// Whether the variances are those of all components.
    pub(super) fn is_tied(self) -> bool {
        matches!(self, Self::TiedDiag | Self::TiedSpherical)
    }

    /// Whether the variance is that of all columns.
    pub(super) fn is_spherical(self) -> bool {
        matches!(self, Self::Spherical | Self::TiedSpherical)
    }

    /// The shape of the array of variances.
    pub(super) fn shape(self, n_components: usize, n_features: usize) -> Vec<usize> {
        match self {
            Self::Diag => vec![n_components, n_features],
            Self::Spherical => vec![n_components],
            Self::TiedDiag => vec![n_features],
            Self::TiedSpherical => vec![1],
        }
    }

    /// Number of variances.
    pub(super) fn len(self, n_components: usize, n_features: usize) -> usize {
        self.shape(n_components, n_features).iter().product()
    }

    /// The variances of every component and column, (k, d), of those in the array.
    pub(super) fn of_all(self, variances: &[f64], (k, d): (usize, usize)) -> Array2<f64> {
        Array2::from_shape_fn((k, d), |(component, column)| {
            variances[self.index(component, column, d)]
        })
    }

    /// The array of the variances of every component and column, (k, d).
    pub(super) fn array(self, variances: &Array2<f64>) -> ArrayD<f64> {
        let (k, d) = variances.dim();
        let (n_components, n_columns) =
            (if self.is_tied() { 1 } else { k }, if self.is_spherical() { 1 } else { d });
        let distinct = Array2::from_shape_fn((n_components, n_columns), |at| variances[at]);
        let shape = IxDyn(&self.shape(k, d));
        distinct.into_shape_with_order(shape).expect("as many variances")
    }

    /// The least variance at a position of the array.
    pub(super) fn least(self, at: usize, regularisation: &Regularisation) -> f64 {
        match self {
            Self::Spherical | Self::TiedSpherical => regularisation.mean(),
            Self::Diag | Self::TiedDiag => {
                regularisation.columns[at % regularisation.columns.len()]
            }
        }
    }

    /// Position of a variance in the array.
    pub(super) fn index(self, component: usize, column: usize, n_features: usize) -> usize {
        match self {
            Self::Diag => component * n_features + column,
            Self::Spherical => component,
            Self::TiedDiag => column,
            Self::TiedSpherical => 0,
        }
    }
}

/// Maximum rank that is parsed, so that sizes of arrays do not overflow.
const MOST_FACTORS: usize = 1_000_000;

impl Settings for (usize, Noise) {
    const SYNTAX: &'static str = ":RANK[:diag|:spherical|:tied-diag|:tied-spherical]";

    fn parse(family: &'static str, name: &str, text: Option<&str>) -> Option<Self> {
        let text = text.filter(|_| name == family)?;
        let (rank, noise) = match text.split_once(':') {
            Some((rank, noise)) => (rank, Noise::ALL.into_iter().find(|one| one.name() == noise)?),
            None => (text, Noise::default()),
        };
        // a sign is no digit
        let is_plain = rank.bytes().all(|byte| byte.is_ascii_digit());
        let rank =
            rank.parse().ok().filter(|rank| is_plain && (1..=MOST_FACTORS).contains(rank))?;
        Some((rank, noise))
    }

    fn suffix(self) -> String {
        let (rank, noise) = self;
        match noise {
            Noise::Diag => format!(":{rank}"),
            _ => format!(":{rank}:{}", noise.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::mixture::covariance::{CovarianceSpec, Noise};

    #[test]
    fn ranks_and_noise_are_parsed_back() {
        for noise in Noise::ALL {
            let family = CovarianceSpec::LowRank { rank: 12, noise };
            assert_eq!(family.to_string().parse::<CovarianceSpec>().unwrap(), family);
        }
        let plain = CovarianceSpec::LowRank { rank: 3, noise: Noise::Diag };
        assert_eq!((plain.to_string(), plain.name()), ("low-rank:3".into(), "low-rank"));
        assert_eq!("low-rank:3:diag".parse::<CovarianceSpec>().unwrap(), plain);
    }

    #[test]
    fn wrong_ranks_and_noise_are_refused() {
        for wrong in [
            "low-rank",
            "low-rank:",
            "low-rank:0",
            "low-rank:1000001",
            "low-rank:+3",
            "low-rank:x",
            "low-rank:3:",
            "low-rank:3:full",
        ] {
            assert!(wrong.parse::<CovarianceSpec>().is_err(), "{wrong}");
        }
    }
}
