//! Detection of columns that identify the rows.

use std::collections::HashSet;

use super::record::Record;
use super::sample::{Cell, Sample, bare_text};
use crate::table::missing::MissingMarkers;

/// Minimum number of rows by which a column with a name counts the rows.
const N_COUNTED: usize = 5;

/// Names of columns that identify the rows, as pandas and R write them, in lower case.
const NAMES: [&str; 6] = ["index", "rownames", "row.names", "row_names", "rownumber", "...1"];

/// Returns the number of columns at the beginning of a table with these names that identify its rows, which begin with
/// record `first` of the sample, or are empty. At least one other column remains.
pub(super) fn n_index_columns(
    sample: &Sample,
    (first, n_fields): (usize, usize),
    names: &[String],
    is_empty: impl Fn(usize) -> bool,
    markers: &MissingMarkers,
) -> usize {
    let is_index = |column: &usize| {
        if is_empty(*column) {
            return true;
        }
        let name = names[*column].to_lowercase();
        let rows = || sample.rows(first, n_fields);
        if name.is_empty() || name.starts_with("unnamed: ") {
            return rows().nth(1).is_some()
                && (counts_from(sample, (first, n_fields), *column).is_some()
                    || are_labels(rows(), *column, markers));
        }
        let counts = || counts_from(sample, (first, n_fields), *column);
        NAMES.contains(&name.as_str())
            && rows().nth(1).is_some()
            && counts().is_some_and(|first| first <= 1)
    };
    (0..n_fields).take_while(is_index).count().min(n_fields.saturating_sub(1))
}

/// Whether the values of a column are different whole numbers, different texts, or quoted as only texts are.
pub(super) fn are_labels<'a>(
    rows: impl Iterator<Item = &'a Record>,
    column: usize,
    markers: &MissingMarkers,
) -> bool {
    let (mut seen, mut n_whole, mut n_texts, mut n_rows) = (HashSet::new(), 0, 0, 0);
    for row in rows {
        let field = row.field(column);
        n_rows += 1;
        n_whole += usize::from(whole(field).is_some());
        n_texts += usize::from(matches!(Cell::of(field, markers), Cell::Text));
        if !seen.insert(field) {
            return false;
        }
    }
    n_rows > 0 && (n_whole == n_rows || n_texts == n_rows)
}

/// Returns the first value of a column that increases by one from row to row; the rows begin with record `first`.
pub(super) fn counts_from(
    sample: &Sample,
    (first, n_fields): (usize, usize),
    column: usize,
) -> Option<u64> {
    let rows = sample.head.iter().skip(first).map(|sampled| &sampled.record);
    let mut numbers = rows.filter(|row| row.len() == n_fields).map(|row| whole(row.field(column)));
    let begin = numbers.next()??;
    let mut before = begin;
    let continues = numbers.all(|number| {
        let continues = number == Some(before + 1);
        before += 1;
        continues
    });
    continues.then_some(begin)
}

/// Whether a column of data counts the rows.
pub(super) fn counts_rows(
    sample: &Sample,
    (first, n_fields): (usize, usize),
    column: usize,
) -> bool {
    let n_rows = sample.head.iter().skip(first).count();
    n_rows >= N_COUNTED && counts_from(sample, (first, n_fields), column).is_some()
}

/// Whether a column numbers the rows: it counts them from 0 or 1.
pub(super) fn numbers_rows(sample: &Sample, shape: (usize, usize), column: usize) -> bool {
    counts_rows(sample, shape, column)
        && counts_from(sample, shape, column).is_some_and(|first| first <= 1)
}

/// Returns a whole number that is not negative, which may be written as `7.0`.
fn whole(field: &[u8]) -> Option<u64> {
    let text = bare_text(field)?;
    if let Ok(number) = text.parse::<u64>() {
        return Some(number);
    }
    let number = text.parse::<f64>().ok()?;
    let is_whole = (0.0..9e15).contains(&number) && number.fract() == 0.0;
    is_whole.then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::super::comments::Comments;
    use super::super::record::Syntax;
    use super::super::separator::Separator;
    use super::*;

    #[test]
    fn nameless_first_columns_of_counts_or_labels_identify_rows() {
        let n = |names: &[&str], text: &str| {
            let syntax = Syntax { separator: Separator::Byte(b','), comments: Comments::new("#") };
            let sample = Sample::of(text.as_bytes(), &syntax, true, 0);
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            let shape = (0, names.len());
            n_index_columns(&sample, shape, &names, |_| false, &MissingMarkers::default())
        };
        for (names, text, expected) in [
            (["", "a"], "0,1\n1,2\n", 1),
            (["", "a"], "\"1\",1\n\"2\",2\n", 1),
            // rows of a selection
            (["", "a"], "7,1\n3,2\n12,5\n", 1),
            (["", "a"], "Mazda,1\nFiat,2\n", 1),
            (["Unnamed: 0", "a"], "0,1\n1,2\n", 1),
            (["index", "a"], "0,1\n1,2\n", 1),
            (["index", "a"], "0.0,1\n1.0,2\n", 1),
            (["index", "a"], "7,1\n3,2\n", 0),
            (["index", "a"], "3,1\n4,2\n", 0),
            (["", "a"], "7,1\n7,2\n", 0),
            (["", "a"], "0.5,1\n1.5,2\n", 0),
            (["", "a"], "1,2\n", 0),
            (["id", "a"], "0,1\n1,2\n", 0),
            (["a", ""], "5,0\n5,1\n", 0),
            (["", ""], "0,0\n1,1\n", 1),
            (["", "Unnamed: 0"], "0,0\n1,1\n", 1),
        ] {
            assert_eq!(n(&names, text), expected, "{names:?} {text:?}");
        }
    }
}
