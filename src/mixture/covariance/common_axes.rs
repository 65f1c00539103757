//! Axes that several covariance matrices have in common, up to the variances along them.

use ndarray::{Array2, ArrayView1, Axis, Zip};

use crate::compute::linalg;
use crate::error::Result;

/// Maximum number of sweeps over all pairs of axes in an M-step, which begins where the previous one ended, and the decrease of the mean log-variance at which they end.
const MAX_SWEEPS: usize = 2;
const TOLERANCE: f64 = 1e-12;
/// Angles up to this are left out.
const LEAST: f64 = 1e-14;

/// Finds axes D, as rows, and variances v of a structure that maximise `-½ Σₖ nₖ Σⱼ (ln vₖⱼ + (D Sₖ Dᵀ)ⱼⱼ / vₖⱼ)`, from the axes
/// `start` on.
///
/// The variances for given axes and the axes for given variances are improved in turn; the axes by Jacobi rotations of pairs, each of
/// which is optimal: with `t` the angle, the sum is a quadratic form in cos t and sin t. No step makes the sum worse, as with the
/// algorithms of Flury & Gautschi (1986) and Browne & McNicholas (2014).
pub(super) fn common_axes(
    matrices: &[Array2<f64>],
    counts: ArrayView1<'_, f64>,
    start: Array2<f64>,
    structure: impl Fn(&Array2<f64>) -> Array2<f64>,
) -> (Array2<f64>, Array2<f64>) {
    let mut axes = start;
    // D Sₖ, whose rows are rotated with those of D
    let product = |matrix: &Array2<f64>| linalg::product(axes.view(), matrix.view());
    let mut products: Vec<Array2<f64>> = matrices.iter().map(product).collect();
    let mut variances = structure(&along(&axes, &products));
    let log_volume = |variances: &Array2<f64>| {
        variances.mapv(f64::ln).sum_axis(Axis(1)).dot(&counts) / counts.sum()
    };
    let mut before = log_volume(&variances);
    for _ in 0..MAX_SWEEPS {
        sweep(&mut products, &mut axes, &variances, counts);
        variances = structure(&along(&axes, &products));
        let after = log_volume(&variances);
        if before - after <= TOLERANCE {
            break;
        }
        before = after;
    }
    (axes, variances)
}

/// The variances of matrices along the axes, (k, d).
fn along(axes: &Array2<f64>, products: &[Array2<f64>]) -> Array2<f64> {
    Array2::from_shape_fn((products.len(), axes.nrows()), |(k, j)| {
        products[k].row(j).dot(&axes.row(j))
    })
}

/// Rotates each pair of axes by the best angle for these variances.
fn sweep(
    products: &mut [Array2<f64>],
    axes: &mut Array2<f64>,
    variances: &Array2<f64>,
    counts: ArrayView1<'_, f64>,
) {
    let d = axes.nrows();
    for (l, m) in (0..d).flat_map(|l| (l + 1..d).map(move |m| (l, m))) {
        let (first, second) = (axes.row(l), axes.row(m));
        // p cos² + 2 q cos sin + r sin²
        let (mut p, mut q, mut r) = (0.0, 0.0, 0.0);
        for ((product, variances), count) in products.iter().zip(variances.rows()).zip(counts) {
            let weight = count * (1.0 / variances[l] - 1.0 / variances[m]);
            p += weight * product.row(l).dot(&first);
            q += weight * product.row(l).dot(&second);
            r += weight * product.row(m).dot(&second);
        }
        let angle = 0.5 * (-q).atan2(0.5 * (r - p));
        if angle.abs() > LEAST {
            let (sin, cos) = angle.sin_cos();
            for matrix in products.iter_mut().chain([&mut *axes]) {
                rotate(matrix, (l, m), (cos, sin));
            }
        }
    }
}

/// Rotates two rows of a matrix.
fn rotate(matrix: &mut Array2<f64>, (l, m): (usize, usize), (cos, sin): (f64, f64)) {
    let (mut above, mut below) = matrix.view_mut().split_at(Axis(0), m);
    let (first, second) = (above.row_mut(l), below.row_mut(0));
    Zip::from(first).and(second).for_each(|a, b| {
        (*a, *b) = (cos * *a + sin * *b, cos * *b - sin * *a);
    });
}

/// The covariance matrix with these variances along axes, which are rows.
pub(super) fn along_axes(axes: &Array2<f64>, variances: ArrayView1<'_, f64>) -> Array2<f64> {
    let scaled: Array2<f64> = axes * &variances.insert_axis(Axis(1));
    let product = linalg::product(axes.t(), scaled.view());
    // symmetric to the last bit
    (&product + &product.t()) * 0.5
}

/// The axes that matrices have in common, if they have some: those of a sum with factors that are not in simple ratios.
pub(super) fn axes_of_sum(matrices: impl IntoIterator<Item = Array2<f64>>) -> Result<Array2<f64>> {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let terms = matrices.into_iter().enumerate().map(|(k, matrix)| {
        let factor = 0.5 + ((k + 1) as f64 * GOLDEN).fract();
        let trace = matrix.diag().sum();
        matrix * (factor / trace)
    });
    let sum = terms.reduce(|sum, term| sum + term).unwrap_or_default();
    Ok(linalg::symmetric_eigen(&sum)?.1)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn common_axes_are_found() {
        let (sin, cos) = 0.7_f64.sin_cos();
        let tilted = array![[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]];
        let (sin, cos) = 0.4_f64.sin_cos();
        let truth = tilted.dot(&array![[1.0, 0.0, 0.0], [0.0, cos, sin], [0.0, -sin, cos]]);
        let variances = array![[1.0, 4.0, 0.5], [2.0, 1.0, 3.0]];
        let matrices: Vec<_> =
            variances.rows().into_iter().map(|v| along_axes(&truth, v)).collect();
        let counts = array![10.0, 20.0];
        let (axes, found) =
            common_axes(&matrices, counts.view(), Array2::eye(3), |variances| variances.clone());
        for (k, matrix) in matrices.iter().enumerate() {
            let again = along_axes(&axes, found.row(k));
            approx::assert_relative_eq!(again, *matrix, epsilon = 1e-6);
        }
        let again = axes_of_sum(matrices.iter().cloned()).unwrap();
        let product = again.dot(&truth.t()).mapv(f64::abs);
        assert!(
            product.rows().into_iter().all(|row| row.fold(0.0, |a: f64, &b| a.max(b)) > 0.999_999)
        );
    }
}
