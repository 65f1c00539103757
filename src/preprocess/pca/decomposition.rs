//! Variances and axes of rows, by the method that suits their number, their columns and the components that are wanted.

use ndarray::{Array1, Array2, ArrayView2, Axis, Slice};

use super::PcaComponents;
use crate::compute::{lanczos, linalg};
use crate::error::{Error, Result};
use crate::rows::backend::Backend;
use crate::rows::moments::{MeanAndScatter, RowMoments, scatter_product, squares_about};
use crate::rows::scatter::stride;
use crate::rows::summaries::column_summaries;
use crate::rows::{MatrixRows, RowBlocks, block_rows, n_parts};

/// Principal axes with their variances.
pub(super) struct Decomposition {
    /// In decreasing order.
    pub(super) variances: Array1<f64>,
    /// The axes as rows.
    pub(super) axes: Array2<f64>,
    /// The variance in directions other than these axes.
    pub(super) further: f64,
    /// Rounding error of zero variances, relative to the largest variance.
    pub(super) rounding: f64,
}

/// With at least this many rows for each column, the eigenvectors of the covariance matrix are cheaper, and need a single
/// pass over the rows. Otherwise the singular value decomposition of the rows keeps the accuracy of small components.
const TALL: usize = 10;

/// With at least this many columns for each row, the eigenvectors of the Gram matrix of the rows are cheaper.
const WIDE: usize = 4;

/// Minimum share of the largest variance that the smallest kept variance needs for methods by products of rows, which square the
/// singular values, and with them the rounding error of small ones.
const LEAST_SHARE: f64 = 1e-4;

/// Fewest rows and columns for which leading components alone are cheaper.
const LEAST: usize = 500;

/// Smallest number of axes for each vector of a block for which leading components alone are cheaper.
const SHARE: usize = 16;

/// Most blocks of directions before the whole decomposition is taken.
const MOST_BLOCKS: usize = 40;

/// With at least this many columns for each vector of a block, passes of products are cheaper than one of the scatter matrix.
const PASSES: usize = 48;

/// Decomposes the rows of any backend: the mean, and all axes or at least those that are wanted.
///
/// # Errors
/// [`Error::IncompleteRows`], [`Error::InvalidParam`] for weights that are too small, [`Error::NoConvergence`]; any error from
/// reading the rows.
pub(super) fn decompose(
    backend: &mut dyn Backend,
    wanted: PcaComponents,
) -> Result<(Array1<f64>, Decomposition)> {
    let (n, d) = (backend.n_samples(), backend.n_features());
    // rows of a file are read in every pass, and those on other machines are not loaded into memory
    let by_scatter = n >= TALL * d || backend.as_matrix().is_none();
    let mut few = few_of(wanted, n.min(d));
    if let Some(count) = few
        && (!by_scatter || d > PASSES * lanczos::block_len(count))
    {
        if let Some(leading) = by_passes(backend, count)? {
            return Ok(leading);
        }
        few = None;
    }
    if !by_scatter {
        let mean = complete_means(backend)?;
        let matrix = backend.as_matrix().expect("in memory");
        let decomposition = in_memory(&matrix, &mean, wanted)?;
        return Ok((mean, decomposition));
    }
    by_covariance(backend, few)
}

/// The number of components that are wanted, if it is so small that they are found without all others.
fn few_of(wanted: PcaComponents, most: usize) -> Option<usize> {
    match wanted {
        PcaComponents::Count(count)
            if most >= LEAST && SHARE * lanczos::block_len(count) <= most =>
        {
            Some(count)
        }
        _ => None,
    }
}

