//! Draws the layers of a chart.

use plotters::prelude::*;
use plotters::series::DashedLineSeries;

use super::boundaries::draw_boundaries;
use super::field::draw_bands;
use super::note::draw_note;
use super::{Context, drawing};
use crate::error::Result;
use crate::plot::chart::Chart;
use crate::plot::chart::layer::Layer;
use crate::plot::colour::Colour;
use crate::plot::painter::POSITIONS;
use crate::plot::window::{Window, clip};

/// Opacity of few points, and of so many that they overlap.
const FEW: f64 = 0.8;
const MANY: f64 = 0.3;
/// The number of points above which they are more transparent.
const OVERLAPPING: f64 = 3000.0;

/// Left and right edge, and height.
type Bar = ((f64, f64), f64);

/// Draws one layer.
pub(super) fn draw_layer<'a, DB: DrawingBackend + 'a>(
    chart: &Chart,
    layer: &Layer,
    context: &mut Context<'a, DB>,
    window: Window,
    scale: u32,
) -> Result<()> {
    match layer {
        Layer::Points { name, points, colour, radius } => {
            let dots = points.iter().copied().filter(|point| window.contains(*point));
            let size = (radius * f64::from(scale)).round() as i32;
            let opacity = (FEW * (OVERLAPPING / points.len() as f64).sqrt()).clamp(MANY, FEW);
            draw_points(context, name, dots, (size, scale), colour.rgb().mix(opacity))
        }
        Layer::Line { name, points, colour, dashed } => {
            draw_line(context, name, points, colour.rgb().stroke_width(2 * scale), *dashed, scale)
        }
        Layer::Region { corners, colour, opacity } => {
            draw_region(context, clip(corners, window), *colour, *opacity, scale)
        }
        Layer::Bars { bars } => draw_bars(context, bars, window),
        Layer::Mixed { points, colours } => {
            let dots = points.iter().zip(colours).filter(|(point, _)| window.contains(**point));
            let size = 2 * scale as i32;
            let dots = dots.map(|(&at, colour)| Circle::new(at, size, colour.filled()));
            context.draw_series(dots).map_err(drawing)?;
            Ok(())
        }
        Layer::Bands { model, levels } => draw_bands(context, model, levels, window, POSITIONS),
        Layer::Boundaries { model } => draw_boundaries(context, model, window, scale),
        Layer::Marker { at, text } => {
            let ring = Colour::RED.rgb().stroke_width(2 * scale);
            context.draw_series([Circle::new(*at, 6 * scale as i32, ring)]).map_err(drawing)?;
            draw_note(chart, context, *at, text, window, scale)
        }
    }
}

/// Draws dots of radius `size`, in positions.
fn draw_points<'a, DB: DrawingBackend + 'a>(
    context: &mut Context<'a, DB>,
    name: &str,
    points: impl Iterator<Item = (f64, f64)>,
    (size, scale): (i32, u32),
    colour: RGBAColor,
) -> Result<()> {
    let style = colour.filled();
    let series = context
        .draw_series(points.map(|point| Circle::new(point, size, style)))
        .map_err(drawing)?;
    if !name.is_empty() {
        let middle = 8 * scale as i32;
        let at = move |(x, y): (i32, i32)| Circle::new((x + middle, y), size, style);
        series.label(name).legend(at);
    }
    Ok(())
}

fn draw_line<'a, DB: DrawingBackend + 'a>(
    context: &mut Context<'a, DB>,
    name: &str,
    points: &[(f64, f64)],
    style: ShapeStyle,
    dashed: bool,
    scale: u32,
) -> Result<()> {
    let points = points.iter().copied();
    let series = if dashed {
        let dash = 6 * scale as i32;
        context.draw_series(DashedLineSeries::new(points, dash, dash, style))
    } else {
        context.draw_series(LineSeries::new(points, style))
    };
    let series = series.map_err(drawing)?;
    if !name.is_empty() {
        let length = 16 * scale as i32;
        let at = move |(x, y)| PathElement::new(vec![(x, y), (x + length, y)], style);
        series.label(name).legend(at);
    }
    Ok(())
}

/// Draws a filled polygon with an outline, unless clipping has left no area.
fn draw_region<DB: DrawingBackend>(
    context: &mut Context<'_, DB>,
    corners: Vec<(f64, f64)>,
    colour: Colour,
    opacity: f64,
    scale: u32,
) -> Result<()> {
    if corners.len() <= 2 {
        return Ok(());
    }
    let fill = Polygon::new(corners.clone(), colour.rgb().mix(opacity));
    context.draw_series([fill]).map_err(drawing)?;
    let mut outline = corners;
    outline.push(outline[0]);
    let style = colour.rgb().mix(0.35 + opacity / 2.0).stroke_width(scale);
    context.draw_series([PathElement::new(outline, style)]).map_err(drawing)?;
    Ok(())
}

fn draw_bars<DB: DrawingBackend>(
    context: &mut Context<'_, DB>,
    bars: &[Bar],
    window: Window,
) -> Result<()> {
    let fill = Colour::Grey.rgb().mix(0.3).filled();
    let bars = bars.iter().map(|&((left, right), height)| {
        Rectangle::new([(left, 0.0), (right, height.min(window.y.1))], fill)
    });
    context.draw_series(bars).map_err(drawing)?;
    Ok(())
}
