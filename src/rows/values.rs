//! The different values of a column with their numbers of rows, if they recur.

/// Maximum number of different values that are counted.
const MOST: usize = 1000;
/// Minimum number of rows.
const LEAST_ROWS: u64 = 20;
/// Minimum number of rows for each different value, on average; more of values that are steps of an even grid, of which those that
/// no row has are as possible as the others.
const LEAST_COUNT: u64 = 2;
const LEAST_COUNT_ON_GRID: u64 = 10;

/// Counts of the different values of a column. Those of parts merge exactly to those of the whole, in any order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Values {
    /// Ascending, at most one more than the maximum.
    counts: Vec<(f64, u64)>,
}

impl Values {
    pub(super) fn add(&mut self, value: f64) {
        self.add_count(value, 1);
    }

    fn add_count(&mut self, value: f64, count: u64) {
        if self.counts.len() > MOST {
            return;
        }
        match self.counts.binary_search_by(|(known, _)| known.total_cmp(&value)) {
            Ok(at) => self.counts[at].1 += count,
            Err(at) => self.counts.insert(at, (value, count)),
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if other.counts.len() > MOST {
            self.counts.clone_from(&other.counts);
        } else {
            other.counts.iter().for_each(|&(value, count)| self.add_count(value, count));
        }
    }

    /// Number of different values, if there are at most `most`.
    pub(super) fn n_distinct(&self, most: usize) -> Option<usize> {
        Some(self.counts.len()).filter(|&n| n <= most)
    }

    /// Values and their shares of the rows, ascending, if they recur: there are at most 1000, each with two rows on average, or with
    /// ten if they are all or most of the multiples of `step` between the smallest and the largest.
    pub(super) fn recurring(&self, step: Option<f64>) -> Option<Vec<(f64, f64)>> {
        let n_distinct = self.n_distinct(MOST).filter(|&n| n > 1)?;
        let n: u64 = self.counts.iter().map(|(_, count)| count).sum();
        let (low, high) = (self.counts[0].0, self.counts[n_distinct - 1].0);
        let is_grid = step.is_some_and(|step| 2.0 * n_distinct as f64 >= (high - low) / step + 1.0);
        let least = if is_grid { LEAST_COUNT_ON_GRID } else { LEAST_COUNT };
        let recurs = n >= LEAST_ROWS && n >= least * n_distinct as u64;
        let share = |&(value, count): &(f64, u64)| (value, count as f64 / n as f64);
        recurs.then(|| self.counts.iter().map(share).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: impl IntoIterator<Item = f64>) -> Values {
        let mut counts = Values::default();
        values.into_iter().for_each(|value| counts.add(value));
        counts
    }

    #[test]
    fn values_recur_that_rows_share() {
        let codes = || (0..60).map(|at| f64::from(at % 20).powi(2));
        let found = values(codes()).recurring(Some(1.0)).unwrap();
        assert_eq!((found.len(), found[3]), (20, (9.0, 0.05)));
        // three rows for each value of a grid are too few
        let ages = values((0..60).map(|at| f64::from(at % 20)));
        assert_eq!(ages.recurring(Some(1.0)), None);
        assert!(values((0..200).map(|at| f64::from(at % 20))).recurring(Some(1.0)).is_some());
        // without a grid they are enough
        assert!(ages.recurring(None).is_some());
        assert_eq!(values((0..60).map(f64::from)).recurring(None), None);
        assert_eq!(values([1.0; 60]).recurring(None), None);
        assert_eq!(values([1.0, 2.0, 1.0, 2.0]).recurring(None), None);
    }

    #[test]
    fn parts_merge_to_the_whole() {
        let all: Vec<f64> = (0..3000).map(|at| f64::from((at * 37) % 900)).collect();
        let mut merged = Values::default();
        all.chunks(700).for_each(|part| merged.merge(&values(part.iter().copied())));
        assert_eq!(merged, values(all.iter().copied()));
        // too many in a part, or together
        let many = values((0..1200).map(f64::from));
        merged.merge(&many);
        assert_eq!((merged.n_distinct(MOST), merged.recurring(None)), (None, None));
        let mut merged = values((0..600).map(f64::from));
        merged.merge(&values((500..1200).map(f64::from)));
        assert_eq!(merged.n_distinct(MOST), None);
    }
}
