//! Associations of two columns.

/// The values of a column in the pooled rows.
#[derive(Debug, Clone)]
pub(super) enum Values {
    /// Indices of levels, and the number of levels.
    Levels(Vec<usize>, usize),
    /// Standardised numbers; NaN is a missing value.
    Numbers(Vec<f64>),
}

impl Values {
    pub(super) fn levels(codes: impl Iterator<Item = usize>) -> Self {
        let codes: Vec<usize> = codes.collect();
        let n_levels = codes.iter().max().map_or(0, |last| last + 1);
        Self::Levels(codes, n_levels)
    }

    /// Numbers, which are standardised so that sums of squares do not cancel.
    pub(super) fn numbers(mut values: Vec<f64>) -> Self {
        let observed = || values.iter().filter(|value| !value.is_nan());
        let n = observed().count().max(1) as f64;
        let mean = observed().sum::<f64>() / n;
        let variance = observed().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
        let scale = if variance > 0.0 { variance.sqrt() } else { 1.0 };
        values.iter_mut().for_each(|value| *value = (*value - mean) / scale);
        Self::Numbers(values)
    }

    pub(super) fn is_category(&self) -> bool {
        matches!(self, Self::Levels(..))
    }

    /// The values of these rows.
    pub(super) fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::Levels(codes, n) => {
                Self::Levels(rows.iter().map(|&row| codes[row]).collect(), *n)
            }
            Self::Numbers(values) => Self::Numbers(rows.iter().map(|&row| values[row]).collect()),
        }
    }
}

/// Two columns, at least one of them a category.
#[derive(Debug)]
pub(super) struct Pair {
    values: PairValues,
    /// Sums over all rows.
    all: Sums,
    /// The divisor of a sum of squares.
    degrees: usize,
}

#[derive(Debug)]
enum PairValues {
    /// For each row the index of its pair of levels, and the numbers of levels.
    Categories(Vec<usize>, [usize; 2]),
    /// For each row its level and its number, and the number of levels.
    Mixed(Vec<(usize, f64)>, usize),
}

/// Sums over some rows: counts of the levels or pairs of levels and, with a number, its sum in each level and the sum of its squares.
#[derive(Debug, Clone)]
struct Sums {
    counts: Vec<f64>,
    totals: Vec<f64>,
    squares: f64,
}

/// A variance of standardised numbers below which they are equal.
const NO_VARIANCE: f64 = 1e-12;

impl Pair {
    /// # Panics
    /// If both columns are numbers.
    pub(super) fn new(first: Values, second: Values) -> Self {
        let values = match (first, second) {
            (Values::Levels(first, n_first), Values::Levels(second, n_second)) => {
                let cells = first.iter().zip(&second).map(|(g, h)| g * n_second + h);
                PairValues::Categories(cells.collect(), [n_first, n_second])
            }
            (Values::Levels(levels, n), Values::Numbers(numbers))
            | (Values::Numbers(numbers), Values::Levels(levels, n)) => {
                PairValues::Mixed(levels.into_iter().zip(numbers).collect(), n)
            }
            (Values::Numbers(_), Values::Numbers(_)) => unreachable!("one column is a category"),
        };
        let n_rows = match &values {
            PairValues::Categories(cells, _) => cells.len(),
            PairValues::Mixed(rows, _) => rows.len(),
        };
        let all = values.sums(0..n_rows);
        let degrees = values.degrees(&all);
        Self { values, all, degrees }
    }

    /// The association in the chosen rows and in the others.
    pub(super) fn associations(&self, chosen: &[usize]) -> [f64; 2] {
        self.profiles(chosen).map(|profile| self.norm(profile.into_iter()))
    }

    /// The difference of the associations in the chosen rows and in the others.
    pub(super) fn difference(&self, chosen: &[usize]) -> f64 {
        let [left, right] = self.profiles(chosen);
        self.norm(left.into_iter().zip(right).map(|(a, b)| a - b))
    }

    fn profiles(&self, chosen: &[usize]) -> [Vec<f64>; 2] {
        let one = self.values.sums(chosen.iter().copied());
        [self.values.profile(&one), self.values.profile(&self.all.minus(&one))]
    }

    /// √(Σ t² / (min(number of levels) - 1)) of two categories, √Σ t² of a category and a number.
    fn norm(&self, profile: impl Iterator<Item = f64>) -> f64 {
        let squared: f64 = profile.map(|t| t * t).sum();
        (squared / self.degrees as f64).sqrt()
    }
}

impl PairValues {
    /// The smaller number of levels minus 1 of two categories, 1 of a category and a number.
    fn degrees(&self, all: &Sums) -> usize {
        let Self::Categories(_, n_levels) = self else { return 1 };
        let n_seen = margins(&all.counts, *n_levels)
            .map(|margin| margin.iter().filter(|&&count| count > 0.0).count());
        n_seen[0].min(n_seen[1]).saturating_sub(1).max(1)
    }

