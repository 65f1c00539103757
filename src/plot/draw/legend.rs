//! Legends of charts and of figures.

use super::flow::flow;
use super::frame::Frame;
use super::section_of;
use crate::plot::chart::Chart;
use crate::plot::chart::layer::{Layer, LineStyle};
use crate::plot::colour::{BLACK, Colour, WHITE};
use crate::plot::drawing::{
    Align, Area, Drawing, MIDDLE, Marker, MarkerShape, Paint, Point, Shape, Stroke, text_width,
};
use crate::plot::font::TICK;

/// Distance from the edges of the plotting area, and from the edges of the legend to its entries.
const MARGIN: f64 = 6.0;
const PADDING: f64 = 6.0;
/// Height of an entry, and width of its sample.
const LINE: f64 = 16.0;
const SAMPLE: f64 = 24.0;
const GAP: f64 = 6.0;
/// Left and right margins and height of a line of the legend of a figure, and the distance of its entries.
const ROW_MARGIN: f64 = 14.0;
const ROW: f64 = 20.0;
const BETWEEN: f64 = 18.0;
/// Radius of the marker of a sample.
const RADIUS: f64 = 3.0;

/// A name in a legend, and the style that it explains.
#[derive(Debug, Clone)]
pub(in crate::plot) struct Entry {
    name: String,
    line: Option<Stroke>,
    marker: Option<(MarkerShape, Paint)>,
}

impl Entry {
    /// The styles of the points and of the curve of a component.
    pub(in crate::plot) fn component(number: usize) -> Self {
        let paint = Colour::Number(number).rgb().solid();
        Self {
            name: format!("component {number}"),
            line: Some(LineStyle::number(number).stroke()),
            marker: Some((MarkerShape::number(number), paint)),
        }
    }

    /// The entry of a layer with a name.
    fn of_layer(layer: &Layer) -> Option<Self> {
        let (name, line, marker) = match layer {
            Layer::Points { name, colour, marker, .. } => {
                (name, None, Some((*marker, colour.rgb().solid())))
            }
            Layer::Line { name, style, marker, .. } => {
                let marker = marker.map(|marker| (marker, style.colour.rgb().solid()));
                (name, Some(style.stroke()), marker)
            }
            _ => return None,
        };
        Some(Self { name: name.clone(), line, marker }).filter(|entry| !entry.name.is_empty())
    }

    fn width(&self) -> f64 {
        SAMPLE + GAP + text_width(&self.name, TICK)
    }

    /// Draws the entry, with its left edge and its middle at a position.
    fn draw(&self, drawing: &mut Drawing, (left, middle): Point) {
        if let Some(stroke) = self.line {
            drawing.line([(left, middle), (left + SAMPLE, middle)], stroke);
        }
        if let Some((shape, fill)) = self.marker {
            let (at, fill) = ((left + 0.5 * SAMPLE, middle), Some(fill));
            let marker = Marker { shape, radius: RADIUS, fill, edge: None };
            drawing.push(Shape::Marker { at, marker });
        }
        let at = (left + SAMPLE + GAP, middle + MIDDLE * TICK);
        drawing.text(self.name.as_str(), at, TICK, Align::Left);
    }
}

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

/// Draws the legend in the emptiest corner, unless no layer has a name.
pub(super) fn draw_legend(chart: &Chart, drawing: &mut Drawing, frame: &Frame) {
    let entries: Vec<Entry> = chart.layers.iter().filter_map(Entry::of_layer).collect();
    if entries.is_empty() {
        return;
    }
    let width = 2.0 * PADDING + entries.iter().map(Entry::width).fold(0.0, f64::max);
    let height = 2.0 * PADDING + LINE * entries.len() as f64 - (LINE - TICK);
    let within = frame.area;
    let lefts = [within.right() - MARGIN - width, within.left + MARGIN];
    let tops = [within.top + MARGIN, within.bottom() - MARGIN - height];
    let corners =
        tops.into_iter().flat_map(|top| lefts.map(|left| Area { left, top, width, height }));
    let n_points = |area: &Area| chart.n_points_in(section_of(frame, *area));
    let Some(area) = corners.min_by_key(n_points) else { return };
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
    for (number, entry) in entries.iter().enumerate() {
        let middle = top + PADDING + 0.5 * TICK + LINE * number as f64;
        entry.draw(drawing, (left + PADDING, middle));
    }
}
