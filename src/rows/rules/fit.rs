//! Rules fitted to rows: whether they hold, the combinations that occur, and the columns of a model.

use ndarray::{Array1, ArrayView2};

use super::apply::ROUNDING;
use super::broken::BreakCounts;
use super::combination::{MOST, compare};
use super::step::Step;
use super::{Rule, Rules};
use crate::error::{Error, Result};
use crate::rows::backend::RowAnswers;
use crate::rows::kind::ValueKind;
use crate::rows::levels::Levels;
use crate::rows::profile::ColumnProfile;
use crate::rows::schema::Column;
use crate::rows::{Block, RowSource, check_columns};

impl Rules {
    /// Fits rules to a table with these columns: checks in one pass over its rows that they hold, and collects the combinations that
    /// occur. Returns the rules and the columns of a model. Missing values break no rule.
    ///
    /// # Errors
    /// [`Error::BrokenRule`] for a rule that does not hold; [`Error::InvalidRule`] for a column that is not there, is a category in
    /// an order or a sum, is determined by two rules, or would follow from itself, and for more than 1000 combinations;
    /// any error from reading the rows.
    pub fn fit(
        rules: Vec<Rule>,
        columns: &[Column],
        rows: &dyn RowSource,
    ) -> Result<(Self, Vec<Column>)> {
        let mut fitted = Self::without_levels(rules, columns.to_vec())?;
        let mut learned = Learned::new(&fitted);
        let mut backend = rows.backend()?;
        check_columns(backend.n_features(), columns.len())?;
        backend.answer(&AllColumns(columns.len()), &mut |rows| learned.add(rows))?;
        let Learned { breaks, profiles, mut levels, .. } = learned;
        breaks.check()?;
        for (step, levels) in fitted.steps.iter_mut().zip(&mut levels) {
            if let Step::Combinations(of) = step {
                of.levels = std::mem::take(levels);
            }
        }
        let is_empty = |places: &Vec<usize>| {
            fitted.combinations_of(places).is_some_and(|of| of.levels.is_empty())
        };
        if let Some(rule) = fitted.columns_of.iter().position(is_empty) {
            let problem = "no row has a value in all of its columns".into();
            return Err(Error::InvalidRule { rule: fitted.rules[rule].to_string(), problem });
        }
        let columns = fitted.model_columns(&profiles);
        Ok((fitted, columns))
    }

    /// The columns of a model; profiles are those of the differences, by step.
    fn model_columns(&self, profiles: &[ColumnProfile]) -> Vec<Column> {
        let column = |(name, &place): (String, &usize)| {
            let steps = self.steps.iter().zip(profiles);
            match steps.into_iter().find(|(step, _)| step.determined().contains(&place)) {
                Some((Step::AtLeast { .. }, profile)) => profile.column(&name),
                Some((Step::Combinations(of), _)) => {
                    let names = of.levels.iter().map(|level| self.level_name(&of.columns, level));
                    let kind = ValueKind::Categorical(Levels::new(names));
                    Column { kind, ..Column::named(name) }
                }
                _ => self.columns[place].clone(),
            }
        };
        self.model_names().into_iter().zip(&self.places).map(column).collect()
    }

    /// The values of a combination, as they are written.
    fn level_name(&self, columns: &[usize], level: &[f64]) -> String {
        let text = |(&column, &value): (&usize, &f64)| {
            self.columns[column].kind.text(value).unwrap_or_else(|| value.to_string())
        };
        let texts: Vec<String> = columns.iter().zip(level).map(text).collect();
        texts.join(", ")
    }

    /// Number of rules that a row of the table breaks; missing values break none.
    pub(super) fn n_broken(&self, row: &[f64]) -> usize {
        (0..self.rules.len()).filter(|&rule| !self.holds(rule, row)).count()
    }

