//! Sums, products and the like of runs of numbers: plain loops, compiled for each instruction set.

use pulp::{Simd, WithSimd};

/// Defines functions whose bodies are compiled for each instruction set. (A closure would not do: where it is
/// too long to be inlined it is compiled for the baseline.)
macro_rules! vectorised {
    ($(
        $(#[$attribute:meta])*
        fn $name:ident($($argument:ident: $type:ty),*) -> $output:ty $body:block
    )*) => {
        $(
            $(#[$attribute])*
            pub(crate) fn $name<'a>($($argument: $type),*) -> $output {
                struct Kernel<'a> {
                    $($argument: $type,)*
                }

                impl<'a> WithSimd for Kernel<'a> {
                    type Output = $output;

                    #[inline(always)]
                    fn with_simd<S: Simd>(self, _: S) -> $output {
                        let Self { $($argument),* } = self;
                        $body
                    }
                }

                super::run(Kernel { $($argument),* })
            }
        )*
    };
}

/// Independent partial sums of a reduction: four AVX-512 registers of `f64`, so that additions need not wait for
/// one another.
const LANES: usize = 32;

/// `Σ term(i)` over `0..n`, in [`LANES`] interleaved partial sums.
#[inline(always)]
fn reduce(n: usize, term: impl Fn(usize) -> f64) -> f64 {
    let mut partial = [0.0; LANES];
    let whole = n - n % LANES;
    for start in (0..whole).step_by(LANES) {
        for (lane, sum) in partial.iter_mut().enumerate() {
            *sum += term(start + lane);
        }
    }
    for i in whole..n {
        partial[i - whole] += term(i);
    }
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for lane in 0..width {
            partial[lane] += partial[lane + width];
        }
    }
    partial[0]
}

vectorised! {
    /// `Σ xᵢ`
    fn sum(x: &'a [f64]) -> f64 {
        reduce(x.len(), |i| x[i])
    }

    /// `Σ xᵢ yᵢ`
    fn dot(x: &'a [f64], y: &'a [f64]) -> f64 {
        let y = &y[..x.len()];
        reduce(x.len(), |i| x[i] * y[i])
    }

    /// `Σ wᵢ (xᵢ - c)`
    fn weighted_sum(weights: &'a [f64], x: &'a [f64], c: f64) -> f64 {
        let x = &x[..weights.len()];
        reduce(weights.len(), |i| weights[i] * (x[i] - c))
    }

    /// `Σ wᵢ (xᵢ - c)²`
    fn weighted_square_sum(weights: &'a [f64], x: &'a [f64], c: f64) -> f64 {
        let x = &x[..weights.len()];
        reduce(weights.len(), |i| weights[i] * (x[i] - c) * (x[i] - c))
    }

    /// The smallest and largest `xᵢ` with a weight above 0; infinite if there are none.
    fn weighted_range(weights: &'a [f64], x: &'a [f64]) -> (f64, f64) {
        let (mut low, mut high) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        for (x, weights) in x.chunks(LANES).zip(weights.chunks(LANES)) {
            for (((&x, &weight), low), high) in x.iter().zip(weights).zip(&mut low).zip(&mut high) {
                *low = if x < *low && weight > 0.0 { x } else { *low };
                *high = if x > *high && weight > 0.0 { x } else { *high };
            }
        }
        let low = low.into_iter().fold(f64::INFINITY, f64::min);
        (low, high.into_iter().fold(f64::NEG_INFINITY, f64::max))
    }

    /// Writes `xᵢ - c` to `centred` and `wᵢ (xᵢ - c)` to `weighted`, and gives the sum of the latter.
    fn centre_and_weigh(
        x: &'a [f64],
        c: f64,
        weights: &'a [f64],
        centred: &'a mut [f64],
        weighted: &'a mut [f64]
    ) -> f64 {
        let n = x.len();
        let (weights, centred, weighted) = (&weights[..n], &mut centred[..n], &mut weighted[..n]);
        for i in 0..n {
            centred[i] = x[i] - c;
            weighted[i] = weights[i] * (x[i] - c);
        }
        reduce(n, |i| weighted[i])
    }

    /// Writes `xᵢ yᵢ` to `to`.
    fn multiply(x: &'a [f64], y: &'a [f64], to: &'a mut [f64]) -> () {
        for ((to, x), y) in to.iter_mut().zip(x).zip(y) {
            *to = x * y;
        }
    }

    /// Adds `wᵢ (xᵢ - c)` to `to`.
    fn add_weighted(weights: &'a [f64], x: &'a [f64], c: f64, to: &'a mut [f64]) -> () {
        for ((to, &weight), &x) in to.iter_mut().zip(weights).zip(x) {
            *to += weight * (x - c);
        }
    }

    /// Replaces `xᵢ` by `constant - factor xᵢ`.
    fn subtract_multiple(x: &'a mut [f64], constant: f64, factor: f64) -> () {
        for x in x.iter_mut() {
            *x = constant - factor * *x;
        }
    }

    /// Puts `label` and `distanceᵢ` in the place of labels and distances that are larger.
    fn keep_nearest(
        label: usize,
        distances: &'a [f64],
        labels: &'a mut [usize],
        nearest: &'a mut [f64]
    ) -> () {
        for ((nearest, kept), &distance) in nearest.iter_mut().zip(labels).zip(distances) {
            let closer = distance < *nearest;
            *nearest = if closer { distance } else { *nearest };
            *kept = if closer { label } else { *kept };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reductions_count_every_element_once() {
        for n in 0..140 {
            let x: Vec<f64> = (0..n).map(f64::from).collect();
            let n = f64::from(n);
            assert_eq!(sum(&x), n * (n - 1.0) / 2.0);
            assert_eq!(dot(&x, &x), (n - 1.0) * n * (2.0 * n - 1.0) / 6.0);
        }
    }
}
