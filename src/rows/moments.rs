//! Second moments of rows about a centre.

use std::any::Any;

use ndarray::{Array1, Array2, ArrayView2};

use super::Block;
use super::backend::Backend;
use super::pass::{Pass, PassRequest};
use crate::compute::simd::moments::Moments;
use crate::compute::{linalg, simd};
use crate::error::Result;
use crate::rows::scatter::{self, Panels, stride};

/// The kind of second moments.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum MomentsShape {
    /// Σ w (x - c)² of each column.
    Squares,
    /// Σ w (x - c)(x - c)ᵀ.
    Scatter,
    /// V Σ w (x - c)(x - c)ᵀ for a few directions, the rows of V, one after another.
    Along(Vec<f64>),
}

/// Requests second moments about a centre.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct MomentsRequest {
    pub(crate) center: Vec<f64>,
    pub(crate) shape: MomentsShape,
}

/// Moments accumulated over rows.
#[derive(Debug, Default)]
pub(crate) struct RowMoments {
    /// Σ w
    pub(crate) total: f64,
    /// Σ w (x - c)
    pub(crate) first: Vec<f64>,
    /// Squares, the lower triangle of a matrix of [`stride`] rows and columns, or a row for each direction.
    pub(crate) second: Vec<f64>,
    panels: Panels,
}

impl PassRequest for MomentsRequest {
    type Accumulator = RowMoments;

    fn begin(&self, n_features: usize, sums: &mut RowMoments) {
        let second_moment_len = match &self.shape {
            MomentsShape::Squares => n_features,
            MomentsShape::Scatter => stride(n_features) * stride(n_features),
            MomentsShape::Along(directions) => directions.len(),
        };
        sums.total = 0.0;
        for (numbers, len) in [(&mut sums.first, n_features), (&mut sums.second, second_moment_len)]
        {
            numbers.clear();
            numbers.resize(len, 0.0);
        }
    }

    fn add(&self, block: &Block, sums: &mut RowMoments) -> Result<()> {
        sums.total += simd::sum(block.weights());
        match &self.shape {
            MomentsShape::Squares => {
                // block by block: nested sums have a smaller rounding error
                let (mut first, mut second) =
                    (vec![0.0; sums.first.len()], vec![0.0; sums.second.len()]);
                add_moments(&self.center, block, &mut first, &mut second);
                add_each(&mut sums.first, &first);
                add_each(&mut sums.second, &second);
            }
            MomentsShape::Scatter => {
                let to = (sums.first.as_mut_slice(), sums.second.as_mut_slice());
                scatter::add(block, block.weights(), &self.center, to, &mut sums.panels);
            }
            MomentsShape::Along(directions) => add_along(block, &self.center, directions, sums),
        }
        Ok(())
    }

    fn merge(&self, all: &mut RowMoments, part: &RowMoments) {
        all.merge(part);
    }

    fn owned(&self) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(self.clone()))
    }
}

impl RowMoments {
    /// Adds the moments of other rows.
    pub(crate) fn merge(&mut self, part: &Self) {
        self.total += part.total;
        add_each(&mut self.first, &part.first);
        add_each(&mut self.second, &part.second);
    }
}

fn add_each(sums: &mut [f64], terms: &[f64]) {
    sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
}

/// Adds `Σ w (x - c)` and `Σ w (x - c)²` of each feature of a block.
pub(crate) fn add_moments(center: &[f64], block: &Block, first: &mut [f64], second: &mut [f64]) {
    simd::run(Moments {
        features: block.feature_major(),
        weights: block.weights(),
        center,
        first,
        second: Some(second),
    });
}

/// Adds `V Σ w (x - c)(x - c)ᵀ` to the second moments; the first ones are not needed.
fn add_along(block: &Block, center: &[f64], directions: &[f64], sums: &mut RowMoments) {
    let (n, d) = (block.n_rows(), center.len());
    let q = directions.len() / d;
    let z = sums.panels.panel.resize(n * d);
    block.write_offsets(0..n, block.weights(), center, z);
    let matrix = |numbers, shape| ArrayView2::from_shape(shape, numbers).expect("a whole matrix");
    let z = matrix(&*z, (n, d));
    let along = sums.panels.sums.fill_with(n * q, 0.0);
    linalg::add_product(along, z, matrix(directions, (q, d)).t());
    linalg::add_product(&mut sums.second, matrix(&*along, (n, q)).t(), z);
}

/// Mean square of every column about `means`, by sample weight (divided by the sum of the weights).
///
/// # Errors
/// Any error from reading the rows.
pub(crate) fn column_variances(
    backend: &mut dyn Backend,
    means: &Array1<f64>,
) -> Result<Array1<f64>> {
    let sums = squares_about(backend, means)?;
    Ok(Array1::from(sums.second) / sums.total)
}

/// The sums of squares of every column about `means`.
///
/// # Errors
/// Any error from reading the rows.
pub(crate) fn squares_about(backend: &mut dyn Backend, means: &Array1<f64>) -> Result<RowMoments> {
    let request = MomentsRequest { center: means.to_vec(), shape: MomentsShape::Squares };
    Pass::new(request).over(backend)
}

