//! Lines and marked points.

use super::Chart;
use super::layer::{Layer, LineStyle};
use crate::plot::colour::Colour;
use crate::plot::drawing::MarkerShape;

impl Chart {
    /// Adds a line through points; a `name` that is not empty appears in the legend.
    pub fn line(
        self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
        colour: Colour,
    ) -> Self {
        self.styled_line(name, points, LineStyle::solid(colour), None)
    }

    /// Adds a dashed line through points; a `name` that is not empty appears in the legend.
    pub fn dashed_line(
        self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
        colour: Colour,
    ) -> Self {
        self.styled_line(name, points, LineStyle::dashed(colour), None)
    }

    /// Adds a curve with a marker at each of its points, in the colour, the dashes and the marker shape of a `number`; a `name` that is
    /// not empty appears in the legend. If all `x` are whole numbers, so are the ticks.
    pub fn curve(
        mut self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
        number: usize,
    ) -> Self {
        let points: Vec<(f64, f64)> = points.into_iter().collect();
        self.whole_x = points.iter().all(|(x, _)| x.fract() == 0.0);
        self.styled_line(name, points, LineStyle::number(number), Some(MarkerShape::number(number)))
    }

    /// Adds a line of a style, with markers at its points if there is a shape for them.
    pub(in crate::plot) fn styled_line(
        mut self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
        style: LineStyle,
        marker: Option<MarkerShape>,
    ) -> Self {
        let (name, points) = (name.into(), points.into_iter().collect());
        self.layers.push(Layer::Line { name, points, style, marker });
        self
    }

    /// Marks a point with a ring and a short note.
    pub fn marker(mut self, at: (f64, f64), text: impl Into<String>) -> Self {
        self.layers.push(Layer::Marker { at, text: text.into() });
        self
    }
}
