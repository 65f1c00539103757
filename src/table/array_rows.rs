//! Arrays with random access to their rows.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::random_access::RandomAccess;
use crate::arrays::Layout;
use crate::error::Result;
use crate::rows::{Block, RowBlocks};

/// Selected columns of a two-dimensional array in a file or in memory.
pub(super) struct ArrayRows {
    file: RandomAccess,
    layout: Layout,
    /// Indices of the selected columns, in their order.
    chosen: Vec<usize>,
    /// Buffers for undecoded bytes, one for each thread that reads.
    spare: Mutex<Vec<Vec<u8>>>,
}

impl ArrayRows {
    pub(super) fn new(file: RandomAccess, layout: Layout, chosen: Vec<usize>) -> Self {
        Self { file, layout, chosen, spare: Mutex::default() }
    }

    /// Reads numbers from element `first` of the array on, in the order of the file.
    fn read(&self, first: usize, to: &mut [f64]) -> Result<()> {
        let element = self.layout.element;
        let offset = self.layout.offset as u64 + first as u64 * element.size as u64;
        if element.is_native {
            return self.file.read_exact(offset, bytemuck::cast_slice_mut(to));
        }
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = spare().pop().unwrap_or_default();
        bytes.resize(to.len() * element.size, 0);
        self.file.read_exact(offset, &mut bytes)?;
        let numbers = bytes.chunks_exact(element.size).map(element.decode);
        to.iter_mut().zip(numbers).for_each(|(to, number)| *to = number);
        spare().push(bytes);
        Ok(())
    }
}

impl RowBlocks for ArrayRows {
    fn n_samples(&self) -> usize {
        self.layout.shape[0]
    }

    fn n_features(&self) -> usize {
        self.chosen.len()
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()> {
        let (n_rows, n_columns) = (self.layout.shape[0], self.layout.shape[1]);
        let shape = (rows.len(), self.chosen.len());
        if self.layout.fortran_order {
            return block.fill_by_feature(rows.start, shape, |features| {
                let columns = features.chunks_exact_mut(shape.0).zip(&self.chosen);
                columns
                    .into_iter()
                    .try_for_each(|(to, column)| self.read(column * n_rows + rows.start, to))
            });
        }
        block.fill_by_row(rows.start, shape, |by_row| {
            if self.chosen.iter().copied().eq(0..n_columns) {
                return self.read(rows.start * n_columns, by_row);
            }
            let mut whole = vec![0.0; shape.0 * n_columns];
            self.read(rows.start * n_columns, &mut whole)?;
            let pairs = by_row.chunks_exact_mut(shape.1).zip(whole.chunks_exact(n_columns));
            for (to, row) in pairs {
                to.iter_mut().zip(&self.chosen).for_each(|(to, &column)| *to = row[column]);
            }
            Ok(())
        })
    }
}
