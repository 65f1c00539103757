//! Rules between columns: orders, sums and combinations that hold in every row of the data, and that samples keep.
//!
//! A rule is built in by what stands for its columns in a model, a map of rows that can be undone:
//! ```text
//! start <= end        end - start in the place of end
//! a <= c, b <= c      c - max(a, b) in the place of c
//! total = a + b       nothing: total follows from a and b
//! city,zip            the combination of both, a category, in the place of city
//! ```
//! The determinant of the map is 1, so that densities of rows of the model are those of rows of the data: of sums, of the columns
//! that are left.

mod apply;
mod around;
mod broken;
mod combination;
mod complete;
mod constraints;
mod equations;
mod fit;
mod found;
mod given;
mod keep;
mod linear;
mod parse;
mod restore;
mod rule;
mod ruled_rows;
mod step;

use self::combination::{Combinations, are_levels};
use self::step::{Step, steps_of};
use super::schema::Column;
use crate::error::{Error, Result};

pub(crate) use self::around::{Observed, PartialCombination};
pub use self::broken::BrokenRule;
pub use self::rule::Rule;
pub use self::ruled_rows::RuledRows;

/// Rules of a table: the map from its rows to rows of a model, and back.
///
/// # Examples
/// ```
/// use mixlab::{Column, Rule, Rules};
/// use ndarray::array;
///
/// let names = ["start", "end", "rent", "food", "total"].map(String::from);
/// let rows = array![[1.0, 3.0, 5.0, 2.0, 7.0], [2.0, 2.0, 4.0, 1.5, 5.5]];
/// let rules = ["start <= end", "total = rent + food"].map(|text| Rule::parse(text, &names));
/// let rules = rules.into_iter().collect::<mixlab::Result<Vec<_>>>()?;
/// let (rules, columns) = Rules::fit(rules, &Column::all(rows.view(), &names), &rows)?;
/// let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
/// assert_eq!(names, ["start", "end - start", "rent", "food"]);
/// let of_model = rules.apply(rows.view());
/// assert_eq!(of_model, array![[1.0, 2.0, 5.0, 2.0], [2.0, 0.0, 4.0, 1.5]]);
/// assert_eq!(rules.restore(of_model.view()), rows);
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    rules: Vec<Rule>,
    /// Places of the columns of each rule among those of the table.
    columns_of: Vec<Vec<usize>>,
    /// Columns of the table.
    columns: Vec<Column>,
    steps: Vec<Step>,
    /// The columns of the table in whose place the columns of the model are.
    places: Vec<usize>,
}

impl Rules {
    /// Combines rules of a table with these columns; `levels` are the values of each rule that is a combination, in ascending order.
    ///
    /// # Errors
    /// [`Error::InvalidRule`] for a column that is not there, is a category in an order or a sum, is determined by two rules, or
    /// would follow from itself; [`Error::InvalidParam`] for levels that do not ascend, or are not of the combinations.
    pub(crate) fn new(
        rules: Vec<Rule>,
        columns: Vec<Column>,
        levels: Vec<Vec<Vec<f64>>>,
    ) -> Result<Self> {
        let mut rules = Self::without_levels(rules, columns)?;
        let mut levels = levels.into_iter();
        // in the order of the rules
        for (rule, places) in rules.rules.iter().zip(&rules.columns_of) {
            let of_rule = |step: &&mut Step| step.determined() == places;
            let step = rules.steps.iter_mut().find(of_rule);
            let Some(Step::Combinations(of)) = step else { continue };
            let found = levels.next().unwrap_or_default();
            if !are_levels(of.columns.len(), &found) {
                let expected = "the combinations of values of each rule, in ascending order";
                return Err(Error::param("levels of rules", rule, expected));
            }
            of.levels = found;
        }
        Ok(rules)
    }

    /// Rules of which the combinations that occur are not known yet.
    fn without_levels(rules: Vec<Rule>, columns: Vec<Column>) -> Result<Self> {
        let steps = steps_of(&rules, &columns)?;
        let is_left_out = |column: &usize| {
            steps.iter().any(|step| match step {
                Step::AtLeast { .. } => false,
                Step::Sum { column: total, .. } => total == column,
                Step::Combinations(of) => of.columns[1..].contains(column),
            })
        };
        let places = (0..columns.len()).filter(|column| !is_left_out(column)).collect();
        let place = |name: &str| columns.iter().position(|column| column.name == name);
        let of_rule = |rule: &Rule| rule.columns().into_iter().filter_map(place).collect();
        let columns_of = rules.iter().map(of_rule).collect();
        Ok(Self { rules, columns_of, columns, steps, places })
    }

    /// The rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The columns of the table.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Combinations of values of each rule that is one, in the order of the rules.
    pub(crate) fn levels(&self) -> Vec<&[Vec<f64>]> {
        let of_rule = |places: &Vec<usize>| self.combinations_of(places);
        self.columns_of.iter().filter_map(of_rule).map(|of| &of.levels[..]).collect()
    }

    /// The combinations of columns, if they are those of a rule.
    fn combinations_of(&self, places: &[usize]) -> Option<&Combinations> {
        self.steps.iter().find_map(|step| match step {
            Step::Combinations(of) if of.columns == places => Some(of),
            _ => None,
        })
    }

    /// Names of the columns of a model.
    pub(crate) fn model_names(&self) -> Vec<String> {
        let name = |&place: &usize| {
            let name = self.step_of(place).and_then(|step| step.name(&self.columns));
            name.unwrap_or_else(|| self.columns[place].name.clone())
        };
        self.places.iter().map(name).collect()
    }

    /// The step that determines a column of the table.
    fn step_of(&self, column: usize) -> Option<&Step> {
        self.steps.iter().find(|step| step.determined().contains(&column))
    }

    /// Whether a column of the table is in a rule.
    pub(crate) fn has_column(&self, column: usize) -> bool {
        self.columns_of.iter().any(|columns| columns.contains(&column))
    }

    /// The column of a model that has the values of a column of the table.
    pub(crate) fn place_of(&self, column: usize) -> Option<usize> {
        self.places.binary_search(&column).ok().filter(|_| self.step_of(column).is_none())
    }
}
