//! Which centre is nearest.

use ndarray::ArrayView2;

use crate::rows::Block;
use crate::simd::distances::Distances;
use crate::simd::{self, Lines};

/// The nearest centre of each row of a block.
pub(crate) struct Nearest {
    pub(crate) labels: Vec<usize>,
    pub(crate) squared_distances: Vec<f64>,
}

/// Finds the nearest of `centers` for each row, the first of equals.
pub(crate) fn nearest(centers: ArrayView2<'_, f64>, block: &Block) -> Nearest {
    let n = block.n_rows();
    let mut distances = vec![0.0; n * centers.nrows()];
    let centers = centers.as_standard_layout();
    simd::run(Distances {
        features: block.feature_major(),
        n,
        means: centers.as_slice().expect("row-major"),
        scales: None,
        out: &mut distances,
        panel: &mut Lines::default(),
    });
    let mut found = Nearest { labels: vec![0; n], squared_distances: vec![f64::INFINITY; n] };
    for (label, distances) in distances.chunks_exact(n).enumerate() {
        let Nearest { labels, squared_distances } = &mut found;
        simd::keep_nearest(label, distances, labels, squared_distances);
    }
    found
}
