//! Classifier two-sample tests: whether a classifier can distinguish two tables.

use std::f64::consts::FRAC_1_SQRT_2;

use ndarray::{ArrayView2, Axis, concatenate};
use rand::seq::SliceRandom;
use rayon::prelude::*;

use crate::compute::random::stream;
use crate::compute::ties::coarse;
use crate::error::{Error, Result};
use crate::rows::moments::column_variances;
use crate::rows::summaries::column_summaries;
use crate::rows::{LocalBackend, MatrixRows, check_columns};

/// Result of a classifier two-sample test.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct TwoSample {
    /// Share of held-out rows that are classified correctly; about 0.5 if the tables cannot be distinguished.
    pub accuracy: f64,
    /// Probability of an accuracy at least as high by chance.
    pub p_value: f64,
}

/// Number of neighbours that vote; odd, so that there are no ties.
const NEIGHBOURS: usize = 5;

/// Runs a classifier two-sample test (Lopez-Paz & Oquab 2017).
///
/// Equally many rows of both tables are pooled. One half of them trains a classifier by the five nearest neighbours in
/// standardised columns, which predicts the table of each row of the other half.
///
/// If both tables follow the same distribution, the number of correct predictions among n is binomial with probability ½;
/// the p-value is its normal approximation, `P(Z ≥ (accuracy - ½) 2 √n)`. Unlike tests of single columns, this test detects
/// every kind of dependence.
///
/// # Errors
/// [`Error::ShapeMismatch`], [`Error::NonFinite`], [`Error::TooFewSamples`] below 20 rows in either table.
///
/// # Examples
/// ```
/// use mixlab::{datasets::make_moons, quality::two_sample_test};
///
/// let (a, b) = (make_moons(400, 0.1, 1)?.records, make_moons(400, 0.1, 2)?.records);
/// assert!(two_sample_test(a.view(), b.view(), 0)?.p_value > 0.01);
/// assert!(two_sample_test(a.view(), (&b + 0.5).view(), 0)?.p_value < 1e-6);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn two_sample_test(
    left: ArrayView2<'_, f64>,
    right: ArrayView2<'_, f64>,
    seed: u64,
) -> Result<TwoSample> {
    check_columns(right.ncols(), left.ncols())?;
    let each = left.nrows().min(right.nrows());
    if each < 20 {
        return Err(Error::TooFewSamples {
            n_samples: each,
            needed: 20,
            wanted: "a two-sample test".into(),
        });
    }
    let rng = &mut stream(seed, 0);
    let mut draw = |rows: ArrayView2<'_, f64>| {
        let mut order: Vec<usize> = (0..rows.nrows()).collect();
        order.shuffle(rng);
        order.truncate(each);
        rows.select(Axis(0), &order)
    };
    let (left, right) = (draw(left), draw(right));
    let pooled = concatenate![Axis(0), left, right];
    let rows = MatrixRows::from_records(pooled.view())?;
    let rows = &mut LocalBackend::new(rows);
    let means = column_summaries(rows)?.iter().map(|column| column.mean).collect();
    let scales = column_variances(rows, &means)?.mapv(|v| if v > 0.0 { v.sqrt() } else { 1.0 });
    // the shift prevents a loss of digits in distances of values far from zero
    let standardised = (&pooled - &pooled.row(0)) / &scales;

    // the first half of each table votes on the second
    let is_voter = |row: usize| row % each < each / 2;
    // of voters at equal distance the earlier ones vote; the tables alternate, so that neither is favoured
    let voters: Vec<usize> = (0..each / 2).flat_map(|row| [row, each + row]).collect();
    let held_out: Vec<usize> = (0..2 * each).filter(|&row| !is_voter(row)).collect();
    let is_correct = |&row: &usize| {
        let here = standardised.row(row);
        let distance = |(turn, &voter): (usize, &usize)| {
            let there = standardised.row(voter);
            let squared: f64 = here.iter().zip(there).map(|(a, b)| (a - b) * (a - b)).sum();
            (coarse(squared), turn)
        };
        let mut distances: Vec<(f64, usize)> = voters.iter().enumerate().map(distance).collect();
        let nearer = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        let (near, ..) = distances.select_nth_unstable_by(NEIGHBOURS, nearer);
        let votes = near.iter().filter(|(_, turn)| voters[*turn] < each).count();
        (2 * votes > NEIGHBOURS) == (row < each)
    };
    let n_correct = held_out.par_iter().filter(|row| is_correct(row)).count();
    let accuracy = n_correct as f64 / held_out.len() as f64;
    let z = (accuracy - 0.5) * 2.0 * (held_out.len() as f64).sqrt();
    Ok(TwoSample { accuracy, p_value: normal_survival(z) })
}

/// Returns `P(Z ≥ z)` of a standard normal: ½ erfc(z / √2).
fn normal_survival(z: f64) -> f64 {
    0.5 * libm::erfc(z * FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_tails_match_published_values() {
        for (z, tail) in [(0.0, 0.5), (1.96, 0.024_997_9), (-1.0, 0.841_344_7), (5.0, 2.866_516e-7)]
        {
            approx::assert_relative_eq!(normal_survival(z), tail, max_relative = 1e-6);
        }
    }

    #[test]
    fn rounding_does_not_change_votes_at_equal_distance() {
        // whole numbers have many neighbours at equal distance, and a change of units affects the last bits only
        let whole = |seed| {
            crate::datasets::make_moons(300, 0.2, seed)
                .unwrap()
                .records
                .mapv(|v| (6.0 * v).round() + 1e6)
        };
        let (a, b) = (whole(1), whole(2));
        let expected = two_sample_test(a.view(), b.view(), 3).unwrap().accuracy;
        for unit in [0.1, 3.0, 0.7, 1e-3] {
            let (a, b) = (&a * unit, &b * unit);
            let found = two_sample_test(a.view(), b.view(), 3).unwrap().accuracy;
            assert_eq!(found, expected, "in units of {unit}");
        }
    }

    #[test]
    fn p_values_are_uniform_for_equal_distributions() {
        // of 40 tests at the 10 % level, 4 are expected to reject; 12 would be four deviations away
        let moons = |seed| crate::datasets::make_moons(100, 0.2, seed).unwrap().records;
        let rejected = (0..40).filter(|&seed| {
            let (a, b) = (moons(2 * seed), moons(2 * seed + 1));
            two_sample_test(a.view(), b.view(), seed).unwrap().p_value < 0.1
        });
        assert!(rejected.count() < 12);
    }
}
