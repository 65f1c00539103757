//! Linear algebra: the only module that calls faer.
//!
//! Arguments and results are `ndarray` arrays; faer reads their memory without a copy where possible. Every call runs on one
//! thread: the callers parallelise over rows, and results must not depend on the number of threads.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::{cholesky::llt, evd, svd, triangular_inverse};
use faer::{Accum, Mat, MatMut, MatRef, Par};
use ndarray::{Array1, Array2, ArrayView2, ShapeBuilder};

use crate::error::{Error, Result};

/// `ln(2 π)`
pub(crate) const LN_2PI: f64 = 1.837_877_066_409_345_3;

fn view<'a>(matrix: &'a ArrayView2<'_, f64>) -> MatRef<'a, f64> {
    let (rows, columns) = matrix.dim();
    let slice = matrix.to_slice().expect("matrices given to linalg are in row-major order");
    MatRef::from_row_major_slice(slice, rows, columns)
}

/// Copies into an array of the same (column-major) order.
fn array(matrix: MatRef<'_, f64>) -> Array2<f64> {
    Array2::from_shape_fn((matrix.nrows(), matrix.ncols()).f(), |(i, j)| matrix[(i, j)])
}

/// Replaces a symmetric matrix `A = L Lᵀ` by its lower Cholesky factor `L` and returns whether it is positive definite. The
/// matrix is row-major, and only its lower triangle is read.
pub(crate) fn cholesky_in_place(matrix: &mut Array2<f64>) -> bool {
    let n = matrix.nrows();
    let scratch = llt::factor::cholesky_in_place_scratch::<f64>(n, Par::Seq, Default::default());
    let slice = matrix.as_slice_mut().expect("row-major");
    let done = llt::factor::cholesky_in_place(
        MatMut::from_row_major_slice_mut(slice, n, n).as_dyn_stride_mut(),
        Default::default(),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    );
    if done.is_err() {
        return false;
    }
    for (i, row) in slice.chunks_exact_mut(n).enumerate() {
        row[i + 1..].fill(0.0);
    }
    matrix.diag().iter().all(|&pivot| pivot.is_finite() && pivot > 0.0)
}

/// Writes the inverse of a lower triangular matrix to `inverse`, both row-major. Entries of `inverse` above the diagonal are
/// unchanged.
pub(crate) fn invert_lower(factor: &Array2<f64>, inverse: &mut Array2<f64>) {
    let n = factor.nrows();
    let slice = inverse.as_slice_mut().expect("row-major");
    triangular_inverse::invert_lower_triangular(
        MatMut::from_row_major_slice_mut(slice, n, n).as_dyn_stride_mut(),
        view(&factor.view()).as_dyn_stride(),
        Par::Seq,
    );
}

/// Matrices up to this size are inverted by plain loops in [`inverse_cholesky`]: a call of faer costs more than the arithmetic.
const SMALL: usize = 16;

/// Returns `L⁻¹` of a symmetric matrix `A = L Lᵀ`, of which only the lower triangle is read; none if it is not positive definite.
/// It is meant for many small matrices.
pub(crate) fn inverse_cholesky(mut matrix: Array2<f64>) -> Option<Array2<f64>> {
    let n = matrix.nrows();
    let mut inverse = Array2::zeros((n, n));
    if n > SMALL {
        if !cholesky_in_place(&mut matrix) {
            return None;
        }
        invert_lower(&matrix, &mut inverse);
    } else {
        let lower = matrix.as_slice_mut().expect("row-major");
        if !small_cholesky(lower, n) {
            return None;
        }
        small_inverse(lower, inverse.as_slice_mut().expect("row-major"), n);
    }
    inverse.iter().all(|value| value.is_finite()).then_some(inverse)
}

/// [`cholesky_in_place`], but for the entries above the diagonal, by plain loops (Golub & Van Loan 2013, section 4.2.5).
fn small_cholesky(matrix: &mut [f64], n: usize) -> bool {
    for i in 0..n {
        let (before, row) = matrix.split_at_mut(i * n);
        for j in 0..i {
            let other = &before[j * n..][..j + 1];
            let sum: f64 = row.iter().zip(&other[..j]).map(|(a, b)| a * b).sum();
            row[j] = (row[j] - sum) / other[j];
        }
        let pivot = row[i] - row[..i].iter().map(|a| a * a).sum::<f64>();
        if !(pivot > 0.0 && pivot.is_finite()) {
            return false;
        }
        row[i] = pivot.sqrt();
    }
    true
}

