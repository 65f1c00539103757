//! Comparisons of two samples: quantiles and rootograms.

use ndarray::ArrayView1;

use super::Chart;
use super::histogram::counts;
use super::layer::{Bar, Layer, LineStyle, PointSize};
use crate::compute::quantile::quantile;
use crate::plot::colour::Colour;
use crate::plot::drawing::MarkerShape;
use crate::rows::summaries::extent;

/// Maximum number of quantiles.
const QUANTILES: usize = 200;

impl Chart {
    /// Adds the quantiles of `others` against those of `values`, at up to 200 equal steps of probability, and the line on which both
    /// distributions are equal (Wilk & Gnanadesikan 1968).
    pub fn quantiles(mut self, values: ArrayView1<'_, f64>, others: ArrayView1<'_, f64>) -> Self {
        let n_quantiles = QUANTILES.min(values.len().min(others.len()));
        let (values, others) = (sorted(values), sorted(others));
        let (low, high) = extent(values.iter().chain(&others));
        if n_quantiles == 0 || !(high - low).is_finite() {
            return self;
        }
        let points = (0..n_quantiles).map(|number| {
            let probability = (number as f64 + 0.5) / n_quantiles as f64;
            (quantile(&values, probability), quantile(&others, probability))
        });
        self.layers.push(Layer::Points {
            name: String::new(),
            points: points.collect(),
            colour: Colour::BLUE,
            marker: MarkerShape::Circle,
            size: PointSize::OfData,
        });
        self.styled_line("equal", [(low, low), (high, high)], LineStyle::dashed(Colour::Grey), None)
    }

    /// Adds a hanging rootogram of `others` against `values` (Tukey 1977): square roots of the counts that `values` would have with as
    /// many rows as `others`, as a curve, from which bars of the square roots of the counts of `others` hang. Bars that end at zero
    /// fit; with square roots, deviations of frequent and rare values are equally visible. The name of each sample is in the legend.
    pub fn rootogram(
        mut self,
        (name, values): (impl Into<String>, ArrayView1<'_, f64>),
        (other_name, others): (impl Into<String>, ArrayView1<'_, f64>),
        n_bins: usize,
    ) -> Self {
        let both = extent(values.iter().chain(&others));
        let (expected, found) = (counts(values, n_bins, both), counts(others, n_bins, both));
        let per_value = others.len() as f64 / values.len() as f64;
        let roots: Vec<f64> =
            expected.iter().map(|count| (*count as f64 * per_value).sqrt()).collect();
        let width = (both.1 - both.0) / n_bins as f64;
        let left = |bin: usize| both.0 + bin as f64 * width;
        let bars = roots.iter().zip(&found).enumerate().map(|(bin, (root, count))| Bar {
            left: left(bin) + 0.08 * width,
            right: left(bin + 1) - 0.08 * width,
            low: root - (*count as f64).sqrt(),
            high: *root,
        });
        self.layers.push(Layer::Bars { name: other_name.into(), bars: bars.collect() });
        let middles = roots.iter().enumerate().map(|(bin, root)| (left(bin) + 0.5 * width, *root));
        let curve = LineStyle::solid(Colour::ORANGE);
        let zero = LineStyle { width: 1.0, ..LineStyle::solid(Colour::Grey) };
        let chart = self.styled_line(name, middles.collect::<Vec<_>>(), curve, None);
        if roots.is_empty() {
            return chart;
        }
        chart.styled_line("", [(both.0, 0.0), (both.1, 0.0)], zero, None)
    }
}

fn sorted(values: ArrayView1<'_, f64>) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;

    #[test]
    fn quantiles_of_a_shifted_sample_are_shifted() {
        let values = Array1::from_iter((0..1000).map(|at| f64::from(at % 997)));
        let chart = Chart::new("", "", "").quantiles(values.view(), (&values + 5.0).view());
        let Layer::Points { points, .. } = &chart.layers[0] else {
            panic!("{:?}", chart.layers[0])
        };
        assert_eq!(points.len(), 200);
        assert!(points.iter().all(|(x, y)| (y - x - 5.0).abs() < 1e-9));
    }

    #[test]
    fn bars_of_an_equal_sample_end_at_zero() {
        let values = array![0.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 4.0];
        let twice = ndarray::concatenate![ndarray::Axis(0), values, values];
        let chart = Chart::new("", "", "").rootogram(("", values.view()), ("", twice.view()), 5);
        let Layer::Bars { bars, .. } = &chart.layers[0] else { panic!("{:?}", chart.layers[0]) };
        assert!(bars.iter().all(|bar| bar.low.abs() < 1e-12 && bar.high > 0.0));
        // more values than expected reach below zero
        let more = array![0.0, 1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 4.0];
        let chart = Chart::new("", "", "").rootogram(("", values.view()), ("", more.view()), 5);
        let Layer::Bars { bars, .. } = &chart.layers[0] else { panic!("{:?}", chart.layers[0]) };
        assert!((bars[1].low - (2.0_f64.sqrt() - 2.0)).abs() < 1e-12, "{bars:?}");
        assert!(chart.window().y.0 < bars[1].low);
    }

    #[test]
    fn samples_without_values_are_empty_charts() {
        let none = Array1::<f64>::zeros(0);
        let chart = Chart::new("", "", "").quantiles(none.view(), none.view());
        assert!(chart.rootogram(("", none.view()), ("", none.view()), 5).layers.iter().all(
            |layer| {
                let mut n_points = 0;
                layer.each_point(|_| n_points += 1);
                n_points == 0
            }
        ));
    }
}
