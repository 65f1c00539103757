//! Assignment of rows to components.

use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView2};
use rand::Rng;

use super::start_space::StartSpace;
use crate::compute::random::stream;
use crate::compute::simd;
use crate::error::Result;
use crate::kmeans::Nearest;
use crate::mixture::GaussianMixture;
use crate::mixture::covariance::{Conditionals, CovarianceType, Directions, Scratch};
use crate::mixture::incomplete::start_conditionals;
use crate::mixture::student::StudentTails;
use crate::rows::layout::RowLayout;
use crate::rows::mixed::MixedRows;
use crate::rows::pattern::Pattern;

/// Assigns every row to components, in shares that sum to 1.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one for each restart, and most are mixtures"
)]
pub(crate) enum Assignment {
    /// At the start of a restart, without a model.
    Start(Start),
    /// By the posteriors of a mixture.
    Posterior(GaussianMixture),
}

/// An assignment without a model.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Start {
    /// The points about which sums are taken, (k, d).
    pub(crate) centers: Array2<f64>,
    /// Variances of the columns of numbers, which missing numbers have about the centres.
    pub(crate) variances: Array1<f64>,
    pub(crate) shares: Shares,
}

/// The shares of a row at the start.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Shares {
    /// Entirely to the nearest of these centres (k, D) in a space for numbers and categories.
    Nearest { centers: Array2<f64>, space: StartSpace },
    /// Uniform random shares of all components.
    Random { seed: u64 },
}

impl Assignment {
    /// Entirely to the nearest of these centres (k, d) of complete rows of numbers.
    #[cfg(all(test, feature = "cluster"))]
    pub(crate) fn nearest(centers: Array2<f64>) -> Self {
        let space = StartSpace::default();
        let variances = Array1::ones(centers.ncols());
        let shares = Shares::Nearest { centers: centers.clone(), space };
        Self::Start(Start { centers, variances, shares })
    }

    /// Whether rows are assigned at random.
    #[cfg_attr(not(feature = "cluster"), allow(dead_code, reason = "refused by clusters"))]
    pub(crate) fn is_random(&self) -> bool {
        matches!(self, Self::Start(Start { shares: Shares::Random { .. }, .. }))
    }

    /// Whether the assignment takes rows of `n_columns` with this layout.
    #[cfg_attr(not(feature = "cluster"), allow(dead_code, reason = "checked when it was sent"))]
    pub(crate) fn fits(&self, layout: &RowLayout, n_columns: usize) -> bool {
        match self {
            Self::Posterior(model) => model.fits(layout, n_columns),
            Self::Start(Start { centers, variances, shares }) => {
                let d = n_columns - layout.categorical.len();
                let shares_fit = match shares {
                    Shares::Random { .. } => true,
                    Shares::Nearest { centers: nearest, space } => {
                        nearest.nrows() == centers.nrows()
                            && space.coordinates_of(layout, d) == Some(nearest.ncols())
                    }
                };
                centers.nrows() > 0 && centers.ncols() == d && variances.len() == d && shares_fit
            }
        }
    }

    /// The tails of the components of a mixture; none if they are Gaussian.
    pub(super) fn student(&self) -> Option<&StudentTails> {
        match self {
            Self::Start(_) => None,
            Self::Posterior(model) => model.student(),
        }
    }

    /// The points about which sums are taken, near the new means, (k, d).
    pub(crate) fn centers(&self) -> ArrayView2<'_, f64> {
        match self {
            Self::Start(start) => start.centers.view(),
            Self::Posterior(model) => model.means(),
        }
    }

    /// The directions along which second moments of rows with this assignment are taken.
    pub(super) fn directions(&self, covariance_type: CovarianceType) -> Option<Arc<Directions>> {
        let (k, d) = self.centers().dim();
        match self {
            Self::Start(start) => {
                covariance_type.directions(None, &|| start.variances.clone(), k, d)
            }
            Self::Posterior(model) => covariance_type.directions(
                Some(model.covariances()),
                &|| model.column_variances(),
                k,
                d,
            ),
        }
    }

    /// Writes the shares of some rows, one contiguous run of rows for each component. Returns their contribution to the
    /// log-likelihood, which is 0 except for a mixture.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`](crate::Error::SingularCovariance).
    pub(super) fn assign(
        &self,
        rows: MixedRows<'_>,
        shares: &mut [f64],
        scratch: &mut Scratch,
    ) -> Result<f64> {
        match self {
            Self::Start(start) => {
                start.shares.write(rows, shares);
                Ok(0.0)
            }
            Self::Posterior(model) => {
                let mut log_prob = vec![0.0; rows.n_rows()];
                model.posteriors(rows, shares, &mut log_prob, scratch)?;
                Ok(simd::dot(rows.numbers.weights(), &log_prob))
            }
        }
    }

    /// The conditionals of all components for a pattern of missing numbers.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`](crate::Error::SingularCovariance).
    pub(super) fn conditionals(&self, pattern: &Pattern) -> Result<Arc<Conditionals>> {
        match self {
            Self::Start(start) => {
                start_conditionals(&start.variances, pattern, start.centers.view())
            }
            Self::Posterior(model) => model.conditionals(pattern),
        }
    }
}

impl Shares {
    /// Writes the shares of some rows.
    fn write(&self, rows: MixedRows<'_>, shares: &mut [f64]) {
        match self {
            Self::Nearest { centers, space } => {
                let mut nearest = Nearest::default();
                space.with_block(rows, |block| nearest.find(centers.view(), block));
                shares.fill(0.0);
                for (row, &label) in nearest.labels.iter().enumerate() {
                    shares[label * rows.n_rows() + row] = 1.0;
                }
            }
            Self::Random { seed } => write_random(*seed, rows, shares),
        }
    }
}

/// Writes uniform random shares, which are the same for a row in every pass.
fn write_random(seed: u64, rows: MixedRows<'_>, shares: &mut [f64]) {
    let rng = &mut stream(seed, 1 + rows.numbers.first_row() as u64);
    let n = rows.n_rows();
    let k = shares.len() / n;
    let mut drawn = vec![0.0; k];
    let mut next = 0;
    let mut by_index: Vec<usize> = (0..n).collect();
    by_index.sort_unstable_by_key(|&row| rows.index(row));
    for row in by_index {
        // rows of other parts of the block have drawn shares too
        while next <= rows.index(row) {
            drawn.fill_with(|| rng.gen_range(f64::EPSILON..1.0));
            next += 1;
        }
        let total: f64 = drawn.iter().sum();
        for (share, drawn) in shares[row..].iter_mut().step_by(n).zip(&drawn) {
            *share = drawn / total;
        }
    }
}
