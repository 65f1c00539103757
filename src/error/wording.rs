//! Numbers of things in messages, singular or plural.

/// So many rows, with their verb.
pub(super) fn rows_are(n: usize) -> String {
    if n == 1 { "1 row is".into() } else { format!("{n} rows are") }
}

/// So many values, with their verb.
pub(super) fn values_are(n: usize) -> String {
    if n == 1 { "1 value is".into() } else { format!("{n} values are") }
}

/// The first of many names, between commas.
pub(super) fn first_names(names: &[String]) -> String {
    const MOST: usize = 6;
    let dots = if names.len() > MOST { ", ..." } else { "" };
    names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ") + dots
}
