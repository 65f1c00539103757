//! Only benchmarks; see `kernels`.
