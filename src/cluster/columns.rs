//! Ranges and means of columns that are summed up in parts, in any order.

use super::bytes::{Packer, Unpacker};
use crate::error::Result;
use crate::rows::Block;
use crate::rows::summaries::{ColumnSummary, extent};

/// Ranges and means of the columns of some rows.
#[derive(Debug, Default)]
pub(super) struct ColumnRanges {
    n_rows: f64,
    columns: Vec<ColumnSummary>,
}

impl ColumnRanges {
    pub(super) fn add(&mut self, block: &Block) {
        let n_rows = block.n_rows() as f64;
        let columns = block.features().map(|feature| {
            let (min, max) = extent(feature);
            // about the first value, so that sums do not cancel far from the origin
            let first = feature[0];
            let mean = first + feature.iter().map(|value| value - first).sum::<f64>() / n_rows;
            ColumnSummary { min, max, mean }
        });
        self.merge(&Self { n_rows, columns: columns.collect() });
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if self.columns.is_empty() {
            self.columns.clone_from(&other.columns);
            self.n_rows = other.n_rows;
            return;
        }
        self.n_rows += other.n_rows;
        for (column, more) in self.columns.iter_mut().zip(&other.columns) {
            column.min = column.min.min(more.min);
            column.max = column.max.max(more.max);
            column.mean += (more.mean - column.mean) * (other.n_rows / self.n_rows);
        }
    }

    pub(super) fn pack(&self, packer: &mut Packer) {
        packer.number(self.n_rows);
        packer.count(self.columns.len());
        for &ColumnSummary { min, max, mean } in &self.columns {
            [min, max, mean].into_iter().for_each(|number| packer.number(number));
        }
    }

    pub(super) fn unpack(unpacker: &mut Unpacker<'_>) -> Result<Self> {
        let n_rows = unpacker.number()?;
        let columns = unpacker.list(|unpacker| {
            let (min, max) = (unpacker.number()?, unpacker.number()?);
            Ok(ColumnSummary { min, max, mean: unpacker.number()? })
        });
        Ok(Self { n_rows, columns: columns? })
    }

    pub(super) fn end(self) -> Vec<ColumnSummary> {
        self.columns
    }
}
