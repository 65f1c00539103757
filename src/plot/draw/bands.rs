//! Bands of log-density of a mixture over the plane, as filled contours.

use ndarray::Array2;

use super::contours::{Field, TOLERANCE, simplified};
use super::frame::Frame;
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::plot::colour::{Colour, Rgb};
use crate::plot::drawing::{Drawing, Point, Shape};

/// Number of cells of the grid along each side of the plotting area.
const CELLS: usize = 220;

/// Fills the plane with bands of -ln p(x) between the increasing `levels`; darker is denser. Values below the first level
/// are darkest, values above the last stay white.
pub(super) fn draw_bands(
    drawing: &mut Drawing,
    model: &GaussianMixture,
    levels: &[f64],
    frame: &Frame,
) -> Result<()> {
    let field = Field::new(frame.window, CELLS, |nodes: &Array2<f64>| {
        Ok(model.score_samples(nodes)?.to_vec())
    })?;
    // each band covers the inner part of the one before
    for (band, &level) in levels.iter().enumerate().rev() {
        let outlines = field.outlines_above(-level);
        let on_drawing = |outline: Vec<(f64, f64)>| {
            let outline: Vec<Point> = outline.into_iter().map(|at| frame.at(at)).collect();
            simplified(&outline, TOLERANCE)
        };
        let outlines: Vec<Vec<Point>> = outlines.into_iter().map(on_drawing).collect();
        if !outlines.is_empty() {
            let fill = shade(band, levels.len()).solid();
            drawing.push(Shape::Region { outlines, fill });
        }
    }
    Ok(())
}

/// Shade of blue of a band, from dark to white.
pub(in crate::plot) fn shade(band: usize, n_bands: usize) -> Rgb {
    let light = (band as f64 + 0.7) / (n_bands as f64 + 0.4);
    let mix = |channel: u8| (f64::from(channel) * (1.0 - light) + 255.0 * light).round() as u8;
    let [r, g, b] = Colour::BLUE.rgb().bytes().map(mix);
    Rgb(r, g, b)
}
