//! Lines and marked points.

use super::Chart;
use super::layer::Layer;
use crate::plot::colour::Colour;

impl Chart {
    /// Adds a line through points; a `name` that is not empty appears in the legend.
    pub fn line(
        self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
        colour: Colour,
    ) -> Self {
        self.add_line(name.into(), points.into_iter().collect(), colour, false)
    }

    /// Adds a dashed line through points; a `name` that is not empty appears in the legend.
    pub fn dashed_line(
        self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
        colour: Colour,
    ) -> Self {
        self.add_line(name.into(), points.into_iter().collect(), colour, true)
    }

    fn add_line(
        mut self,
        name: String,
        points: Vec<(f64, f64)>,
        colour: Colour,
        dashed: bool,
    ) -> Self {
        self.layers.push(Layer::Line { name, points, colour, dashed });
        self
    }

    /// Marks a point with a ring and a short note.
    pub fn marker(mut self, at: (f64, f64), text: impl Into<String>) -> Self {
        self.layers.push(Layer::Marker { at, text: text.into() });
        self
    }
}
