//! Title, axes and grid of a chart.

use super::band_scale::scale_room;
use super::date_ticks::date_ticks;
use super::frame::Frame;
use super::legend::legend_room;
use super::ticks::{Ticks, ticks};
use crate::plot::chart::Chart;
use crate::plot::colour::{BLACK, INK};
use crate::plot::drawing::{Align, Area, Drawing, MIDDLE, Point, Shape, Stroke, Text, text_width};
use crate::plot::font::{LABEL, TICK, TITLE};
use crate::plot::window::Window;
use crate::rows::kind::ValueKind;

/// Nominal widths around the plotting area.
const MARGIN: f64 = 10.0;
const TITLE_ROOM: f64 = 26.0;
const X_LABELS: f64 = 44.0;
const Y_LABELS: f64 = 62.0;
/// Length of a tick, and the distance of its label.
const TICK_LENGTH: f64 = 4.0;
const TICK_GAP: f64 = 4.0;

/// Nominal distance of ticks, about which there are as many as fit.
const X_STEP: f64 = 44.0;
const Y_STEP: f64 = 30.0;
/// Nominal distance of the labels of dates.
const BETWEEN_DATES: f64 = 18.0;

/// Which sides of a chart have labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::plot) struct Sides {
    /// Nominal room for labels on the left, if there are some.
    pub(in crate::plot) left: Option<f64>,
    pub(in crate::plot) below: bool,
    /// The range of the labels on the left, if it is that of the other charts of a line and not that of the chart.
    pub(in crate::plot) heights: Option<(f64, f64)>,
}

impl Sides {
    /// Labels on both sides, with the usual room.
    pub(in crate::plot) const BOTH: Self =
        Self { left: Some(Y_LABELS), below: true, heights: None };
}

/// Nominal widths of the margins of a chart.
struct Margins {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Chart {
    fn margins(&self, sides: Sides) -> Margins {
        // a chart of a matrix may have no title
        let has_title = !(self.is_small && self.title.is_empty());
        let edge = if self.is_small { 0.5 * MARGIN } else { MARGIN };
        Margins {
            left: edge + sides.left.unwrap_or(0.0),
            top: edge + if has_title { TITLE_ROOM } else { 0.0 },
            right: edge + scale_room(self) + legend_room(self),
            bottom: edge + if sides.below { X_LABELS } else { 0.0 },
        }
    }

    /// Nominal size with labels on these sides.
    pub(in crate::plot) fn size(&self, sides: Sides) -> (u32, u32) {
        let ((width, height), margins) = (self.plot_size(), self.margins(sides));
        let width = width + margins.left + margins.right;
        (width as u32, (height + margins.top + margins.bottom) as u32)
    }

    /// Nominal room that labels of a range need on the left.
    pub(in crate::plot) fn left_room(&self, range: (f64, f64)) -> f64 {
        let labels = self.y_ticks(range).at.into_iter();
        let widest = labels.map(|(_, label)| text_width(&label, TICK)).fold(0.0, f64::max);
        Y_LABELS.max(widest + TICK_LENGTH + TICK_GAP + 1.6 * LABEL)
    }

    fn x_ticks(&self, range: (f64, f64)) -> Ticks {
        let (width, _) = self.plot_size();
        match &self.x_kind {
            kind @ ValueKind::Date(_) => {
                date_ticks(range, kind, |label| (width / (label + BETWEEN_DATES)) as usize)
            }
            _ => ticks(range, (width / X_STEP) as usize, self.whole_x),
        }
    }

    fn y_ticks(&self, range: (f64, f64)) -> Ticks {
        let most = (self.plot_size().1 / Y_STEP) as usize;
        match &self.y_kind {
            kind @ ValueKind::Date(_) => date_ticks(range, kind, |_| most),
            _ => ticks(range, most, false),
        }
    }

