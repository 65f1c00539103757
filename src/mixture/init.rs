//! Where a restart begins.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use ndarray::{Array2, ArrayView2};
use rand::Rng;

use super::GaussianMixture;
use super::covariance::Scratch;
use super::params::GmmValidParams;
use super::statistics::Workspace;
use crate::columns::column_summaries;
use crate::error::{Error, Result};
use crate::kmeans::{self, KMeans, Nearest};
use crate::random::stream;
use crate::rows::{Block, MatrixRows, Reader};

/// How a restart begins.
///
/// All but [`Init::Model`] make a first M-step from responsibilities: each row belongs wholly to the
/// nearest of k centres, or, for [`Init::Random`], to all components in random shares.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub enum Init {
    /// [`Init::KMeans`] for the first restart and every second one after it, [`Init::Rows`] for the others.
    /// In few dimensions k-means mostly ends in the same clustering, so that ten starts from it are no
    /// better than one, and random rows reach other optima; in many dimensions k-means starts higher.
    #[default]
    Auto,
    /// Centres from k-means.
    KMeans,
    /// The seeds of k-means++ as centres.
    KMeansPlusPlus,
    /// Random distinct rows as centres.
    Rows,
    /// Random responsibilities.
    Random,
    /// Given parameters: EM goes on from a model of any covariance family.
    Model(Box<GaussianMixture>),
}

impl fmt::Display for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auto => "auto",
            Self::KMeans => "kmeans",
            Self::KMeansPlusPlus => "kmeans++",
            Self::Rows => "rows",
            Self::Random => "random",
            Self::Model(_) => "model",
        })
    }
}

impl FromStr for Init {
    type Err = Error;

    /// Parses the name of a start that needs no model.
    fn from_str(name: &str) -> Result<Self> {
        let named = [Self::Auto, Self::KMeans, Self::KMeansPlusPlus, Self::Rows, Self::Random];
        let found = named.into_iter().find(|init| init.to_string() == name);
        found.ok_or_else(|| Error::param("init", name, "auto, kmeans, kmeans++, rows or random"))
    }
}

impl Init {
    /// The start of one restart: never [`Init::Auto`].
    pub(super) fn of_restart(&self, index: usize) -> &Self {
        match self {
            Self::Auto if index.is_multiple_of(2) => &Self::KMeans,
            Self::Auto => &Self::Rows,
            named => named,
        }
    }
}

/// Centres that restarts begin with, found when they are first asked for: fits that differ only in their covariances
/// share them.
#[derive(Debug, Default)]
pub(super) struct SharedCenters(Vec<OnceLock<Result<Array2<f64>>>>);

impl SharedCenters {
    pub(super) fn new(n_restarts: usize) -> Self {
        Self((0..n_restarts).map(|_| OnceLock::new()).collect())
    }
}

/// Where one restart begins.
pub(super) struct Start<'a> {
    /// Never [`Init::Auto`].
    pub(super) init: &'a Init,
    pub(super) restart: usize,
    pub(super) seed: u64,
    pub(super) centers: &'a SharedCenters,
}

impl Start<'_> {
    /// The model.
    ///
    /// # Errors
    /// [`Error::EmptyComponent`] and [`Error::SingularCovariance`].
    pub(super) fn model(
        &self,
        workspace: &mut Workspace<'_>,
        params: &GmmValidParams,
    ) -> Result<GaussianMixture> {
        match self.init {
            Init::Model(model) => Ok(model.as_ref().clone()),
            Init::Random => from_random_shares(workspace, params, self.seed),
            of_centers => {
                let rows = &mut workspace.rows;
                let find = || centers(rows, params.n_components, of_centers, self.seed);
                match self.centers.0[self.restart].get_or_init(find) {
                    Ok(centers) => from_centers(workspace, params, centers.view()),
                    Err(error) => Err(error.clone()),
                }
            }
        }
    }
}

/// Most rows that k-means runs over, or, if there are many components, [`SAMPLED_EACH`] for each: enough to see where
/// the components are, and so k-means never costs more than the EM that it starts.
const SAMPLED: usize = 1 << 15;

/// Rows for each component that k-means runs over at least, if there are as many.
const SAMPLED_EACH: usize = 64;

/// The `k` centres that a restart begins with, found among all rows or, where there are very many of the same weight, in
/// a sample.
fn centers(rows: &mut Reader<'_>, k: usize, init: &Init, seed: u64) -> Result<Array2<f64>> {
    let n_sampled = SAMPLED.max(SAMPLED_EACH * k);
    let source = rows.rows();
    let few = source.n_samples() <= n_sampled;
    if few || matches!(init, Init::Rows) || source.sample_weights()?.is_some() {
        return centers_among(rows, k, init, seed);
    }
    let rng = &mut stream(seed, 1);
    let sample = kmeans::random_rows(source, n_sampled, rng)?;
    centers_among(&mut Reader::new(&MatrixRows::from_records(sample.view())?), k, init, seed)
}

/// The `k` centres that a restart begins with.
fn centers_among(rows: &mut Reader<'_>, k: usize, init: &Init, seed: u64) -> Result<Array2<f64>> {
    let rng = &mut stream(seed, 0);
    match init {
        Init::KMeansPlusPlus => kmeans::plus_plus(rows, k, rng),
        Init::Rows => kmeans::random_rows(rows.rows(), k, rng),
        _ => Ok(KMeans::params(k).seed(seed).fit_rows(rows)?.centroids().to_owned()),
    }
}

/// An M-step with every row given to its nearest centre.
fn from_centers(
    workspace: &mut Workspace<'_>,
    params: &GmmValidParams,
    centers: ArrayView2<'_, f64>,
) -> Result<GaussianMixture> {
    let assign = |block: &Block, posterior: &mut [f64], _: &mut Scratch| {
        let mut nearest = Nearest::default();
        nearest.find(centers, block);
        posterior.fill(0.0);
        for (row, &label) in nearest.labels.iter().enumerate() {
            posterior[label * block.n_rows() + row] = 1.0;
        }
        0.0
    };
    first_step(workspace, params, centers, assign)
}

/// An M-step with every row shared out to all components by uniform random numbers.
fn from_random_shares(
    workspace: &mut Workspace<'_>,
    params: &GmmValidParams,
    seed: u64,
) -> Result<GaussianMixture> {
    let summaries = column_summaries(&mut workspace.rows)?;
    let shape = (params.n_components, summaries.len());
    let centers = Array2::from_shape_fn(shape, |(_, j)| summaries[j].mean);
    let assign = |block: &Block, posterior: &mut [f64], _: &mut Scratch| {
        let rng = &mut stream(seed, 1 + block.first_row() as u64);
        let n = block.n_rows();
        for row in 0..n {
            let mut total = 0.0;
            for share in posterior[row..].iter_mut().step_by(n) {
                *share = rng.gen_range(f64::EPSILON..1.0);
                total += *share;
            }
            for share in posterior[row..].iter_mut().step_by(n) {
                *share /= total;
            }
        }
        0.0
    };
    first_step(workspace, params, centers.view(), assign)
}

/// An M-step from the responsibilities that `assign` writes, about `centers`.
fn first_step(
    workspace: &mut Workspace<'_>,
    params: &GmmValidParams,
    centers: ArrayView2<'_, f64>,
    assign: impl Fn(&Block, &mut [f64], &mut Scratch) -> f64 + Sync,
) -> Result<GaussianMixture> {
    let spare = workspace.spare();
    let statistics = workspace.gather(params.covariance_type, centers, assign)?;
    statistics.maximise(params.reg_covar, spare)
}
