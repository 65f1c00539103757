//! Named arrays and texts, wherever they are stored.

use std::io;

use ndarray::{ArrayD, ArrayViewD};

use crate::arrays::{Archive, ArchiveWriter};
use crate::error::Result;

/// Arrays and texts to read by name.
pub(super) trait Read {
    /// All names.
    fn names(&self) -> Vec<String>;

    /// The array of a name.
    fn get(&mut self, name: &str) -> Result<ArrayD<f64>>;

    /// The text of a name, if there is one.
    fn find_text(&mut self, name: &str) -> Result<Option<String>>;
}

/// Arrays and texts to write by name.
pub(super) trait Write {
    fn array(&mut self, name: &str, array: ArrayViewD<'_, f64>) -> io::Result<()>;

    fn integers(&mut self, name: &str, values: &[i64]) -> io::Result<()>;

    fn text(&mut self, name: &str, text: &str) -> io::Result<()>;
}

impl Read for Archive {
    fn names(&self) -> Vec<String> {
        self.names()
    }

    fn get(&mut self, name: &str) -> Result<ArrayD<f64>> {
        self.get(name)
    }

    fn find_text(&mut self, name: &str) -> Result<Option<String>> {
        self.find_text(name)
    }
}

impl Write for ArchiveWriter {
    fn array(&mut self, name: &str, array: ArrayViewD<'_, f64>) -> io::Result<()> {
        self.array(name, &array)
    }

    fn integers(&mut self, name: &str, values: &[i64]) -> io::Result<()> {
        self.integers(name, values)
    }

    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.text(name, text)
    }
}
