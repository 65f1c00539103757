//! The shapes of all numbers of a table.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use super::Shape;
use crate::error::Result;
use crate::rows::check_columns;

/// The shapes of the columns that are numbers, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Shapes(Vec<Shape>);

impl Shapes {
    /// The shapes of columns; none if all of them are identities.
    pub fn new(shapes: Vec<Shape>) -> Option<Self> {
        (!shapes.iter().all(Shape::is_identity)).then_some(Self(shapes))
    }

    /// The shape of each column.
    pub fn as_slice(&self) -> &[Shape] {
        &self.0
    }

    /// The shapes of some of the columns.
    pub(crate) fn select(&self, columns: &[usize]) -> Vec<Shape> {
        columns.iter().map(|&column| self.0[column].clone()).collect()
    }

    /// Applies the shapes to rows with the expected number of columns; missing values stay missing.
    pub(crate) fn apply(&self, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        self.map(rows.to_owned(), Shape::apply)
    }

    /// Transforms rows back.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch).
    pub(crate) fn inverse(&self, rows: Array2<f64>) -> Result<Array2<f64>> {
        check_columns(rows.ncols(), self.0.len())?;
        Ok(self.map(rows, Shape::inverse))
    }

    fn map(&self, mut rows: Array2<f64>, of: impl Fn(&Shape, f64) -> f64) -> Array2<f64> {
        for (shape, mut column) in self.0.iter().zip(rows.axis_iter_mut(Axis(1))) {
            if !shape.is_identity() {
                column.mapv_inplace(|value| of(shape, value));
            }
        }
        rows
    }

    /// `Σ ln z'(x)` of the observed values of each row.
    pub(crate) fn ln_derivatives(&self, rows: ArrayView2<'_, f64>) -> Array1<f64> {
        let of_row = |row: ArrayView1<'_, f64>| {
            let observed = self.0.iter().zip(row).filter(|(_, value)| !value.is_nan());
            observed.map(|(shape, &value)| shape.ln_derivative(value)).sum::<f64>()
        };
        rows.rows().into_iter().map(of_row).collect()
    }

    /// Number of parameters of all shapes.
    pub(crate) fn n_parameters(&self) -> usize {
        self.0.iter().map(Shape::n_parameters).sum()
    }
}
