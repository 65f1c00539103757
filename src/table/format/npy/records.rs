//! Random access to the rows of structured arrays.

use std::ops::Range;

use crate::arrays::{Element, Layout, RecordField};
use crate::error::Result;
use crate::rows::{Block, RowBlocks};
use crate::table::random_access::RandomAccess;

/// Approximate number of bytes that are decoded at a time.
const CHUNK: usize = 1 << 20;

/// Selected fields of an array of records.
pub(super) struct RecordRows {
    file: RandomAccess,
    offset: u64,
    /// Size of a record in bytes.
    size: usize,
    n_rows: usize,
    /// Offsets in a record and types of the selected fields.
    fields: Vec<(usize, Element)>,
}

impl RecordRows {
    pub(super) fn new(file: RandomAccess, layout: &Layout, fields: Vec<RecordField>) -> Self {
        let fields =
            fields.into_iter().filter_map(|field| Some((field.offset, field.element.ok()?)));
        Self {
            file,
            offset: layout.offset as u64,
            size: layout.element.size,
            n_rows: layout.shape[0],
            fields: fields.collect(),
        }
    }

    /// Reads records into rows of numbers.
    fn read(&self, rows: Range<usize>, to: &mut [f64]) -> Result<()> {
        let n_fields = self.fields.len();
        let at_once = (CHUNK / self.size).max(1);
        let mut bytes = Vec::new();
        for first in rows.clone().step_by(at_once) {
            let n_rows = at_once.min(rows.end - first);
            bytes.resize(n_rows * self.size, 0);
            self.file.read_exact(self.offset + first as u64 * self.size as u64, &mut bytes)?;
            let begin = (first - rows.start) * n_fields;
            let to = to[begin..begin + n_rows * n_fields].chunks_exact_mut(n_fields);
            for (to, record) in to.zip(bytes.chunks_exact(self.size)) {
                for (to, (offset, element)) in to.iter_mut().zip(&self.fields) {
                    *to = (element.decode)(&record[*offset..offset + element.size]);
                }
            }
        }
        Ok(())
    }
}

impl RowBlocks for RecordRows {
    fn n_samples(&self) -> usize {
        self.n_rows
    }

    fn n_features(&self) -> usize {
        self.fields.len()
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()> {
        let shape = (rows.len(), self.fields.len());
        block.fill_by_row(rows.start, shape, |by_row| self.read(rows, by_row))
    }
}
