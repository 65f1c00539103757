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
        let least = least(found);
        let is_as_large = |&index: &usize| statistic(index as u64) >= least;
        let n_as_large = (0..n_permutations).into_par_iter().filter(is_as_large).count();
        let p_value = (1 + n_as_large) as f64 / (1 + n_permutations) as f64;
        Self { statistic: found, p_value }
    }

    /// Compares `found` with the `statistic` of permutations one after another, by index, until `enough` of them are at least as large, of
    /// `most` permutations at most. The p-value is the share of such permutations (Besag & Clifford 1991); its relative error is
    /// 1 / √enough. A p-value near the smallest possible one takes all permutations, and others few.
    pub(super) fn sequential(
        found: f64,
        (enough, most): (usize, usize),
        mut statistic: impl FnMut(u64) -> f64,
    ) -> Self {
        let least = least(found);
        let mut n_as_large = 0;
        for n in 1..=most {
            n_as_large += usize::from(statistic(n as u64) >= least);
            if n_as_large == enough {
                return Self { statistic: found, p_value: enough as f64 / n as f64 };
            }
        }
        let p_value = (1 + n_as_large) as f64 / (1 + most) as f64;
        Self { statistic: found, p_value }
    }
}

/// The smallest statistic that is as large as the observed one, except for rounding.
fn least(found: f64) -> f64 {
    found * (1.0 - RELATIVE_TOLERANCE) - ABSOLUTE_TOLERANCE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequential_test_ends_after_enough_large_statistics() {
        let mut n = 0;
        let mut count = |every: usize| {
            n += 1;
            f64::from(u8::from(n % every == 0))
        };
        let test = PermutationTest::sequential(1.0, (100, 10_000), |_| count(4));
        assert_eq!(test.p_value, 0.25);
        assert_eq!(n, 400);
        let rare = PermutationTest::sequential(1.0, (100, 999), |_| 0.0);
        assert_eq!(rare.p_value, 0.001);
    }

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
