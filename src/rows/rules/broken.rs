//! Rules that rows break.

use ndarray::ArrayView2;

use super::{Rule, Rules};
use crate::error::{Error, Result};
use crate::rows::check_columns;
use crate::rows::schema::Column;

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
    /// [`Error::ShapeMismatch`].
    pub fn broken(&self, rows: ArrayView2<'_, f64>) -> Result<Vec<BrokenRule<'_>>> {
        check_columns(rows.ncols(), self.columns.len())?;
        let mut counts = BreakCounts::new(self);
        rows.rows().into_iter().for_each(|row| counts.add(&row.to_vec()));
        Ok(counts.found.into_iter().flatten().map(|(broken, _)| broken).collect())
    }
}

/// Counts of the rows that break each rule, with the values of the first of them.
pub(super) struct BreakCounts<'a> {
    rules: &'a Rules,
    found: Vec<Option<(BrokenRule<'a>, Vec<f64>)>>,
    n_rows: usize,
}

impl<'a> BreakCounts<'a> {
    pub(super) fn new(rules: &'a Rules) -> Self {
        Self { rules, found: vec![None; rules.rules.len()], n_rows: 0 }
    }

    /// Counts the next row.
    pub(super) fn add(&mut self, row: &[f64]) {
        for (index, (rule, found)) in self.rules.rules.iter().zip(&mut self.found).enumerate() {
            if !self.rules.holds(index, row) {
                let first = BrokenRule { rule, n_rows: 0, first_row: self.n_rows };
                found.get_or_insert_with(|| (first, row.to_vec())).0.n_rows += 1;
            }
        }
        self.n_rows += 1;
    }

    /// Returns an error if a rule is broken.
    ///
    /// # Errors
    /// [`Error::BrokenRule`] for the first rule that is broken.
    pub(super) fn check(&self) -> Result<()> {
        let first = self.found.iter().zip(&self.rules.columns_of).find_map(|(found, columns)| {
            found.as_ref().map(|(broken, values)| (broken, values, columns))
        });
        let Some((broken, row, columns)) = first else { return Ok(()) };
        let value = |&at: &usize| {
            let Column { name, kind, .. } = &self.rules.columns[at];
            format!("{name} is {}", kind.text(row[at]).unwrap_or_else(|| row[at].to_string()))
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        Err(Error::BrokenRule {
            rule: broken.rule.to_string(),
            n_rows: broken.n_rows,
            row: broken.first_row,
            values: values.join(", "),
        })
    }
}
