//! Generators of synthetic datasets of any size.

use std::f64::consts::PI;

use linfa::Dataset;
use ndarray::{Array1, Array2, ArrayView2};
use rand::Rng;
use rand::seq::SliceRandom;
use rand_distr::StandardNormal;

use super::{Labelled, xy};
use crate::compute::random::stream;
use crate::error::{Error, Result};
use crate::table::column_names;

/// Generates two interleaved half circles of radius 1, the upper one (label 0) centred at (0, 0), the lower one (label 1)
/// centred at (1, 0.5), with Gaussian noise of standard deviation `noise` on both coordinates.
///
/// Without noise, points are evenly spaced along their half circle. They are in random order; if their number is odd, label 1
/// has one more. The curves are those of scikit-learn's generator; the random numbers are not.
///
/// # Errors
/// [`Error::InvalidParam`] if `noise` is negative or not finite.
///
/// # Examples
/// ```
/// let moons = mixlab::datasets::make_moons(500, 0.05, 1)?;
/// assert_eq!(moons.records.dim(), (500, 2));
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn make_moons(n_samples: usize, noise: f64, seed: u64) -> Result<Labelled> {
    check_sd("noise", noise)?;
    let rng = &mut stream(seed, 0);
    let n_upper = n_samples / 2;
    let mut order: Vec<usize> = (0..n_samples).collect();
    order.shuffle(rng);
    let mut points = Array2::zeros((n_samples, 2));
    let mut labels = Array1::zeros(n_samples);
    for (row, index) in order.into_iter().enumerate() {
        let lower = index >= n_upper;
        let (step, steps) =
            if lower { (index - n_upper, n_samples - n_upper) } else { (index, n_upper) };
        let angle = PI * step as f64 / steps.saturating_sub(1).max(1) as f64;
        let (x, y) =
            if lower { (1.0 - angle.cos(), 0.5 - angle.sin()) } else { (angle.cos(), angle.sin()) };
        points[[row, 0]] = x + noise * rng.sample::<f64, _>(StandardNormal);
        points[[row, 1]] = y + noise * rng.sample::<f64, _>(StandardNormal);
        labels[row] = usize::from(lower);
    }
    Ok(Dataset::new(points, labels).with_feature_names(xy()))
}

/// Generates isotropic Gaussian clusters: `counts[k]` points about row k of `centers` with standard deviation `sds[k]`,
/// labelled k, in random order.
///
/// # Errors
/// [`Error::ShapeMismatch`] unless there are as many counts and deviations as centres,
/// [`Error::InvalidParam`] for a negative or infinite deviation.
///
/// # Examples
/// ```
/// use ndarray::array;
///
/// let centers = array![[0.0, 0.0], [10.0, 10.0]];
/// let blobs = mixlab::datasets::make_blobs(&[300, 600], centers.view(), &[1.2, 1.8], 1)?;
/// assert_eq!(blobs.records.dim(), (900, 2));
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn make_blobs(
    counts: &[usize],
    centers: ArrayView2<'_, f64>,
    sds: &[f64],
    seed: u64,
) -> Result<Labelled> {
    let (k, d) = centers.dim();
    if counts.len() != k {
        return Err(Error::shape("counts", k, counts.len()));
    }
    if sds.len() != k {
        return Err(Error::shape("standard deviations", k, sds.len()));
    }
    for &sd in sds {
        check_sd("standard deviation", sd)?;
    }
    let rng = &mut stream(seed, 0);
    let of_cluster = counts.iter().enumerate().map(|(label, &count)| vec![label; count]);
    let mut labels: Vec<usize> = of_cluster.flatten().collect();
    labels.shuffle(rng);
    let mut points = Array2::zeros((labels.len(), d));
    for (mut point, &label) in points.rows_mut().into_iter().zip(&labels) {
        point.assign(&centers.row(label));
        point.mapv_inplace(|center| center + sds[label] * rng.sample::<f64, _>(StandardNormal));
    }
    let names = column_names(&[], d);
    Ok(Dataset::new(points, labels.into()).with_feature_names(names))
}

