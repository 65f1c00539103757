//! Why columns are left out of a table.

use std::fmt;

use crate::rows::levels::Levels;

/// The reason for which a column is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeftOut {
    /// The values number the rows.
    RowNumbers,
    /// All values are missing.
    NoValues,
    /// All values are equal.
    OneValue,
    /// Of so many values, so many differ, as those of names do.
    Names { n_values: u64, n_texts: u64 },
    /// The values are numbers and, in so many rows, a few words.
    NumbersAndTexts { n_rows: u64 },
    /// There are more texts than are kept.
    TooManyTexts { n_kept: usize },
}

/// Number of texts up to which a table may be small.
const FEW_TEXTS: u64 = 20;

impl LeftOut {
    /// Returns the reason to leave out a column of `n_values` texts, of which `n_texts` differ, if there is one.
    pub(super) fn of_texts(n_values: u64, n_texts: u64) -> Option<Self> {
        let are_names =
            if n_texts > FEW_TEXTS { 2 * n_texts > n_values } else { 4 * n_texts > 3 * n_values };
        match n_texts {
            0 => Some(Self::NoValues),
            1 => Some(Self::OneValue),
            _ => are_names.then_some(Self::Names { n_values, n_texts }),
        }
    }

    /// Returns the reason to leave out a column with this range, if there is one.
    pub(super) fn of_range(range: Option<(f64, f64)>) -> Option<Self> {
        match range {
            None => Some(Self::NoValues),
            Some((low, high)) => (low == high).then_some(Self::OneValue),
        }
    }

    /// Returns the reason to leave out a column of these levels, if there is one.
    pub(super) fn of_levels(levels: &Levels) -> Option<Self> {
        match levels.n_levels() {
            0 => Some(Self::NoValues),
            1 => Some(Self::OneValue),
            _ => None,
        }
    }

    /// Whether values that differ are the reason.
    pub(super) fn is_names(self) -> bool {
        matches!(self, Self::Names { .. } | Self::TooManyTexts { .. })
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RowNumbers => write!(f, "identifies the rows"),
            Self::NoValues => write!(f, "no values"),
            Self::OneValue => write!(f, "one value"),
            Self::Names { n_values, n_texts } => {
                write!(f, "{n_texts} of {n_values} values differ")
            }
            Self::NumbersAndTexts { n_rows } => {
                write!(f, "numbers, and texts in {n_rows} rows")
            }
            Self::TooManyTexts { n_kept } => write!(f, "more than {n_kept} values differ"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_tickets_are_left_out_and_categories_of_small_tables_are_not() {
        let is_left_out = |n_values, n_texts| LeftOut::of_texts(n_values, n_texts).is_some();
        // Name, Ticket and Cabin of the Titanic
        assert!(is_left_out(891, 891) && is_left_out(891, 681) && is_left_out(204, 147));
        assert!(!is_left_out(889, 3) && !is_left_out(891, 2));
        // small tables: names, and colours
        assert!(is_left_out(5, 5) && is_left_out(10, 8) && is_left_out(2, 2));
        assert!(!is_left_out(4, 3) && !is_left_out(10, 5) && !is_left_out(8, 4));
        // cities
        assert!(!is_left_out(1000, 400) && is_left_out(1000, 600));
        assert_eq!(LeftOut::of_texts(7, 1), Some(LeftOut::OneValue));
        assert_eq!(LeftOut::of_texts(0, 0), Some(LeftOut::NoValues));
    }
}
