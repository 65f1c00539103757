//! Blocks of mixed rows, split into what computations on them need: numbers and categories, and rows with and without missing
//! numbers.
//!
//! Rows without missing numbers take the kernels for complete rows. The other rows are grouped by their pattern of missing
//! numbers, so that the rows of a pattern are contiguous and are computed together.

use std::sync::Arc;

use super::Block;
use super::layout::RowLayout;
use super::pattern::{self, Grouped, PatternRows};
use crate::error::{Error, Result};

/// The number of a category that is missing.
pub(crate) const MISSING: u32 = u32::MAX;

/// Rows of a block, with numbers and categories apart.
#[derive(Clone, Copy)]
pub(crate) struct MixedRows<'a> {
    /// The numbers; NaN if missing.
    pub(crate) numbers: &'a Block,
    /// Indices of levels, category by category, one for each row; [`MISSING`] if missing.
    pub(crate) codes: &'a [u32],
    /// The rows by pattern of missing numbers; empty if none is missing.
    pub(crate) patterns: &'a [PatternRows],
    /// Index of each row in the whole block; none if these are the rows of the block in their order.
    pub(crate) order: Option<&'a [usize]>,
}

impl MixedRows<'_> {
    /// Number of rows.
    pub(crate) fn n_rows(&self) -> usize {
        self.numbers.n_rows()
    }

    /// Index in the whole block of a row.
    pub(crate) fn index(&self, row: usize) -> usize {
        self.order.map_or(row, |order| order[row])
    }
}

/// A block that has been split.
#[derive(Debug)]
pub(crate) struct SplitBlock {
    layout: RowLayout,
    complete: Part,
    incomplete: Part,
}

/// Some rows of a block.
#[derive(Debug, Default)]
struct Part {
    numbers: Block,
    codes: Vec<u32>,
    patterns: Vec<PatternRows>,
    order: Option<Vec<usize>>,
}

/// A block as mixed rows: as it is, or split.
pub(crate) enum Split<'a> {
    /// All columns are numbers, none missing.
    Whole(&'a Block),
    /// Rows with and without missing numbers.
    Parts(Arc<SplitBlock>),
}

impl Split<'_> {
    /// The rows, in one or two parts.
    pub(crate) fn parts(&self) -> impl Iterator<Item = MixedRows<'_>> {
        let (first, second) = match self {
            Self::Whole(block) => {
                let whole = MixedRows { numbers: block, codes: &[], patterns: &[], order: None };
                (Some(whole), None)
            }
            Self::Parts(split) => (split.complete.rows(), split.incomplete.rows()),
        };
        first.into_iter().chain(second)
    }
}

impl Part {
    fn rows(&self) -> Option<MixedRows<'_>> {
        let Self { numbers, codes, patterns, order } = self;
        let order = if numbers.n_rows() == 0 { return None } else { order.as_deref() };
        Some(MixedRows { numbers, codes, patterns, order })
    }

    /// The rows of a block, or those of them in `order`.
    fn of(block: &Block, layout: &RowLayout, order: Option<Vec<usize>>) -> Result<Self> {
        let columns: Vec<&[f64]> = block.features().collect();
        let n_rows = order.as_ref().map_or(block.n_rows(), Vec::len);
        let mut codes = Vec::with_capacity(n_rows * layout.categorical.len());
        let mut selected = Vec::new();
        for (&column, &n_levels) in layout.categorical.iter().zip(&layout.n_levels) {
            let values = match &order {
                None => columns[column],
                Some(order) => {
                    selected.clear();
                    selected.extend(order.iter().map(|&row| columns[column][row]));
                    &selected
                }
            };
            add_codes(values, n_levels, &mut codes).map_err(|row| Error::UnknownLevel {
                row: block.first_row() + order.as_ref().map_or(row, |order| order[row]),
                column,
                value: values[row],
                n_levels,
            })?;
        }
        let mut numbers = Block::default();
        let n_numeric = columns.len() - layout.categorical.len();
        numbers.fill_features(block.first_row(), (n_rows, n_numeric), |to| {
            let to = to.chunks_exact_mut(n_rows.max(1)).zip(layout.numeric(columns.len()));
            for (to, column) in to {
                match &order {
                    None => to.copy_from_slice(columns[column]),
                    Some(order) => {
                        let selected = order.iter().map(|&row| columns[column][row]);
                        to.iter_mut().zip(selected).for_each(|(to, value)| *to = value);
                    }
                }
            }
        });
        if !block.is_unweighted() {
            let weight = |at: usize| block.weights()[order.as_ref().map_or(at, |order| order[at])];
            numbers.set_weights((0..n_rows).map(weight));
        }
        Ok(Self { numbers, codes, patterns: Vec::new(), order })
    }
}

