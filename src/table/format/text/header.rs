//! Detection of the line of names by its types, compared with those of the following lines.

use super::record::Record;
use super::sample::{Cell, ColumnSample, Sample, YEARS, bare_text, describe, value};
use crate::table::missing::MissingMarkers;

/// Maximum number of years between two names.
const LARGEST_STEP: f64 = 25.0;

/// The content of the first record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    Names,
    /// Names that are numbers.
    NumericNames,
    Data,
}

/// Detects the content of the first record of a table.
///
/// It holds names if a value is a text in a column of numbers or truth values. If they are numbers as well, they are names if
/// only they are quoted, or if they increase in equal steps, as years do, and the values below them differ from them.
pub(super) fn detect(sample: &Sample, markers: &MissingMarkers) -> First {
    let first = &sample.head[0].record;
    let cells: Vec<Cell> = first.fields().map(|field| Cell::of(field, markers)).collect();
    let has_text = cells.iter().any(|cell| matches!(cell, Cell::Text | Cell::Truth(_)));
    let by_text = if has_text { First::Names } else { First::Data };
    let columns = describe(sample.rows(1, first.len()), first.len(), markers);
    let is_typed = |column: &ColumnSample| column.is_numeric() || column.is_boolean();
    let typed: Vec<usize> = (0..first.len()).filter(|&index| is_typed(&columns[index])).collect();
    if typed.is_empty() {
        return by_text;
    }
    let differs = |&index: &usize| match cells[index] {
        Cell::Text => true,
        Cell::Truth(_) => !columns[index].is_boolean(),
        Cell::Number(_) => columns[index].is_boolean(),
        Cell::Empty | Cell::Missing => false,
    };
    if typed.iter().any(differs) {
        return First::Names;
    }
    let is_quoted = |index| first.is_quoted(index) || cells[index] == Cell::Empty;
    let are_quoted =
        (0..first.len()).all(is_quoted) && cells.iter().any(|&cell| cell != Cell::Empty);
    if are_quoted && typed.iter().all(|&index| columns[index].n_quoted == 0) {
        return First::Names;
    }
    let numeric: Vec<usize> = typed.into_iter().filter(|&at| cells[at].is_number()).collect();
    if numeric.is_empty() {
        return by_text;
    }
    // texts in other columns are labels, as those below them
    if are_numeric_names(first, &numeric, &columns, sample) {
        First::NumericNames
    } else {
        First::Data
    }
}

/// Whether numbers above columns of numbers are names: whole numbers in equal steps above other values.
fn are_numeric_names(
    first: &Record,
    numeric: &[usize],
    columns: &[ColumnSample],
    sample: &Sample,
) -> bool {
    let whole = |&index: &usize| {
        let text = bare_text(first.field(index)).unwrap_or_default();
        let is_whole = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        value(first.field(index)).filter(|_| is_whole)
    };
    let Some(names) = numeric.iter().map(whole).collect::<Option<Vec<f64>>>() else { return false };
    let Some(step) = step(&names) else { return false };
    let described = columns;
    let columns = || numeric.iter().map(|&index| &described[index]);
    let is_outside = |(name, column): (&f64, &ColumnSample)| {
        column.range.is_some_and(|(min, max)| *name < min || *name > max)
    };
    let are_outside = names.iter().zip(columns()).all(is_outside);
    let are_decimal = columns().all(|column| 2 * column.n_decimals >= column.n_numbers);
    let are_years = names.iter().all(|name| YEARS.contains(name))
        && step.abs() <= LARGEST_STEP
        && columns().all(|column| 4 * column.n_years <= column.n_numbers);
    let are_counted = names[0] <= 1.0 && step == 1.0;
    let differ_from_rows = || {
        let mut rows = sample.rows(1, first.len());
        !rows.any(|row| {
            let values = numeric.iter().map(|&index| value(row.field(index)));
            let values = values.collect::<Option<Vec<f64>>>();
            values.is_some_and(|values| self::step(&values) == Some(step))
        })
    };
    // the numbers of few rows are outside of each other's range by chance
    let has_rows = || sample.rows(1, first.len()).nth(2).is_some();
    match names.len() {
        1 => are_years && are_outside && are_decimal,
        2.. if are_years => true,
        // two numbers may be the beginning of a series, such as 0 and 1
        2 => are_counted && has_new_texts(first, described, sample),
        3.. if are_decimal && (are_counted || (are_outside && has_rows())) => true,
        3.. if has_new_texts(first, described, sample) => true,
        4.. => are_counted && differ_from_rows(),
        _ => false,
    }
}

/// Whether a record has texts in columns of texts, none of which occurs again below, as labels do.
fn has_new_texts(first: &Record, described: &[ColumnSample], sample: &Sample) -> bool {
    let is_text = |index: &usize| described[*index].n_texts > 0 && !described[*index].is_numeric();
    let texts: Vec<usize> = (0..first.len()).filter(is_text).collect();
    let occurs_again = |&index: &usize| {
        let text = first.field(index);
        text.is_empty() || sample.rows(1, first.len()).any(|row| row.field(index) == text)
    };
    !texts.is_empty() && !texts.iter().any(occurs_again)
}

