//! Title, axes and grid of a chart.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Context, drawing, ticks};
use crate::error::Result;
use crate::plot::chart::Chart;
use crate::plot::font::{FONT, INK};
use crate::plot::window::Window;

/// Nominal widths around the plotting area.
const MARGIN: u32 = 10;
const TITLE: u32 = 26;
const X_LABELS: u32 = 44;
const Y_LABELS: u32 = 62;

/// Approximate number of ticks of an axis.
const N_TICKS: usize = 6;

/// Draws title and axes on `area`; returns the context that draws within them.
pub(super) fn draw_axes<'a, DB: DrawingBackend>(
    chart: &Chart,
    area: &DrawingArea<DB, Shift>,
    window: Window,
    scale: u32,
) -> Result<Context<'a, DB>> {
    let font = |size: u32| (FONT, size * scale).into_font().color(&INK);
    let (width, _) = area.dim_in_pixel();
    let title = font(14).pos(Pos::new(HPos::Center, VPos::Center));
    let middle = ((width / 2) as i32, ((MARGIN + TITLE) * scale / 2) as i32);
    area.draw(&Text::new(chart.title.as_str(), middle, title)).map_err(drawing)?;
    let (_, below) = area.split_vertically(TITLE * scale);
    let mut context = ChartBuilder::on(&below)
        .margin(MARGIN * scale)
        .x_label_area_size(X_LABELS * scale)
        .y_label_area_size(Y_LABELS * scale)
        .build_cartesian_2d(window.x.0..window.x.1, window.y.0..window.y.1)
        .map_err(drawing)?;
    let x_step = (window.x.1 - window.x.0) / N_TICKS as f64;
    let y_step = (window.y.1 - window.y.0) / N_TICKS as f64;
    context
        .configure_mesh()
        .x_labels(N_TICKS)
        .y_labels(N_TICKS)
        .x_label_formatter(&|value| ticks::label(*value, x_step))
        .y_label_formatter(&|value| ticks::label(*value, y_step))
        .x_desc(&chart.x_label)
        .y_desc(&chart.y_label)
        .label_style(font(11))
        .axis_desc_style(font(12))
        .bold_line_style(BLACK.mix(0.08).stroke_width(scale))
        .light_line_style(TRANSPARENT)
        .axis_style(BLACK.mix(0.5).stroke_width(scale))
        .set_all_tick_mark_size(4 * scale)
        .draw()
        .map_err(drawing)?;
    Ok(context)
}

/// The window of a chart, widened for the same scale on both axes if the chart has equal axes.
pub(super) fn fit_window(chart: &Chart, (width, height): (u32, u32), scale: u32) -> Window {
    let mut window = chart.window();
    if !chart.equal_axes {
        return window;
    }
    let plot_width = width.saturating_sub((2 * MARGIN + Y_LABELS) * scale).max(1);
    let plot_height = height.saturating_sub((2 * MARGIN + TITLE + X_LABELS) * scale).max(1);
    let x_unit = (window.x.1 - window.x.0) / f64::from(plot_width);
    let y_unit = (window.y.1 - window.y.0) / f64::from(plot_height);
    let widen = |(low, high): (f64, f64), factor: f64| {
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low) * factor);
        (middle - half, middle + half)
    };
    if x_unit < y_unit {
        window.x = widen(window.x, y_unit / x_unit);
    } else {
        window.y = widen(window.y, x_unit / y_unit);
    }
    window
}
