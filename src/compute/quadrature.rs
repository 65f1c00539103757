//! Expectations of functions of a normal variable, by Gauss-Hermite quadrature.

use std::f64::consts::{PI, SQRT_2};
use std::sync::OnceLock;

/// Number of nodes: exact for polynomials of degree 63.
const N: usize = 32;

/// Nodes of a standard normal variable, and their weights, which sum to 1.
fn nodes() -> &'static [(f64, f64)] {
    static NODES: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
    NODES.get_or_init(|| {
        // roots of the orthonormal Hermite polynomial by Newton's method, each from a point between the last root and its bound
        let mut nodes = Vec::with_capacity(N);
        let steps = 4000;
        let bound = (2.0 * N as f64 + 1.0).sqrt();
        let at = |step: usize| -bound + 2.0 * bound * step as f64 / steps as f64;
        for step in 0..steps {
            let (low, high) = (at(step), at(step + 1));
            if hermite(low).0.signum() == hermite(high).0.signum() {
                continue;
            }
            let mut root = 0.5 * (low + high);
            for _ in 0..50 {
                let (value, derivative) = hermite(root);
                root -= value / derivative;
            }
            let derivative = hermite(root).1;
            nodes.push((SQRT_2 * root, 2.0 / (derivative * derivative) / PI.sqrt()));
        }
        nodes
    })
}

/// The orthonormal Hermite polynomial of degree N, and its derivative.
fn hermite(x: f64) -> (f64, f64) {
    let (mut previous, mut current) = (0.0, PI.powf(-0.25));
    for degree in 1..=N {
        let n = degree as f64;
        let next = x * (2.0 / n).sqrt() * current - ((n - 1.0) / n).sqrt() * previous;
        (previous, current) = (current, next);
    }
    (current, (2.0 * N as f64).sqrt() * previous)
}

/// Mean and variance of `of(X)` for a normal X.
pub(crate) fn normal_moments(mean: f64, deviation: f64, of: impl Fn(f64) -> f64) -> (f64, f64) {
    // about the value at the mean, so that nothing cancels
    let center = of(mean);
    let (mut first, mut second) = (0.0, 0.0);
    for (node, weight) in nodes() {
        let difference = of(mean + deviation * node) - center;
        first += weight * difference;
        second += weight * difference * difference;
    }
    (center + first, (second - first * first).max(0.0))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn moments_are_those_of_known_distributions() {
        assert_eq!(nodes().len(), N);
        let (mean, variance) = normal_moments(1e6, 3.0, |x| x);
        assert_relative_eq!(mean, 1e6, max_relative = 1e-15);
        // differences of numbers of one million
        assert_relative_eq!(variance, 9.0, max_relative = 1e-9);
        // log-normal
        let (m, s) = (0.5_f64, 0.9_f64);
        let (mean, variance) = normal_moments(m, s, f64::exp);
        assert_relative_eq!(mean, (m + 0.5 * s * s).exp(), max_relative = 1e-12);
        let expected = ((s * s).exp() - 1.0) * (2.0 * m + s * s).exp();
        assert_relative_eq!(variance, expected, max_relative = 1e-12);
        let (mean, variance) = normal_moments(0.0, 2.0, |x| x * x);
        assert_relative_eq!(mean, 4.0, max_relative = 1e-12);
        assert_relative_eq!(variance, 32.0, max_relative = 1e-12);
    }
}
