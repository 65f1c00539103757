//! K-means clustering: Lloyd's algorithm from k-means++ seeds.
//!
//! ```text
//! inertia = Σ w minₖ |x - cₖ|²
//! ```
//! Each iteration gives every row to its nearest centroid and moves each centroid to the mean of its
//! rows (Lloyd 1982). A centroid that has lost all rows moves to the row that is farthest from its
//! own. Seeds come from greedy k-means++ (Arthur & Vassilvitskii 2007): each next seed is the best of
//! 2 + ln k rows drawn with probability proportional to their squared distance from the seeds so far.

use linfa::dataset::{DatasetBase, Records};
use linfa::prelude::{Fit, ParamGuard};
use ndarray::{Array1, Array2, ArrayBase, ArrayView2, Data, Ix2};
use rand::Rng;
use rand::seq::index;
use rayon::prelude::*;

use crate::columns::{column_summaries, column_variances};
use crate::error::{Error, Result};
use crate::predict::predict_by_try_predict;
use crate::random::{child_seed, stream};
use crate::rows::{Block, RowBlocks, ToRows, check_columns, fold};
use crate::simd;

/// A k-means clustering.
///
/// # Examples
/// ```
/// use mixlab::prelude::*;
///
/// let blobs = datasets::stretched_blobs();
/// let clusters = KMeans::params(4).n_init(10).fit(&blobs)?;
/// let labels = clusters.predict(&blobs);
/// assert_eq!(clusters.centroids().dim(), (4, 2));
/// assert!(labels.iter().all(|&label| label < 4));
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KMeans {
    centroids: Array2<f64>,
    inertia: f64,
    n_iter: usize,
}

/// Parameters of [`KMeans`].
///
/// | parameter | default | range | meaning |
/// | --- | --- | --- | --- |
/// | `n_clusters` | | ≥ 1 | number of clusters |
/// | `n_init` | 1 | ≥ 1 | restarts, of which the lowest inertia is kept |
/// | `max_iter` | 300 | ≥ 1 | most iterations of a restart |
/// | `tol` | 1e-4 | ≥ 0 | stop when Σ \|move of a centroid\|² is at most this share of the mean variance of the columns |
/// | `centroids` | k-means++ | | given centroids to start from |
/// | `seed` | 0 | | of all random numbers |
#[derive(Debug, Clone, PartialEq)]
pub struct KMeansParams(KMeansValidParams);

/// Parameters that have been checked; see [`KMeansParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct KMeansValidParams {
    n_clusters: usize,
    n_init: usize,
    max_iter: usize,
    tol: f64,
    centroids: Option<Array2<f64>>,
    seed: u64,
}

impl KMeans {
    /// Parameters of a clustering into `n_clusters`.
    pub fn params(n_clusters: usize) -> KMeansParams {
        KMeansParams(KMeansValidParams {
            n_clusters,
            n_init: 1,
            max_iter: 300,
            tol: 1e-4,
            centroids: None,
            seed: 0,
        })
    }

    /// Centroids, shape `(n_clusters, n_features)`.
    pub fn centroids(&self) -> ArrayView2<'_, f64> {
        self.centroids.view()
    }

    /// Σ of the squared distances of the rows it was fitted to from their centroids, by sample weight.
    pub fn inertia(&self) -> f64 {
        self.inertia
    }

    /// Iterations made.
    pub fn n_iter(&self) -> usize {
        self.n_iter
    }

    /// The nearest centroid of each row: what linfa's `predict` gives, but an error where that panics.
    ///
    /// # Errors
    /// [`Error::NonFinite`] and [`Error::ShapeMismatch`].
    pub fn try_predict(&self, data: &impl ToRows) -> Result<Array1<usize>> {
        let rows = data.to_rows()?;
        check_columns(rows.records(), self.centroids.ncols())?;
        let visit = |labels: &mut Vec<usize>, block: &Block| {
            labels.extend(nearest(self.centroids.view(), block, &mut Vec::new()).labels);
            Ok(())
        };
        Ok(fold(&rows, Vec::new, visit, |all, part| all.extend(part))?.into())
    }
}

impl KMeansParams {
    /// Number of restarts.
    pub fn n_init(mut self, n_init: usize) -> Self {
        self.0.n_init = n_init;
        self
    }

    /// Most iterations of a restart.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.0.max_iter = max_iter;
        self
    }

    /// Movement of the centroids below which a restart has converged.
    pub fn tol(mut self, tol: f64) -> Self {
        self.0.tol = tol;
        self
    }

    /// Centroids to start from instead of k-means++ seeds, shape `(n_clusters, n_features)`; there is
    /// then only one restart.
    pub fn centroids(mut self, centroids: Array2<f64>) -> Self {
        self.0.centroids = Some(centroids);
        self
    }

    /// Seed of all random numbers.
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }

    pub(crate) fn fit_rows<R: RowBlocks + ?Sized>(&self, rows: &R) -> Result<KMeans> {
        self.check_ref()?.fit_rows(rows)
    }
}