    /// Whether a rule, by its index, holds in a row of the table; missing values break none.
    pub(super) fn holds(&self, rule: usize, row: &[f64]) -> bool {
        let places = &self.columns_of[rule];
        let is_broken = match &self.rules[rule] {
            Rule::AtMost { .. } => row[places[0]] > row[places[1]],
            Rule::Sum { terms, constant, .. } => {
                let parts = terms.iter().zip(&places[1..]);
                let parts = parts.map(|((factor, _), &at)| factor * row[at]);
                let is_complete = places.iter().all(|&at| !row[at].is_nan());
                is_complete && !is_sum(&self.columns[places[0]], row[places[0]], parts, *constant)
            }
            Rule::Combination { .. } => {
                let is_complete = places.iter().all(|&at| !row[at].is_nan());
                // before a fit, none is known
                let of = self.combinations_of(places).filter(|of| !of.levels.is_empty());
                is_complete && of.is_some_and(|of| of.code(row).is_nan())
            }
        };
        !is_broken
    }
}

/// Whether a total is the sum of its parts, as it is written; a missing part breaks no sum.
pub(super) fn is_sum(
    column: &Column,
    total: f64,
    parts: impl Iterator<Item = f64>,
    constant: f64,
) -> bool {
    let (sum, size) =
        parts.fold((constant, constant.abs()), |(sum, size), part| (sum + part, size + part.abs()));
    let is_other = (total - sum).abs() > half_unit(column) + ROUNDING * (size + total.abs());
    !is_other
}

/// Maximum rounding error of a total as it is written.
pub(super) fn half_unit(column: &Column) -> f64 {
    column.unit().map_or(0.0, |unit| 0.5 * unit)
}

/// What a pass over the rows shows.
struct Learned<'a> {
    rules: &'a Rules,
    breaks: BreakCounts<'a>,
    /// Of the differences, by step.
    profiles: Vec<ColumnProfile>,
    /// Combinations, by step.
    levels: Vec<Vec<Vec<f64>>>,
}

impl<'a> Learned<'a> {
    fn new(rules: &'a Rules) -> Self {
        let n_steps = rules.steps.len();
        Self {
            rules,
            breaks: BreakCounts::new(rules),
            profiles: (0..n_steps).map(|_| ColumnProfile::new()).collect(),
            levels: vec![Vec::new(); n_steps],
        }
    }

    fn add(&mut self, rows: ArrayView2<'_, f64>) -> Result<()> {
        for row in rows.rows() {
            let row = row.to_vec();
            self.breaks.add(&row);
            for (at, step) in self.rules.steps.iter().enumerate() {
                match step {
                    Step::AtLeast { column, lowers } => {
                        let difference = self.rules.difference(&row, *column, lowers);
                        self.profiles[at].add(Array1::from(vec![difference]).view());
                    }
                    Step::Combinations(of) => {
                        let values: Vec<f64> =
                            of.columns.iter().map(|&column| row[column] + 0.0).collect();
                        self.add_combination(at, values)?;
                    }
                    Step::Sum { .. } => {}
                }
            }
        }
        Ok(())
    }

    fn add_combination(&mut self, step: usize, values: Vec<f64>) -> Result<()> {
        let levels = &mut self.levels[step];
        if values.iter().any(|value| value.is_nan()) {
            return Ok(());
        }
        let Err(at) = levels.binary_search_by(|level| compare(level, &values)) else {
            return Ok(());
        };
        levels.insert(at, values);
        if levels.len() > MOST {
            let places = self.rules.steps[step].determined();
            let rule = self.rules.columns_of.iter().position(|other| other == places);
            let rule = rule.map(|rule| self.rules.rules[rule].to_string()).unwrap_or_default();
            let problem = format!("more than {MOST} combinations occur");
            return Err(Error::InvalidRule { rule, problem });
        }
        Ok(())
    }
}

/// All columns of each row.
struct AllColumns(usize);

impl RowAnswers for AllColumns {
    fn width(&self) -> usize {
        self.0
    }

    fn answer(&self, block: &Block, answers: &mut Vec<f64>) -> Result<()> {
        answers.extend_from_slice(block.row_major());
        Ok(())
    }
}
