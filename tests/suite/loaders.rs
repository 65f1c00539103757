//! Malicious and damaged files: reading gives an error or a complete table, never a panic.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use mixlab::prelude::*;
use mixlab::table::{Pieces, Table, TableReader, read_table, write_table};
use mixlab::{Error, ModelFile};
use ndarray::Array2;
use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

/// A temporary folder for one case.
struct Scratch(TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// Checks that a table is complete, or that the error names the file in one line.
fn is_complete_or_names_the_file(name: &str, outcome: &Result<Table, Error>) {
    match outcome {
        Ok(table) => {
            let (rows, columns) = table.records.dim();
            assert!(rows > 0 && columns > 0);
            assert_eq!(table.feature_names().len(), columns);
        }
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains(name) && !text.contains('\n'), "{text}");
        }
    }
}

/// Checks that reading a file in pieces gives the same table or the same error, and that a pipe of its bytes gives a table or
/// an error.
fn same_in_pieces(path: &Path, outcome: &Result<Table, Error>) {
    let reader = TableReader::new();
    let rows = |pieces: Result<Pieces<'_>, Error>| -> Result<Vec<u64>, Error> {
        let mut bits = Vec::new();
        for sheet in pieces? {
            bits.extend(sheet?.table.records.iter().map(|value| value.to_bits()));
        }
        Ok(bits)
    };
    let whole = outcome.as_ref().map(|table| {
        let bits: Vec<u64> = table.records.iter().map(|value| value.to_bits()).collect();
        bits
    });
    let in_pieces = rows(reader.pieces(path)).map_err(|error| error.to_string());
    assert_eq!(in_pieces, whole.map_err(Error::to_string));
    let piped = rows(reader.pieces_from(path, fs::File::open(path).unwrap()));
    assert_eq!(piped.is_ok(), in_pieces.is_ok());
    if let (Ok(piped), Ok(in_pieces)) = (piped, in_pieces) {
        assert_eq!(piped, in_pieces);
    }
}

/// Valid files to damage: a pipeline's model file, and a table's `.npy` and `.csv`.
static GOOD: LazyLock<[(&str, Vec<u8>); 3]> = LazyLock::new(|| {
    let scratch = Scratch::new();
    let path = |name: &str| scratch.0.path().join(name);
    let pipeline = Pipeline::params()
        .standardize(true)
        .pca(Pca::params(PcaComponents::Count(1)))
        .mixture(GaussianMixture::params(2))
        .fit(&datasets::moons());
    ModelFile::from(pipeline.unwrap()).save(&path("x.npz")).unwrap();
    let rows = datasets::moons().records;
    let names = ["x".to_owned(), "y".to_owned()];
    write_table(&path("x.npy"), rows.view(), &names).unwrap();
    write_table(&path("x.csv"), rows.view(), &names).unwrap();
    ["x.npz", "x.npy", "x.csv"].map(|name| (name, fs::read(path(name)).unwrap()))
});

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(
        bytes in vec(any::<u8>(), 0..400),
        name in prop::sample::select(vec!["x.csv", "x.tsv", "x.txt", "x.npy", "x.npz", "x"]),
    ) {
        let scratch = Scratch::new();
        let path = scratch.file(name, &bytes);
        let outcome = read_table(&path);
        is_complete_or_names_the_file(name, &outcome);
        same_in_pieces(&path, &outcome);
        prop_assert!(ModelFile::load(&path).is_err());
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "[-0-9.eE+,;\"'\t \r\nainfNAxy\u{feff}é]{0,200}") {
        let scratch = Scratch::new();
        for name in ["x.csv", "x.tsv", "x.txt"] {
            let path = scratch.file(name, text.as_bytes());
            let outcome = read_table(&path);
            is_complete_or_names_the_file(name, &outcome);
            same_in_pieces(&path, &outcome);
            if let Ok(table) = outcome {
                // the table that was read is written and read again, bit for bit
                let copy = scratch.0.path().join("copy.csv");
                write_table(&copy, table.records.view(), table.feature_names()).unwrap();
                let again = read_table(&copy).unwrap().records;
                let bits = |rows: &Array2<f64>| rows.mapv(f64::to_bits);
                prop_assert_eq!(bits(&again), bits(&table.records));
            }
        }
    }

    #[test]
    fn damaged_files_are_read_without_a_panic(
        which in 0..3_usize,
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        keep in any::<prop::sample::Index>(),
        cut: bool,
    ) {
        let (name, mut bytes) = GOOD[which].clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut {
            bytes.truncate(keep.index(bytes.len()));
        }
        let scratch = Scratch::new();
        let path = scratch.file(name, &bytes);
        let outcome = read_table(&path);
        is_complete_or_names_the_file(name, &outcome);
        same_in_pieces(&path, &outcome);
        // a model is loaded completely or not at all: a loaded model must be usable
        if let Ok(file) = ModelFile::load(&path) {
            let rows = datasets::moons().records;
            let _ = file.pipeline.score_samples(&rows);
            prop_assert_eq!(file.pipeline.sample(3, 0).0.dim(), (3, 2));
        }
    }

    #[test]
    fn any_shape_and_type_of_an_npy_header_is_read_without_a_panic(
        element in prop::sample::select(vec!["<f8", ">f8", "<f4", "<i8", "|u1", "|b1", "<U3", "<c16", "|O"]),
        sides in vec(prop_oneof![0..6_usize, Just(usize::MAX), Just(1 << 40)], 0..4),
        content in vec(any::<u8>(), 0..200),
    ) {
        let sides: String = sides.iter().map(|side| format!("{side},")).collect();
        let header = format!("{{'descr': '{element}', 'fortran_order': False, 'shape': ({sides}), }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(content);
        let scratch = Scratch::new();
        let path = scratch.file("x.npy", &bytes);
        let outcome = read_table(&path);
        is_complete_or_names_the_file("x.npy", &outcome);
        same_in_pieces(&path, &outcome);
    }
}

#[test]
fn undamaged_files_are_read() {
    let scratch = Scratch::new();
    for (name, bytes) in GOOD.iter() {
        let path = scratch.file(name, bytes);
        match *name {
            "x.npz" => assert!(ModelFile::load(&path).is_ok()),
            _ => assert_eq!(read_table(&path).unwrap().records, datasets::moons().records),
        }
    }
}

#[test]
fn byte_order_marks_are_not_part_of_names_or_numbers() {
    let scratch = Scratch::new();
    let marked = scratch.file("x.csv", "\u{feff}\u{feff}1\n2\n".as_bytes());
    assert_eq!(read_table(&marked).unwrap().records, ndarray::array![[1.0], [2.0]]);
    let named = scratch.file("x.txt", " \u{feff}a b\n1 2\n".as_bytes());
    assert_eq!(read_table(&named).unwrap().feature_names(), ["a", "b"]);
}

#[test]
fn names_of_several_words_are_preserved_in_files_without_quotes() {
    let scratch = Scratch::new();
    let path = scratch.0.path().join("x.txt");
    let rows = ndarray::array![[1.0, 2.0], [3.0, 4.0]];
    let names = ["petal length".to_owned(), "#n".to_owned()];
    write_table(&path, rows.view(), &names).unwrap();
    let table = read_table(&path).unwrap();
    assert_eq!(table.feature_names(), ["petal_length", "_n"]);
    assert_eq!(table.records, rows);
}
