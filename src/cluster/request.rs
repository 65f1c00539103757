//! Requests of passes, as they are sent to the processes that read the rows.

use std::any::Any;

use serde::{Deserialize, Serialize};

use super::wire::{from_bytes, protocol_error};
use crate::error::{Error, Result};
use crate::mixture::em::pass::MixtureRequest;
use crate::preprocess::density_terms::DensityTerms;
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::moments::{MomentsRequest, MomentsShape};
use crate::rows::sample::RowSample;
use crate::rows::summaries::SummariesRequest;

/// A request of one pass over the rows after a preprocessor.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) preprocessor: Preprocessor,
    pub(super) computation: Computation,
}

/// The computation of a pass.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Computation {
    /// Range and mean of every column, relative to a row of each partition.
    Summaries,
    /// Second moments about a centre.
    Moments(MomentsRequest),
    /// Random samples of the rows.
    Sample(Vec<RowSample>),
    /// Statistics and evaluations of mixtures.
    Mixture(MixtureRequest<'static>),
    /// Terms of a preprocessor in the log-likelihood.
    Terms(Box<DensityTerms<'static>>),
}

impl Computation {
    /// Converts the request of a pass.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] if it cannot be computed on other machines.
    pub(super) fn of(request: Option<Box<dyn Any + Send>>) -> Result<Self> {
        let request =
            match request.ok_or_else(unsupported_on_clusters)?.downcast::<SummariesRequest>() {
                Ok(_) => return Ok(Self::Summaries),
                Err(other) => other,
            };
        let request = match request.downcast() {
            Ok(moments) => return Ok(Self::Moments(*moments)),
            Err(other) => other,
        };
        match request.downcast() {
            Ok(mixture) => Self::of_mixture(*mixture),
            Err(other) => other.downcast().map(Self::Terms).map_err(|_| unsupported_on_clusters()),
        }
    }

    fn of_mixture(request: MixtureRequest<'static>) -> Result<Self> {
        let mut assignments = request.statistics.iter().map(|wanted| wanted.assignment.as_ref());
        // shares are drawn by the index of a row, which an executor does not have
        if assignments.any(|assignment| assignment.is_random()) {
            return Err(Error::param("init", "random", "kmeans, kmeans++ or rows on a cluster"));
        }
        Ok(Self::Mixture(request))
    }
}

impl Request {
    /// Decodes a request for rows of `n_features` columns.
    ///
    /// # Errors
    /// [`protocol_error`] if the bytes are not a request, or it does not fit such rows.
    pub(super) fn from_bytes(bytes: &[u8], n_features: usize) -> Result<Self> {
        let request: Self = from_bytes(bytes)?;
        if request.fits(n_features) { Ok(request) } else { Err(protocol_error()) }
    }

    fn fits(&self, n_features: usize) -> bool {
        let width = self.width(n_features);
        let computation_fits = match &self.computation {
            Computation::Summaries | Computation::Sample(_) => true,
            Computation::Moments(MomentsRequest { center, shape }) => {
                center.len() == width
                    && match shape {
                        MomentsShape::Squares | MomentsShape::Scatter => true,
                        MomentsShape::Along(directions) => {
                            width > 0 && directions.len().is_multiple_of(width)
                        }
                    }
            }
            Computation::Mixture(MixtureRequest { layout, statistics, evaluations }) => {
                layout.fits(width)
                    && statistics.iter().all(|wanted| wanted.fits(layout, width))
                    && evaluations.iter().all(|model| model.fits(layout, width))
            }
            Computation::Terms(terms) => accepts(&terms.preprocessor, width),
        };
        computation_fits && accepts(&self.preprocessor, n_features)
    }

    /// Number of columns after the preprocessor.
    pub(super) fn width(&self, n_features: usize) -> usize {
        self.preprocessor.n_reduced().unwrap_or(n_features)
    }
}

/// Whether a preprocessor accepts rows of `n_features` columns.
pub(super) fn accepts(preprocessor: &Preprocessor, n_features: usize) -> bool {
    preprocessor.n_features().is_none_or(|expected| expected == n_features)
}

/// Creates the error for a computation that cannot be sent to other machines.
pub(super) fn unsupported_on_clusters() -> Error {
    Error::param("the computation", "unsupported on clusters", "run on rows in memory or in a file")
}
