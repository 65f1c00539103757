//! Random numbers: one seed, any number of independent streams.

#[cfg(feature = "plot")]
use ndarray::{Array2, ArrayView2, Axis};
#[cfg(feature = "plot")]
use rand::seq::SliceRandom;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The generator of stream `index` under `seed`. Streams of one seed never overlap, so that blocks,
/// restarts and grid cells can draw in parallel and still give the same numbers on any machine.
pub(crate) fn stream(seed: u64, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index);
    rng
}

/// The seed that child `index` of `seed` gets.
pub(crate) fn child_seed(seed: u64, index: u64) -> u64 {
    stream(seed, index).next_u64()
}

/// At most so many of the rows, drawn at random without replacement, in an order of their own.
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
    fn children_differ_and_repeat() {
        assert_eq!(child_seed(7, 1), child_seed(7, 1));
        assert_ne!(child_seed(7, 1), child_seed(7, 2));
        assert_ne!(child_seed(7, 1), child_seed(8, 1));
    }
}
