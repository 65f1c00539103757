//! Sequential reading of arrays in row-major order.

use std::io::{self, Read};
use std::mem;

use crate::arrays::{Element, Layout};
use crate::error::Result;
use crate::table::numbers::NumberRows;
use crate::table::options::Source;

/// Number of bytes that are decoded at a time: whole elements of any size.
const CHUNK: usize = 1 << 16;

/// Reads the rows of an array in row-major order sequentially.
pub(super) struct ByRow<'a> {
    source: Source,
    content: Box<dyn Read + 'a>,
    layout: Layout,
    chosen: Vec<usize>,
    /// Number of rows that have been read.
    n_rows: usize,
    /// Number of bytes that have been read.
    n_bytes: u64,
    bytes: Vec<u8>,
    whole: Vec<f64>,
}

impl<'a> ByRow<'a> {
    /// Creates a reader of the selected columns of an array; `content` is positioned at its first row.
    pub(super) fn new(
        source: &Source,
        content: Box<dyn Read + 'a>,
        layout: Layout,
        chosen: Vec<usize>,
    ) -> Self {
        let (source, bytes, whole) = (source.clone(), Vec::new(), Vec::new());
        Self { source, content, layout, chosen, n_rows: 0, n_bytes: 0, bytes, whole }
    }
}

impl NumberRows for ByRow<'_> {
    fn read(&mut self, n_rows: usize, numbers: &mut Vec<f64>) -> Result<usize> {
        let (total, n_columns) = (self.layout.shape[0], self.layout.shape[1]);
        let n_rows = n_rows.min(total - self.n_rows);
        if n_rows == 0 {
            return self.check_end().map(|()| 0);
        }
        self.n_rows += n_rows;
        if self.chosen.iter().copied().eq(0..n_columns) {
            return self.decode(n_rows * n_columns, numbers).map(|()| n_rows);
        }
        let at_once = (CHUNK / size_of::<f64>() / n_columns).max(1);
        let mut whole = mem::take(&mut self.whole);
        for first in (0..n_rows).step_by(at_once) {
            whole.clear();
            self.decode(at_once.min(n_rows - first) * n_columns, &mut whole)?;
            for row in whole.chunks_exact(n_columns) {
                numbers.extend(self.chosen.iter().map(|&column| row[column]));
            }
        }
        self.whole = whole;
        Ok(n_rows)
    }
}

impl ByRow<'_> {
    /// Reads the next `n` elements.
    fn decode(&mut self, n: usize, numbers: &mut Vec<f64>) -> Result<()> {
        let Element { size, is_native, .. } = self.layout.element;
        if is_native {
            let begin = numbers.len();
            numbers.resize(begin + n, 0.0);
            return self.fill(bytemuck::cast_slice_mut(&mut numbers[begin..]));
        }
        let mut bytes = mem::take(&mut self.bytes);
        for first in (0..n).step_by(CHUNK / size) {
            bytes.resize((CHUNK / size).min(n - first) * size, 0);
            self.fill(&mut bytes)?;
            self.layout.element.decode_all(&bytes, numbers);
        }
        self.bytes = bytes;
        Ok(())
    }

    /// Fills `bytes`; an input that ends before is an error.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            match self.content.read(&mut bytes[done..]) {
                Ok(0) => {
                    self.n_bytes += done as u64;
                    return self.check_length();
                }
                Ok(n) => done += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.source.io(error)),
            }
        }
        self.n_bytes += done as u64;
        Ok(())
    }

    /// Returns an error if the input continues after the last row.
    fn check_end(&mut self) -> Result<()> {
        let after = io::copy(&mut self.content, &mut io::sink());
        self.n_bytes += after.map_err(|error| self.source.io(error))?;
        self.check_length()
    }

    fn check_length(&self) -> Result<()> {
        let checked = self.layout.check_length(self.layout.offset as u64 + self.n_bytes);
        checked.map_err(|problem| self.source.array_format(problem))
    }
}
