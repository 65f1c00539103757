//! K-means clustering: Lloyd's algorithm from k-means++ seeds.
//!
//! ```text
//! inertia = Σ w minₖ |x - cₖ|²
//! ```
//! Each iteration assigns every row to its nearest centroid and moves each centroid to the mean of its rows (Lloyd 1982). A
//! centroid that has lost all rows moves to the row that is farthest from its own centroid. Seeds come from greedy k-means++
//! (Arthur & Vassilvitskii 2007): each next seed is the best of 2 + ln k rows drawn with probability proportional to their
//! squared distance from the seeds so far.

mod lloyd;
mod nearest;
mod params;
mod seeds;

use ndarray::{Array1, Array2, ArrayView2};

#[cfg(feature = "serde")]
use crate::error::Error;
use crate::error::Result;
use crate::rows::backend::{RowAnswers, collect_answers};
use crate::rows::linfa::predict_by_try_predict;
use crate::rows::{Block, RowSource, check_columns};

pub(crate) use nearest::Nearest;
pub use params::{KMeansParams, KMeansValidParams};
pub(crate) use seeds::{plus_plus, random_rows};

/// A fitted k-means clustering.
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

impl KMeans {
    /// Creates a clustering from `centroids` (k, d), with the inertia and the number of iterations of its fit.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] without centroids, [`Error::NonFinite`], [`Error::InvalidParam`] unless the inertia is
    /// finite and not negative.
    #[cfg(feature = "serde")]
    pub(crate) fn new(centroids: Array2<f64>, inertia: f64, n_iter: usize) -> Result<Self> {
        if centroids.is_empty() {
            return Err(Error::shape("centroids", "at least one row and column", "none"));
        }
        crate::rows::check_finite(centroids.view())?;
        if !(inertia.is_finite() && inertia >= 0.0) {
            return Err(Error::param("inertia", inertia, "finite and not negative"));
        }
        Ok(Self { centroids, inertia, n_iter })
    }

    /// Centroids, shape `(n_clusters, n_features)`.
    pub fn centroids(&self) -> ArrayView2<'_, f64> {
        self.centroids.view()
    }

    /// Sum of the squared distances of the training rows from their centroids, by sample weight.
    pub fn inertia(&self) -> f64 {
        self.inertia
    }

    /// Number of iterations made.
    pub fn n_iter(&self) -> usize {
        self.n_iter
    }

    /// Radius of each cluster, shape `(n_clusters,)`: the distance from the centroid to the farthest of the rows nearest to
    /// it.
    ///
    /// # Errors
    /// Same as [`try_predict`](Self::try_predict).
    pub fn radii(&self, data: &dyn RowSource) -> Result<Vec<f64>> {
        let mut squares = vec![0.0_f64; self.centroids.nrows()];
        for answer in self.nearest(data)?.rows() {
            let square = &mut squares[answer[0] as usize];
            *square = square.max(answer[1]);
        }
        Ok(squares.into_iter().map(f64::sqrt).collect())
    }

    /// Returns the nearest centroid of each row.
    ///
    /// linfa's `predict` does the same, but panics where this returns an error.
    ///
    /// # Errors
    /// [`Error::NonFinite`](crate::Error::NonFinite) and
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch).
    pub fn try_predict(&self, data: &dyn RowSource) -> Result<Array1<usize>> {
        Ok(self.nearest(data)?.column(0).mapv(|label| label as usize))
    }

    /// Returns the nearest centroid of each row and the squared distance to it, shape `(n_samples, 2)`.
    fn nearest(&self, data: &dyn RowSource) -> Result<Array2<f64>> {
        let mut backend = data.backend()?;
        check_columns(backend.n_features(), self.centroids.ncols())?;
        collect_answers(&mut *backend, &NearestCentroid(self.centroids.view()))
    }
}

/// Requests the index of the nearest centroid and the squared distance to it.
struct NearestCentroid<'a>(ArrayView2<'a, f64>);

impl RowAnswers for NearestCentroid<'_> {
    fn width(&self) -> usize {
        2
    }

    fn answer(&self, block: &Block, answers: &mut Vec<f64>) -> Result<()> {
        let mut nearest = Nearest::default();
        nearest.find(self.0, block);
        let rows = nearest.labels.iter().zip(&nearest.squared_distances);
        answers.extend(rows.flat_map(|(&label, &square)| [label as f64, square]));
        Ok(())
    }
}

predict_by_try_predict!(KMeans);

#[cfg(test)]
mod tests {
    use linfa::DatasetBase;
    use linfa::traits::Fit;
    use ndarray::array;

    use super::*;
    use crate::rows::{LocalBackend, MatrixRows};

    #[test]
    fn separate_clusters_are_found_with_their_inertia() {
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
        let clusters =
            KMeans::params(2).centroids(start).fit_backend(&mut LocalBackend::new(rows)).unwrap();
        assert_eq!(clusters.centroids(), array![[1.0], [50.0]]);
        assert_eq!(clusters.inertia(), 2.0);
    }

    #[test]
    fn fits_with_fewer_distinct_rows_than_clusters_terminate() {
        let records = array![[1.0], [1.0], [2.0], [2.0]];
        let clusters = KMeans::params(3).fit(&DatasetBase::from(records)).unwrap();
        assert_eq!(clusters.inertia(), 0.0);
    }

    #[test]
    fn doubling_a_weight_equals_repeating_the_row() {
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
