//! How large a table would be in memory.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::reader::{Format, GZIP, Source, TableReader};
use super::sniff::{Separator, separator};
use super::text::words;
use crate::arrays::Layout;
use crate::error::{Error, Result};

/// How large a table would be in memory, as far as can be told without reading it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSize {
    /// Bytes of its numbers, columns that are not chosen included.
    pub bytes: u64,
    /// Bytes that reading it into memory takes at most, for a moment.
    pub peak: u64,
}

/// Bytes of a file that are looked at.
const SAMPLE: u64 = 1 << 18;

impl TableReader<'_> {
    /// How large the table in a file would be in memory; none if that cannot be told.
    ///
    /// That of an array or a Parquet file is in its head; that of text, and of what is compressed, is estimated by its
    /// beginning.
    ///
    /// # Errors
    /// [`Error::Io`]; of Parquet files those of their head, and of the choice of columns.
    pub fn size(&self, path: &Path) -> Result<Option<TableSize>> {
        let at = |error| Error::io(path, error);
        // a pipe that is opened and closed again has lost its writer
        let metadata = path.metadata().map_err(at)?;
        if !metadata.is_file() {
            return Ok(None);
        }
        let mut begin = Vec::new();
        let mut file = File::open(path).map_err(at)?;
        file.by_ref().take(SAMPLE).read_to_end(&mut begin).map_err(at)?;
        let mut length = metadata.len();
        if begin.starts_with(&GZIP) {
            let mut unpacked = Vec::new();
            // it ends in the middle, which is no fault of the file
            let _ = MultiGzDecoder::new(&begin[..]).read_to_end(&mut unpacked);
            length = length.saturating_mul(unpacked.len() as u64) / (begin.len() as u64).max(1);
            begin = unpacked;
        }
        Ok(match Format::of(&begin, path) {
            Format::Npy => Some(match Layout::read(&mut begin.as_slice(), length) {
                Ok((layout, _)) => of_array(&layout, !self.choice.is_all()),
                // what is packed has the length of its numbers, or thereabouts
                Err(_) => TableSize { bytes: length, peak: length.saturating_mul(2) },
            }),
            Format::Npz => None,
            Format::Parquet => self.size_of_parquet(&Source { path }, length)?,
            Format::Text(usually) => Some(of_text(&begin, length, separator(&begin, usually))),
        })
    }

    #[cfg(feature = "parquet")]
    fn size_of_parquet(&self, source: &Source<'_>, length: u64) -> Result<Option<TableSize>> {
        let (n_rows, n_columns) = super::parquet::shape(self, source)?;
        let bytes = (n_rows as u64).saturating_mul(8 * n_columns as u64);
        // the whole file is read first
        Ok(Some(TableSize { bytes, peak: bytes.saturating_add(length) }))
    }

    #[cfg(not(feature = "parquet"))]
    fn size_of_parquet(&self, _: &Source<'_>, _: u64) -> Result<Option<TableSize>> {
        Ok(None)
    }
}

fn of_array(layout: &Layout, is_chosen: bool) -> TableSize {
    let sides = layout.shape.iter().map(|&side| side as u64);
    let bytes = sides.fold(8, u64::saturating_mul);
    // columns that are taken out of an array, or put side by side, are copied
    let n_copies = if layout.fortran_order || is_chosen { 2 } else { 1 };
    TableSize { bytes, peak: bytes.saturating_mul(n_copies) }
}

/// The size of a text of `length` bytes, by its beginning.
fn of_text(begin: &[u8], length: u64, separator: Separator) -> TableSize {
    let n_fields = |line: &[u8]| match separator {
        Separator::Byte(byte) => line.iter().filter(|&&other| other == byte).count() + 1,
        Separator::Blanks => words(line).len(),
    };
    let lines: Vec<usize> = begin.split(|&byte| byte == b'\n').map(n_fields).collect();
    // the last one may be cut off, the first ones a title
    let widest = lines.iter().copied().max().unwrap_or(0) as u64;
    let n_lines = length.saturating_mul(lines.len() as u64) / (begin.len() as u64).max(1) + 1;
    let bytes = n_lines.saturating_mul(8 * widest);
    // a list that grows is copied to one of twice its length
    TableSize { bytes, peak: bytes.saturating_mul(3) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn sizes_of_text_are_told_by_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let size = |name: &str, text: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            TableReader::new().size(&path).unwrap().unwrap().bytes as f64
        };
        let rows = |separator: &str| {
            let line = |row: usize| format!("{row}{separator}{}{separator}7\n", row % 10);
            (10_000..50_000).map(line).collect::<String>()
        };
        let expected = 40_000.0 * 3.0 * 8.0;
        let near = |found: f64| assert!((found / expected - 1.0).abs() < 0.1, "{found}");
        near(size("a.csv", rows(",").as_bytes()));
        near(size("title.csv", format!("a title\n{}", rows(",")).as_bytes()));
        near(size("savetxt.txt", format!("# by somebody\n{}", rows(" ")).as_bytes()));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(rows(",").as_bytes()).unwrap();
        near(size("a.csv.gz", &gzip.finish().unwrap()));
    }
}
