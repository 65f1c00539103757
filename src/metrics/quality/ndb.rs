//! The number of statistically different bins (NDB).

use ndarray::{Array1, ArrayView2};

use super::check_complete;
use crate::error::{Error, Result};
use crate::kmeans::KMeans;
use crate::rows::{LocalBackend, MatrixRows, check_columns};

/// Result of a comparison by the number of statistically different bins (NDB).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Ndb {
    /// Number of bins.
    pub n_bins: usize,
    /// Number of bins in which the shares differ at the 5 % level; by chance alone about one in twenty does.
    pub n_different: usize,
    /// Jensen-Shannon divergence of the two sets of shares, in nats, from 0 to ln 2.
    pub divergence: f64,
}

/// Compares the shares of `train` and `other` that fall into the k-means clusters of `train`
/// (Richardson & Weiss 2018, "On GANs and GMMs").
///
/// In each of `n_bins` clusters the two shares p and q, of m and n rows, are compared by
/// ```text
/// z = (p - q) / √(s (1 - s) (1 / m + 1 / n)),   s = (m p + n q) / (m + n)
/// ```
/// and differ if |z| > 1.96. A generator that misses modes, or invents modes, has many such bins.
///
/// # Errors
/// [`Error::ShapeMismatch`], [`Error::NonFinite`], [`Error::IncompleteRows`], [`Error::TooFewSamples`] with fewer training rows than
/// bins, [`Error::InvalidParam`] for no bins.
///
/// # Examples
/// ```
/// use mixlab::{datasets, quality::ndb};
/// use ndarray::Array2;
///
/// let train = datasets::make_moons(1000, 0.05, 1)?.records;
/// let same = datasets::make_moons(1000, 0.05, 2)?.records;
/// let one_moon_lost = Array2::from_shape_fn((1000, 2), |(i, j)| {
///     let angle = 3.1416 * i as f64 / 1000.0;
///     if j == 0 { angle.cos() } else { angle.sin() }
/// });
/// assert!(ndb(train.view(), same.view(), 20, 0)?.n_different <= 4);
/// assert!(ndb(train.view(), one_moon_lost.view(), 20, 0)?.n_different >= 15);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn ndb(
    train: ArrayView2<'_, f64>,
    other: ArrayView2<'_, f64>,
    n_bins: usize,
    seed: u64,
) -> Result<Ndb> {
    check_columns(other.ncols(), train.ncols())?;
    if n_bins == 0 {
        return Err(Error::param("n_bins", 0, "at least 1"));
    }
    for rows in [train.view(), other.view()] {
        check_complete(rows, "a comparison of bins")?;
    }
    let rows = MatrixRows::from_records(train)?;
    let bins = KMeans::params(n_bins).seed(seed).fit_backend(&mut LocalBackend::new(rows))?;
    let shares = |rows: ArrayView2<'_, f64>| -> Result<Array1<f64>> {
        let mut counts = Array1::zeros(n_bins);
        for label in bins.try_predict(&rows)? {
            counts[label] += 1.0;
        }
        Ok(counts / rows.nrows() as f64)
    };
    let (p, q) = (shares(train)?, shares(other)?);
    let (m, n) = (train.nrows() as f64, other.nrows() as f64);
    let differs = |&(p, q): &(&f64, &f64)| {
        let pooled = (m * p + n * q) / (m + n);
        let deviation = (pooled * (1.0 - pooled) * (1.0 / m + 1.0 / n)).sqrt();
        (p - q).abs() > 1.96 * deviation
    };
    Ok(Ndb {
        n_bins,
        n_different: p.iter().zip(&q).filter(differs).count(),
        divergence: jensen_shannon(&p, &q),
    })
}

/// `½ Σ p ln (p / m) + ½ Σ q ln (q / m)` with `m = (p + q) / 2`.
fn jensen_shannon(p: &Array1<f64>, q: &Array1<f64>) -> f64 {
    let term = |a: f64, b: f64| if a > 0.0 { a * (2.0 * a / (a + b)).ln() } else { 0.0 };
    p.iter().zip(q).map(|(&p, &q)| 0.5 * (term(p, q) + term(q, p))).sum()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn divergence_is_zero_for_equal_and_ln_2_for_disjoint_shares() {
        let (p, q) = (array![0.5, 0.5, 0.0], array![0.0, 0.0, 1.0]);
        assert_eq!(jensen_shannon(&p, &p), 0.0);
        approx::assert_relative_eq!(jensen_shannon(&p, &q), 2.0_f64.ln());
    }

    #[test]
    fn the_training_rows_themselves_differ_in_no_bin() {
        let rows = crate::datasets::make_moons(300, 0.1, 4).unwrap().records;
        let ndb = ndb(rows.view(), rows.view(), 10, 1).unwrap();
        assert_eq!((ndb.n_different, ndb.divergence), (0, 0.0));
    }
}
