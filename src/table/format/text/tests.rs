//! Tests of reading text tables.

use std::path::Path;

use ndarray::array;

use crate::error::Result;
use crate::table::{Sheet, SheetColumn, TableReader};

fn read(reader: &TableReader<'_>, text: &str) -> Result<Sheet> {
    reader.read_from(Path::new("x.csv"), text.as_bytes())
}

#[test]
fn columns_that_are_not_selected_are_kept_as_text() {
    let text = "id,a,note,b\n007,1,\"x, y\",2\n008,,z,3\n009,4,,5\n";
    let reader = TableReader::new().columns(["b", "a"]).carry(true).drop_missing(true);
    let sheet = read(&reader, text).unwrap();
    assert_eq!(sheet.table.records, array![[2.0, 1.0], [5.0, 4.0]]);
    assert_eq!(sheet.table.feature_names(), ["b", "a"]);
    assert_eq!((sheet.rows.as_slice(), sheet.n_dropped), (&[0, 2][..], 1));
    let text = |name: &str, values: [&str; 2]| SheetColumn::Text {
        name: name.into(),
        values: values.map(String::from).to_vec(),
    };
    let expected = [
        text("id", ["007", "009"]),
        SheetColumn::Number(1),
        text("note", ["x, y", ""]),
        SheetColumn::Number(0),
    ];
    assert_eq!(sheet.columns, expected);
}

#[test]
fn missing_values_are_nan_and_counted() {
    let sheet = read(&TableReader::new(), "a,b\n1,2\nNA,\n3,?\n4,5\n").unwrap();
    let is_missing = |(row, column)| sheet.table.records[[row, column]].is_nan();
    assert!([(1, 0), (1, 1), (2, 1)].into_iter().all(is_missing));
    assert_eq!(sheet.schema.n_missing(), [1, 2]);
    assert_eq!(sheet.schema.columns()[1].range, Some((2.0, 5.0)));
    let complete = read(&TableReader::new().drop_missing(true), "a,b\n1,2\nNA,\n3,?\n4,5\n");
    assert_eq!(complete.unwrap().rows, [0, 3]);
}

#[test]
fn all_columns_of_text_are_reported_at_once() {
    let error = read(&TableReader::new(), "a,b,c\nx,1,u\ny,2,v\n").unwrap_err();
    assert!(error.to_string().contains("\"a\", \"c\""), "{error}");
}

#[test]
fn lines_are_counted_across_pieces_quotes_and_skipped_lines() {
    // long enough for several pieces, with a quoted line end near the end
    let mut text = String::from("about\n150,4\nid,a\n");
    for row in 0..400_000 {
        text += &format!("{row},{}\n", row % 7);
    }
    text += "\"1\n2\",3\n1,oops\n";
    let reader = TableReader::new().columns(["a"]).skip(2);
    let error = read(&reader, &text).unwrap_err().to_string();
    assert!(error.contains("line 400006, column 2") && error.contains("oops"), "{error}");
    let whole = text.trim_end_matches("1,oops\n");
    let sheet = read(&reader, whole).unwrap();
    assert_eq!(sheet.table.records.nrows(), 400_001);
    assert_eq!(sheet.table.records[[399_999, 0]], f64::from(399_999 % 7));
}

#[test]
fn lines_are_counted_with_windows_line_ends_and_blank_lines() {
    let line = |text: &str| read(&TableReader::new(), text).unwrap_err().to_string();
    assert!(line("a,b\r\n\"1\",2\r\n3,x\r\n5,6\r\n").contains("line 3, column 2"));
    assert!(line("a,b\n\"1\",2\n\n\n3,x\n5,6\n").contains("line 5, column 2"));
    assert!(line("a,b\n\"1\n\n\",2\n3,4\n5,6,7\n").contains("line 6, column 3"));
    assert!(line("a,b\n\n1,2\n3,x\n5,6\n").contains("line 4, column 2"));
}

#[test]
fn names_are_unique_and_not_empty() {
    // a column without a name does not take the name of another
    let sheet = read(&TableReader::new(), ",x1,b\n7,2,3\n9,5,4\n6,6,1\n").unwrap();
    assert_eq!(sheet.table.feature_names(), ["x1", "b"]);
    let chosen = read(&TableReader::new().columns(["x1.1", "b"]), ",x1,b\n7,2,3\n9,5,4\n6,6,1\n");
    assert_eq!(chosen.unwrap().table.records.row(0).to_vec(), [7.0, 3.0]);
    let sheet = read(&TableReader::new(), ",a,a,a.1,\n1,2,3,4,5\n").unwrap();
    assert_eq!(sheet.table.feature_names(), ["x1", "a", "a.1", "a.1.1", "x5"]);
}

#[test]
fn separators_of_wide_tables_are_detected_by_two_complete_lines() {
    let names: Vec<String> = (0..20_000).map(|column| format!("column {column}")).collect();
    let values: Vec<String> = (0..20_000).map(|column| column.to_string()).collect();
    let text = format!("{}\n{}\n", names.join(";"), values.join(";"));
    assert_eq!(read(&TableReader::new(), &text).unwrap().table.records.ncols(), 20_000);
}

#[test]
fn excluded_columns_may_hold_any_bytes() {
    let text = b"name,a\nJos\xe9,1\nAnna,2\n";
    let reader = TableReader::new().exclude(["name"]);
    let sheet = reader.read_from(Path::new("x.csv"), &text[..]).unwrap();
    assert_eq!(sheet.table.records, array![[1.0], [2.0]]);
    let error = TableReader::new().read_from(Path::new("x.csv"), &text[..]).unwrap_err();
    assert!(error.to_string().contains("line 2, column 1: the text is not UTF-8"), "{error}");
}