impl ParamGuard for KMeansParams {
    type Checked = KMeansValidParams;
    type Error = Error;

    fn check_ref(&self) -> Result<&KMeansValidParams> {
        let p = &self.0;
        if p.n_clusters == 0 {
            return Err(Error::param("n_clusters", 0, "at least 1"));
        }
        if p.n_init == 0 {
            return Err(Error::param("n_init", 0, "at least 1"));
        }
        if p.max_iter == 0 {
            return Err(Error::param("max_iter", 0, "at least 1"));
        }
        if !(p.tol.is_finite() && p.tol >= 0.0) {
            return Err(Error::param("tol", p.tol, "finite and not negative"));
        }
        if let Some(centroids) = &p.centroids {
            crate::rows::check_finite(centroids.view())?;
            if centroids.nrows() != p.n_clusters {
                return Err(Error::shape("centroids", p.n_clusters, centroids.nrows()));
            }
        }
        Ok(p)
    }

    fn check(self) -> Result<KMeansValidParams> {
        self.check_ref()?;
        Ok(self.0)
    }
}

impl KMeansValidParams {
    fn fit_rows<R: RowBlocks + ?Sized>(&self, rows: &R) -> Result<KMeans> {
        if rows.n_samples() < self.n_clusters {
            return Err(Error::TooFewSamples {
                n_samples: rows.n_samples(),
                needed: self.n_clusters,
                wanted: format!("{} clusters", self.n_clusters),
            });
        }
        let means = column_summaries(rows)?.iter().map(|column| column.mean).collect();
        let variance = column_variances(rows, &means)?.mean().unwrap_or(0.0);
        if let Some(centroids) = &self.centroids {
            if centroids.ncols() != rows.n_features() {
                return Err(Error::shape("centroids", rows.n_features(), centroids.ncols()));
            }
            return self.lloyd(rows, centroids.clone(), self.tol * variance);
        }
        let restart = |index: usize| {
            let rng = &mut stream(child_seed(self.seed, index as u64), 0);
            let seeds = plus_plus(rows, self.n_clusters, rng)?;
            self.lloyd(rows, seeds, self.tol * variance)
        };
        let ended: Result<Vec<_>> = (0..self.n_init).into_par_iter().map(restart).collect();
        let best = ended?.into_iter().min_by(|a, b| a.inertia.total_cmp(&b.inertia));
        Ok(best.expect("at least one restart"))
    }

    fn lloyd<R: RowBlocks + ?Sized>(
        &self,
        rows: &R,
        mut centroids: Array2<f64>,
        smallest_move: f64,
    ) -> Result<KMeans> {
        for n_iter in 0..self.max_iter {
            let sums = ClusterSums::gather(rows, centroids.view())?;
            let (moved, relocated) = sums.move_centroids(&mut centroids);
            if moved <= smallest_move && !relocated {
                let inertia = ClusterSums::gather(rows, centroids.view())?.inertia;
                return Ok(KMeans { centroids, inertia, n_iter: n_iter + 1 });
            }
        }
        let inertia = ClusterSums::gather(rows, centroids.view())?.inertia;
        Ok(KMeans { centroids, inertia, n_iter: self.max_iter })
    }
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
        let found = nearest(centroids, block, &mut Vec::new());
        for (&label, weight) in found.labels.iter().zip(block.weights()) {
            self.counts[label] += weight;
        }
        for (j, feature) in block.features().enumerate() {
            let rows = found.labels.iter().zip(feature).zip(block.weights());
            for ((&label, x), weight) in rows {
                self.shifts[[label, j]] += weight * (x - centroids[[label, j]]);
            }
        }
        self.inertia += simd::dispatch(|| simd::dot(block.weights(), &found.squared_distances));
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
                centroids.row_mut(empty).assign(&ndarray::ArrayView1::from(values));
                (moved, true)
            }
            _ => (moved, false),
        }
    }
}

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

/// The seeds of greedy k-means++, shape `(n_clusters, n_features)`.
pub(crate) fn plus_plus<R: RowBlocks + ?Sized>(
    rows: &R,
    n_clusters: usize,
    rng: &mut impl Rng,
) -> Result<Array2<f64>> {
    let n_trials = 2 + (n_clusters as f64).ln() as usize;
    let mut seeds = Array2::zeros((n_clusters, rows.n_features()));
    let mut potentials = vec![f64::INFINITY; rows.n_samples()];
    for cluster in 0..n_clusters {
        let trials = if cluster == 0 { 1 } else { n_trials };
        let total: f64 = potentials.iter().sum();
        let mut best: Option<(f64, Array1<f64>, Vec<f64>)> = None;
        for _ in 0..trials {
            let chosen = if cluster == 0 || total <= 0.0 {
                rng.gen_range(0..rows.n_samples())
            } else {
                draw_by_share(&potentials, rng.gen_range(0.0..total))
            };
            let candidate = rows.row(chosen)?;
            let reduced = potentials_with(rows, &candidate, &potentials)?;
            let sum = reduced.iter().sum();
            if best.as_ref().is_none_or(|(lowest, ..)| sum < *lowest) {
                best = Some((sum, candidate, reduced));
            }
        }
        let (_, seed, reduced) = best.expect("at least one trial");
        seeds.row_mut(cluster).assign(&seed);
        potentials = reduced;
    }
    Ok(seeds)
}

