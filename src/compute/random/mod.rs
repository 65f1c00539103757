//! Random numbers: any number of independent streams of one seed.

mod chacha;
mod ziggurat;

#[cfg(feature = "plot")]
use ndarray::{Array2, ArrayView2, Axis};
#[cfg(feature = "plot")]
use rand::seq::SliceRandom;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub(crate) use chacha::BatchedRng;
pub(crate) use ziggurat::fill_normal;

/// The generator of stream `index` of `seed`. Streams of one seed never overlap, so blocks, restarts and grid cells can draw
/// in parallel and still give the same numbers on any machine.
pub(crate) fn stream(seed: u64, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index);
    rng
}

/// The child seed with number `index` of `seed`.
pub(crate) fn child_seed(seed: u64, index: u64) -> u64 {
    stream(seed, index).next_u64()
}

/// Index at which the running sum of `shares` exceeds `level`; that of the last positive share if rounding leaves it below.
pub(crate) fn index_at<'a>(
    shares: impl DoubleEndedIterator<Item = &'a f64> + ExactSizeIterator + Clone,
    mut level: f64,
) -> usize {
    let exceeded = shares.clone().position(|share| {
        level -= share;
        level < 0.0
    });
    let mut shares = shares;
    exceeded.or_else(|| shares.rposition(|&share| share > 0.0)).unwrap_or(0)
}

/// Draws at most `most` rows at random without replacement, in random order.
#[cfg(feature = "plot")]
pub(crate) fn some_rows(rows: ArrayView2<'_, f64>, most: usize) -> Array2<f64> {
    let mut order: Vec<usize> = (0..rows.nrows()).collect();
    let (chosen, _) = order.partial_shuffle(&mut stream(0, 0), most);
    rows.select(Axis(0), chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn child_seeds_are_reproducible_and_distinct() {
        assert_eq!(child_seed(7, 1), child_seed(7, 1));
        assert_ne!(child_seed(7, 1), child_seed(7, 2));
        assert_ne!(child_seed(7, 1), child_seed(8, 1));
    }
}
