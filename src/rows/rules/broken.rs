//! Rules that rows break.

use ndarray::ArrayView2;

use super::{Rule, Rules};
use crate::error::Result;
use crate::rows::check_columns;

/// A rule that some rows of a table break.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct BrokenRule<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Number of rows that break it.
    pub n_rows: usize,
    /// The first of them, counted from 0.
    pub first_row: usize,
}

impl Rules {
    /// The rules that rows of a table break; missing values break none.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch).
    pub fn broken(&self, rows: ArrayView2<'_, f64>) -> Result<Vec<BrokenRule<'_>>> {
        check_columns(rows.ncols(), self.columns.len())?;
        let mut first_rows: Vec<Option<(usize, usize)>> = vec![None; self.rules.len()];
        for (index, row) in rows.rows().into_iter().enumerate() {
            let row = row.to_vec();
            for (rule, found) in first_rows.iter_mut().enumerate() {
                if !self.holds(rule, &row) {
                    found.get_or_insert((0, index)).0 += 1;
                }
            }
        }
        let broken = self.rules.iter().zip(first_rows).filter_map(|(rule, found)| {
            found.map(|(n_rows, first_row)| BrokenRule { rule, n_rows, first_row })
        });
        Ok(broken.collect())
    }
}
