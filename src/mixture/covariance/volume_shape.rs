//! Volumes and shapes of covariances with given axes.
//!
//! ```text
//! Σₖ = λₖ Dₖ Aₖ Dₖᵀ,   λₖ = |Σₖ|^(1/d),   Aₖ diagonal with |Aₖ| = 1,   Dₖ orthogonal
//! ```
//! Banfield & Raftery (1993) call λ the volume, A the shape and D the orientation; Celeux & Govaert (1995) derive the M-steps. Of
//! variances sₖⱼ along the axes, averaged over the nₖ rows of each component, they maximise
//! `-½ Σₖ nₖ Σⱼ (ln vₖⱼ + sₖⱼ / vₖⱼ)` over the variances v of the structure.

use ndarray::{Array1, Array2, ArrayView1, Axis};

/// Maximum number of iterations of an M-step without a closed form, which begins where the previous one ended, and the relative change
/// at which it ends.
const MAX_ITER: usize = 10;
const TOLERANCE: f64 = 1e-12;

/// The geometric mean, of which the determinant of a diagonal matrix is a power.
pub(super) fn geometric_mean(variances: ArrayView1<'_, f64>) -> f64 {
    (variances.iter().map(|variance| variance.ln()).sum::<f64>() / variances.len() as f64).exp()
}

/// Averages over components, by their counts.
fn average(values: &Array2<f64>, counts: ArrayView1<'_, f64>) -> Array1<f64> {
    counts.dot(values) / counts.sum()
}

/// One variance for all components and axes, (k, d).
pub(super) fn equal_spheres(variances: &Array2<f64>, counts: ArrayView1<'_, f64>) -> Array2<f64> {
    let volume = average(variances, counts).mean().unwrap_or(0.0);
    Array2::from_elem(variances.dim(), volume)
}

/// The same variances for all components, (k, d).
pub(super) fn equal(variances: &Array2<f64>, counts: ArrayView1<'_, f64>) -> Array2<f64> {
    let average = average(variances, counts).insert_axis(Axis(0));
    average.broadcast(variances.dim()).expect("rows of d variances").to_owned()
}

/// Equal volumes with shapes of their own, (k, d).
pub(super) fn equal_volumes(variances: &Array2<f64>, counts: ArrayView1<'_, f64>) -> Array2<f64> {
    let volumes = variances.map_axis(Axis(1), geometric_mean);
    let volume = volumes.dot(&counts) / counts.sum();
    let factors = volumes.mapv(|own| volume / own).insert_axis(Axis(1));
    variances * &factors
}

/// Equal shapes with volumes of their own, (k, d): the volumes for a shape and the shape for these volumes, in turn, from the shape of
/// the variances `start` on.
pub(super) fn equal_shapes(
    variances: &Array2<f64>,
    counts: ArrayView1<'_, f64>,
    start: Option<ArrayView1<'_, f64>>,
) -> Array2<f64> {
    let shape_of = |variances: Array1<f64>| {
        let volume = geometric_mean(variances.view());
        variances / volume
    };
    let mut shape =
        shape_of(start.map_or_else(|| average(variances, counts), |start| start.to_owned()));
    let volumes_of = |shape: &Array1<f64>| (variances / shape).mean_axis(Axis(1)).expect("d > 0");
    let mut volumes = volumes_of(&shape);
    for _ in 0..MAX_ITER {
        let next = shape_of((&counts / &volumes).dot(variances));
        let change = next.iter().zip(&shape).map(|(new, old)| (new / old - 1.0).abs());
        let change = change.fold(0.0, f64::max);
        shape = next;
        volumes = volumes_of(&shape);
        if change <= TOLERANCE {
            break;
        }
    }
    volumes.insert_axis(Axis(1)) * shape.insert_axis(Axis(0))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn objective(variances: &Array2<f64>, counts: &Array1<f64>, found: &Array2<f64>) -> f64 {
        let terms = found.mapv(f64::ln) + variances / found;
        -0.5 * terms.sum_axis(Axis(1)).dot(counts)
    }

    #[test]
    fn structures_are_maxima_and_nested() {
        let variances = array![[1.0, 4.0, 0.5], [2.0, 1.0, 3.0]];
        let counts = array![30.0, 70.0];
        let of = |found: &Array2<f64>| objective(&variances, &counts, found);
        let spheres = equal_spheres(&variances, counts.view());
        let same = equal(&variances, counts.view());
        let volumes = equal_volumes(&variances, counts.view());
        let mut shapes = equal_shapes(&variances, counts.view(), None);
        for _ in 0..5 {
            shapes = equal_shapes(&variances, counts.view(), Some(shapes.row(0)));
        }
        assert!(of(&spheres) < of(&same) && of(&same) < of(&volumes).min(of(&shapes)));
        assert!(of(&volumes).max(of(&shapes)) < of(&variances));
        // the structure of each
        let ratio = &shapes.row(0) / &shapes.row(1);
        assert!(ratio.iter().all(|r| (r - ratio[0]).abs() < 1e-12));
        let equal = volumes.map_axis(Axis(1), geometric_mean);
        approx::assert_relative_eq!(equal[0], equal[1], max_relative = 1e-12);
        // no change of a volume or of the shape is better
        for factors in [array![[1.01], [1.0]], array![[1.0], [0.99]]] {
            assert!(of(&(&shapes * &factors)) < of(&shapes));
        }
        for factors in [array![[1.01, 1.0, 1.0 / 1.01]], array![[1.0, 0.99, 1.0 / 0.99]]] {
            assert!(of(&(&shapes * &factors)) < of(&shapes));
        }
        // from any start, if need be in several steps
        let mut again = array![[5.0, 1.0, 1.0]];
        for _ in 0..5 {
            again = equal_shapes(&variances, counts.view(), Some(again.row(0)));
        }
        approx::assert_relative_eq!(again, shapes, max_relative = 1e-10);
    }
}
