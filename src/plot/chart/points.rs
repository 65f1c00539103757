//! Points: of one colour, by label, by posterior.

use std::cmp::Ordering;

use ndarray::{ArrayView1, ArrayView2};

use super::Chart;
use super::layer::{Dot, Layer, PointSize};
use crate::mixture::inference::most_probable;
use crate::plot::colour::Colour;
use crate::plot::drawing::MarkerShape;

/// Radius of a centre.
const CENTER: f64 = 4.5;
/// Radius and opacity of points coloured by posterior.
const DOT: (f64, f64) = (2.0, 0.9);
/// Radii of the most certain and of the most uncertain point, and their opacities.
const CERTAIN: (f64, f64) = (1.5, 0.45);
const UNCERTAIN: (f64, f64) = (6.0, 0.75);
/// Number of sizes between them.
const SIZES: f64 = 12.0;

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
            marker: MarkerShape::Circle,
            size: PointSize::OfData,
        });
        self
    }

    /// Adds the first two columns of `points`, with a colour and a shape for each label.
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
                marker: MarkerShape::number(label),
                size: PointSize::OfData,
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
        let (radius, opacity) = DOT;
        let colours = posterior.rows().into_iter().map(Colour::mixed);
        let dots = in_two_columns(points).into_iter().zip(colours);
        let dots = dots.map(|(at, colour)| Dot { at, colour, radius, opacity }).collect();
        self.layers.push(Layer::Dots { dots });
        self
    }

    /// Adds the first two columns of `points`, coloured by the most probable component and larger the less certain it is: by the
    /// probability of all other components, `1 - max posterior`, as in mclust. `posterior` has shape `(n_points, n_components)`.
    ///
    /// # Panics
    /// If there are fewer than two columns.
    pub fn uncertain_points(
        mut self,
        points: ArrayView2<'_, f64>,
        posterior: ArrayView2<'_, f64>,
    ) -> Self {
        // the largest uncertainty is that of equal posteriors
        let most = 1.0 - 1.0 / posterior.ncols().max(2) as f64;
        let dot = |(at, posterior): ((f64, f64), ArrayView1<'_, f64>)| {
            let component = most_probable(posterior);
            // of few sizes, so that points share their style
            let share = ((1.0 - posterior[component]) / most).clamp(0.0, 1.0);
            let share = (SIZES * share).round() / SIZES;
            let between = |from: f64, to: f64| from + share * (to - from);
            Dot {
                at,
                colour: Colour::Number(component).rgb(),
                radius: between(CERTAIN.0, UNCERTAIN.0),
                opacity: between(CERTAIN.1, UNCERTAIN.1),
            }
        };
        let mut dots: Vec<Dot> =
            in_two_columns(points).into_iter().zip(posterior.rows()).map(dot).collect();
        // uncertain points are above certain ones
        let order = |dot: &Dot| (dot.radius, dot.colour.bytes());
        dots.sort_by(|a, b| order(a).partial_cmp(&order(b)).unwrap_or(Ordering::Equal));
        self.layers.push(Layer::Dots { dots });
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
            marker: MarkerShape::Circle,
            size: PointSize::Fixed(CENTER),
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
