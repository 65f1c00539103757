//! Where a restart begins.

use std::fmt;
use std::str::FromStr;

use ndarray::{Array2, ArrayView2};
use rand::Rng;

use super::GaussianMixture;
use super::covariance::Scratch;
use super::params::GmmValidParams;
use super::statistics::Statistics;
use crate::columns::column_summaries;
use crate::error::{Error, Result};
use crate::kmeans::{self, KMeans};
use crate::random::stream;
use crate::rows::{Block, RowBlocks};

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

/// The model that a restart begins with.
///
/// # Errors
/// [`Error::EmptyComponent`] and [`Error::SingularCovariance`].
pub(super) fn start<R: RowBlocks + ?Sized>(
    rows: &R,
    params: &GmmValidParams,
    init: &Init,
    seed: u64,
) -> Result<GaussianMixture> {
    let k = params.n_components;
    let rng = &mut stream(seed, 0);
    match init {
        Init::Model(model) => Ok(model.as_ref().clone()),
        Init::Auto | Init::KMeans => {
            let model = KMeans::params(k).seed(seed).fit_rows(rows)?;
            from_centers(rows, params, model.centroids())
        }
        Init::KMeansPlusPlus => from_centers(rows, params, kmeans::plus_plus(rows, k, rng)?.view()),
        Init::Rows => from_centers(rows, params, kmeans::random_rows(rows, k, rng)?.view()),
        Init::Random => from_random_shares(rows, params, seed),
    }
}

/// An M-step with every row given to its nearest centre.
fn from_centers<R: RowBlocks + ?Sized>(
    rows: &R,
    params: &GmmValidParams,
    centers: ArrayView2<'_, f64>,
) -> Result<GaussianMixture> {
    let assign = |block: &Block, posterior: &mut [f64], _: &mut Scratch| {
        let nearest = kmeans::nearest(centers, block);
        posterior.fill(0.0);
        for (row, &label) in nearest.labels.iter().enumerate() {
            posterior[label * block.n_rows() + row] = 1.0;
        }
        0.0
    };
    Statistics::gather(rows, params.covariance_type, centers, assign)?.maximise(params.reg_covar)
}

/// An M-step with every row shared out to all components by uniform random numbers.
fn from_random_shares<R: RowBlocks + ?Sized>(
    rows: &R,
    params: &GmmValidParams,
    seed: u64,
) -> Result<GaussianMixture> {
    let summaries = column_summaries(rows)?;
    let shape = (params.n_components, rows.n_features());
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
    let statistics = Statistics::gather(rows, params.covariance_type, centers.view(), assign)?;
    statistics.maximise(params.reg_covar)
}
