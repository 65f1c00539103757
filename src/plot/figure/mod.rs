//! Figures: grids of panels, rendered to files.

mod bitmap;
mod images;
mod layout;

use std::io::Write;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::bars::ShareBars;
use super::chart::Chart;
use super::draw::{draw_chart, drawing};
use super::font::load_font;
use super::image_grid::ImageGrid;
use super::painter::POSITIONS;
use crate::error::{Error, Result};
use crate::files::atomic::write_file;
use crate::files::file_extension;

pub use images::image_grid;

/// A panel of a figure.
#[derive(Debug, Clone)]
pub enum Panel {
    /// A pair of axes.
    Chart(Box<Chart>),
    /// A grid of images.
    Images(Box<ImageGrid>),
    /// Bars of shares.
    Bars(Box<ShareBars>),
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

impl From<ShareBars> for Panel {
    fn from(bars: ShareBars) -> Self {
        Self::Bars(Box::new(bars))
    }
}

/// A grid of panels.
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

    /// Sets the number of panels per line; two by default.
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = Some(columns.max(1));
        self
    }

    /// Renders an SVG file.
    ///
    /// # Errors
    /// [`Error::Drawing`].
    pub fn svg(&self) -> Result<String> {
        let (width, height) = self.size();
        let size = (width * POSITIONS, height * POSITIONS);
        let mut text = String::new();
        self.draw(&SVGBackend::with_string(&mut text, size).into_drawing_area(), POSITIONS)?;
        // the drawing is finer than its nominal size, which is that of the picture
        let fine = format!("<svg width=\"{}\" height=\"{}\"", size.0, size.1);
        text = text.replacen(&fine, &format!("<svg width=\"{width}\" height=\"{height}\""), 1);
        let end = text.rfind("</svg>").unwrap_or(text.len());
        for (grid, origin) in self.image_grids() {
            let images = grid.svg(origin)?;
            text.insert_str(end, &format!("<g transform=\"scale({POSITIONS})\">\n{images}</g>\n"));
        }
        Ok(text)
    }

    /// Checks that [`save`](Self::save) accepts a file name: it must end in `.png` or `.svg`.
    ///
    /// # Errors
    /// [`Error::InvalidParam`].
    pub fn check_name(path: &Path) -> Result<()> {
        is_svg(path).map(drop)
    }

    /// Writes the figure as PNG or SVG, by the file extension.
    ///
    /// # Errors
    /// Those of [`check_name`](Self::check_name), [`Error::Drawing`], [`Error::Io`].
    pub fn save(&self, path: &Path) -> Result<()> {
        let bytes = if is_svg(path)? { self.svg()?.into_bytes() } else { self.png()? };
        write_file(path, |file| file.write_all(&bytes))
    }

    /// Draws everything except the pixels of images, which bitmaps and SVG files store in different ways.
    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, Shift>, scale: u32) -> Result<()> {
        load_font();
        root.fill(&WHITE).map_err(drawing)?;
        let (columns, lines) = self.breaks();
        let inner = |edges: Vec<u32>| -> Vec<i32> {
            let (_, inner) = edges.split_last().unwrap_or((&0, &[]));
            inner.iter().map(|edge| (edge * scale) as i32).collect()
        };
        let areas = root.split_by_breakpoints(inner(columns), inner(lines));
        for (panel, area) in self.panels.iter().zip(&areas) {
            match panel {
                Panel::Chart(chart) => draw_chart(chart, area, scale)?,
                Panel::Images(grid) => grid.draw_text(area, scale)?,
                Panel::Bars(bars) => bars.draw(area, scale)?,
            }
        }
        root.present().map_err(drawing)
    }
}

/// Whether the file of a figure is SVG, by its extension.
fn is_svg(path: &Path) -> Result<bool> {
    match file_extension(path).as_str() {
        "png" => Ok(false),
        "svg" => Ok(true),
        _ => Err(Error::param(
            "the name of a figure",
            path.display(),
            "one that ends in .png or .svg",
        )),
    }
}
