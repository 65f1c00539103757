//! Comparison with scikit-learn, and with arithmetic of 60 digits: `tests/golden/generate.py` writes and documents the
//! reference values.

mod cases;
mod models;
mod reader;
mod steps;
