//! Notes next to marked points.

use super::frame::Frame;
use super::section_of;
use crate::plot::chart::Chart;
use crate::plot::colour::Colour;
use crate::plot::drawing::{Align, Area, Drawing, Shape, Text, text_width};
use crate::plot::font::LABEL;

/// Distances of a note from its point.
const ACROSS: f64 = 4.0;
const DOWN: f64 = 12.0;

/// Writes `text` next to a marked point, towards the middle of the chart, above or below the point, where fewer points are
/// drawn.
pub(super) fn draw_note(
    chart: &Chart,
    drawing: &mut Drawing,
    frame: &Frame,
    at: (f64, f64),
    text: &str,
) {
    let (x, y) = frame.at(at);
    let width = text_width(text, LABEL);
    let within = frame.area;
    let on_the_right = x > within.left + 0.5 * within.width;
    // a long note stays within the chart
    let (left, right) = (within.left + ACROSS, (within.right() - width).max(within.left + ACROSS));
    let begin = if on_the_right { x - ACROSS - width } else { x + ACROSS }.clamp(left, right);
    let above = Area { left: begin, top: y - DOWN - LABEL, width, height: LABEL };
    let below = Area { top: y + DOWN, ..above };
    let is_inside = |area: &Area| area.top >= within.top && area.bottom() <= within.bottom();
    let cost = |area: &Area| (!is_inside(area), chart.n_points_in(section_of(frame, *area)));
    let area = if cost(&above) < cost(&below) { above } else { below };
    drawing.push(Shape::Text(Text {
        text: text.to_owned(),
        at: (begin, area.top + 0.8 * LABEL),
        size: LABEL,
        align: Align::Left,
        is_vertical: false,
        colour: Colour::RED.rgb(),
    }));
}
