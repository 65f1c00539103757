//! What a partition gathers, and what becomes of the sums of all partitions.

use std::any::Any;
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::bottom_k_sample::{BottomKSample, Row};
use super::request::Job;
use super::wire::{from_bytes, not_understood, numbers, to_bytes};
use crate::error::Result;
use crate::mixture::em::evaluation::Evaluation;
use crate::mixture::em::pass::MixtureSums;
use crate::mixture::em::statistics::Statistics;
use crate::rows::Block;
use crate::rows::moments::RowMoments;
use crate::rows::pass::PassRequest;
use crate::rows::summaries::{Summaries, SummariesRequest};

/// Sums over some rows. They add up in any order.
pub(super) enum PartialAggregate {
    Summaries(Summaries),
    Moments(RowMoments),
    Samples(Vec<BottomKSample>),
    Mixture(MixtureSums),
    Terms(f64),
}

/// The same as it is sent. Whoever takes it has the request, and so the centres, families and sizes.
#[derive(Serialize, Deserialize)]
enum SentAggregate<'a> {
    Summaries(Cow<'a, Summaries>),
    Moments(f64, #[serde(with = "numbers")] Cow<'a, [f64]>),
    Samples(Vec<Cow<'a, [Row]>>),
    Mixture(Vec<SentStatistics<'a>>, Cow<'a, [Evaluation]>),
    Terms(f64),
}

/// Statistics as they are sent: of the second moments those that are used.
#[derive(Serialize, Deserialize)]
struct SentStatistics<'a> {
    #[serde(with = "numbers")]
    counts: Cow<'a, [f64]>,
    #[serde(with = "numbers")]
    first: Cow<'a, [f64]>,
    log_likelihood: f64,
    #[serde(with = "numbers")]
    second: Cow<'a, [f64]>,
}

impl PartialAggregate {
    /// The empty sums of a job, over rows of `n_features` columns.
    pub(super) fn begin(job: &Job, n_features: usize) -> Self {
        match job {
            Job::Summaries => Self::Summaries(begun(&SummariesRequest::default(), n_features)),
            Job::Moments(request) => Self::Moments(begun(request, n_features)),
            Job::Sample(samples) => {
                let samples = samples.iter().map(|&sample| BottomKSample::new(sample, n_features));
                Self::Samples(samples.collect())
            }
            Job::Mixture(request) => Self::Mixture(begun(request, n_features)),
            Job::Terms(request) => Self::Terms(begun(request.as_ref(), n_features)),
        }
    }

    /// Adds rows to sums that were begun by the job.
    ///
    /// # Errors
    /// What the job can raise.
    pub(super) fn add(&mut self, job: &Job, rows: &Block) -> Result<()> {
        match (job, self) {
            (Job::Summaries, Self::Summaries(sums)) => SummariesRequest::default().add(rows, sums),
            (Job::Moments(request), Self::Moments(sums)) => request.add(rows, sums),
            (Job::Mixture(request), Self::Mixture(sums)) => request.add(rows, sums),
            (Job::Terms(request), Self::Terms(sum)) => request.add(rows, sum),
            (Job::Sample(_), Self::Samples(samples)) => {
                samples.iter_mut().for_each(|sample| sample.add(rows));
                Ok(())
            }
            _ => Err(not_understood()),
        }
    }

    /// The sums as bytes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        to_bytes(&match self {
            Self::Summaries(sums) => SentAggregate::Summaries(Cow::Borrowed(sums)),
            Self::Moments(sums) => SentAggregate::Moments(sums.total, sums.second[..].into()),
            Self::Samples(samples) => {
                SentAggregate::Samples(samples.iter().map(|sample| sample.rows().into()).collect())
            }
            Self::Mixture(sums) => SentAggregate::Mixture(
                sums.statistics.iter().map(SentStatistics::of).collect(),
                sums.evaluations[..].into(),
            ),
            Self::Terms(sum) => SentAggregate::Terms(*sum),
        })
    }

    /// Adds sums that were sent.
    ///
    /// # Errors
    /// [`not_understood`] for what is no answer to the same request.
    pub(super) fn merge(&mut self, bytes: &[u8]) -> Result<()> {
        match (self, from_bytes(bytes)?) {
            (Self::Summaries(sums), SentAggregate::Summaries(more)) => {
                let n_features = sums.ranges.len();
                // without rows there is no origin
                let has_origin = [0, n_features].contains(&more.origin.len());
                if !has_origin || [more.offsets.len(), more.ranges.len()] != [n_features; 2] {
                    return Err(not_understood());
                }
                sums.merge(&more);
                Ok(())
            }
            (Self::Moments(sums), SentAggregate::Moments(total, second)) => {
                sums.total += total;
                add(&mut sums.second, &second)
            }
            (Self::Samples(samples), SentAggregate::Samples(more)) => {
                each(samples, more, |sample, rows| sample.merge(rows.into_owned()))
            }
            (Self::Mixture(sums), SentAggregate::Mixture(statistics, evaluations)) => {
                each(&mut sums.statistics, statistics, |sums, more| more.add_to(sums))?;
                each(&mut sums.evaluations, evaluations.into_owned(), |sums, more| {
                    sums.merge(&more);
                    Ok(())
                })
            }
            (Self::Terms(sum), SentAggregate::Terms(more)) => {
                *sum += more;
                Ok(())
            }
            _ => Err(not_understood()),
        }
    }

    /// The accumulator of the request that was made.
    pub(super) fn into_accumulator(self) -> Box<dyn Any + Send> {
        match self {
            Self::Summaries(sums) => Box::new(sums),
            Self::Moments(sums) => Box::new(sums),
            Self::Samples(samples) => Box::new(samples),
            Self::Mixture(sums) => Box::new(sums),
            Self::Terms(sum) => Box::new(sum),
        }
    }

    /// Bytes of memory that it takes, or thereabouts.
    pub(super) fn size(&self) -> usize {
        let of_statistics = |statistics: &Statistics| {
            let moments = statistics.moments();
            8 * (moments.second().len() + 2 * moments.centers().len())
        };
        let sums = match self {
            Self::Samples(samples) => samples.iter().map(BottomKSample::size).sum(),
            Self::Mixture(sums) => sums.statistics.iter().map(of_statistics).sum(),
            _ => 0,
        };
        size_of::<Self>() + sums
    }
}

