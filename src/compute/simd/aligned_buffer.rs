//! A buffer whose numbers start at a cache line.

use std::ops::{Deref, DerefMut};

/// Size of a cache line and of the widest vector register, in bytes.
const LINE: usize = 64;

/// A buffer of numbers that starts at a cache line, so that no vector register is loaded from two lines. A `Vec<f64>` alone
/// is not aligned to a line, and each load of a full register then costs two.
#[derive(Debug, Default)]
pub(crate) struct AlignedBuffer {
    numbers: Vec<f64>,
    start: usize,
    len: usize,
}

impl AlignedBuffer {
    /// Resizes the buffer to `len` numbers; values are those of earlier uses or 0.
    pub(crate) fn resize(&mut self, len: usize) -> &mut [f64] {
        let most_skipped = LINE / size_of::<f64>() - 1;
        if self.numbers.len() < len + most_skipped {
            self.numbers.resize(len + most_skipped, 0.0);
            // never more than the extra length: a line holds a whole number of numbers
            self.start = self.numbers.as_ptr().align_offset(LINE).min(most_skipped);
        }
        self.len = len;
        self
    }

    /// Resizes the buffer to `len` numbers, all `value`.
    pub(crate) fn fill_with(&mut self, len: usize, value: f64) -> &mut [f64] {
        let numbers = self.resize(len);
        numbers.fill(value);
        numbers
    }
}

impl Deref for AlignedBuffer {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.numbers[self.start..self.start + self.len]
    }
}

impl DerefMut for AlignedBuffer {
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.numbers[self.start..self.start + self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_of_any_size_start_at_a_cache_line() {
        let mut buffer = AlignedBuffer::default();
        for len in [1, 9, 3, 1000, 0, 70_000] {
            assert_eq!(buffer.fill_with(len, 1.0).len(), len);
            assert_eq!(buffer.as_ptr().align_offset(LINE), 0);
            assert!(buffer.iter().all(|&number| number == 1.0));
        }
    }
}