/// Returns the step between numbers if it is the same between all of them and not 0; 1 for a single number.
fn step(numbers: &[f64]) -> Option<f64> {
    let steps = || numbers.windows(2).map(|pair| pair[1] - pair[0]);
    let step = steps().next().unwrap_or(1.0);
    (step != 0.0 && steps().all(|other| other == step)).then_some(step)
}

/// Whether the second record holds units: texts where the following rows have numbers.
pub(super) fn has_units(sample: &Sample, n_fields: usize, markers: &MissingMarkers) -> bool {
    let Some(second) = sample.head.get(1).map(|sampled| &sampled.record) else { return false };
    let n_rows = sample.rows(2, n_fields).count();
    if second.len() != n_fields || n_rows < 2 {
        return false;
    }
    let columns = describe(sample.rows(2, n_fields), n_fields, markers);
    let (mut n_texts, mut n_numeric) = (0, 0);
    for (index, _) in columns.iter().enumerate().filter(|(_, column)| column.is_numeric()) {
        n_numeric += 1;
        match Cell::of(second.field(index), markers) {
            Cell::Number(_) => return false,
            Cell::Text | Cell::Truth(_) => n_texts += 1,
            Cell::Empty | Cell::Missing => {}
        }
    }
    let is_bracketed = |field: &[u8]| {
        let text = bare_text(field).unwrap_or_default();
        text.starts_with(['(', '[']) && text.ends_with([')', ']'])
    };
    // a single text may be a mistake instead
    let is_other = |&index: &usize| {
        let field = second.field(index);
        !columns[index].is_numeric()
            && !Cell::of(field, markers).is_missing()
            && !is_bracketed(field)
    };
    let has_others = (0..n_fields).any(|index| is_other(&index));
    let is_clear = n_numeric == 1 || second.fields().any(is_bracketed);
    n_texts >= 2 || (n_texts == 1 && is_clear && !has_others)
}

#[cfg(test)]
mod tests {
    use super::super::comments::Comments;
    use super::super::record::Syntax;
    use super::super::separator::Separator;
    use super::*;

    fn sample(text: &str) -> Sample {
        let syntax = Syntax { separator: Separator::Byte(b','), comments: Comments::new("#") };
        Sample::of(text.as_bytes(), &syntax, true, 0)
    }

    #[test]
    fn names_differ_in_type_from_the_values_below() {
        let found = |text: &str| detect(&sample(text), &MissingMarkers::default());
        for (text, expected) in [
            ("a,b\n1,2\n", First::Names),
            ("a,b\nx,y\n", First::Names),
            ("a,b", First::Names),
            ("1,2\n3,4\n", First::Data),
            ("5.1,3.5,rosa\n4.9,3.0,rosa\n7.0,3.2,kama\n", First::Data),
            ("Bob,1.5\nEve,2.5\n", First::Data),
            ("id,2019,2020\n1,3.5,4.5\n2,5.5,6.5\n", First::Names),
            ("country,2019,2020\nFR,3.5,4.5\nDE,5.5,6.5\n", First::NumericNames),
            ("month,1,2,3\nJan,4,5,6\nFeb,3,4,9\n", First::NumericNames),
            ("Jan,1,2,3\nFeb,4,5,6\nJan,3,4,9\n", First::Data),
            ("Bob,23,24\nEve,31,20\n", First::Data),
            ("2019,2020,2021\n3.1,4.5,5\n2.2,3.3,4.4\n", First::NumericNames),
            ("2019,2020\n52341,61000\n4000,300\n", First::NumericNames),
            ("2019,2020\n2018,2019\n2020,2021\n", First::Data),
            ("2019,2020\n700,61000\n4000,300\n", First::NumericNames),
            ("1600,1900\n700,61000\n4000,300\n", First::Data),
            ("2019\n3.1\n", First::NumericNames),
            ("0,1\n0.5,0.9\n", First::Data),
            ("0,1,2\n0.5,1.5,2.5\n", First::NumericNames),
            ("0,1,2,3\n5,5,5,5\n0,0,7,1\n", First::NumericNames),
            ("1,2,3,4\n5,6,7,8\n", First::Data),
            ("1,2,3\n4,5,7\n", First::Data),
            ("\"1\",\"5\"\n2,3\n", First::Names),
            ("\"1\",\"5\"\n\"2\",\"3\"\n", First::Data),
            ("\"NA\"\n2\n3\n", First::Names),
            ("NA\n2\n3\n", First::Data),
            ("owner,x\nTrue,1\nFalse,2\n", First::Names),
            ("True,1\nFalse,2\n", First::Data),
            ("NA,1.5\n0.5,2.5\n", First::Data),
            ("10,12,11\nx,1,2\n3,4,5\n6,7,8\n", First::Data),
        ] {
            assert_eq!(found(text), expected, "{text:?}");
        }
    }

    #[test]
    fn units_are_texts_above_numbers() {
        let found =
            |text: &str, n_fields| has_units(&sample(text), n_fields, &MissingMarkers::default());
        assert!(found("a,b\ncm,kg\n1,2\n3,4\n", 2));
        assert!(found("a,b\n(cm),-\n1,2\n3,4\n", 2));
        assert!(found("a\nms\n1\n2\n", 1));
        assert!(!found("a,b\n1,kg\n1,2\n3,4\n", 2));
        assert!(!found("a,b\n,\n1,2\n3,4\n", 2));
        assert!(!found("a,b\nx,y\nx,z\nz,x\n", 2));
    }
}