impl<'a> SentStatistics<'a> {
    fn of(statistics: &'a Statistics) -> Self {
        let Statistics { covariance_type, moments, log_likelihood } = statistics;
        let used = covariance_type.packed_indices(moments.n_components(), moments.n_features());
        Self {
            counts: moments.counts.as_slice().expect("contiguous").into(),
            first: moments.first.as_slice().expect("row-major").into(),
            log_likelihood: *log_likelihood,
            second: used.map(|index| moments.second[index]).collect(),
        }
    }

    fn add_to(&self, statistics: &mut Statistics) -> Result<()> {
        let Statistics { covariance_type, moments, log_likelihood } = statistics;
        let used = covariance_type.packed_indices(moments.n_components(), moments.n_features());
        add(moments.counts.as_slice_mut().expect("contiguous"), &self.counts)?;
        add(moments.first.as_slice_mut().expect("row-major"), &self.first)?;
        *log_likelihood += self.log_likelihood;
        let mut second = self.second.iter();
        for index in used {
            moments.second[index] += second.next().ok_or_else(not_understood)?;
        }
        if second.next().is_some() { Err(not_understood()) } else { Ok(()) }
    }
}

/// An empty accumulator of a request.
fn begun<R: PassRequest>(request: &R, n_features: usize) -> R::Accumulator {
    let mut sums = R::Accumulator::default();
    request.begin(n_features, &mut sums);
    sums
}

/// Adds as many sums as there are.
fn add(sums: &mut [f64], more: &[f64]) -> Result<()> {
    if sums.len() != more.len() {
        return Err(not_understood());
    }
    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    Ok(())
}

/// Merges as many things as there are.
fn each<T, M>(sums: &mut [T], more: Vec<M>, merge: impl Fn(&mut T, M) -> Result<()>) -> Result<()> {
    if sums.len() != more.len() {
        return Err(not_understood());
    }
    sums.iter_mut().zip(more).try_for_each(|(sums, more)| merge(sums, more))
}

