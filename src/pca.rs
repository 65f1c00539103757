//! Principal component analysis, with whitening and an exact inverse.

use linfa::dataset::{DatasetBase, Records};
use linfa::prelude::{Fit, ParamGuard};
use ndarray::{Array1, Array2, ArrayBase, ArrayView1, ArrayView2, Axis, Data, Ix2, Slice};

use crate::columns::column_summaries;
use crate::error::{Error, Result};
use crate::linalg;
use crate::rows::{MatrixRows, RowBlocks, ToRows, check_columns, check_finite, fold};
use crate::simd;
use crate::transform::transform_by_try_transform;

/// How many principal components to keep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PcaComponents {
    /// All directions that have variance.
    All,
    /// This many.
    Count(usize),
    /// The fewest that hold at least this share of the total variance, in (0, 1].
    Variance(f64),
}

impl From<usize> for PcaComponents {
    fn from(count: usize) -> Self {
        Self::Count(count)
    }
}

impl From<f64> for PcaComponents {
    fn from(share: f64) -> Self {
        Self::Variance(share)
    }
}

/// A fitted principal component analysis.
///
/// ```text
/// z = V (x - mean),   whitened: z / √λ          rows of V: orthonormal axes, falling variance λ
/// x ≈ Vᵀ z + mean                               exact for all components
/// ```
/// Variances λ are unbiased (divided by n - 1), their ratios are of the total variance, kept or not. The
/// noise variance is the mean variance of the directions left out: that of probabilistic PCA
/// (Tipping & Bishop 1999). In every axis the entry of largest size is positive, so that the signs do
/// not depend on the machine.
///
/// # Examples
/// ```
/// use mixlab::prelude::*;
///
/// let digits = datasets::digits();
/// let pca = Pca::params(0.99).whiten(true).fit(&digits)?;
/// assert_eq!(pca.n_components(), 41);
/// let latent = pca.try_transform(digits.records.view())?;
/// let pixels = pca.inverse_transform(latent.view())?;
/// assert_eq!(pixels.dim(), (1797, 64));
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    mean: Array1<f64>,
    axes: Array2<f64>,
    variances: Array1<f64>,
    total_variance: f64,
    noise_variance: f64,
    whiten: bool,
}

/// Parameters of [`Pca`].
///
/// | parameter | default | meaning |
/// | --- | --- | --- |
/// | `n_components` | | a count, a share of the variance such as 0.99, or all |
/// | `whiten` | false | scale every component to variance 1 |
#[derive(Debug, Clone, PartialEq)]
pub struct PcaParams(PcaValidParams);

/// Parameters that have been checked; see [`PcaParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct PcaValidParams {
    n_components: PcaComponents,
    whiten: bool,
}

impl PcaParams {
    /// Whether every component is scaled to variance 1.
    pub fn whiten(mut self, whiten: bool) -> Self {
        self.0.whiten = whiten;
        self
    }
}

impl ParamGuard for PcaParams {
    type Checked = PcaValidParams;
    type Error = Error;

    fn check_ref(&self) -> Result<&PcaValidParams> {
        match self.0.n_components {
            PcaComponents::Count(0) => Err(Error::param("PCA components", 0, "at least 1")),
            PcaComponents::Variance(share) if !(share > 0.0 && share <= 1.0) => Err(Error::param(
                "PCA variance share",
                share,
                "above 0 and at most 1 (write a count without a decimal point)",
            )),
            _ => Ok(&self.0),
        }
    }

    fn check(self) -> Result<PcaValidParams> {
        self.check_ref()?;
        Ok(self.0)
    }
}

impl Pca {
    /// Parameters of an analysis: a count (`20`), a share of the variance (`0.99`), or
    /// [`PcaComponents::All`].
    pub fn params(n_components: impl Into<PcaComponents>) -> PcaParams {
        PcaParams(PcaValidParams { n_components: n_components.into(), whiten: false })
    }

    /// An analysis of given parts: `mean` (d), `axes` (q, d) with orthonormal rows, their `variances` (q),
    /// and the noise variance of the d - q directions left out.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`], [`Error::NonFinite`], [`Error::InvalidParam`] if the axes are not orthonormal
    /// within 1e-6, a variance is negative, or a whitened one is zero.
    pub fn new(
        mean: Array1<f64>,
        axes: Array2<f64>,
        variances: Array1<f64>,
        noise_variance: f64,
        whiten: bool,
    ) -> Result<Self> {
        let (q, d) = axes.dim();
        if mean.len() != d {
            return Err(Error::shape("PCA mean", d, mean.len()));
        }
        if q == 0 || q > d {
            return Err(Error::shape("PCA axes", format!("1 to {d} rows"), q));
        }
        if variances.len() != q {
            return Err(Error::shape("PCA variances", q, variances.len()));
        }
        check_finite(axes.view())?;
        check_finite(mean.view().insert_axis(Axis(0)))?;
        let gram = linalg::product(axes.view(), axes.t());
        let off = |((i, j), &value): ((usize, usize), &f64)| {
            (value - if i == j { 1.0 } else { 0.0 }).abs() > 1e-6
        };
        if gram.indexed_iter().any(off) {
            return Err(Error::param("PCA axes", "not orthonormal", "orthonormal rows"));
        }
        for &variance in variances.iter().chain([&noise_variance]) {
            if !(variance.is_finite() && variance >= 0.0) {
                return Err(Error::param("PCA variance", variance, "finite and not negative"));
            }
        }
        if whiten && let Some(component) = variances.iter().position(|&v| v == 0.0) {
            return Err(Error::CannotWhiten { component, rank: component });
        }
        let total_variance = variances.sum() + noise_variance * (d - q) as f64;
        Ok(Self { mean, axes, variances, total_variance, noise_variance, whiten })
    }