/// The product `V S` of `directions` V, shape `(n_directions, n_features)`, with the scatter `S = Σ w (x - mean)(x - mean)ᵀ` of
/// rows, which is not computed.
///
/// # Errors
/// Any error from reading the rows.
pub(crate) fn scatter_product(
    backend: &mut dyn Backend,
    mean: &Array1<f64>,
    directions: ArrayView2<'_, f64>,
) -> Result<Array2<f64>> {
    let shape = MomentsShape::Along(directions.iter().copied().collect());
    let sums = Pass::new(MomentsRequest { center: mean.to_vec(), shape }).over(backend)?;
    Ok(Array2::from_shape_vec(directions.dim(), sums.second).expect("a row for each direction"))
}

/// The sum of the sample weights, the mean, and the scatter `S = Σ w (x - mean)(x - mean)ᵀ` of rows.
pub(crate) struct MeanAndScatter {
    pub(crate) total: f64,
    /// The mean, shape `(n_features,)`.
    pub(crate) mean: Array1<f64>,
    /// A symmetric matrix, shape `(n_features, n_features)`.
    pub(crate) scatter: Array2<f64>,
    /// Whether every column has its mean within a standard deviation of the centre. Otherwise the scatter is less accurate than
    /// one about a nearer centre, or not finite.
    pub(crate) was_near: bool,
}

impl MeanAndScatter {
    /// One pass about a centre c, which need not be the mean m:
    /// ```text
    /// m = c + δ      δ = Σ w (x - c) / Σ w
    /// S = Σ w (x - c)(x - c)ᵀ - (Σ w) δ δᵀ
    /// ```
    ///
    /// # Errors
    /// Any error from reading the rows.
    pub(crate) fn about(backend: &mut dyn Backend, center: &Array1<f64>) -> Result<Self> {
        let d = center.len();
        let request = MomentsRequest { center: center.to_vec(), shape: MomentsShape::Scatter };
        let RowMoments { total, first, second, .. } = Pass::new(request).over(backend)?;
        let shift = Array1::from(first) / total;
        let about_center = |i: usize, j: usize| second[i.max(j) * stride(d) + i.min(j)];
        let is_near = |(j, shift): (usize, &f64)| {
            let square = about_center(j, j);
            square.is_finite() && 2.0 * total * shift * shift <= square
        };
        let was_near = shift.iter().enumerate().all(is_near);
        let entry = |(i, j): (usize, usize)| about_center(i, j) - total * (shift[i] * shift[j]);
        let scatter = Array2::from_shape_fn((d, d), entry);
        Ok(Self { total, mean: center + &shift, scatter, was_near })
    }
}

#[cfg(test)]
mod tests {
    use linfa::DatasetBase;
    use ndarray::array;

    use super::*;
    use crate::rows::{LocalBackend, MatrixRows};

    #[test]
    fn a_scatter_does_not_depend_on_a_near_centre() {
        let rows = array![[1.0, 7.0], [2.0, 3.0], [6.0, 5.0]];
        let backend = &mut LocalBackend::new(MatrixRows::from_records(rows.view()).unwrap());
        for (center, near) in [([3.0, 5.0], true), ([2.0, 6.0], true), ([3.0, 50.0], false)] {
            let moments = MeanAndScatter::about(backend, &array![center[0], center[1]]).unwrap();
            assert_eq!((moments.total, moments.was_near), (3.0, near));
            approx::assert_abs_diff_eq!(moments.mean, array![3.0, 5.0], epsilon = 1e-14);
            let scatter = array![[14.0, -2.0], [-2.0, 8.0]];
            approx::assert_abs_diff_eq!(moments.scatter, scatter, epsilon = 1e-11);
        }
    }

    #[test]
    fn products_with_a_scatter_are_those_with_its_matrix() {
        for d in [2, 40] {
            let rows = Array2::from_shape_fn((90, d), |(i, j)| ((i * 37 + j * 11) % 17) as f64);
            let weights = Array1::from_shape_fn(90, |i| (i % 3) as f32);
            let dataset = DatasetBase::from(rows).with_weights(weights);
            let backend = &mut LocalBackend::new(MatrixRows::new(&dataset).unwrap());
            let MeanAndScatter { mean, scatter, .. } =
                MeanAndScatter::about(backend, &Array1::from_elem(d, 8.0)).unwrap();
            let directions = Array2::from_shape_fn((3, d), |(i, j)| (1 + i * j) as f64);
            let products = scatter_product(backend, &mean, directions.view()).unwrap();
            approx::assert_relative_eq!(products, directions.dot(&scatter), max_relative = 1e-12);
        }
    }

    #[test]
    fn sums_that_overflow_are_not_near() {
        let rows = array![[1e200], [-1e200]];
        let backend = &mut LocalBackend::new(MatrixRows::from_records(rows.view()).unwrap());
        for center in [f64::NAN, 0.0] {
            assert!(!MeanAndScatter::about(backend, &array![center]).unwrap().was_near);
        }
    }
}
