//! Anomalous rows (outliers): rows of low density.

use ndarray::ArrayView1;

/// Returns the anomalous rows: the share `share` of rows with the lowest log-density, in the order of the rows, and all
/// rows of log-density minus infinity.
///
/// These are the rows below the quantile `share` of the log-densities, which is interpolated between neighbours, as NumPy's
/// `percentile` does.
///
/// # Panics
/// If `share` is not from 0 to 1, or if a value is NaN.
///
/// # Examples
/// ```
/// use mixlab::{anomalies, prelude::*};
///
/// let blobs = datasets::stretched_blobs();
/// let model = GaussianMixture::params(4).covariance_type(CovarianceType::Tied).fit(&blobs)?;
/// let anomalous = anomalies(model.score_samples(&blobs)?.view(), 0.04);
/// assert_eq!(anomalous.len(), 16);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn anomalies(log_density: ArrayView1<'_, f64>, share: f64) -> Vec<usize> {
    assert!((0.0..=1.0).contains(&share), "the share is {share}, but it must be from 0 to 1");
    if log_density.is_empty() {
        return Vec::new();
    }
    let threshold = quantile(log_density, share);
    let impossible = share > 0.0;
    let is_anomalous = |&row: &usize| {
        log_density[row] < threshold || (impossible && log_density[row] == f64::NEG_INFINITY)
    };
    (0..log_density.len()).filter(is_anomalous).collect()
}

/// Returns the rows whose log-density is below a threshold, in the order of the rows.
pub fn anomalies_below(log_density: ArrayView1<'_, f64>, threshold: f64) -> Vec<usize> {
    (0..log_density.len()).filter(|&row| log_density[row] < threshold).collect()
}

fn quantile(values: ArrayView1<'_, f64>, share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).expect("a log-density is a number"));
    let at = share * (sorted.len() - 1) as f64;
    let (below, part) = (at.floor() as usize, at.fract());
    let above = (below + 1).min(sorted.len() - 1);
    if sorted[below].is_infinite() {
        return sorted[above];
    }
    sorted[below] + part * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;

    #[test]
    fn quantiles_are_interpolated_as_numpy_does() {
        let values = array![4.0, 1.0, 3.0, 2.0];
        assert_eq!(quantile(values.view(), 0.5), 2.5);
        assert_eq!(quantile(values.view(), 0.0), 1.0);
        assert_eq!(quantile(values.view(), 1.0), 4.0);
    }

    #[test]
    fn rows_below_a_threshold_are_in_order() {
        let values = array![-3.0, 1.0, f64::NEG_INFINITY, -3.0];
        assert_eq!(anomalies_below(values.view(), 0.0), [0, 2, 3]);
    }

    #[test]
    fn a_share_of_the_rows_is_anomalous_in_order() {
        let values = Array1::from_iter((0..100).map(|i| f64::from((i * 37) % 100)));
        let found = anomalies(values.view(), 0.04);
        assert_eq!(found.len(), 4);
        assert!(found.is_sorted() && found.iter().all(|&row| values[row] < 4.0));
        assert!(anomalies(Array1::zeros(0).view(), 0.5).is_empty());
        assert!(anomalies(values.view(), 0.0).is_empty());
        let impossible = array![f64::NEG_INFINITY, -1.0, -2.0, -3.0];
        assert_eq!(anomalies(impossible.view(), 0.1), [0]);
        let mostly = array![f64::NEG_INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY, -3.0];
        assert_eq!(anomalies(mostly.view(), 0.5), [0, 1, 2]);
    }
}
