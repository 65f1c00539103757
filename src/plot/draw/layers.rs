//! Draws the layers of a chart.

use super::bands::draw_bands;
use super::boundaries::draw_boundaries;
use super::contours::{TOLERANCE, simplified};
use super::frame::Frame;
use super::note::draw_note;
use crate::error::Result;
use crate::plot::chart::Chart;
use crate::plot::chart::layer::{Bar, Dot, Layer, PointSize, bar_paint};
use crate::plot::colour::{Colour, WHITE};
use crate::plot::drawing::{Area, Drawing, Marker, MarkerShape, Paint, Point, Shape, Stroke};
use crate::plot::ellipse::Ellipse;
use crate::plot::window::{clip, clip_line};

/// Opacity of few points, and of so many that they overlap.
const FEW: f64 = 0.8;
const MANY: f64 = 0.3;
/// The number of points above which they are more transparent.
const OVERLAPPING: f64 = 3000.0;
/// Radii of points by their number: up to so many.
const RADII: [(usize, f64); 3] = [(300, 3.0), (2000, 2.2), (usize::MAX, 1.8)];
/// Radius of points of small charts, as a share of that of large ones.
const SMALL: f64 = 0.75;
/// Radius and opacity of points over a density.
const BACKGROUND: (f64, f64) = (1.3, 0.45);
/// The number of points up to which they have edges, and the width of the edges.
const WITH_EDGES: usize = 500;
const EDGE: f64 = 0.5;

/// Draws the areas of a layer.
pub(super) fn draw_area(layer: &Layer, drawing: &mut Drawing, frame: &Frame) -> Result<()> {
    match layer {
        Layer::Region { ellipse, colour, opacity } => {
            let fill = colour.rgb().mix(*opacity);
            match within(ellipse, frame) {
                Inside::Whole(ellipse) => {
                    drawing.push(Shape::Ellipse { ellipse, fill: Some(fill), edge: None });
                }
                Inside::Part(corners) => {
                    drawing.push(Shape::Region { outlines: vec![corners], fill });
                }
                Inside::Nothing => {}
            }
        }
        Layer::Bars { bars, .. } => draw_bars(drawing, frame, bars),
        Layer::Bands { model, levels, .. } => draw_bands(drawing, model, levels, frame)?,
        _ => {}
    }
    Ok(())
}

/// Draws points, lines and outlines of a layer.
pub(super) fn draw_layer(
    chart: &Chart,
    layer: &Layer,
    drawing: &mut Drawing,
    frame: &Frame,
) -> Result<()> {
    match layer {
        Layer::Points { points, colour, marker, size, .. } => {
            draw_points(chart, drawing, frame, points, (*colour, *marker, *size));
        }
        Layer::Dots { dots, .. } => draw_dots(drawing, frame, dots),
        Layer::Line { points, style, marker, .. } => {
            draw_line(drawing, frame, points, style.stroke());
            if let Some(shape) = *marker {
                let fill = Some(style.colour.rgb().solid());
                let marker =
                    Marker { shape, radius: PointSize::on_curve(points.len()), fill, edge: None };
                for &at in points.iter().filter(|point| frame.window.contains(**point)) {
                    drawing.push(Shape::Marker { at: frame.at(at), marker });
                }
            }
        }
        Layer::Region { ellipse, colour, opacity } => {
            let edge = Stroke::solid(colour.rgb().mix(0.35 + opacity / 2.0), 1.0);
            match within(ellipse, frame) {
                Inside::Whole(ellipse) => {
                    drawing.push(Shape::Ellipse { ellipse, fill: None, edge: Some(edge) });
                }
                Inside::Part(mut outline) => {
                    outline.push(outline[0]);
                    drawing.line(outline, edge);
                }
                Inside::Nothing => {}
            }
        }
        Layer::Bars { .. } | Layer::Bands { .. } => {}
        Layer::Boundaries { model } => draw_boundaries(drawing, model, frame)?,
        Layer::Marker { at, text } => {
            let edge = Some(Stroke::solid(Colour::RED.rgb().solid(), 2.0));
            let marker = Marker { shape: MarkerShape::Circle, radius: 6.0, fill: None, edge };
            drawing.push(Shape::Marker { at: frame.at(*at), marker });
            draw_note(chart, drawing, frame, *at, text);
        }
    }
    Ok(())
}