    /// The window of the chart, widened for the same scale on both axes if the chart has equal axes.
    pub(in crate::plot) fn fitted_window(&self) -> Window {
        let mut window = self.window();
        if !self.equal_axes {
            return window;
        }
        let (width, height) = self.plot_size();
        let x_unit = (window.x.1 - window.x.0) / width;
        let y_unit = (window.y.1 - window.y.0) / height;
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
}

/// Draws title, labels and grid; returns the plotting area.
pub(super) fn draw_axes(
    chart: &Chart,
    drawing: &mut Drawing,
    (left, top): Point,
    window: Window,
    sides: Sides,
) -> Frame {
    let (margins, (width, height)) = (chart.margins(sides), chart.plot_size());
    let heights = sides.heights.unwrap_or(window.y);
    let (x_ticks, y_ticks) = (chart.x_ticks(window.x), chart.y_ticks(heights));
    // labels that need more room take it from the plotting area
    let more = sides.left.map_or(0.0, |room| (chart.left_room(heights) - room).max(0.0));
    let area = Area {
        left: left + margins.left + more,
        top: top + margins.top,
        width: width - more,
        height,
    };
    let frame = Frame { area, window };
    let middle = (0.5 * (area.left + area.right()), 0.5 * (area.top + area.bottom()));
    let title_at = (middle.0, top + MARGIN + 0.7 * TITLE);
    drawing.text(chart.title.as_str(), title_at, TITLE, Align::Centre);
    for (value, label) in &x_ticks.at {
        let (x, _) = frame.at((*value, window.y.0));
        grid_line(drawing, (x, area.top), (x, area.bottom()), sides.below);
        // the last label stays within the panel
        let most = area.right() + margins.right - 0.5 * text_width(label, TICK) - 1.0;
        let at = (x.min(most), area.bottom() + TICK_LENGTH + TICK_GAP + 0.7 * TICK);
        if sides.below {
            drawing.text(label.as_str(), at, TICK, Align::Centre);
        }
    }
    let on_left = Frame { area, window: Window { y: heights, ..window } };
    for (value, label) in &y_ticks.at {
        let (_, y) = on_left.at((window.x.0, *value));
        grid_line(drawing, (area.right(), y), (area.left, y), sides.left.is_some());
        let at = (area.left - TICK_LENGTH - TICK_GAP, y + MIDDLE * TICK);
        if sides.left.is_some() {
            drawing.text(label.as_str(), at, TICK, Align::Right);
        }
    }
    if sides.below {
        let at = (middle.0, area.bottom() + X_LABELS - 0.25 * LABEL);
        drawing.text(x_ticks.labelled(&chart.x_label), at, LABEL, Align::Centre);
    }
    if let Some(room) = sides.left {
        let at = (left + margins.left - room + 0.75 * LABEL, middle.1);
        let text = y_ticks.labelled(&chart.y_label);
        let (size, align, is_vertical, colour) = (LABEL, Align::Centre, true, INK);
        drawing.push(Shape::Text(Text { text, at, size, align, is_vertical, colour }));
    }
    frame
}

/// Draws the lines of both axes, which areas would cover.
pub(super) fn draw_axis_lines(drawing: &mut Drawing, Frame { area, .. }: &Frame) {
    let axis = Stroke::solid(BLACK.mix(0.5), 1.0);
    drawing.line([(area.left, area.top), (area.left, area.bottom())], axis);
    drawing.line([(area.left, area.bottom()), (area.right(), area.bottom())], axis);
}

/// Draws a line of the grid, and a tick at its end.
fn grid_line(drawing: &mut Drawing, from: Point, to: Point, has_tick: bool) {
    drawing.line([from, to], Stroke::solid(BLACK.mix(0.08), 1.0));
    if has_tick {
        let end =
            if from.0 == to.0 { (to.0, to.1 + TICK_LENGTH) } else { (to.0 - TICK_LENGTH, to.1) };
        drawing.line([to, end], Stroke::solid(BLACK.mix(0.5), 1.0));
    }
}
