//! Points: of one colour, by label, by posterior.

use ndarray::ArrayView2;

use super::Chart;
use super::layer::Layer;
use crate::plot::colour::Colour;

/// Radius of a point, and of a centre.
const POINT: f64 = 1.8;
const CENTER: f64 = 4.0;

impl Chart {
    /// Adds the first two columns of `points`; a `name` that is not empty appears in the legend.
    ///
    /// # Panics
    /// If there are fewer than two columns.
    pub fn points(
        mut self,
        name: impl Into<String>,
        points: ArrayView2<'_, f64>,
        colour: Colour,
    ) -> Self {
        self.layers.push(Layer::Points {
            name: name.into(),
            points: in_two_columns(points),
            colour,
            radius: POINT,
        });
        self
    }

    /// Adds the first two columns of `points`, coloured by label.
    ///
    /// # Panics
    /// If there are fewer than two columns.
    pub fn labelled_points<'a>(
        mut self,
        points: ArrayView2<'_, f64>,
        labels: impl IntoIterator<Item = &'a usize>,
    ) -> Self {
        let labels: Vec<usize> = labels.into_iter().copied().collect();
        let n_labels = labels.iter().max().map_or(0, |largest| largest + 1);
        for label in 0..n_labels {
            let rows = points.rows().into_iter().zip(&labels).filter(|(_, l)| **l == label);
            self.layers.push(Layer::Points {
                name: String::new(),
                points: rows.map(|(row, _)| (row[0], row[1])).collect(),
                colour: Colour::Number(label),
                radius: POINT,
            });
        }
        self
    }

    /// Adds the first two columns of `points`, coloured by soft assignment: the colours of the components mixed by the
    /// posteriors, shape `(n_points, n_components)`.
    ///
    /// # Panics
    /// If there are fewer than two columns.
    pub fn posterior_points(
        mut self,
        points: ArrayView2<'_, f64>,
        posterior: ArrayView2<'_, f64>,
    ) -> Self {
        self.layers.push(Layer::Mixed {
            points: in_two_columns(points),
            colours: posterior.rows().into_iter().map(Colour::mixed).collect(),
        });
        self
    }

    /// Adds larger dots, such as means or centroids.
    ///
    /// # Panics
    /// If there are fewer than two columns.
    pub fn centers(mut self, centers: ArrayView2<'_, f64>) -> Self {
        self.layers.push(Layer::Points {
            name: String::new(),
            points: in_two_columns(centers),
            colour: Colour::RED,
            radius: CENTER,
        });
        self
    }
}

/// The first two columns as points.
///
/// # Panics
/// If there are fewer than two columns.
fn in_two_columns(points: ArrayView2<'_, f64>) -> Vec<(f64, f64)> {
    assert!(points.ncols() >= 2, "points to draw have {} columns, not two", points.ncols());
    points.rows().into_iter().map(|row| (row[0], row[1])).collect()
}
