//! Columns as they are read, before their kinds are known.

use super::interner::Interner;
use crate::rows::date_column::DateColumn;

/// What the numbers of a column stand for while it is read; NaN is a missing value.
#[derive(Debug, Clone)]
pub(super) enum RawColumn {
    /// Values.
    Numbers,
    /// Codes of texts.
    Texts(Interner),
    /// Dates, as [`DateColumn`] encodes them.
    Dates(DateColumn),
}

impl RawColumn {
    /// A column of the same type without values, for a part that is read independently.
    pub(super) fn empty(&self) -> Self {
        match self {
            Self::Numbers => Self::Numbers,
            Self::Texts(_) => Self::Texts(Interner::default()),
            Self::Dates(_) => Self::Dates(DateColumn::default()),
        }
    }
}
