//! The step of the values of a column: the largest number of which all of them are multiples.

/// Steps are whole numbers of this share of 1: six decimals.
const UNIT: f64 = 1e-6;
/// Larger values have no six decimals.
const MOST: f64 = 9e9;
/// Minimum number of values other than 0: fewer may have a common divisor by chance.
const LEAST_VALUES: u64 = 20;

/// The greatest common divisor of values with at most six decimals. That of parts merges exactly to that of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Step {
    /// In units of the sixth decimal; 0 without values.
    divisor: u64,
    /// Number of values other than 0.
    n: u64,
    /// Whether a value is too large.
    is_too_large: bool,
}

impl Step {
    pub(crate) fn add(&mut self, value: f64) {
        self.add_count(value, 1);
    }

    /// Adds a value that `n` rows have.
    pub(crate) fn add_count(&mut self, value: f64, n: u64) {
        if value.abs() >= MOST {
            self.is_too_large = true;
        } else if value != 0.0 {
            self.n += n;
            // all values are multiples of one unit
            if self.divisor != 1 {
                self.divisor =
                    greatest_common_divisor((value.abs() / UNIT).round() as u64, self.divisor);
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.is_too_large |= other.is_too_large;
        self.divisor = greatest_common_divisor(self.divisor, other.divisor);
    }

    /// The step; none of few values, and of values with more than six decimals.
    pub(crate) fn get(&self) -> Option<f64> {
        let is_known = self.n >= LEAST_VALUES && self.divisor > 1 && !self.is_too_large;
        // a division has the nearest double, such as 0.05
        is_known.then_some(self.divisor as f64 / (1.0 / UNIT).round())
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(values: impl IntoIterator<Item = f64>) -> Option<f64> {
        let mut step = Step::default();
        values.into_iter().for_each(|value| step.add(value));
        step.get()
    }

    #[test]
    fn all_values_are_multiples_of_the_step() {
        assert_eq!(step((0..30).map(|at| f64::from(5 * at))), Some(5.0));
        assert_eq!(step((1..30).map(|at| f64::from(at) / 20.0)), Some(0.05));
        assert_eq!(step((1..30).map(|at| -f64::from(at) * 0.1)), Some(0.1));
        assert_eq!(step((1..30).map(|at| f64::from(at).sqrt())), None);
        // one million and more
        assert_eq!(step((1..30).map(|at| 1e6 * f64::from(at))), Some(1e6));
        assert_eq!(step((1..30).map(|at| 1e12 * f64::from(at))), None);
    }

    #[test]
    fn few_values_have_no_step() {
        assert_eq!(step((0..20).map(|at| f64::from(5 * at))), None);
        assert_eq!(step([0.0; 100]), None);
    }

    #[test]
    fn parts_merge_to_the_whole() {
        let values: Vec<f64> = (0..50).map(|at| f64::from(15 * at)).chain([40.0]).collect();
        let mut merged = Step::default();
        for part in values.chunks(7) {
            let mut of_part = Step::default();
            part.iter().for_each(|&value| of_part.add(value));
            merged.merge(&of_part);
        }
        assert_eq!(merged.get(), Some(5.0));
        assert_eq!(merged.get(), step(values));
    }
}
