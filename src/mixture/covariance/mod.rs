//! Covariance families.
//!
//! A family is a file: `full`, `tied`, `diag`, `spherical` each answer the questions of the [`Family`]
//! trait. This module holds the enum over them and is the only place that tells them apart; a new
//! family adds its file and a line to each list here.

mod diag;
mod full;
mod spherical;
mod tied;

use std::fmt;
use std::str::FromStr;

use ndarray::{Array, Array1, Array2, ArrayD, ArrayView2, CowArray, Dimension, IntoDimension, Ix2};

use self::{diag::Diag, full::Full, spherical::Spherical, tied::Tied};
use super::em::statistics::Statistics;
use crate::compute::scatter::Panels;
use crate::compute::simd::wide_moments::WideMoments;
use crate::compute::simd::{self, Lines};
use crate::error::{Error, Result};
use crate::rows::Block;

/// The shape that the covariances of a mixture may take.
///
/// | type | covariances | shape | parameters |
/// | --- | --- | --- | --- |
/// | full | one matrix for each component | (k, d, d) | k d (d + 1) / 2 |
/// | tied | one matrix for all components | (d, d) | d (d + 1) / 2 |
/// | diag | one variance for each component and feature | (k, d) | k d |
/// | spherical | one variance for each component | (k) | k |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum CovarianceType {
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

impl CovarianceType {
    /// All families, from the freest to the most restricted.
    pub const ALL: [Self; 4] = [Self::Full, Self::Tied, Self::Diag, Self::Spherical];

    /// The name, as scikit-learn spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Tied => "tied",
            Self::Diag => "diag",
            Self::Spherical => "spherical",
        }
    }
}

impl fmt::Display for CovarianceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for CovarianceType {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|family| family.name() == name);
        found.ok_or_else(|| Error::param("covariance_type", name, "full, tied, diag or spherical"))
    }
}

/// The `reg_covar` of covariances that are given, not estimated: they are taken as they are.
const GIVEN: f64 = 0.0;

/// Working memory of the kernels, kept between blocks.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Rows after some change: centred, whitened.
    pub(crate) rows: Lines,
    pub(crate) panels: Panels,
    /// A number for each row.
    pub(crate) of_rows: Vec<f64>,
}

/// The sums that an M-step needs, as far as they have got.
pub(crate) struct Moments<'a> {
    /// Σ r (x - c), (k, d).
    pub(crate) first: &'a mut [f64],
    /// Second moments about c, laid out as the family wants them.
    pub(crate) second: &'a mut [f64],
}

/// The responsibilities of a block of rows, one contiguous run for each component.
pub(crate) struct Responsibilities<'a> {
    /// They sum to 1 over the components.
    pub(crate) posterior: &'a [f64],
    /// The same, times the sample weight of the row.
    pub(crate) weighted: &'a [f64],
}

/// A matrix A with `covariance = A Aᵀ`.
pub(crate) enum Factor {
    /// A lower triangle.
    Lower(Array2<f64>),
    /// A diagonal: the standard deviations.
    Diagonal(Array1<f64>),
}

impl Factor {
    /// Replaces `noise` by `A noise`.
    pub(crate) fn apply(&self, noise: &mut [f64]) {
        match self {
            Self::Lower(factor) => {
                // a row of a row-major matrix is a run of its numbers
                let rows = factor.as_slice().expect("row-major").chunks_exact(noise.len());
                for (i, row) in rows.enumerate().rev() {
                    noise[i] =
                        noise[..=i].iter().zip(row).map(|(noise, entry)| noise * entry).sum();
                }
            }
            Self::Diagonal(deviations) => {
                noise.iter_mut().zip(deviations).for_each(|(noise, sd)| *noise *= sd);
            }
        }
    }
}

/// The questions that every covariance family answers.
///
/// In the formulas, n runs over rows, k over components; r is the responsibility times the sample
/// weight, c the centre that the statistics are taken about.
pub(crate) trait Family: Sized {
    /// Number of free parameters in the covariances.
    fn n_parameters(n_components: usize, n_features: usize) -> usize;

    /// Length of the second moments that the M-step needs.
    fn second_len(n_components: usize, n_features: usize) -> usize;

    /// Places of those second moments that count, in order.
    #[cfg(feature = "cluster")]
    fn counted(n_components: usize, n_features: usize) -> Box<dyn Iterator<Item = usize>> {
        Box::new(0..Self::second_len(n_components, n_features))
    }

    /// Adds the moments of a block about `centers` to `moments`.
    fn accumulate(
        centers: ArrayView2<'_, f64>,
        block: &Block,
        responsibilities: &Responsibilities<'_>,
        moments: Moments<'_>,
        scratch: &mut Scratch,
    );

