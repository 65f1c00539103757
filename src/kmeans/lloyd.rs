//! Lloyd's iterations.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::KMeans;
use super::nearest::nearest;
use crate::error::Result;
use crate::rows::{Block, RowBlocks, fold};
use crate::simd;

/// Moves `centroids` until they rest, or `max_iter` times.
pub(super) fn lloyd<R: RowBlocks + ?Sized>(
    rows: &R,
    mut centroids: Array2<f64>,
    max_iter: usize,
    smallest_move: f64,
) -> Result<KMeans> {
    for n_iter in 0..max_iter {
        let sums = ClusterSums::gather(rows, centroids.view())?;
        let (moved, relocated) = sums.move_centroids(&mut centroids);
        if moved <= smallest_move && !relocated {
            let inertia = ClusterSums::gather(rows, centroids.view())?.inertia;
            return Ok(KMeans { centroids, inertia, n_iter: n_iter + 1 });
        }
    }
    let inertia = ClusterSums::gather(rows, centroids.view())?.inertia;
    Ok(KMeans { centroids, inertia, n_iter: max_iter })
}

/// What a pass over the rows adds up for the next centroids.
struct ClusterSums {
    counts: Array1<f64>,
    /// Σ w (x - c)
    shifts: Array2<f64>,
    inertia: f64,
    /// The row farthest from its centroid: squared distance, cluster and values.
    farthest: (f64, usize, Vec<f64>),
}

impl ClusterSums {
    fn gather<R: RowBlocks + ?Sized>(rows: &R, centroids: ArrayView2<'_, f64>) -> Result<Self> {
        let empty = || Self {
            counts: Array1::zeros(centroids.nrows()),
            shifts: Array2::zeros(centroids.raw_dim()),
            inertia: 0.0,
            farthest: (0.0, 0, Vec::new()),
        };
        let visit = |sums: &mut Self, block: &Block| {
            sums.add(centroids, block);
            Ok(())
        };
        fold(rows, empty, visit, |all, part| {
            all.counts += &part.counts;
            all.shifts += &part.shifts;
            all.inertia += part.inertia;
            if part.farthest.0 > all.farthest.0 {
                all.farthest = part.farthest;
            }
        })
    }

    fn add(&mut self, centroids: ArrayView2<'_, f64>, block: &Block) {
        let found = nearest(centroids, block);
        for (&label, weight) in found.labels.iter().zip(block.weights()) {
            self.counts[label] += weight;
        }
        for (j, feature) in block.features().enumerate() {
            let rows = found.labels.iter().zip(feature).zip(block.weights());
            for ((&label, x), weight) in rows {
                self.shifts[[label, j]] += weight * (x - centroids[[label, j]]);
            }
        }
        self.inertia += simd::dot(block.weights(), &found.squared_distances);
        for (row, &distance) in found.squared_distances.iter().enumerate() {
            if distance > self.farthest.0 && block.weights()[row] > 0.0 {
                let values = block.features().map(|feature| feature[row]).collect();
                self.farthest = (distance, found.labels[row], values);
            }
        }
    }

    /// Moves every centroid to the mean of its rows, and the first one without rows to the farthest row.
    /// Returns Σ |move|² and whether a centroid was relocated.
    fn move_centroids(&self, centroids: &mut Array2<f64>) -> (f64, bool) {
        let mut moved = 0.0;
        for (k, mut centroid) in centroids.rows_mut().into_iter().enumerate() {
            if self.counts[k] > 0.0 {
                let shift = &self.shifts.row(k) / self.counts[k];
                moved += shift.dot(&shift);
                centroid += &shift;
            }
        }
        let (distance, from, values) = &self.farthest;
        // a cluster must not lose its only row to another
        let empty = self.counts.iter().position(|&count| count == 0.0);
        match empty {
            Some(empty) if *distance > 0.0 && self.counts[*from] > 0.0 => {
                centroids.row_mut(empty).assign(&ArrayView1::from(values));
                (moved, true)
            }
            _ => (moved, false),
        }
    }
}
