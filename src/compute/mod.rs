//! What computes: kernels, linear algebra, random numbers, threads, memory.

pub(crate) mod linalg;
pub(crate) mod memory;
pub(crate) mod progress;
pub(crate) mod random;
pub(crate) mod simd;
pub(crate) mod threads;
pub(crate) mod ties;
