//! The statistics of a partition, and of all partitions, as an engine adds them up.

use std::mem;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::Float64Type;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::MOST_BYTES;
use super::failure::Failure;
use super::partial_aggregate::PartialAggregate;

/// What a partition has gathered, or what partitions have sent.
#[derive(Debug)]
pub(super) struct Statistics {
    request: Arc<[u8]>,
    n_features: usize,
    /// None before there is anything to add.
    gathering: Option<PartialAggregate>,
    /// Statistics of other partitions. They come in any order and are added in one that depends on nothing but them,
    /// so that the sums of a pass are the same to the last bit whoever was first.
    sent: Vec<Vec<u8>>,
}

impl Statistics {
    pub(super) fn new(request: Arc<[u8]>, n_features: usize) -> Self {
        Self { request, n_features, gathering: None, sent: Vec::new() }
    }

    fn gathering(&mut self) -> Result<&mut PartialAggregate> {
        Ok(match &mut self.gathering {
            Some(gathering) => gathering,
            empty => {
                let begun = PartialAggregate::begin(&self.request, self.n_features);
                empty.insert(begun.map_err(Failure::from)?)
            }
        })
    }

    fn merge_sent(&mut self) -> Result<()> {
        self.sent.sort_unstable();
        for state in mem::take(&mut self.sent) {
            self.gathering()?.merge(&state).map_err(Failure::from)?;
        }
        Ok(())
    }

    fn packed(&mut self) -> Result<ScalarValue> {
        self.merge_sent()?;
        let bytes = match &self.gathering {
            Some(gathering) => gathering.pack(),
            None => Vec::new(),
        };
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

impl Accumulator for Statistics {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        if columns.first().is_none_or(|column| column.is_empty()) {
            return Ok(());
        }
        if let Some(column) = columns.iter().position(|column| column.null_count() > 0) {
            return Err(Failure::missing(column).into());
        }
        let columns: Vec<&[f64]> = columns
            .iter()
            .map(|column| column.as_primitive::<Float64Type>().values().as_ref())
            .collect();
        Ok(self.gathering()?.add(&columns).map_err(Failure::from)?)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some(states) = states.first() else { return Ok(()) };
        let states = states.as_binary::<i32>().iter().flatten();
        self.sent.extend(states.filter(|state| !state.is_empty()).map(<[u8]>::to_vec));
        // what is too large to wait for the others gives up the order
        match self.sent.iter().map(Vec::len).sum::<usize>() > MOST_BYTES {
            true => self.merge_sent(),
            false => Ok(()),
        }
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.packed()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.packed()
    }

    fn size(&self) -> usize {
        let sent: usize = self.sent.iter().map(Vec::capacity).sum();
        size_of::<Self>() + sent + self.gathering.as_ref().map_or(0, PartialAggregate::size)
    }
}