#[cfg(test)]
mod tests {
    use ndarray::{Axis, Slice};

    use super::*;
    use crate::cluster::request::Request;
    use crate::mixture::em::assignment::Assignment;
    use crate::mixture::em::pass::{MixtureRequest, Wanted};
    use crate::prelude::*;
    use crate::preprocess::density_terms::DensityTerms;
    use crate::rows::moments::{MomentsRequest, MomentsShape};
    use crate::rows::sample::RowSample;

    /// A request of every kind, for rows of two columns.
    fn requests() -> Vec<Request> {
        let pipeline = Pipeline::params().standardize(true).pca(Pca::params(2));
        let pipeline = pipeline.fit(&datasets::moons()).unwrap();
        let moments = |shape| Job::Moments(MomentsRequest { center: vec![0.5, 0.25], shape });
        let mut jobs = vec![
            Job::Summaries,
            moments(MomentsShape::Squares),
            moments(MomentsShape::Scatter),
            Job::Sample(vec![RowSample { seed: 1, stream: 2, n_rows: 5 }]),
            Job::Terms(Box::new(DensityTerms(Cow::Owned(pipeline.preprocessor().clone())))),
        ];
        for (index, covariance_type) in CovarianceType::ALL.into_iter().enumerate() {
            let params = GaussianMixture::params(2 + index).covariance_type(covariance_type);
            let model = params.fit(&datasets::moons()).unwrap();
            let of = |assignment| Wanted { assignment: Cow::Owned(assignment), covariance_type };
            let centers = Assignment::Nearest(model.means().to_owned());
            jobs.push(Job::Mixture(MixtureRequest {
                statistics: vec![of(Assignment::Posterior(model.clone())), of(centers)],
                evaluations: vec![Cow::Owned(model)],
            }));
        }
        let preprocessor = pipeline.preprocessor();
        jobs.into_iter().map(|job| Request { preprocessor: preprocessor.clone(), job }).collect()
    }

    fn sums_of_rows(request: &Request) -> PartialAggregate {
        let mut block = Block::default();
        block.fill(0, datasets::moons().records.slice_axis(Axis(0), Slice::from(..50)));
        let mut sums = PartialAggregate::begin(&request.job, 2);
        sums.add(&request.job, &block).unwrap();
        sums
    }

    #[test]
    fn sums_keep_every_bit_and_are_no_answer_to_another_request() {
        let sent: Vec<_> = requests().iter().map(|one| sums_of_rows(one).to_bytes()).collect();
        for (index, request) in requests().iter().enumerate() {
            let request = Request::from_bytes(&to_bytes(request), 2).unwrap();
            for (other, bytes) in sent.iter().enumerate() {
                let mut sums = PartialAggregate::begin(&request.job, 2);
                assert_eq!(sums.merge(bytes).is_ok(), index == other, "{index} and {other}");
                // a sample keeps its rows in no order
                if index == other && !matches!(request.job, Job::Sample(_)) {
                    assert!(sums.to_bytes() == *bytes, "{index}");
                }
            }
        }
    }

    #[test]
    fn bytes_that_were_changed_on_their_way_are_no_crash() {
        for request in requests() {
            let merge = |sums: &[u8]| PartialAggregate::begin(&request.job, 2).merge(sums);
            let (sent, sums) = (to_bytes(&request), sums_of_rows(&request).to_bytes());
            assert!(Request::from_bytes(&sent, 3).is_err());
            assert!((0..sent.len()).all(|len| Request::from_bytes(&sent[..len], 2).is_err()));
            assert!((0..sums.len()).all(|len| merge(&sums[..len]).is_err()));
            for change in [0x01, 0x7f, 0xff] {
                for changed in changed(&sent, change) {
                    let _ = Request::from_bytes(&changed, 2).map(|request| sums_of_rows(&request));
                }
                changed(&sums, change).for_each(|changed| drop(merge(&changed)));
            }
        }
    }

    /// The bytes with one of them changed, each in turn.
    fn changed(bytes: &[u8], to: u8) -> impl Iterator<Item = Vec<u8>> {
        (0..bytes.len()).map(move |at| [&bytes[..at], &[to], &bytes[at + 1..]].concat())
    }
}
