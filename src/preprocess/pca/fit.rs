//! Fits a PCA by the method that suits the shape of the data.

use linfa::dataset::{DatasetBase, Records};
use linfa::prelude::{Fit, ParamGuard};
use ndarray::{Array1, Array2, ArrayBase, ArrayView2, Axis, Data, Ix2, Slice};

use super::{Pca, PcaComponents, order};
use crate::compute::linalg;
use crate::error::{Error, Result};
use crate::rows::backend::Backend;
use crate::rows::moments::MeanAndScatter;
use crate::rows::scatter::stride;
use crate::rows::summaries::column_summaries;
use crate::rows::{MatrixRows, RowBlocks, RowSource, block_rows, n_parts};

/// Parameters of [`Pca`].
///
/// | parameter | default | meaning |
/// | --- | --- | --- |
/// | `n_components` | | a number, a share of the variance such as 0.99, or all |
/// | `whiten` | false | scale every component to variance 1 |
#[derive(Debug, Clone, PartialEq)]
pub struct PcaParams(PcaValidParams);

/// Validated parameters; see [`PcaParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct PcaValidParams {
    n_components: PcaComponents,
    whiten: bool,
}

/// Variances in decreasing order, and their axes as rows.
type Decomposed = (Array1<f64>, Array2<f64>);

impl PcaParams {
    pub(super) fn new(n_components: PcaComponents) -> Self {
        Self(PcaValidParams { n_components, whiten: false })
    }

    /// Sets whether every component is scaled to variance 1.
    pub fn whiten(mut self, whiten: bool) -> Self {
        self.0.whiten = whiten;
        self
    }
}

/// The parameters, one by one.
impl PcaValidParams {
    /// Number of components, or their share of the variance.
    pub fn n_components(&self) -> PcaComponents {
        self.n_components
    }

