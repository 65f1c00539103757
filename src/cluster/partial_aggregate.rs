//! Partial aggregates: the sums over the rows of a partition, and their merge.

use std::any::Any;
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::bottom_k_sample::{BottomKSample, Row};
use super::request::Computation;
use super::wire::{from_bytes, numbers, protocol_error, to_bytes};
use crate::error::Result;
use crate::mixture::em::evaluation::Evaluation;
use crate::mixture::em::pass::MixtureSums;
use crate::mixture::em::statistics::Statistics;
use crate::rows::Block;
use crate::rows::moments::RowMoments;
use crate::rows::pass::PassRequest;
use crate::rows::summaries::{Summaries, SummariesRequest};

/// The sums over a set of rows, additive over disjoint sets.
#[expect(clippy::large_enum_variant, reason = "there is one for each pass, and most are mixtures")]
pub(super) enum PartialAggregate {
    Summaries(Summaries),
    Moments(RowMoments),
    Samples(Vec<BottomKSample>),
    Mixture(MixtureSums),
    Terms(f64),
}

/// The encoded form. It omits the centres, covariance types and sizes, which are in the request that the receiver has.
#[derive(Serialize, Deserialize)]
enum EncodedAggregate<'a> {
    Summaries(Cow<'a, Summaries>),
    Moments(
        f64,
        #[serde(with = "numbers")] Cow<'a, [f64]>,
        #[serde(with = "numbers")] Cow<'a, [f64]>,
    ),
    Samples(Vec<Cow<'a, [Row]>>),
    Mixture(Vec<EncodedStatistics<'a>>, Cow<'a, [Evaluation]>),
    Terms(f64),
}

/// The encoded form of mixture statistics, with only the second moments that the covariance type uses.
#[derive(Serialize, Deserialize)]
struct EncodedStatistics<'a> {
    #[serde(with = "numbers")]
    counts: Cow<'a, [f64]>,
    #[serde(with = "numbers")]
    first: Cow<'a, [f64]>,
    log_likelihood: f64,
    #[serde(with = "numbers")]
    second: Cow<'a, [f64]>,
    /// Counts of the levels of categories.
    #[serde(with = "numbers")]
    levels: Cow<'a, [f64]>,
    /// Of components with heavy tails: sums of the weights of rows in moments, and the sums for degrees of freedom; empty otherwise.
    #[serde(with = "numbers")]
    precisions: Cow<'a, [f64]>,
    #[serde(with = "numbers")]
    tails: Cow<'a, [f64]>,
}

impl PartialAggregate {
    /// Creates empty sums over rows of `n_features` columns.
    pub(super) fn new(computation: &Computation, n_features: usize) -> Self {
        match computation {
            Computation::Summaries => {
                Self::Summaries(new_accumulator(&SummariesRequest::default(), n_features))
            }
            Computation::Moments(request) => Self::Moments(new_accumulator(request, n_features)),
            Computation::Sample(samples) => {
                let samples = samples.iter().map(|&sample| BottomKSample::new(sample, n_features));
                Self::Samples(samples.collect())
            }
            Computation::Mixture(request) => Self::Mixture(new_accumulator(request, n_features)),
            Computation::Terms(request) => {
                Self::Terms(new_accumulator(request.as_ref(), n_features))
            }
        }
    }

    /// Adds rows to sums that were created for the same computation.
    ///
    /// # Errors
    /// Any error of the computation.
    pub(super) fn add(&mut self, computation: &Computation, rows: &Block) -> Result<()> {
        match (computation, self) {
            (Computation::Summaries, Self::Summaries(sums)) => {
                SummariesRequest::default().add(rows, sums)
            }
            (Computation::Moments(request), Self::Moments(sums)) => request.add(rows, sums),
            (Computation::Mixture(request), Self::Mixture(sums)) => request.add(rows, sums),
            (Computation::Terms(request), Self::Terms(sum)) => request.add(rows, sum),
            (Computation::Sample(_), Self::Samples(samples)) => {
                samples.iter_mut().for_each(|sample| sample.add(rows));
                Ok(())
            }
            _ => Err(protocol_error()),
        }
    }