    fn sums(&self, rows: impl Iterator<Item = usize>) -> Sums {
        match self {
            Self::Categories(cells, [n_first, n_second]) => {
                let mut counts = vec![0.0; n_first * n_second];
                rows.for_each(|row| counts[cells[row]] += 1.0);
                Sums { counts, totals: Vec::new(), squares: 0.0 }
            }
            Self::Mixed(values, n_levels) => {
                let (mut counts, mut totals) = (vec![0.0; *n_levels], vec![0.0; *n_levels]);
                let mut squares = 0.0;
                for (level, number) in rows.map(|row| values[row]) {
                    if !number.is_nan() {
                        counts[level] += 1.0;
                        totals[level] += number;
                        squares += number * number;
                    }
                }
                Sums { counts, totals, squares }
            }
        }
    }

    /// The values t, whose squares sum to the squared association.
    fn profile(&self, sums: &Sums) -> Vec<f64> {
        let n: f64 = sums.counts.iter().sum();
        match self {
            Self::Categories(_, n_levels) => {
                let [first, second] = margins(&sums.counts, *n_levels);
                let cells = sums.counts.iter().enumerate().map(|(cell, count)| {
                    let expected = first[cell / n_levels[1]] * second[cell % n_levels[1]] / n;
                    if expected > 0.0 { (count - expected) / (expected * n).sqrt() } else { 0.0 }
                });
                cells.collect()
            }
            Self::Mixed(..) => {
                let mean = sums.totals.iter().sum::<f64>() / n;
                let variance = sums.squares / n - mean * mean;
                let levels = sums.counts.iter().zip(&sums.totals).map(|(&count, &total)| {
                    if count == 0.0 || variance < NO_VARIANCE {
                        return 0.0;
                    }
                    (count / n / variance).sqrt() * (total / count - mean)
                });
                levels.collect()
            }
        }
    }
}

impl Sums {
    /// The sums over the rows that are not in `other`.
    fn minus(&self, other: &Self) -> Self {
        let minus = |all: &[f64], one: &[f64]| all.iter().zip(one).map(|(a, b)| a - b).collect();
        Self {
            counts: minus(&self.counts, &other.counts),
            totals: minus(&self.totals, &other.totals),
            squares: self.squares - other.squares,
        }
    }
}

/// The counts of the levels of both categories.
fn margins(counts: &[f64], [n_first, n_second]: [usize; 2]) -> [Vec<f64>; 2] {
    let (mut first, mut second) = (vec![0.0; n_first], vec![0.0; n_second]);
    for (cell, count) in counts.iter().enumerate() {
        first[cell / n_second] += count;
        second[cell % n_second] += count;
    }
    [first, second]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_categories_have_the_v_of_cramer() {
        // counts 10 20 / 30 5 of the first 65 rows, and independent ones in the 60 others
        let cells = [((0, 0), 10), ((0, 1), 20), ((1, 0), 30), ((1, 1), 5)];
        let independent = [((0, 0), 15), ((0, 1), 15), ((1, 0), 15), ((1, 1), 15)];
        let rows = cells.iter().chain(&independent).flat_map(|&(levels, n)| vec![levels; n]);
        let (first, second): (Vec<usize>, Vec<usize>) = rows.unzip();
        let pair = Pair::new(Values::levels(first.into_iter()), Values::levels(second.into_iter()));
        let chosen: Vec<usize> = (0..65).collect();
        let [v, none] = pair.associations(&chosen);
        // |10 · 5 - 20 · 30| / √(30 · 35 · 40 · 25)
        let expected = 550.0 / (30.0_f64 * 35.0 * 40.0 * 25.0).sqrt();
        approx::assert_relative_eq!(v, expected, max_relative = 1e-12);
        assert!(none < 1e-12);
        approx::assert_relative_eq!(pair.difference(&chosen), expected, max_relative = 1e-12);
    }

    #[test]
    fn a_category_and_a_number_have_the_correlation_ratio_of_observed_values() {
        let levels = vec![0, 0, 1, 1, 1, 0, 1];
        let numbers = vec![1.0, 3.0, 6.0, 8.0, f64::NAN, 1.0, 1.0];
        let pair = Pair::new(Values::levels(levels.into_iter()), Values::numbers(numbers));
        // means 2 and 7 about 4.5, variance (3.5² + 1.5² + 1.5² + 3.5²) / 4
        let expected = (2.5_f64.powi(2) / 7.25).sqrt();
        let [ratio, constant] = pair.associations(&[0, 1, 2, 3, 4]);
        approx::assert_relative_eq!(ratio, expected, max_relative = 1e-12);
        assert_eq!(constant, 0.0);
    }
}
