//! Tests of reading arrays of every type and dimension, at once, in pieces, from compressed data, and from an open file.

use std::io::Write;
use std::path::Path;

use ndarray::{Array2, array, concatenate};

use crate::error::Result;
use crate::table::{Decision, Sheet, TableReader};

/// A `.npy` file.
fn npy(descr: &str, fortran_order: bool, shape: &[usize], content: &[u8]) -> Vec<u8> {
    let fortran_order = if fortran_order { "True" } else { "False" };
    let sides: String = shape.iter().map(|side| format!("{side}, ")).collect();
    let quoted = if descr.starts_with('[') { descr.to_owned() } else { format!("'{descr}'") };
    let header =
        format!("{{'descr': {quoted}, 'fortran_order': {fortran_order}, 'shape': ({sides}), }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(content);
    bytes
}

/// Reads a file in every way, and checks that the rows are the same.
fn read(reader: &TableReader<'_>, bytes: &[u8]) -> Result<Sheet> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    std::fs::write(&path, bytes).unwrap();
    let sheet = reader.read(&path)?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    let compressed = gzip.finish().unwrap();
    let piped = reader.read_from(Path::new("x"), &compressed[..])?;
    let pieces: Result<Vec<Sheet>> = reader.pieces_from(Path::new("x"), bytes)?.collect();
    let pieces = pieces?;
    let pieces: Vec<_> = pieces.iter().map(|piece| piece.table.records.view()).collect();
    let streamed = reader.open(&path)?;
    // as many random rows as there are
    let rows = crate::random_rows(&streamed, streamed.n_samples(), 0)?;
    let expected = &sheet.table.records;
    assert_eq!(piped.table.records, expected);
    assert_eq!(concatenate(ndarray::Axis(0), &pieces).unwrap(), expected);
    assert_eq!(sorted(&rows), sorted(expected));
    assert_eq!(streamed.image(), sheet.image);
    assert_eq!(streamed.decisions(), sheet.decisions);
    assert_eq!(piped.decisions, sheet.decisions);
    let names: Vec<&str> = streamed.columns().iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, sheet.table.feature_names());
    assert_eq!(reader.size(&path)?.unwrap().bytes, 8 * expected.len() as u64);
    Ok(sheet)
}

/// Returns the rows of a matrix in an order that does not depend on theirs.
fn sorted(rows: &Array2<f64>) -> Vec<Vec<u64>> {
    let mut rows: Vec<Vec<u64>> = rows
        .rows()
        .into_iter()
        .map(|row| row.iter().map(|value| value.to_bits()).collect())
        .collect();
    rows.sort_unstable();
    rows
}

fn problem(bytes: &[u8]) -> String {
    read(&TableReader::new(), bytes).unwrap_err().to_string()
}

#[test]
fn every_type_of_numbers_is_read() {
    let halves: Vec<u8> =
        [0x3c00_u16, 0x4000, 0xb800].iter().flat_map(|half| half.to_le_bytes()).collect();
    let big: Vec<u8> =
        [0x3c00_u16, 0x4000, 0xb800].iter().flat_map(|half| half.to_be_bytes()).collect();
    let columns = |numbers: [f64; 3]| Array2::from_shape_vec((3, 1), numbers.to_vec()).unwrap();
    for (descr, content, expected) in [
        ("<f2", &halves[..], [1.0, 2.0, -0.5]),
        (">f2", &big, [1.0, 2.0, -0.5]),
        ("|b1", &[0, 1, 1], [0.0, 1.0, 1.0]),
        ("|i1", &[0xff, 1, 2], [-1.0, 1.0, 2.0]),
        (">u2", &[1, 0, 0, 1, 0, 2], [256.0, 1.0, 2.0]),
    ] {
        for shape in [&[3][..], &[3, 1], &[3, 1, 1]] {
            let sheet = read(&TableReader::new(), &npy(descr, false, shape, content)).unwrap();
            assert_eq!(sheet.table.records, columns(expected), "{descr}");
        }
    }
}

#[test]
fn other_types_are_refused_by_name() {
    for (descr, size, words) in [
        ("<M8[D]", 8, "dates (<M8[D]); save numbers, such as days"),
        ("<m8[s]", 8, "durations"),
        ("<c16", 16, "numpy.column_stack([a.real, a.imag])"),
        ("<f16", 16, "float64"),
        ("<U3", 12, "texts"),
        ("|O", 8, "pickle"),
    ] {
        let error = problem(&npy(descr, false, &[2], &vec![0; 2 * size]));
        assert!(error.contains(words), "{error}");
    }
    assert!(problem(&npy("[('a', '|O')]", false, &[2], b"pickled")).contains("Python objects"));
    assert!(problem(&npy("|u1", false, &[], &[7])).contains("single value"));
    assert!(problem(&npy("|u1", false, &[2, 2, 2, 2], &[0; 16])).contains("a.reshape(len(a), -1)"));
}

