//! Draws a chart with plotters.

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::series::DashedLineSeries;

use super::chart::{Chart, Layer};
use super::colour::Colour;
use super::ellipse::{Window, clip};
use super::field::{draw_bands, draw_boundaries};
use super::figure::{FONT, INK};
use super::ticks;
use crate::error::{Error, Result};

/// Nominal widths around the plotting area.
const MARGIN: u32 = 10;
const TITLE: u32 = 26;
const X_LABELS: u32 = 44;
const Y_LABELS: u32 = 62;

/// Side of the squares that fields are drawn with.
const FIELD_PIXEL: u32 = 1;

/// Turns an error of plotters into ours.
pub(super) fn drawing<E: std::fmt::Display>(error: E) -> Error {
    Error::Drawing { problem: error.to_string() }
}

/// Draws `chart` on `area`, every length times `scale`.
pub(super) fn draw_chart<DB: DrawingBackend>(
    chart: &Chart,
    area: &DrawingArea<DB, Shift>,
    scale: u32,
) -> Result<()> {
    let window = fit_window(chart, area.dim_in_pixel(), scale);
    let font = |size: u32| (FONT, size * scale).into_font().color(&INK);
    let mut context = ChartBuilder::on(area)
        .margin(MARGIN * scale)
        .caption(&chart.title, font(14))
        .x_label_area_size(X_LABELS * scale)
        .y_label_area_size(Y_LABELS * scale)
        .build_cartesian_2d(window.x.0..window.x.1, window.y.0..window.y.1)
        .map_err(drawing)?;
    const N_TICKS: f64 = 6.0;
    let x_step = (window.x.1 - window.x.0) / N_TICKS;
    let y_step = (window.y.1 - window.y.0) / N_TICKS;
    context
        .configure_mesh()
        .x_labels(N_TICKS as usize)
        .y_labels(N_TICKS as usize)
        .x_label_formatter(&|value| ticks::label(*value, x_step))
        .y_label_formatter(&|value| ticks::label(*value, y_step))
        .x_desc(&chart.x_label)
        .y_desc(&chart.y_label)
        .label_style(font(11))
        .axis_desc_style(font(12))
        .bold_line_style(BLACK.mix(0.08))
        .light_line_style(TRANSPARENT)
        .axis_style(BLACK.mix(0.5))
        .draw()
        .map_err(drawing)?;

    for layer in &chart.layers {
        match layer {
            Layer::Points { name, points, colour, radius } => {
                let style = colour.rgb().mix(0.75).filled();
                let size = (radius * f64::from(scale)).round() as i32;
                let dots = points.iter().filter(|point| window.contains(**point));
                let series = context
                    .draw_series(dots.map(|&point| Circle::new(point, size, style)))
                    .map_err(drawing)?;
                if !name.is_empty() {
                    let at = move |(x, y): (i32, i32)| Circle::new((x + 8, y), size, style);
                    series.label(name).legend(at);
                }
            }
            Layer::Line { name, points, colour, dashed } => {
                let style = colour.rgb().stroke_width(2 * scale);
                let points = points.iter().copied();
                let series = if *dashed {
                    let dash = 6 * scale as i32;
                    context.draw_series(DashedLineSeries::new(points, dash, dash, style))
                } else {
                    context.draw_series(LineSeries::new(points, style))
                };
                let series = series.map_err(drawing)?;
                if !name.is_empty() {
                    let length = 16 * scale as i32;
                    series.label(name).legend(move |(x, y)| {
                        PathElement::new(vec![(x, y), (x + length, y)], style)
                    });
                }
            }
            Layer::Region { corners, colour, opacity } => {
                let corners = clip(corners, window);
                if corners.len() > 2 {
                    let fill = Polygon::new(corners.clone(), colour.rgb().mix(*opacity));
                    context.draw_series([fill]).map_err(drawing)?;
                    let mut outline = corners;
                    outline.push(outline[0]);
                    let style = colour.rgb().mix(0.35 + opacity / 2.0).stroke_width(scale);
                    context.draw_series([PathElement::new(outline, style)]).map_err(drawing)?;
                }
            }
            Layer::Bars { bars } => {
                let fill = Colour::Grey.rgb().mix(0.3).filled();
                let bars = bars.iter().map(|&((left, right), height)| {
                    Rectangle::new([(left, 0.0), (right, height.min(window.y.1))], fill)
                });
                context.draw_series(bars).map_err(drawing)?;
            }
            Layer::Mixed { points, colours } => {
                let size = 2 * scale as i32;
                let dots = points.iter().zip(colours).filter(|(point, _)| window.contains(**point));
                let dots = dots.map(|(&at, colour)| Circle::new(at, size, colour.filled()));
                context.draw_series(dots).map_err(drawing)?;
            }
            Layer::Bands { model, levels } => {
                draw_bands(&mut context, model, levels, window, FIELD_PIXEL)?;
            }
            Layer::Boundaries { model } => {
                draw_boundaries(&mut context, model, window, scale)?;
            }
            Layer::Marker { at, text } => {
                let ring = Colour::RED.rgb().stroke_width(2 * scale);
                let size = 6 * scale as i32;
                context.draw_series([Circle::new(*at, size, ring)]).map_err(drawing)?;
                draw_note(chart, &mut context, *at, text, window, scale)?;
            }
        }
    }
    draw_legend(chart, &mut context, window, scale)
}