fn draw_points(
    chart: &Chart,
    drawing: &mut Drawing,
    frame: &Frame,
    points: &[(f64, f64)],
    (colour, shape, size): (Colour, MarkerShape, PointSize),
) {
    let n_points = chart.n_data_points();
    let (radius, opacity, has_edge) = match size {
        PointSize::Fixed(radius) => (radius, 1.0, true),
        // larger ones would hide a density
        PointSize::OfData if chart.has_bands() => (BACKGROUND.0, BACKGROUND.1, false),
        PointSize::OfData => {
            let opacity = (FEW * (OVERLAPPING / n_points as f64).sqrt()).clamp(MANY, FEW);
            (radius(chart), opacity, n_points <= WITH_EDGES && !chart.is_small)
        }
    };
    let edge = has_edge.then(|| Stroke::solid(WHITE.solid(), EDGE));
    let fill = Some(colour.rgb().mix(opacity));
    let marker = Marker { shape, radius, fill, edge };
    for &at in points.iter().filter(|point| frame.window.contains(**point)) {
        drawing.push(Shape::Marker { at: frame.at(at), marker });
    }
}

/// Radius of the points of a chart.
fn radius(chart: &Chart) -> f64 {
    let n_points = chart.n_data_points();
    let radius =
        RADII.iter().find(|(most, _)| n_points <= *most).map_or(RADII[2].1, |found| found.1);
    if chart.is_small { SMALL * radius } else { radius }
}

fn draw_dots(drawing: &mut Drawing, frame: &Frame, dots: &[Dot]) {
    for Dot { at, colour, marker, radius, opacity } in dots {
        if frame.window.contains(*at) {
            let fill = Some(Paint { colour: *colour, opacity: *opacity });
            let marker = Marker { shape: *marker, radius: *radius, fill, edge: None };
            drawing.push(Shape::Marker { at: frame.at(*at), marker });
        }
    }
}

/// Draws the parts of a line that are within the window.
fn draw_line(drawing: &mut Drawing, frame: &Frame, points: &[(f64, f64)], stroke: Stroke) {
    for part in clip_line(points, frame.window) {
        let points: Vec<Point> = part.into_iter().map(|at| frame.at(at)).collect();
        drawing.line(simplified(&points, TOLERANCE), stroke);
    }
}

/// The part of an ellipse within the window, in nominal pixels.
enum Inside {
    Whole(Ellipse),
    /// The corners of a polygon.
    Part(Vec<Point>),
    Nothing,
}

fn within(ellipse: &Ellipse, frame: &Frame) -> Inside {
    if ellipse.bounds().into_iter().all(|corner| frame.window.contains(corner)) {
        let Ellipse { centre, axes } = *ellipse;
        let (at, origin) = (frame.at(centre), frame.at((0.0, 0.0)));
        let axes = axes.map(|axis| {
            let end = frame.at(axis);
            (end.0 - origin.0, end.1 - origin.1)
        });
        return Inside::Whole(Ellipse { centre: at, axes });
    }
    let corners: Vec<(f64, f64)> = ellipse.corners().collect();
    let corners: Vec<Point> =
        clip(&corners, frame.window).into_iter().map(|at| frame.at(at)).collect();
    if corners.len() > 2 { Inside::Part(corners) } else { Inside::Nothing }
}

fn draw_bars(drawing: &mut Drawing, frame: &Frame, bars: &[Bar]) {
    let window = frame.window;
    for bar in bars {
        let (left, right) = (bar.left.max(window.x.0), bar.right.min(window.x.1));
        let (low, high) = (bar.low.max(window.y.0), bar.high.min(window.y.1));
        if left >= right || low >= high {
            continue;
        }
        let (left, top) = frame.at((left, high));
        let (right, bottom) = frame.at((right, low));
        let area = Area { left, top, width: right - left, height: bottom - top };
        drawing.rectangle(area, bar_paint());
    }
}
