//! Against scikit-learn, and against arithmetic of 60 digits: values written by `tests/golden/generate.py`, which
//! says what they are.

mod cases;
mod models;
mod reader;
mod steps;
