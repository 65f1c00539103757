//! Can a classifier tell two tables apart?

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

/// The outcome of a classifier two-sample test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoSample {
    /// Share of held-out rows whose table was told correctly; about 0.5 if the tables cannot be told apart.
    pub accuracy: f64,
    /// Probability of an accuracy at least as high by guessing.
    pub p_value: f64,
}

/// Neighbours that vote; odd, so that there are no ties.
const NEIGHBOURS: usize = 5;

/// A classifier two-sample test (Lopez-Paz & Oquab 2017): equally many rows of both tables are mixed; half of
/// them vote, by the five nearest in standardised columns, on which table each row of the other half comes
/// from.
///
/// If both tables follow one distribution, the number of right votes of n is binomial with share ½; the
/// p-value is its normal approximation, `P(Z ≥ (accuracy - ½) 2 √n)`. Unlike tests of single columns, this
/// one sees every kind of dependence.
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
    // distances of values far from zero would lose the digits by which they differ
    let standardised = (&pooled - &pooled.row(0)) / &scales;

    // the first half of each table votes on the second
    let is_voter = |row: usize| row % each < each / 2;
    // of voters at equal distance the earlier ones vote: tables take turns, so that neither is favoured
    let voters: Vec<usize> = (0..each / 2).flat_map(|row| [row, each + row]).collect();
    let judged: Vec<usize> = (0..2 * each).filter(|&row| !is_voter(row)).collect();
    let told = |&row: &usize| {
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
    let right_votes = judged.par_iter().filter(|row| told(row)).count();
    let accuracy = right_votes as f64 / judged.len() as f64;
    let z = (accuracy - 0.5) * 2.0 * (judged.len() as f64).sqrt();
    Ok(TwoSample { accuracy, p_value: normal_survival(z) })
}

/// `P(Z ≥ z)` of a standard normal: ½ erfc(z / √2).
fn normal_survival(z: f64) -> f64 {
    0.5 * libm::erfc(z * FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_tails_are_those_of_the_tables() {
        for (z, tail) in [(0.0, 0.5), (1.96, 0.024_997_9), (-1.0, 0.841_344_7), (5.0, 2.866_516e-7)]
        {
            approx::assert_relative_eq!(normal_survival(z), tail, max_relative = 1e-6);
        }
    }

    #[test]
    fn votes_at_equal_distance_are_not_decided_by_rounding() {
        // whole numbers have many neighbours at one distance, and units change nothing but the last bits
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
    fn p_values_of_equal_tables_are_spread_out() {
        // of 40 tests at the 10 % level, 4 are expected to reject; 12 would be four deviations away
        let moons = |seed| crate::datasets::make_moons(100, 0.2, seed).unwrap().records;
        let rejected = (0..40).filter(|&seed| {
            let (a, b) = (moons(2 * seed), moons(2 * seed + 1));
            two_sample_test(a.view(), b.view(), seed).unwrap().p_value < 0.1
        });
        assert!(rejected.count() < 12);
    }
}