pub(super) type Context<'a, DB> = ChartContext<'a, DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Writes `text` beside a marked point, towards the middle of the chart, and above or below it, where
/// less is drawn.
fn draw_note<DB: DrawingBackend>(
    chart: &Chart,
    context: &mut Context<'_, DB>,
    at: (f64, f64),
    text: &str,
    window: Window,
    scale: u32,
) -> Result<()> {
    use plotters::style::text_anchor::{HPos, Pos, VPos};

    let scale = scale as i32;
    let on_the_right = at.0 > 0.5 * (window.x.0 + window.x.1);
    let (width, height) = (window.x.1 - window.x.0, window.y.1 - window.y.0);
    let across = match on_the_right {
        true => (at.0 - 0.4 * width, at.0),
        false => (at.0, at.0 + 0.4 * width),
    };
    let room = |y: (f64, f64)| chart.crowd(Window { x: across, y });
    let above = room((at.1 + 0.01 * height, at.1 + 0.15 * height))
        < room((at.1 - 0.15 * height, at.1 - 0.01 * height));
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

fn draw_legend<'a, DB: DrawingBackend + 'a>(
    chart: &Chart,
    context: &mut Context<'a, DB>,
    window: Window,
    scale: u32,
) -> Result<()> {
    let named = chart.layers.iter().any(|layer| match layer {
        Layer::Points { name, .. } | Layer::Line { name, .. } => !name.is_empty(),
        _ => false,
    });
    if !named {
        return Ok(());
    }
    let corners = [
        (SeriesLabelPosition::UpperRight, (0.6, 1.0), (0.8, 1.0)),
        (SeriesLabelPosition::UpperLeft, (0.0, 0.4), (0.8, 1.0)),
        (SeriesLabelPosition::LowerRight, (0.6, 1.0), (0.0, 0.2)),
        (SeriesLabelPosition::LowerLeft, (0.0, 0.4), (0.0, 0.2)),
    ];
    let crowd = |(_, x, y): &(_, (f64, f64), (f64, f64))| chart.crowd(window.part(*x, *y));
    let emptiest = corners.into_iter().min_by_key(crowd).expect("four corners");
    context
        .configure_series_labels()
        .position(emptiest.0)
        .margin(6 * scale)
        .legend_area_size(22 * scale)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.2))
        .label_font((FONT, 11 * scale).into_font().color(&INK))
        .draw()
        .map_err(drawing)
}

/// The chart's window, widened to equal axes if it asks for them.
fn fit_window(chart: &Chart, (width, height): (u32, u32), scale: u32) -> Window {
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
