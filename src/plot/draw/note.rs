//! Notes next to marked points.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Context, drawing};
use crate::error::Result;
use crate::plot::chart::Chart;
use crate::plot::colour::Colour;
use crate::plot::font::FONT;
use crate::plot::window::Window;

/// Writes `text` next to a marked point, towards the middle of the chart, above or below the point, where fewer points are
/// drawn.
pub(super) fn draw_note<DB: DrawingBackend>(
    chart: &Chart,
    context: &mut Context<'_, DB>,
    at: (f64, f64),
    text: &str,
    window: Window,
    scale: u32,
) -> Result<()> {
    let scale = scale as i32;
    let on_the_right = at.0 > 0.5 * (window.x.0 + window.x.1);
    let (width, height) = (window.x.1 - window.x.0, window.y.1 - window.y.0);
    let across = if on_the_right { (at.0 - 0.4 * width, at.0) } else { (at.0, at.0 + 0.4 * width) };
    let n_points = |y: (f64, f64)| chart.n_points_in(Window { x: across, y });
    let above = n_points((at.1 + 0.01 * height, at.1 + 0.15 * height))
        < n_points((at.1 - 0.15 * height, at.1 - 0.01 * height));
    let (x, side) = if on_the_right { (-4, HPos::Right) } else { (4, HPos::Left) };
    let (y, end) = if above { (-12, VPos::Bottom) } else { (12, VPos::Top) };
    let red = Colour::RED.rgb();
    let style =
        TextStyle::from((FONT, 12 * scale).into_font()).color(&red).pos(Pos::new(side, end));
    let offset = (x * scale, y * scale);
    let note = EmptyElement::at(at) + Text::new(text.to_owned(), offset, style);
    context.draw_series([note]).map_err(drawing)?;
    Ok(())
}