/// Index at which the running sum of `shares` passes `level`.
fn draw_by_share(shares: &[f64], mut level: f64) -> usize {
    for (index, share) in shares.iter().enumerate() {
        level -= share;
        if level < 0.0 {
            return index;
        }
    }
    shares.iter().rposition(|&share| share > 0.0).unwrap_or(0)
}

/// `w |x - nearest seed|²` of each row, once `candidate` is a seed too.
fn potentials_with<R: RowBlocks + ?Sized>(
    rows: &R,
    candidate: &Array1<f64>,
    potentials: &[f64],
) -> Result<Vec<f64>> {
    let center = candidate.view().insert_axis(ndarray::Axis(0));
    let visit = |out: &mut Vec<f64>, block: &Block| {
        let found = nearest(center, block, &mut Vec::new());
        let old = &potentials[block.first_row()..];
        let new = found.squared_distances.iter().zip(block.weights()).zip(old);
        out.extend(new.map(|((distance, weight), old)| old.min(distance * weight)));
        Ok(())
    };
    fold(rows, Vec::new, visit, |all, part| all.extend(part))
}

/// Distinct random rows, shape `(n_rows, n_features)`.
pub(crate) fn random_rows<R: RowBlocks + ?Sized>(
    rows: &R,
    n_rows: usize,
    rng: &mut impl Rng,
) -> Result<Array2<f64>> {
    let mut chosen = Array2::zeros((n_rows, rows.n_features()));
    for (to, from) in index::sample(rng, rows.n_samples(), n_rows).into_iter().enumerate() {
        chosen.row_mut(to).assign(&rows.row(from)?);
    }
    Ok(chosen)
}

impl<D: Data<Elem = f64>, T> Fit<ArrayBase<D, Ix2>, T, Error> for KMeansValidParams
where
    ArrayBase<D, Ix2>: Records,
{
    type Object = KMeans;

    /// Clusters the records by their sample weights; targets are ignored.
    ///
    /// # Errors
    /// What is wrong with the data: [`Error::NonFinite`], [`Error::TooFewSamples`], ...
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<KMeans> {
        self.fit_rows(&dataset.to_rows()?)
    }
}

predict_by_try_predict!(KMeans);

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::rows::MatrixRows;

    #[test]
    fn separate_groups_are_found_with_their_inertia() {
        let records = array![[0.0, 0.0], [0.0, 2.0], [10.0, 0.0], [10.0, 2.0]];
        let clusters = KMeans::params(2).fit(&DatasetBase::from(records.clone())).unwrap();
        assert_eq!(clusters.inertia(), 4.0);
        let labels = clusters.try_predict(&records).unwrap();
        assert!(labels[0] == labels[1] && labels[2] == labels[3] && labels[0] != labels[2]);
    }

    #[test]
    fn a_centroid_without_rows_moves_to_the_farthest_row() {
        let records = array![[0.0], [1.0], [2.0], [50.0]];
        let start = array![[1.0], [1000.0]];
        let rows = MatrixRows::from_records(records.view()).unwrap();
        let clusters = KMeans::params(2).centroids(start).fit_rows(&rows).unwrap();
        assert_eq!(clusters.centroids(), array![[1.0], [50.0]]);
        assert_eq!(clusters.inertia(), 2.0);
    }

    #[test]
    fn fewer_distinct_rows_than_clusters_still_end() {
        let records = array![[1.0], [1.0], [2.0], [2.0]];
        let clusters = KMeans::params(3).fit(&DatasetBase::from(records)).unwrap();
        assert_eq!(clusters.inertia(), 0.0);
    }

    #[test]
    fn doubling_a_weight_is_doubling_the_row() {
        let start = array![[0.0], [4.0]];
        let weighted =
            DatasetBase::from(array![[0.0], [1.0], [5.0]]).with_weights(array![1.0, 2.0, 1.0]);
        let doubled = DatasetBase::from(array![[0.0], [1.0], [1.0], [5.0]]);
        let fit = |data: &DatasetBase<_, _>| KMeans::params(2).centroids(start.clone()).fit(data);
        let (a, b): (KMeans, KMeans) = (fit(&weighted).unwrap(), fit(&doubled).unwrap());
        approx::assert_abs_diff_eq!(a.centroids(), b.centroids(), epsilon = 1e-15);
        approx::assert_abs_diff_eq!(a.inertia(), b.inertia(), epsilon = 1e-14);
    }
}
