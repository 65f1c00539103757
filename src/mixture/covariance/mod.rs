//! Covariance families.
//!
//! A family is a file that implements the [`Family`] trait. This module lists the families, once; no other module
//! distinguishes them. A new family needs its file, and here a `mod` line, a `use` and a variant.

#[macro_use]
mod families;
mod coefficients;
mod common_axes;
mod conditional;
mod constrained;
mod constrained_diag;
mod constrained_full;
mod diag;
mod factor;
mod factored;
mod family;
mod full;
mod log_densities;
mod low_rank;
mod low_rank_component;
mod moments;
mod previous;
mod regularisation;
mod separate;
mod settings;
mod spherical;
mod spread;
mod tied;
mod volume_shape;

use self::family::Listed;
use self::{constrained_diag::ConstrainedDiag, constrained_full::ConstrainedFull};
use self::{diag::Diag, full::Full, low_rank::LowRank, spherical::Spherical, tied::Tied};

pub use self::CovarianceSpec as CovarianceType;
pub(crate) use self::coefficients::Coefficients;
pub(crate) use self::conditional::{Conditional, ConditionalCache, Conditionals};
pub use self::constrained_diag::DiagConstraint;
pub use self::constrained_full::FullConstraint;
pub use self::covariances::Covariances;
pub(crate) use self::factor::Factor;
pub(crate) use self::family::{
    COVARIANCES, Family, MStep, NamedArrays, Precisions, Responsibilities, Scratch, take_array,
};
pub use self::low_rank::Noise;
pub(crate) use self::moments::{Directions, Moments};
pub(crate) use self::previous::Previous;
pub use self::regularisation::RegCovar;
pub(crate) use self::regularisation::Regularisation;
pub(in crate::mixture) use self::separate::separate;
use self::settings::Settings;
pub(crate) use self::spread::Spread;

families! {
    ($)
    /// A covariance family and its settings, also known as `CovarianceType`: the structure of the covariances of a mixture.
    ///
    /// | family | covariances | shape | parameters |
    /// | --- | --- | --- | --- |
    /// | full | one matrix for each component | (k, d, d) | k d (d + 1) / 2 |
    /// | tied | one matrix for all components | (d, d) | d (d + 1) / 2 |
    /// | diag | one variance for each component and feature | (k, d) | k d |
    /// | spherical | one variance for each component | (k) | k |
    /// | EII | one variance | (k, d) | 1 |
    /// | EEI | the same variances in all components | (k, d) | d |
    /// | VEI | diagonal, equal shape | (k, d) | k + d - 1 |
    /// | EVI | diagonal, equal volume | (k, d) | 1 + k (d - 1) |
    /// | VEE | multiples of one matrix | (k, d, d) | k + d - 1 + a |
    /// | EVE | equal volume and orientation | (k, d, d) | 1 + k (d - 1) + a |
    /// | VVE | equal orientation | (k, d, d) | k d + a |
    /// | EEV | equal volume and shape | (k, d, d) | d + k a |
    /// | VEV | equal shape | (k, d, d) | k + d - 1 + k a |
    /// | EVV | equal volume | (k, d, d) | 1 + k (d - 1) + k a |
    /// | low-rank:q | loadings W of q factors and noise D: Σ = W Wᵀ + D | (k, d, q) and that of D | k (d q - q (q - 1) / 2) and those of D |
    ///
    /// with `a = d (d - 1) / 2` angles. The volume is `|Σ|^(1/d)`, the shape are the eigenvalues divided by it, and the orientation the
    /// eigenvectors. The letters are those of mclust, for volume, shape and orientation: equal, variable, or identity (Banfield &
    /// Raftery 1993, Celeux & Govaert 1995); its VVV, EEE, VVI and VII are full, tied, diag and spherical.
    ///
    /// It is parsed from and displayed as the name of the family, followed by a colon and the settings if the family has any.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
    #[non_exhaustive]
    pub enum CovarianceSpec {
        /// One matrix for each component.
        #[default]
        Full,
        /// One matrix for all components.
        Tied,
        /// One variance for each component and feature.
        Diag,
        /// One variance for each component.
        Spherical,
        /// One variance for each component and feature, under a constraint.
        ConstrainedDiag {
            /// What the components have in common.
            constraint: DiagConstraint,
        },
        /// One matrix for each component, under a constraint.
        ConstrainedFull {
            /// What the components have in common.
            constraint: FullConstraint,
        },
        /// Loadings times their transpose, plus the variances of independent noise.
        LowRank {
            /// Number of factors, q.
            rank: usize,
            /// The structure of the noise variances.
            noise: Noise,
        },
    }
}

impl CovarianceSpec {
    /// scikit-learn's families, from the most flexible to the most restricted.
    pub const ALL: [Self; 4] = [Self::Full, Self::Tied, Self::Diag, Self::Spherical];

    /// mclust's families, in its order: EII, VII, EEI, VEI, EVI, VVI, EEE, VEE, EVE, VVE, EEV, VEV, EVV and VVV.
    ///
    /// # Examples
    /// ```
    /// use mixlab::CovarianceType;
    ///
    /// assert_eq!(CovarianceType::MCLUST[11], "VEV".parse()?);
    /// assert!(CovarianceType::ALL.iter().all(|family| CovarianceType::MCLUST.contains(family)));
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub const MCLUST: [Self; 14] = [
        Self::ConstrainedDiag { constraint: DiagConstraint::Eii },
        Self::Spherical,
        Self::ConstrainedDiag { constraint: DiagConstraint::Eei },
        Self::ConstrainedDiag { constraint: DiagConstraint::Vei },
        Self::ConstrainedDiag { constraint: DiagConstraint::Evi },
        Self::Diag,
        Self::Tied,
        Self::ConstrainedFull { constraint: FullConstraint::Vee },
        Self::ConstrainedFull { constraint: FullConstraint::Eve },
        Self::ConstrainedFull { constraint: FullConstraint::Vve },
        Self::ConstrainedFull { constraint: FullConstraint::Eev },
        Self::ConstrainedFull { constraint: FullConstraint::Vev },
        Self::ConstrainedFull { constraint: FullConstraint::Evv },
        Self::Full,
    ];

    /// Every family: mclust's, and low-rank ones with one factor and every kind of noise. Checks that concern all families use it.
    ///
    /// # Examples
    /// ```
    /// use mixlab::CovarianceType;
    ///
    /// let n_parameters = CovarianceType::EVERY.map(|family| family.n_parameters(2, 5));
    /// assert_eq!((n_parameters[13], n_parameters[14]), (2 * 15, 2 * (5 + 5)));
    /// ```
    pub const EVERY: [Self; 18] = {
        let mut every = [Self::Full; 18];
        let mut at = 0;
        while at < Self::MCLUST.len() {
            every[at] = Self::MCLUST[at];
            at += 1;
        }
        while at < every.len() {
            every[at] = Self::LowRank { rank: 1, noise: Noise::ALL[at - Self::MCLUST.len()] };
            at += 1;
        }
        every
    };
}

// after the list: they use the macros that it defines
mod covariances;
mod spec;
