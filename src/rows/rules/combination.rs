//! Combinations of values that occur.

use std::cmp::Ordering;

/// Maximum number of combinations of a rule: each is a level of one category.
pub(super) const MOST: usize = 1000;

/// Some columns with all combinations of their values that occur. In rows of a model they are one category, the index of the
/// combination.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Combinations {
    /// Columns of the table.
    pub(super) columns: Vec<usize>,
    /// Values of the columns, in ascending order.
    pub(super) levels: Vec<Vec<f64>>,
}

impl Combinations {
    /// The combination of a row: the only one with its values that are not missing; NaN if there are several, or none.
    pub(super) fn code(&self, row: &[f64]) -> f64 {
        let values: Vec<f64> = self.columns.iter().map(|&column| row[column]).collect();
        if !values.iter().any(|value| value.is_nan()) {
            let place = self.levels.binary_search_by(|level| compare(level, &values));
            return place.map_or(f64::NAN, |level| level as f64);
        }
        let mut fitting = (0..self.levels.len()).filter(|&level| self.fits(level, &values));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => only as f64,
            _ => f64::NAN,
        }
    }

    /// The combinations that a row can have of which some values are observed; none if that is one, or any.
    pub(super) fn possible(&self, row: &[f64]) -> Vec<usize> {
        let values: Vec<f64> = self.columns.iter().map(|&column| row[column]).collect();
        let is_partial =
            values.iter().any(|value| value.is_nan()) && values.iter().any(|value| !value.is_nan());
        let possible =
            (0..self.levels.len()).filter(|&level| is_partial && self.fits(level, &values));
        let possible: Vec<usize> = possible.collect();
        if possible.len() > 1 { possible } else { Vec::new() }
    }

    /// Whether a combination has these values, of which those that are missing, NaN, can be any.
    fn fits(&self, level: usize, values: &[f64]) -> bool {
        self.levels[level].iter().zip(values).all(|(a, b)| b.is_nan() || a == b)
    }

    /// Writes the values of a combination into a row; NaN is missing. If it does not have the values that are observed, the next one
    /// that does takes its place.
    pub(super) fn decode(&self, code: f64, row: &mut [f64], observed: &[f64]) {
        let values: Vec<f64> = self.columns.iter().map(|&column| observed[column]).collect();
        let n_levels = self.levels.len();
        let first = if code.is_nan() { n_levels } else { code as usize };
        let level = (first < n_levels)
            .then(|| (0..n_levels).map(|next| (first + next) % n_levels))
            .and_then(|mut levels| levels.find(|&level| self.fits(level, &values)));
        for (at, &column) in self.columns.iter().enumerate() {
            row[column] = level.map_or(values[at], |level| self.levels[level][at]);
        }
    }
}

/// Whether levels are of as many columns, finite, and ascend.
pub(super) fn are_levels(n_columns: usize, levels: &[Vec<f64>]) -> bool {
    let is_level =
        |level: &Vec<f64>| level.len() == n_columns && level.iter().all(|value| value.is_finite());
    (1..=MOST).contains(&levels.len())
        && levels.iter().all(is_level)
        && levels.is_sorted_by(|a, b| compare(a, b) == Ordering::Less)
}

/// The order of combinations; minus zero is zero.
pub(super) fn compare(a: &[f64], b: &[f64]) -> Ordering {
    let pairs = a.iter().zip(b).map(|(a, b)| (a + 0.0).total_cmp(&(b + 0.0)));
    pairs.fold(Ordering::Equal, Ordering::then)
}
