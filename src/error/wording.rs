//! Numbers and lists in messages, singular or plural.

/// The number of rows with its verb: `2 rows are`.
pub(super) fn rows_are(n: usize) -> String {
    if n == 1 { "1 row is".into() } else { format!("{n} rows are") }
}

/// The parts of a table that may be left out if values are missing in `n_rows` of `of_rows` rows.
pub(super) fn rows_or_columns(n_rows: usize, of_rows: usize) -> &'static str {
    if 2 * n_rows < of_rows { "rows" } else { "rows or columns" }
}

/// The number of values with its verb: `1 value is`.
pub(super) fn values_are(n: usize) -> String {
    if n == 1 { "1 value is".into() } else { format!("{n} values are") }
}

/// The number of values: `1 value`.
pub(super) fn values(n: usize) -> String {
    if n == 1 { "1 value".into() } else { format!("{n} values") }
}

/// The number of texts among the values of a column, if there are several.
pub(super) fn other_texts(n: usize) -> String {
    if n == 1 { String::new() } else { format!(", as {n} values of the column") }
}

/// A statement that columns are constant.
pub(super) fn columns_are_constant(columns: &[usize]) -> String {
    match columns {
        [column] => format!("column {column} (counted from 0) is constant"),
        _ => {
            let names: Vec<String> = columns.iter().map(usize::to_string).collect();
            format!("columns {} (counted from 0) are constant", first_names(&names))
        }
    }
}

/// The first six names, separated by commas.
pub(super) fn first_names(names: &[String]) -> String {
    const MOST: usize = 6;
    let dots = if names.len() > MOST { ", ..." } else { "" };
    names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ") + dots
}

/// Formats a number of bytes, such as `512 MB`.
pub fn format_bytes(bytes: u64) -> String {
    match bytes {
        1_000_000_000.. => format!("{:.1} GB", bytes as f64 / 1e9),
        1_000_000.. => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.0} kB", bytes as f64 / 1e3),
    }
}
