//! ChaCha with eight rounds (Bernstein 2008), sixteen blocks side by side in vector registers.

use pulp::{Simd, WithSimd};
use rand::{Error, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::compute::simd;

/// Number of blocks that are computed at once, the same on every instruction set: it determines the order of the numbers.
const LANES: usize = 16;
/// Numbers of 64 bits in these blocks.
const BATCH: usize = 8 * LANES;
/// Double rounds.
const DOUBLE_ROUNDS: usize = 4;
/// "expand 32-byte k"
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];
/// A generator for many numbers: the blocks of a stream of [`ChaCha8Rng`], of sixteen blocks word by word. It is several times as fast
/// where a whole batch is used, and wastes most of one otherwise.
#[derive(Debug, Clone)]
pub(crate) struct BatchedRng {
    key: [u32; 8],
    stream: u64,
    /// Number of blocks computed before.
    counter: u64,
    batch: [u64; BATCH],
    /// Number of numbers of the batch that were drawn.
    n_drawn: usize,
}

impl BatchedRng {
    /// The generator of stream `index` of `seed`.
    pub(crate) fn new(seed: u64, index: u64) -> Self {
        let mut key = [0; 8];
        let bytes = ChaCha8Rng::seed_from_u64(seed).get_seed();
        for (word, bytes) in key.iter_mut().zip(bytes.as_chunks().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        Self { key, stream: index, counter: 0, batch: [0; BATCH], n_drawn: BATCH }
    }

    #[cold]
    fn refill(&mut self) {
        simd::run(Refill(self));
        self.counter += LANES as u64;
        self.n_drawn = 0;
    }
}

impl RngCore for BatchedRng {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    #[inline]
    fn next_u64(&mut self) -> u64 {
        if self.n_drawn == BATCH {
            self.refill();
        }
        let number = self.batch[self.n_drawn];
        self.n_drawn += 1;
        number
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for bytes in bytes.chunks_mut(8) {
            bytes.copy_from_slice(&self.next_u64().to_le_bytes()[..bytes.len()]);
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

/// Computes the next batch. Operations are of whole numbers, so that every instruction set gives the same ones.
struct Refill<'a>(&'a mut BatchedRng);

impl WithSimd for Refill<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self(rng) = self;
        let blocks: [u64; LANES] = std::array::from_fn(|lane| rng.counter + lane as u64);
        let mut start = [[0; LANES]; 16];
        for (lanes, word) in start.iter_mut().zip(CONSTANTS.into_iter().chain(rng.key)) {
            *lanes = [word; LANES];
        }
        start[12] = blocks.map(|block| block as u32);
        start[13] = blocks.map(|block| (block >> 32) as u32);
        start[14] = [rng.stream as u32; LANES];
        start[15] = [(rng.stream >> 32) as u32; LANES];
        let mut state = start;
        for _ in 0..DOUBLE_ROUNDS {
            // columns, then diagonals
            quarter_round::<0, 4, 8, 12>(&mut state);
            quarter_round::<1, 5, 9, 13>(&mut state);
            quarter_round::<2, 6, 10, 14>(&mut state);
            quarter_round::<3, 7, 11, 15>(&mut state);
            quarter_round::<0, 5, 10, 15>(&mut state);
            quarter_round::<1, 6, 11, 12>(&mut state);
            quarter_round::<2, 7, 8, 13>(&mut state);
            quarter_round::<3, 4, 9, 14>(&mut state);
        }
        let (numbers, _) = rng.batch.as_chunks_mut::<LANES>();
        for (word, numbers) in numbers.iter_mut().enumerate() {
            let half = |half: usize| sum(&state[half], &start[half]);
            let halves = half(2 * word).into_iter().zip(half(2 * word + 1));
            for (number, (low, high)) in numbers.iter_mut().zip(halves) {
                *number = u64::from(low) | u64::from(high) << 32;
            }
        }
    }
}

#[inline(always)]
fn sum(a: &[u32; LANES], b: &[u32; LANES]) -> [u32; LANES] {
    std::array::from_fn(|lane| a[lane].wrapping_add(b[lane]))
}

/// A quarter round of all lanes.
// clippy suggests to iterate over one of the four words
#[allow(clippy::needless_range_loop)]
#[inline(always)]
fn quarter_round<const A: usize, const B: usize, const C: usize, const D: usize>(
    state: &mut [[u32; LANES]; 16],
) {
    for lane in 0..LANES {
        let [mut a, mut b, mut c, mut d] = [A, B, C, D].map(|word| state[word][lane]);
        a = a.wrapping_add(b);
        d = (d ^ a).rotate_left(16);
        c = c.wrapping_add(d);
        b = (b ^ c).rotate_left(12);
        a = a.wrapping_add(b);
        d = (d ^ a).rotate_left(8);
        c = c.wrapping_add(d);
        b = (b ^ c).rotate_left(7);
        for (word, value) in [(A, a), (B, b), (C, c), (D, d)] {
            state[word][lane] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::random::stream;

    #[test]
    fn batches_are_the_blocks_of_the_generator_word_by_word() {
        let (mut batched, mut expected) = (BatchedRng::new(7, 1 << 40), stream(7, 1 << 40));
        for _ in 0..3 {
            let blocks: Vec<u64> = (0..BATCH).map(|_| expected.next_u64()).collect();
            for number in 0..BATCH {
                let (word, block) = (number / LANES, number % LANES);
                assert_eq!(batched.next_u64(), blocks[8 * block + word]);
            }
        }
    }

    #[test]
    fn bytes_are_those_of_the_numbers() {
        let (mut of_bytes, mut of_numbers) = (BatchedRng::new(1, 2), BatchedRng::new(1, 2));
        let mut bytes = [0; 13];
        of_bytes.fill_bytes(&mut bytes);
        assert_eq!(bytes[..8], of_numbers.next_u64().to_le_bytes());
        assert_eq!(bytes[8..], of_numbers.next_u64().to_le_bytes()[..5]);
        assert_eq!(of_bytes.next_u32(), of_numbers.next_u32());
    }
}
