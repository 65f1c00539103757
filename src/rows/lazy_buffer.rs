//! Numbers that are computed when they are first asked for.

use std::mem;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::compute::simd::AlignedBuffer;

/// A buffer that is filled when it is first read, and whose memory is kept when its content is dropped.
#[derive(Debug, Default)]
pub(super) struct LazyBuffer {
    filled: OnceLock<AlignedBuffer>,
    /// Memory of an earlier content.
    spare: Mutex<AlignedBuffer>,
}

impl LazyBuffer {
    /// Drops the content.
    pub(super) fn clear(&mut self) {
        if let Some(buffer) = self.filled.take() {
            *self.spare.get_mut().unwrap_or_else(PoisonError::into_inner) = buffer;
        }
    }

    /// The numbers; if there are none, `fill` writes `len` of them.
    pub(super) fn get_or_fill(&self, len: usize, fill: impl FnOnce(&mut [f64])) -> &[f64] {
        self.filled.get_or_init(|| {
            let spare = &mut *self.spare.lock().unwrap_or_else(PoisonError::into_inner);
            let mut buffer = mem::take(spare);
            fill(buffer.resize(len));
            buffer
        })
    }

    /// Replaces the content by `len` numbers to be written: those of earlier uses or 0.
    pub(super) fn resize(&mut self, len: usize) -> &mut [f64] {
        self.clear();
        self.get_or_fill(len, |_| ());
        self.get_mut().expect("filled")
    }

    /// The numbers, if there are any.
    pub(super) fn get_mut(&mut self) -> Option<&mut [f64]> {
        self.filled.get_mut().map(|buffer| &mut **buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_filled_once_until_it_is_cleared() {
        let mut buffer = LazyBuffer::default();
        assert_eq!(buffer.get_or_fill(2, |numbers| numbers.fill(1.0)), [1.0; 2]);
        assert_eq!(buffer.get_or_fill(2, |_| panic!("filled again")), [1.0; 2]);
        let memory = buffer.get_or_fill(2, |_| ()).as_ptr();
        buffer.clear();
        assert_eq!(buffer.get_or_fill(1, |numbers| numbers.fill(2.0)), [2.0]);
        assert_eq!(buffer.get_or_fill(1, |_| ()).as_ptr(), memory);
        buffer.resize(3).fill(4.0);
        assert_eq!(buffer.get_or_fill(3, |_| panic!("filled again")), [4.0; 3]);
    }
}