    /// The covariances that maximise the expected log-likelihood, plus `reg_covar` on the diagonal, in the memory of
    /// `recycled` ones if there are some.
    fn maximise(statistics: &Statistics, reg_covar: f64, recycled: Option<Self>) -> Result<Self>;

    /// Checks and factorises covariances given as an array of the family's shape.
    fn from_array(covariances: ArrayD<f64>, n_components: usize, n_features: usize)
    -> Result<Self>;

    /// The covariances in the family's shape.
    fn to_array(&self) -> ArrayD<f64>;

    /// The upper Cholesky factor of the precisions, in scikit-learn's shape for the family.
    fn precisions_cholesky(&self) -> ArrayD<f64>;

    /// The d × d covariance matrix of one component.
    fn covariance(&self, component: usize, n_features: usize) -> Array2<f64>;

    /// The smallest eigenvalue of the covariance matrix of each component.
    fn smallest_variances(&self, n_components: usize) -> Result<Array1<f64>>;

    /// Writes ln N(x | mean, covariance) plus the component's `offset` of each row under each component to
    /// `out`, one contiguous run of rows for each component.
    fn log_prob(
        &self,
        means: ArrayView2<'_, f64>,
        offsets: &[f64],
        block: &Block,
        out: &mut [f64],
        scratch: &mut Scratch,
    );

    /// What turns standard normal noise into noise with the covariance of `component`.
    fn factor(&self, component: usize, n_features: usize) -> Factor;
}

/// The covariances of a mixture, of one of the families of [`CovarianceType`].
#[derive(Debug, Clone, PartialEq)]
pub struct Covariances(Members);

#[derive(Debug, Clone, PartialEq)]
enum Members {
    Full(Full),
    Tied(Tied),
    Diag(Diag),
    Spherical(Spherical),
}

/// Evaluates `$answer` with `$Type` standing for the family of a [`CovarianceType`].
macro_rules! for_type {
    ($covariance_type:expr, $Type:ident => $answer:expr) => {
        match $covariance_type {
            CovarianceType::Full => {
                type $Type = Full;
                $answer
            }
            CovarianceType::Tied => {
                type $Type = Tied;
                $answer
            }
            CovarianceType::Diag => {
                type $Type = Diag;
                $answer
            }
            CovarianceType::Spherical => {
                type $Type = Spherical;
                $answer
            }
        }
    };
}

/// Evaluates `$answer` with `$family` standing for the covariances, whatever their family.
macro_rules! for_members {
    ($covariances:expr, $family:ident => $answer:expr) => {
        match &$covariances.0 {
            Members::Full($family) => $answer,
            Members::Tied($family) => $answer,
            Members::Diag($family) => $answer,
            Members::Spherical($family) => $answer,
        }
    };
}

macro_rules! covariances_from {
    ($($Family:ident),*) => {
        $(impl From<$Family> for Covariances {
            fn from(family: $Family) -> Self {
                Self(Members::$Family(family))
            }
        }

        impl TryFrom<Covariances> for $Family {
            type Error = Covariances;

            fn try_from(covariances: Covariances) -> std::result::Result<Self, Covariances> {
                match covariances.0 {
                    Members::$Family(family) => Ok(family),
                    other => Err(Covariances(other)),
                }
            }
        })*
    };
}
covariances_from!(Full, Tied, Diag, Spherical);

impl CovarianceType {
    /// Number of free parameters in the covariances of `n_components` in `n_features` dimensions.
    pub fn n_parameters(self, n_components: usize, n_features: usize) -> usize {
        for_type!(self, F => F::n_parameters(n_components, n_features))
    }

    pub(crate) fn second_len(self, n_components: usize, n_features: usize) -> usize {
        for_type!(self, F => F::second_len(n_components, n_features))
    }

    #[cfg(feature = "cluster")]
    pub(crate) fn counted(
        self,
        n_components: usize,
        n_features: usize,
    ) -> Box<dyn Iterator<Item = usize>> {
        for_type!(self, F => F::counted(n_components, n_features))
    }

    pub(crate) fn accumulate(
        self,
        centers: ArrayView2<'_, f64>,
        block: &Block,
        responsibilities: &Responsibilities<'_>,
        moments: Moments<'_>,
        scratch: &mut Scratch,
    ) {
        for_type!(self, F => F::accumulate(centers, block, responsibilities, moments, scratch));
    }

    pub(crate) fn maximise(
        self,
        statistics: &Statistics,
        reg_covar: f64,
        recycled: Option<Covariances>,
    ) -> Result<Covariances> {
        for_type!(self, F => {
            let recycled = recycled.and_then(|covariances| F::try_from(covariances).ok());
            Ok(F::maximise(statistics, reg_covar, recycled)?.into())
        })
    }
}

