//! The legend.

use plotters::prelude::*;

use super::{Context, drawing};
use crate::error::Result;
use crate::plot::chart::Chart;
use crate::plot::font::{FONT, INK};
use crate::plot::window::Window;

/// Draws the legend in the emptiest corner, unless no layer has a name.
pub(super) fn draw_legend<'a, DB: DrawingBackend + 'a>(
    chart: &Chart,
    context: &mut Context<'a, DB>,
    window: Window,
    scale: u32,
) -> Result<()> {
    if chart.layers.iter().all(|layer| layer.name().is_empty()) {
        return Ok(());
    }
    let corners = [
        (SeriesLabelPosition::UpperRight, (0.6, 1.0), (0.8, 1.0)),
        (SeriesLabelPosition::UpperLeft, (0.0, 0.4), (0.8, 1.0)),
        (SeriesLabelPosition::LowerRight, (0.6, 1.0), (0.0, 0.2)),
        (SeriesLabelPosition::LowerLeft, (0.0, 0.4), (0.0, 0.2)),
    ];
    let n_points =
        |(_, x, y): &(_, (f64, f64), (f64, f64))| chart.n_points_in(window.section(*x, *y));
    let emptiest = corners.into_iter().min_by_key(n_points).expect("four corners");
    context
        .configure_series_labels()
        .position(emptiest.0)
        .margin(6 * scale)
        .legend_area_size(22 * scale)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.2).stroke_width(scale))
        .label_font((FONT, 11 * scale).into_font().color(&INK))
        .draw()
        .map_err(drawing)
}
