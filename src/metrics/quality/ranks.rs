//! The area under the ROC curve of scores, and the Mann-Whitney test.

use crate::compute::normal::upper_tail;
use crate::compute::ties::coarse;

/// The area under the ROC curve (AUC) of scores of two classes: the probability that the score of a random row of the second class
/// is larger than that of a random row of the first one, ties counting half (Mann & Whitney 1947).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Auc {
    pub(super) auc: f64,
    /// Its variance if all assignments of the classes to the scores are equally likely,
    /// `(N + 1 - Σ (t³ - t) / (N (N - 1))) / (12 m n)` with t equal scores.
    pub(super) null_variance: f64,
    /// An estimate of its variance for these classes (DeLong, DeLong & Clarke-Pearson 1988).
    pub(super) variance: f64,
}

impl Auc {
    /// Ranks scores, which are not NaN; `is_second` is the class of each. None without rows of both classes.
    pub(super) fn of(scores: &[f64], is_second: &[bool]) -> Option<Self> {
        let second = is_second.iter().filter(|second| **second).count();
        let sizes = [scores.len() - second, second];
        if sizes.contains(&0) {
            return None;
        }
        let [m, n] = sizes.map(|size| size as f64);
        // scores that differ by rounding are equal
        let mut sorted: Vec<(f64, bool)> =
            scores.iter().map(|score| coarse(*score)).zip(is_second.iter().copied()).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut below, mut ties) = ([0.0; 2], 0.0);
        let mut placements = [Moments::default(), Moments::default()];
        for equal in sorted.chunk_by(|a, b| a.0 == b.0) {
            let second = equal.iter().filter(|(_, second)| *second).count() as f64;
            let first = equal.len() as f64 - second;
            // the share of the other class that agrees with the order: above a row of the first class, below one of the second
            placements[0].add((n - below[1] - 0.5 * second) / n, first);
            placements[1].add((below[0] + 0.5 * first) / m, second);
            below = [below[0] + first, below[1] + second];
            let t = equal.len() as f64;
            ties += t * t * t - t;
        }
        let total = m + n;
        let [first, second] = placements;
        Some(Self {
            auc: second.mean(),
            null_variance: (total + 1.0 - ties / (total * (total - 1.0))) / (12.0 * m * n),
            variance: first.variance() / m + second.variance() / n,
        })
    }

    /// Probability of an area at least as large by chance, by the normal approximation; 1 if all scores are equal.
    pub(super) fn p_value(&self) -> f64 {
        p_value(self.auc, self.null_variance.sqrt())
    }
}

/// Probability of an area at least as large by chance, if it has this standard deviation by chance; 1 if that is 0.
pub(super) fn p_value(auc: f64, chance: f64) -> f64 {
    if chance > 0.0 { upper_tail((auc - 0.5) / chance) } else { 1.0 }
}

/// Weighted sums of values.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64, times: f64) {
        self.n += times;
        self.sum += times * value;
        self.squares += times * value * value;
    }

    fn mean(&self) -> f64 {
        self.sum / self.n
    }

    fn variance(&self) -> f64 {
        let mean = self.mean();
        ((self.squares - self.n * mean * mean) / (self.n - 1.0).max(1.0)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_and_p_values_are_those_of_scipy() {
        // scipy.stats.mannwhitneyu(second, first, alternative="greater", method="asymptotic", use_continuity=False)
        let first = [1.0, 2.0, 2.0, 3.5, 4.0];
        let second = [2.0, 3.0, 4.0, 5.0];
        let scores = [&first[..], &second[..]].concat();
        let classes: Vec<bool> = (0..9).map(|row| row >= 5).collect();
        let found = Auc::of(&scores, &classes).unwrap();
        assert_eq!(found.auc, 14.5 / 20.0);
        approx::assert_relative_eq!(found.p_value(), 0.130_087_450_491_774_17, max_relative = 1e-9);
        // the other way round
        let turned: Vec<bool> = classes.iter().map(|second| !second).collect();
        let other = Auc::of(&scores, &turned).unwrap();
        approx::assert_relative_eq!(found.auc + other.auc, 1.0, max_relative = 1e-12);
        approx::assert_relative_eq!(found.variance, other.variance, max_relative = 1e-12);
    }

    #[test]
    fn equal_scores_and_one_class_say_nothing() {
        let equal = Auc::of(&[1.0; 6], &[true, false, true, false, true, false]).unwrap();
        assert_eq!((equal.auc, equal.p_value()), (0.5, 1.0));
        assert_eq!(Auc::of(&[1.0, 2.0], &[true, true]), None);
    }
}
