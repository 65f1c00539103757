//! Initial centres of restarts, shared by models that differ only in their covariances.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use ndarray::{Array1, Array2, Axis, Slice};
use rayon::prelude::*;

use super::columns::FitColumns;
use super::fits::{Job, LOCKSTEP_BYTES};
use crate::compute::random::stream;
use crate::error::Result;
use crate::kmeans::{self, KMeans};
use crate::mixture::em::assignment::{Assignment, Shares, Start};
use crate::mixture::em::start_space::StartSpace;
use crate::mixture::init::Init;
use crate::mixture::params::GmmValidParams;
use crate::rows::backend::Backend;
use crate::rows::sample::RowSample;
use crate::rows::{LocalBackend, MatrixRows};

/// Maximum number of rows for the initial k-means, or [`SAMPLED_EACH`] rows for each component if there are many: enough to
/// locate the components, and few enough that k-means never costs more than the EM that follows it.
const SAMPLED: usize = 1 << 15;

/// Minimum number of rows for each component in the initial k-means, if the data have this many.
const SAMPLED_EACH: usize = 64;

/// The stream of random numbers for samples. Backends whose rows have no order draw one sample of this stream for all
/// restarts.
pub(crate) const SAMPLE_STREAM: u64 = 1;

/// Number of components and restart, which determine the initial centres.
type Key = (usize, usize);

/// The initialisation of the restarts of a set of models.
pub(super) struct Starts<'a> {
    models: &'a [GmmValidParams],
    columns: &'a FitColumns,
    space: StartSpace,
    /// Initial centres in the start space.
    centers: HashMap<Key, OnceLock<Result<Array2<f64>>>>,
}

impl<'a> Starts<'a> {
    pub(super) fn new(models: &'a [GmmValidParams], columns: &'a FitColumns, jobs: &[Job]) -> Self {
        let keys = jobs.iter().map(|job| (key(models, job), OnceLock::new()));
        let space = StartSpace::new(&columns.layout, &columns.numeric);
        Self { models, columns, space, centers: keys.collect() }
    }

    /// Finds the initial centres of restarts, unless they are already known. Centres from samples of the rows take as few
    /// passes as memory allows.
    ///
    /// # Errors
    /// Any error from reading the rows.
    pub(super) fn find(&self, backend: &mut dyn Backend, jobs: &[Job]) -> Result<()> {
        let mut sampled: BTreeMap<RowSample, BTreeMap<Key, &Job>> = BTreeMap::new();
        for job in jobs {
            let (init, key) = (self.init(job), key(self.models, job));
            if matches!(init, Init::Model(_) | Init::Random) || self.centers[&key].get().is_some() {
                continue;
            }
            let sample = sample(init, key.0, job.seed);
            if is_direct(backend, init, sample) {
                self.centers[&key]
                    .get_or_init(|| self.centers_among_all(backend, init, key.0, job.seed));
            } else {
                sampled.entry(sample).or_default().insert(key, job);
            }
        }
        self.find_sampled(backend, &sampled)
    }

    /// Finds initial centres from samples of the rows.
    fn find_sampled(
        &self,
        backend: &mut dyn Backend,
        sampled: &BTreeMap<RowSample, BTreeMap<Key, &Job>>,
    ) -> Result<()> {
        // sampled rows are temporarily held three times
        let bytes = |sample: &RowSample| 3 * 8 * (sample.n_rows * backend.n_features()) as u64;
        let largest = sampled.keys().map(bytes).max().unwrap_or(0).max(1);
        let most = LOCKSTEP_BYTES.min(largest * sampled.len() as u64);
        let at_once = (backend.memory_budget().at_most_half(most) / largest).max(1) as usize;
        let sampled: Vec<_> = sampled.iter().collect();
        for some in sampled.chunks(at_once) {
            let samples: Vec<RowSample> = some.iter().map(|&(&sample, _)| sample).collect();
            let drawn = backend.sample(&samples)?;
            let restarts: Vec<_> = some
                .iter()
                .zip(&drawn)
                .flat_map(|((_, jobs), drawn)| jobs.iter().map(move |(key, job)| (drawn, key, job)))
                .collect();
            restarts.into_par_iter().for_each(|(drawn, key, job)| {
                let centers = self.centers_among_sample(drawn, self.init(job), key.0, job.seed);
                // another thread may have found the same centres
                let _ = self.centers[key].set(centers);
            });
        }
        Ok(())
    }

