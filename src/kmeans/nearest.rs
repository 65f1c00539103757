//! Which centre is nearest.

use ndarray::ArrayView2;

use crate::rows::Block;
use crate::simd;

/// The nearest centre of each row of a block.
pub(crate) struct Nearest {
    pub(crate) labels: Vec<usize>,
    pub(crate) squared_distances: Vec<f64>,
}

/// Finds the nearest of `centers` for each row, the first of equals.
pub(crate) fn nearest(
    centers: ArrayView2<'_, f64>,
    block: &Block,
    distances: &mut Vec<f64>,
) -> Nearest {
    let n = block.n_rows();
    distances.resize(n, 0.0);
    let mut found = Nearest { labels: vec![0; n], squared_distances: vec![f64::INFINITY; n] };
    simd::dispatch(|| {
        for (label, center) in centers.rows().into_iter().enumerate() {
            distances.fill(0.0);
            for (feature, &c) in block.features().zip(center) {
                for (distance, &x) in distances.iter_mut().zip(feature) {
                    *distance += (x - c) * (x - c);
                }
            }
            let rows = found.squared_distances.iter_mut().zip(&mut found.labels);
            for ((best, best_label), &distance) in rows.zip(distances.iter()) {
                let closer = distance < *best;
                *best = if closer { distance } else { *best };
                *best_label = if closer { label } else { *best_label };
            }
        }
    });
    found
}
