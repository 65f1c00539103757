//! A test of whether two tables populate the regions of the data equally.

use ndarray::{ArrayView2, Axis, concatenate};
use rand::seq::SliceRandom;

use super::{PermutationTest, check_complete};
use crate::compute::random::stream;
use crate::error::{Error, Result};
use crate::kmeans::KMeans;
use crate::rows::{LocalBackend, MatrixRows, check_columns};

/// Tests whether two tables populate the regions of their space equally. Regions are the k-means clusters of the pooled
/// rows, so that neither table is favoured. The statistic is the χ² of their counts,
/// ```text
/// χ² = Σ (a √(n / m) - b √(m / n))² / (a + b)      a, b rows of m and n in a region
/// ```
/// and its null distribution is that over `n_permutations` random assignments of all rows to the two tables.
///
/// # Errors
/// [`Error::ShapeMismatch`], [`Error::NonFinite`], [`Error::IncompleteRows`], [`Error::TooFewSamples`] with fewer rows than regions,
/// [`Error::InvalidParam`] for no regions.
///
/// # Examples
/// ```
/// use mixlab::{datasets::make_moons, quality::region_test};
///
/// let (a, b) = (make_moons(300, 0.1, 1)?.records, make_moons(300, 0.1, 2)?.records);
/// assert!(region_test(a.view(), b.view(), 15, 199, 0)?.p_value > 0.05);
/// let shifted = &b + 0.5;
/// assert_eq!(region_test(a.view(), shifted.view(), 15, 199, 0)?.p_value, 0.005);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn region_test(
    left: ArrayView2<'_, f64>,
    right: ArrayView2<'_, f64>,
    n_regions: usize,
    n_permutations: usize,
    seed: u64,
) -> Result<PermutationTest> {
    check_columns(right.ncols(), left.ncols())?;
    if n_regions == 0 {
        return Err(Error::param("n_regions", 0, "at least 1"));
    }
    let pooled = concatenate![Axis(0), left, right];
    check_complete(pooled.view(), "a comparison of regions")?;
    let rows = MatrixRows::from_records(pooled.view())?;
    let regions = KMeans::params(n_regions).seed(seed).fit_backend(&mut LocalBackend::new(rows))?;
    let labels = regions.try_predict(&pooled)?.to_vec();
    let (m, n) = (left.nrows() as f64, right.nrows() as f64);
    let ratio = (n / m).sqrt();
    let statistic = |chosen: &[usize], others: &[usize]| {
        let mut counts = vec![(0.0, 0.0); n_regions];
        chosen.iter().for_each(|&region| counts[region].0 += 1.0);
        others.iter().for_each(|&region| counts[region].1 += 1.0);
        let filled = counts.into_iter().filter(|(a, b)| a + b > 0.0);
        filled.map(|(a, b)| (a * ratio - b / ratio).powi(2) / (a + b)).sum::<f64>()
    };
    let found = statistic(&labels[..left.nrows()], &labels[left.nrows()..]);
    Ok(PermutationTest::of(found, n_permutations, |permutation| {
        let mut labels = labels.clone();
        let rng = &mut stream(seed, 1 + permutation);
        let (chosen, others) = labels.partial_shuffle(rng, left.nrows());
        statistic(chosen, others)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_are_uniform_for_equal_distributions() {
        // of 40 tests at the 10 % level, 4 are expected to reject; 12 would be four deviations away
        let moons = |n, seed| crate::datasets::make_moons(n, 0.2, seed).unwrap().records;
        let rejected = (0..40).filter(|&seed| {
            let (a, b) = (moons(60, 2 * seed), moons(90, 2 * seed + 1));
            region_test(a.view(), b.view(), 8, 99, seed).unwrap().p_value < 0.1
        });
        assert!(rejected.count() < 12);
    }
}
