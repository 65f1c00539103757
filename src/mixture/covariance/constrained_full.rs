//! Covariance matrices with equal volumes, shapes or orientations: VEE, EVE, VVE, EEV, VEV and EVV of Celeux & Govaert (1995) and
//! mclust.

use ndarray::{Array1, Array2, ArrayView1};

use super::common_axes::{along_axes, axes_of_sum, common_axes};
use super::constrained::{Constrained, Constraint};
use super::full::Full;
use super::volume_shape::{equal, equal_shapes, equal_volumes};
use super::{Family, MStep, Moments};
use crate::compute::linalg;
use crate::error::{Error, Result};

/// What the covariance matrices of all components have in common. The volume is the geometric mean of the eigenvalues, the shape their
/// ratios to it, and the orientation the eigenvectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FullConstraint {
    /// The same shape and orientation, and a volume of each component: multiples of one matrix.
    Vee,
    /// The same volume and orientation, and a shape of each component.
    Eve,
    /// The same orientation, and a volume and a shape of each component.
    Vve,
    /// The same volume and shape, and an orientation of each component: the same eigenvalues.
    Eev,
    /// The same shape, and a volume and an orientation of each component.
    Vev,
    /// The same volume, and a shape and an orientation of each component: the same determinant.
    Evv,
}

/// Covariance matrices under a constraint.
pub(crate) type ConstrainedFull = Constrained<FullConstraint>;

impl Constraint for FullConstraint {
    type Base = Full;

    const ALL: &'static [Self] =
        &[Self::Vee, Self::Eve, Self::Vve, Self::Eev, Self::Vev, Self::Evv];

    const NAMES: &'static str = "VEE, EVE, VVE, EEV, VEV, EVV";

    fn name(self) -> &'static str {
        match self {
            Self::Vee => "VEE",
            Self::Eve => "EVE",
            Self::Vve => "VVE",
            Self::Eev => "EEV",
            Self::Vev => "VEV",
            Self::Evv => "EVV",
        }
    }

    fn n_parameters(self, k: usize, d: usize) -> usize {
        let (shape, orientation) = (d - 1, d * (d - 1) / 2);
        match self {
            Self::Vee => k + shape + orientation,
            Self::Eve => 1 + k * shape + orientation,
            Self::Vve => k + k * shape + orientation,
            Self::Eev => 1 + shape + k * orientation,
            Self::Vev => k + shape + k * orientation,
            Self::Evv => 1 + k * shape + k * orientation,
        }
    }

    fn fewest_rows(self, n_features: usize) -> usize {
        match self {
            Self::Eev => 0,
            Self::Vee | Self::Eve | Self::Vve | Self::Vev => 2,
            Self::Evv => n_features + 1,
        }
    }

    fn scales_shapes(self) -> bool {
        matches!(self, Self::Eve | Self::Evv)
    }

    fn maximise(self, moments: &Moments, step: MStep<'_>, start: Option<&Full>) -> Result<Full> {
        let matrices = Full::matrices_of(moments, step);
        let counts = moments.counts();
        let of_start = start.map(|full| full.covariance(0, moments.n_features()));
        let matrices = match self {
            Self::Vee => multiples(&matrices, counts, of_start, step)?,
            Self::Eve | Self::Vve => {
                let axes = match start {
                    Some(full) => axes_of_sum(
                        (0..matrices.len()).map(|k| full.covariance(k, moments.n_features())),
                    ),
                    None => axes_of_sum([pooled(&matrices, counts)]),
                };
                let structure = |variances: &Array2<f64>| match self {
                    Self::Eve => equal_volumes(variances, counts),
                    _ => variances.clone(),
                };
                let (axes, variances) = common_axes(&matrices, counts, axes?, structure);
                variances.rows().into_iter().map(|row| along_axes(&axes, row)).collect()
            }
            Self::Eev | Self::Vev => {
                let own =
                    matrices.iter().map(linalg::symmetric_eigen).collect::<Result<Vec<_>>>()?;
                let variances =
                    Array2::from_shape_fn((own.len(), matrices[0].nrows()), |(k, j)| own[k].0[j]);
                let variances = match (self, of_start) {
                    (Self::Eev, _) => equal(&variances, counts),
                    (_, Some(matrix)) => {
                        let (shape, _) = linalg::symmetric_eigen(&matrix)?;
                        equal_shapes(&variances, counts, Some(shape.view()))
                    }
                    (_, None) => equal_shapes(&variances, counts, None),
                };
                let each = own.iter().zip(variances.rows());
                each.map(|((_, axes), row)| along_axes(axes, row)).collect()
            }
            Self::Evv => {
                let volumes = matrices.iter().map(volume);
                let volumes: Array1<f64> = volumes.map(|volume| volume.unwrap_or(0.0)).collect();
                let equal = volumes.dot(&counts) / counts.sum();
                let scaled = matrices.into_iter().zip(&volumes);
                scaled.map(|(matrix, own)| matrix * (equal / own)).collect()
            }
        };
        Full::of(matrices, step.regularisation.setting)
    }
}

/// `|S|^(1/d)`; none for a matrix that is not positive definite.
fn volume(matrix: &Array2<f64>) -> Option<f64> {
    let mut factor = matrix.clone();
    let mean_log = |factor: Array2<f64>| factor.diag().mapv(f64::ln).mean().unwrap_or(0.0);
    linalg::cholesky_in_place(&mut factor).then(|| (2.0 * mean_log(factor)).exp())
}

/// The average of matrices by counts.
fn pooled(matrices: &[Array2<f64>], counts: ArrayView1<'_, f64>) -> Array2<f64> {
    let terms = matrices.iter().zip(counts).map(|(matrix, count)| matrix * (count / counts.sum()));
    terms.reduce(|sum, term| sum + term).unwrap_or_default()
}

/// Maximum number of iterations for multiples of one matrix, which begin at that of the previous step, and the relative change of the multiples at which they end.
const MAX_ITER: usize = 10;
const TOLERANCE: f64 = 1e-12;

/// Multiples λₖ C of one matrix: the multiples for a matrix and the matrix for these multiples, in turn.
fn multiples(
    matrices: &[Array2<f64>],
    counts: ArrayView1<'_, f64>,
    start: Option<Array2<f64>>,
    step: MStep<'_>,
) -> Result<Vec<Array2<f64>>> {
    let singular =
        || Error::SingularCovariance { component: 0, reg_covar: step.regularisation.setting };
    let mut shared = start.unwrap_or_else(|| pooled(matrices, counts));
    let mut volumes = Array1::ones(matrices.len());
    for _ in 0..MAX_ITER {
        shared /= volume(&shared).ok_or_else(singular)?;
        let inverse = linalg::inverse_cholesky(shared.clone()).ok_or_else(singular)?;
        let precision = inverse.t().dot(&inverse);
        let trace = |matrix: &Array2<f64>| (matrix * &precision).sum() / shared.nrows() as f64;
        let next: Array1<f64> = matrices.iter().map(trace).collect();
        let change =
            next.iter().zip(&volumes).map(|(new, old): (&f64, &f64)| (new / old - 1.0).abs());
        let change = change.fold(0.0, f64::max);
        volumes = next;
        let terms = matrices.iter().zip(counts.iter().zip(&volumes));
        let sum = terms.map(|(matrix, (count, volume))| matrix * (count / volume));
        shared = sum.reduce(|sum, term| sum + term).unwrap_or_default();
        if change <= TOLERANCE {
            break;
        }
    }
    shared /= volume(&shared).ok_or_else(singular)?;
    Ok(volumes.iter().map(|volume| &shared * *volume).collect())
}
