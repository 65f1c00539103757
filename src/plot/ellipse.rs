//! Ellipses of Gaussians.

use std::f64::consts::TAU;

use ndarray::{Array2, ArrayView1};

use crate::compute::linalg;
use crate::error::{Error, Result};

/// Number of corners of the polygon that approximates an ellipse.
const CORNERS: usize = 72;

/// The points `c + a cos t + b sin t`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ellipse {
    pub(super) centre: (f64, f64),
    /// `a` and `b`.
    pub(super) axes: [(f64, f64); 2],
}

impl Ellipse {
    /// The points at `sigmas` standard deviations from the mean, in the first two dimensions:
    /// ```text
    /// m + sigmas L (cos t, sin t),   covariance = L Lᵀ
    /// ```
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] in fewer than two dimensions, [`Error::SingularCovariance`].
    pub(super) fn of_gaussian(
        mean: ArrayView1<'_, f64>,
        covariance: &Array2<f64>,
        sigmas: f64,
    ) -> Result<Self> {
        if mean.len() < 2 {
            return Err(Error::shape(
                "the mixture",
                "2 dimensions to draw ellipses in",
                mean.len(),
            ));
        }
        let mut factor = Array2::from_shape_fn((2, 2), |at| covariance[at]);
        if !linalg::cholesky_in_place(&mut factor) {
            return Err(Error::SingularCovariance { component: 0, reg_covar: 0.0 });
        }
        let first = (sigmas * factor[[0, 0]], sigmas * factor[[1, 0]]);
        let second = (0.0, sigmas * factor[[1, 1]]);
        Ok(Self { centre: (mean[0], mean[1]), axes: [first, second] })
    }

    pub(super) fn circle(centre: (f64, f64), radius: f64) -> Self {
        Self { centre, axes: [(radius, 0.0), (0.0, radius)] }
    }

    /// The corners of a polygon that approximates the ellipse.
    pub(super) fn corners(&self) -> impl Iterator<Item = (f64, f64)> {
        let Self { centre, axes: [first, second] } = *self;
        (0..CORNERS).map(move |index| {
            let (sin, cos) = (TAU * index as f64 / CORNERS as f64).sin_cos();
            (centre.0 + first.0 * cos + second.0 * sin, centre.1 + first.1 * cos + second.1 * sin)
        })
    }

    /// Lower left and upper right corner of the smallest rectangle around the ellipse.
    pub(super) fn bounds(&self) -> [(f64, f64); 2] {
        let Self { centre, axes: [first, second] } = *self;
        let (across, up) = (first.0.hypot(second.0), first.1.hypot(second.1));
        [(centre.0 - across, centre.1 - up), (centre.0 + across, centre.1 + up)]
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn points_of_an_ellipse_have_its_mahalanobis_distance() {
        let covariance = array![[2.0, 0.6], [0.6, 0.5]];
        let inverse = array![[0.5, -0.6], [-0.6, 2.0]] / (2.0 * 0.5 - 0.36);
        let ellipse = Ellipse::of_gaussian(array![1.0, -1.0].view(), &covariance, 3.0).unwrap();
        for (x, y) in ellipse.corners() {
            let offset = array![x - 1.0, y + 1.0];
            approx::assert_relative_eq!(offset.dot(&inverse.dot(&offset)), 9.0, epsilon = 1e-12);
        }
        // three standard deviations in each direction
        let [low, high] = ellipse.bounds();
        approx::assert_relative_eq!(high.0 - low.0, 6.0 * 2.0_f64.sqrt(), epsilon = 1e-12);
        approx::assert_relative_eq!(high.1 - low.1, 6.0 * 0.5_f64.sqrt(), epsilon = 1e-12);
    }
}
