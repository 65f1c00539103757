//! Text tables come from any source: for any bytes, reading gives a table or an error. A CSV file written from a
//! table reads back bit for bit. With the kinds of columns detected, rows are numbers, dates, indices of levels or missing
//! values, a table in a file has the schema of one in memory, and the same kinds read the table again.
//!
//! The first byte selects what the remaining bytes are: `.csv`, `.tsv` or values separated by white space.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use mixlab::ValueKind;
use mixlab::table::{KindChoice, Table, TableReader, parse_table, read_table, write_table};
use mixlab_fuzz::{Scratch, check_table};

/// Maximum number of values of a table that is written and read again.
const SMALL: usize = 1000;

fuzz_target!(|bytes: &[u8]| {
    let Some((&mode, bytes)) = bytes.split_first() else { return };
    let scratch = Scratch::new();
    let name = ["x.csv", "x.tsv", "x.txt"][usize::from(mode % 3)];
    let path = scratch.file(name, bytes);
    check_schema(&path);
    let table = read_table(&path);
    if name == "x.txt"
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        match (&table, &parse_table(text)) {
            (Ok(table), Ok(parsed)) => same(table, parsed),
            (Err(_), Err(_)) => {}
            _ => panic!("a file and its text are not both a table"),
        }
    }
    let Ok(table) = table else { return };
    check_table(&table);
    assert!(table.records.iter().all(|value| !value.is_infinite()), "a value is infinite");
    if table.records.len() <= SMALL {
        let path = scratch.folder().join("again.csv");
        write_table(&path, table.records.view(), table.feature_names()).expect("a table written");
        match read_table(&path) {
            Ok(again) => same(&table, &again),
            // names with control characters can be the first bytes of another format
            Err(mixlab::Error::ForeignFormat { .. })
                if table.feature_names().iter().any(|name| name.contains(char::is_control)) => {}
            Err(error) => panic!("a table that was written: {error:?}"),
        }
    }
});

/// Reads a table with detected kinds, in memory, from its file, and with the kinds that were found.
fn check_schema(path: &Path) {
    let reader = TableReader::new().kinds(KindChoice::detect());
    let (sheet, streamed) = (reader.read(path), reader.open(path));
    assert_eq!(sheet.is_ok(), streamed.is_ok(), "a table in memory or in its file");
    let (Ok(sheet), Ok(streamed)) = (sheet, streamed) else { return };
    check_table(&sheet.table);
    assert_eq!(streamed.schema(), &sheet.schema);
    let columns = sheet.schema.columns();
    for (column, values) in columns.iter().zip(sheet.table.records.columns()) {
        let is_level = |value: f64| match &column.kind {
            ValueKind::Categorical(levels) => levels.name(value).is_some(),
            _ => value.is_finite(),
        };
        assert!(values.iter().all(|&value| value.is_nan() || is_level(value)), "{column:?}");
    }
    let again = TableReader::new().columns(sheet.table.feature_names().iter());
    let again = again.kinds(KindChoice::of(&columns)).read(path);
    // names that look like ranges or numbers of columns may select others
    if let Ok(again) = again
        && again.table.feature_names() == sheet.table.feature_names()
    {
        same(&again.table, &sheet.table);
    }
}

/// Panics unless two tables are equal bit for bit.
fn same(left: &Table, right: &Table) {
    assert_eq!(left.records.dim(), right.records.dim());
    let bits = |table: &Table| {
        table.records.mapv(|value| if value.is_nan() { u64::MAX } else { value.to_bits() })
    };
    assert_eq!(bits(left), bits(right));
    assert_eq!(left.feature_names(), right.feature_names());
}
