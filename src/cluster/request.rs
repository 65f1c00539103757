//! What a pass is asked for, on its way to the processes that read the rows.

use std::any::Any;
use std::borrow::Cow;

use super::parts::{
    pack_model, pack_preprocessor, pack_wanted, unpack_model, unpack_preprocessor, unpack_wanted,
};
use super::wire::{Packer, Unpacker, not_understood};
use crate::error::{Error, Result};
use crate::mixture::em::pass::MixtureRequest;
use crate::preprocess::density_terms::DensityTerms;
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::moments::{MomentsRequest, MomentsShape};
use crate::rows::sample::RowSample;
use crate::rows::summaries::SummariesRequest;

/// What a pass should gather of rows behind a preprocessor.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) preprocessor: Preprocessor,
    pub(super) job: Job,
}

/// What should be gathered.
#[derive(Debug)]
pub(super) enum Job {
    /// Range and mean of every column.
    Summaries(SummariesRequest),
    /// Second moments about a centre.
    Moments(MomentsRequest),
    /// Random rows.
    Sample(Vec<RowSample>),
    /// Statistics and evaluations of mixtures.
    Mixture(MixtureRequest<'static>),
    /// What a preprocessor adds to the log-likelihood.
    Terms(Box<DensityTerms<'static>>),
}

const SUMMARIES: usize = 0;
const MOMENTS: usize = 1;
const SAMPLE: usize = 2;
const MIXTURE: usize = 3;
const TERMS: usize = 4;

impl Job {
    /// The job of a request of the seam.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] if it cannot be made of rows that are elsewhere.
    pub(super) fn of(request: Option<Box<dyn Any + Send>>) -> Result<Self> {
        let unknown = || {
            Error::param(
                "what is asked of the rows",
                "not known to clusters",
                "rows in memory or in a file",
            )
        };
        let request = request.ok_or_else(unknown)?;
        let request = match request.downcast() {
            Ok(summaries) => return Ok(Self::Summaries(*summaries)),
            Err(other) => other,
        };
        let request = match request.downcast() {
            Ok(moments) => return Ok(Self::Moments(*moments)),
            Err(other) => other,
        };
        let request = match request.downcast() {
            Ok(mixture) => return Ok(Self::Mixture(*mixture)),
            Err(other) => other,
        };
        request.downcast().map(Self::Terms).map_err(|_| unknown())
    }
}

impl Request {
    /// The request as bytes.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for random shares, which cannot be sent.
    pub(super) fn pack(&self) -> Result<Vec<u8>> {
        let packer = &mut Packer::default();
        pack_preprocessor(packer, &self.preprocessor);
        match &self.job {
            Job::Summaries(_) => packer.count(SUMMARIES),
            Job::Moments(MomentsRequest { center, shape }) => {
                packer.count(MOMENTS);
                packer.numbers(center);
                packer.count(usize::from(*shape == MomentsShape::Scatter));
            }
            Job::Sample(samples) => {
                packer.count(SAMPLE);
                packer.count(samples.len());
                for sample in samples {
                    packer.count(sample.seed as usize);
                    packer.count(sample.stream as usize);
                    packer.count(sample.n_rows);
                }
            }
            Job::Mixture(MixtureRequest { statistics, evaluations }) => {
                packer.count(MIXTURE);
                packer.count(statistics.len());
                statistics.iter().try_for_each(|wanted| pack_wanted(packer, wanted))?;
                packer.count(evaluations.len());
                evaluations.iter().for_each(|model| pack_model(packer, model));
            }
            Job::Terms(terms) => {
                packer.count(TERMS);
                pack_preprocessor(packer, &terms.0);
            }
        }
        Ok(std::mem::take(packer).end())
    }

    pub(super) fn unpack(bytes: &[u8]) -> Result<Self> {
        let unpacker = &mut Unpacker::new(bytes);
        let preprocessor = unpack_preprocessor(unpacker)?;
        let job = match unpacker.count()? {
            SUMMARIES => Job::Summaries(SummariesRequest::default()),
            MOMENTS => {
                let center = unpacker.numbers()?;
                let shape = match unpacker.count()? {
                    0 => MomentsShape::Squares,
                    _ => MomentsShape::Scatter,
                };
                Job::Moments(MomentsRequest { center, shape })
            }
            SAMPLE => Job::Sample(unpacker.list(|unpacker| {
                let seed = unpacker.count()? as u64;
                let stream = unpacker.count()? as u64;
                Ok(RowSample { seed, stream, n_rows: unpacker.count()? })
            })?),
            MIXTURE => {
                let statistics = unpacker.list(unpack_wanted)?;
                let evaluations = unpacker.list(unpack_model)?.into_iter().map(Cow::Owned);
                Job::Mixture(MixtureRequest { statistics, evaluations: evaluations.collect() })
            }
            TERMS => {
                let preprocessor = Cow::Owned(unpack_preprocessor(unpacker)?);
                Job::Terms(Box::new(DensityTerms(preprocessor)))
            }
            _ => return Err(not_understood()),
        };
        Ok(Self { preprocessor, job })
    }

    /// Whether it can be asked of rows of so many columns.
    pub(super) fn suits(&self, n_features: usize) -> bool {
        let takes = |preprocessor: &Preprocessor| {
            preprocessor.n_features().is_none_or(|expected| expected == n_features)
        };
        let width = self.preprocessor.n_reduced().unwrap_or(n_features);
        let suits_job = match &self.job {
            Job::Summaries(_) | Job::Sample(_) => true,
            Job::Moments(request) => request.center.len() == width,
            Job::Mixture(MixtureRequest { statistics, evaluations }) => {
                statistics.iter().all(|wanted| wanted.assignment.centers().ncols() == width)
                    && evaluations.iter().all(|model| model.n_features() == width)
            }
            Job::Terms(terms) => takes(&terms.0),
        };
        suits_job && takes(&self.preprocessor)
    }
}
