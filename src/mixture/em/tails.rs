//! Sums from which the degrees of freedom of components with heavy tails are estimated; formulas are in
//! [`crate::mixture::student`].

use ndarray::{Array1, ArrayView1};

use crate::compute::simd;
use crate::compute::student::digamma;
use crate::mixture::covariance::Precisions;
use crate::mixture::student::{RANGE, StudentTails};
use crate::mixture::tails::Tails;
use crate::rows::mixed::MixedRows;
use crate::rows::pattern::PatternRows;

/// The sums from which degrees of freedom are estimated.
#[derive(Debug, Clone, Default)]
pub(crate) struct TailSums {
    /// Σ r (ln u - u + ψ((ν + d) / 2) - ln ((ν + d) / 2)), (k); empty for Gaussian components.
    pub(crate) log_terms: Vec<f64>,
}

impl TailSums {
    /// Resets the sums for components with these tails.
    pub(in crate::mixture) fn clear(&mut self, tails: Option<&StudentTails>) {
        self.log_terms.clear();
        self.log_terms.resize(tails.map_or(0, |tails| tails.degrees_of_freedom().len()), 0.0);
    }

    pub(in crate::mixture) fn merge(&mut self, other: &Self) {
        self.log_terms.iter_mut().zip(&other.log_terms).for_each(|(sum, term)| *sum += term);
    }

    /// Adds rows with `weighted` responsibilities, one contiguous run for each component. Multiplies their precisions by these, and adds
    /// them to `totals` (k).
    pub(in crate::mixture) fn add(
        &mut self,
        rows: MixedRows<'_>,
        tails: &StudentTails,
        weighted: &[f64],
        precisions: &mut Precisions,
        totals: &mut Array1<f64>,
    ) {
        let (n, d) = (rows.n_rows(), rows.numbers.n_features());
        let width = |group: &PatternRows| group.pattern.columns(d).0.len();
        let widths: Vec<usize> = rows.patterns.iter().map(width).collect();
        let components = weighted.chunks_exact(n).zip(precisions.values.chunks_exact_mut(n));
        let logs = precisions.logs.chunks_exact(n);
        for ((component, (weights, values)), logs) in components.enumerate().zip(logs) {
            let nu = tails.degrees_of_freedom()[component];
            let sum = &mut self.log_terms[component];
            *sum += simd::dot(weights, logs);
            for (value, weight) in values.iter_mut().zip(weights) {
                *value *= weight;
            }
            let total = simd::sum(values);
            *sum -= total;
            totals[component] += total;
            let of_width = |width: usize| {
                let half = 0.5 * (nu + width as f64);
                digamma(half) - half.ln()
            };
            if rows.patterns.is_empty() {
                *sum += of_width(d) * simd::sum(weights);
            }
            for (group, &width) in rows.patterns.iter().zip(&widths) {
                *sum += of_width(width) * simd::sum(&weights[group.first..][..group.n_rows]);
            }
        }
    }

    /// The degrees of freedom that maximise the expected log-likelihood, for components with these counts; those of `at_start` if there
    /// is no step before.
    pub(in crate::mixture) fn maximise(
        &self,
        tails: Tails,
        counts: ArrayView1<'_, f64>,
    ) -> Option<StudentTails> {
        let start = StudentTails::at_start(tails, counts.len(), None)?;
        if tails != Tails::Estimated || self.log_terms.is_empty() {
            return Some(start);
        }
        let of_component = |(term, count): (&f64, &f64)| estimate(term / count);
        let estimates = self.log_terms.iter().zip(counts).map(of_component).collect();
        Some(start.with_estimates(estimates))
    }
}

/// The root of `ln (ν / 2) - ψ(ν / 2) + 1 + mean`, which falls with ν, within the range of estimates.
fn estimate(mean: f64) -> f64 {
    let excess = |nu: f64| (0.5 * nu).ln() - digamma(0.5 * nu) + 1.0 + mean;
    let (mut low, mut high) = (RANGE.0.ln(), RANGE.1.ln());
    if excess(RANGE.1) >= 0.0 {
        return RANGE.1;
    }
    // to the last bit of the logarithm, nearly
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        *(if excess(middle.exp()) > 0.0 { &mut low } else { &mut high }) = middle;
    }
    low.exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_solve_their_equation_within_the_range() {
        for nu in [2.5_f64, 7.0, 60.0] {
            let mean = -((0.5 * nu).ln() - digamma(0.5 * nu) + 1.0);
            approx::assert_relative_eq!(estimate(mean), nu, max_relative = 1e-9);
        }
        // rows of a Gaussian, and rows further out than those of any t distribution in the range
        assert_eq!(estimate(-1.0), RANGE.1);
        approx::assert_relative_eq!(estimate(-9.0), RANGE.0, max_relative = 1e-12);
    }
}
