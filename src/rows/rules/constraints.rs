//! What observed values of a row require of the values of the model that are not known.

use super::apply::ROUNDING;
use super::equations::{Equation, project};

/// Negative values of fewer standard deviations are rounding errors.
const NEGATIVE: f64 = 1e-9;

/// A value as a sum of multiples of values of the model that are not known, and a constant.
#[derive(Debug, Clone, Default)]
pub(super) struct Form {
    /// Factors, and values of the model.
    pub(super) terms: Vec<(f64, usize)>,
    pub(super) constant: f64,
}

impl Form {
    pub(super) fn add(&mut self, factor: f64, other: &Self) {
        for &(of_term, at) in &other.terms {
            match self.terms.iter_mut().find(|(_, known)| *known == at) {
                Some(term) => term.0 += factor * of_term,
                None => self.terms.push((factor * of_term, at)),
            }
        }
        self.terms.retain(|(factor, _)| *factor != 0.0);
        self.constant += factor * other.constant;
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        let mut difference = self.clone();
        difference.add(-1.0, other);
        difference
    }

    fn columns(&self) -> impl Iterator<Item = usize> {
        self.terms.iter().map(|&(_, at)| at)
    }

    pub(super) fn value(&self, of_model: &[f64]) -> f64 {
        let terms = self.terms.iter().map(|&(factor, at)| factor * of_model[at]);
        terms.sum::<f64>() + self.constant
    }

    /// The equation of the form and a value.
    pub(super) fn equals(&self, value: f64, error: f64) -> Equation {
        let error = error + ROUNDING * (value.abs() + self.constant.abs()) + f64::MIN_POSITIVE;
        Equation { terms: self.terms.clone(), value: value - self.constant, error }
    }
}

/// What is required of the values of the model of a row that are not known.
#[derive(Debug, Default)]
pub(super) struct Constraints {
    pub(super) equations: Vec<Equation>,
    /// Forms that are at least 0.
    pub(super) positive: Vec<Form>,
    /// Forms that are at least 0 anyway, unless others that they have values in common with are moved.
    pub(super) optional: Vec<Form>,
    /// Columns without negative values, which get none if possible.
    pub(super) signs: Vec<Form>,
}

impl Constraints {
    /// The values of the model that can be moved. Optional constraints of which none can be are left out.
    pub(super) fn bound(&mut self) -> Vec<usize> {
        let of_equations = self.equations.iter().flat_map(|of| of.terms.iter().map(|term| term.1));
        let of_positive = self.positive.iter().flat_map(Form::columns);
        let mut bound: Vec<usize> = of_equations.chain(of_positive).collect();
        let is_bound = |bound: &[usize], form: &Form| form.columns().any(|at| bound.contains(&at));
        while let Some(at) = self.optional.iter().position(|form| is_bound(&bound, form)) {
            bound.extend(self.optional[at].columns());
            self.positive.push(self.optional.swap_remove(at));
        }
        bound
    }

    /// Moves values of the model to the nearest that fulfil the constraints, if possible with the signs of the columns. Returns false,
    /// and leaves the values as they are, if they contradict each other.
    pub(super) fn project(&self, of_model: &mut [f64], variances: &[f64]) -> bool {
        let with_signs: Vec<&Form> = self.positive.iter().chain(&self.signs).collect();
        self.project_with(with_signs, of_model, variances)
            || self.project_with(self.positive.iter().collect(), of_model, variances)
    }

    /// The constraints with rounded totals anywhere in the intervals that are rounded to them.
    pub(super) fn within_rounding(mut self) -> Self {
        let is_rounded = |equation: &mut Equation| equation.error > ROUNDING * equation.value.abs();
        for Equation { terms, value, error } in self.equations.extract_if(.., is_rounded) {
            // not quite to their ends, which could be rounded to other totals
            let half = 0.999 * error;
            let negated = terms.iter().map(|&(factor, at)| (-factor, at)).collect();
            self.positive.push(Form { terms: negated, constant: value + half });
            self.positive.push(Form { terms, constant: half - value });
        }
        self
    }

    /// Negative forms become equations, the most negative first.
    fn project_with(
        &self,
        mut positive: Vec<&Form>,
        of_model: &mut [f64],
        variances: &[f64],
    ) -> bool {
        let mut equations = self.equations.clone();
        loop {
            let mut moved = of_model.to_vec();
            if !project(&mut moved, variances, &equations) {
                return false;
            }
            let in_deviations = |form: &Form| {
                let terms = form.terms.iter().map(|&(factor, at)| factor * factor * variances[at]);
                form.value(&moved) / terms.sum::<f64>().sqrt()
            };
            let values = positive.iter().map(|form| in_deviations(form)).enumerate();
            let negative = values.filter(|(_, value)| *value < -NEGATIVE);
            let Some((at, _)) = negative.min_by(|a, b| a.1.total_cmp(&b.1)) else {
                of_model.copy_from_slice(&moved);
                return true;
            };
            equations.push(positive.remove(at).equals(0.0, 0.0));
        }
    }
}
