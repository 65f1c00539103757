//! Linear equations of a few unknown numbers.

/// `Σ factor · x = value`, to an error of the value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Equation {
    /// Factors, not zero, and unknown numbers, each at most once.
    pub(super) terms: Vec<(f64, usize)>,
    pub(super) value: f64,
    /// Maximum rounding error of the value.
    pub(super) error: f64,
}

/// Share of the factors that are subtracted, below which their difference is a rounding error.
const ZERO: f64 = 1e-10;

impl Equation {
    /// What the value is more than the sum of numbers.
    fn residual(&self, x: &[f64]) -> f64 {
        self.value - self.terms.iter().map(|&(factor, at)| factor * x[at]).sum::<f64>()
    }

    /// Largest ratio of a factor to the error.
    fn certainty(&self) -> f64 {
        let factors = self.terms.iter().map(|(factor, _)| factor.abs());
        factors.fold(0.0, f64::max) / self.error
    }

    /// Subtracts the multiple of another equation, in which an unknown number has the factor 1, that has the same factor of it.
    fn eliminate(&mut self, unknown: usize, other: &Self) {
        let Some(at) = self.terms.iter().position(|&(_, column)| column == unknown) else { return };
        let (multiple, _) = self.terms.remove(at);
        for &(factor, column) in other.terms.iter().filter(|&&(_, column)| column != unknown) {
            let subtracted = multiple * factor;
            match self.terms.iter().position(|&(_, known)| known == column) {
                Some(at) => {
                    let largest = self.terms[at].0.abs().max(subtracted.abs());
                    self.terms[at].0 -= subtracted;
                    if self.terms[at].0.abs() <= ZERO * largest {
                        self.terms.remove(at);
                    }
                }
                None => self.terms.push((-subtracted, column)),
            }
        }
        self.value -= multiple * other.value;
        self.error += multiple.abs() * other.error;
    }
}

/// Makes equations of which each has an unknown number that no other has. Returns none if they contradict each other.
///
/// This is Gauss-Jordan elimination that takes next the equation with the smallest error in units of a factor.
pub(super) fn reduced(mut left: Vec<Equation>) -> Option<Vec<Equation>> {
    let mut reduced: Vec<Equation> = Vec::new();
    loop {
        let contradicts = |equation: &Equation| {
            equation.terms.is_empty() && equation.value.abs() > equation.error
        };
        if left.iter().any(contradicts) {
            return None;
        }
        left.retain(|equation| !equation.terms.is_empty());
        let of_certainty =
            |&a: &usize, &b: &usize| left[a].certainty().total_cmp(&left[b].certainty());
        let Some(best) = (0..left.len()).max_by(of_certainty) else { return Some(reduced) };
        let mut next = left.remove(best);
        let pivot = next.terms.iter().copied().max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()));
        let (factor, unknown) = pivot.expect("a term");
        next.terms.iter_mut().for_each(|term| term.0 /= factor);
        next.value /= factor;
        next.error /= factor.abs();
        left.iter_mut().chain(&mut reduced).for_each(|other| other.eliminate(unknown, &next));
        reduced.push(next);
    }
}

/// The unknown numbers that equations determine, with their values and the errors of these.
pub(super) fn determined(equations: Vec<Equation>) -> Vec<(usize, f64, f64)> {
    let single = |equation: Equation| match equation.terms.as_slice() {
        &[(factor, unknown)] => {
            Some((unknown, equation.value / factor, equation.error / factor.abs()))
        }
        _ => None,
    };
    reduced(equations).unwrap_or_default().into_iter().filter_map(single).collect()
}

