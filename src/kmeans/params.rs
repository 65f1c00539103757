//! Parameters of k-means, and the fit.

use linfa::dataset::{DatasetBase, Records};
use linfa::prelude::{Fit, ParamGuard};
use ndarray::{Array2, ArrayBase, ArrayView2, Axis, Data, Ix2};

use super::KMeans;
use super::lloyd::lloyd;
use super::seeds::plus_plus;
use crate::compute::random::{child_seed, stream};
use crate::compute::ties::first_smallest;
use crate::error::{Error, Result};
use crate::rows::backend::{Backend, independent};
use crate::rows::moments::column_variances;
use crate::rows::summaries::column_summaries;
use crate::rows::{RowSource, check_enough, check_finite};

/// Parameters of [`KMeans`].
///
/// | parameter | default | range | meaning |
/// | --- | --- | --- | --- |
/// | `n_clusters` | | ≥ 1 | number of clusters |
/// | `n_init` | 1 | ≥ 1 | restarts, of which the one with the lowest inertia is kept |
/// | `max_iter` | 300 | ≥ 1 | maximum number of iterations of a restart |
/// | `tol` | 1e-4 | ≥ 0 | convergence: Σ \|move of a centroid\|² is at most this share of the mean variance of the columns |
/// | `centroids` | k-means++ | | initial centroids |
/// | `seed` | 0 | | seed of all random numbers |
#[derive(Debug, Clone, PartialEq)]
pub struct KMeansParams(KMeansValidParams);

/// Validated parameters; see [`KMeansParams`].
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
    /// Parameters of a clustering into `n_clusters` clusters.
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
}

impl KMeansParams {
    /// Sets the number of restarts.
    pub fn n_init(mut self, n_init: usize) -> Self {
        self.0.n_init = n_init;
        self
    }

    /// Sets the maximum number of iterations of a restart.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.0.max_iter = max_iter;
        self
    }

    /// Sets the movement of the centroids below which a restart has converged.
    pub fn tol(mut self, tol: f64) -> Self {
        self.0.tol = tol;
        self
    }

    /// Sets the initial centroids instead of k-means++ seeds, shape `(n_clusters, n_features)`; there is then only one
    /// restart.
    pub fn centroids(mut self, centroids: Array2<f64>) -> Self {
        self.0.centroids = Some(centroids);
        self
    }

    /// Sets the seed of all random numbers.
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }

    /// Fits to the rows of any backend.
    ///
    /// # Errors
    /// Errors of the parameters and of the data, and any error from reading the rows.
    pub(crate) fn fit_backend(&self, backend: &mut dyn Backend) -> Result<KMeans> {
        self.check_ref()?.fit_backend(backend)
    }
}

/// The parameters, one by one.
impl KMeansValidParams {
    /// Number of clusters.
    pub fn n_clusters(&self) -> usize {
        self.n_clusters
    }

    /// Number of restarts.
    pub fn n_init(&self) -> usize {
        self.n_init
    }

    /// Maximum number of iterations of a restart.
    pub fn max_iter(&self) -> usize {
        self.max_iter
    }

    /// Movement of the centroids at which a restart has converged, as a share of the mean variance.
    pub fn tol(&self) -> f64 {
        self.tol
    }

    /// Given initial centroids, shape `(n_clusters, n_features)`.
    pub fn centroids(&self) -> Option<ArrayView2<'_, f64>> {
        self.centroids.as_ref().map(|centroids| centroids.view())
    }

    /// Seed of all random numbers.
    pub fn seed(&self) -> u64 {
        self.seed
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
            check_finite(centroids.view())?;
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
    fn fit_backend(&self, backend: &mut dyn Backend) -> Result<KMeans> {
        check_enough(backend, self.n_clusters, "clusters")?;
        let columns = column_summaries(backend)?;
        let empty: Vec<usize> = (0..columns.len()).filter(|&at| columns[at].is_empty()).collect();
        if !empty.is_empty() {
            return Err(Error::EmptyColumns { columns: empty });
        }
        let means = columns.iter().map(|column| column.mean).collect();
        let variances = if columns.iter().any(|column| column.has_missing) {
            columns.iter().map(|column| column.variance).collect()
        } else {
            column_variances(backend, &means)?
        };
        let smallest_move = self.tol * variances.mean().unwrap_or(0.0);
        if let Some(centroids) = &self.centroids {
            let n_features = backend.n_features();
            if centroids.ncols() != n_features {
                return Err(Error::shape("centroids", n_features, centroids.ncols()));
            }
            return lloyd(backend, centroids.clone(), self.max_iter, smallest_move);
        }
        let restart = |backend: &mut dyn Backend, (): &mut (), index: usize| {
            let rng = &mut stream(child_seed(self.seed, index as u64), 0);
            let mut seeds = plus_plus(backend, self.n_clusters, rng)?;
            for (mut coordinates, &mean) in seeds.axis_iter_mut(Axis(1)).zip(&means) {
                coordinates.mapv_inplace(|x| if x.is_nan() { mean } else { x });
            }
            lloyd(backend, seeds, self.max_iter, smallest_move)
        };
        let finished = independent(backend, self.n_init, || (), restart);
        let mut finished: Vec<_> = finished.into_iter().collect::<Result<_>>()?;
        let best = first_smallest(finished.iter().map(|restart| restart.inertia)).unwrap_or(0);
        Ok(finished.swap_remove(best))
    }
}

impl<D: Data<Elem = f64>, T> Fit<ArrayBase<D, Ix2>, T, Error> for KMeansValidParams
where
    ArrayBase<D, Ix2>: Records,
{
    type Object = KMeans;

    /// Fits to the records by their sample weights; targets are ignored.
    ///
    /// # Errors
    /// Errors of the data: [`Error::NonFinite`], [`Error::TooFewSamples`], ...
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<KMeans> {
        self.fit_backend(&mut *dataset.backend()?)
    }
}