/// Adds the indices of levels of a column of categories.
///
/// # Errors
/// The index of the first value that is not a level.
fn add_codes(values: &[f64], n_levels: usize, codes: &mut Vec<u32>) -> Result<(), usize> {
    let mut are_levels = true;
    codes.extend(values.iter().map(|&value| {
        // conversions saturate, and NaN becomes 0
        let code = value as u32;
        are_levels &= f64::from(code) == value && (code as usize) < n_levels;
        code
    }));
    if are_levels {
        return Ok(());
    }
    let first = codes.len() - values.len();
    for (row, (value, code)) in values.iter().zip(&mut codes[first..]).enumerate() {
        if value.is_nan() {
            *code = MISSING;
        } else if f64::from(*code) != *value || *code as usize >= n_levels {
            return Err(row);
        }
    }
    Ok(())
}

impl SplitBlock {
    /// Splits a block.
    ///
    /// # Errors
    /// [`Error::UnknownLevel`].
    pub(super) fn of(block: &Block, layout: &RowLayout) -> Result<Self> {
        let columns: Vec<&[f64]> = block.features().collect();
        let numeric: Vec<&[f64]> = layout.numeric(columns.len()).map(|at| columns[at]).collect();
        let rows = if layout.may_be_missing {
            pattern::grouped(&numeric, block.n_rows())
        } else {
            Grouped::default()
        };
        let (complete, incomplete) = if rows.incomplete.is_empty() {
            (Part::of(block, layout, None)?, Part::default())
        } else {
            let incomplete = Part::of(block, layout, Some(rows.incomplete))?;
            (Part::of(block, layout, Some(rows.complete))?, incomplete)
        };
        let incomplete = Part { patterns: rows.patterns, ..incomplete };
        Ok(Self { layout: layout.clone(), complete, incomplete })
    }

    pub(super) fn layout(&self) -> &RowLayout {
        &self.layout
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    const NAN: f64 = f64::NAN;

    #[test]
    fn rows_are_split_by_pattern_and_columns_by_kind() {
        let mut block = Block::default();
        let rows = array![
            [1.0, 0.0, 2.0],
            [NAN, 1.0, 3.0],
            [4.0, NAN, 5.0],
            [6.0, 0.0, NAN],
            [NAN, 0.0, 7.0]
        ];
        block.fill(10, rows.view());
        block.set_weights([1.0, 2.0, 3.0, 4.0, 5.0].into_iter());
        let layout = RowLayout { categorical: vec![1], n_levels: vec![2], may_be_missing: true };
        let split = block.split(&layout).unwrap();
        let parts: Vec<_> = split.parts().collect();
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[0].order.unwrap(), [0, 2]);
        assert_eq!(parts[0].numbers.feature_major(), [1.0, 4.0, 2.0, 5.0]);
        assert_eq!(parts[0].codes, [0, MISSING]);
        assert_eq!(parts[1].order.unwrap(), [1, 4, 3]);
        assert_eq!(parts[1].codes, [1, 0, 0]);
        assert_eq!(parts[1].numbers.weights(), [2.0, 5.0, 4.0]);
        let groups: Vec<_> = parts[1].patterns.iter().map(|one| (one.first, one.n_rows)).collect();
        assert_eq!(groups, [(0, 2), (2, 1)]);
        assert_eq!(parts[1].patterns[0].pattern.columns(2), (vec![1], vec![0]));
    }

    #[test]
    fn values_that_are_no_level_are_named() {
        for value in [2.0, -1.0, 0.5, f64::INFINITY] {
            let mut block = Block::default();
            block.fill(7, array![[0.0], [value]].view());
            let layout =
                RowLayout { categorical: vec![0], n_levels: vec![2], may_be_missing: false };
            match block.split(&layout).err() {
                Some(Error::UnknownLevel { row, column, .. }) => assert_eq!((row, column), (8, 0)),
                other => panic!("{other:?}"),
            }
        }
    }
}
