//! Layout of the panels of a figure.

use super::{Figure, Panel};
use crate::plot::image_grid::ImageGrid;

/// Nominal size of a chart.
pub(super) const CHART: (u32, u32) = (440, 360);

impl Panel {
    fn size(&self) -> (u32, u32) {
        match self {
            Self::Chart(_) => CHART,
            Self::Images(grid) => grid.size(),
            Self::Bars(bars) => bars.size(),
        }
    }
}

impl Figure {
    /// Nominal size in pixels; a PNG has twice as many on each side.
    pub fn size(&self) -> (u32, u32) {
        let (columns, lines) = self.breaks();
        (columns.last().copied().unwrap_or(1), lines.last().copied().unwrap_or(1))
    }

    fn n_columns(&self) -> usize {
        self.columns.unwrap_or(2).min(self.panels.len().max(1))
    }

    /// Nominal right edges of the columns and lower edges of the lines: each as large as its largest panel.
    pub(super) fn breaks(&self) -> (Vec<u32>, Vec<u32>) {
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

    /// Nominal position of the upper left corner of each panel.
    fn origins(&self) -> impl Iterator<Item = (u32, u32)> {
        let (columns, lines) = self.breaks();
        let before = |edges: &[u32], index: usize| if index == 0 { 0 } else { edges[index - 1] };
        let n_columns = columns.len();
        (0..self.panels.len()).map(move |index| {
            (before(&columns, index % n_columns), before(&lines, index / n_columns))
        })
    }

    /// The grids of images, each with the nominal position of its panel.
    pub(super) fn image_grids(&self) -> impl Iterator<Item = (&ImageGrid, (u32, u32))> {
        self.panels.iter().zip(self.origins()).filter_map(|(panel, origin)| match panel {
            Panel::Images(grid) => Some((&**grid, origin)),
            Panel::Chart(_) | Panel::Bars(_) => None,
        })
    }
}
