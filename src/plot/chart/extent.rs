//! The window of data coordinates that a chart shows.

use super::Chart;
use super::layer::Layer;
use crate::plot::window::Window;
use crate::rows::summaries::extent;

/// Padding on both sides, as a share of the span.
const PADDING: f64 = 0.07;
/// Padding on both sides of a chart with notes.
const NOTE_PADDING: f64 = 0.16;

/// Padding above bars for the legend, as a share of their height.
const LEGEND_PADDING: f64 = 0.2;

/// Number of points whose place a marker takes, to find space for text.
const OF_MARKER: usize = 1000;
/// Number of steps from one point of a line to the next one, to find space for text.
const STEPS: u32 = 8;

/// Share of a span by which regions may extend the window on each side.
const MAX_EXTENSION: f64 = 0.35;

impl Chart {
    /// The window around points, lines, bars and markers, extended to regions within limits.
    pub(in crate::plot) fn window(&self) -> Window {
        // the required extent, and that with all regions
        let (mut required, mut full) = (Extent::EMPTY, Extent::EMPTY);
        for layer in &self.layers {
            if let Layer::Bars { bars, .. } = layer {
                bars.iter().for_each(|bar| {
                    required.include((bar.left, bar.low));
                    required.include((bar.right, bar.high));
                });
                continue;
            }
            match layer {
                Layer::Marker { at, .. } => required.include(*at),
                Layer::Region { ellipse, .. } => {
                    ellipse.bounds().into_iter().for_each(|corner| full.include(corner));
                }
                other => other.each_point(|point| required.include(point)),
            }
        }
        let x = self.x_range.unwrap_or_else(|| required.x.padded(PADDING).extended(full.x));
        let y = self.y_range.unwrap_or_else(|| self.heights(required.y, full.y));
        Window { x, y }
    }

    /// The vertical range: it begins at the foot of bars and leaves space above them for the legend, and on both sides of
    /// marked points for their notes.
    fn heights(&self, required: Span, full: Span) -> (f64, f64) {
        // a histogram of equal values has no bars
        if self.has_bars() && required.high.is_finite() {
            let height = required.high - required.low.min(0.0);
            let low = if required.low < 0.0 { required.low - PADDING * height } else { 0.0 };
            return (low, required.high + LEGEND_PADDING * height);
        }
        let marked = self.layers.iter().any(|layer| matches!(layer, Layer::Marker { .. }));
        required.padded(if marked { NOTE_PADDING } else { PADDING }).extended(full)
    }

    /// Number of points, of points along lines and of bars within a section of the chart, to find space for text.
    pub(in crate::plot) fn n_points_in(&self, section: Window) -> usize {
        let mut n_points = 0;
        for layer in &self.layers {
            if let Layer::Bars { bars, .. } = layer {
                n_points += bars.iter().filter(|bar| bar.overlaps(section)).count();
                continue;
            }
            let mut count = |point| n_points += usize::from(section.contains(point));
            layer.each_point(&mut count);
            if let Layer::Marker { at, .. } = layer
                && section.contains(*at)
            {
                n_points += OF_MARKER;
                continue;
            }
            if let Layer::Line { points, .. } = layer {
                for pair in points.windows(2) {
                    let ((x, y), (next_x, next_y)) = (pair[0], pair[1]);
                    for share in (1..STEPS).map(|step| f64::from(step) / f64::from(STEPS)) {
                        count((x + share * (next_x - x), y + share * (next_y - y)));
                    }
                }
            }
        }
        n_points
    }
}

/// The range of values with padding on both sides.
pub(crate) fn around<'a>(values: impl IntoIterator<Item = &'a f64>) -> (f64, f64) {
    let (low, high) = extent(values);
    let padding = if high > low { 0.05 * (high - low) } else { 1.0 };
    (low - padding, high + padding)
}

/// A bounding box.
#[derive(Debug, Clone, Copy)]
struct Extent {
    x: Span,
    y: Span,
}

impl Extent {
    const EMPTY: Self = Self { x: Span::EMPTY, y: Span::EMPTY };

    fn include(&mut self, (x, y): (f64, f64)) {
        self.x.include(x);
        self.y.include(y);
    }
}

/// The range of a set of values.
#[derive(Debug, Clone, Copy)]
struct Span {
    low: f64,
    high: f64,
}

impl Span {
    const EMPTY: Self = Self { low: f64::INFINITY, high: f64::NEG_INFINITY };

    fn include(&mut self, value: f64) {
        if value.is_finite() {
            self.low = self.low.min(value);
            self.high = self.high.max(value);
        }
    }

    fn padded(self, share: f64) -> Self {
        let Self { low, high } = self;
        if low > high {
            return Self { low: 0.0, high: 1.0 };
        }
        let padding = if high > low { share * (high - low) } else { 0.5 * low.abs().max(1.0) };
        Self { low: low - padding, high: high + padding }
    }

    /// Extends the span to `full`, by at most [`MAX_EXTENSION`].
    fn extended(self, full: Self) -> (f64, f64) {
        let most = MAX_EXTENSION * (self.high - self.low);
        (full.low.clamp(self.low - most, self.low), full.high.clamp(self.high, self.high + most))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_histogram_of_equal_values_has_finite_axes() {
        let chart = Chart::new("", "", "").histogram(array![1.0, 1.0].view(), 5);
        let Window { x, y } = chart.window();
        assert_eq!((x, y), ((0.0, 1.0), (0.0, 1.0)));
    }
}
