//! Initial centres of restarts, shared by models that differ only in their covariances.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::columns::FitColumns;
use super::fits::{Job, LOCKSTEP_BYTES};
use crate::compute::linalg;
use crate::compute::random::stream;
use crate::error::Result;
use crate::kmeans::{self, KMeans};
use crate::mixture::GaussianMixture;
use crate::mixture::em::assignment::{Assignment, Shares, Start};
use crate::mixture::em::start_space::{NumberMap, StartSpace};
use crate::mixture::init::{Init, Units};
use crate::mixture::params::GmmValidParams;
use crate::rows::backend::Backend;
use crate::rows::sample::RowSample;
use crate::rows::{LocalBackend, MatrixRows};

/// Maximum number of rows for the initial k-means, or [`SAMPLED_EACH`] rows for each component if there are many: enough to
/// locate the components, and few enough that k-means never costs more than the EM that follows it.
const SAMPLED: usize = 1 << 15;

/// Minimum number of rows for each component in the initial k-means, if the data have this many.
const SAMPLED_EACH: usize = 64;

/// Maximum number of columns that are whitened: k-means of more finds their noise.
const MOST_WHITENED: usize = 64;

/// Minimum number of rows for each column that is whitened.
const LEAST_EACH: usize = 4;

/// The stream of random numbers for samples. Backends whose rows have no order draw one sample of this stream for all
/// restarts.
pub(crate) const SAMPLE_STREAM: u64 = 1;

/// Number of components and restart, which determine the initial centres.
type Key = (usize, usize);

/// The initialisation of the restarts of a set of models.
pub(super) struct Starts<'a> {
    pub(super) models: &'a [GmmValidParams],
    pub(super) columns: &'a FitColumns,
    centers: HashMap<Key, OnceLock<Result<Centers>>>,
    /// The best of short runs, by model and restart; none if there are no runs.
    pub(super) short_runs: HashMap<(usize, usize), OnceLock<Option<GaussianMixture>>>,
    /// The rows of short runs.
    pub(super) sample: OnceLock<Arc<Array2<f64>>>,
}

/// Initial centres, (k, D), and the space that they are in.
#[derive(Debug, Clone)]
struct Centers {
    coordinates: Array2<f64>,
    space: StartSpace,
}

impl<'a> Starts<'a> {
    pub(super) fn new(models: &'a [GmmValidParams], columns: &'a FitColumns, jobs: &[Job]) -> Self {
        let keys = jobs.iter().map(|job| (key(models, job), OnceLock::new()));
        let short = jobs.iter().map(|job| ((job.model, job.restart), OnceLock::new()));
        let (centers, short_runs) = (keys.collect(), short.collect());
        Self { models, columns, centers, short_runs, sample: OnceLock::new() }
    }

