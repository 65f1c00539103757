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

mod broken;
mod combination;
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

use ndarray::{Array2, ArrayView2};

use self::combination::{Combinations, are_levels};
use self::step::{Step, largest, steps_of, sum};
use super::backend::RowTransform;
use super::schema::{Column, rounded};
use crate::error::{Error, Result};

pub use self::broken::BrokenRule;
pub use self::rule::Rule;
pub use self::ruled_rows::RuledRows;

/// Share of a computed value that its rounding error is below.
const ROUNDING: f64 = 1e-9;

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

    /// The column of a model that has the values of a column of the table.
    fn place_of(&self, column: usize) -> Option<usize> {
        self.places.binary_search(&column).ok().filter(|_| self.step_of(column).is_none())
    }

    /// Makes rows of a model of rows of the table, shape `(n_samples, columns of the model)`.
    ///
    /// The part or total of a sum that alone is missing is computed. A difference is missing, NaN, if one of its columns is, and a
    /// combination if one of its values is, or if it did not occur when the rules were fitted.
    pub fn apply(&self, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut of_model = Array2::zeros((rows.nrows(), self.places.len()));
        let steps: Vec<Option<&Step>> =
            self.places.iter().map(|&place| self.step_of(place)).collect();
        let mut row = vec![0.0; self.columns.len()];
        for (mut to, from) in of_model.rows_mut().into_iter().zip(rows.rows()) {
            row.iter_mut().zip(from).for_each(|(to, &from)| *to = from);
            self.complete_sums(&mut row);
            for ((to, &place), step) in to.iter_mut().zip(&self.places).zip(&steps) {
                *to = self.model_value(&row, place, *step);
            }
        }
        of_model
    }

    /// Computes what alone is missing of sums.
    fn complete_sums(&self, row: &mut [f64]) {
        for step in &self.steps {
            let Step::Sum { column, terms, constant } = step else { continue };
            let mut missing = terms.iter().filter(|&&(_, column)| row[column].is_nan());
            match (missing.next(), missing.next()) {
                (None, _) if row[*column].is_nan() => {
                    row[*column] = self.total(*column, sum(row, terms, *constant));
                }
                (Some(&(factor, part)), None) if !row[*column].is_nan() => {
                    row[part] = 0.0;
                    let rest = row[*column] - sum(row, terms, *constant);
                    row[part] = self.rounded(part, rest / factor);
                }
                _ => {}
            }
        }
    }

    /// The value of a model in the place of a column of the table, which this step determines.
    fn model_value(&self, row: &[f64], place: usize, step: Option<&Step>) -> f64 {
        match step {
            Some(Step::AtLeast { column, lowers }) => self.difference(row, *column, lowers),
            Some(Step::Combinations(of)) => of.code(row),
            Some(Step::Sum { .. }) | None => row[place],
        }
    }

    /// The difference of a column to the largest of others, without the rounding error of the subtraction.
    fn difference(&self, row: &[f64], column: usize, lowers: &[usize]) -> f64 {
        let value = row[column] - largest(row, lowers);
        let decimals = |&at: &usize| self.columns[at].decimals;
        let all: Option<Vec<u32>> = lowers.iter().chain([&column]).map(decimals).collect();
        match all.and_then(|all| all.into_iter().max()) {
            // of dates, times have fractions of days
            Some(decimals) if self.columns[column].kind.is_numeric() => rounded(value, decimals),
            _ => value,
        }
    }

    /// A total with the decimals of its column.
    fn total(&self, column: usize, value: f64) -> f64 {
        self.columns[column].decimals.map_or(value, |decimals| rounded(value, decimals))
    }

    /// A computed value without its rounding error, if it has the decimals of the column.
    fn rounded(&self, column: usize, value: f64) -> f64 {
        let rounded =
            self.columns[column].decimals.map_or(value, |decimals| rounded(value, decimals));
        if (rounded - value).abs() <= ROUNDING * value.abs() { rounded } else { value }
    }
}

impl RowTransform for Rules {
    fn is_identity(&self) -> bool {
        self.rules.is_empty()
    }

    fn n_inputs(&self) -> Option<usize> {
        Some(self.columns.len())
    }

    fn n_outputs(&self, _: usize) -> usize {
        self.places.len()
    }

    /// Combinations that did not occur are missing.
    fn may_make_missing(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Combinations(_)))
    }

    fn apply(&self, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        self.apply(rows)
    }
}