    /// Whether every component is scaled to variance 1.
    pub fn whiten(&self) -> bool {
        self.whiten
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

impl PcaValidParams {
    /// Fits to the rows of any backend.
    ///
    /// # Errors
    /// Same as [`Fit::fit`], and any error from reading the rows.
    pub(crate) fn fit_backend(&self, backend: &mut dyn Backend) -> Result<Pca> {
        let (n, d) = (backend.n_samples(), backend.n_features());
        self.check_shape(n, d)?;
        // the rounding error of zero variances, relative to the largest: ε in a covariance, and in a singular value
        let rounding = n.max(d) as f64 * f64::EPSILON;
        if n < TALL * d && backend.as_matrix().is_some() {
            let mean = complete_means(backend)?;
            let matrix = backend.as_matrix().expect("in memory");
            let (decomposed, rounding) = self.decompose_few(&matrix, &mean, rounding)?;
            return self.keep(mean, decomposed, rounding);
        }
        // rows on other machines are not loaded into memory
        let (mean, decomposed) = by_covariance(backend)?;
        self.keep(mean, decomposed, rounding)
    }

    /// Variances and axes of rows that are few compared to their columns, and the relative rounding error of zero variances.
    fn decompose_few(
        &self,
        rows: &MatrixRows<'_>,
        mean: &Array1<f64>,
        rounding: f64,
    ) -> Result<(Decomposed, f64)> {
        if let PcaComponents::Variance(share) = self.n_components
            && rows.n_features() >= WIDE * rows.n_samples()
            && let Some(leading) = by_products(rows, mean, share)?
        {
            return Ok((leading, rounding));
        }
        Ok((by_svd(rows, mean)?, rounding * rounding))
    }

    /// Returns an error if more components are requested than there are rows or columns.
    fn check_shape(&self, n: usize, d: usize) -> Result<()> {
        if n < 2 {
            return Err(Error::TooFewSamples {
                n_samples: n,
                needed: 2,
                wanted: "principal components".into(),
            });
        }
        match self.n_components {
            PcaComponents::Count(count) if count > n.min(d) => Err(Error::param(
                "PCA components",
                format!("{count} of {n} rows x {d} columns"),
                "at most the number of rows and at most the number of columns",
            )),
            _ => Ok(()),
        }
    }

    /// Keeps the requested components of all variances and axes. `rounding` is the rounding error of zero variances, relative
    /// to the largest variance.
    fn keep(
        &self,
        mean: Array1<f64>,
        (mut variances, mut axes): Decomposed,
        rounding: f64,
    ) -> Result<Pca> {
        let d = mean.len();
        variances.mapv_inplace(|variance| variance.max(0.0));
        order::fix_signs(&mut axes);
        order::order_equals(&variances, &mut axes);

        let total_variance = variances.sum();
        let rank = numerical_rank(&variances, rounding);
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

/// With at least this many rows for each column, the eigenvectors of the covariance matrix are cheaper, and need a single
/// pass over the rows. Otherwise the singular value decomposition of the rows keeps the accuracy of small components.
const TALL: usize = 10;

/// The divisor is Σ w - 1, the unbiased n - 1 with weighted rows as repeated rows.
fn divisor(total: f64) -> Result<f64> {
    if total > 1.0 {
        return Ok(total - 1.0);
    }
    Err(Error::param("the sum of the sample weights", total, "above 1 for a PCA"))
}

/// The mean of every column.
///
/// # Errors
/// [`Error::IncompleteRows`]; same as [`column_summaries`].
fn complete_means(backend: &mut dyn Backend) -> Result<Array1<f64>> {
    let columns = column_summaries(backend)?;
    if columns.iter().any(|column| column.has_missing) {
        return Err(Error::IncompleteRows { what: "PCA" });
    }
    Ok(columns.iter().map(|column| column.mean).collect())
}

fn by_covariance(backend: &mut dyn Backend) -> Result<(Array1<f64>, Decomposed)> {
    let d = backend.n_features();
    let n_parts = n_parts(backend.n_samples().div_ceil(block_rows(d)));
    backend.memory_budget().check("the PCA", (8 * n_parts * stride(d) * stride(d)) as u64)?;
    let MeanAndScatter { total, mean, scatter, .. } = mean_and_scatter(backend)?;
    Ok((mean, linalg::symmetric_eigen(&(scatter / divisor(total)?))?))
}

/// Mean and scatter, in one pass about the mean of some rows, which is the only pass if it is near the mean of all.
fn mean_and_scatter(backend: &mut dyn Backend) -> Result<MeanAndScatter> {
    if let Some(matrix) = backend.as_matrix().filter(|_| !backend.may_be_missing()) {
        let center = mean_of_some(matrix.records());
        let moments = MeanAndScatter::about(backend, &center)?;
        if moments.was_near {
            return Ok(moments);
        }
    }
    let mean = complete_means(backend)?;
    MeanAndScatter::about(backend, &mean)
}

/// The mean of rows at equal distances; exact where all values of a column are equal.
fn mean_of_some(records: ArrayView2<'_, f64>) -> Array1<f64> {
    const SOME: usize = 256;
    let (n, first) = (records.nrows(), records.row(0));
    let some = n.min(SOME);
    let mut offsets = Array1::zeros(records.ncols());
    for index in 0..some {
        offsets += &(&records.row(index * n / some) - &first);
    }
    &first + offsets / some as f64
}

/// With at least this many columns for each row, the eigenvectors of the Gram matrix of the rows are cheaper.
const WIDE: usize = 4;

/// Minimum share of the largest variance that the smallest kept variance needs for this method: the Gram matrix squares the
/// singular values, and with them the rounding error of small ones.
const LEAST_SHARE: f64 = 1e-4;

/// The fewest components that hold a `share` of the variance, and all variances; none if accuracy requires the singular value
/// decomposition.
///
/// With centred rows X, `X Xᵀ = U S² Uᵀ`, and the axes are the rows of `S⁻¹ Uᵀ X`.
fn by_products(
    rows: &MatrixRows<'_>,
    mean: &Array1<f64>,
    share: f64,
) -> Result<Option<Decomposed>> {
    let (centred, divisor) = centred(rows, mean)?;
    let products = linalg::product(centred.view(), centred.t());
    let (variances, vectors) = linalg::symmetric_eigen(&products)?;
    let variances = variances.mapv(|square| square.max(0.0) / divisor);
    let kept = fewest(&variances, share * variances.sum());
    if variances[kept - 1] < LEAST_SHARE * variances[0] {
        return Ok(None);
    }
    let leading = vectors.slice_axis(Axis(0), Slice::from(..kept));
    let mut axes = linalg::product(leading, centred.view());
    for mut axis in axes.rows_mut() {
        axis /= axis.dot(&axis).sqrt();
    }
    Ok(Some((variances, axes)))
}

fn by_svd(rows: &MatrixRows<'_>, mean: &Array1<f64>) -> Result<Decomposed> {
    let (centred, divisor) = centred(rows, mean)?;
    let (values, axes) = linalg::thin_svd(&centred)?;
    Ok((values.mapv(|value| value * value / divisor), axes))
}

/// Rows centred at the mean times the square roots of their weights, and the divisor of variances.
fn centred(rows: &MatrixRows<'_>, mean: &Array1<f64>) -> Result<(Array2<f64>, f64)> {
    let weights = rows.weights();
    let divisor = divisor(weights.sum())?;
    // a difference has the layout of the records, which may be column-major
    let mut centred = &rows.records().as_standard_layout() - mean;
    centred *= &weights.mapv(f64::sqrt).insert_axis(Axis(1));
    Ok((centred, divisor))
}

/// Number of variances above the share `rounding` of the largest.
fn numerical_rank(variances: &Array1<f64>, rounding: f64) -> usize {
    let floor = variances.first().copied().unwrap_or(0.0) * rounding;
    variances.iter().take_while(|&&variance| variance > floor).count()
}

/// The fewest leading variances whose sum reaches `target`.
fn fewest(variances: &Array1<f64>, target: f64) -> usize {
    let mut sum = 0.0;
    for (index, variance) in variances.iter().enumerate() {
        sum += variance;
        if sum >= target {
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

    /// Fits to the records by their sample weights; targets are ignored.
    ///
    /// # Errors
    /// Errors of the data ([`Error::NonFinite`], [`Error::TooFewSamples`], ...), [`Error::InvalidParam`] for more components
    /// than rows or columns, [`Error::CannotWhiten`].
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<Pca> {
        self.fit_backend(&mut *dataset.backend()?)
    }
}
