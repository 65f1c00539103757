//! Lloyd's algorithm.

use ndarray::{Array1, Array2, ArrayView2};

use super::KMeans;
use super::nearest::Nearest;
use crate::compute::simd;
use crate::compute::ties::coarse;
use crate::error::Result;
use crate::rows::Block;
use crate::rows::backend::Backend;
use crate::rows::pass::{Pass, PassRequest};

/// Moves `centroids` until they converge, or `max_iter` times.
pub(super) fn lloyd(
    backend: &mut dyn Backend,
    mut centroids: Array2<f64>,
    max_iter: usize,
    smallest_move: f64,
) -> Result<KMeans> {
    let mut memory = Vec::new();
    let mut n_iter = 0;
    while n_iter < max_iter {
        memory = sum_clusters(backend, memory, centroids.view())?;
        let (moved, relocated) = memory[0].0.move_centroids(&mut centroids);
        n_iter += 1;
        if moved <= smallest_move && !relocated {
            break;
        }
    }
    let inertia = sum_clusters(backend, memory, centroids.view())?[0].0.inertia;
    Ok(KMeans { centroids, inertia, n_iter })
}

/// Makes one pass that assigns each row to its nearest centroid; returns the accumulators, of which the first holds the sums
/// over all rows.
fn sum_clusters(
    backend: &mut dyn Backend,
    memory: Vec<(ClusterSums, Nearest)>,
    centroids: ArrayView2<'_, f64>,
) -> Result<Vec<(ClusterSums, Nearest)>> {
    let mut pass = Pass::with_memory(ClusterRequest { centroids }, memory);
    backend.run(&mut pass)?;
    Ok(pass.into_memory())
}

/// Requests the sums over the rows nearest to each centroid.
struct ClusterRequest<'a> {
    centroids: ArrayView2<'a, f64>,
}

impl PassRequest for ClusterRequest<'_> {
    type Accumulator = (ClusterSums, Nearest);

    fn begin(&self, _: usize, (sums, _): &mut (ClusterSums, Nearest)) {
        *sums = ClusterSums::empty(self.centroids.dim());
    }

    fn add(&self, block: &Block, (sums, nearest): &mut (ClusterSums, Nearest)) -> Result<()> {
        nearest.find(self.centroids, block);
        sums.add(self.centroids, block, nearest);
        Ok(())
    }

    fn merge(&self, (all, _): &mut (ClusterSums, Nearest), (part, _): &(ClusterSums, Nearest)) {
        all.merge(part);
    }
}

/// Whether a squared distance is larger than another by more than rounding, so that the first of equal distances is kept.
fn is_farther(distance: f64, other: f64) -> bool {
    distance > other && coarse(distance) > coarse(other)
}

/// The sums over rows that determine the next centroids.
#[derive(Default)]
struct ClusterSums {
    counts: Array1<f64>,
    /// Σ w (x - c)
    shifts: Array2<f64>,
    /// Σ w of the rows that miss a coordinate.
    missing: Array2<f64>,
    inertia: f64,
    /// The row farthest from its centroid: squared distance, cluster and values.
    farthest: (f64, usize, Vec<f64>),
}

impl ClusterSums {
    fn empty((k, d): (usize, usize)) -> Self {
        Self {
            counts: Array1::zeros(k),
            shifts: Array2::zeros((k, d)),
            missing: Array2::zeros((k, d)),
            inertia: 0.0,
            farthest: (0.0, 0, Vec::new()),
        }
    }

    fn merge(&mut self, part: &Self) {
        self.counts += &part.counts;
        self.shifts += &part.shifts;
        self.missing += &part.missing;
        self.inertia += part.inertia;
        if is_farther(part.farthest.0, self.farthest.0) {
            self.farthest = part.farthest.clone();
        }
    }

    fn add(&mut self, centroids: ArrayView2<'_, f64>, block: &Block, nearest: &Nearest) {
        let d = centroids.ncols();
        let Nearest { labels, squared_distances, .. } = nearest;
        let centroids = centroids.as_standard_layout();
        let centroids = centroids.as_slice().expect("row-major");
        let shifts = self.shifts.as_slice_mut().expect("row-major");
        let missing = self.missing.as_slice_mut().expect("row-major");
        let rows = block.row_major().chunks_exact(d).zip(block.weights());
        let has_missing = block.has_missing();
        for ((x, &weight), &label) in rows.zip(labels) {
            self.counts[label] += weight;
            let of_cluster = label * d..(label + 1) * d;
            let centroid = &centroids[of_cluster.clone()];
            let shifts = &mut shifts[of_cluster.clone()];
            if has_missing {
                add_observed((x, centroid), weight, (shifts, &mut missing[of_cluster]));
                continue;
            }
            for ((shift, c), x) in shifts.iter_mut().zip(centroid).zip(x) {
                *shift += weight * (x - c);
            }
        }
        self.inertia += simd::dot(block.weights(), squared_distances);
        for (row, &distance) in squared_distances.iter().enumerate() {
            if is_farther(distance, self.farthest.0) && block.weights()[row] > 0.0 {
                let values = block.row_major()[row * d..][..d].to_vec();
                self.farthest = (distance, labels[row], values);
            }
        }
    }

    /// Moves every centroid to the mean of its rows, and the first one without rows to the farthest row. Returns Σ |move|²
    /// and whether a centroid was relocated.
    fn move_centroids(&self, centroids: &mut Array2<f64>) -> (f64, bool) {
        let mut moved = 0.0;
        for (k, mut centroid) in centroids.rows_mut().into_iter().enumerate() {
            if self.counts[k] > 0.0 {
                let counts = self.missing.row(k).mapv(|missing| self.counts[k] - missing);
                let mut shift = &self.shifts.row(k) / &counts;
                // a centroid keeps the coordinates that all of its rows miss
                shift
                    .iter_mut()
                    .zip(&counts)
                    .filter(|(_, count)| **count <= 0.0)
                    .for_each(|(shift, _)| *shift = 0.0);
                moved += shift.dot(&shift);
                centroid += &shift;
            }
        }
        let (distance, from, values) = &self.farthest;
        // a cluster must not lose its only row to another
        let empty = self.counts.iter().position(|&count| count == 0.0);
        match empty {
            Some(empty) if *distance > 0.0 && self.counts[*from] > 0.0 => {
                let from = centroids.row(*from).to_owned();
                let values = values.iter().zip(from);
                let observed = values.map(|(&x, c)| if x.is_nan() { c } else { x });
                centroids.row_mut(empty).assign(&observed.collect::<Array1<f64>>());
                (moved, true)
            }
            _ => (moved, false),
        }
    }
}

/// Adds the observed coordinates of a row to the shifts of its cluster, and its weight to those that it misses.
fn add_observed(
    (row, centroid): (&[f64], &[f64]),
    weight: f64,
    (shifts, missing): (&mut [f64], &mut [f64]),
) {
    for (((x, c), shift), missing) in row.iter().zip(centroid).zip(shifts).zip(missing) {
        if x.is_nan() {
            *missing += weight;
        } else {
            *shift += weight * (x - c);
        }
    }
}
