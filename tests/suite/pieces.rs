//! Tables that are read in pieces equal tables that are read at once.

use std::fs;
use std::io::Write;
use std::path::Path;

use mixlab::Error;
use mixlab::table::{
    Cells, Sheet, SheetColumn, TableReader, TableWriter, write_columns, write_table,
};
use ndarray::{Array1, Array2, Axis, ShapeBuilder, concatenate};
use ndarray_npy::write_npy;

/// Number of rows of three columns, more than two pieces hold.
const N_ROWS: usize = 800_000;

/// Returns multiples of one half, which are short as text and exact in 32 bits.
fn rows() -> Array2<f64> {
    Array2::from_shape_fn((N_ROWS, 3), |(i, j)| ((i * 7 + j * 3) % 1000) as f64 / 2.0 - j as f64)
}

/// Returns rows of which every tenth, and all of the last 999, have a missing value.
fn rows_with_missing_values() -> Array2<f64> {
    let mut rows = rows();
    for row in (0..N_ROWS).filter(|row| row % 10 == 3 || *row > N_ROWS - 1000) {
        rows[[row, row % 3]] = f64::NAN;
    }
    rows
}

/// Concatenates all pieces to one sheet, and counts them.
fn concatenated(pieces: impl Iterator<Item = Result<Sheet, Error>>) -> (Sheet, usize) {
    let pieces: Vec<Sheet> = pieces.map(Result::unwrap).collect();
    assert!(pieces.iter().all(|piece| !piece.rows.is_empty()));
    let records: Vec<_> = pieces.iter().map(|piece| piece.table.records.view()).collect();
    let names = pieces[0].table.feature_names().to_vec();
    let records = concatenate(Axis(0), &records).unwrap();
    let n_pieces = pieces.len();
    let mut whole = Sheet {
        table: linfa::DatasetBase::from(records).with_feature_names(names),
        columns: pieces[0].columns.clone(),
        rows: pieces.iter().flat_map(|piece| piece.rows.clone()).collect(),
        n_dropped: pieces.iter().map(|piece| piece.n_dropped).sum(),
        decisions: Vec::new(),
        schema: pieces[0].schema.clone(),
        image: None,
    };
    for piece in &pieces[1..] {
        for (column, more) in whole.columns.iter_mut().zip(&piece.columns) {
            match (column, more) {
                (SheetColumn::Text { values, .. }, SheetColumn::Text { values: more, .. }) => {
                    values.extend_from_slice(more);
                }
                (column, more) => assert_eq!(column, more),
            }
        }
    }
    (whole, n_pieces)
}

fn assert_same(found: &Sheet, expected: &Sheet, what: &str) {
    let bits = |sheet: &Sheet| sheet.table.records.mapv(f64::to_bits);
    assert!(bits(found) == bits(expected), "{what}");
    assert_eq!(found.table.feature_names(), expected.table.feature_names(), "{what}");
    assert!(found.columns == expected.columns, "{what}");
    assert!(found.rows == expected.rows, "{what}");
    assert_eq!(found.n_dropped, expected.n_dropped, "{what}");
}

/// Reads a file at once and in pieces, as a file and as a pipe.
fn check(reader: &TableReader<'_>, path: &Path) {
    let what = path.display().to_string();
    let expected = reader.read(path).unwrap();
    let (found, n_pieces) = concatenated(reader.pieces(path).unwrap());
    assert_same(&found, &expected, &what);
    let n_numbers = expected.table.records.len();
    assert!(n_pieces > 1 || n_numbers < 2 << 20, "{what}: {n_pieces} pieces");
    let file = fs::File::open(path).unwrap();
    let (piped, _) = concatenated(reader.pieces_from(path, file).unwrap());
    assert_same(&piped, &expected, &what);
    let piped = reader.read_from(path, fs::File::open(path).unwrap()).unwrap();
    assert_same(&piped, &expected, &what);
}