    /// Mean of each column, shape `(n_features,)`.
    pub fn mean(&self) -> ArrayView1<'_, f64> {
        self.mean.view()
    }

    /// Principal axes, shape `(n_components, n_features)`, by falling variance.
    pub fn components(&self) -> ArrayView2<'_, f64> {
        self.axes.view()
    }

    /// Number of components kept.
    pub fn n_components(&self) -> usize {
        self.axes.nrows()
    }

    /// Number of features of the data.
    pub fn n_features(&self) -> usize {
        self.axes.ncols()
    }

    /// Variance along each axis, divided by n - 1, shape `(n_components,)`.
    pub fn explained_variance(&self) -> ArrayView1<'_, f64> {
        self.variances.view()
    }

    /// Share of each axis in the total variance of the data, shape `(n_components,)`.
    pub fn explained_variance_ratio(&self) -> Array1<f64> {
        &self.variances / self.total_variance
    }

    /// Mean variance of the directions left out; 0 if none is.
    pub fn noise_variance(&self) -> f64 {
        self.noise_variance
    }

    /// Variance of the data in all directions, kept or not.
    pub fn total_variance(&self) -> f64 {
        self.total_variance
    }

    /// Whether components are scaled to variance 1.
    pub fn whiten(&self) -> bool {
        self.whiten
    }

    /// Component scores of rows, shape `(n_samples, n_components)`: what linfa's `transform` gives, but an
    /// error where that panics.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] and [`Error::NonFinite`].
    pub fn try_transform(&self, records: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        check_columns(records, self.n_features())?;
        check_finite(records)?;
        let centred = &records - &self.mean;
        let mut scores = linalg::product(centred.view(), self.axes.t());
        if self.whiten {
            scores /= &self.variances.mapv(f64::sqrt);
        }
        Ok(scores)
    }

    /// Rows in the space of the data from component scores, shape `(n_samples, n_features)`.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`].
    pub fn inverse_transform(&self, scores: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        check_columns(scores, self.n_components())?;
        let rows = if self.whiten {
            let scaled = &scores * &self.variances.mapv(f64::sqrt);
            linalg::product(scaled.view(), self.axes.view())
        } else {
            linalg::product(scores, self.axes.view())
        };
        Ok(rows + &self.mean)
    }

    /// The squared length of what each row has in the directions left out.
    pub(crate) fn squared_residuals(&self, records: ArrayView2<'_, f64>) -> Result<Array1<f64>> {
        check_columns(records, self.n_features())?;
        let residuals = self.left_out(&records - &self.mean);
        Ok(residuals.map_axis(Axis(1), |row| row.dot(&row)))
    }

    /// What vectors have in the directions left out.
    pub(crate) fn left_out(&self, vectors: Array2<f64>) -> Array2<f64> {
        let kept = linalg::product(vectors.view(), self.axes.t());
        vectors - linalg::product(kept.view(), self.axes.view())
    }

    /// `ln |dz / dx|` within the kept directions, by which whitening changes log-densities.
    pub(crate) fn log_jacobian(&self) -> f64 {
        match self.whiten {
            true => -0.5 * self.variances.iter().map(|variance| variance.ln()).sum::<f64>(),
            false => 0.0,
        }
    }
}

impl PcaValidParams {
    pub(crate) fn fit_rows(&self, rows: &MatrixRows<'_>) -> Result<Pca> {
        let (n, d) = (rows.n_samples(), rows.n_features());
        if n < 2 {
            return Err(Error::TooFewSamples {
                n_samples: n,
                needed: 2,
                wanted: "principal components".into(),
            });
        }
        let most = n.min(d);
        if let PcaComponents::Count(count) = self.n_components
            && count > most
        {
            return Err(Error::param(
                "PCA components",
                format!("{count} of {n} rows x {d} columns"),
                "at most the smaller of the two",
            ));
        }
        let mean: Array1<f64> = column_summaries(rows)?.iter().map(|column| column.mean).collect();
        let (mut variances, mut axes) =
            if n >= TALL * d { by_covariance(rows, &mean)? } else { by_svd(rows, &mean)? };
        fix_signs(&mut axes);
        variances.mapv_inplace(|variance| variance.max(0.0));

        let total_variance = variances.sum();
        let rank = numerical_rank(&variances, n.max(d));
        let kept = match self.n_components {
            PcaComponents::All => rank.max(1),
            PcaComponents::Count(count) => count,
            PcaComponents::Variance(share) => {
                fewest(&variances, share * total_variance).min(rank.max(1))
            }
        };
        if self.whiten && kept > rank {
            return Err(Error::CannotWhiten { component: rank, rank });
        }
        let dropped = variances.slice_axis(Axis(0), Slice::from(kept..));
        let noise_variance = match d - kept {
            0 => 0.0,
            n_dropped => dropped.sum() / n_dropped as f64,
        };
        Ok(Pca {
            mean,
            axes: axes.slice_axis(Axis(0), Slice::from(..kept)).to_owned(),
            variances: variances.slice_axis(Axis(0), Slice::from(..kept)).to_owned(),
            total_variance,
            noise_variance,
            whiten: self.whiten,
        })
    }
}

