//! Standard normal numbers by the ziggurat method (Marsaglia & Tsang 2000), with independent bits for the layer and the position
//! (Doornik 2005).
//!
//! The area under f(x) = exp(-x²/2), x > 0, is covered by 512 layers of the same area. A layer, a sign and a position in the layer
//! are drawn; 99.4 % of the positions are below the curve for certain.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2};
use std::sync::LazyLock;

use rand::{Rng, RngCore};

use super::BatchedRng;

const LAYERS: usize = 512;
/// Where the tail begins, so that the layers end at zero.
const TAIL: f64 = 3.852_046_150_368_391;
/// The bit of the sign; those below it are the layer, and the upper 53 the position.
const SIGN: u64 = 1 << 9;

/// Right edges of the layers, the lowest first, and the curve there. The lowest layer has the tail, and the edge of a rectangle of the
/// same area.
struct Layers {
    edge: [f64; LAYERS + 1],
    height: [f64; LAYERS + 1],
}

static LAYERS_OF_NORMAL: LazyLock<Layers> = LazyLock::new(|| {
    let mut edge = [0.0; LAYERS + 1];
    let tail = FRAC_PI_2.sqrt() * libm::erfc(TAIL * FRAC_1_SQRT_2);
    let area = TAIL * curve(TAIL) + tail;
    (edge[0], edge[1]) = (area / curve(TAIL), TAIL);
    for layer in 2..LAYERS {
        let height = curve(edge[layer - 1]) + area / edge[layer - 1];
        edge[layer] = (-2.0 * libm::log(height)).sqrt();
    }
    Layers { edge, height: edge.map(curve) }
});

/// The functions of a library, since those of the system differ from machine to machine.
fn curve(x: f64) -> f64 {
    libm::exp(-0.5 * x * x)
}

/// Fills a slice with independent standard normal numbers, the same on every machine.
pub(crate) fn fill_normal(rng: &mut BatchedRng, numbers: &mut [f64]) {
    let layers = &*LAYERS_OF_NORMAL;
    for number in numbers {
        let bits = rng.next_u64();
        let layer = layer(bits);
        let x = unit(bits) * layers.edge[layer];
        let x = if x < layers.edge[layer + 1] { x } else { layers.at_edge(rng, layer, x) };
        *number = f64::from_bits(x.to_bits() | (bits & SIGN) << SIGN.leading_zeros());
    }
}

#[inline(always)]
fn layer(bits: u64) -> usize {
    (bits % LAYERS as u64) as usize
}

/// A number from 0 to 1 of the upper 53 bits.
#[inline(always)]
fn unit(bits: u64) -> f64 {
    const STEP: f64 = 1.0 / (1u64 << 53) as f64;
    (bits >> 11) as f64 * STEP
}

impl Layers {
    /// A position for one that may be above the curve: the same if it is not, and otherwise that of another draw.
    #[cold]
    fn at_edge(&self, rng: &mut BatchedRng, mut layer: usize, mut x: f64) -> f64 {
        loop {
            if x < self.edge[layer + 1] {
                return x;
            }
            if layer == 0 {
                return tail(rng);
            }
            let (low, high) = (self.height[layer], self.height[layer + 1]);
            if low + rng.r#gen::<f64>() * (high - low) < curve(x) {
                return x;
            }
            let bits = rng.next_u64();
            layer = self::layer(bits);
            x = unit(bits) * self.edge[layer];
        }
    }
}

/// A number beyond [`TAIL`] (Marsaglia 1964).
fn tail(rng: &mut BatchedRng) -> f64 {
    loop {
        // not zero
        let mut exponential = || -libm::log(1.0 - rng.r#gen::<f64>());
        let (x, y) = (exponential() / TAIL, exponential());
        if 2.0 * y > x * x {
            return TAIL + x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::normal::upper_tail;

    fn numbers(n: usize) -> Vec<f64> {
        let mut numbers = vec![0.0; n];
        fill_normal(&mut BatchedRng::new(3, 5), &mut numbers);
        numbers
    }

    #[test]
    fn layers_end_at_the_top_of_the_curve() {
        let Layers { edge, height } = &*LAYERS_OF_NORMAL;
        assert!(edge.is_sorted_by(|a, b| a > b));
        // the uppermost layer has the same area as well
        let area = edge[1] * (height[2] - height[1]);
        approx::assert_relative_eq!(
            edge[LAYERS - 1] * (1.0 - height[LAYERS - 1]),
            area,
            max_relative = 1e-9
        );
        assert_eq!((edge[LAYERS], height[LAYERS]), (0.0, 1.0));
    }

    #[test]
    fn numbers_follow_the_normal_distribution() {
        let mut sorted = numbers(1_000_000);
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let distances = sorted.iter().enumerate().map(|(at, &x)| {
            let below = 1.0 - upper_tail(x);
            (below - at as f64 / n).abs().max((below - (at + 1) as f64 / n).abs())
        });
        // Kolmogorov-Smirnov: beyond 1.95 / sqrt(n) with a probability of 0.001
        assert!(distances.fold(0.0, f64::max) < 1.95 / n.sqrt());
        // beyond the beginning of the tail: 117 of a million on average
        let beyond = sorted.iter().filter(|x| x.abs() > TAIL).count() as f64;
        let expected = 2.0 * n * upper_tail(TAIL);
        assert!((beyond - expected).abs() < 4.0 * expected.sqrt(), "{beyond} {expected}");
        assert!(sorted[0] < -4.5 && sorted[sorted.len() - 1] > 4.5);
    }

    #[test]
    fn moments_and_products_of_neighbours_are_those_of_independent_numbers() {
        let numbers = numbers(1_000_000);
        let mean = |of: &dyn Fn(usize) -> f64| {
            (0..numbers.len() - 1).map(of).sum::<f64>() / (numbers.len() - 1) as f64
        };
        // within four standard errors
        assert!(mean(&|at| numbers[at]).abs() < 0.004);
        assert!((mean(&|at| numbers[at].powi(2)) - 1.0).abs() < 0.006);
        assert!(mean(&|at| numbers[at].powi(3)).abs() < 0.016);
        assert!((mean(&|at| numbers[at].powi(4)) - 3.0).abs() < 0.04);
        assert!(mean(&|at| numbers[at] * numbers[at + 1]).abs() < 0.004);
        assert!(
            mean(&|at| (numbers[at].powi(2) - 1.0) * (numbers[at + 1].powi(2) - 1.0)).abs() < 0.008
        );
    }

    #[test]
    fn a_longer_sequence_begins_with_a_shorter_one() {
        assert_eq!(numbers(1000)[..123], numbers(123));
    }
}
