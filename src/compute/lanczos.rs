//! Leading eigenvectors of a symmetric matrix that is known by its products with vectors.
//!
//! Block Lanczos iteration with full orthogonalisation (Golub & Underwood 1977; Golub & Van Loan 2013, section 10.3.6), from
//! random vectors (Halko, Martinsson & Tropp 2011):
//! ```text
//! B: an orthonormal basis of the span of Q, A Q, A² Q, ...   rows, (m, d); Q: random, (b, d)
//! H = B A Bᵀ = S diag(θ) Sᵀ                                  Ritz values θ, Ritz vectors y = Bᵀ s
//! |A y - θ y| = |Rᵀ s'|                                      R: the part of A Q outside of the basis, for its last block Q;
//!                                                            s': the last b entries of s
//! ```
//! A has an eigenvalue within |A y - θ y| of θ, and the error of θ is the square of this over the distance to the next other
//! eigenvalue (Parlett 1998, theorems 4.5.1 and 11.7.1).

use ndarray::{Array1, Array2, ArrayView2, Axis, Slice, concatenate};

use super::linalg;
use super::random::{BatchedRng, fill_normal};
use crate::error::Result;

/// Largest √Σ |A y - θ y|², as a share of the largest eigenvalue.
pub(crate) const TOLERANCE: f64 = 1e-9;

/// Length of a direction, as a share of the largest eigenvalue, that rounding makes up.
const ROUNDING: f64 = 1e-14;

/// Vectors in a block beyond those that are wanted, for faster convergence.
const EXTRA: usize = 8;

/// Number of vectors in a block: at least those that are wanted, so that equal eigenvalues are found as often as they occur.
pub(crate) fn block_len(n_wanted: usize) -> usize {
    n_wanted + EXTRA
}

