//! Tests by permutation.

use rayon::prelude::*;

/// The outcome of a permutation test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PermutationTest {
    /// What was found.
    pub statistic: f64,
    /// Share of the permutations, that found among them, with a statistic at least as large.
    pub p_value: f64,
}

/// By how much rounding may change a statistic: a share of its size, and an absolute part for those that are zero but for
/// rounding. Differences of correlations and χ² are both of size 1.
const SHARE: f64 = 1e-9;
const ROUNDING: f64 = 1e-12;

impl PermutationTest {
    /// Compares what was `found` with the `statistic` of each of so many permutations, by their index.
    pub(super) fn of(
        found: f64,
        n_permutations: usize,
        statistic: impl Fn(u64) -> f64 + Sync,
    ) -> Self {
        // the same rows in another order have the same statistic but for rounding; one value is compared with all, so that a
        // tolerance is an order, and has no edges between which equal values could fall apart, as a grid has
        let least = found * (1.0 - SHARE) - ROUNDING;
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
    fn statistics_that_rounding_tells_apart_are_equal() {
        let p_value = |found: f64, others: [f64; 4]| {
            PermutationTest::of(found, 4, |index| others[index as usize]).p_value
        };
        assert_eq!(p_value(0.3, [0.1 + 0.2, 0.3 - 1e-16, 0.299, 0.0]), 3.0 / 5.0);
        // zeros but for rounding
        assert_eq!(p_value(3e-16, [0.0, 1e-16, 2e-16, 0.5]), 1.0);
    }
}
