//! Numerical foundations: SIMD kernels, linear algebra, random numbers, threads and memory budgets.

pub(crate) mod lanczos;
pub(crate) mod linalg;
pub(crate) mod memory;
pub(crate) mod normal;
pub(crate) mod progress;
pub(crate) mod quadrature;
pub(crate) mod quantile;
pub(crate) mod random;
pub(crate) mod simd;
pub(crate) mod student;
pub(crate) mod threads;
pub(crate) mod ties;