/// Returns the `n_wanted` largest eigenvalues of a matrix A without negative ones in decreasing order, and their eigenvectors as
/// rows, with √Σ |A y - θ y|² at most [`TOLERANCE`] times the largest eigenvalue; none if that takes a basis of more than `most`
/// vectors. The dimension is at least [`block_len`]. `multiply` returns V A for a matrix V, shape `(n_vectors, dimension)`.
///
/// # Errors
/// Errors of `multiply`; same as [`linalg::symmetric_eigen`].
pub(crate) fn leading_eigen(
    (n_wanted, dimension): (usize, usize),
    most: usize,
    mut multiply: impl FnMut(ArrayView2<'_, f64>) -> Result<Array2<f64>>,
) -> Result<Option<(Array1<f64>, Array2<f64>)>> {
    let mut subspace = Subspace::new(dimension);
    let mut block = random_block((block_len(n_wanted), dimension));
    let mut tests = Tests { next: 2 * block.nrows(), last: None };
    loop {
        let images = multiply(block.view())?;
        let outside = subspace.extend(block, images);
        block = subspace.directions_of(outside.clone());
        let (len, is_last) = (subspace.len(), block.is_empty());
        if is_last || len >= tests.next {
            let (values, vectors, residual) = subspace.ritz(n_wanted, outside.view())?;
            if residual <= TOLERANCE * values[0] {
                return Ok(Some((values, vectors)));
            }
            tests.failed(len, residual / values[0]);
        }
        if is_last || len + block.nrows() > most {
            return Ok(None);
        }
    }
}

/// The lengths of the basis at which convergence is tested, since a test costs more than a step.
struct Tests {
    next: usize,
    /// The length at the last test, and the residual as a share of the largest eigenvalue.
    last: Option<(usize, f64)>,
}

impl Tests {
    /// Chooses the next length: a fifth more, or less if the residual, continuing to fall at its rate, will be small enough.
    fn failed(&mut self, len: usize, residual: f64) {
        let mut further = len as f64 / 5.0;
        if let Some((len_before, before)) = self.last {
            let per_vector = (before / residual).ln() / (len - len_before) as f64;
            // none is less than no fall
            further = further.min((residual / TOLERANCE).ln() / per_vector.max(f64::MIN_POSITIVE));
        }
        *self = Self { next: len + further as usize, last: Some((len, residual)) };
    }
}

/// Vectors drawn from the standard normal distribution, then made orthonormal.
fn random_block((n_vectors, dimension): (usize, usize)) -> Array2<f64> {
    let mut block = Array2::zeros((n_vectors, dimension));
    fill_normal(&mut BatchedRng::new(0, 0), block.as_slice_mut().expect("row-major"));
    Subspace::new(dimension).directions_of(block)
}

/// The span of all blocks so far.
struct Subspace {
    /// B, (m, d).
    basis: Array2<f64>,
    /// H, (m, m).
    projected: Array2<f64>,
}

impl Subspace {
    fn new(dimension: usize) -> Self {
        Self { basis: Array2::zeros((0, dimension)), projected: Array2::zeros((0, 0)) }
    }

    /// Number of vectors of the basis.
    fn len(&self) -> usize {
        self.basis.nrows()
    }

    /// The products of the rows of a matrix with the vectors of the basis.
    fn along(&self, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut products = Array2::zeros((rows.nrows(), self.len()));
        let numbers = products.as_slice_mut().expect("row-major");
        // without a copy of the transposed basis
        linalg::add_product(numbers, rows, self.basis.t());
        products
    }

    /// Adds a block of orthonormal vectors with their products with A. Returns the part of the products outside of the span.
    fn extend(&mut self, block: Array2<f64>, mut images: Array2<f64>) -> Array2<f64> {
        self.basis = concatenate![Axis(0), self.basis, block];
        let products = self.along(images.view());
        images -= &linalg::product(products.view(), self.basis.view());
        let (n_new, n_old) = (block.nrows(), self.projected.nrows());
        let mut projected = Array2::zeros((n_old + n_new, n_old + n_new));
        projected.slice_axis_mut(Axis(0), Slice::from(n_old..)).assign(&products);
        projected.slice_axis_mut(Axis(1), Slice::from(n_old..)).assign(&products.t());
        projected.slice_each_axis_mut(|_| Slice::from(..n_old)).assign(&self.projected);
        self.projected = projected;
        images
    }

    /// Orthonormal vectors, orthogonal to the basis, whose span is that of `outside`, vectors outside of the basis up to rounding.
    fn directions_of(&self, outside: Array2<f64>) -> Array2<f64> {
        let scale = self.projected.diag().fold(0.0_f64, |a, &b| a.max(b));
        let mut block = orthonormal(outside, scale * ROUNDING);
        // their rounding errors are those of longer vectors; twice is enough (Parlett 1998, section 6.9)
        let along = self.along(block.view());
        block -= &linalg::product(along.view(), self.basis.view());
        orthonormal(block, 0.5)
    }

    /// The largest Ritz values, their vectors as rows, and √Σ |A y - θ y|². `outside` is the part of the products of the last
    /// block outside of the span.
    fn ritz(
        &self,
        n_wanted: usize,
        outside: ArrayView2<'_, f64>,
    ) -> Result<(Array1<f64>, Array2<f64>, f64)> {
        let wanted = Slice::from(..n_wanted);
        let (values, vectors) = linalg::symmetric_eigen(&self.projected)?;
        let vectors = vectors.slice_axis(Axis(0), wanted);
        let last = vectors.slice_axis(Axis(1), Slice::from(self.len() - outside.nrows()..));
        let residuals = linalg::product(last, outside);
        let residual = residuals.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
        let values = values.slice_axis(Axis(0), wanted).to_owned();
        Ok((values, linalg::product(vectors, self.basis.view()), residual))
    }
}

/// Makes rows orthonormal (modified Gram-Schmidt), without those of which less than `least` is outside of the span of earlier
/// ones.
fn orthonormal(mut rows: Array2<f64>, least: f64) -> Array2<f64> {
    let mut kept = Vec::with_capacity(rows.nrows());
    for index in 0..rows.nrows() {
        let (_, mut rest) = rows.view_mut().split_at(Axis(0), index);
        let (mut row, mut later) = rest.view_mut().split_at(Axis(0), 1);
        let mut row = row.index_axis_mut(Axis(0), 0);
        let length = row.dot(&row).sqrt();
        if length <= least {
            continue;
        }
        row /= length;
        for mut other in later.rows_mut() {
            let along = other.dot(&row);
            other.scaled_add(-along, &row);
        }
        kept.push(index);
    }
    rows.select(Axis(0), &kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A symmetric matrix with given eigenvalues; its eigenvectors are cosines.
    fn matrix_with(values: &[f64]) -> Array2<f64> {
        let n = values.len() as f64;
        let axes = Array2::from_shape_fn((values.len(), values.len()), |(i, j)| {
            let cosine = (std::f64::consts::PI * i as f64 * (j as f64 + 0.5) / n).cos();
            cosine * if i == 0 { (1.0 / n).sqrt() } else { (2.0 / n).sqrt() }
        });
        let scaled = &axes * &ArrayView2::from_shape((values.len(), 1), values).unwrap();
        linalg::product(axes.t(), scaled.view())
    }

    fn leading_of(
        matrix: &Array2<f64>,
        n_wanted: usize,
        most: usize,
    ) -> Option<(Array1<f64>, Array2<f64>)> {
        leading_eigen((n_wanted, matrix.nrows()), most, |block| {
            Ok(linalg::product(block, matrix.view()))
        })
        .unwrap()
    }

    #[test]
    fn leading_eigenvectors_are_those_of_the_whole_decomposition() {
        let slow = |i: i32| 0.97_f64.powi(i);
        let equal = |i: i32| 1.0 / f64::from(1 + i / 5);
        let fast = |i: i32| (-f64::from(i)).exp();
        for law in [slow, equal, fast] {
            let matrix = matrix_with(&(0..200).map(law).collect::<Vec<_>>());
            let (values, vectors) = leading_of(&matrix, 7, 200).unwrap();
            let (all, _) = linalg::symmetric_eigen(&matrix).unwrap();
            for (value, expected) in values.iter().zip(&all) {
                approx::assert_abs_diff_eq!(value, expected, epsilon = 1e-12);
            }
            let residuals = vectors.dot(&matrix) - &vectors * &values.insert_axis(Axis(1));
            assert!(residuals.iter().all(|residual| residual.abs() <= TOLERANCE));
            approx::assert_abs_diff_eq!(vectors.dot(&vectors.t()), Array2::eye(7), epsilon = 1e-13);
        }
    }

    #[test]
    fn a_matrix_of_low_rank_needs_two_blocks() {
        let mut values = vec![0.0; 60];
        values[..5].copy_from_slice(&[5.0, 4.0, 4.0, 4.0, 1.0]);
        let (found, _) = leading_of(&matrix_with(&values), 8, 30).unwrap();
        for (value, expected) in found.iter().zip(&values) {
            approx::assert_abs_diff_eq!(value, expected, epsilon = 1e-12);
        }
    }

    #[test]
    fn the_basis_has_no_more_vectors_than_allowed() {
        let matrix = matrix_with(&(0..200).map(|i| 1.0 - 1e-3 * f64::from(i)).collect::<Vec<_>>());
        assert!(leading_of(&matrix, 7, 60).is_none());
    }
}