/// Leading components by products of directions with the scatter matrix, one pass over the rows for each; none if accuracy requires
/// the whole decomposition.
fn by_passes(
    backend: &mut dyn Backend,
    count: usize,
) -> Result<Option<(Array1<f64>, Decomposition)>> {
    let (n, d) = (backend.n_samples(), backend.n_features());
    let most_directions = most_directions(n.min(d), count);
    let n_parts = n_parts(n.div_ceil(block_rows(d)));
    let n_numbers = most_directions * d + n_parts * lanczos::block_len(count) * d;
    backend.memory_budget().check("the PCA", 8 * n_numbers as u64)?;
    let mean = complete_means(backend)?;
    let RowMoments { total, second: squares, .. } = squares_about(backend, &mean)?;
    let divisor = divisor(total)?;
    let leading = lanczos::leading_eigen((count, d), most_directions, |directions| {
        Ok(scatter_product(backend, &mean, directions)? / divisor)
    })?;
    let total_variance = squares.iter().sum::<f64>() / divisor;
    Ok(leading.and_then(|leading| of_leading(leading, total_variance)).map(|found| (mean, found)))
}

/// Most directions of an iteration for leading components of so many in all.
fn most_directions(n_axes: usize, count: usize) -> usize {
    (n_axes / 2).min(MOST_BLOCKS * lanczos::block_len(count))
}

/// A decomposition of leading components only; none if rounding errors make up too much of their variances, or of the variance
/// beyond them, which is a difference.
fn of_leading(
    (variances, axes): (Array1<f64>, Array2<f64>),
    total_variance: f64,
) -> Option<Decomposition> {
    let further = total_variance - variances.sum();
    let is_accurate = |variance: f64| variance >= LEAST_SHARE * variances[0];
    (is_accurate(variances[variances.len() - 1]) && is_accurate(further)).then_some(Decomposition {
        variances,
        axes,
        further,
        rounding: 0.0,
    })
}

/// Decomposes rows that are few compared to their columns.
fn in_memory(
    rows: &MatrixRows<'_>,
    mean: &Array1<f64>,
    wanted: PcaComponents,
) -> Result<Decomposition> {
    if let PcaComponents::Variance(share) = wanted
        && rows.n_features() >= WIDE * rows.n_samples()
        && let Some(leading) = by_products(rows, mean, share)?
    {
        return Ok(leading);
    }
    by_svd(rows, mean)
}

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

/// All components, or a `few` leading ones, by the covariance matrix.
fn by_covariance(
    backend: &mut dyn Backend,
    few: Option<usize>,
) -> Result<(Array1<f64>, Decomposition)> {
    let (n, d) = (backend.n_samples(), backend.n_features());
    let n_parts = n_parts(n.div_ceil(block_rows(d)));
    backend.memory_budget().check("the PCA", (8 * n_parts * stride(d) * stride(d)) as u64)?;
    let MeanAndScatter { total, mean, scatter, .. } = mean_and_scatter(backend)?;
    let covariance = scatter / divisor(total)?;
    if let Some(count) = few {
        let most_directions = most_directions(d, count);
        let leading = lanczos::leading_eigen((count, d), most_directions, |directions| {
            Ok(linalg::product(directions, covariance.view()))
        })?;
        if let Some(found) =
            leading.and_then(|leading| of_leading(leading, covariance.diag().sum()))
        {
            return Ok((mean, found));
        }
    }
    let (variances, axes) = linalg::symmetric_eigen(&covariance)?;
    Ok((mean, Decomposition { variances, axes, further: 0.0, rounding: rounding(n, d) }))
}

