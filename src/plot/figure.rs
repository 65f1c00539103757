//! Figures: panels in a grid, rendered to files.

use std::io::Write;
use std::path::Path;
use std::sync::Once;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use png::{ColorType, Encoder};

use super::chart::Chart;
use super::draw::{draw_chart, drawing};
use super::image_grid::ImageGrid;
use crate::atomic::write_file;
use crate::error::{Error, Result};

/// Name of the embedded font; in SVG the viewer's own font of that kind.
pub(super) const FONT: &str = "sans-serif";

/// Colour of text.
pub(super) const INK: RGBColor = RGBColor(40, 40, 40);

/// PNG pixels for a nominal one.
const PNG_SCALE: u32 = 2;

/// Most bytes of a picture in memory.
const MOST_BYTES: u64 = 1 << 30;

/// Nominal size of a chart.
const CHART: (u32, u32) = (440, 360);

/// A panel of a figure.
#[derive(Debug, Clone)]
pub enum Panel {
    /// A pair of axes.
    Chart(Box<Chart>),
    /// A grid of images.
    Images(Box<ImageGrid>),
}

impl From<Chart> for Panel {
    fn from(chart: Chart) -> Self {
        Self::Chart(Box::new(chart))
    }
}

impl From<ImageGrid> for Panel {
    fn from(grid: ImageGrid) -> Self {
        Self::Images(Box::new(grid))
    }
}

impl Panel {
    fn size(&self) -> (u32, u32) {
        match self {
            Self::Chart(_) => CHART,
            Self::Images(grid) => grid.size(),
        }
    }
}

/// Panels in a grid, as one picture.
#[derive(Debug, Clone, Default)]
pub struct Figure {
    panels: Vec<Panel>,
    columns: Option<usize>,
}

impl Figure {
    /// A figure without panels.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a panel.
    pub fn panel(mut self, panel: impl Into<Panel>) -> Self {
        self.panels.push(panel.into());
        self
    }

    /// Sets the number of panels in a line; two by default.
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = Some(columns.max(1));
        self
    }

    /// Nominal size in pixels; a PNG has twice as many on each side.
    pub fn size(&self) -> (u32, u32) {
        let (columns, lines) = self.grid();
        let (width, height) = self.panel_size();
        (columns.saturating_mul(width), lines.saturating_mul(height))
    }

    fn grid(&self) -> (u32, u32) {
        let n = self.panels.len().max(1);
        let columns = self.columns.unwrap_or(2).min(n);
        (columns as u32, n.div_ceil(columns) as u32)
    }

    fn panel_size(&self) -> (u32, u32) {
        let sizes = self.panels.iter().map(Panel::size);
        sizes.fold((1, 1), |largest, size| (largest.0.max(size.0), largest.1.max(size.1)))
    }

    /// The picture as a PNG file.
    ///
    /// # Errors
    /// [`Error::Drawing`].
    pub fn png(&self) -> Result<Vec<u8>> {
        let (width, height) = self.size();
        let pixels = self.pixels(PNG_SCALE)?;
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, width * PNG_SCALE, height * PNG_SCALE);
        encoder.set_color(ColorType::Rgb);
        let mut writer = encoder.write_header().map_err(drawing)?;
        writer.write_image_data(&pixels).map_err(drawing)?;
        writer.finish().map_err(drawing)?;
        Ok(file)
    }

    /// Red, green and blue of every pixel, line by line, at `scale` times the nominal size.
    pub(super) fn pixels(&self, scale: u32) -> Result<Vec<u8>> {
        let (width, height) = self.size();
        let (width, height) = (width.saturating_mul(scale), height.saturating_mul(scale));
        let n_bytes = u64::from(width) * u64::from(height) * 3;
        if n_bytes > MOST_BYTES {
            let problem = format!("{width} x {height} pixels are too many; draw fewer images");
            return Err(Error::Drawing { problem });
        }
        let mut pixels = vec![0; n_bytes as usize];
        let canvas = BitMapBackend::with_buffer(&mut pixels, (width, height));
        self.draw(&canvas.into_drawing_area(), scale)?;
        Ok(pixels)
    }

    /// The picture as an SVG file.
    ///
    /// # Errors
    /// [`Error::Drawing`].
    pub fn svg(&self) -> Result<String> {
        let mut text = String::new();
        self.draw(&SVGBackend::with_string(&mut text, self.size()).into_drawing_area(), 1)?;
        Ok(text)
    }

    /// Writes the picture as PNG or SVG, by the ending of the file's name.
    ///
    /// # Errors
    /// [`Error::Drawing`] for another ending, [`Error::Io`].
    pub fn save(&self, path: &Path) -> Result<()> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
        let bytes = match ending.to_ascii_lowercase().as_str() {
            "png" => self.png()?,
            "svg" => self.svg()?.into_bytes(),
            _ => {
                return Err(Error::Drawing {
                    problem: format!("{} ends neither in .png nor in .svg", path.display()),
                });
            }
        };
        write_file(path, |file| file.write_all(&bytes))
    }

    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, Shift>, scale: u32) -> Result<()> {
        load_font();
        root.fill(&WHITE).map_err(drawing)?;
        let (columns, lines) = self.grid();
        let areas = root.split_evenly((lines as usize, columns as usize));
        for (panel, area) in self.panels.iter().zip(&areas) {
            match panel {
                Panel::Chart(chart) => draw_chart(chart, area, scale)?,
                Panel::Images(grid) => grid.draw(area, scale)?,
            }
        }
        root.present().map_err(drawing)
    }
}

/// Gives plotters the embedded font, once.
fn load_font() {
    static LOADED: Once = Once::new();
    LOADED.call_once(|| {
        let font = epaint_default_fonts::UBUNTU_LIGHT;
        register_font(FONT, FontStyle::Normal, font)
            .unwrap_or_else(|_| unreachable!("the embedded font is a font"));
    });
}
