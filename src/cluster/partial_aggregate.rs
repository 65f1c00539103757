//! What a partition gathers, and what becomes of the sums of all partitions.

use std::any::Any;

use super::bottom_k_sample::BottomKSample;
use super::parts::{pack_statistics, unpack_statistics};
use super::request::{Job, Request};
use super::wire::{Packer, Unpacker, not_understood};
use crate::error::{Error, Result};
use crate::mixture::em::evaluation::Evaluation;
use crate::mixture::em::pass::MixtureSums;
use crate::mixture::em::statistics::Statistics;
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::moments::RowMoments;
use crate::rows::pass::PassRequest;
use crate::rows::summaries::Summaries;
use crate::rows::{Block, block_rows};

/// Sums over rows. They add up in any order.
pub(super) enum Sums {
    Summaries(Summaries),
    Moments(RowMoments),
    Samples(Vec<BottomKSample>),
    Mixture(MixtureSums),
    Terms(f64),
}

/// Sums while rows are added to them.
pub(crate) struct PartialAggregate {
    sums: Sums,
    request: Request,
    /// Rows as they are, and behind the preprocessor.
    data: Block,
    reduced: Block,
}

impl PartialAggregate {
    /// Begins what a request asks for of rows with so many columns.
    pub(crate) fn begin(request: &[u8], n_features: usize) -> Result<Self> {
        let request = Request::unpack(request)?;
        if !request.suits(n_features) {
            return Err(not_understood());
        }
        let width = request.preprocessor.n_reduced().unwrap_or(n_features);
        let sums = match &request.job {
            Job::Summaries(request) => Sums::Summaries(begun(request, width)),
            Job::Moments(request) => Sums::Moments(begun(request, width)),
            Job::Sample(samples) => {
                Sums::Samples(samples.iter().copied().map(BottomKSample::new).collect())
            }
            Job::Mixture(request) => Sums::Mixture(begun(request, width)),
            Job::Terms(request) => Sums::Terms(begun(request.as_ref(), width)),
        };
        Ok(Self { sums, request, data: Block::default(), reduced: Block::default() })
    }

    /// Adds rows, given as columns of equal length.
    pub(crate) fn add(&mut self, columns: &[&[f64]]) -> Result<()> {
        check_finite(columns)?;
        let (n_rows, d) = (columns.first().map_or(0, |column| column.len()), columns.len());
        let at_once = block_rows(d);
        for first in (0..n_rows).step_by(at_once) {
            let run = first..n_rows.min(first + at_once);
            self.data.fill_by_feature(0, (run.len(), d), |features| {
                for (to, column) in features.chunks_exact_mut(run.len()).zip(columns) {
                    to.copy_from_slice(&column[run.clone()]);
                }
                Ok(())
            })?;
            self.add_block()?;
        }
        Ok(())
    }

    /// Adds the rows that were read.
    fn add_block(&mut self) -> Result<()> {
        let Self { sums, request: Request { preprocessor, job }, data, reduced } = self;
        let rows = behind(preprocessor, data, reduced)?;
        match (job, sums) {
            (Job::Summaries(request), Sums::Summaries(sums)) => request.add(rows, sums),
            (Job::Moments(request), Sums::Moments(sums)) => request.add(rows, sums),
            (Job::Mixture(request), Sums::Mixture(sums)) => request.add(rows, sums),
            (Job::Terms(request), Sums::Terms(sums)) => request.add(rows, sums),
            (Job::Sample(_), Sums::Samples(samples)) => {
                samples.iter_mut().for_each(|sample| sample.add(rows));
                Ok(())
            }
            _ => Err(not_understood()),
        }
    }

    /// The sums as bytes.
    pub(crate) fn pack(&self) -> Vec<u8> {
        self.sums.pack()
    }

    /// Adds packed sums.
    pub(crate) fn merge(&mut self, bytes: &[u8]) -> Result<()> {
        self.sums.merge(Sums::unpack(bytes)?)
    }

    /// Bytes of memory that it takes, or thereabouts.
    pub(crate) fn size(&self) -> usize {
        let of_statistics = |statistics: &Statistics| {
            let moments = statistics.moments();
            8 * (moments.second().len() + 2 * moments.centers().len())
        };
        let sums = match &self.sums {
            Sums::Samples(samples) => samples.iter().map(BottomKSample::size).sum(),
            Sums::Mixture(sums) => sums.statistics.iter().map(of_statistics).sum(),
            _ => 0,
        };
        size_of::<Self>() + sums
    }
}

impl std::fmt::Debug for PartialAggregate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartialAggregate").finish_non_exhaustive()
    }
}

/// An empty accumulator of a request.
fn begun<R: PassRequest>(request: &R, n_features: usize) -> R::Accumulator {
    let mut sums = R::Accumulator::default();
    request.begin(n_features, &mut sums);
    sums
}

/// Rows behind a preprocessor.
pub(super) fn behind<'b>(
    preprocessor: &Preprocessor,
    data: &'b Block,
    reduced: &'b mut Block,
) -> Result<&'b Block> {
    if preprocessor.is_identity() {
        return Ok(data);
    }
    reduced.fill(0, preprocessor.try_transform(data.records())?.view());
    Ok(reduced)
}