/// Moves numbers x to the nearest ones that solve equations A x = b, in squares of differences divided by variances V:
/// `x + V Aᵀ (A V Aᵀ)⁻¹ (b - A x)`. Returns false, and leaves the numbers as they are, if the equations contradict each other.
///
/// Each equation is solved by a step that is orthogonal to the equations before it, as in the Gram-Schmidt process.
pub(super) fn project(x: &mut [f64], variances: &[f64], equations: &[Equation]) -> bool {
    let Some(reduced) = reduced(equations.to_vec()) else { return false };
    let product = |terms: &[(f64, usize)], dense: &[f64]| -> f64 {
        terms.iter().map(|&(factor, at)| factor * dense[at]).sum()
    };
    // steps V g, and products of their equations with them
    let mut steps: Vec<(Vec<f64>, f64)> = Vec::new();
    for equation in &reduced {
        let mut step = vec![0.0; x.len()];
        for &(factor, at) in &equation.terms {
            step[at] = factor * variances[at];
        }
        for (known, length) in &steps {
            let share = product(&equation.terms, known) / length;
            step.iter_mut().zip(known).for_each(|(to, known)| *to -= share * known);
        }
        let length = product(&equation.terms, &step);
        steps.push((step, length));
    }
    // a second time for the rounding errors of the first
    for _ in 0..2 {
        for (equation, (step, length)) in reduced.iter().zip(&steps) {
            let share = equation.residual(x) / length;
            x.iter_mut().zip(step).for_each(|(to, step)| *to += share * step);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    fn equation(terms: &[(f64, usize)], value: f64, error: f64) -> Equation {
        Equation { terms: terms.to_vec(), value, error }
    }

    #[test]
    fn equations_determine_numbers() {
        // tax = 0.19 net, gross = net + tax, of which gross is known
        let tax = equation(&[(1.0, 1), (-0.19, 0)], 0.0, 0.005);
        let gross = equation(&[(1.0, 0), (1.0, 1)], 119.0, 1e-9);
        let mut found = determined(vec![tax.clone(), gross.clone()]);
        found.sort_by_key(|&(unknown, ..)| unknown);
        // an error of 0.005 in 1.19 net
        assert_abs_diff_eq!(found[0].2, 0.005 / 1.19, epsilon = 1e-8);
        assert_abs_diff_eq!(found[0].1, 100.0, epsilon = 1e-10);
        assert_abs_diff_eq!(found[1].1, 19.0, epsilon = 1e-10);
        assert_eq!(determined(vec![gross]), []);
        // the more exact of two
        let [rounded, exact] =
            [equation(&[(0.19, 0)], 19.0, 0.005), equation(&[(1.0, 0)], 100.01, 1e-9)];
        assert_eq!(determined(vec![rounded.clone(), exact.clone()]), [(0, 100.01, 1e-9)]);
        assert_eq!(reduced(vec![equation(&[(0.19, 0)], 18.0, 0.005), exact]), None);
    }

    #[test]
    fn the_nearest_solution_is_that_of_the_normal_equations() {
        let mut x = [1.0, 2.0, 3.0, 4.0];
        let variances = [1.0, 4.0, 9.0, 1.0];
        let equations = [
            equation(&[(1.0, 0), (1.0, 1), (1.0, 2)], 20.0, 1e-9),
            equation(&[(1.0, 1), (-2.0, 2)], 1.0, 1e-9),
            // the sum of both
            equation(&[(1.0, 0), (2.0, 1), (-1.0, 2)], 21.0, 1e-9),
        ];
        assert!(project(&mut x, &variances, &equations));
        // with multipliers a and b: x = (1 + a, 2 + 4 (a + b), 3 + 9 (a - 2b))
        let solved =
            |a: f64, b: f64| [1.0 + a, 2.0 + 4.0 * (a + b), 3.0 + 9.0 * (a - 2.0 * b), 4.0];
        // 14 a - 14 b = 14 and -14 a + 40 b = 5
        let b = 19.0 / 26.0;
        assert_abs_diff_eq!(&x[..], &solved(1.0 + b, b)[..], epsilon = 1e-12);
        let before = x;
        let contradiction = [equation(&[(1.0, 0)], 1.0, 1e-9), equation(&[(1.0, 0)], 2.0, 1e-9)];
        assert!(!project(&mut x, &variances, &contradiction));
        assert_eq!(x, before);
    }
}
