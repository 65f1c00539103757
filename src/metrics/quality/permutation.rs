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

impl PermutationTest {
    /// Compares what was `found` with the `statistic` of each of so many permutations, by their index.
    pub(super) fn of(
        found: f64,
        n_permutations: usize,
        statistic: impl Fn(u64) -> f64 + Sync,
    ) -> Self {
        // the same rows in another order have the same statistic but for rounding
        let is_as_large = |&index: &usize| statistic(index as u64) >= found * (1.0 - 1e-9);
        let n_as_large = (0..n_permutations).into_par_iter().filter(is_as_large).count();
        let p_value = (1 + n_as_large) as f64 / (1 + n_permutations) as f64;
        Self { statistic: found, p_value }
    }
}
