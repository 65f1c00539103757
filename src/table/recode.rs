//! Conversion of values as they are read to the numbers of rows.

use std::path::Path;

use super::interner::Interner;
use crate::error::{Error, Result};
use crate::rows::date_column::DateColumn;
use crate::rows::kind::{DateForm, ValueKind};
use crate::rows::levels::Levels;

/// How the values of a column are converted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Recode {
    /// They stay as they are.
    Same,
    /// Numbers YYYYMMDD become days.
    YearMonthDay,
    /// Dates that were read with the day first, and have the month first.
    MonthFirst,
    /// Codes of texts become these numbers; texts that are not kept become `other`.
    Codes { numbers: Vec<f64>, other: f64 },
    /// Numbers become the index of their level: pairs in ascending order. Other numbers become `other`.
    Levels { indices: Vec<(f64, f64)>, other: f64 },
}

impl Recode {
    /// Codes of texts become the index of their level.
    pub(super) fn of_texts<'a>(texts: impl Iterator<Item = &'a str>, levels: &Levels) -> Self {
        let number = |index: Option<usize>| index.map_or(f64::NAN, |index| index as f64);
        let numbers = texts.map(|text| number(levels.index_of(text))).collect();
        Self::Codes { numbers, other: other(levels) }
    }

    /// Numbers become the index of the level whose name is the number.
    pub(super) fn of_numbers(levels: &Levels) -> Self {
        let number = |(index, name): (usize, &String)| Some((name.parse().ok()?, index as f64));
        let mut indices: Vec<(f64, f64)> =
            levels.names().iter().enumerate().filter_map(number).collect();
        indices.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        Self::Levels { indices, other: other(levels) }
    }

    /// Whether a value may become a missing one.
    pub(super) fn makes_missing(&self) -> bool {
        match self {
            Self::Codes { numbers, .. } => numbers.iter().any(|number| number.is_nan()),
            Self::Levels { other, .. } => other.is_nan(),
            Self::Same | Self::YearMonthDay | Self::MonthFirst => false,
        }
    }

    /// Converts numbers of one kind to those of another; numbers become dates YYYYMMDD or levels whose name they are.
    pub(super) fn between(from: &ValueKind, to: &ValueKind) -> Self {
        match (from, to) {
            _ if from == to => Self::Same,
            (ValueKind::Numeric, ValueKind::Date(DateForm::YearMonthDay)) => Self::YearMonthDay,
            (ValueKind::Numeric, ValueKind::Categorical(levels)) => Self::of_numbers(levels),
            (ValueKind::Categorical(from), ValueKind::Categorical(to)) => {
                Self::of_texts(from.names().iter().map(String::as_str), to)
            }
            _ => Self::Same,
        }
    }

    /// Converts a value; none for a number that is not a date.
    pub(super) fn apply(&self, value: f64) -> Option<f64> {
        if value.is_nan() {
            return Some(value);
        }
        match self {
            Self::Same => Some(value),
            Self::YearMonthDay => ValueKind::YEAR_MONTH_DAY.encode(value),
            Self::MonthFirst => Some(DateColumn::month_first(value)),
            Self::Codes { other, .. } if value == Interner::NOT_KEPT => Some(*other),
            Self::Codes { numbers, other } => {
                Some(numbers.get(value as usize).copied().unwrap_or(*other))
            }
            Self::Levels { indices, other } => {
                let found =
                    indices.binary_search_by(|(number, _)| number.total_cmp(&(value + 0.0)));
                Some(found.map_or(*other, |at| indices[at].1))
            }
        }
    }
}

/// The index of the level of all other texts; NaN if there is none.
fn other(levels: &Levels) -> f64 {
    let last = levels.n_levels().wrapping_sub(1);
    let has_other = levels.names().last().is_some_and(|name| name == Levels::OTHER);
    if has_other { last as f64 } else { f64::NAN }
}

/// A column of the rows: its place among the columns that are read, and how its values are converted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RecodedColumn {
    pub(super) at: usize,
    pub(super) recode: Recode,
    pub(super) name: String,
}

/// Whether rows of `n_columns` columns stay as they are.
pub(super) fn is_identity(columns: &[RecodedColumn], n_columns: usize) -> bool {
    let is_same =
        |(at, column): (usize, &RecodedColumn)| column.at == at && column.recode == Recode::Same;
    columns.len() == n_columns && columns.iter().enumerate().all(is_same)
}

/// Converts a row as it is read to a row with these columns; `row` is its number in the table `path`, counted from 0.
///
/// # Errors
/// [`Error::InvalidDate`].
pub(super) fn recode_row(
    columns: &[RecodedColumn],
    raw: &[f64],
    to: &mut [f64],
    (path, row): (&Path, usize),
) -> Result<()> {
    for (to, column) in to.iter_mut().zip(columns) {
        let value = raw[column.at];
        *to = column.recode.apply(value).ok_or_else(|| Error::InvalidDate {
            path: path.into(),
            row: row + 1,
            name: column.name.clone(),
            value,
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers_become_the_index_of_their_level() {
        let levels = Levels::new(["2", "10"]);
        let codes = Recode::of_texts(["10", "2.0", "x"].into_iter(), &levels);
        assert_eq!((codes.apply(0.0), codes.apply(1.0)), (Some(1.0), Some(0.0)));
        assert!(codes.apply(2.0).unwrap().is_nan() && codes.apply(-1.0).unwrap().is_nan());
        let numbers = Recode::of_numbers(&levels);
        assert_eq!((numbers.apply(10.0), numbers.apply(2.0)), (Some(1.0), Some(0.0)));
        assert!(numbers.apply(3.0).unwrap().is_nan() && numbers.apply(f64::NAN).unwrap().is_nan());
        let with_other = Recode::of_numbers(&Levels::new(["1", "other"]));
        assert_eq!(with_other.apply(7.0), Some(1.0));
    }
}
