//! Permutation tests.

use rayon::prelude::*;

/// Result of a permutation test.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct PermutationTest {
    /// The observed statistic.
    pub statistic: f64,
    /// Share of the permutations, including the observed one, with a statistic at least as large.
    pub p_value: f64,
}

/// Tolerance for rounding of a statistic, relative and absolute; the latter is for statistics that are zero except for
/// rounding. Differences of correlations and χ² are both of order 1.
const RELATIVE_TOLERANCE: f64 = 1e-9;
const ABSOLUTE_TOLERANCE: f64 = 1e-12;

impl PermutationTest {
    /// Compares the observed statistic `found` with the `statistic` of each of `n_permutations` permutations, by index.
    pub(super) fn of(
        found: f64,
        n_permutations: usize,
        statistic: impl Fn(u64) -> f64 + Sync,
    ) -> Self {
        // the same rows in another order have the same statistic except for rounding; since one value is compared with all,
        // a tolerance suffices and never separates equal values, as rounding to a grid could
        let least = found * (1.0 - RELATIVE_TOLERANCE) - ABSOLUTE_TOLERANCE;
        let is_as_large = |&index: &usize| statistic(index as u64) >= least;
        let n_as_large = (0..n_permutations).into_par_iter().filter(is_as_large).count();
        let p_value = (1 + n_as_large) as f64 / (1 + n_permutations) as f64;
        Self { statistic: found, p_value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_that_differ_by_rounding_are_equal() {
        let p_value = |found: f64, others: [f64; 4]| {
            PermutationTest::of(found, 4, |index| others[index as usize]).p_value
        };
        assert_eq!(p_value(0.3, [0.1 + 0.2, 0.3 - 1e-16, 0.299, 0.0]), 3.0 / 5.0);
        // zeros except for rounding
        assert_eq!(p_value(3e-16, [0.0, 1e-16, 2e-16, 0.5]), 1.0);
    }
}
