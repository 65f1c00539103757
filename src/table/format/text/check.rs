//! Errors in the records of a text table.

use super::field::{NOT_UTF8, bare};
use super::part::{TextFault, TextFaults};
use super::separator::Separator;
use crate::error::{Error, Result};
use crate::table::choice::{shown, text_columns};
use crate::table::columns::Columns;
use crate::table::options::Source;

/// Returns the most informative error among the faults of the records, if there are any. `n_records` have been read;
/// `so_far` is whether more may follow.
pub(super) fn check(
    source: &Source,
    (names, separator): (&[String], Separator),
    columns: &Columns,
    faults: &TextFaults,
    (n_records, so_far): (usize, bool),
) -> Result<()> {
    if let Some((line, n_fields)) = faults.ragged {
        let n_columns = names.len();
        return Err(Error::RaggedTable {
            path: source.path.clone(),
            line,
            column: n_fields.min(n_columns) + 1,
            found: n_fields,
            expected: n_columns,
            separator: separator.name(),
        });
    }
    if let Some((line, column)) = faults.not_utf8 {
        return Err(source.table(line, column + 1, NOT_UTF8.into()));
    }
    check_texts(source, names, &faults.texts, n_records)?;
    faults.values.check(source, columns, "line", (n_records, so_far))
}

/// Returns an error for text in columns of numbers.
fn check_texts(
    source: &Source,
    names: &[String],
    texts: &[TextFault],
    n_records: usize,
) -> Result<()> {
    let mut in_order: Vec<_> = texts.iter().collect();
    in_order.sort_by_key(|fault| fault.column);
    // a column of text, as opposed to a mistyped number
    let is_text = |fault: &&&TextFault| 2 * fault.count > n_records;
    let columns = in_order.iter().filter(is_text);
    let columns: Vec<String> = columns.map(|fault| names[fault.column].clone()).collect();
    if let Some(first) = in_order.iter().find(|fault| is_text(fault)) {
        let text = shown(bare(&first.first));
        let example = format!(", like {text:?} in line {}", first.line);
        return Err(text_columns(&source.path, columns, example));
    }
    if let Some(first) = texts.iter().min_by_key(|fault| (fault.line, fault.column)) {
        let text = shown(bare(&first.first));
        let name = shown(&names[first.column]);
        let problem = match [';', '\t', ','].into_iter().find(|&other| text.contains(other)) {
            Some(other) if names.len() == 1 => format!(
                "the line is a single value, {text:?}; if {other:?} is the separator, lines differ in their number of values"
            ),
            _ => format!(
                "the value of {name:?} is {text:?}, not a number; leave the column out or encode it"
            ),
        };
        return Err(source.table(first.line, first.column + 1, problem));
    }
    Ok(())
}
