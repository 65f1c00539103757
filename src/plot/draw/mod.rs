//! Drawing of charts with plotters.

mod axes;
mod boundaries;
mod field;
mod layers;
mod legend;
mod note;
mod ticks;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::chart::Chart;
use crate::error::{Error, Result};

/// A plotters context that draws within the axes of a chart, in data coordinates.
type Context<'a, DB> = ChartContext<'a, DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Converts an error of plotters.
pub(super) fn drawing<E: std::fmt::Display>(error: E) -> Error {
    Error::Drawing { problem: error.to_string() }
}

/// Draws `chart` on `area`, with all lengths multiplied by `scale`.
pub(super) fn draw_chart<DB: DrawingBackend>(
    chart: &Chart,
    area: &DrawingArea<DB, Shift>,
    scale: u32,
) -> Result<()> {
    let window = axes::fit_window(chart, area.dim_in_pixel(), scale);
    let mut context = axes::draw_axes(chart, area, window, scale)?;
    for layer in &chart.layers {
        layers::draw_layer(chart, layer, &mut context, window, scale)?;
    }
    legend::draw_legend(chart, &mut context, window, scale)
}
