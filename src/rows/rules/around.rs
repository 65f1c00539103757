//! Rows of a table around the values that are observed in them.

use ndarray::{Array2, ArrayView2};

use super::Rules;
use super::apply::without_noise;
use super::constraints::{Constraints, Form};
use super::fit::half_unit;
use super::restore::neighbour;
use super::step::Step;
use crate::rows::schema::Column;

/// Smallest standard deviation of a value that is not known, in units of the largest of its row.
const LEAST_DEVIATION: f64 = 1e-4;

/// What is known of rows of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Observed<'a> {
    /// The rows, in which NaN is not known.
    pub(crate) rows: ArrayView2<'a, f64>,
    /// The rows of the model that they determine, of which NaN is not known.
    pub(crate) of_model: ArrayView2<'a, f64>,
    /// Standard deviations of values of the model that are not known, for rows in which observed columns follow from such.
    pub(crate) deviations: ArrayView2<'a, f64>,
}

/// A row of the table of which some values of a combination are observed.
#[derive(Debug, Clone)]
pub(crate) struct PartialCombination {
    /// The column of the model.
    pub(crate) column: usize,
    pub(crate) row: usize,
    /// Codes of the combinations with the observed values, at least two.
    pub(crate) possible: Vec<usize>,
}

impl Rules {
    /// Makes rows of the table, which keep the values that are observed in them, of rows of a model.
    ///
    /// Where an observed value is a sum of values of the model that are not known, these are moved to the nearest ones of which it is
    /// the sum, in their standard deviations, with differences of at least 0: of independent Gaussians, to their conditional mean.
    pub(crate) fn restore_around(
        &self,
        rows: ArrayView2<'_, f64>,
        known: &Observed<'_>,
        round: impl Fn(&Column, f64) -> f64,
    ) -> Array2<f64> {
        let mut restored = Array2::from_elem((rows.nrows(), self.columns.len()), f64::NAN);
        for (at, (mut to, from)) in restored.rows_mut().into_iter().zip(rows.rows()).enumerate() {
            let row = to.as_slice_mut().expect("standard layout");
            let mut of_model = from.to_vec();
            let mut observed = known.rows.row(at).to_vec();
            let known_of_model = known.of_model.row(at);
            if self.has_equations(&observed, |column| known_of_model[column].is_nan()) {
                let deviations = known.deviations.row(at).to_vec();
                let unknown = Unknown { rules: self, deviations, round: &round };
                unknown.solve(&mut of_model, &known_of_model.to_vec(), &mut observed);
            }
            self.restore_row(row, &of_model, &observed, &round);
        }
        restored
    }

    /// The rows of the table of which some values of a combination are observed, by column of the model.
    pub(crate) fn partial_combinations(
        &self,
        rows: ArrayView2<'_, f64>,
    ) -> Vec<PartialCombination> {
        let mut partial = Vec::new();
        for (column, &place) in self.places.iter().enumerate() {
            let Some(Step::Combinations(of)) = self.step_of(place) else { continue };
            for (row, values) in rows.rows().into_iter().enumerate() {
                let possible = of.possible(&values.to_vec());
                if !possible.is_empty() {
                    partial.push(PartialCombination { column, row, possible });
                }
            }
        }
        partial
    }

    /// Whether any row needs [deviations](Observed::deviations).
    pub(crate) fn have_equations(
        &self,
        rows: ArrayView2<'_, f64>,
        of_model: ArrayView2<'_, f64>,
    ) -> bool {
        rows.rows().into_iter().zip(of_model.rows()).any(|(row, of_model)| {
            self.has_equations(&row.to_vec(), |column| of_model[column].is_nan())
        })
    }

    /// Whether observed columns follow from values of the model that are not known.
    fn has_equations(&self, observed: &[f64], is_unknown: impl Fn(usize) -> bool) -> bool {
        self.steps.iter().any(|step| match step {
            Step::AtLeast { column, .. } => {
                let place = self.places.binary_search(column);
                !observed[*column].is_nan() && place.is_ok_and(&is_unknown)
            }
            Step::Sum { column, terms, .. } => {
                let is_missing = |&(_, part): &(f64, usize)| observed[part].is_nan();
                !observed[*column].is_nan() && terms.iter().any(is_missing)
            }
            Step::Combinations(_) => false,
        })
    }
}

/// A row of which some values are not known.
struct Unknown<'a> {
    rules: &'a Rules,
    deviations: Vec<f64>,
    round: &'a dyn Fn(&Column, f64) -> f64,
}

