//! How large a table would be in memory.

/// How large the chosen columns of a table would be in memory, as far as can be told without reading it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSize {
    /// Bytes of its numbers.
    pub bytes: u64,
    /// Bytes that reading it into memory takes at most, for a moment.
    pub peak: u64,
}

impl TableSize {
    /// So many rows, which are known before they are read or are added to a list that grows.
    pub(super) fn of(n_rows: u64, n_columns: usize, is_known: bool) -> Self {
        let bytes = n_rows.saturating_mul(8 * n_columns as u64);
        // a list that grows is copied to one of twice its length
        Self { bytes, peak: if is_known { bytes } else { bytes.saturating_mul(3) } }
    }
}

/// Bytes by which a size is estimated.
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
    fn sizes_of_text_are_told_by_its_beginning() {
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
        let text = format!("# by somebody\n{}", rows(" "));
        near(TableReader::new(), "savetxt.txt", text.as_bytes(), 3.0);
        near(TableReader::new().exclude(["x2"]), "a.csv.gz", &gzip(rows(",").as_bytes()), 2.0);
    }

    #[test]
    fn sizes_of_arrays_are_told_by_their_heads() {
        let mut array = Vec::new();
        let rows = ndarray::Array2::from_shape_fn((4000, 3), |(i, j)| (i * j) as f32);
        ndarray_npy::WriteNpyExt::write_npy(&rows, &mut array).unwrap();
        let reader = TableReader::new().columns(["x3"]);
        assert_eq!(size(&reader, "x.npy", &array), 4000 * 8);
        let packed = size(&reader, "x.npy.gz", &gzip(&array)) as f64;
        assert!((packed / 32_000.0 - 1.0).abs() < 0.1, "{packed}");
    }
}
