//! Elementwise operations, sums and products of slices: plain loops, compiled for each instruction set.

use pulp::{Simd, WithSimd};

/// Defines functions whose bodies are compiled for each instruction set. (Closures cannot replace them: a closure too long to
/// be inlined is compiled for the baseline.)
macro_rules! vectorised {
    ($(
        $(#[$attribute:meta])*
        fn $name:ident<$simd:ident>($($argument:ident: $type:ty),*) -> $output:ty $body:block
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
                    fn with_simd<S: Simd>(self, $simd: S) -> $output {
                        let Self { $($argument),* } = self;
                        $body
                    }
                }

                super::run(Kernel { $($argument),* })
            }
        )*
    };
}

/// Number of registers over which a sum is spread, so that additions do not wait for one another.
const SPREAD: usize = 4;

/// `Σ xᵢ`, or `Σ xᵢ yᵢ`
#[inline(always)]
fn total<S: Simd>(simd: S, x: &[f64], y: Option<&[f64]>) -> f64 {
    let one = simd.splat_f64s(1.0);
    let (whole, rest) = S::as_simd_f64s(x);
    let factors = y.map_or(&[][..], |y| S::as_simd_f64s(&y[..x.len()]).0);
    let mut sums = [simd.splat_f64s(0.0); SPREAD];
    let (spread, last) = whole.as_chunks::<SPREAD>();
    for (at, x) in spread.iter().enumerate() {
        for lane in 0..SPREAD {
            let factor = if y.is_some() { factors[at * SPREAD + lane] } else { one };
            sums[lane] = simd.mul_add_e_f64s(x[lane], factor, sums[lane]);
        }
    }
    for (lane, &x) in last.iter().enumerate() {
        let factor = if y.is_some() { factors[spread.len() * SPREAD + lane] } else { one };
        sums[lane] = simd.mul_add_e_f64s(x, factor, sums[lane]);
    }
    let pairs = [simd.add_f64s(sums[0], sums[1]), simd.add_f64s(sums[2], sums[3])];
    let mut total = simd.reduce_sum_f64s(simd.add_f64s(pairs[0], pairs[1]));
    let begin = x.len() - rest.len();
    for (i, x) in rest.iter().enumerate() {
        total += x * y.map_or(1.0, |y| y[begin + i]);
    }
    total
}

/// Number of independent partial results of a range.
const RANGE_LANES: usize = 8;

vectorised! {
    /// `Σ xᵢ`
    fn sum<simd>(x: &'a [f64]) -> f64 {
        total(simd, x, None)
    }

    /// `Σ xᵢ yᵢ`
    fn dot<simd>(x: &'a [f64], y: &'a [f64]) -> f64 {
        total(simd, x, Some(y))
    }

    /// The smallest and largest `xᵢ` with a weight above 0; infinite if there are none.
    fn weighted_range<_simd>(weights: &'a [f64], x: &'a [f64]) -> (f64, f64) {
        let (mut low, mut high) = ([f64::INFINITY; RANGE_LANES], [f64::NEG_INFINITY; RANGE_LANES]);
        for (x, weights) in x.chunks(RANGE_LANES).zip(weights.chunks(RANGE_LANES)) {
            for (((&x, &weight), low), high) in x.iter().zip(weights).zip(&mut low).zip(&mut high) {
                *low = if x < *low && weight > 0.0 { x } else { *low };
                *high = if x > *high && weight > 0.0 { x } else { *high };
            }
        }
        let low = low.into_iter().fold(f64::INFINITY, f64::min);
        (low, high.into_iter().fold(f64::NEG_INFINITY, f64::max))
    }

    /// Writes a matrix with rows of `n_columns` numbers to `to` column by column, in columns of `n_rows` numbers.
    fn transpose<_simd>(rows: &'a [f64], n_columns: usize, n_rows: usize, to: &'a mut [f64]) -> () {
        // reads a cache line of each row at a time; column by column, the line would be fetched again for each number
        for first in (0..n_columns).step_by(8) {
            let columns = first..n_columns.min(first + 8);
            for (i, row) in rows.chunks_exact(n_columns).enumerate() {
                for j in columns.clone() {
                    to[j * n_rows + i] = row[j];
                }
            }
        }
    }

    /// Writes `xᵢ yᵢ` to `to`.
    fn multiply<_simd>(x: &'a [f64], y: &'a [f64], to: &'a mut [f64]) -> () {
        for ((to, x), y) in to.iter_mut().zip(x).zip(y) {
            *to = x * y;
        }
    }

    /// Adds `wᵢ (xᵢ - c)` to `to`.
    fn add_weighted<_simd>(weights: &'a [f64], x: &'a [f64], c: f64, to: &'a mut [f64]) -> () {
        for ((to, &weight), &x) in to.iter_mut().zip(weights).zip(x) {
            *to += weight * (x - c);
        }
    }

    /// Replaces `xᵢ` by `constant - factor xᵢ`.
    fn subtract_multiple<_simd>(x: &'a mut [f64], constant: f64, factor: f64) -> () {
        for x in x.iter_mut() {
            *x = constant - factor * *x;
        }
    }

    /// Replaces labels and distances by `label` and `distanceᵢ` where the new distance is smaller.
    fn keep_nearest<_simd>(
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
    fn reductions_include_every_element_once() {
        for n in 0..140 {
            let x: Vec<f64> = (0..n).map(f64::from).collect();
            let n = f64::from(n);
            assert_eq!(sum(&x), n * (n - 1.0) / 2.0);
            assert_eq!(dot(&x, &x), (n - 1.0) * n * (2.0 * n - 1.0) / 6.0);
        }
    }
}