/// [`invert_lower`] by plain loops: forward substitution with the columns of the identity.
fn small_inverse(lower: &[f64], inverse: &mut [f64], n: usize) {
    for i in 0..n {
        let (before, row) = inverse.split_at_mut(i * n);
        let of_lower = &lower[i * n..][..i + 1];
        for (factor, solved) in of_lower[..i].iter().zip(before.chunks_exact(n)) {
            row[..i].iter_mut().zip(solved).for_each(|(sum, value)| *sum -= factor * value);
        }
        row[..i].iter_mut().for_each(|sum| *sum /= of_lower[i]);
        row[i] = 1.0 / of_lower[i];
    }
}

/// Returns the eigenvalues of a symmetric matrix in decreasing order, and the eigenvectors as rows.
///
/// # Errors
/// [`Error::NoConvergence`] if the iteration does not converge.
pub(crate) fn symmetric_eigen(matrix: &Array2<f64>) -> Result<(Array1<f64>, Array2<f64>)> {
    let n = matrix.nrows();
    let mut values = Diag::zeros(n);
    let mut vectors = Mat::zeros(n, n);
    let scratch = evd::self_adjoint_evd_scratch::<f64>(
        n,
        evd::ComputeEigenvectors::Yes,
        Par::Seq,
        Default::default(),
    );
    evd::self_adjoint_evd(
        view(&matrix.view()).as_dyn_stride(),
        values.as_mut(),
        Some(vectors.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|_| Error::NoConvergence { what: "eigen-decomposition of the covariance matrix" })?;
    // faer sorts eigenvalues in increasing order
    let values = (0..n).rev().map(|i| values.column_vector()[i]).collect();
    let mut rows = array(vectors.as_ref()).reversed_axes();
    rows.invert_axis(ndarray::Axis(0));
    Ok((values, rows.as_standard_layout().into_owned()))
}

/// A matrix R with `R Rᵀ = A` for a symmetric matrix A without negative eigenvalues, those by rounding being 0.
///
/// # Errors
/// Same as [`symmetric_eigen`].
pub(crate) fn symmetric_root(matrix: &Array2<f64>) -> Result<Array2<f64>> {
    let (values, vectors) = symmetric_eigen(matrix)?;
    Ok(&vectors.t() * &values.mapv(|value| value.max(0.0).sqrt()))
}

/// Returns the singular values of a matrix in decreasing order, and the right singular vectors as rows.
///
/// # Errors
/// [`Error::NoConvergence`] if the iteration does not converge.
pub(crate) fn thin_svd(matrix: &Array2<f64>) -> Result<(Array1<f64>, Array2<f64>)> {
    let (rows, columns) = matrix.dim();
    let size = rows.min(columns);
    let mut values = Diag::zeros(size);
    let mut right = Mat::zeros(columns, size);
    let scratch = svd::svd_scratch::<f64>(
        rows,
        columns,
        svd::ComputeSvdVectors::No,
        svd::ComputeSvdVectors::Thin,
        Par::Seq,
        Default::default(),
    );
    svd::svd(
        view(&matrix.view()).as_dyn_stride(),
        values.as_mut(),
        None,
        Some(right.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|_| Error::NoConvergence { what: "singular value decomposition" })?;
    let values = (0..size).map(|i| values.column_vector()[i]).collect();
    let rows = array(right.as_ref()).reversed_axes();
    Ok((values, rows.as_standard_layout().into_owned()))
}

/// A matrix in row-major or column-major order.
fn view_of_any_order<'a>(matrix: &'a ArrayView2<'_, f64>) -> MatRef<'a, f64> {
    let (rows, columns) = matrix.dim();
    if let Some(slice) = matrix.as_slice() {
        return MatRef::from_row_major_slice(slice, rows, columns);
    }
    let slice = matrix.as_slice_memory_order().expect("one matrix in memory");
    MatRef::from_column_major_slice(slice, rows, columns)
}

/// Writes the product `left right` to `out`, the numbers of a row-major matrix, or adds it to them.
fn multiply(out: &mut [f64], accum: Accum, left: ArrayView2<'_, f64>, right: ArrayView2<'_, f64>) {
    faer::linalg::matmul::matmul(
        MatMut::from_row_major_slice_mut(out, left.nrows(), right.ncols()),
        accum,
        view_of_any_order(&left).as_dyn_stride(),
        view_of_any_order(&right).as_dyn_stride(),
        1.0,
        Par::Seq,
    );
}

/// Adds the product `left right` to `out`, the numbers of a row-major matrix. The matrices are row-major or column-major.
pub(crate) fn add_product(out: &mut [f64], left: ArrayView2<'_, f64>, right: ArrayView2<'_, f64>) {
    multiply(out, Accum::Add, left, right);
}

/// The product `left right` of two matrices.
pub(crate) fn product(left: ArrayView2<'_, f64>, right: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut out = Array2::zeros((left.nrows(), right.ncols()));
    let (left, right) = (left.as_standard_layout(), right.as_standard_layout());
    let numbers = out.as_slice_mut().expect("row-major");
    multiply(numbers, Accum::Replace, left.view(), right.view());
    out
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn cholesky_factors_reproduce_the_matrix_and_their_inverses_the_identity() {
        let matrix = array![[4.0, 2.0, 0.6], [2.0, 5.0, 1.0], [0.6, 1.0, 3.0]];
        let mut factor = matrix.clone();
        assert!(cholesky_in_place(&mut factor));
        approx::assert_abs_diff_eq!(factor.dot(&factor.t()), matrix, epsilon = 1e-14);
        let mut inverse = Array2::zeros((3, 3));
        invert_lower(&factor, &mut inverse);
        let identity = inverse.dot(&factor);
        approx::assert_abs_diff_eq!(identity, Array2::eye(3), epsilon = 1e-15);
    }

    #[test]
    fn cholesky_refuses_matrices_that_are_not_positive_definite() {
        for mut matrix in [array![[1.0, 2.0], [2.0, 1.0]], array![[0.0]], array![[f64::NAN]]] {
            assert!(!cholesky_in_place(&mut matrix));
        }
    }

    #[test]
    fn inverse_factors_of_small_and_large_matrices_whiten_them() {
        for n in [0, 1, 2, 7, SMALL, SMALL + 1, 30] {
            let entry = |(i, j): (usize, usize)| 1.0 / (1 + i + j) as f64;
            let matrix = Array2::from_shape_fn((n, n), entry) + Array2::<f64>::eye(n);
            let inverse = inverse_cholesky(matrix.clone()).unwrap();
            let identity = inverse.dot(&matrix).dot(&inverse.t());
            approx::assert_abs_diff_eq!(identity, Array2::eye(n), epsilon = 1e-13);
        }
        for matrix in [array![[1.0, 2.0], [2.0, 1.0]], array![[0.0]], array![[f64::NAN]]] {
            assert!(inverse_cholesky(matrix).is_none());
        }
    }

    #[test]
    fn eigenvalues_decrease_and_eigenvectors_are_rows() {
        let matrix = array![[2.0, 1.0], [1.0, 2.0]];
        let (values, vectors) = symmetric_eigen(&matrix).unwrap();
        approx::assert_abs_diff_eq!(values, array![3.0, 1.0], epsilon = 1e-14);
        for (value, vector) in values.iter().zip(vectors.rows()) {
            approx::assert_abs_diff_eq!(matrix.dot(&vector), &vector * *value, epsilon = 1e-14);
        }
    }

    #[test]
    fn roots_of_singular_matrices_reproduce_them() {
        let matrix = array![[4.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 3.0]];
        let root = symmetric_root(&matrix).unwrap();
        approx::assert_abs_diff_eq!(root.dot(&root.t()), matrix, epsilon = 1e-14);
    }

    #[test]
    fn singular_values_are_square_roots_of_gram_matrix_eigenvalues() {
        let matrix = array![[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]];
        let (values, right) = thin_svd(&matrix).unwrap();
        let (squares, _) = symmetric_eigen(&matrix.dot(&matrix.t())).unwrap();
        approx::assert_abs_diff_eq!(values.mapv(|s| s * s), squares, epsilon = 1e-13);
        approx::assert_abs_diff_eq!(right.dot(&right.t()), Array2::eye(2), epsilon = 1e-14);
    }
}