#[test]
fn arrays_of_three_dimensions_are_images() {
    // three images of 2 x 2 pixels
    let pixels: Vec<u8> = (1..=12).map(|pixel| pixel * 20).collect();
    let sheet = read(&TableReader::new(), &npy("|u1", false, &[3, 2, 2], &pixels)).unwrap();
    let image = sheet.image.unwrap();
    assert_eq!(
        (image.height, image.width, image.channels, image.low, image.high),
        (2, 2, 1, 0.0, 255.0)
    );
    assert_eq!(sheet.table.feature_names(), ["pixel_0_0", "pixel_0_1", "pixel_1_0", "pixel_1_1"]);
    assert_eq!(sheet.decisions, [Decision::Images { n_images: 3, size: [2, 2, 1] }]);
    assert_eq!(sheet.table.records.row(1).to_vec(), [100.0, 120.0, 140.0, 160.0]);
    // the same array, the first index first
    let turned: Vec<u8> = (0..12).map(|at| pixels[at % 3 * 4 + at / 3 % 2 * 2 + at / 6]).collect();
    let fortran = read(&TableReader::new(), &npy("|u1", true, &[3, 2, 2], &turned)).unwrap();
    assert_eq!(fortran.table.records, sheet.table.records);
    // a selection of pixels is not an image
    let some =
        read(&TableReader::new().columns(["pixel_1_0"]), &npy("|u1", true, &[3, 2, 2], &turned));
    let some = some.unwrap();
    assert_eq!((some.table.records, some.image), (array![[60.0], [140.0], [220.0]], None));
    // in colour
    let colour = read(&TableReader::new(), &npy("|u1", false, &[1, 2, 2, 3], &pixels)).unwrap();
    assert_eq!((colour.image.unwrap().channels, colour.table.records.ncols()), (3, 12));
    // images of another size are not those of a model
    let line = ["pixel_0_0", "pixel_0_1", "pixel_0_2", "pixel_0_3"].map(String::from);
    let other = TableReader::new().columns_or_in_order(&line);
    let error = read(&other, &npy("|u1", false, &[3, 2, 2], &pixels)).unwrap_err().to_string();
    assert!(error.contains("no column \"pixel_0_2\""), "{error}");
    // the columns of a model without names are found in order
    let names = ["a", "b", "c", "d"].map(String::from);
    let reader = TableReader::new().columns_or_in_order(&names);
    let again = read(&reader, &npy("|u1", false, &[3, 2, 2], &pixels)).unwrap();
    assert_eq!((again.table.records, again.decisions.len()), (sheet.table.records, 0));
}

/// Records of an index, a text, two numbers, and a record.
fn records(n: u8) -> Vec<u8> {
    let descr = "[('index', '<i4'), ('name', '|S2'), ('v', '>f4', (2,)), ('p', [('ok', '|b1')])]";
    let mut content = Vec::new();
    for row in 0..n {
        content.extend(i32::from(row + 7).to_le_bytes());
        content.extend([b'a', b'0' + row]);
        content.extend(f32::from(row).to_be_bytes());
        content.extend((f32::from(row) / 2.0).to_be_bytes());
        content.push(row % 2);
    }
    npy(descr, false, &[n.into()], &content)
}

#[test]
fn records_are_read_by_the_names_of_their_fields() {
    let file = records(3);
    let reader = TableReader::new().exclude(["name"]);
    let sheet = read(&reader, &file).unwrap();
    assert_eq!(sheet.table.feature_names(), ["v.0", "v.1", "p.ok"]);
    assert_eq!(sheet.table.records, array![[0.0, 0.0, 0.0], [1.0, 0.5, 1.0], [2.0, 1.0, 0.0]]);
    assert_eq!(sheet.decisions, [Decision::IndexColumns { columns: vec!["index".into()] }]);
    // the index is used if it is named, and not mentioned if it is excluded
    let named = read(&TableReader::new().columns(["index", "v.1"]), &file).unwrap();
    assert_eq!(named.table.records, array![[7.0, 0.0], [8.0, 0.5], [9.0, 1.0]]);
    assert!(named.decisions.is_empty());
    let excluded = read(&TableReader::new().exclude(["name", "index"]), &file).unwrap();
    assert!(excluded.decisions.is_empty());
    let error = problem(&file);
    assert!(error.contains("column \"name\" holds text"), "{error}");
}

#[test]
fn damaged_records_are_refused() {
    let mut file = records(3);
    file.pop();
    assert!(problem(&file).contains("claims 3 elements"));
    let two = npy("[('a', '|u1')]", false, &[2, 2], &[0; 4]);
    assert!(problem(&two).contains("a.ravel()"));
    let column =
        read(&TableReader::new(), &npy("[('a', '|u1')]", false, &[2, 1], &[3, 4])).unwrap();
    assert_eq!(column.table.records, array![[3.0], [4.0]]);
}
