//! The statistics of a partition, and of all partitions, as an engine adds them up.

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

/// What a partition has gathered, or what partitions have sent.
pub(super) struct StatisticsAccumulator {
    request: Arc<[u8]>,
    n_features: usize,
    /// None before there is anything to add.
    begun: Option<Begun>,
    /// Sums of other partitions. They come in any order and are added in one that depends on nothing but them, so that the
    /// sums of a pass are the same to the last bit whoever was first.
    sent: Vec<Vec<u8>>,
}

/// Sums over rows, with what makes them.
struct Begun {
    request: Request,
    aggregate: PartialAggregate,
    blocks: Blocks,
}

impl Begun {
    fn new(request: &[u8], n_features: usize) -> OwnResult<Self> {
        let request = Request::from_bytes(request, n_features)?;
        let aggregate = PartialAggregate::begin(&request.job, request.width(n_features));
        Ok(Self { request, aggregate, blocks: Blocks::default() })
    }

    fn add(&mut self, columns: &[&[f64]]) -> OwnResult<()> {
        let Self { request: Request { preprocessor, job }, aggregate, blocks } = self;
        blocks.each(columns, preprocessor, |rows| aggregate.add(job, rows))
    }
}

impl StatisticsAccumulator {
    pub(super) fn new(request: Arc<[u8]>, n_features: usize) -> Self {
        Self { request, n_features, begun: None, sent: Vec::new() }
    }

    fn begun(&mut self) -> OwnResult<&mut Begun> {
        Ok(match &mut self.begun {
            Some(begun) => begun,
            empty => empty.insert(Begun::new(&self.request, self.n_features)?),
        })
    }

    fn merge_sent(&mut self) -> Result<(), Failure> {
        self.sent.sort_unstable();
        for sums in mem::take(&mut self.sent) {
            self.begun()?.aggregate.merge(&sums)?;
        }
        Ok(())
    }

    /// The sums as bytes; none at all if there were no rows.
    fn bytes(&mut self) -> Result<ScalarValue> {
        self.merge_sent()?;
        let bytes = self.begun.as_ref().map(|begun| begun.aggregate.to_bytes()).unwrap_or_default();
        if bytes.len() > MOST_BYTES {
            let megabytes = |bytes: usize| bytes.div_ceil(1 << 20);
            return Err(Failure::Other(format!(
                "the statistics take {} MiB, more than the {} MiB that processes send one another; use fewer components, or covariances with fewer parameters",
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
        let columns = values(columns)?;
        let added = self.begun().and_then(|begun| begun.add(&columns));
        Ok(added.map_err(Failure::from)?)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some(states) = states.first() else { return Ok(()) };
        let states = states.as_binary::<i32>().iter().flatten();
        self.sent.extend(states.filter(|state| !state.is_empty()).map(<[u8]>::to_vec));
        // what is too large to wait for the others gives up the order
        match self.sent.iter().map(Vec::len).sum::<usize>() > MOST_BYTES {
            true => Ok(self.merge_sent()?),
            false => Ok(()),
        }
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.bytes()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.bytes()
    }

    fn size(&self) -> usize {
        let sent: usize = self.sent.iter().map(Vec::capacity).sum();
        size_of::<Self>() + sent + self.begun.as_ref().map_or(0, |begun| begun.aggregate.size())
    }
}
