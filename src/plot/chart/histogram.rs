//! Histograms of one or two samples.

use ndarray::ArrayView1;

use super::Chart;
use super::layer::{Bar, Layer};
use crate::plot::colour::Colour;
use crate::rows::step::Step;
use crate::rows::summaries::extent;

impl Chart {
    /// Adds a histogram of `values` in `n_bins` equal bins, normalised to area 1 for comparison with density curves. Bins of values
    /// that are all multiples of a step, such as whole numbers, have the width of one or more steps, and there may be fewer.
    pub fn histogram(mut self, values: ArrayView1<'_, f64>, n_bins: usize) -> Self {
        let bars = density_bars(values, &Bins::new(values, n_bins));
        self.layers.push(Layer::Bars { name: String::new(), bars });
        self
    }

    /// Adds a histogram of `values` as bars and one of `others` as an outline, in the same bins over the range of both, with the name
    /// of each sample in the legend.
    pub fn two_histograms(
        mut self,
        (name, values): (impl Into<String>, ArrayView1<'_, f64>),
        (other_name, others): (impl Into<String>, ArrayView1<'_, f64>),
        n_bins: usize,
    ) -> Self {
        let bins = Bins::new(values.iter().chain(&others), n_bins);
        self.layers.push(Layer::Bars { name: name.into(), bars: density_bars(values, &bins) });
        let bars = density_bars(others, &bins).into_iter();
        // steps along the edges of the bars
        let steps = bars.flat_map(|bar| [(bar.left, bar.high), (bar.right, bar.high)]);
        self.line(other_name, steps, Colour::ORANGE)
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
        let bars = density_bars(values, &Bins::new(values, n_bins)).into_iter();
        self.line(name, bars.map(|bar| (0.5 * (bar.left + bar.right), bar.high)), colour)
    }
}

/// The bins of a histogram.
struct Bins {
    n_bins: usize,
    range: (f64, f64),
}

impl Bins {
    /// `n_bins` equal bins over the range of values; of values that are multiples of a step, at most as many, each with the same
    /// number of steps in its middle.
    fn new<'a>(values: impl IntoIterator<Item = &'a f64> + Clone, n_bins: usize) -> Self {
        let (low, high) = extent(values.clone());
        let mut step = Step::default();
        values.into_iter().for_each(|&value| step.add(value));
        match step.get() {
            Some(step) if high > low && n_bins > 0 => {
                let n_steps = ((high - low) / step).round() + 1.0;
                let width = (n_steps / n_bins as f64).ceil();
                let n_bins = (n_steps / width).ceil();
                let first = low - 0.5 * step;
                Self { n_bins: n_bins as usize, range: (first, first + n_bins * width * step) }
            }
            _ => Self { n_bins, range: (low, high) },
        }
    }
}

/// The bars of a histogram of area 1; no bars if all values are equal or if there are none.
fn density_bars(values: ArrayView1<'_, f64>, bins: &Bins) -> Vec<Bar> {
    let Bins { n_bins, range: (low, high) } = *bins;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_of_whole_numbers_have_whole_numbers_of_them() {
        let ages: Vec<f64> = (0..400).map(|at| f64::from(18 + at % 41)).collect();
        // 41 ages: two in each of 21 bins
        let bins = Bins::new(&ages, 30);
        assert_eq!((bins.n_bins, bins.range), (21, (17.5, 59.5)));
        let bars = density_bars(ages.as_slice().into(), &bins);
        assert!(bars[1].left == 19.5 && bars[1].right == 21.5);
        // more bins than ages
        assert_eq!(Bins::new(&ages, 100).n_bins, 41);
        let other: Vec<f64> = ages.iter().map(|age| age.sqrt()).collect();
        assert_eq!(Bins::new(&other, 30).n_bins, 30);
    }
}
