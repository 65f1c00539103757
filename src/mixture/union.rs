//! Unions of mixtures.

use ndarray::{Array1, ArrayD, Axis, concatenate, stack};

use super::GaussianMixture;
use super::covariance::{CovarianceType, NamedArrays, take_array};
use super::student::StudentTails;
use crate::error::Result;

impl GaussianMixture {
    /// The mixture of the numbers of all components of several mixtures, whose weights are multiplied by shares that sum to 1.
    ///
    /// Its covariances are of the family of the parts if they have the same and its components share nothing, and otherwise
    /// diagonal or full.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`](crate::Error::SingularCovariance).
    pub(super) fn union(parts: &[(f64, &Self)]) -> Result<Self> {
        let (_, first) = parts[0];
        let d = first.n_numeric();
        let weights: Array1<f64> = parts
            .iter()
            .flat_map(|(share, part)| part.weights().mapv(|weight| weight * share))
            .collect();
        let means: Vec<_> = parts.iter().map(|(_, part)| part.means()).collect();
        let means = concatenate(Axis(0), &means).expect("as many numbers");
        let family = first.covariance_type();
        let is_same = parts.iter().all(|(_, part)| part.covariance_type() == family);
        let (family, mut arrays) = if is_same && family.shares_nothing(d) {
            (family, side_by_side(parts))
        } else {
            one_by_one(parts, d)
        };
        let lookup = |name| Ok(take_array(&mut arrays, name));
        let tails = StudentTails::union(parts.iter().filter_map(|(_, part)| part.student()));
        let union = Self::from_arrays(&weights / weights.sum(), means, family, lookup)?;
        Ok(union.with_tails(tails))
    }
}

/// The arrays of components that share nothing.
fn side_by_side(parts: &[(f64, &GaussianMixture)]) -> NamedArrays {
    let arrays: Vec<_> = parts.iter().map(|(_, part)| part.covariances().arrays()).collect();
    let of_all = |at: usize| {
        let of_parts: Vec<_> = arrays.iter().map(|arrays| arrays[at].1.view()).collect();
        (arrays[0][at].0, concatenate(Axis(0), &of_parts).expect("arrays of one family"))
    };
    (0..arrays[0].len()).map(of_all).collect()
}

/// The variances or covariance matrices of all components.
fn one_by_one(parts: &[(f64, &GaussianMixture)], d: usize) -> (CovarianceType, NamedArrays) {
    let components =
        || parts.iter().flat_map(|&(_, part)| (0..part.n_components()).map(move |at| (part, at)));
    let is_diagonal =
        |family: CovarianceType| matches!(family.scikit_learn_name(), "diag" | "spherical");
    let are_diagonal = parts.iter().all(|(_, part)| is_diagonal(part.covariance_type()));
    let (family, of_components): (_, Vec<ArrayD<f64>>) = if are_diagonal {
        let variances =
            components().map(|(part, at)| part.covariances().diagonal(at, d).into_dyn());
        (CovarianceType::Diag, variances.collect())
    } else {
        let matrices = components().map(|(part, at)| part.scale_matrix(at).into_dyn());
        (CovarianceType::Full, matrices.collect())
    };
    let views: Vec<_> = of_components.iter().map(|array| array.view()).collect();
    let array = stack(Axis(0), &views).expect("arrays of the same numbers");
    (family, vec![(super::COVARIANCES, array)])
}