    /// Encodes the sums.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        to_bytes(&match self {
            Self::Summaries(sums) => EncodedAggregate::Summaries(Cow::Borrowed(sums)),
            Self::Moments(RowMoments { total, first, second, .. }) => {
                EncodedAggregate::Moments(*total, first.into(), second.into())
            }
            Self::Samples(samples) => EncodedAggregate::Samples(
                samples.iter().map(|sample| sample.rows().into()).collect(),
            ),
            Self::Mixture(sums) => EncodedAggregate::Mixture(
                sums.statistics.iter().map(EncodedStatistics::of).collect(),
                sums.evaluations[..].into(),
            ),
            Self::Terms(sum) => EncodedAggregate::Terms(*sum),
        })
    }

    /// Decodes the sums over other rows, and adds them.
    ///
    /// # Errors
    /// [`protocol_error`] unless they are sums of the same request.
    pub(super) fn merge(&mut self, bytes: &[u8]) -> Result<()> {
        match (self, from_bytes(bytes)?) {
            (Self::Summaries(sums), EncodedAggregate::Summaries(more)) => {
                let n_features = sums.ranges.len();
                // without rows there is no origin
                let has_origin = [0, n_features].contains(&more.origin.len());
                if !has_origin
                    || [more.offsets.len(), more.ranges.len(), more.missing.len()]
                        != [n_features; 3]
                {
                    return Err(protocol_error());
                }
                sums.merge(&more);
                Ok(())
            }
            (Self::Moments(sums), EncodedAggregate::Moments(total, first, second)) => {
                sums.total += total;
                add_values(&mut sums.first, &first)?;
                add_values(&mut sums.second, &second)
            }
            (Self::Samples(samples), EncodedAggregate::Samples(more)) => {
                merge_each(samples, more, |sample, rows| sample.merge(rows.into_owned()))
            }
            (Self::Mixture(sums), EncodedAggregate::Mixture(statistics, evaluations)) => {
                merge_each(&mut sums.statistics, statistics, |sums, more| more.add_to(sums))?;
                merge_each(&mut sums.evaluations, evaluations.into_owned(), |sums, more| {
                    sums.merge(&more);
                    Ok(())
                })
            }
            (Self::Terms(sum), EncodedAggregate::Terms(more)) => {
                *sum += more;
                Ok(())
            }
            _ => Err(protocol_error()),
        }
    }

    /// Returns the accumulator of the request.
    pub(super) fn into_accumulator(self) -> Box<dyn Any + Send> {
        match self {
            Self::Summaries(sums) => Box::new(sums),
            Self::Moments(sums) => Box::new(sums),
            Self::Samples(samples) => Box::new(samples),
            Self::Mixture(sums) => Box::new(sums),
            Self::Terms(sum) => Box::new(sum),
        }
    }

    /// Approximate memory use in bytes.
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

impl<'a> EncodedStatistics<'a> {
    fn of(statistics: &'a Statistics) -> Self {
        let Statistics { covariance_type, moments, levels, tails, log_likelihood } = statistics;
        let used = covariance_type.packed_indices(moments.n_components(), moments.n_features());
        let precisions = moments.precisions.as_ref();
        Self {
            counts: moments.counts.as_slice().expect("contiguous").into(),
            first: moments.first.as_slice().expect("row-major").into(),
            log_likelihood: *log_likelihood,
            second: used.map(|index| moments.second[index]).collect(),
            levels: levels.counts[..].into(),
            precisions: precisions
                .map_or(&[][..], |sums| sums.as_slice().expect("contiguous"))
                .into(),
            tails: tails.log_terms[..].into(),
        }
    }

    fn add_to(&self, statistics: &mut Statistics) -> Result<()> {
        let Statistics { covariance_type, moments, levels, tails, log_likelihood } = statistics;
        let used = covariance_type.packed_indices(moments.n_components(), moments.n_features());
        add_values(moments.counts.as_slice_mut().expect("contiguous"), &self.counts)?;
        add_values(moments.first.as_slice_mut().expect("row-major"), &self.first)?;
        add_values(&mut levels.counts, &self.levels)?;
        let precisions = moments.precisions.as_mut();
        let precisions = precisions.map(|sums| sums.as_slice_mut().expect("contiguous"));
        add_values(precisions.unwrap_or_default(), &self.precisions)?;
        add_values(&mut tails.log_terms, &self.tails)?;
        *log_likelihood += self.log_likelihood;
        let mut second = self.second.iter();
        for index in used {
            moments.second[index] += second.next().ok_or_else(protocol_error)?;
        }
        if second.next().is_some() { Err(protocol_error()) } else { Ok(()) }
    }
}

