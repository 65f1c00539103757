//! Values that many rows have: columns of few values, spikes, and the steps of rounded values.

use crate::rows::profile::{LEAST_COUNT, LEAST_SHARE};
use crate::rows::step::Step;

/// Maximum number of different values of a column that can become a category, and the minimum of rows for each.
const MOST_LEVELS: usize = 100;
const LEAST_ROWS: usize = 10;
/// Maximum number of spikes.
const MOST_SPIKES: usize = 12;

/// The different values of a column, ascending, with their numbers of rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counts {
    pub(super) values: Vec<(f64, usize)>,
    /// Number of rows.
    pub(super) n: usize,
}

impl Counts {
    /// Counts ascending values.
    pub(super) fn of_sorted(sorted: &[f64]) -> Self {
        // minus zero is zero
        let groups = sorted.chunk_by(|a, b| a == b).map(|group| (group[0] + 0.0, group.len()));
        Self { values: groups.collect(), n: sorted.len() }
    }

    /// The counts without some of the values.
    pub(super) fn without(&self, values: &[f64]) -> Self {
        let others = self.values.iter().filter(|(value, _)| !values.contains(value));
        let others: Vec<(f64, usize)> = others.copied().collect();
        let n = others.iter().map(|(_, count)| count).sum();
        Self { values: others, n }
    }

    /// The different values, if there are at most `most`, and at least one.
    pub(super) fn levels(&self, most: usize) -> Option<Vec<f64>> {
        let has_few = !self.values.is_empty() && self.values.len() <= most;
        has_few.then(|| self.values.iter().map(|(value, _)| *value).collect())
    }

    /// Whether the column can become a category: at most 100 different values, each with ten rows on average.
    pub(super) fn can_be_levels(&self) -> bool {
        self.values.len() <= MOST_LEVELS && self.n >= LEAST_ROWS * self.values.len()
    }

    /// The values that at least 5 % of the rows have, at least 10, the most frequent first.
    pub(super) fn frequent(&self) -> Vec<(f64, usize)> {
        let least = (LEAST_COUNT as usize).max((LEAST_SHARE * self.n as f64).ceil() as usize);
        let mut frequent: Vec<(f64, usize)> =
            self.values.iter().copied().filter(|(_, count)| *count >= least).collect();
        frequent.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        frequent.truncate(MOST_SPIKES);
        frequent
    }

    /// The step of rounded values: all are multiples of it, and at most half of them differ.
    pub(super) fn step(&self) -> Option<f64> {
        let mut step = Step::default();
        for (value, count) in &self.values {
            step.add_count(*value, *count as u64);
        }
        step.get().filter(|_| 2 * self.values.len() <= self.n)
    }

    /// The values, ascending, each spread evenly over an interval of width `step` about it, as if it had not been rounded.
    pub(super) fn spread(&self, step: f64) -> Vec<f64> {
        let of_value = |&(value, count): &(f64, usize)| {
            (0..count).map(move |at| value + step * ((at as f64 + 0.5) / count as f64 - 0.5))
        };
        self.values.iter().flat_map(of_value).collect()
    }

    /// `Σ count ln(count / n)`, the log-likelihood of the values as categories.
    pub(super) fn log_likelihood(&self) -> f64 {
        log_likelihood(&self.values, self.n)
    }
}

/// `Σ count ln(count / n)` of some of the values.
pub(super) fn log_likelihood(values: &[(f64, usize)], n: usize) -> f64 {
    values.iter().map(|&(_, count)| count as f64 * (count as f64 / n as f64).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_listed_once() {
        let counts = Counts::of_sorted(&[-0.0, 0.0, 1.0, 1.0, 4.0]);
        assert_eq!(counts.levels(3), Some(vec![0.0, 1.0, 4.0]));
        assert_eq!(counts.levels(2), None);
        assert_eq!(Counts::of_sorted(&[]).levels(3), None);
        assert!((counts.log_likelihood() - (4.0 * 0.4_f64.ln() + 0.2_f64.ln())).abs() < 1e-14);
    }

    #[test]
    fn frequent_values_have_a_share_and_a_number_of_rows() {
        let mut values: Vec<f64> = (0..180).map(|at| f64::from(at) + 0.5).collect();
        values.extend([0.0; 12]);
        values.extend([1000.0; 9]);
        values.sort_by(f64::total_cmp);
        let counts = Counts::of_sorted(&values);
        // nine rows are too few, and so is a share of 4 %
        assert_eq!(counts.frequent(), [(0.0, 12)]);
        assert_eq!(counts.without(&[0.0]).n, 189);
    }

    #[test]
    fn rounded_values_are_spread_over_their_intervals() {
        let values: Vec<f64> = (0..40).flat_map(|at| [f64::from(at / 2) * 5.0; 2]).collect();
        let counts = Counts::of_sorted(&values);
        assert_eq!(counts.step(), Some(5.0));
        let spread = counts.spread(5.0);
        assert!(spread.is_sorted() && spread.len() == 80);
        assert_eq!(spread[..4], [-1.875, -0.625, 0.625, 1.875]);
        let different: Vec<f64> = (0..40).map(f64::from).collect();
        assert_eq!(Counts::of_sorted(&different).step(), None);
    }
}
