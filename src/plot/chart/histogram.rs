//! Histograms of one or two samples.

use ndarray::ArrayView1;

use super::Chart;
use super::layer::{Bar, Layer};
use crate::plot::colour::Colour;
use crate::rows::summaries::extent;

impl Chart {
    /// Adds a histogram of `values` in `n_bins` equal bins, normalised to area 1 for comparison with density curves.
    pub fn histogram(mut self, values: ArrayView1<'_, f64>, n_bins: usize) -> Self {
        let bars = density_bars(values, n_bins, extent(values));
        self.layers.push(Layer::Bars { bars });
        self
    }

    /// Adds a histogram of `values` as bars and one of `others` as an outline, in the same bins over the range of both; `name`
    /// labels the outline in the legend.
    pub fn two_histograms(
        mut self,
        values: ArrayView1<'_, f64>,
        name: impl Into<String>,
        others: ArrayView1<'_, f64>,
        n_bins: usize,
    ) -> Self {
        let both = extent(values.iter().chain(&others));
        self.layers.push(Layer::Bars { bars: density_bars(values, n_bins, both) });
        let bars = density_bars(others, n_bins, both).into_iter();
        // steps along the edges of the bars
        let steps = bars.flat_map(|bar| [(bar.left, bar.high), (bar.right, bar.high)]);
        self.line(name, steps, Colour::ORANGE)
    }

    /// Adds a histogram as a line through the middles of its bars, for comparison with other values; a `name` that is not
    /// empty appears in the legend.
    pub fn histogram_outline(
        self,
        name: impl Into<String>,
        values: ArrayView1<'_, f64>,
        n_bins: usize,
        colour: Colour,
    ) -> Self {
        let bars = density_bars(values, n_bins, extent(values)).into_iter();
        self.line(name, bars.map(|bar| (0.5 * (bar.left + bar.right), bar.high)), colour)
    }
}

/// The bars of a histogram of area 1; no bars if all values are equal or if there are none.
fn density_bars(values: ArrayView1<'_, f64>, n_bins: usize, (low, high): (f64, f64)) -> Vec<Bar> {
    let width = (high - low) / n_bins as f64;
    let height = |count: usize| count as f64 / (values.len() as f64 * width);
    let bars = counts(values, n_bins, (low, high)).into_iter().enumerate().map(|(bin, count)| {
        let left = low + bin as f64 * width;
        Bar { left, right: left + width, low: 0.0, high: height(count) }
    });
    bars.collect()
}

/// Number of values in each of `n_bins` equal bins; no bins if the range is empty or if there are no values.
pub(super) fn counts(
    values: ArrayView1<'_, f64>,
    n_bins: usize,
    (low, high): (f64, f64),
) -> Vec<usize> {
    let width = (high - low) / n_bins as f64;
    if !(width.is_finite() && width > 0.0) || values.is_empty() {
        return Vec::new();
    }
    let mut counts = vec![0; n_bins];
    for value in values {
        let bin = ((value - low) / width) as usize;
        counts[bin.min(n_bins - 1)] += 1;
    }
    counts
}
