//! What a pass is asked for, on its way to the processes that read the rows.

use std::any::Any;

use serde::{Deserialize, Serialize};

use super::wire::{from_bytes, not_understood};
use crate::error::{Error, Result};
use crate::mixture::em::assignment::Assignment;
use crate::mixture::em::pass::MixtureRequest;
use crate::preprocess::density_terms::DensityTerms;
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::moments::MomentsRequest;
use crate::rows::sample::RowSample;
use crate::rows::summaries::SummariesRequest;

/// What a pass should gather of rows after a preprocessor.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) preprocessor: Preprocessor,
    pub(super) job: Job,
}

/// What should be gathered.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Job {
    /// Range and mean of every column, about a row of each partition.
    Summaries,
    /// Second moments about a centre.
    Moments(MomentsRequest),
    /// Random rows.
    Sample(Vec<RowSample>),
    /// Statistics and evaluations of mixtures.
    Mixture(MixtureRequest<'static>),
    /// What a preprocessor adds to the log-likelihood.
    Terms(Box<DensityTerms<'static>>),
}

impl Job {
    /// The job of a request of the seam.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] if it cannot be made of rows that are elsewhere.
    pub(super) fn of(request: Option<Box<dyn Any + Send>>) -> Result<Self> {
        let request = match request.ok_or_else(not_for_clusters)?.downcast::<SummariesRequest>() {
            Ok(_) => return Ok(Self::Summaries),
            Err(other) => other,
        };
        let request = match request.downcast() {
            Ok(moments) => return Ok(Self::Moments(*moments)),
            Err(other) => other,
        };
        match request.downcast() {
            Ok(mixture) => Self::of_mixture(*mixture),
            Err(other) => other.downcast().map(Self::Terms).map_err(|_| not_for_clusters()),
        }
    }

    fn of_mixture(request: MixtureRequest<'static>) -> Result<Self> {
        let mut assignments = request.statistics.iter().map(|wanted| wanted.assignment.as_ref());
        // shares are drawn by the number of a row, which is not known where rows are shared out
        match assignments.any(|assignment| matches!(assignment, Assignment::Shares { .. })) {
            true => Err(Error::param("init", "random", "kmeans, kmeans++ or rows on a cluster")),
            false => Ok(Self::Mixture(request)),
        }
    }
}

impl Request {
    /// A request that was sent, of rows of `n_features` columns.
    ///
    /// # Errors
    /// [`not_understood`] if the bytes are no request, or it cannot be made of such rows.
    pub(super) fn from_bytes(bytes: &[u8], n_features: usize) -> Result<Self> {
        let request: Self = from_bytes(bytes)?;
        if request.suits(n_features) { Ok(request) } else { Err(not_understood()) }
    }

    fn suits(&self, n_features: usize) -> bool {
        let width = self.width(n_features);
        let suits_job = match &self.job {
            Job::Summaries | Job::Sample(_) => true,
            Job::Moments(request) => request.center.len() == width,
            Job::Mixture(MixtureRequest { statistics, evaluations }) => {
                let centers = |centers: (usize, usize)| centers.0 > 0 && centers.1 == width;
                statistics.iter().all(|wanted| centers(wanted.assignment.centers().dim()))
                    && evaluations.iter().all(|model| model.n_features() == width)
            }
            Job::Terms(terms) => takes(&terms.0, width),
        };
        suits_job && takes(&self.preprocessor, n_features)
    }

    /// Number of columns after the preprocessor.
    pub(super) fn width(&self, n_features: usize) -> usize {
        self.preprocessor.n_reduced().unwrap_or(n_features)
    }
}

/// Whether a preprocessor takes rows of so many columns.
pub(super) fn takes(preprocessor: &Preprocessor, n_features: usize) -> bool {
    preprocessor.n_features().is_none_or(|expected| expected == n_features)
}

/// The error for what cannot be asked of rows that are elsewhere.
pub(super) fn not_for_clusters() -> Error {
    Error::param(
        "what is asked of the rows",
        "not known to clusters",
        "rows in memory or in a file",
    )
}
