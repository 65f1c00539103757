//! Distances of synthetic rows to the nearest original rows, and whether they are copies.

use std::fmt;

use ndarray::ArrayView2;

use super::copies::Pooled;
use crate::compute::ties::coarse;
use crate::metrics::quality::PermutationTest;

/// Distances of the compared rows to the nearest original row, with tests of whether synthetic rows are nearer than chance
/// allows.
///
/// All original rows are searched, or a random sample if a search of all would take minutes. Distances are in standard
/// deviations of the original columns or, if these were not standardised, in their units.
///
/// Both tests are permutation tests: if the tables are samples of one distribution, any assignment of the compared rows to the
/// two tables is equally likely. They are therefore exact for tables of few rows and of few values as well, in which honest
/// rows have duplicates.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Nearest {
    /// Median distance of original rows to the nearest other original row.
    pub original: f64,
    /// Median distance of synthetic rows to the nearest original row.
    pub synthetic: f64,
    /// Share of the original rows that are duplicates of another original row.
    pub original_duplicates: f64,
    /// Share of the synthetic rows that are duplicates of an original row.
    pub synthetic_duplicates: f64,
    /// Share of the original rows that are very near to another original row: nearer than a fifth of the distance to the fourth
    /// nearest row, original or synthetic.
    pub original_near: f64,
    /// Share of the synthetic rows that are very near to an original row.
    pub synthetic_near: f64,
    /// Test of the difference of both shares of duplicates, synthetic minus original.
    pub duplicates: PermutationTest,
    /// Test of the sum of the logarithms of inverse distances of synthetic rows to the nearest original row, each in units of the
    /// distance to the fourth nearest row.
    pub distances: PermutationTest,
}

/// Shares of honest tables in which each test may find copies: together 1 %. Copies of 8 of 40 rows have a p-value of 0.0044
/// by duplicates, and distances of copies with noise have much smaller ones.
const DUPLICATES_LEVEL: f64 = 0.008;
const DISTANCES_LEVEL: f64 = 0.002;
/// Difference of shares that is called an effect.
const EFFECT: f64 = 0.1;

impl Nearest {
    /// The share of honest tables that may be called copies: 1 %.
    pub const LEVEL: f64 = DUPLICATES_LEVEL + DISTANCES_LEVEL;

    /// Whether the synthetic rows look like copies, by one of two tests. At most 1 % of the samples of the original distribution
    /// are called copies.
    ///
    /// - Duplicates: p ≤ 0.008, and the share of duplicates is at least twice that of original rows, or exceeds it by more than
    ///   0.1.
    /// - Distances: p ≤ 0.002, and the median distance is less than half that of original rows, or the share of very near rows
    ///   exceeds that of original rows by more than 0.1.
    pub fn copies(&self) -> bool {
        // rounding must not turn an equality into a strict inequality
        let exceeds = |synthetic: f64, original: f64| coarse(synthetic) > coarse(original + EFFECT);
        let (duplicates, of_originals) = (self.synthetic_duplicates, self.original_duplicates);
        let by_duplicates = self.duplicates.p_value <= DUPLICATES_LEVEL
            && (exceeds(duplicates, of_originals)
                || coarse(duplicates) >= coarse(2.0 * of_originals));
        let by_distances = self.distances.p_value <= DISTANCES_LEVEL
            && (coarse(self.synthetic) < coarse(0.5 * self.original)
                || exceeds(self.synthetic_near, self.original_near));
        by_duplicates || by_distances
    }

    /// The smaller p-value of both tests relative to its level, as that of one test at the level [`LEVEL`](Self::LEVEL).
    pub fn p_value(&self) -> f64 {
        let of_duplicates = self.duplicates.p_value * Self::LEVEL / DUPLICATES_LEVEL;
        let of_distances = self.distances.p_value * Self::LEVEL / DISTANCES_LEVEL;
        of_duplicates.min(of_distances).min(1.0)
    }
}

/// The number of copied rows below which copies cannot be distinguished from chance. Its `Display` says so.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct CopiesLimit {
    /// Numbers of compared original and synthetic rows.
    pub n_compared: [usize; 2],
    /// The smallest number of copied rows that the test of duplicates finds in tables without other duplicates.
    pub least: usize,
}

