//! The layout of rows: which columns are numbers, and which are categories.

/// Maximum number of levels of a category.
pub(crate) const MOST_LEVELS: usize = 1_000_000;

/// The columns of rows by what they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RowLayout {
    /// Columns that are categories, ascending.
    pub(crate) categorical: Vec<usize>,
    /// Number of levels of each category.
    pub(crate) n_levels: Vec<usize>,
    /// Whether numbers may be missing.
    pub(crate) may_be_missing: bool,
}

impl RowLayout {
    /// Whether all columns are numbers, of which none is missing.
    pub(crate) fn is_plain(&self) -> bool {
        self.categorical.is_empty() && !self.may_be_missing
    }

    /// Whether the layout is one of rows of `n_columns`.
    #[cfg_attr(
        not(feature = "cluster"),
        allow(dead_code, reason = "used for layouts that were sent")
    )]
    pub(crate) fn fits(&self, n_columns: usize) -> bool {
        let Self { categorical, n_levels, .. } = self;
        categorical.is_sorted_by(|a, b| a < b)
            && categorical.last().is_none_or(|&last| last < n_columns)
            && categorical.len() == n_levels.len()
            && n_levels.iter().all(|n_levels| (1..=MOST_LEVELS).contains(n_levels))
    }

    /// The columns that are numbers among `n_columns`.
    pub(crate) fn numeric(&self, n_columns: usize) -> impl Iterator<Item = usize> + '_ {
        (0..n_columns).filter(|column| self.categorical.binary_search(column).is_err())
    }

    /// Sum of the numbers of levels.
    pub(crate) fn total_levels(&self) -> usize {
        self.n_levels.iter().sum()
    }
}
