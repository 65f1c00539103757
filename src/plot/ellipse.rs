//! Ellipses of Gaussians, as polygons.

use std::f64::consts::TAU;

use ndarray::{Array2, ArrayView1};

use crate::compute::linalg;
use crate::error::{Error, Result};

/// Number of corners of the polygon that approximates an ellipse.
const CORNERS: usize = 72;

/// The points at `sigmas` standard deviations from the mean, in the first two dimensions:
/// ```text
/// m + sigmas L (cos t, sin t),   covariance = L Lᵀ
/// ```
///
/// # Errors
/// [`Error::ShapeMismatch`] in fewer than two dimensions, [`Error::SingularCovariance`].
pub(super) fn ellipse(
    mean: ArrayView1<'_, f64>,
    covariance: &Array2<f64>,
    sigmas: f64,
) -> Result<Vec<(f64, f64)>> {
    if mean.len() < 2 {
        return Err(Error::shape("the mixture", "2 dimensions to draw ellipses in", mean.len()));
    }
    let mut factor = Array2::from_shape_fn((2, 2), |at| covariance[at]);
    if !linalg::cholesky_in_place(&mut factor) {
        return Err(Error::SingularCovariance { component: 0, reg_covar: 0.0 });
    }
    let corner = |index: usize| {
        let (sin, cos) = (TAU * index as f64 / CORNERS as f64).sin_cos();
        (
            mean[0] + sigmas * factor[[0, 0]] * cos,
            mean[1] + sigmas * (factor[[1, 0]] * cos + factor[[1, 1]] * sin),
        )
    };
    Ok((0..CORNERS).map(corner).collect())
}

/// A circle as a polygon.
pub(super) fn circle(center: (f64, f64), radius: f64) -> Vec<(f64, f64)> {
    let corner = |index: usize| {
        let (sin, cos) = (TAU * index as f64 / CORNERS as f64).sin_cos();
        (center.0 + radius * cos, center.1 + radius * sin)
    };
    (0..CORNERS).map(corner).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn points_of_an_ellipse_have_its_mahalanobis_distance() {
        let covariance = array![[2.0, 0.6], [0.6, 0.5]];
        let inverse = array![[0.5, -0.6], [-0.6, 2.0]] / (2.0 * 0.5 - 0.36);
        for (x, y) in ellipse(array![1.0, -1.0].view(), &covariance, 3.0).unwrap() {
            let offset = array![x - 1.0, y + 1.0];
            approx::assert_relative_eq!(offset.dot(&inverse.dot(&offset)), 9.0, epsilon = 1e-12);
        }
    }
}
