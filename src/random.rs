//! Random numbers: one seed, any number of independent streams.

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