/// An empty accumulator of a request.
fn new_accumulator<R: PassRequest>(request: &R, n_features: usize) -> R::Accumulator {
    let mut sums = R::Accumulator::default();
    request.begin(n_features, &mut sums);
    sums
}

/// Adds sums elementwise.
fn add_values(sums: &mut [f64], more: &[f64]) -> Result<()> {
    if sums.len() != more.len() {
        return Err(protocol_error());
    }
    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    Ok(())
}

/// Merges elements pairwise.
fn merge_each<T, M>(
    sums: &mut [T],
    more: Vec<M>,
    merge: impl Fn(&mut T, M) -> Result<()>,
) -> Result<()> {
    if sums.len() != more.len() {
        return Err(protocol_error());
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
    use crate::rows::layout::RowLayout;
    use crate::rows::moments::{MomentsRequest, MomentsShape};
    use crate::rows::sample::RowSample;

    /// Requests of every kind, for rows of two columns.
    fn requests() -> Vec<Request> {
        let pipeline = Pipeline::params().standardize(true).pca(Pca::params(2));
        let pipeline = pipeline.fit(&datasets::moons()).unwrap();
        let moments =
            |shape| Computation::Moments(MomentsRequest { center: vec![0.5, 0.25], shape });
        let mut computations = vec![
            Computation::Summaries,
            moments(MomentsShape::Squares),
            moments(MomentsShape::Scatter),
            moments(MomentsShape::Along(vec![1.0, 0.0, 0.0, 1.0, 1.0, 1.0])),
            Computation::Sample(vec![RowSample { seed: 1, stream: 2, n_rows: 5 }]),
            Computation::Terms(Box::new(DensityTerms {
                preprocessor: Cow::Owned(pipeline.preprocessor().clone()),
                unknown: Vec::new(),
            })),
        ];
        for (index, covariance_type) in CovarianceType::ALL.into_iter().enumerate() {
            let params = GaussianMixture::params(2 + index).covariance_type(covariance_type);
            let model = params.fit(&datasets::moons()).unwrap();
            let of = |assignment| Wanted { assignment: Cow::Owned(assignment), covariance_type };
            let centers = Assignment::nearest(model.means().to_owned());
            computations.push(Computation::Mixture(MixtureRequest {
                layout: Cow::Owned(RowLayout::default()),
                statistics: vec![of(Assignment::Posterior(model.clone())), of(centers)],
                evaluations: vec![Cow::Owned(model)],
            }));
        }
        let preprocessor = pipeline.preprocessor();
        computations
            .into_iter()
            .map(|computation| Request { preprocessor: preprocessor.clone(), computation })
            .collect()
    }

    fn sums_of_rows(request: &Request) -> PartialAggregate {
        let mut block = Block::default();
        block.fill(0, datasets::moons().records.slice_axis(Axis(0), Slice::from(..50)));
        let mut sums = PartialAggregate::new(&request.computation, 2);
        sums.add(&request.computation, &block).unwrap();
        sums
    }

    #[test]
    fn sums_keep_every_bit_and_do_not_merge_with_those_of_another_request() {
        let sent: Vec<_> = requests().iter().map(|one| sums_of_rows(one).to_bytes()).collect();
        for (index, request) in requests().iter().enumerate() {
            let request = Request::from_bytes(&to_bytes(request), 2).unwrap();
            for (other, bytes) in sent.iter().enumerate() {
                let mut sums = PartialAggregate::new(&request.computation, 2);
                assert_eq!(sums.merge(bytes).is_ok(), index == other, "{index} and {other}");
                // the rows of a sample are in no particular order
                if index == other && !matches!(request.computation, Computation::Sample(_)) {
                    assert!(sums.to_bytes() == *bytes, "{index}");
                }
            }
        }
    }

    #[test]
    fn corrupted_bytes_do_not_panic() {
        for request in requests() {
            let merge = |sums: &[u8]| PartialAggregate::new(&request.computation, 2).merge(sums);
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

    /// Returns copies of the bytes with one of them replaced, for each in turn.
    fn changed(bytes: &[u8], to: u8) -> impl Iterator<Item = Vec<u8>> {
        (0..bytes.len()).map(move |at| [&bytes[..at], &[to], &bytes[at + 1..]].concat())
    }
}
