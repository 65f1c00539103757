//! Memory whose numbers begin at a cache line.

use std::ops::{Deref, DerefMut};

/// Bytes of a cache line, and of the widest vector register.
const LINE: usize = 64;

/// Numbers that begin at a cache line, so that no vector register is filled from two of them: a vector of `f64`
/// alone begins anywhere, and then every load of a whole register costs two.
#[derive(Debug, Default)]
pub(crate) struct AlignedBuffer {
    numbers: Vec<f64>,
    start: usize,
    len: usize,
}

impl AlignedBuffer {
    /// Makes room for `len` numbers, whose values are left over from earlier uses or 0.
    pub(crate) fn resize(&mut self, len: usize) -> &mut [f64] {
        let most_skipped = LINE / size_of::<f64>() - 1;
        if self.numbers.len() < len + most_skipped {
            self.numbers.resize(len + most_skipped, 0.0);
            // never more than what was added: a line is a whole number of numbers
            self.start = self.numbers.as_ptr().align_offset(LINE).min(most_skipped);
        }
        self.len = len;
        self
    }

    /// Makes room for `len` numbers, all `value`.
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
    fn every_size_begins_at_a_line() {
        let mut buffer = AlignedBuffer::default();
        for len in [1, 9, 3, 1000, 0, 70_000] {
            assert_eq!(buffer.fill_with(len, 1.0).len(), len);
            assert_eq!(buffer.as_ptr().align_offset(LINE), 0);
            assert!(buffer.iter().all(|&number| number == 1.0));
        }
    }
}
