//! Low-rank covariances of some numbers of each component, given others.

use ndarray::{Array2, Array3, Axis};

use super::{LOADINGS, NOISE, Noise};
use crate::compute::linalg;
use crate::error::Result;
use crate::mixture::covariance::family::NamedArrays;
use crate::mixture::covariance::{CovarianceSpec, Spread};

/// The family, with a rank of at most the number of numbers, and its arrays.
///
/// # Errors
/// [`Error::NoConvergence`](crate::Error::NoConvergence).
pub(in super::super) fn low_rank_arrays(
    (rank, kind): (usize, Noise),
    spreads: &[Spread],
) -> Result<(CovarianceSpec, NamedArrays)> {
    let (k, m) = (spreads.len(), spreads[0].variances().len());
    let rank = rank.min(m);
    let mut loadings = Array3::zeros((k, m, rank));
    let mut noise = Array2::zeros((k, m));
    for (component, spread) in spreads.iter().enumerate() {
        let Spread::LowRank { loadings: given, noise: of_numbers } = spread else {
            unreachable!("covariances of low rank have conditionals of low rank");
        };
        let mut to = loadings.index_axis_mut(Axis(0), component);
        if given.ncols() == rank {
            to.assign(given);
        } else if m > 0 {
            let products = linalg::product(given.view(), given.t());
            to.assign(&linalg::symmetric_root(&products)?);
        }
        noise.row_mut(component).assign(of_numbers);
    }
    let arrays = vec![(LOADINGS, loadings.into_dyn()), (NOISE, kind.array(&noise))];
    Ok((CovarianceSpec::LowRank { rank, noise: kind }, arrays))
}