/// Relative rounding error of zero eigenvalues of a covariance; that of singular values is the same.
fn rounding(n: usize, d: usize) -> f64 {
    n.max(d) as f64 * f64::EPSILON
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

/// The fewest components that hold a `share` of the variance, and all variances; none if accuracy requires the singular value
/// decomposition.
///
/// With centred rows X, `X Xᵀ = U S² Uᵀ`, and the axes are the rows of `S⁻¹ Uᵀ X`.
fn by_products(
    rows: &MatrixRows<'_>,
    mean: &Array1<f64>,
    share: f64,
) -> Result<Option<Decomposition>> {
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
    let rounding = rounding(rows.n_samples(), rows.n_features());
    Ok(Some(Decomposition { variances, axes, further: 0.0, rounding }))
}

fn by_svd(rows: &MatrixRows<'_>, mean: &Array1<f64>) -> Result<Decomposition> {
    let (centred, divisor) = centred(rows, mean)?;
    let (values, axes) = linalg::thin_svd(&centred)?;
    let rounding = rounding(rows.n_samples(), rows.n_features()).powi(2);
    let variances = values.mapv(|value| value * value / divisor);
    Ok(Decomposition { variances, axes, further: 0.0, rounding })
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

/// The fewest leading variances whose sum reaches `target`.
pub(super) fn fewest(variances: &Array1<f64>, target: f64) -> usize {
    let mut sum = 0.0;
    for (index, variance) in variances.iter().enumerate() {
        sum += variance;
        if sum >= target {
            return index + 1;
        }
    }
    variances.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::random::{BatchedRng, fill_normal};
    use crate::rows::LocalBackend;

    /// Rows of independent columns with variances that fall by a law of their index, far from the origin.
    fn rows(dim: (usize, usize), deviation: impl Fn(usize) -> f64) -> Array2<f64> {
        let mut rows = Array2::zeros(dim);
        fill_normal(&mut BatchedRng::new(1, 2), rows.as_slice_mut().unwrap());
        rows *= &Array1::from_shape_fn(dim.1, deviation);
        rows + 1e3
    }

    #[test]
    fn leading_components_are_those_of_the_whole_decomposition() {
        for dim in [(510, 700), (700, 510)] {
            let rows = rows(dim, |j| 0.98_f64.powi(j as i32));
            let matrix = || MatrixRows::from_records(rows.view()).unwrap();
            let backend = &mut LocalBackend::new(matrix());
            let (mean, by_passes) = by_passes(backend, 9).unwrap().unwrap();
            let (_, by_covariance) = by_covariance(backend, Some(9)).unwrap();
            let whole = by_svd(&matrix(), &mean).unwrap();
            let total = whole.variances.sum();
            for leading in [by_passes, by_covariance] {
                let (kept, rest) = whole.variances.view().split_at(Axis(0), 9);
                approx::assert_relative_eq!(leading.variances, kept, max_relative = 1e-10);
                approx::assert_abs_diff_eq!(leading.further, rest.sum(), epsilon = 1e-11 * total);
                let axes = whole.axes.slice_axis(Axis(0), Slice::from(..9));
                let cosines = linalg::product(leading.axes.view(), axes.t());
                for cosine in cosines.diag() {
                    approx::assert_abs_diff_eq!(cosine.abs(), 1.0, epsilon = 1e-8);
                }
            }
        }
    }

    #[test]
    fn components_of_low_accuracy_are_left_to_the_whole_decomposition() {
        // variances below 1e-4 of the largest, and none beyond those that are wanted
        let steep = |j: usize| (0.3_f64).powi(j as i32);
        let low_rank = |j: usize| if j < 9 { 1.0 } else { 0.0 };
        for deviation in [&steep as &dyn Fn(usize) -> f64, &low_rank] {
            let rows = rows((320, 320), deviation);
            let backend = &mut LocalBackend::new(MatrixRows::from_records(rows.view()).unwrap());
            assert!(by_passes(backend, 9).unwrap().is_none());
            let (_, found) = by_covariance(backend, Some(9)).unwrap();
            assert_eq!(found.variances.len(), 320);
        }
    }

    #[test]
    fn the_whole_decomposition_is_taken_unless_components_are_few() {
        let few = |count, n_axes| few_of(PcaComponents::Count(count), n_axes);
        assert_eq!(few(20, 2000), Some(20));
        assert_eq!(few(20, LEAST - 1), None);
        assert_eq!(few(400, 2000), None);
        assert_eq!(few_of(PcaComponents::All, 2000), None);
        assert_eq!(few_of(PcaComponents::Variance(0.5), 2000), None);
    }
}
