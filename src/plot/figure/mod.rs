//! Figures: grids of panels, rendered to files.

mod images;
mod layout;
mod png;

use std::io::Write;
use std::path::Path;

use super::bars::ShareBars;
use super::chart::Chart;
use super::draw::LegendRow;
use super::drawing::Drawing;
use super::entry::Entry;
use super::image_grid::ImageGrid;
use super::missing_map::MissingMap;
use crate::error::{Error, Result};
use crate::files::atomic::write_file;
use crate::files::file_extension;

use layout::{Layout, Place};

pub use images::image_grid;

/// A panel of a figure.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Panel {
    /// A pair of axes.
    Chart(Box<Chart>),
    /// A grid of images.
    Images(Box<ImageGrid>),
    /// Bars of shares.
    Bars(Box<ShareBars>),
    /// A map of missing values.
    Missing(Box<MissingMap>),
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

impl From<MissingMap> for Panel {
    fn from(map: MissingMap) -> Self {
        Self::Missing(Box::new(map))
    }
}

/// A grid of panels.
#[derive(Debug, Clone, Default)]
pub struct Figure {
    panels: Vec<Panel>,
    columns: Option<usize>,
    shares_axes: bool,
    legend: LegendRow,
    is_dark: bool,
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

    /// Lets the charts of a column share their horizontal axis, and those of a line their vertical axis: the same range, and labels
    /// only below the last line and on the left. The heights of histograms are their own.
    pub fn shared_axes(mut self) -> Self {
        self.shares_axes = true;
        self
    }

    /// Adds a legend above the panels.
    pub(in crate::plot) fn legend(mut self, entries: Vec<Entry>) -> Self {
        self.legend = LegendRow::new(entries);
        self
    }

    /// Draws the figure for dark pages: light on dark, with the same hues.
    pub fn dark(mut self) -> Self {
        self.is_dark = true;
        self
    }

    /// Renders an SVG file.
    ///
    /// # Errors
    /// [`Error::Drawing`].
    pub fn svg(&self) -> Result<String> {
        self.drawing()?.svg()
    }

    /// An SVG file for a page of many figures, with grey images in 64 shades.
    #[cfg(feature = "report")]
    pub(crate) fn page_svg(&self) -> Result<String> {
        self.drawing()?.with_few_shades().svg()
    }

    /// Renders a PDF file of one page, with 96 nominal pixels per inch.
    ///
    /// # Errors
    /// [`Error::Drawing`].
    pub fn pdf(&self) -> Result<Vec<u8>> {
        Ok(self.drawing()?.pdf())
    }

    /// Checks that [`save`](Self::save) accepts a file name: it must end in `.png`, `.svg` or `.pdf`.
    ///
    /// # Errors
    /// [`Error::InvalidParam`].
    pub fn check_name(path: &Path) -> Result<()> {
        FileFormat::of(path).map(drop)
    }

    /// Writes the figure as PNG, SVG or PDF, by the file extension.
    ///
    /// # Errors
    /// Those of [`check_name`](Self::check_name), [`Error::Drawing`], [`Error::Io`].
    pub fn save(&self, path: &Path) -> Result<()> {
        let bytes = match FileFormat::of(path)? {
            FileFormat::Png => self.png()?,
            FileFormat::Svg => self.svg()?.into_bytes(),
            FileFormat::Pdf => self.pdf()?,
        };
        write_file(path, |file| file.write_all(&bytes))
    }

    /// The shapes of all panels.
    pub(in crate::plot) fn drawing(&self) -> Result<Drawing> {
        let Layout { size, places } = self.layout();
        let mut drawing = Drawing::new(size);
        self.legend.draw(&mut drawing, size.0);
        for (panel, Place { origin, window, sides }) in self.panels.iter().zip(places) {
            match panel {
                Panel::Chart(chart) => chart.draw(&mut drawing, origin, (window, sides))?,
                Panel::Images(grid) => grid.draw(&mut drawing, origin),
                Panel::Bars(bars) => bars.draw(&mut drawing, origin),
                Panel::Missing(map) => map.draw(&mut drawing, origin),
            }
        }
        Ok(if self.is_dark { drawing.dark() } else { drawing })
    }
}

/// The format of the file of a figure.
enum FileFormat {
    Png,
    Svg,
    Pdf,
}

impl FileFormat {
    /// The format by the file extension.
    fn of(path: &Path) -> Result<Self> {
        match file_extension(path).as_str() {
            "png" => Ok(Self::Png),
            "svg" => Ok(Self::Svg),
            "pdf" => Ok(Self::Pdf),
            _ => {
                let expected = "one that ends in .png, .svg or .pdf";
                Err(Error::param("the name of a figure", path.display(), expected))
            }
        }
    }
}