/// With at least this many rows for each column, the eigenvectors of the covariance matrix are the
/// shorter way, and one pass over the rows is enough; below, the singular value decomposition of the
/// rows themselves keeps the accuracy of small components.
const TALL: usize = 10;

/// Weighted rows count as repeated rows: the divisor is Σ w - 1, the unbiased n - 1.
fn divisor(total: f64) -> Result<f64> {
    if total > 1.0 {
        return Ok(total - 1.0);
    }
    Err(Error::param("the sum of the sample weights", total, "above 1 for a PCA"))
}

fn by_covariance(rows: &MatrixRows<'_>, mean: &Array1<f64>) -> Result<(Array1<f64>, Array2<f64>)> {
    let d = mean.len();
    struct Part {
        total: f64,
        scatter: Array2<f64>,
        centred: Vec<f64>,
        weighted: Vec<f64>,
    }
    let empty = || Part {
        total: 0.0,
        scatter: Array2::zeros((d, d)),
        centred: Vec::new(),
        weighted: Vec::new(),
    };
    let sums = fold(
        rows,
        empty,
        |part, block| {
            let n = block.n_rows();
            let Part { total, scatter, centred, weighted } = part;
            centred.resize(n * d, 0.0);
            weighted.resize(n * d, 0.0);
            simd::dispatch(|| {
                *total += simd::sum(block.weights());
                let to = centred.chunks_exact_mut(n).zip(weighted.chunks_exact_mut(n));
                for ((feature, &mean), (centred, weighted)) in block.features().zip(mean).zip(to) {
                    for i in 0..n {
                        centred[i] = feature[i] - mean;
                        weighted[i] = block.weights()[i] * centred[i];
                    }
                }
            });
            let scatter = scatter.as_slice_mut().expect("row-major");
            linalg::add_lower_product(weighted, centred, scatter, d);
            Ok(())
        },
        |all, part| {
            all.total += part.total;
            all.scatter += &part.scatter;
        },
    )?;
    let divisor = divisor(sums.total)?;
    linalg::symmetric_eigen(&(sums.scatter / divisor))
}

fn by_svd(rows: &MatrixRows<'_>, mean: &Array1<f64>) -> Result<(Array1<f64>, Array2<f64>)> {
    let weights = rows.weights();
    let divisor = divisor(weights.sum())?;
    let mut centred = &rows.records() - mean;
    centred *= &weights.mapv(f64::sqrt).insert_axis(Axis(1));
    let (values, axes) = linalg::thin_svd(&centred)?;
    Ok((values.mapv(|value| value * value / divisor), axes))
}

/// Turns every axis so that its entry of largest size, the first of equals, is positive.
fn fix_signs(axes: &mut Array2<f64>) {
    for mut axis in axes.rows_mut() {
        let largest = axis.iter().fold(0.0_f64, |a, &b| if b.abs() > a.abs() { b } else { a });
        if largest < 0.0 {
            axis.mapv_inplace(|entry| -entry);
        }
    }
}

/// Number of variances above what rounding makes of zero.
fn numerical_rank(variances: &Array1<f64>, size: usize) -> usize {
    let floor = variances.first().copied().unwrap_or(0.0) * size as f64 * f64::EPSILON;
    variances.iter().take_while(|&&variance| variance > floor).count()
}

/// The fewest leading variances whose sum reaches `wanted`.
fn fewest(variances: &Array1<f64>, wanted: f64) -> usize {
    let mut sum = 0.0;
    for (index, variance) in variances.iter().enumerate() {
        sum += variance;
        if sum >= wanted {
            return index + 1;
        }
    }
    variances.len()
}

impl<D: Data<Elem = f64>, T> Fit<ArrayBase<D, Ix2>, T, Error> for PcaValidParams
where
    ArrayBase<D, Ix2>: Records,
{
    type Object = Pca;

    /// Analyses the records by their sample weights; targets are ignored.
    ///
    /// # Errors
    /// What is wrong with the data ([`Error::NonFinite`], [`Error::TooFewSamples`], ...),
    /// [`Error::InvalidParam`] for more components than rows or columns, [`Error::CannotWhiten`].
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<Pca> {
        self.fit_rows(&dataset.to_rows()?)
    }
}

transform_by_try_transform!(Pca);
