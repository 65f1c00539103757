//! Where a restart begins.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use ndarray::Array2;
use rand::seq::index;

use super::GaussianMixture;
use super::em::assignment::Assignment;
use super::params::GmmValidParams;
use crate::compute::random::stream;
use crate::error::{Error, Result};
use crate::kmeans::{self, KMeans};
use crate::rows::summaries::{ColumnSummary, column_summaries};
use crate::rows::{MatrixRows, Reader, select};

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

    /// The centres of a restart, which `find` finds if nobody has asked for them yet.
    pub(super) fn get(
        &self,
        restart: usize,
        find: impl FnOnce() -> Result<Array2<f64>>,
    ) -> Result<Array2<f64>> {
        self.0[restart].get_or_init(find).clone()
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
    /// What gives rows to components in the first pass.
    ///
    /// # Errors
    /// What reading the rows raises; those of k-means.
    pub(super) fn assignment(
        &self,
        rows: &mut Reader<'_>,
        params: &GmmValidParams,
    ) -> Result<Assignment> {
        match self.init {
            Init::Model(model) => Ok(Assignment::Posterior(model.as_ref().clone())),
            Init::Random => {
                let summaries = column_summaries(rows)?;
                Ok(random_shares(params.n_components, &summaries, self.seed))
            }
            of_centers => {
                let find = || centers(rows, params.n_components, of_centers, self.seed);
                self.centers.get(self.restart, find).map(Assignment::Nearest)
            }
        }
    }
}

/// Random shares, with sums about the means of the columns.
pub(super) fn random_shares(k: usize, columns: &[ColumnSummary], seed: u64) -> Assignment {
    let centers = Array2::from_shape_fn((k, columns.len()), |(_, j)| columns[j].mean);
    Assignment::Shares { centers, seed }
}

/// Most rows that k-means runs over, or, if there are many components, [`SAMPLED_EACH`] for each: enough to see where
/// the components are, and so k-means never costs more than the EM that it starts.
const SAMPLED: usize = 1 << 15;

/// Rows for each component that k-means runs over at least, if there are as many.
const SAMPLED_EACH: usize = 64;

/// The stream of random numbers that samples are drawn by.
const SAMPLE_STREAM: u64 = 1;

/// Rows, drawn at random without replacement, that the centres of a restart are found among.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Draw {
    pub(crate) seed: u64,
    /// The stream of random numbers under the seed.
    pub(crate) stream: u64,
    /// How many; all, in their order, if there are no more.
    pub(crate) n_rows: usize,
}

impl Draw {
    /// What the `k` centres of a restart that begins so are found among, where rows all have the same weight.
    pub(super) fn of(init: &Init, k: usize, seed: u64) -> Self {
        match init {
            Init::Rows => Self { seed, stream: 0, n_rows: k },
            _ => Self { seed, stream: SAMPLE_STREAM, n_rows: SAMPLED.max(SAMPLED_EACH * k) },
        }
    }

    /// Whether the rows are a sample that k-means runs over, not centres themselves.
    #[cfg(feature = "cluster")]
    pub(crate) fn is_sample(self) -> bool {
        self.stream == SAMPLE_STREAM
    }

    /// Indices of the rows among `n_samples`.
    pub(crate) fn indices(self, n_samples: usize) -> Vec<usize> {
        match n_samples <= self.n_rows {
            true => (0..n_samples).collect(),
            false => {
                let rng = &mut stream(self.seed, self.stream);
                index::sample(rng, n_samples, self.n_rows).into_vec()
            }
        }
    }
}

/// The `k` centres that a restart begins with, found among all rows or, where there are very many of the same weight, in
/// a sample.
fn centers(rows: &mut Reader<'_>, k: usize, init: &Init, seed: u64) -> Result<Array2<f64>> {
    let source = rows.rows();
    let draw = Draw::of(init, k, seed);
    if source.n_samples() <= draw.n_rows
        || matches!(init, Init::Rows)
        || source.sample_weights().is_some()
    {
        return centers_among(rows, k, init, seed);
    }
    let sample = select(source, &draw.indices(source.n_samples()))?;
    centers_among(&mut Reader::new(&MatrixRows::from_records(sample.view())?), k, init, seed)
}

/// The `k` centres that a restart begins with, found among rows that were drawn for it.
pub(super) fn centers_among_drawn(
    drawn: &Array2<f64>,
    k: usize,
    init: &Init,
    seed: u64,
) -> Result<Array2<f64>> {
    match init {
        Init::Rows => Ok(drawn.clone()),
        _ => {
            let rows = MatrixRows::from_records(drawn.view())?;
            centers_among(&mut Reader::new(&rows), k, init, seed)
        }
    }
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