    /// The assignment of rows to components in the first pass of a restart.
    ///
    /// # Errors
    /// Errors of k-means.
    pub(super) fn assignment(&self, job: &Job) -> Result<Assignment> {
        let n_components = self.models[job.model].n_components;
        match self.init(job) {
            Init::Model(model) => Ok(Assignment::Posterior(model.as_ref().clone())),
            Init::Random => {
                let columns = &self.columns.numeric;
                let shape = (n_components, columns.len());
                let centers = Array2::from_shape_fn(shape, |(_, j)| columns[j].mean);
                Ok(self.start(centers, Shares::Random { seed: job.seed }))
            }
            _ => {
                let centers = self.centers[&key(self.models, job)].get();
                let centers = centers.expect("found before").clone()?;
                let of_numbers = centers
                    .slice_axis(Axis(1), Slice::from(..self.columns.numeric.len()))
                    .as_standard_layout()
                    .into_owned();
                let space = self.space.clone();
                Ok(self.start(of_numbers, Shares::Nearest { centers, space }))
            }
        }
    }

    fn start(&self, centers: Array2<f64>, shares: Shares) -> Assignment {
        let columns = &self.columns.numeric;
        let variances = if self.columns.layout.may_be_missing {
            columns.iter().map(|column| column.variance).collect()
        } else {
            Array1::default(0)
        };
        Assignment::Start(Start { centers, variances, shares })
    }

    /// Finds `k` initial centres among all rows, which are in memory.
    fn centers_among_all(
        &self,
        backend: &mut dyn Backend,
        init: &Init,
        k: usize,
        seed: u64,
    ) -> Result<Array2<f64>> {
        let Some(matrix) = backend.as_matrix().filter(|_| !self.space.is_identity()) else {
            return centers_among(backend, init, k, seed);
        };
        if matches!(init, Init::Rows) {
            let rows = kmeans::random_rows(&matrix, k, &mut stream(seed, 0));
            return Ok(self.space.complete(self.space.coordinates(rows.view())?));
        }
        let coordinates = self.space.coordinates(matrix.records())?;
        let weights = matrix.sample_weights_f32();
        let rows = MatrixRows::from_checked(coordinates.view(), weights, true);
        let centers = centers_among(&mut LocalBackend::new(rows), init, k, seed)?;
        Ok(self.space.complete(centers))
    }

    /// Finds `k` initial centres among sampled rows.
    fn centers_among_sample(
        &self,
        drawn: &Array2<f64>,
        init: &Init,
        k: usize,
        seed: u64,
    ) -> Result<Array2<f64>> {
        let coordinates = self.space.coordinates(drawn.view())?;
        if matches!(init, Init::Rows) {
            return Ok(self.space.complete(coordinates));
        }
        let rows = MatrixRows::from_records(coordinates.view())?;
        let centers = centers_among(&mut LocalBackend::new(rows), init, k, seed)?;
        Ok(self.space.complete(centers))
    }

    /// The initialisation of a restart, never [`Init::Auto`].
    fn init(&self, job: &Job) -> &'a Init {
        self.models[job.model].init.of_restart(job.restart)
    }
}

fn key(models: &[GmmValidParams], job: &Job) -> Key {
    (models[job.model].n_components, job.restart)
}

/// The sample in which `k` initial centres are searched for, if all rows have the same weight.
fn sample(init: &Init, k: usize, seed: u64) -> RowSample {
    match init {
        Init::Rows => RowSample { seed, stream: 0, n_rows: k },
        _ => RowSample { seed, stream: SAMPLE_STREAM, n_rows: SAMPLED.max(SAMPLED_EACH * k) },
    }
}

/// Whether centres are searched for among all rows: these are in memory, and either few or weighted, or are drawn as centres.
fn is_direct(backend: &dyn Backend, init: &Init, sample: RowSample) -> bool {
    backend.as_matrix().is_some()
        && (backend.n_samples() <= sample.n_rows
            || matches!(init, Init::Rows)
            || backend.sample_weights().is_some())
}

/// Finds `k` initial centres among all rows.
fn centers_among(
    backend: &mut dyn Backend,
    init: &Init,
    k: usize,
    seed: u64,
) -> Result<Array2<f64>> {
    let rng = &mut stream(seed, 0);
    match (init, backend.as_matrix()) {
        (Init::Rows, Some(rows)) => Ok(kmeans::random_rows(&rows, k, rng)),
        (Init::KMeansPlusPlus, _) => kmeans::plus_plus(backend, k, rng),
        _ => Ok(KMeans::params(k).seed(seed).fit_backend(backend)?.centroids().to_owned()),
    }
}