fn gzip(path: &Path) {
    let compressed = path.with_extension("gz");
    let file = fs::File::create(&compressed).unwrap();
    let mut writer = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    writer.write_all(&fs::read(path).unwrap()).unwrap();
    writer.finish().unwrap();
}

#[test]
fn arrays_in_pieces_equal_arrays_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let rows = rows_with_missing_values();
    write_npy(file("c.npy"), &rows).unwrap();
    write_npy(file("f4.npy"), &rows.mapv(|value| value as f32)).unwrap();
    let by_column = Array2::from_shape_fn(rows.dim().f(), |at| rows[at]);
    write_npy(file("fortran.npy"), &by_column).unwrap();
    gzip(&file("c.npy"));
    let mut archive = ndarray_npy::NpzWriter::new(fs::File::create(file("x.npz")).unwrap());
    archive.add_array("data", &rows).unwrap();
    archive.finish().unwrap();
    let mut names = vec!["c.npy", "f4.npy", "fortran.npy", "c.gz", "x.npz"];
    if cfg!(feature = "parquet") {
        let names_of_columns = ["x1", "x2", "x3"].map(String::from);
        write_table(&file("x.parquet"), rows.view(), &names_of_columns).unwrap();
        names.push("x.parquet");
    }
    let expected = TableReader::new().drop_missing(true).read(&file("c.npy")).unwrap();
    let complete: Vec<usize> =
        (0..N_ROWS).filter(|&row| rows.row(row).iter().all(|value| !value.is_nan())).collect();
    assert_eq!(expected.rows, complete);
    assert_eq!(expected.table.records, rows.select(Axis(0), &complete));
    for name in names {
        let reader = TableReader::new().drop_missing(true);
        check(&reader, &file(name));
        assert_same(&reader.read(&file(name)).unwrap(), &expected, name);
        check(&TableReader::new().drop_missing(true).columns(["x3", "x1"]), &file(name));
        let whole = TableReader::new().read(&file(name)).unwrap().table.records;
        let n_missing = |rows: &Array2<f64>| rows.iter().filter(|value| value.is_nan()).count();
        assert_eq!((whole.nrows(), n_missing(&whole)), (N_ROWS, n_missing(&rows)), "{name}");
        let pieces = TableReader::new().pieces(&file(name)).unwrap();
        let n_in_pieces = pieces.map(|piece| n_missing(&piece.unwrap().table.records));
        assert_eq!(n_in_pieces.sum::<usize>(), n_missing(&rows), "{name}");
    }
}

#[test]
fn text_in_pieces_equals_text_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let rows = rows();
    let notes: Vec<String> = (0..N_ROWS).map(|row| format!("{}, {row}", row % 7)).collect();
    let columns: Vec<Array1<f64>> = rows.columns().into_iter().map(|c| c.to_owned()).collect();
    let cells = [
        ("a".to_owned(), Cells::Numbers(columns[0].view())),
        ("note".to_owned(), Cells::Texts(&notes)),
        ("b".to_owned(), Cells::Numbers(columns[1].view())),
        ("c".to_owned(), Cells::Numbers(columns[2].view())),
    ];
    // quotes from the first row on
    write_columns(&file("quoted.csv"), &cells).unwrap();
    write_columns(&file("tabs.tsv"), &cells).unwrap();
    gzip(&file("quoted.csv"));
    let plain = String::from_utf8(fs::read(file("tabs.tsv")).unwrap()).unwrap();
    // missing values, and a quoted note of two lines in the middle
    let mut text = String::with_capacity(plain.len());
    for (row, line) in plain.lines().enumerate() {
        match row {
            300_000 => text += "1\t\"two\nlines\"\t2\t3",
            _ if row % 10 == 5 || row > N_ROWS - 1000 => text += "1\tnone\tNA\t3",
            _ => text += line,
        }
        text.push('\n');
    }
    fs::write(file("missing.tsv"), text).unwrap();
    for name in ["quoted.csv", "tabs.tsv", "quoted.gz"] {
        let reader = TableReader::new().columns(["c", "a"]).carry(true);
        check(&reader, &file(name));
        check(&TableReader::new().exclude(["note"]), &file(name));
        let expected = reader.read(&file(name)).unwrap().table.records;
        assert_eq!(expected, rows.select(Axis(1), &[2, 0]), "{name}");
    }
    let reader = TableReader::new().exclude(["note"]).carry(true).drop_missing(true);
    check(&reader, &file("missing.tsv"));
    let sheet = reader.read(&file("missing.tsv")).unwrap();
    assert_eq!(sheet.n_dropped, N_ROWS / 10 + 900);
    let pieces = TableReader::new().exclude(["note"]).pieces(&file("missing.tsv")).unwrap();
    assert_eq!(pieces.map(|piece| piece.unwrap().rows.len()).sum::<usize>(), N_ROWS);
}