impl Covariances {
    /// Covariances from an array of the shape that [`CovarianceType`] lists.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`], [`Error::NonFinite`] or [`Error::SingularCovariance`].
    pub fn from_array(
        covariance_type: CovarianceType,
        covariances: ArrayD<f64>,
        n_components: usize,
        n_features: usize,
    ) -> Result<Self> {
        for_type!(covariance_type, F => {
            Ok(F::from_array(covariances, n_components, n_features)?.into())
        })
    }

    /// The family.
    pub fn covariance_type(&self) -> CovarianceType {
        match self.0 {
            Members::Full(_) => CovarianceType::Full,
            Members::Tied(_) => CovarianceType::Tied,
            Members::Diag(_) => CovarianceType::Diag,
            Members::Spherical(_) => CovarianceType::Spherical,
        }
    }

    /// The covariances in the shape that [`CovarianceType`] lists.
    pub fn to_array(&self) -> ArrayD<f64> {
        for_members!(self, family => family.to_array())
    }

    /// The factor `P` of the precisions, `covariance⁻¹ = P Pᵀ`: upper triangular (k, d, d) or (d, d), or
    /// the inverse standard deviations (k, d) or (k).
    pub fn precisions_cholesky(&self) -> ArrayD<f64> {
        for_members!(self, family => family.precisions_cholesky())
    }

    pub(crate) fn covariance(&self, component: usize, n_features: usize) -> Array2<f64> {
        for_members!(self, family => family.covariance(component, n_features))
    }

    pub(crate) fn smallest_variances(&self, n_components: usize) -> Result<Array1<f64>> {
        for_members!(self, family => family.smallest_variances(n_components))
    }

    pub(crate) fn log_prob(
        &self,
        means: ArrayView2<'_, f64>,
        offsets: &[f64],
        block: &Block,
        out: &mut [f64],
        scratch: &mut Scratch,
    ) {
        for_members!(self, family => family.log_prob(means, offsets, block, out, scratch));
    }

    pub(crate) fn factor(&self, component: usize, n_features: usize) -> Factor {
        for_members!(self, family => family.factor(component, n_features))
    }
}

/// Adds `Σ r (x - c)` of each component to `first` (k, d), and `Σ r (x - c)²` of each feature to `second` (k, d).
pub(super) fn add_moments(
    centers: ArrayView2<'_, f64>,
    block: &Block,
    weighted: &[f64],
    first: &mut [f64],
    second: &mut [f64],
) {
    let d = centers.ncols();
    let centers = centers.as_standard_layout();
    let components = row_major(&centers).chunks_exact(d).zip(weighted.chunks_exact(block.n_rows()));
    let to = first.chunks_exact_mut(d).zip(second.chunks_exact_mut(d));
    for ((center, weights), (first, second)) in components.zip(to) {
        if d > simd::NARROW {
            let rows = block.wide_rows(weights);
            simd::run(WideMoments { rows, center, first, second });
        } else {
            let features = block.feature_major();
            let second = Some(second);
            simd::run(simd::moments::Moments { features, weights, center, first, second });
        }
    }
}

/// A matrix whose rows follow one another in memory, for kernels that run over them.
pub(super) fn row_major<'a>(matrix: &'a CowArray<'_, f64, Ix2>) -> &'a [f64] {
    matrix.as_slice().expect("row-major")
}

/// Gives a dynamic-dimensional array the shape that a family expects, all finite.
fn expect_shape<D: Dimension>(
    covariances: ArrayD<f64>,
    shape: impl IntoDimension<Dim = D>,
) -> Result<Array<f64, D>> {
    let shape = shape.into_dimension();
    let mismatch = Error::shape(
        "covariances",
        format!("shape {:?}", shape.slice()),
        format!("shape {:?}", covariances.shape()),
    );
    if covariances.shape() != shape.slice() {
        return Err(mismatch);
    }
    if let Some((at, &value)) = covariances.indexed_iter().find(|(_, v)| !v.is_finite()) {
        let column = at.slice().last().copied().unwrap_or(0);
        return Err(Error::NonFinite { row: at[0], column, value });
    }
    covariances.as_standard_layout().into_owned().into_dimensionality().map_err(|_| mismatch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed_back() {
        for family in CovarianceType::ALL {
            assert_eq!(family.name().parse::<CovarianceType>().unwrap(), family);
        }
        assert!("round".parse::<CovarianceType>().is_err());
    }

    #[test]
    fn parameters_are_those_of_the_textbooks() {
        let count = |family: CovarianceType| family.n_parameters(10, 64);
        assert_eq!(count(CovarianceType::Full), 10 * 64 * 65 / 2);
        assert_eq!(count(CovarianceType::Tied), 64 * 65 / 2);
        assert_eq!(count(CovarianceType::Diag), 640);
        assert_eq!(count(CovarianceType::Spherical), 10);
    }
}
