//! NumPy's array files: `.npy`, and `.npz` archives of them.
//!
//! Files may come from strangers. They are read by the bounded reader of this room (`header`, `npy`, `archive`), which
//! trusts no size that a file claims, and is fuzzed. `ndarray-npy` writes archives, and reads the arrays embedded in the
//! crate (`datasets`). A `.npy` file is written here, since `ndarray-npy` cannot write one block by block.

mod archive;
mod header;
mod npy;

use std::io::{self, Seek, SeekFrom, Write};

pub(crate) use archive::{Archive, ArchiveWriter, write_archive};
pub(crate) use npy::{Element, Layout};

/// A multiple of bytes that a header of two sides of any length fits in.
const ROOMY: usize = 128;

/// A `.npy` file that is being written, block by block of rows: shape `(n_rows,)` or `(n_rows, n_columns)`.
pub(crate) struct NpyWriter {
    descr: &'static str,
    n_columns: Option<usize>,
    /// Whether the header waits for the number of rows.
    is_open: bool,
}

impl NpyWriter {
    /// Writes the header for elements of type `descr`. If the number of rows is not known, the header leaves room for it.
    ///
    /// # Errors
    /// What writing raises.
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
    /// What writing raises; where the number of rows was not known before, also that `out` is a pipe.
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
