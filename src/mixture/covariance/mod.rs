//! Covariance families.
//!
//! A family is a file that implements the [`Family`] trait. This module lists the families, once; no other module
//! distinguishes them. A new family needs its file, and here a `mod` line, a `use` and a variant.

#[macro_use]
mod families;
mod conditional;
mod diag;
mod factored;
mod family;
mod full;
mod moments;
mod regularisation;
mod spherical;
mod tied;

use self::family::Listed;
use self::{diag::Diag, full::Full, spherical::Spherical, tied::Tied};

pub use self::CovarianceSpec as CovarianceType;
pub(crate) use self::conditional::{Conditional, ConditionalCache, Conditionals, Spread};
pub use self::covariances::Covariances;
pub(crate) use self::family::{Factor, Family, MStep, Previous, Responsibilities, Scratch};
pub(crate) use self::moments::Moments;
pub use self::regularisation::RegCovar;
pub(crate) use self::regularisation::Regularisation;

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
    }
}

impl CovarianceSpec {
    /// All families without settings, from the most flexible to the most restricted.
    pub const ALL: [Self; 4] = [Self::Full, Self::Tied, Self::Diag, Self::Spherical];
}

// after the list: they use the macros that it defines
mod covariances;
mod spec;