impl CopiesLimit {
    /// Copies are pairs of equal rows, one in each table. The p-value of n of them is the probability that a random assignment
    /// of the rows to the tables separates all pairs.
    pub(super) fn of(n_compared: [usize; 2]) -> Self {
        let [mut left, mut right] = n_compared.map(|n| n as f64);
        let (mut p_value, mut least) = (1.0, 0);
        while p_value > DUPLICATES_LEVEL && left >= 1.0 && right >= 1.0 {
            let n = left + right;
            p_value *= 2.0 * left * right / (n * (n - 1.0));
            (left, right, least) = (left - 1.0, right - 1.0, least + 1);
        }
        Self { n_compared, least }
    }

    /// The smallest share of the synthetic rows that is found.
    pub fn share(&self) -> f64 {
        self.least as f64 / self.n_compared[1] as f64
    }
}

impl fmt::Display for CopiesLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [original, synthetic] = self.n_compared;
        write!(
            f,
            "{original} and {synthetic} rows show little: only large differences are found, and fewer than {} copied rows \
             ({:.0} %) look like chance",
            self.least,
            100.0 * self.share()
        )
    }
}

/// Measures the distances of the first `n_compared` of the `originals`, and of the synthetic rows, to the nearest original,
/// and tests them.
pub(super) fn nearest(
    originals: ArrayView2<'_, f64>,
    n_compared: usize,
    synthetic: ArrayView2<'_, f64>,
    seed: u64,
) -> Nearest {
    let median = |distances: &[f64]| {
        let mut sorted = distances.to_vec();
        sorted.sort_by(f64::total_cmp);
        0.5 * (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2])
    };
    let copies = Pooled::new(originals, n_compared, synthetic, seed).test();
    let [original, synthetic] = copies.distances.each_ref().map(|distances| median(distances));
    let [original_duplicates, synthetic_duplicates] = copies.duplicates;
    let [original_near, synthetic_near] = copies.near;
    Nearest {
        original,
        synthetic,
        original_duplicates,
        synthetic_duplicates,
        original_near,
        synthetic_near,
        duplicates: copies.of_duplicates,
        distances: copies.of_distances,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(p_value: f64) -> PermutationTest {
        PermutationTest { statistic: 1.0, p_value }
    }

    fn measured() -> Nearest {
        Nearest {
            original: 1.0,
            synthetic: 0.5,
            original_duplicates: 0.7,
            synthetic_duplicates: 0.8,
            original_near: 0.1,
            synthetic_near: 0.2,
            duplicates: test(0.001),
            distances: test(0.001),
        }
    }

    #[test]
    fn rounding_does_not_turn_rows_into_copies() {
        // 0.7 + 0.1 is less than 0.8 by rounding
        let nearest = measured();
        assert!(!nearest.copies());
        assert!(!Nearest { synthetic: 0.5 - 1e-16, ..nearest }.copies());
        assert!(Nearest { synthetic: 0.499, ..nearest }.copies());
        assert!(Nearest { synthetic_duplicates: 0.801, ..nearest }.copies());
        assert!(Nearest { synthetic_near: 0.201, ..nearest }.copies());
        assert!(
            Nearest { original_duplicates: 0.01, synthetic_duplicates: 0.02, ..nearest }.copies()
        );
    }

    #[test]
    fn an_effect_without_significance_is_no_copy() {
        let far = Nearest {
            synthetic: 0.0,
            synthetic_duplicates: 1.0,
            original_duplicates: 0.0,
            ..measured()
        };
        assert!(far.copies());
        let chance = Nearest { duplicates: test(0.0081), distances: test(0.0021), ..far };
        assert!(!chance.copies());
        assert!(Nearest { duplicates: test(0.008), ..chance }.copies());
        assert!(Nearest { distances: test(0.002), ..chance }.copies());
    }

    #[test]
    fn few_rows_hide_copies() {
        let limit = CopiesLimit::of([40, 40]);
        // the probability that 8 pairs are separated is 0.0044, that 7 are is 0.0085
        assert_eq!(limit.least, 8);
        assert!(limit.to_string().ends_with("fewer than 8 copied rows (20 %) look like chance"));
        assert_eq!(CopiesLimit::of([2000, 2000]).least, 7);
        assert_eq!(CopiesLimit::of([20, 20]).least, 8);
    }
}
