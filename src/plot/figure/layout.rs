//! Layout of the panels of a figure.

use super::{Figure, Panel};
use crate::plot::draw::Sides;
use crate::plot::drawing::Point;
use crate::plot::window::Window;

impl Panel {
    fn size(&self, sides: Sides) -> (u32, u32) {
        match self {
            Self::Chart(chart) => chart.size(sides),
            Self::Images(grid) => grid.size(),
            Self::Bars(bars) => bars.size(),
            Self::Missing(map) => map.size(),
        }
    }
}

/// The nominal size of a figure, and the place of each of its panels.
pub(super) struct Layout {
    pub(super) size: (u32, u32),
    pub(super) places: Vec<Place>,
}

/// The place of a panel.
pub(super) struct Place {
    /// Nominal position of the upper left corner.
    pub(super) origin: Point,
    /// What a chart shows; without meaning for other panels.
    pub(super) window: Window,
    pub(super) sides: Sides,
}

impl Figure {
    /// Nominal size in pixels; a PNG has twice as many on each side.
    pub fn size(&self) -> (u32, u32) {
        self.layout().size
    }

    pub(super) fn layout(&self) -> Layout {
        let windows = self.windows();
        let sides = self.sides(&windows);
        let (columns, lines) = self.breaks(&sides);
        let width = columns.last().copied().unwrap_or(1);
        let top = self.legend.height(width);
        let height = lines.last().copied().unwrap_or(1).saturating_add(top);
        let before = |edges: &[u32], index: usize| if index == 0 { 0 } else { edges[index - 1] };
        let n_columns = columns.len();
        let place = |(index, (window, sides)): (usize, (Window, Sides))| {
            let (x, y) = (before(&columns, index % n_columns), before(&lines, index / n_columns));
            Place { origin: (f64::from(x), f64::from(top) + f64::from(y)), window, sides }
        };
        let places = windows.into_iter().zip(sides).enumerate().map(place).collect();
        Layout { size: (width, height), places }
    }

    fn n_columns(&self) -> usize {
        self.columns.unwrap_or(2).min(self.panels.len().max(1))
    }

    /// The sides of each panel that have labels.
    fn sides(&self, windows: &[Window]) -> Vec<Sides> {
        if !self.shares_axes {
            return vec![Sides::BOTH; self.panels.len()];
        }
        let n_columns = self.n_columns();
        // labels on the left of all lines have the same room, so that columns are aligned
        let heights = |index: usize| self.heights_of_line(index, windows);
        let room = |index: usize| match &self.panels[index] {
            Panel::Chart(chart) => chart.left_room(heights(index).unwrap_or(windows[index].y)),
            _ => 0.0,
        };
        let room = (0..self.panels.len()).step_by(n_columns).map(room).fold(0.0, f64::max);
        let sides = |index: usize| Sides {
            left: index.is_multiple_of(n_columns).then_some(room),
            // the last panel of a column
            below: index + n_columns >= self.panels.len(),
            heights: heights(index),
        };
        (0..self.panels.len()).map(sides).collect()
    }

    /// The window of each panel; one without meaning for panels that are no charts.
    fn windows(&self) -> Vec<Window> {
        let unit = Window { x: (0.0, 1.0), y: (0.0, 1.0) };
        let own = self.panels.iter().map(|panel| match panel {
            Panel::Chart(chart) => chart.fitted_window(),
            Panel::Images(_) | Panel::Bars(_) | Panel::Missing(_) => unit,
        });
        let own: Vec<Window> = own.collect();
        if !self.shares_axes {
            return own;
        }
        let n_columns = self.n_columns();
        let shared = |index: usize| {
            let mut window = own[index];
            for other in (0..own.len()).filter(|other| other % n_columns == index % n_columns) {
                window.x = window.with(own[other]).x;
            }
            for other in (0..own.len()).filter(|other| other / n_columns == index / n_columns) {
                if !self.has_own_heights(index) && !self.has_own_heights(other) {
                    window.y = window.with(own[other]).y;
                }
            }
            window
        };
        (0..own.len()).map(shared).collect()
    }

    /// In a matrix, the vertical range of the other charts on the line of a histogram, which the labels are for.
    fn heights_of_line(&self, index: usize, windows: &[Window]) -> Option<(f64, f64)> {
        let Panel::Chart(chart) = &self.panels[index] else { return None };
        if !(chart.is_small && self.has_own_heights(index)) {
            return None;
        }
        let n_columns = self.n_columns();
        let line = index / n_columns;
        let mut others =
            (line * n_columns..(line + 1) * n_columns).take_while(|other| *other < windows.len());
        others.find(|other| !self.has_own_heights(*other)).map(|other| windows[other].y)
    }

    /// Whether the vertical axis of a panel has another meaning than those on its line.
    fn has_own_heights(&self, index: usize) -> bool {
        matches!(&self.panels[index], Panel::Chart(chart) if chart.has_bars())
    }

    /// Nominal right edges of the columns and lower edges of the lines: each as large as its largest panel.
    fn breaks(&self, sides: &[Sides]) -> (Vec<u32>, Vec<u32>) {
        let n_columns = self.n_columns();
        let mut widths = vec![1; n_columns];
        let mut heights = vec![1; self.panels.len().div_ceil(n_columns).max(1)];
        for (index, (panel, sides)) in self.panels.iter().zip(sides).enumerate() {
            let (width, height) = panel.size(*sides);
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

    pub(super) fn has_images(&self) -> bool {
        self.panels.iter().any(|panel| matches!(panel, Panel::Images(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::chart::Chart;

    fn chart(x: f64, y: f64) -> Chart {
        Chart::new("", "x", "y").line("", [(0.0, 0.0), (x, y)], crate::plot::Colour::BLUE)
    }

    #[test]
    fn shared_axes_have_one_range_and_labels_at_the_edges_only() {
        let figure = Figure::new().panel(chart(1.0, 2.0)).panel(chart(3.0, 4.0));
        let figure = figure.panel(chart(5.0, 6.0)).panel(chart(7.0, 8.0)).shared_axes();
        let windows = figure.windows();
        assert_eq!((windows[0].x, windows[1].x), (windows[2].x, windows[3].x));
        assert_eq!((windows[0].y, windows[2].y), (windows[1].y, windows[3].y));
        assert!(windows[2].x.1 > 5.0 && windows[1].y.1 > 4.0 && windows[1].y.1 < 6.0);
        let sides = figure.sides(&windows);
        assert_eq!(
            sides.iter().map(|s| s.left.is_some()).collect::<Vec<_>>(),
            [true, false, true, false]
        );
        assert_eq!(sides.iter().map(|s| s.below).collect::<Vec<_>>(), [false, false, true, true]);
        let svg = figure.svg().unwrap();
        assert_eq!(svg.matches(">x</text>").count(), 2);
        assert_eq!(svg.matches(">y</text>").count(), 2);
    }

    #[test]
    fn heights_of_histograms_are_their_own() {
        let values = ndarray::array![0.0, 0.1, 0.2, 1.0];
        let bars = Chart::new("", "x", "density").histogram(values.view(), 4);
        let figure = Figure::new().panel(bars.clone()).panel(chart(1.0, 50.0)).shared_axes();
        assert_eq!(figure.windows()[0].y, bars.fitted_window().y);
        assert!(figure.windows()[1].y.1 > 50.0);
    }
}
