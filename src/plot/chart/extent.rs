//! The part of the plane that a chart shows.

use super::Chart;
use super::layer::Layer;
use crate::plot::window::Window;
use crate::rows::summaries::extent;

/// Share of a span that is left free on both sides.
const AIR: f64 = 0.07;
const ROOM_FOR_NOTES: f64 = 0.16;

/// Share of the height of bars that is left free above them.
const ROOM_FOR_LEGEND: f64 = 0.2;

/// Share of a span that regions may add on each side.
const REACH: f64 = 0.35;

impl Chart {
    /// A window around points, lines, bars and markers, and around regions as far as they do not dwarf these.
    pub(in crate::plot) fn window(&self) -> Window {
        // what must be seen, and what regions would add
        let (mut near, mut wide) = (Extent::EMPTY, Extent::EMPTY);
        for layer in &self.layers {
            if let Layer::Bars { bars } = layer {
                bars.iter().for_each(|&((left, right), height)| {
                    near.include((left, 0.0));
                    near.include((right, height));
                });
                continue;
            }
            let (points, is_region) = match layer {
                Layer::Marker { at, .. } => (std::slice::from_ref(at), false),
                Layer::Region { corners, .. } => (corners.as_slice(), true),
                other => (other.points(), false),
            };
            for &point in points {
                wide.include(point);
                if !is_region {
                    near.include(point);
                }
            }
        }
        let x = self.x_range.unwrap_or_else(|| near.x.with_air(AIR).towards(wide.x));
        let y = self.y_range.unwrap_or_else(|| self.heights(near.y, wide.y));
        Window { x, y }
    }

    /// The vertical range: bars stand on its lower end, with room for the legend above them; notes of markers have room on
    /// both sides.
    fn heights(&self, near: Span, wide: Span) -> (f64, f64) {
        let has = |is: fn(&Layer) -> bool| self.layers.iter().any(is);
        // bars of values that are all equal are none
        if has(|layer| matches!(layer, Layer::Bars { .. })) && near.high.is_finite() {
            return (0.0, near.high * (1.0 + ROOM_FOR_LEGEND));
        }
        let marked = has(|layer| matches!(layer, Layer::Marker { .. }));
        near.with_air(if marked { ROOM_FOR_NOTES } else { AIR }).towards(wide)
    }

    /// How many points and corners of lines lie in a part of the chart, to find room for words.
    pub(in crate::plot) fn crowd(&self, part: Window) -> usize {
        let drawn = self.layers.iter().flat_map(Layer::points);
        drawn.filter(|point| part.contains(**point)).count()
    }
}

/// A range around values, with a little air on both sides.
pub(crate) fn around<'a>(values: impl IntoIterator<Item = &'a f64>) -> (f64, f64) {
    let (low, high) = extent(values);
    let air = if high > low { 0.05 * (high - low) } else { 1.0 };
    (low - air, high + air)
}

/// A rectangle that grows.
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

/// An interval that grows.
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

    fn with_air(self, share: f64) -> Self {
        let Self { low, high } = self;
        if low > high {
            return Self { low: 0.0, high: 1.0 };
        }
        let air = if high > low { share * (high - low) } else { 0.5 * low.abs().max(1.0) };
        Self { low: low - air, high: high + air }
    }

    /// Widened to reach `wide`, but only so far.
    fn towards(self, wide: Self) -> (f64, f64) {
        let most = REACH * (self.high - self.low);
        (wide.low.clamp(self.low - most, self.low), wide.high.clamp(self.high, self.high + most))
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