/// Mean and variance of each Gaussian that [`three_gaussians`] draws from.
pub const THREE_GAUSSIANS: [(f64, f64); 3] = [(-5.0, 1.2), (5.0, 1.8), (0.0, 1.6)];

/// 300 points on a line, 100 each of N(-5, 1.2), N(5, 1.8) and N(0, 1.6) (mean, variance), labelled 0, 1 and 2 in this order:
/// the data of the tutorials' EM animation.
///
/// # Examples
/// ```
/// let points = mixlab::datasets::three_gaussians();
/// assert_eq!(points.records.dim(), (300, 1));
/// assert_eq!(points.targets[299], 2);
/// ```
pub fn three_gaussians() -> Labelled {
    const EACH: usize = 100;
    let rng = &mut stream(1, 0);
    let points = Array2::from_shape_fn((THREE_GAUSSIANS.len() * EACH, 1), |(row, _)| {
        let (mean, variance) = THREE_GAUSSIANS[row / EACH];
        mean + variance.sqrt() * rng.sample::<f64, _>(StandardNormal)
    });
    let labels = Array1::from_shape_fn(points.nrows(), |row| row / EACH);
    Dataset::new(points, labels).with_feature_names(vec!["x"])
}

fn check_sd(name: &'static str, sd: f64) -> Result<()> {
    if sd.is_finite() && sd >= 0.0 {
        Ok(())
    } else {
        Err(Error::param(name, sd, "finite and not negative"))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Axis, array};

    use super::*;

    #[test]
    fn moons_without_noise_lie_on_their_half_circles() {
        let moons = make_moons(101, 0.0, 3).unwrap();
        assert_eq!(moons.targets.sum(), 51);
        for (point, &label) in moons.records.rows().into_iter().zip(&moons.targets) {
            let (x, y) = match label {
                0 => (point[0], point[1]),
                _ => (1.0 - point[0], 0.5 - point[1]),
            };
            approx::assert_abs_diff_eq!(x.hypot(y), 1.0, epsilon = 1e-12);
            assert!(y >= -1e-12);
        }
    }

    #[test]
    fn blobs_have_the_requested_counts_means_and_deviations() {
        let centers = array![[0.0, 0.0], [10.0, -10.0]];
        let blobs = make_blobs(&[20_000, 10_000], centers.view(), &[1.2, 1.8], 5).unwrap();
        for (label, (count, sd)) in [(20_000, 1.2), (10_000, 1.8)].into_iter().enumerate() {
            let rows: Vec<usize> = (0..30_000).filter(|&i| blobs.targets[i] == label).collect();
            assert_eq!(rows.len(), count);
            let points = blobs.records.select(Axis(0), &rows);
            let error = points.mean_axis(Axis(0)).unwrap() - centers.row(label);
            // five standard errors
            assert!(error.iter().all(|e| e.abs() < 5.0 * sd / (count as f64).sqrt()));
            let spread = points.std_axis(Axis(0), 1.0);
            assert!(
                spread.iter().all(|s| (s / sd - 1.0).abs() < 5.0 / (2.0 * count as f64).sqrt())
            );
        }
    }

    #[test]
    fn seeds_are_reproducible_and_invalid_arguments_are_refused() {
        assert_eq!(make_moons(10, 0.1, 1).unwrap(), make_moons(10, 0.1, 1).unwrap());
        assert_ne!(make_moons(10, 0.1, 1).unwrap(), make_moons(10, 0.1, 2).unwrap());
        assert!(make_moons(10, -0.1, 1).is_err());
        assert!(make_blobs(&[1], array![[0.0], [1.0]].view(), &[1.0, 1.0], 0).is_err());
        assert!(make_blobs(&[1], array![[0.0]].view(), &[f64::NAN], 0).is_err());
    }
}
