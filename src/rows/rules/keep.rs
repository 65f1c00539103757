//! Rules of some of the columns.

use super::step::{Step, names};
use super::{Rule, Rules};
use crate::error::{Error, Result};
use crate::rows::schema::Column;

impl Rules {
    /// The columns of the model that stand for columns of the table, by name, ascending.
    ///
    /// # Errors
    /// [`Error::InvalidRule`] for a column that follows from others that are not among them.
    pub(crate) fn model_columns_of(&self, wanted: &[&str]) -> Result<Vec<usize>> {
        let has = |column: usize| wanted.contains(&self.columns[column].name.as_str());
        for step in &self.steps {
            let Some(&column) = step.determined().iter().find(|&&column| has(column)) else {
                continue;
            };
            let others = step.determined().iter().copied().chain(step.sources());
            let lacking: Vec<usize> = others.filter(|&column| !has(column)).collect();
            if !lacking.is_empty() {
                let (name, rule) = (&self.columns[column].name, self.rule_of(column));
                let lacking = names(&self.columns, &lacking);
                let problem = format!("{name:?} cannot be kept without {lacking}");
                return Err(Error::InvalidRule { rule, problem });
            }
        }
        Ok((0..self.places.len()).filter(|&at| has(self.places[at])).collect())
    }

    /// The rules of a model of some of its columns, ascending, of which `model_columns` describe all; none if no rule is left. A rule is
    /// left if all of its columns are there, or follow from such, and are wanted.
    pub(crate) fn keep(
        &self,
        kept: &[usize],
        model_columns: &[Column],
        wanted: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let is_there = |column: &usize| {
            self.places.binary_search(column).is_ok_and(|at| kept.binary_search(&at).is_ok())
        };
        let own = (0..self.columns.len()).filter(|column| self.place_of(*column).is_some());
        let mut there: Vec<usize> = own.filter(is_there).collect();
        let mut steps = Vec::new();
        for step in &self.steps {
            let is_known = step.sources().iter().all(|source| there.contains(source));
            let has_place = matches!(step, Step::Sum { .. }) || is_there(&step.determined()[0]);
            let is_wanted = |&column: &usize| wanted(&self.columns[column].name);
            if is_known && has_place && step.determined().iter().all(is_wanted) {
                there.extend(step.determined());
                steps.push(step);
            }
        }
        let is_left = |places: &&Vec<usize>| places.iter().all(|column| there.contains(column));
        let left = (0..self.rules.len()).filter(|&rule| is_left(&&self.columns_of[rule]));
        let rules: Vec<Rule> = left.map(|rule| self.rules[rule].clone()).collect();
        if rules.is_empty() {
            return None;
        }
        // a difference without its rule is a column of its own
        let column = |column: usize| match self.places.binary_search(&column) {
            _ if there.contains(&column) => Some(self.columns[column].clone()),
            Ok(at) if kept.binary_search(&at).is_ok() => Some(model_columns[at].clone()),
            _ => None,
        };
        let columns = (0..self.columns.len()).filter_map(column).collect();
        let levels = self.columns_of.iter().filter(is_left);
        let levels = levels.filter_map(|places| self.combinations_of(places));
        let levels = levels.map(|of| of.levels.clone()).collect();
        Self::new(rules, columns, levels).ok()
    }
}
