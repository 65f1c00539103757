//! Bands of log-density of a mixture over the plane, drawn pixel by pixel, so that bands of any shape meet without seams.

use ndarray::Array2;
use plotters::prelude::*;

use super::{Context, drawing};
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::plot::colour::Colour;
use crate::plot::window::Window;

/// The centres of the pixels of the plotting area in data coordinates, line by line from the top.
struct Pixels {
    width: usize,
    height: usize,
    /// Side of a pixel on the device.
    side: i32,
    points: Array2<f64>,
}

impl Pixels {
    fn new<DB: DrawingBackend>(context: &Context<'_, DB>, window: Window, side: u32) -> Self {
        let (width, height) = context.plotting_area().dim_in_pixel();
        let (width, height) = ((width / side) as usize, (height / side) as usize);
        let points = Array2::from_shape_fn((width * height, 2), |(pixel, axis)| match axis {
            0 => {
                let share = ((pixel % width) as f64 + 0.5) / width as f64;
                window.x.0 + share * (window.x.1 - window.x.0)
            }
            _ => {
                let share = ((pixel / width) as f64 + 0.5) / height as f64;
                window.y.1 - share * (window.y.1 - window.y.0)
            }
        });
        Self { width, height, side: side as i32, points }
    }
}

/// Fills the plane with bands of -ln p(x) between the increasing `levels`; darker is denser. Values below the first level
/// are darkest, values above the last stay white.
pub(super) fn draw_bands<DB: DrawingBackend>(
    context: &mut Context<'_, DB>,
    model: &GaussianMixture,
    levels: &[f64],
    window: Window,
    side: u32,
) -> Result<()> {
    let pixels = Pixels::new(context, window, side);
    let log_density = model.score_samples(&pixels.points)?;
    let band =
        |pixel: usize| levels.iter().take_while(|&&level| -log_density[pixel] > level).count();
    let area = context.plotting_area().strip_coord_spec();
    for line in 0..pixels.height {
        let mut start = 0;
        for column in 1..=pixels.width {
            let first = band(line * pixels.width + start);
            if column < pixels.width && band(line * pixels.width + column) == first {
                continue;
            }
            if first < levels.len() {
                let y = line as i32 * pixels.side;
                let corners = [
                    (start as i32 * pixels.side, y),
                    (column as i32 * pixels.side, y + pixels.side),
                ];
                let shade = shade(first, levels.len());
                area.draw(&Rectangle::new(corners, shade.filled())).map_err(drawing)?;
            }
            start = column;
        }
    }
    Ok(())
}

/// Shade of blue of a band, from dark to white.
fn shade(band: usize, n_bands: usize) -> RGBColor {
    let light = 0.25 + 0.75 * (band as f64 + 1.0) / (n_bands as f64 + 1.0);
    let RGBColor(r, g, b) = Colour::BLUE.rgb();
    let mix = |channel: u8| (f64::from(channel) * (1.0 - light) + 255.0 * light).round() as u8;
    RGBColor(mix(r), mix(g), mix(b))
}