#[test]
fn errors_of_small_tables_are_those_of_reading_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("empty.csv", &b""[..]),
        ("header.csv", b"a,b\n"),
        ("ragged.csv", b"a,b\n1,2\n2,3,4\n"),
        ("text.csv", b"a,b\n1,x\n2,y\n"),
        ("cut.npy", b"\x93NUMPY\x01\x00"),
        ("bad.npz", b"PK\x03\x04 and so on"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let expected = TableReader::new().read(&path).unwrap_err().to_string();
        let found = TableReader::new().pieces(&path).and_then(|mut pieces| {
            let error = pieces.next().expect("an error").map(drop);
            assert!(pieces.next().is_none());
            error
        });
        assert_eq!(found.unwrap_err().to_string(), expected);
    }
    let path = folder.path().join("incomplete.csv");
    fs::write(&path, "a,b\n1,\n,3\n").unwrap();
    let mut pieces = TableReader::new().drop_missing(true).pieces(&path).unwrap();
    let error = pieces.next().unwrap().unwrap_err();
    assert!(matches!(error, Error::NothingComplete { n_rows: 2, .. }), "{error}");
    assert!(TableReader::new().columns(["c"]).pieces(&path).is_err());
}

#[test]
fn arrays_of_unknown_length_must_match_their_headers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    write_npy(&path, &rows()).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let problem = |bytes: &[u8]| {
        let in_pieces = match TableReader::new().pieces_from("x.npy".as_ref(), bytes) {
            Ok(mut pieces) => pieces.find_map(Result::err).unwrap().to_string(),
            Err(error) => error.to_string(),
        };
        let whole = TableReader::new().read_from("x.npy".as_ref(), bytes).unwrap_err().to_string();
        assert_eq!(in_pieces, whole);
        whole
    };
    assert!(problem(&bytes[..5000]).contains("claims 2400000 elements and has 4872 bytes"));
    bytes.extend([0; 3]);
    assert!(problem(&bytes).contains("continues for 3 bytes"));
    // no memory is allocated for an unverified header
    for shape in ["(1, 1099511627776)", "(1099511627776, 2)"] {
        let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}\n");
        header = format!("{}{header}", " ".repeat(118 - header.len()));
        let mut claim = b"\x93NUMPY\x01\x00".to_vec();
        claim.extend((header.len() as u16).to_le_bytes());
        claim.extend(header.as_bytes());
        assert!(problem(&claim).contains("has 0 bytes"));
    }
}

#[test]
fn pieces_can_be_written_to_another_table() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from.csv"), folder.path().join("to.csv"));
    let mut text = String::from("id,a,b\n");
    for row in 0..1000 {
        text += &format!("\"no. {row}, say\",{row},{}\n", row as f64 / 8.0);
    }
    fs::write(&from, &text).unwrap();
    let reader = TableReader::new().columns(["b", "a"]).carry(true);
    let pieces = reader.pieces(&from).unwrap();
    let columns = pieces.columns();
    TableWriter::create(&to, &columns, None, |writer| -> Result<(), Error> {
        for sheet in pieces {
            writer.write(&sheet?.cells())?;
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(fs::read_to_string(&to).unwrap(), text);
}
