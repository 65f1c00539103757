//! Spikes of the data in samples: a monotone map of each column with a spike, as of a censored (Tobit) variable.
//!
//! A mixture of Gaussians has no value of positive probability. The values of a sample beyond the quantile of the model at the
//! share of a spike become the value of the spike, so that it keeps its share, whatever the components are, and occurs where
//! the other columns of a row make it likely. The remaining values are mapped to those beyond the spike:
//!
//! ```text
//! y = v                                   x < t        P(X < t) = share of the spike v
//! y = n + (x - t) (m - n) / (m - t)   t ≤ x < m        n: the value of the data next to v
//! y = x                               m ≤ x            m: the median of the remaining values of the model
//! ```
//!
//! The map of a spike at the upper end is its mirror image. With both, `m` is the median between them.

use super::marginal::Marginal;
use crate::rows::schema::{Column, Spike};

/// The map of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SpikeMap {
    low: Option<Side>,
    high: Option<Side>,
    /// The value between the ends that is its own image.
    middle: f64,
}

/// The map at one end.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Side {
    value: f64,
    next: f64,
    /// Values beyond it become the value of the spike.
    threshold: f64,
}

impl SpikeMap {
    pub(super) fn new(marginal: &Marginal, column: &Column) -> Self {
        let is_low = |spike: &&Spike| spike.value < spike.next;
        let (low, high) =
            (column.spikes.iter().find(is_low), column.spikes.iter().find(|spike| !is_low(spike)));
        let share = |spike: Option<&Spike>| spike.map_or(0.0, |spike| spike.share);
        let side = |spike: &Spike, share: f64| Side {
            value: spike.value,
            next: spike.next,
            threshold: marginal.quantile(share),
        };
        Self {
            low: low.map(|spike| side(spike, spike.share)),
            high: high.map(|spike| side(spike, 1.0 - spike.share)),
            middle: marginal.quantile(0.5 * (1.0 + share(low) - share(high))),
        }
    }

    pub(super) fn apply(&self, x: f64) -> f64 {
        match (self.low, self.high) {
            (Some(low), _) if x < low.threshold => low.value,
            (_, Some(high)) if x > high.threshold => high.value,
            (Some(low), Some(high)) if !(low.next < self.middle && self.middle < high.next) => {
                low.line(high.threshold, high.next, x).clamp(low.next, high.next)
            }
            (Some(low), _) if x < self.middle || self.middle <= low.next => {
                low.toward(self.middle, x, f64::max)
            }
            (_, Some(high)) if x > self.middle || self.middle >= high.next => {
                high.toward(self.middle, x, f64::min)
            }
            _ => x,
        }
    }
}

impl Side {
    /// Maps a value between the threshold and the middle, which is its own image; if the middle is beyond the next value, all
    /// values are shifted. `inner` returns the one of two values that is farther from the spike.
    fn toward(&self, middle: f64, x: f64, inner: fn(f64, f64) -> f64) -> f64 {
        let is_between = inner(self.next, middle) == middle && self.next != middle;
        let mapped = if is_between {
            self.line(middle, middle, x)
        } else {
            x + (self.next - self.threshold)
        };
        inner(mapped, self.next)
    }

    /// The line through `(threshold, next)` and `(x2, y2)`.
    fn line(&self, x2: f64, y2: f64, x: f64) -> f64 {
        let slope = (y2 - self.next) / (x2 - self.threshold);
        if slope.is_finite() { self.next + (x - self.threshold) * slope } else { x }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spike(value: f64, share: f64, next: f64) -> Spike {
        Spike { value, share, next }
    }

    fn column(spikes: &[Spike]) -> Column {
        Column { spikes: spikes.into(), ..Column::named("x") }
    }

    /// A mixture of a narrow and a wide component.
    fn marginal() -> Marginal {
        Marginal::gaussian(&[(0.6, 0.0, 0.5), (0.4, 6.0, 3.0)])
    }

    #[test]
    fn maps_are_monotone_and_keep_the_share() {
        let both = [spike(0.0, 0.5, 0.1), spike(11.0, 0.1, 10.9)];
        // with the middle of the model beyond the next value
        let far = [spike(5.0, 0.3, 5.5), spike(6.0, 0.3, 5.9)];
        let cases: [&[Spike]; 7] =
            [&both[..1], &both[1..], &both, &far[..1], &far[1..], &far, &[spike(-4.0, 0.7, -3.9)]];
        for spikes in cases {
            let (marginal, column) = (marginal(), column(spikes));
            let map = SpikeMap::new(&marginal, &column);
            let grid: Vec<f64> = (-4000..20_000).map(|step| f64::from(step) / 1000.0).collect();
            let images: Vec<f64> = grid.iter().map(|&x| map.apply(x)).collect();
            assert!(images.windows(2).all(|pair| pair[0] <= pair[1]), "{spikes:?}");
            for spike in spikes {
                let edge = grid.iter().zip(&images).filter(|(_, image)| **image == spike.value);
                let (first, last) = edge
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), (x, _)| {
                        (a.min(*x), b.max(*x))
                    });
                let is_low = spike.value < spike.next;
                let share = if is_low { marginal.cdf(last) } else { 1.0 - marginal.cdf(first) };
                assert!((share - spike.share).abs() < 1e-3, "{spikes:?}: {share}");
                // no value is between a spike and the next value
                let between = |&image: &f64| {
                    if is_low {
                        image > spike.value && image < spike.next
                    } else {
                        image < spike.value && image > spike.next
                    }
                };
                assert!(!images.iter().any(between), "{spikes:?}");
            }
        }
        // values beyond the median of the rest are unchanged
        let map = SpikeMap::new(&marginal(), &column(&both[..1]));
        assert!(map.middle > 1.0);
        assert_eq!(map.apply(map.middle + 2.0), map.middle + 2.0);
    }
}
