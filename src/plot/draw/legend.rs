//! Legends of charts and of figures.

use super::band_scale::scale_room;
use super::flow::flow;
use super::frame::Frame;
use super::section_of;
use crate::plot::chart::Chart;
use crate::plot::chart::layer::Layer;
use crate::plot::colour::{BLACK, WHITE};
use crate::plot::drawing::{Area, Drawing, Stroke};
use crate::plot::entry::Entry;
use crate::plot::font::TICK;

/// Distance from the edges of the plotting area, and from the edges of the legend to its entries.
const MARGIN: f64 = 6.0;
const PADDING: f64 = 6.0;
/// Maximum number of entries of a legend in a corner.
const MOST_INSIDE: usize = 3;
/// Height of an entry.
const LINE: f64 = 16.0;
/// Left and right margins and height of a line of the legend of a figure, and the distance of its entries.
const ROW_MARGIN: f64 = 14.0;
const ROW: f64 = 20.0;
const BETWEEN: f64 = 18.0;

/// The legend of a figure, above its panels.
#[derive(Debug, Clone, Default)]
pub(in crate::plot) struct LegendRow {
    entries: Vec<Entry>,
}

impl LegendRow {
    pub(in crate::plot) fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self { entries: entries.into_iter().collect() }
    }

    /// Nominal height in a figure of a width.
    pub(in crate::plot) fn height(&self, width: u32) -> u32 {
        match self.places(width).last() {
            Some((_, line)) => (ROW * (*line as f64 + 1.0)) as u32,
            None => 0,
        }
    }

    fn places(&self, width: u32) -> Vec<(f64, usize)> {
        let most = f64::from(width) - 2.0 * ROW_MARGIN;
        flow(self.entries.iter().map(Entry::width), BETWEEN, most)
    }

    pub(in crate::plot) fn draw(&self, drawing: &mut Drawing, width: u32) {
        for (entry, (x, line)) in self.entries.iter().zip(self.places(width)) {
            entry.draw(drawing, (ROW_MARGIN + x, ROW * (line as f64 + 0.6)));
        }
    }
}

/// Nominal width at the right of a chart for a legend that is too large for a corner.
pub(super) fn legend_room(chart: &Chart) -> f64 {
    let entries = entries(chart);
    if entries.len() > MOST_INSIDE { MARGIN + size(&entries).0 } else { 0.0 }
}

/// Draws the legend in the emptiest corner, or at the right of the chart if it is large; none if no layer has a name.
pub(super) fn draw_legend(chart: &Chart, drawing: &mut Drawing, frame: &Frame) {
    let entries = entries(chart);
    if entries.is_empty() {
        return;
    }
    let ((width, height), within) = (size(&entries), frame.area);
    let area = if entries.len() > MOST_INSIDE {
        let left = within.right() + scale_room(chart) + MARGIN;
        Area { left, top: within.top, width, height }
    } else {
        emptiest_corner(chart, frame, (width, height))
    };
    if entries.len() <= MOST_INSIDE {
        draw_box(drawing, area);
    }
    for (number, entry) in entries.iter().enumerate() {
        let middle = area.top + PADDING + 0.5 * TICK + LINE * number as f64;
        entry.draw(drawing, (area.left + PADDING, middle));
    }
}

fn entries(chart: &Chart) -> Vec<Entry> {
    chart.layers.iter().flat_map(Layer::entries).collect()
}

/// Nominal width and height of a legend.
fn size(entries: &[Entry]) -> (f64, f64) {
    let width = 2.0 * PADDING + entries.iter().map(Entry::width).fold(0.0, f64::max);
    (width, 2.0 * PADDING + LINE * entries.len() as f64 - (LINE - TICK))
}

fn emptiest_corner(chart: &Chart, frame: &Frame, (width, height): (f64, f64)) -> Area {
    let within = frame.area;
    let (left, top) = (within.left + MARGIN, within.top + MARGIN);
    let right = within.right() - MARGIN - width;
    let bottom = within.bottom() - MARGIN - height;
    let corners = [(right, top), (left, top), (right, bottom), (left, bottom)];
    let corners = corners.map(|(left, top)| Area { left, top, width, height });
    let n_points = |area: &Area| chart.n_points_in(section_of(frame, *area));
    corners.into_iter().min_by_key(n_points).unwrap_or(corners[0])
}

/// Draws a rectangle that covers what is behind it, with a frame.
fn draw_box(drawing: &mut Drawing, area: Area) {
    drawing.rectangle(area, WHITE.mix(0.85));
    let Area { left, top, .. } = area;
    let (right, bottom) = (area.right(), area.bottom());
    for (from, to) in [
        ((left, top), (right, top)),
        ((left, bottom), (right, bottom)),
        ((left, top), (left, bottom)),
        ((right, top), (right, bottom)),
    ] {
        drawing.line([from, to], Stroke::solid(BLACK.mix(0.2), 1.0));
    }
}
