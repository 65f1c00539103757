//! Rows of a table as rows of a model.

use super::Rules;
use crate::error::Result;
use crate::rows::RowSource;
use crate::rows::backend::Backend;

/// Rows of a table in memory or in a file, of which rules make rows of a model: a source of rows for fits.
///
/// # Examples
/// ```
/// use mixlab::{Column, Rule, RuledRows, Rules, UserUnits, prelude::*};
///
/// let names = ["start", "end"].map(String::from);
/// let rows = Array2::from_shape_fn((60, 2), |(row, column)| ((row * 7) % 31 + column * (row % 11)) as f64);
/// let rule = Rule::parse("start <= end", &names)?;
/// let (rules, columns) = Rules::fit(vec![rule], &Column::all(rows.view(), &names), &rows)?;
/// let (pipeline, _) = Pipeline::params().fit_with_report(&RuledRows { rows, rules: rules.clone() })?;
/// let file = ModelFile { columns, rules: Some(rules), ..pipeline.into() };
/// let sample = file.sample(100, 1, true, UserUnits::default());
/// assert!(sample.rows().into_iter().all(|row| row[0] <= row[1]));
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RuledRows<S> {
    /// Rows of the table.
    pub rows: S,
    /// The rules.
    pub rules: Rules,
}

impl<S: RowSource> RowSource for RuledRows<S> {
    fn backend(&self) -> Result<Box<dyn Backend + '_>> {
        self.rows.backend()?.into_transformed(&self.rules)
    }
}

impl<S: RowSource + ?Sized> RowSource for Box<S> {
    fn backend(&self) -> Result<Box<dyn Backend + '_>> {
        (**self).backend()
    }
}
