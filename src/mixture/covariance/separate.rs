//! Covariances of components that share nothing, from those of some of their numbers.

use ndarray::{ArrayD, Axis, stack};

use super::family::NamedArrays;
use super::low_rank::{Noise, low_rank_arrays};
use super::{COVARIANCES, CovarianceSpec, Spread};
use crate::error::Result;

/// The family and arrays: full, diag, or low-rank with a noise variance for each number.
///
/// # Errors
/// [`Error::NoConvergence`](crate::Error::NoConvergence).
pub(in crate::mixture) fn separate(spreads: &[Spread]) -> Result<(CovarianceSpec, NamedArrays)> {
    let stacked = |arrays: Vec<ArrayD<f64>>| {
        let views: Vec<_> = arrays.iter().map(|array| array.view()).collect();
        vec![(COVARIANCES, stack(Axis(0), &views).expect("the same numbers of all components"))]
    };
    match &spreads[0] {
        Spread::LowRank { loadings, .. } => {
            low_rank_arrays((loadings.ncols(), Noise::Diag), spreads)
        }
        Spread::Diagonal(_) => {
            let variances = spreads.iter().map(|spread| spread.variances().into_owned().into_dyn());
            Ok((CovarianceSpec::Diag, stacked(variances.collect())))
        }
        Spread::Full(_) => {
            let matrices = spreads.iter().map(|spread| spread.matrix().into_dyn());
            Ok((CovarianceSpec::Full, stacked(matrices.collect())))
        }
    }
}
