//! Errors in the records of a text table.

use super::field::{Decimal, NOT_UTF8, Rules, bare, truth};
use super::numeral::{Mark, Notation, has_spacers, notation};
use super::part::{Plan, TextFault, TextFaults, Use};
use super::reading::Reading;
use super::separator::Separator;
use crate::error::{Error, Result};
use crate::table::choice::{shown, text_columns};
use crate::table::columns::Columns;
use crate::table::options::Source;

/// Returns the most informative error among the faults of the records, if there are any. `n_records` have been read, in
/// `n_lines` lines.
pub(super) fn check(
    source: &Source,
    (names, plan, separator): (&[String], &Plan, Separator),
    columns: &Columns,
    faults: &TextFaults,
    (n_records, n_lines): (usize, usize),
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
    if let [Some(point), Some(comma)] = &faults.marks {
        return Err(two_marks(source, point, comma));
    }
    check_texts(source, (names, plan, separator), &faults.texts, n_records)?;
    if let Some(&at) = faults.mixed_dates.first() {
        let problem = format!(
            "the dates of {:?} have more than one form; write all of them in one form, or read the column as categories",
            columns.names[at]
        );
        return Err(source.table(n_lines, columns.places[at] + 1, problem));
    }
    faults.values.check(source, columns, "line")
}

/// Returns an error for text in columns of numbers.
fn check_texts(
    source: &Source,
    (names, plan, separator): (&[String], &Plan, Separator),
    texts: &[TextFault],
    n_records: usize,
) -> Result<()> {
    let mut in_order: Vec<_> = texts.iter().collect();
    in_order.sort_by_key(|fault| fault.column);
    // a column of text, as opposed to a mistyped number
    let is_text = |fault: &&&TextFault| {
        let is_number = notation(bare(&fault.first)).is_some();
        let is_date = matches!(plan.uses[fault.column], Use::Number(at) if plan.readings[at].rules().is_none());
        let is_column = !is_date && plan.uses[fault.column] != Use::Empty;
        2 * fault.count > n_records && !is_number && is_column
    };
    let columns = in_order.iter().filter(is_text);
    let columns: Vec<String> = columns.map(|fault| names[fault.column].clone()).collect();
    if let Some(first) = in_order.iter().find(|fault| is_text(fault)) {
        let text = shown(bare(&first.first));
        if columns.len() == plan.readings.len() {
            let problem = format!(
                "no column holds numbers if {} separate the values, as {text:?} here; state another separator, \
                 or encode the texts as numbers",
                separator.name()
            );
            return Err(source.table(first.line, first.column + 1, problem));
        }
        let example = format!(", like {text:?} in line {}", first.line);
        return Err(text_columns(&source.path, columns, example));
    }
    match texts.iter().min_by_key(|fault| (fault.line, fault.column)) {
        Some(first) => Err(text_value(source, names, plan, first)),
        None => Ok(()),
    }
}

/// Returns the error for a text in a column of numbers.
fn text_value(source: &Source, names: &[String], plan: &Plan, fault: &TextFault) -> Error {
    let text = bare(&fault.first);
    let (line, column) = (fault.line, fault.column + 1);
    let name = shown(&names[fault.column]);
    let rules = match plan.uses[fault.column] {
        Use::Number(at) => match &plan.readings[at] {
            Reading::Number(rules) => *rules,
            _ => {
                let problem = format!(
                    "the value of {name:?} is {:?}, which is not a date, or not one of the form of the others; correct it, or declare it as missing",
                    shown(text)
                );
                return source.table(line, column, problem);
            }
        },
        _ => {
            let problem = format!(
                "the column has no name and no values in the first lines, but {:?} here; write a name above it",
                shown(text)
            );
            return source.table(line, column, problem);
        }
    };
    if let (Decimal::Either, Some(Notation::Ambiguous(_))) = (rules.decimal, notation(text)) {
        let (path, text) = (source.path.clone(), text.to_owned());
        return Error::AmbiguousNumber { path, line, column, name, text };
    }
    if let Some(problem) = notation_problem(text, &name, &rules) {
        return source.table(line, column, problem);
    }
    match [';', '\t', ','].into_iter().find(|&other| text.contains(other)) {
        Some(other) if names.len() == 1 => source.table(line, column, format!(
            "the line is a single value, {:?}; if {other:?} is the separator, lines differ in their number of values",
            shown(text)
        )),
        _ => Error::TextValue {
            path: source.path.clone(),
            line,
            column,
            name,
            text: shown(text),
            n_values: fault.count,
        },
    }
}

/// Describes a number that is not in the notation of its column; none for other texts.
fn notation_problem(text: &str, name: &str, rules: &Rules) -> Option<String> {
    let found = notation(text);
    let text = shown(text);
    if rules.boolean {
        return Some(format!(
            "the value of {name:?} is {text:?}, and the values above it are true or false"
        ));
    }
    if truth(&text).is_some() {
        return Some(format!(
            "the value of {name:?} is {text:?}, and the values above it are numbers"
        ));
    }
    let found = found?;
    let Decimal::Known(mark) = rules.decimal else { return None };
    let words = |mark: Mark| match mark {
        Mark::Point => "point",
        Mark::Comma => "comma",
    };
    Some(match found {
        _ if has_spacers(&text) && !rules.spaces => format!(
            "the value of {name:?} is {text:?}; write it without separators of thousands, as the values above it, or state the decimal mark"
        ),
        Notation::Ambiguous(_) => format!(
            "the value of {name:?} is {text:?}, but the decimal mark is a {} and thousands have no separator in the first lines; write it as they are written, or state the decimal mark",
            words(mark)
        ),
        _ => format!(
            "the value of {name:?} is {text:?}, but the decimal mark is a {} in the first lines; write all numbers with one decimal mark",
            words(mark)
        ),
    })
}

/// Returns the error for two decimal marks.
fn two_marks(source: &Source, point: &TextFault, comma: &TextFault) -> Error {
    let is_first = (point.line, point.column) < (comma.line, comma.column);
    let (first, second) = if is_first { (point, comma) } else { (comma, point) };
    let problem = format!(
        "the decimal marks of {:?} and of {:?} in line {} differ; write all numbers with one decimal mark",
        shown(bare(&second.first)),
        shown(bare(&first.first)),
        first.line
    );
    source.table(second.line, second.column + 1, problem)
}
