//! Given values of columns of the table as values of columns of the model.

use super::Rules;
use super::step::{Step, names};
use crate::error::{Error, Result};

/// What given values of columns of the table determine.
#[derive(Debug, Clone)]
pub(crate) struct GivenRow {
    /// Columns of the model, with their values.
    pub(crate) of_model: Vec<(usize, f64)>,
    /// The row of the table, in which NaN is unknown.
    pub(crate) row: Vec<f64>,
}

impl Rules {
    /// What given values of columns of the table determine.
    ///
    /// # Errors
    /// [`Error::InvalidRule`] if values contradict a rule, or if a value says nothing exact about the model without others that are not
    /// given, such as the larger column of an order without the smaller one.
    pub(crate) fn given(&self, values: &[(usize, f64)]) -> Result<GivenRow> {
        let mut row = vec![f64::NAN; self.columns.len()];
        for &(column, value) in values {
            row[column] = value;
        }
        self.complete(&mut row);
        if let Some(broken) = (0..self.rules.len()).find(|&rule| !self.holds(rule, &row)) {
            let rule = &self.rules[broken];
            let problem = "the given values contradict it".into();
            return Err(Error::InvalidRule { rule: rule.to_string(), problem });
        }
        for &(column, _) in values {
            self.check_given(column, &row)?;
        }
        let of_model =
            self.places.iter().map(|&place| self.model_value(&row, place, self.step_of(place)));
        let of_model = of_model.enumerate().filter(|(_, value)| !value.is_nan()).collect();
        Ok(GivenRow { of_model, row })
    }

    /// The column of the model in which a range of a column of the table can be given.
    ///
    /// # Errors
    /// [`Error::InvalidRule`] for a column that follows from others.
    pub(crate) fn column_of_range(&self, column: usize) -> Result<usize> {
        self.place_of(column).ok_or_else(|| {
            let problem = format!(
                "a range of {:?} cannot be given, since its values follow from it; the model has {}",
                self.columns[column].name,
                self.model_names().join(", ")
            );
            Error::InvalidRule { rule: self.rule_of(column), problem }
        })
    }

    /// Returns an error if a given value of a column is not fully used.
    fn check_given(&self, column: usize, row: &[f64]) -> Result<()> {
        let Some(step) = self.step_of(column) else { return Ok(()) };
        let others: Vec<usize> = match step {
            Step::Combinations(of) if of.code(row).is_nan() => of.columns.clone(),
            Step::Combinations(_) => Vec::new(),
            other => other.sources(),
        };
        let missing: Vec<usize> = others.into_iter().filter(|&at| row[at].is_nan()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let (name, missing) = (&self.columns[column].name, names(&self.columns, &missing));
        let problem = format!("with a value of {name:?}, give {missing} as well");
        Err(Error::InvalidRule { rule: self.rule_of(column), problem })
    }

    /// The rule of a column that follows from others.
    pub(super) fn rule_of(&self, column: usize) -> String {
        let name = self.columns[column].name.as_str();
        let rule = self.rules.iter().find(|rule| rule.columns().contains(&name));
        rule.map(ToString::to_string).unwrap_or_default()
    }
}