/// Refuses columns with a value that is NaN or infinite.
///
/// # Errors
/// [`Error::NonFinite`] naming the first one.
pub(super) fn check_finite(columns: &[&[f64]]) -> Result<()> {
    let finite = |values: &[f64]| values.iter().fold(true, |all, value| all & value.is_finite());
    match columns.iter().position(|values| !finite(values)) {
        Some(column) => {
            let row = columns[column].iter().position(|value| !value.is_finite()).unwrap_or(0);
            Err(Error::NonFinite { row, column, value: columns[column][row] })
        }
        None => Ok(()),
    }
}

impl Sums {
    fn pack(&self) -> Vec<u8> {
        let mut packer = Packer::default();
        match self {
            Self::Summaries(Summaries { total, origin, offsets, ranges }) => {
                packer.count(0);
                packer.number(*total);
                packer.numbers(origin);
                packer.numbers(offsets);
                packer.numbers(ranges.iter().flat_map(|(low, high)| [low, high]));
            }
            Self::Moments(RowMoments { total, second, .. }) => {
                packer.count(1);
                packer.number(*total);
                packer.numbers(second);
            }
            Self::Samples(samples) => {
                packer.count(2);
                packer.count(samples.len());
                samples.iter().for_each(|sample| sample.pack(&mut packer));
            }
            Self::Mixture(sums) => {
                packer.count(3);
                packer.count(sums.statistics.len());
                sums.statistics.iter().for_each(|one| pack_statistics(&mut packer, one));
                packer.count(sums.evaluations.len());
                for &Evaluation { total, log_likelihood, log_certainty } in &sums.evaluations {
                    let sums = [total, log_likelihood, log_certainty];
                    sums.into_iter().for_each(|sum| packer.number(sum));
                }
            }
            Self::Terms(sum) => {
                packer.count(4);
                packer.number(*sum);
            }
        }
        packer.end()
    }

    pub(super) fn unpack(bytes: &[u8]) -> Result<Self> {
        let unpacker = &mut Unpacker::new(bytes);
        Ok(match unpacker.count()? {
            0 => Self::Summaries(unpack_summaries(unpacker)?),
            1 => {
                let mut moments = RowMoments::default();
                moments.total = unpacker.number()?;
                moments.second = unpacker.numbers()?;
                Self::Moments(moments)
            }
            2 => Self::Samples(unpacker.list(BottomKSample::unpack)?),
            3 => {
                let mut sums = MixtureSums::default();
                sums.statistics = unpacker.list(unpack_statistics)?;
                sums.evaluations = unpacker.list(|unpacker| {
                    let (total, log_likelihood) = (unpacker.number()?, unpacker.number()?);
                    let log_certainty = unpacker.number()?;
                    Ok(Evaluation { total, log_likelihood, log_certainty })
                })?;
                Self::Mixture(sums)
            }
            4 => Self::Terms(unpacker.number()?),
            _ => return Err(not_understood()),
        })
    }

    fn merge(&mut self, more: Self) -> Result<()> {
        match (self, more) {
            (Self::Summaries(sums), Self::Summaries(more)) => sums.merge(&more),
            (Self::Moments(sums), Self::Moments(more)) => sums.merge(&more),
            (Self::Samples(sums), Self::Samples(more)) if sums.len() == more.len() => {
                sums.iter_mut().zip(&more).for_each(|(sums, more)| sums.merge(more));
            }
            (Self::Mixture(sums), Self::Mixture(more))
                if sums.statistics.len() == more.statistics.len()
                    && sums.evaluations.len() == more.evaluations.len() =>
            {
                sums.merge(&more);
            }
            (Self::Terms(sum), Self::Terms(more)) => *sum += more,
            _ => return Err(not_understood()),
        }
        Ok(())
    }

    /// The accumulator of the request that was made.
    pub(super) fn accumulator(self) -> Box<dyn Any + Send> {
        match self {
            Self::Summaries(sums) => Box::new(sums),
            Self::Moments(sums) => Box::new(sums),
            Self::Samples(samples) => Box::new(samples),
            Self::Mixture(sums) => Box::new(sums),
            Self::Terms(sum) => Box::new(sum),
        }
    }
}

fn unpack_summaries(unpacker: &mut Unpacker<'_>) -> Result<Summaries> {
    let total = unpacker.number()?;
    let (origin, offsets) = (unpacker.numbers()?, unpacker.numbers()?);
    let ends = unpacker.numbers()?;
    let (ranges, _) = ends.as_chunks();
    let ranges: Vec<_> = ranges.iter().map(|&[low, high]| (low, high)).collect();
    // without rows there is no origin
    let n_features = ranges.len();
    if offsets.len() != n_features || !(origin.is_empty() || origin.len() == n_features) {
        return Err(not_understood());
    }
    Ok(Summaries { total, origin, offsets, ranges })
}
