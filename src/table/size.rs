//! Size of a table in memory.

/// Size in memory of the selected columns of a table, estimated without reading all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableSize {
    /// Number of bytes of its numbers.
    pub bytes: u64,
    /// Peak number of bytes while it is read into memory.
    pub peak: u64,
}

impl TableSize {
    /// Returns the size of `n_rows` rows; `is_known` is whether their number is known before they are read.
    pub(super) fn of(n_rows: u64, n_columns: usize, is_known: bool) -> Self {
        let bytes = n_rows.saturating_mul(8 * n_columns as u64);
        // a growing vector is copied to one of twice its length
        Self { bytes, peak: if is_known { bytes } else { bytes.saturating_mul(3) } }
    }
}

/// Number of bytes by which a size is estimated.
pub(super) const SAMPLE: usize = 1 << 18;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use crate::table::TableReader;

    fn size(reader: &TableReader<'_>, name: &str, content: &[u8]) -> u64 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        reader.size(&path).unwrap().unwrap().bytes
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(content).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn sizes_of_text_are_estimated_by_its_beginning() {
        let rows = |separator: &str| {
            let line = |row: usize| format!("{row}{separator}{}{separator}7\n", row % 10);
            (10_000..50_000).map(line).collect::<String>()
        };
        let near = |reader: TableReader<'_>, name: &str, content: &[u8], n_columns: f64| {
            let (found, expected) =
                (size(&reader, name, content) as f64, 40_000.0 * n_columns * 8.0);
            assert!((found / expected - 1.0).abs() < 0.1, "{name}: {found} for {expected}");
        };
        near(TableReader::new(), "a.csv", rows(",").as_bytes(), 3.0);
        let text = format!("a title; or two\n{}", rows(","));
        near(TableReader::new().skip(1), "title.csv", text.as_bytes(), 3.0);
        let text = format!("# comment\n{}", rows(" "));
        near(TableReader::new(), "savetxt.txt", text.as_bytes(), 3.0);
        near(TableReader::new().exclude(["x2"]), "a.csv.gz", &gzip(rows(",").as_bytes()), 2.0);
    }

    #[test]
    fn sizes_of_arrays_are_read_from_their_headers() {
        let mut array = Vec::new();
        let rows = ndarray::Array2::from_shape_fn((4000, 3), |(i, j)| (i * j) as f32);
        ndarray_npy::WriteNpyExt::write_npy(&rows, &mut array).unwrap();
        let reader = TableReader::new().columns(["x3"]);
        assert_eq!(size(&reader, "x.npy", &array), 4000 * 8);
        let compressed = size(&reader, "x.npy.gz", &gzip(&array)) as f64;
        assert!((compressed / 32_000.0 - 1.0).abs() < 0.1, "{compressed}");
    }
}
