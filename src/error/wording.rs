//! Numbers and lists in messages, singular or plural.

/// The number of rows with its verb: `2 rows are`.
pub(super) fn rows_are(n: usize) -> String {
    if n == 1 { "1 row is".into() } else { format!("{n} rows are") }
}

/// Names of columns with the reason for which each is left out; at most twelve.
pub(super) fn reasons(left_out: &[(String, String)]) -> String {
    const MOST: usize = 12;
    let one = |(name, reason): &(String, String)| format!("{name:?} ({reason})");
    let dots = if left_out.len() > MOST { ", ..." } else { "" };
    left_out.iter().take(MOST).map(one).collect::<Vec<_>>().join(", ") + dots
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
    columns_are(columns, ["is constant", "are constant"])
}

/// A statement that columns have no values.
pub(super) fn columns_are_empty(columns: &[usize]) -> String {
    columns_are(columns, ["has no values", "have no values"])
}

fn columns_are(columns: &[usize], [is, are]: [&str; 2]) -> String {
    match columns {
        [column] => format!("column {column} (counted from 0) {is}"),
        _ => {
            let names: Vec<String> = columns.iter().map(usize::to_string).collect();
            format!("columns {} (counted from 0) {are}", first_names(&names))
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