impl Unknown<'_> {
    /// Moves values of the model to ones of which the observed values follow, and adds all values of the table that depend on them
    /// to the observed ones.
    fn solve(&self, of_model: &mut [f64], known: &[f64], observed: &mut [f64]) {
        let (forms, mut constraints) = self.constraints(of_model, known, observed);
        let bound = constraints.bound();
        self.add_signs(&bound, known, &mut constraints);
        let variances = self.variances(&bound);
        if !constraints.project(of_model, &variances) {
            constraints = constraints.within_rounding();
            // contradictions of observed values stay
            if !constraints.project(of_model, &variances) {
                return;
            }
        }
        let is_bound = |form: &Form| {
            !form.terms.is_empty() && form.terms.iter().all(|(_, at)| bound.contains(at))
        };
        let free: Vec<usize> = (0..forms.len())
            .filter(|&column| observed[column].is_nan() && is_bound(&forms[column]))
            .collect();
        let before = observed.to_vec();
        let mut is_rounded = true;
        for &column in &free {
            is_rounded &=
                self.settle(column, &forms[column], of_model, &variances, &mut constraints);
        }
        for &column in &free {
            observed[column] =
                without_noise(&self.rules.columns[column], forms[column].value(of_model));
        }
        self.order(&free, observed);
        if !is_rounded && let Some(row) = self.all_rounded(of_model, before, &free) {
            free.iter().for_each(|&column| observed[column] = row[column]);
        }
    }

    /// Each column of the table as a form, and what the observed ones require.
    fn constraints(
        &self,
        of_model: &[f64],
        known: &[f64],
        observed: &[f64],
    ) -> (Vec<Form>, Constraints) {
        let rules = self.rules;
        let mut forms = vec![Form::default(); rules.columns.len()];
        let mut constraints = Constraints::default();
        let of_place = |at: usize| match known[at].is_nan() {
            true => Form { terms: vec![(1.0, at)], constant: 0.0 },
            false => Form { terms: Vec::new(), constant: known[at] },
        };
        for (at, &place) in rules.places.iter().enumerate() {
            if rules.place_of(place).is_some() {
                forms[place] = of_place(at);
            }
        }
        for step in &rules.steps {
            let column = match step {
                Step::AtLeast { column, lowers } => {
                    let Ok(place) = rules.places.binary_search(column) else { continue };
                    let value = |at: &usize| forms[*at].value(of_model);
                    let largest = lowers.iter().max_by(|a, b| value(a).total_cmp(&value(b)));
                    let Some(&largest) = largest else { continue };
                    let mut form = forms[largest].clone();
                    form.add(1.0, &of_place(place));
                    forms[*column] = form;
                    let is_other = |lower: &&usize| **lower != largest;
                    for &lower in lowers.iter().filter(is_other) {
                        if observed[*column].is_nan() {
                            constraints.optional.push(forms[*column].minus(&forms[lower]));
                        } else {
                            let upper = Form { constant: observed[*column], terms: Vec::new() };
                            constraints.positive.push(upper.minus(&forms[lower]));
                        }
                    }
                    *column
                }
                Step::Sum { column, terms, constant } => {
                    let mut form = Form { constant: *constant, ..Form::default() };
                    terms.iter().for_each(|&(factor, part)| form.add(factor, &forms[part]));
                    forms[*column] = form;
                    *column
                }
                Step::Combinations(_) => continue,
            };
            let value = observed[column];
            if !value.is_nan() {
                let form = std::mem::take(&mut forms[column]);
                if !form.terms.is_empty() {
                    let error = match step {
                        Step::Sum { .. } => half_unit(&rules.columns[column]),
                        _ => 0.0,
                    };
                    constraints.equations.push(form.equals(value, error));
                }
                forms[column].constant = value;
            }
        }
        constraints.positive.retain(|form| !form.terms.is_empty());
        (forms, constraints)
    }

    /// Requires that differences are at least 0, and that columns without negative values have none.
    fn add_signs(&self, bound: &[usize], known: &[f64], constraints: &mut Constraints) {
        for (at, &place) in self.rules.places.iter().enumerate() {
            if !known[at].is_nan() || !bound.contains(&at) {
                continue;
            }
            let form = Form { terms: vec![(1.0, at)], constant: 0.0 };
            let column = &self.rules.columns[place];
            if self.rules.place_of(place).is_none() {
                constraints.positive.push(form);
            } else if column.range.is_some_and(|(low, _)| low >= 0.0) {
                constraints.signs.push(form);
            }
        }
    }

    /// Variances of the values of the model.
    fn variances(&self, bound: &[usize]) -> Vec<f64> {
        let deviation =
            |at: &usize| Some(self.deviations[*at]).filter(|deviation| *deviation > 0.0);
        let largest = bound.iter().filter_map(deviation).fold(0.0, f64::max);
        let least = if largest > 0.0 { LEAST_DEVIATION * largest } else { 1.0 };
        // NaN, of known values, is less
        self.deviations.iter().map(|deviation| deviation.max(least).powi(2)).collect()
    }

    /// Rounds a column of the table, if the others can follow. Returns whether it is rounded.
    fn settle(
        &self,
        column: usize,
        form: &Form,
        of_model: &mut [f64],
        variances: &[f64],
        constraints: &mut Constraints,
    ) -> bool {
        let value = form.value(of_model);
        let round = |value| (self.round)(&self.rules.columns[column], value);
        let rounded = round(value);
        for candidate in [rounded, neighbour(value, rounded, &round)] {
            let mut moved = of_model.to_vec();
            constraints.equations.push(form.equals(candidate, 0.0));
            if constraints.project(&mut moved, variances) {
                of_model.copy_from_slice(&moved);
                return true;
            }
            constraints.equations.pop();
        }
        false
    }

    /// Makes smaller columns that are larger by rounding errors as large as the larger ones.
    fn order(&self, free: &[usize], row: &mut [f64]) {
        for step in self.rules.steps.iter().rev() {
            let Step::AtLeast { column, lowers } = step else { continue };
            for &lower in lowers.iter().filter(|lower| free.contains(lower)) {
                if row[lower] > row[*column] {
                    row[lower] = row[*column];
                }
            }
        }
    }

    /// The row with the parts rounded, if no rule is broken then.
    fn all_rounded(
        &self,
        of_model: &[f64],
        mut observed: Vec<f64>,
        free: &[usize],
    ) -> Option<Vec<f64>> {
        let rules = self.rules;
        for &column in free.iter().filter(|&&column| rules.place_of(column).is_some()) {
            let at = rules.places.binary_search(&column).ok()?;
            observed[column] = (self.round)(&rules.columns[column], of_model[at]);
        }
        let mut row = vec![f64::NAN; observed.len()];
        rules.restore_row(&mut row, of_model, &observed, self.round);
        (rules.n_broken(&row) == 0).then_some(row)
    }
}
