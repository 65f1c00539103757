//! Rows of a file whose values are converted by the kinds of their columns when they are read.

use std::ops::Range;
use std::path::{Path, PathBuf};

use ndarray::ArrayViewMut2;

use super::kind_choice::encode;
use crate::error::Result;
use crate::rows::kind::ValueKind;
use crate::rows::{Block, RowBlocks, fold};

/// Rows whose written values become the numbers of a model.
pub(super) struct EncodedRows {
    rows: Box<dyn RowBlocks>,
    path: PathBuf,
    names: Vec<String>,
    kinds: Vec<ValueKind>,
}

impl EncodedRows {
    /// Wraps rows with columns of these names and kinds. Unless `is_checked`, their values are checked in a pass.
    ///
    /// # Errors
    /// Same as [`encode`]; errors of reading.
    pub(super) fn boxed(
        rows: Box<dyn RowBlocks>,
        path: &Path,
        (names, kinds): (&[String], &[ValueKind]),
        is_checked: bool,
    ) -> Result<Box<dyn RowBlocks>> {
        let encoded = Self { rows, path: path.into(), names: names.into(), kinds: kinds.into() };
        if !is_checked {
            fold(&encoded, || (), |_: &mut (), _| Ok(()), |_, ()| ())?;
        }
        Ok(Box::new(encoded))
    }
}

impl RowBlocks for EncodedRows {
    fn n_samples(&self) -> usize {
        self.rows.n_samples()
    }

    fn n_features(&self) -> usize {
        self.rows.n_features()
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()> {
        let mut written = Block::default();
        self.rows.read_rows(rows.clone(), &mut written)?;
        let shape = (written.n_rows(), self.n_features());
        block.fill_by_row(rows.start, shape, |by_row| {
            by_row.copy_from_slice(written.row_major());
            let records = ArrayViewMut2::from_shape(shape, by_row).expect("whole rows");
            encode(records, (&self.path, &|row| rows.start + row), &self.names, &self.kinds)
        })
    }

    fn sample_weights(&self) -> Option<Vec<f64>> {
        self.rows.sample_weights()
    }

    fn most_readers(&self) -> usize {
        self.rows.most_readers()
    }
}
