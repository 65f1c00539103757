//! How large a table would be in memory.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::format::{Beginning, detect};
use super::input::{GZIP, Source};
use super::reader::TableReader;
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
        let is_packed = begin.starts_with(&GZIP);
        if is_packed {
            let mut unpacked = Vec::new();
            // it ends in the middle, which is no fault of the file
            let _ = MultiGzDecoder::new(&begin[..]).read_to_end(&mut unpacked);
            length = length.saturating_mul(unpacked.len() as u64) / (begin.len() as u64).max(1);
            begin = unpacked;
        }
        let source = Source::new(path, self.budget);
        detect(&begin, path).size(self, &source, &Beginning { bytes: &begin, length, is_packed })
    }
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
