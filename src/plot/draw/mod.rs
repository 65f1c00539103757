//! Drawing of charts.

mod axes;
mod band_scale;
mod bands;
mod boundaries;
mod contours;
mod date_ticks;
mod flow;
mod frame;
mod layers;
mod legend;
mod note;
mod ticks;

use super::chart::Chart;
use super::drawing::{Area, Drawing, Point};
use super::window::Window;
use crate::error::{Error, Result};

pub(super) use axes::Sides;
pub(super) use bands::shade;
pub(super) use flow::flow;
pub(super) use legend::LegendRow;

/// Converts an error of an encoder.
pub(super) fn drawing<E: std::fmt::Display>(error: E) -> Error {
    Error::Drawing { problem: error.to_string() }
}

impl Chart {
    /// Draws the chart with its upper left corner at `origin`, over a window of data coordinates.
    pub(super) fn draw(
        &self,
        drawing: &mut Drawing,
        origin: Point,
        (window, sides): (Window, Sides),
    ) -> Result<()> {
        let frame = axes::draw_axes(self, drawing, origin, window, sides);
        // areas are below points and lines, whose colours they would change
        for layer in &self.layers {
            layers::draw_area(layer, drawing, &frame)?;
        }
        axes::draw_axis_lines(drawing, &frame);
        for layer in &self.layers {
            layers::draw_layer(self, layer, drawing, &frame)?;
        }
        band_scale::draw_scale(self, drawing, &frame);
        legend::draw_legend(self, drawing, &frame);
        Ok(())
    }
}

/// The nominal area of a text with its margins, for the search for an empty place.
fn section_of(frame: &frame::Frame, area: Area) -> Window {
    let (left, top) = frame.data_at((area.left, area.top));
    let (right, bottom) = frame.data_at((area.right(), area.bottom()));
    Window { x: (left, right), y: (bottom, top) }
}
