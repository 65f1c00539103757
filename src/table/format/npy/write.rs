//! Writing `.npy` arrays block by block.

use std::io;

use crate::arrays::NpyWriter;
use crate::table::cells::{BlockWriter, Cells, ColumnKind};
use crate::table::format::file_format::Output;

/// Number of bytes that are written at a time.
const CHUNK: usize = 1 << 16;

/// Writes an array block by block.
pub(super) struct ArrayWriter<'a> {
    npy: NpyWriter,
    out: &'a mut dyn Output,
    is_real: bool,
}

impl<'a> ArrayWriter<'a> {
    /// Starts writing an array: of integers if all columns are counts, and of one dimension if there is a single column of
    /// counts.
    ///
    /// # Errors
    /// Any error from writing.
    pub(super) fn begin(
        out: &'a mut dyn Output,
        columns: &[(String, ColumnKind)],
        n_rows: Option<usize>,
    ) -> io::Result<Self> {
        let is_real = columns.iter().any(|&(_, kind)| kind == ColumnKind::Number);
        let is_list = columns.len() == 1 && !is_real;
        let descr = if is_real { "<f8" } else { "<i8" };
        let n_columns = (!is_list).then_some(columns.len());
        let npy = NpyWriter::begin(out, descr, n_rows, n_columns)?;
        Ok(Self { npy, out, is_real })
    }
}

impl BlockWriter for ArrayWriter<'_> {
    fn write(&mut self, block: &[Cells<'_>], n_rows: usize) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(CHUNK);
        for row in 0..n_rows {
            for cells in block {
                bytes.extend(match cells {
                    Cells::Numbers(numbers) => numbers[row].to_le_bytes(),
                    Cells::Counts(counts) if self.is_real => (counts[row] as f64).to_le_bytes(),
                    Cells::Counts(counts) => (counts[row] as i64).to_le_bytes(),
                    Cells::Texts(_) => return Err(io::ErrorKind::InvalidInput.into()),
                });
            }
            if bytes.len() >= CHUNK || row + 1 == n_rows {
                self.out.write_all(&bytes)?;
                bytes.clear();
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>, n_rows: usize) -> io::Result<()> {
        self.npy.finish(self.out, n_rows)
    }
}