    /// Finds the initial centres of restarts, unless they are already known. Centres from samples of the rows take as few
    /// passes as memory allows.
    ///
    /// # Errors
    /// Any error from reading the rows.
    pub(super) fn find(&self, backend: &mut dyn Backend, jobs: &[Job]) -> Result<()> {
        let mut sampled: BTreeMap<RowSample, BTreeMap<Key, &Job>> = BTreeMap::new();
        let is_short = |job: &&Job| matches!(self.init(job).0, Init::ShortRuns);
        let short: Vec<&Job> = jobs.iter().filter(is_short).collect();
        self.run_short(backend, &short)?;
        for job in jobs.iter().filter(|job| self.short_run(job).is_none()) {
            let ((init, units), key) = (self.init(job), key(self.models, job));
            if matches!(init, Init::Model(_) | Init::Random) || self.centers[&key].get().is_some() {
                continue;
            }
            let sample = sample(init, key.0, job.seed);
            if is_direct(backend, init, sample) {
                let centers = self.centers_among_all(backend, (init, units), key.0, job.seed);
                // another thread may have found the same centres: none waits for another, which could be waiting for its tasks
                let _ = self.centers[&key].set(centers);
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
        if let Some(model) = self.short_run(job) {
            return Ok(Assignment::Posterior(model.clone()));
        }
        let n_components = self.models[job.model].n_components;
        match self.init(job).0 {
            Init::Model(model) => {
                let model = model.as_ref().clone().starting_with(self.models[job.model].tails);
                Ok(Assignment::Posterior(model))
            }
            Init::Random => {
                let columns = &self.columns.numeric;
                let shape = (n_components, columns.len());
                let centers = Array2::from_shape_fn(shape, |(_, j)| columns[j].mean);
                Ok(self.start(centers, Shares::Random { seed: job.seed }))
            }
            _ => {
                let centers = self.centers[&key(self.models, job)].get();
                let Centers { coordinates, space } = centers.expect("found before").clone()?;
                let of_numbers = space.numbers(coordinates.view(), self.columns.numeric.len());
                let shares = Shares::Nearest { centers: coordinates, space };
                Ok(self.start(of_numbers, shares))
            }
        }
    }

    fn start(&self, centers: Array2<f64>, shares: Shares) -> Assignment {
        let variances = self.columns.numeric.iter().map(|column| column.variance).collect();
        Assignment::Start(Start { centers, variances, shares })
    }

    /// Finds `k` initial centres among all rows, which are in memory.
    fn centers_among_all(
        &self,
        backend: &mut dyn Backend,
        (init, units): (&Init, Units),
        k: usize,
        seed: u64,
    ) -> Result<Centers> {
        let matrix = backend.as_matrix().expect("in memory");
        let space = self.space(units, matrix.records());
        if space.is_identity() {
            let coordinates = centers_among(backend, init, k, seed)?;
            return Ok(Centers { coordinates, space });
        }
        if draws_rows(init) {
            let rows = kmeans::random_rows(&matrix, k, &mut stream(seed, 0));
            let coordinates = space.complete(space.coordinates(rows.view())?);
            return Ok(Centers { coordinates, space });
        }
        let coordinates = space.coordinates(matrix.records())?;
        let weights = matrix.sample_weights_f32();
        let has_missing = coordinates.iter().any(|value| value.is_nan());
        let rows = MatrixRows::from_checked(coordinates.view(), weights, has_missing);
        let centers = centers_among(&mut LocalBackend::new(rows), init, k, seed)?;
        Ok(Centers { coordinates: space.complete(centers), space })
    }

    /// Finds `k` initial centres among sampled rows.
    fn centers_among_sample(
        &self,
        drawn: &Array2<f64>,
        (init, units): (&Init, Units),
        k: usize,
        seed: u64,
    ) -> Result<Centers> {
        let space = self.space(units, drawn.view());
        let coordinates = space.coordinates(drawn.view())?;
        if draws_rows(init) {
            return Ok(Centers { coordinates: space.complete(coordinates), space });
        }
        let rows = MatrixRows::from_records(coordinates.view())?;
        let centers = centers_among(&mut LocalBackend::new(rows), init, k, seed)?;
        Ok(Centers { coordinates: space.complete(centers), space })
    }

    /// The space of a start with these units, of which rows show the covariance. Rows that are few for their columns, or not
    /// complete, are scaled instead of whitened.
    fn space(&self, units: Units, rows: ArrayView2<'_, f64>) -> StartSpace {
        let FitColumns { layout, numeric } = self.columns;
        let means = || numeric.iter().map(|column| column.mean).collect();
        let scaled = || {
            let deviations = numeric.iter().map(|column| column.variance.sqrt()).collect();
            NumberMap::Scaled { means: means(), deviations }
        };
        let numbers = match units {
            Units::Data => NumberMap::Identity,
            Units::Scaled => scaled(),
            Units::Whitened => match self.inverse_factor(rows) {
                Some(inverse) => NumberMap::Whitened { means: means(), inverse },
                None => scaled(),
            },
        };
        StartSpace::new(layout, numeric, numbers)
    }

    /// `L⁻¹` of the covariance `L Lᵀ` of the numbers of rows.
    fn inverse_factor(&self, rows: ArrayView2<'_, f64>) -> Option<Array2<f64>> {
        let FitColumns { layout, numeric } = self.columns;
        let d = numeric.len();
        if layout.may_be_missing || d > MOST_WHITENED || rows.nrows() < LEAST_EACH * d {
            return None;
        }
        let is_number = |column: &usize| layout.categorical.binary_search(column).is_err();
        let numbers: Vec<usize> = (0..rows.ncols()).filter(is_number).collect();
        let value = |(row, at): (usize, usize)| {
            (rows[[row, numbers[at]]] - numeric[at].mean) / numeric[at].variance.sqrt()
        };
        let scaled = Array2::from_shape_fn((rows.nrows(), d), value);
        let covariance = linalg::product(scaled.t(), scaled.view()) / rows.nrows() as f64;
        let mut inverse = linalg::inverse_cholesky(covariance.as_standard_layout().into_owned())?;
        for (mut factors, column) in inverse.columns_mut().into_iter().zip(numeric) {
            factors /= column.variance.sqrt();
        }
        Some(inverse)
    }

    /// The initialisation of a restart, never [`Init::Auto`], and its units.
    fn init(&self, job: &Job) -> (&'a Init, Units) {
        self.models[job.model].init.of_restart(job.restart)
    }
}

/// Whether initial centres are rows.
fn draws_rows(init: &Init) -> bool {
    matches!(init, Init::Rows | Init::ScaledRows | Init::ShortRuns)
}

fn key(models: &[GmmValidParams], job: &Job) -> Key {
    (models[job.model].n_components, job.restart)
}

/// The sample in which `k` initial centres are searched for, if all rows have the same weight.
fn sample(init: &Init, k: usize, seed: u64) -> RowSample {
    match init {
        init if draws_rows(init) => RowSample { seed, stream: 0, n_rows: k },
        _ => RowSample { seed, stream: SAMPLE_STREAM, n_rows: SAMPLED.max(SAMPLED_EACH * k) },
    }
}

/// Whether centres are searched for among all rows: these are in memory, and either few or weighted, or are drawn as centres.
fn is_direct(backend: &dyn Backend, init: &Init, sample: RowSample) -> bool {
    backend.as_matrix().is_some()
        && (backend.n_samples() <= sample.n_rows
            || draws_rows(init)
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
        (init, Some(rows)) if draws_rows(init) => Ok(kmeans::random_rows(&rows, k, rng)),
        (Init::KMeansPlusPlus, _) => kmeans::plus_plus(backend, k, rng),
        _ => Ok(KMeans::params(k).seed(seed).fit_backend(backend)?.centroids().to_owned()),
    }
}
