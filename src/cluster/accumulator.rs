//! The DataFusion accumulator that aggregates one partition, or merges the partial aggregates of several.

use std::borrow::Cow;
use std::fmt::{self, Debug, Formatter};
use std::mem;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::MOST_BYTES;
use super::blocks::{Blocks, values};
use super::failure::Failure;
use super::partial_aggregate::PartialAggregate;
use super::request::Request;
use crate::error::Result as OwnResult;

/// The partial aggregate of a partition, or the partial aggregates received from partitions.
pub(super) struct StatisticsAccumulator {
    request: Arc<[u8]>,
    n_features: usize,
    /// None before the first rows.
    aggregation: Option<Aggregation>,
    /// Partial aggregates of other partitions. They arrive in any order and are merged in the order of their bytes, so the
    /// sums of a pass are the same to the last bit on every run.
    received: Vec<Vec<u8>>,
}

/// A partial aggregate with its request and working memory.
struct Aggregation {
    request: Request,
    aggregate: PartialAggregate,
    blocks: Blocks,
}

impl Aggregation {
    fn new(request: &[u8], n_features: usize) -> OwnResult<Self> {
        let request = Request::from_bytes(request, n_features)?;
        let aggregate = PartialAggregate::new(&request.computation, request.width(n_features));
        Ok(Self { request, aggregate, blocks: Blocks::default() })
    }

    fn add(&mut self, columns: &[Cow<'_, [f64]>]) -> OwnResult<()> {
        let Self { request: Request { preprocessor, computation }, aggregate, blocks } = self;
        blocks.for_each(columns, preprocessor, |rows| aggregate.add(computation, rows))
    }
}

impl StatisticsAccumulator {
    pub(super) fn new(request: Arc<[u8]>, n_features: usize) -> Self {
        Self { request, n_features, aggregation: None, received: Vec::new() }
    }

    fn aggregation(&mut self) -> OwnResult<&mut Aggregation> {
        Ok(match &mut self.aggregation {
            Some(aggregation) => aggregation,
            empty => empty.insert(Aggregation::new(&self.request, self.n_features)?),
        })
    }

    fn merge_received(&mut self) -> Result<(), Failure> {
        self.received.sort_unstable();
        for bytes in mem::take(&mut self.received) {
            self.aggregation()?.aggregate.merge(&bytes)?;
        }
        Ok(())
    }

    /// Returns the encoded partial aggregate; empty if there were no rows.
    fn bytes(&mut self) -> Result<ScalarValue> {
        self.merge_received()?;
        let aggregation = self.aggregation.as_ref();
        let bytes =
            aggregation.map(|aggregation| aggregation.aggregate.to_bytes()).unwrap_or_default();
        if bytes.len() > MOST_BYTES {
            let megabytes = |bytes: usize| bytes.div_ceil(1 << 20);
            return Err(Failure::Other(format!(
                "the statistics take {} MiB, more than the limit of {} MiB for a message between processes; use fewer components, or a covariance type with fewer parameters",
                megabytes(bytes.len()),
                megabytes(MOST_BYTES)
            ))
            .into());
        }
        Ok(ScalarValue::Binary(Some(bytes)))
    }
}

impl Debug for StatisticsAccumulator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatisticsAccumulator").finish_non_exhaustive()
    }
}

impl Accumulator for StatisticsAccumulator {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        if columns.first().is_none_or(|column| column.is_empty()) {
            return Ok(());
        }
        let columns = values(columns);
        let added = self.aggregation().and_then(|aggregation| aggregation.add(&columns));
        Ok(added.map_err(Failure::from)?)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some(states) = states.first() else { return Ok(()) };
        let states = states.as_binary::<i32>().iter().flatten();
        self.received.extend(states.filter(|state| !state.is_empty()).map(<[u8]>::to_vec));
        // bounds the memory, at the cost of the fixed order
        if self.received.iter().map(Vec::len).sum::<usize>() > MOST_BYTES {
            self.merge_received()?;
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.bytes()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.bytes()
    }

    fn size(&self) -> usize {
        let received: usize = self.received.iter().map(Vec::capacity).sum();
        let aggregation = self.aggregation.as_ref();
        size_of::<Self>()
            + received
            + aggregation.map_or(0, |aggregation| aggregation.aggregate.size())
    }
}
