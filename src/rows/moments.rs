//! Second moments of rows about a centre.

use std::any::Any;

use ndarray::{Array1, Array2};

use super::Block;
use super::backend::Backend;
use super::pass::{Pass, PassRequest};
use crate::compute::simd;
use crate::compute::simd::moments::Moments;
use crate::error::Result;
use crate::rows::scatter::{self, Panels, stride};

/// The kind of second moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum MomentsShape {
    /// Σ w (x - c)² of each column.
    Squares,
    /// Σ w (x - c)(x - c)ᵀ.
    Scatter,
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
    /// Squares, or the lower triangle of a matrix of [`stride`] rows and columns.
    pub(crate) second: Vec<f64>,
    panels: Panels,
}

impl PassRequest for MomentsRequest {
    type Accumulator = RowMoments;

    fn begin(&self, n_features: usize, sums: &mut RowMoments) {
        let second_moment_len = match self.shape {
            MomentsShape::Squares => n_features,
            MomentsShape::Scatter => stride(n_features) * stride(n_features),
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
        match self.shape {
            MomentsShape::Squares => {
                // block by block: nested sums have a smaller rounding error
                let (mut first, mut second) =
                    (vec![0.0; sums.first.len()], vec![0.0; sums.second.len()]);
                add_moments(&self.center, block, &mut first, &mut second);
                sums.second.iter_mut().zip(second).for_each(|(sum, square)| *sum += square);
            }
            MomentsShape::Scatter => {
                let to = (sums.first.as_mut_slice(), sums.second.as_mut_slice());
                scatter::add(block, block.weights(), &self.center, to, &mut sums.panels);
            }
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
        self.second.iter_mut().zip(&part.second).for_each(|(sum, term)| *sum += term);
    }
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

/// Mean square of every column about `means`, by sample weight (divided by the sum of the weights).
///
/// # Errors
/// Any error from reading the rows.
pub(crate) fn column_variances(
    backend: &mut dyn Backend,
    means: &Array1<f64>,
) -> Result<Array1<f64>> {
    let request = MomentsRequest { center: means.to_vec(), shape: MomentsShape::Squares };
    let sums = Pass::new(request).over(backend)?;
    Ok(Array1::from(sums.second) / sums.total)
}

/// The sum of the sample weights, and the scatter `Σ w (x - c)(x - c)ᵀ`, a symmetric matrix (d, d).
///
/// # Errors
/// Any error from reading the rows.
pub(crate) fn scatter_about(
    backend: &mut dyn Backend,
    center: &Array1<f64>,
) -> Result<(f64, Array2<f64>)> {
    let d = center.len();
    let request = MomentsRequest { center: center.to_vec(), shape: MomentsShape::Scatter };
    let sums = Pass::new(request).over(backend)?;
    let entry = |(i, j): (usize, usize)| sums.second[i.max(j) * stride(d) + i.min(j)];
    Ok((sums.total, Array2::from_shape_fn((d, d), entry)))
}
