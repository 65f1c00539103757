//! Smallest eigenvalues of `W Wᵀ + D` without a matrix of d × d, by the inertia of
//! ```text
//! | E   W |
//! | Wᵀ -I |     E = D - floor
//! ```
//! which is that of E and `-I - Wᵀ E⁻¹ W`, and that of -I and `E + W Wᵀ` (Haynsworth 1968).

use ndarray::{Array1, ArrayView1, ArrayView2, Axis};

use crate::compute::linalg;
use crate::error::Result;

/// Whether `W Wᵀ + D - diag(floor)` is positive definite, of `loadings` (d, q) and the diagonal (d) of D.
///
/// # Errors
/// [`Error::NoConvergence`](crate::Error::NoConvergence).
pub(super) fn exceeds(
    loadings: ArrayView2<'_, f64>,
    noise: ArrayView1<'_, f64>,
    floor: ArrayView1<'_, f64>,
) -> Result<bool> {
    let excess = |(&noise, &floor): (&f64, &f64)| {
        let excess = noise - floor;
        // a zero counts as negative
        let least = 1e-12 * floor;
        if excess.abs() > least { excess } else { -least }
    };
    let excess: Array1<f64> = noise.iter().zip(&floor).map(excess).collect();
    let n_negative = excess.iter().filter(|&&value| value < 0.0).count();
    if n_negative == 0 {
        return Ok(true);
    }
    let divided = &loadings / &excess.insert_axis(Axis(1));
    let mut complement = -linalg::product(loadings.t(), divided.view());
    complement.diag_mut().mapv_inplace(|value| value - 1.0);
    let (values, _) = linalg::symmetric_eigen(&complement)?;
    Ok(values.iter().filter(|&&value| value > 0.0).count() == n_negative)
}

/// The smallest eigenvalue of `W Wᵀ + D`: by bisection, since it is at least the smallest noise variance, and at most the smallest
/// variance of a column.
///
/// # Errors
/// [`Error::NoConvergence`](crate::Error::NoConvergence).
pub(super) fn smallest_variance(
    loadings: ArrayView2<'_, f64>,
    noise: ArrayView1<'_, f64>,
) -> Result<f64> {
    let variances = loadings.map_axis(Axis(1), |row| row.dot(&row)) + noise;
    let least = |values: ArrayView1<'_, f64>| values.fold(f64::INFINITY, |a, &b| a.min(b));
    let (mut low, mut high) = (least(noise), least(variances.view()));
    while high - low > 1e-12 * high {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        let floor = Array1::from_elem(noise.len(), middle);
        if exceeds(loadings, noise, floor.view())? { low = middle } else { high = middle }
    }
    Ok(low)
}
