//! NumPy array files: `.npy`, and `.npz` archives of them.
//!
//! Files may come from untrusted sources. They are read by bounded readers (`header`, `npy`, `archive`), which trust no size
//! that a file claims and are fuzzed. `ndarray-npy` writes archives, and reads the arrays embedded in the crate (`datasets`).
//! `.npy` files are written by this module, since `ndarray-npy` cannot write one block by block.

mod archive;
mod element;
mod header;
mod npy;
mod records;

use std::io::{self, Seek, SeekFrom, Write};

pub(crate) use archive::{Archive, ArchiveWriter, write_archive};
pub(crate) use element::Element;
#[cfg(feature = "parquet")]
pub(crate) use element::half;
pub(crate) use npy::Layout;
pub(crate) use records::RecordField;

/// A padding unit in bytes that leaves room for the header of any two sides.
const ROOMY: usize = 128;

/// Writes a `.npy` file block by block of rows, with shape `(n_rows,)` or `(n_rows, n_columns)`.
pub(crate) struct NpyWriter {
    descr: &'static str,
    n_columns: Option<usize>,
    /// Whether the number of rows is still missing from the header.
    is_open: bool,
}

impl NpyWriter {
    /// Writes the header for elements of type `descr`. If the number of rows is not known, the header leaves room for it.
    ///
    /// # Errors
    /// [`std::io::Error`] from writing.
    pub(crate) fn begin(
        out: &mut dyn Write,
        descr: &'static str,
        n_rows: Option<usize>,
        n_columns: Option<usize>,
    ) -> io::Result<Self> {
        let writer = Self { descr, n_columns, is_open: n_rows.is_none() };
        out.write_all(&writer.header(n_rows.unwrap_or(0)))?;
        Ok(writer)
    }

    /// Completes the header.
    ///
    /// # Errors
    /// [`std::io::Error`] from writing, also if the number of rows was not known before and `out` is a pipe.
    pub(crate) fn finish(
        self,
        out: &mut (impl Write + Seek + ?Sized),
        n_rows: usize,
    ) -> io::Result<()> {
        if self.is_open {
            out.seek(SeekFrom::Start(0))?;
            out.write_all(&self.header(n_rows))?;
            out.seek(SeekFrom::End(0))?;
        }
        Ok(())
    }

    fn header(&self, n_rows: usize) -> Vec<u8> {
        let shape: Vec<usize> = [n_rows].into_iter().chain(self.n_columns).collect();
        header::header(self.descr, &shape, if self.is_open { ROOMY } else { 64 })
    }
}

fn one_line(error: &impl ToString) -> String {
    error.to_string().replace('\n', " ")
}
