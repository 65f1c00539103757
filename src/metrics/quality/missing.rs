//! An exact test of whether values are missing equally often in two samples.

/// Tests whether two samples have equal shares of missing values, by Fisher's exact test (Fisher 1935).
///
/// `n_missing` are the numbers of missing values in samples of `n_rows` rows. Given their sum, the number in the first sample is
/// hypergeometric if both shares are equal; the p-value is the probability of all numbers that are at most as probable as the
/// observed one.
///
/// # Panics
/// If more values are missing than a sample has rows.
///
/// # Examples
/// ```
/// use mixlab::quality::missing_test;
///
/// // a lady tasting tea
/// assert!((missing_test([3, 1], [4, 4]) - 0.4857142857).abs() < 1e-9);
/// assert_eq!(missing_test([0, 0], [100, 50]), 1.0);
/// assert!(missing_test([30, 0], [200, 200]) < 1e-8);
/// ```
pub fn missing_test(n_missing: [usize; 2], n_rows: [usize; 2]) -> f64 {
    let complete = [0, 1].map(|sample| {
        let complete = n_rows[sample].checked_sub(n_missing[sample]);
        complete.expect("no more missing values than rows")
    });
    let (total, n_complete) = (n_missing[0] + n_missing[1], complete[0] + complete[1]);
    // of the hypergeometric distribution, except for a constant
    let log_probability =
        |first: usize| log_binomial(n_rows[0], first) + log_binomial(n_rows[1], total - first);
    let possible = n_rows[0].saturating_sub(n_complete)..=total.min(n_rows[0]);
    let logs: Vec<f64> = possible.map(log_probability).collect();
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // equal probabilities may differ by rounding
    let most = log_probability(n_missing[0]) + EQUAL;
    let sum =
        |logs: &mut dyn Iterator<Item = &f64>| logs.map(|log| (log - largest).exp()).sum::<f64>();
    let p_value = sum(&mut logs.iter().filter(|&&log| log <= most)) / sum(&mut logs.iter());
    p_value.min(1.0)
}

/// Probabilities that differ by less than this relative difference are equal.
const EQUAL: f64 = 1e-7;

/// ln (n over k)
fn log_binomial(n: usize, k: usize) -> f64 {
    let log_factorial = |n: usize| libm::lgamma(n as f64 + 1.0);
    log_factorial(n) - log_factorial(k) - log_factorial(n - k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_are_those_of_scipy() {
        // scipy.stats.fisher_exact([[a, m - a], [b, n - b]])
        for (n_missing, n_rows, expected) in [
            ([8, 1], [10, 6], 0.034_965_034_965_034_975),
            ([2, 15], [100, 90], 0.000_511_351_849_890_319),
            ([40, 35], [400, 300], 0.537_323_898_253_430_1),
            ([10, 0], [10, 10], 1.082_508_822_446_903e-5),
            ([5, 5], [5, 5], 1.0),
        ] {
            let found = missing_test(n_missing, n_rows);
            approx::assert_relative_eq!(found, expected, max_relative = 1e-9);
        }
    }

    #[test]
    fn samples_are_interchangeable() {
        let found = missing_test([3, 40], [90, 300]);
        approx::assert_relative_eq!(found, missing_test([40, 3], [300, 90]), max_relative = 1e-9);
    }
}
