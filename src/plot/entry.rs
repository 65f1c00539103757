//! Entries of legends.

use super::drawing::{
    Align, Area, Drawing, MIDDLE, Marker, Paint, Point, Shape, Stroke, text_width,
};
use super::font::TICK;

/// Width of a sample of a line or a marker, width and height of a sample of an area, and the distance to the name.
const SAMPLE: f64 = 24.0;
const AREA: (f64, f64) = (12.0, 10.0);
const GAP: f64 = 6.0;

/// A name in a legend, and the style that it explains: of a line, its points, or areas.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    name: String,
    line: Option<Stroke>,
    marker: Option<Marker>,
    /// Samples of areas, side by side.
    fills: Vec<Paint>,
}

impl Entry {
    /// The style of a line, with that of its points if they are marked.
    pub(super) fn line(name: impl Into<String>, stroke: Stroke, marker: Option<Marker>) -> Self {
        Self { name: name.into(), line: Some(stroke), marker, fills: Vec::new() }
    }

    pub(super) fn points(name: impl Into<String>, marker: Marker) -> Self {
        Self { name: name.into(), line: None, marker: Some(marker), fills: Vec::new() }
    }

    pub(super) fn areas(name: impl Into<String>, fills: impl Into<Vec<Paint>>) -> Self {
        Self { name: name.into(), line: None, marker: None, fills: fills.into() }
    }

    /// Whether there is something to explain.
    pub(super) fn has_name(&self) -> bool {
        !self.name.is_empty()
    }

    /// The nominal width of the entry.
    pub(super) fn width(&self) -> f64 {
        self.sample_width() + GAP + text_width(&self.name, TICK)
    }

    fn sample_width(&self) -> f64 {
        if self.fills.is_empty() { SAMPLE } else { AREA.0 * self.fills.len() as f64 }
    }

    /// Draws the entry, with its left edge and its middle at a position.
    pub(super) fn draw(&self, drawing: &mut Drawing, (left, middle): Point) {
        let (width, height) = AREA;
        for (number, fill) in self.fills.iter().enumerate() {
            let (left, top) = (left + number as f64 * width, middle - 0.5 * height);
            drawing.rectangle(Area { left, top, width, height }, *fill);
        }
        if let Some(stroke) = self.line {
            drawing.line([(left, middle), (left + SAMPLE, middle)], stroke);
        }
        if let Some(marker) = self.marker {
            drawing.push(Shape::Marker { at: (left + 0.5 * SAMPLE, middle), marker });
        }
        let at = (left + self.sample_width() + GAP, middle + MIDDLE * TICK);
        drawing.text(self.name.as_str(), at, TICK, Align::Left);
    }
}
