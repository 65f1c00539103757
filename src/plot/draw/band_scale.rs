//! The scale of bands of density, at the right of a chart.

use super::bands::shade;
use super::frame::Frame;
use crate::plot::chart::Chart;
use crate::plot::chart::layer::{BandScale, Layer};
use crate::plot::colour::{BLACK, INK};
use crate::plot::drawing::{Align, Area, Drawing, MIDDLE, Shape, Stroke, Text, text_width};
use crate::plot::font::{LABEL, TICK};

/// Distances from the plotting area to the scale, from the scale to its labels, and from them to the title.
const GAP: f64 = 12.0;
const NEXT_TO: f64 = 5.0;
const TITLE_GAP: f64 = 9.0;
/// Width of the scale.
const WIDTH: f64 = 13.0;
/// Smallest distance of labels.
const BETWEEN: f64 = 15.0;

/// Nominal width at the right of a chart for the scale of its bands; none for a small chart, or one without bands.
pub(super) fn scale_room(chart: &Chart) -> f64 {
    let room =
        |(scale, _): (&BandScale, usize)| GAP + WIDTH + NEXT_TO + widest(scale) + TITLE_GAP + LABEL;
    scale(chart).map_or(0.0, room)
}

/// Draws the bands from the densest one below to the outermost one above, with the level at the upper end of each.
pub(super) fn draw_scale(chart: &Chart, drawing: &mut Drawing, frame: &Frame) {
    let Some((scale, n_bands)) = scale(chart) else { return };
    let area = frame.area;
    let (left, step) = (area.right() + GAP, area.height / n_bands as f64);
    let every = (BETWEEN / step).ceil().max(1.0) as usize;
    for (band, label) in scale.labels.iter().enumerate() {
        let top = area.bottom() - (band + 1) as f64 * step;
        let segment = Area { left, top, width: WIDTH, height: step };
        drawing.rectangle(segment, shade(band, n_bands).solid());
        // the outermost level always has a label
        if (n_bands - 1 - band).is_multiple_of(every) {
            let right = left + WIDTH;
            drawing.line([(right, top), (right + 3.0, top)], Stroke::solid(BLACK.mix(0.5), 1.0));
            let at = (right + NEXT_TO, top + MIDDLE * TICK);
            drawing.text(label.as_str(), at, TICK, Align::Left);
        }
    }
    let x = left + WIDTH + NEXT_TO + widest(scale) + TITLE_GAP + 0.75 * LABEL;
    let (at, text) = ((x, 0.5 * (area.top + area.bottom())), scale.title.clone());
    let (size, align, is_vertical, colour) = (LABEL, Align::Centre, true, INK);
    drawing.push(Shape::Text(Text { text, at, size, align, is_vertical, colour }));
}

/// The scale of the first bands, and their number.
fn scale(chart: &Chart) -> Option<(&BandScale, usize)> {
    let mut all = chart.layers.iter().filter_map(|layer| match layer {
        Layer::Bands { levels, scale, .. } if !levels.is_empty() => Some((scale, levels.len())),
        _ => None,
    });
    if chart.is_small { None } else { all.next() }
}

fn widest(scale: &BandScale) -> f64 {
    scale.labels.iter().map(|label| text_width(label, TICK)).fold(0.0, f64::max)
}
