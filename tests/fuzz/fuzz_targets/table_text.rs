//! Text tables come from any source: for any bytes, reading gives a table or an error. A CSV file written from a
//! table reads back bit for bit.
//!
//! The first byte selects what the remaining bytes are: `.csv`, `.tsv` or values separated by white space.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mixlab::table::{Table, parse_table, read_table, write_table};
use mixlab_fuzz::{Scratch, check_table};

/// Maximum number of values of a table that is written and read again.
const SMALL: usize = 1000;

fuzz_target!(|bytes: &[u8]| {
    let Some((&mode, bytes)) = bytes.split_first() else { return };
    let scratch = Scratch::new();
    let name = ["x.csv", "x.tsv", "x.txt"][usize::from(mode % 3)];
    let table = read_table(&scratch.file(name, bytes));
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
    assert!(table.records.iter().all(|value| value.is_finite()), "a value is not finite");
    if table.records.len() <= SMALL {
        let path = scratch.folder().join("again.csv");
        write_table(&path, table.records.view(), table.feature_names()).expect("a table written");
        same(&table, &read_table(&path).expect("a table that was written"));
    }
});

/// Panics unless two tables are equal bit for bit.
fn same(left: &Table, right: &Table) {
    assert_eq!(left.records.dim(), right.records.dim());
    let bits = |table: &Table| table.records.mapv(f64::to_bits);
    assert_eq!(bits(left), bits(right));
    assert_eq!(left.feature_names(), right.feature_names());
}
