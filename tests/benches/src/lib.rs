//! Contains only benchmarks; see `kernels`.