#[test]
fn the_example_is_from_the_reported_column() {
    let text = "a,b\nx,oops\ny,1\nz,2\n";
    let error = read(&TableReader::new(), text).unwrap_err().to_string();
    assert!(error.contains("column \"a\" holds text, not numbers, like \"x\""), "{error}");
}

#[test]
fn gzip_is_decompressed_regardless_of_the_name() {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"a b\n1 2\n").unwrap();
    let member = gzip.finish().unwrap();
    let twice = [member.clone(), member].concat();
    let sheet = TableReader::new().header(true).read_from(Path::new("x"), &twice[..]);
    // the second member continues the first, so its header is a line of text
    assert!(sheet.unwrap_err().to_string().contains("line 3, column 1"));
}

#[test]
fn headers_can_be_enabled_and_disabled() {
    let years = read(&TableReader::new().header(true), "2019,2020\n1,2\n").unwrap();
    assert_eq!(years.table.feature_names(), ["2019", "2020"]);
    let data = read(&TableReader::new().header(false), "2019,2020\n1,2\n").unwrap();
    assert_eq!(data.table.records.nrows(), 2);
    assert!(read(&TableReader::new().header(false), "a,2020\n1,2\n").is_err());
}

#[test]
fn expected_columns_are_found_by_name_or_in_order() {
    let names = ["b".to_owned(), "a".to_owned()];
    let reader = TableReader::new().columns_or_in_order(&names);
    assert_eq!(read(&reader, "a,b\n1,2\n").unwrap().table.records, array![[2.0, 1.0]]);
    assert_eq!(read(&reader, "1,2\n").unwrap().table.records, array![[1.0, 2.0]]);
    assert!(read(&reader, "1,2,3\n").is_err());
    // existing names are used, even the default names of the table
    let names = ["x2".to_owned(), "x1".to_owned()];
    let reader = TableReader::new().columns_or_in_order(&names);
    assert_eq!(read(&reader, "1,2\n").unwrap().table.records, array![[2.0, 1.0]]);
}

/// Returns lines of whole numbers that are longer than the sample at the beginning, then `last`.
fn late(last: &str) -> String {
    let rows: String = (0..30_000).map(|row| format!("{};{}\n", row % 900, row % 7)).collect();
    format!("a;b\n{rows}{last}")
}

#[test]
fn a_late_contradiction_is_an_error_with_its_line() {
    let usual = TableReader::new();
    let found =
        |reader: &TableReader<'_>, last: &str| read(reader, &late(last)).unwrap_err().to_string();
    // either decimal mark may follow whole numbers, but not both
    let sheet = read(&usual, &late("1,5;2\n2,5;3\n")).unwrap();
    assert_eq!(sheet.table.records[[30_000, 0]], 1.5);
    let error = found(&usual, "1,5;2\n2;2.5\n");
    assert!(
        error.contains("line 30003, column 2") && error.contains("\"1,5\" in line 30002"),
        "{error}"
    );
    for last in ["1,500;2\n", "1.500;2\n"] {
        let error = found(&usual, last);
        assert!(
            error.contains("line 30002, column 1") && error.contains("state the decimal mark"),
            "{error}"
        );
    }
    for (mark, last) in [('.', "1,500;2\n"), (',', "1.500;2\n")] {
        let sheet = read(&TableReader::new().decimal_mark(mark), &late(last)).unwrap();
        assert_eq!(sheet.table.records[[30_000, 0]], 1500.0);
    }
    let first = |first: &str, last: &str| {
        let text = late(last).replacen("a;b\n", &format!("a;b\n{first}\n"), 1);
        read(&TableReader::new(), &text).unwrap_err().to_string()
    };
    for (begin, last) in
        [("1,5;2", "2;2.5\n"), ("1.5;2", "2;2,5\n"), ("1,5;2", "2;2.500\n"), ("1.5;2", "2;1 234\n")]
    {
        let error = first(begin, last);
        assert!(error.contains("line 30003, column 2: the value of \"b\""), "{error}");
    }
}

#[test]
fn the_structure_is_detected_by_lines_from_all_over_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    let rows: String = (0..30_000).map(|row| format!("{};{}\n", row * 7 % 900, row % 7)).collect();
    let marked: String = (0..30_000).map(|row| format!("1.{:03};2,5\n", row % 1000)).collect();
    std::fs::write(&path, format!("a;b\n{rows}{marked}")).unwrap();
    let sheet = TableReader::new().read(&path).unwrap();
    assert_eq!(sheet.table.records[[30_007, 0]], 1007.0);
    assert_eq!(sheet.table.records[[30_007, 1]], 2.5);
    assert_eq!(sheet.decisions.len(), 1, "{:?}", sheet.decisions);
}

#[test]
fn quotes_that_are_not_closed_are_reported_with_their_line() {
    let open = |text: &str| read(&TableReader::new(), text).unwrap_err().to_string();
    assert!(open("a,b\n1,2\n\"3,4\n5,6\n").contains("line 3: the quote"));
    assert!(open("a,\"b\n1,2\n").contains("line 1: the quote"));
    let rows: String = (0..30_000).map(|row| format!("{row},\"1\n\"\n")).collect();
    assert!(open(&format!("a,b\n{rows}1,\"2\n3,4\n")).contains("line 60002: the quote"));
}

#[test]
fn rows_of_names_without_a_place_of_their_own_are_refused() {
    // a value is missing in the line of names, above measurements
    let error = read(&TableReader::new(), "a,b\n1.5,2,3\n2.5,3,4\n").unwrap_err().to_string();
    assert!(error.contains("line 2, column 3") && !error.contains("skip"), "{error}");
}
