//! Nearest centres of rows.

use ndarray::{ArrayView1, ArrayView2};

use crate::compute::simd::distances::Distances;
use crate::compute::simd::{self, AlignedBuffer};
use crate::rows::Block;

/// The nearest centre of each row of a block, with the working memory to find it.
#[derive(Debug, Default)]
pub(crate) struct Nearest {
    pub(crate) labels: Vec<usize>,
    pub(crate) squared_distances: Vec<f64>,
    distances: AlignedBuffer,
    panel: AlignedBuffer,
}

impl Nearest {
    /// Computes the squared distances of the rows to each of `centers`, in the coordinates that are not missing, one contiguous run
    /// of rows for each centre.
    pub(super) fn distances(&mut self, centers: ArrayView2<'_, f64>, block: &Block) -> &[f64] {
        let n = block.n_rows();
        let out = self.distances.resize(n * centers.nrows());
        let centers = centers.as_standard_layout();
        simd::run(Distances {
            features: block.feature_major(),
            n,
            means: centers.as_slice().expect("row-major"),
            scales: None,
            out,
            panel: &mut self.panel,
        });
        // a missing coordinate makes all distances of a row NaN
        for row in 0..n {
            if self.distances[row].is_nan() {
                let values = &block.row_major()[row * centers.ncols()..][..centers.ncols()];
                for (label, center) in centers.rows().into_iter().enumerate() {
                    self.distances[label * n + row] = observed_distance(values, center);
                }
            }
        }
        &self.distances
    }

    /// Finds the nearest of `centers` for each row, the first of equal distances.
    pub(crate) fn find(&mut self, centers: ArrayView2<'_, f64>, block: &Block) {
        let n = block.n_rows();
        self.distances(centers, block);
        self.labels.clear();
        self.labels.resize(n, 0);
        self.squared_distances.clear();
        self.squared_distances.resize(n, f64::INFINITY);
        for (label, distances) in self.distances.chunks_exact(n).enumerate() {
            simd::keep_nearest(label, distances, &mut self.labels, &mut self.squared_distances);
        }
    }
}

/// The squared distance in the coordinates that neither misses.
fn observed_distance(row: &[f64], center: ArrayView1<'_, f64>) -> f64 {
    let squares = row.iter().zip(center).map(|(x, c)| (x - c).powi(2));
    squares.filter(|square| !square.is_nan()).sum()
}
