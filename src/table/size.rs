//! How large a table would be in memory.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::reader::{Format, GZIP, Source, TableReader};
use super::sniff::separator;
use super::text::words;
use crate::arrays::Layout;
use crate::error::{Error, Result};

/// How large a table would be in memory, as far as can be told without reading it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSize {
    /// Bytes of its numbers, of the chosen columns where they are known.
    pub bytes: u64,
    /// Bytes that reading it into memory takes at most, for a moment.
    pub peak: u64,
}

/// Bytes of text that are looked at.
const SAMPLE: u64 = 1 << 18;

/// What gzip makes of text full of numbers: a third of it, or more.
const UNPACKED: u64 = 4;

impl TableReader<'_> {
    /// How large the table in a file would be in memory; none if that cannot be told.
    ///
    /// That of an array or a Parquet file is in its head; that of text is estimated by its first lines.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn size(&self, path: &Path) -> Result<Option<TableSize>> {
        let at = |error| Error::io(path, error);
        let mut file = File::open(path).map_err(at)?;
        let metadata = file.metadata().map_err(at)?;
        if !metadata.is_file() {
            return Ok(None);
        }
        let length = metadata.len();
        let mut begin = Vec::new();
        file.by_ref().take(SAMPLE).read_to_end(&mut begin).map_err(at)?;
        if begin.starts_with(&GZIP) {
            // text takes about as many bytes as its numbers
            let bytes = length.saturating_mul(UNPACKED);
            return Ok(Some(TableSize { bytes, peak: 2 * bytes }));
        }
        Ok(match Format::of(&begin, path) {
            Format::Npy => Layout::read(&mut begin.as_slice(), length).ok().map(|(layout, _)| {
                let n_numbers =
                    layout.shape.iter().fold(1_u64, |n, &side| n.saturating_mul(side as u64));
                TableSize::exact(n_numbers.saturating_mul(8))
            }),
            Format::Npz => None,
            Format::Parquet => self.size_of_parquet(&Source { path }),
            Format::Text(usually) => {
                let lines = begin.iter().filter(|&&byte| byte == b'\n').count().max(1) as u64;
                let separator = separator(&begin, usually);
                let line = begin.split(|&byte| byte == b'\n').next().unwrap_or_default();
                let n_fields = match separator {
                    super::sniff::Separator::Byte(byte) => {
                        line.iter().filter(|&&other| other == byte).count() + 1
                    }
                    super::sniff::Separator::Blanks => words(line).len(),
                } as u64;
                let n_lines = length.saturating_mul(lines) / (begin.len() as u64).max(1) + 1;
                let bytes = n_lines.saturating_mul(8 * n_fields);
                // a list that grows is copied to one of twice its length
                Some(TableSize { bytes, peak: bytes.saturating_mul(3) })
            }
        })
    }

    #[cfg(feature = "parquet")]
    fn size_of_parquet(&self, source: &Source<'_>) -> Option<TableSize> {
        let (n_rows, n_columns) = super::parquet::shape(self, source).ok()?;
        // the file is read first
        let bytes = (n_rows as u64).saturating_mul(8 * n_columns as u64);
        Some(TableSize { bytes, peak: bytes.saturating_mul(2) })
    }

    #[cfg(not(feature = "parquet"))]
    fn size_of_parquet(&self, _: &Source<'_>) -> Option<TableSize> {
        None
    }
}

impl TableSize {
    fn exact(bytes: u64) -> Self {
        Self { bytes, peak: bytes }
    }
}
