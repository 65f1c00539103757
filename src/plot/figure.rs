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
use crate::error::{Error, Result};
use crate::files::atomic::write_file;
use crate::files::ending;

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
        let (columns, lines) = self.breaks();
        (columns.last().copied().unwrap_or(1), lines.last().copied().unwrap_or(1))
    }

    fn n_columns(&self) -> usize {
        self.columns.unwrap_or(2).min(self.panels.len().max(1))
    }

    /// Nominal right edges of the columns and lower edges of the lines: each as large as its largest panel.
    fn breaks(&self) -> (Vec<u32>, Vec<u32>) {
        let n_columns = self.n_columns();
        let mut widths = vec![1; n_columns];
        let mut heights = vec![1; self.panels.len().div_ceil(n_columns).max(1)];
        for (index, panel) in self.panels.iter().enumerate() {
            let (width, height) = panel.size();
            let (column, line) = (index % n_columns, index / n_columns);
            widths[column] = width.max(widths[column]);
            heights[line] = height.max(heights[line]);
        }
        let edges = |sizes: Vec<u32>| {
            let mut edge = 0_u32;
            let next = |size| {
                edge = edge.saturating_add(size);
                edge
            };
            sizes.into_iter().map(next).collect()
        };
        (edges(widths), edges(heights))
    }

    /// Nominal place of the upper left corner of each panel.
    fn origins(&self) -> impl Iterator<Item = (u32, u32)> {
        let (columns, lines) = self.breaks();
        let before = |edges: &[u32], index: usize| if index == 0 { 0 } else { edges[index - 1] };
        let n_columns = columns.len();
        (0..self.panels.len()).map(move |index| {
            (before(&columns, index % n_columns), before(&lines, index / n_columns))
        })
    }

    /// The grids of images, each with the place of its panel.
    fn image_grids(&self) -> impl Iterator<Item = (&ImageGrid, (u32, u32))> {
        self.panels.iter().zip(self.origins()).filter_map(|(panel, origin)| match panel {
            Panel::Images(grid) => Some((&**grid, origin)),
            Panel::Chart(_) => None,
        })
    }

    /// The picture as a PNG file.
    ///
    /// # Errors
    /// [`Error::Drawing`].
    pub fn png(&self) -> Result<Vec<u8>> {
        let (width, height) = self.size();
        let pixels = self.pixels(PNG_SCALE)?;
        encode_rgb(&pixels, (width * PNG_SCALE, height * PNG_SCALE))
    }

    /// The picture as a PNG file for a page that shows it pixel by pixel: one and a half times the nominal size, or, with
    /// images in it, whose pixels should stay squares, the nominal size; drawn twice as large and halved.
    ///
    /// # Errors
    /// [`Error::Drawing`].
    pub fn page_png(&self) -> Result<Vec<u8>> {
        let scale = if self.image_grids().next().is_some() { 2 } else { 3 };
        let (width, height) = self.size();
        let (width, height) = (width * scale, height * scale);
        let halved = halve(&self.pixels(scale)?, width as usize);
        encode_rgb(&halved, (width / 2, height / 2))
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
        let bitmap = BitMapBackend::with_buffer(&mut pixels, (width, height));
        self.draw(&bitmap.into_drawing_area(), scale)?;
        let mut canvas = Canvas { pixels: &mut pixels, width: width as usize, scale };
        for (grid, origin) in self.image_grids() {
            grid.paint(&mut canvas, origin);
        }
        Ok(pixels)
    }

    /// The picture as an SVG file.
    ///
    /// # Errors
    /// [`Error::Drawing`].
    pub fn svg(&self) -> Result<String> {
        let mut text = String::new();
        self.draw(&SVGBackend::with_string(&mut text, self.size()).into_drawing_area(), 1)?;
        let end = text.rfind("</svg>").unwrap_or(text.len());
        for (grid, origin) in self.image_grids() {
            text.insert_str(end, &grid.svg(origin)?);
        }
        Ok(text)
    }

    /// Writes the picture as PNG or SVG, by the ending of the file's name.
    ///
    /// # Errors
    /// [`Error::Drawing`] for another ending, [`Error::Io`].
    pub fn save(&self, path: &Path) -> Result<()> {
        let bytes = match ending(path).as_str() {
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

    /// Draws everything but the pixels of images, which a bitmap and an SVG file hold in different ways.
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
            }
        }
        root.present().map_err(drawing)
    }
}

/// Every two by two pixels of a bitmap as one, their mean; an odd last line or column is left out.
fn halve(pixels: &[u8], width: usize) -> Vec<u8> {
    let line = 3 * width;
    let mut halved = Vec::with_capacity(pixels.len() / 4);
    for lines in pixels.chunks_exact(2 * line) {
        let (upper, lower) = lines.split_at(line);
        for (upper, lower) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
            for colour in 0..3 {
                let of = |pixels: &[u8]| u16::from(pixels[colour]) + u16::from(pixels[colour + 3]);
                halved.push(((of(upper) + of(lower) + 2) / 4) as u8);
            }
        }
    }
    halved
}

/// Red, green and blue of the pixels of a bitmap.
pub(super) struct Canvas<'a> {
    pixels: &'a mut [u8],
    width: usize,
    scale: u32,
}

impl Canvas<'_> {
    /// Fills a square of nominal place and side with a colour.
    pub(super) fn square(&mut self, (x, y): (u32, u32), side: u32, colour: [u8; 3]) {
        let scaled = |nominal: u32| (nominal * self.scale) as usize;
        let (x, y, side) = (scaled(x), scaled(y), scaled(side));
        for line in y..y + side {
            let begin = 3 * (line * self.width + x);
            let pixels = self.pixels[begin..begin + 3 * side].chunks_exact_mut(3);
            pixels.for_each(|pixel| pixel.copy_from_slice(&colour));
        }
    }
}

/// Red, green and blue of every pixel as a PNG file; of one number a pixel if all are grey, as in grids of images.
pub(super) fn encode_rgb(pixels: &[u8], size: (u32, u32)) -> Result<Vec<u8>> {
    if pixels.chunks_exact(3).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]) {
        let greys: Vec<u8> = pixels.iter().step_by(3).copied().collect();
        return encode_png(&greys, size, ColorType::Grayscale);
    }
    encode_png(pixels, size, ColorType::Rgb)
}

/// Pixels as a PNG file.
fn encode_png(pixels: &[u8], (width, height): (u32, u32), colour: ColorType) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(colour);
    let mut writer = encoder.write_header().map_err(drawing)?;
    writer.write_image_data(pixels).map_err(drawing)?;
    writer.finish().map_err(drawing)?;
    Ok(file)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_takes_the_mean_of_four_pixels() {
        let pixels = |greys: &[u8]| greys.iter().flat_map(|&grey| [grey; 3]).collect::<Vec<u8>>();
        // 5 x 3 pixels: the last column and the last line are odd
        let large = pixels(&[0, 4, 10, 10, 99, 8, 4, 10, 14, 99, 1, 1, 1, 1, 1]);
        assert_eq!(halve(&large, 5), pixels(&[4, 11]));
    }

    #[test]
    fn a_picture_for_a_page_is_one_and_a_half_times_the_nominal_size() {
        let png = Figure::new().panel(Chart::new("", "", "")).page_png().unwrap();
        let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        assert_eq!((side(16), side(20)), (CHART.0 * 3 / 2, CHART.1 * 3 / 2));
    }
}
