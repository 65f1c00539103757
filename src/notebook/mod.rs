//! Notebooks: display of values in [evcxr](https://github.com/evcxr/evcxr), the Jupyter kernel for Rust.
//!
//! A cell of a notebook displays its last expression: evcxr calls the method `evcxr_display` if there is one, and prints the
//! value with `{:?}` otherwise. [`Show`] implements this method: pictures are displayed as PNG, which every notebook viewer
//! supports, and models, reports and arrays as tables. It is in the [`prelude`](crate::prelude).
//!
//! ```
//! use mixlab::prelude::*;
//!
//! let moons: Labelled = datasets::moons();
//! let model: GaussianMixture = GaussianMixture::params(7).fit(&moons)?;
//! model.evcxr_display();      // in a notebook: `model` as the last line of a cell
//! # Ok::<(), mixlab::Error>(())
//! ```
//!
//! With the feature `notebooks`, the module `run` executes notebooks.

mod arrays;
mod models;
#[cfg(feature = "plot")]
mod pictures;
#[cfg(feature = "notebooks")]
pub mod run;

use std::io::{self, Write};

use crate::error::{Error, Result};
use crate::report::text_table::TextTable;

/// Maximum number of lines of a displayed table, and of elements of a displayed array.
const LINES: usize = 24;

/// A value that a notebook cell can display as its last expression.
pub trait Show {
    /// The displayed contents of the value.
    ///
    /// # Errors
    /// [`Error::Drawing`] for pictures.
    fn shown(&self) -> Result<Shown>;

    /// Displays the value; called by evcxr. Errors are printed to standard error.
    fn evcxr_display(&self) {
        let written = self.shown().and_then(|shown| {
            let mut out = io::stdout().lock();
            shown.write(&mut out).map_err(|source| Error::io("standard output", source))
        });
        if let Err(error) = written {
            eprintln!("{error}");
        }
    }
}

/// A value in one or more media types, of which a viewer displays the richest it supports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Media types with their contents; pictures are encoded in base 64.
    contents: Vec<(&'static str, String)>,
}

impl Shown {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { contents: vec![("text/plain", text.into())] }
    }

    /// A table, as text and as HTML.
    pub fn text_table(text_table: &TextTable) -> Self {
        let text = text_table.to_string();
        Self::text(text.trim_end()).also("text/html", text_table.html())
    }

    /// Adds another media type.
    fn also(mut self, media_type: &'static str, content: String) -> Self {
        self.contents.push((media_type, content));
        self
    }

    /// Writes the contents in the protocol of evcxr.
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for (media_type, content) in &self.contents {
            writeln!(out, "EVCXR_BEGIN_CONTENT {media_type}\n{content}\nEVCXR_END_CONTENT")?;
        }
        out.flush()
    }
}

impl Show for TextTable {
    fn shown(&self) -> Result<Shown> {
        Ok(Shown::text_table(&self.shortened(LINES)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_written_in_the_protocol_of_evcxr() {
        let text_table = TextTable::new(["k"]).line(["1"]);
        let mut written = Vec::new();
        text_table.shown().unwrap().write(&mut written).unwrap();
        let text = String::from_utf8(written).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..5],
            [
                "EVCXR_BEGIN_CONTENT text/plain",
                "k",
                "1",
                "EVCXR_END_CONTENT",
                "EVCXR_BEGIN_CONTENT text/html"
            ]
        );
        assert_eq!(lines.last(), Some(&"EVCXR_END_CONTENT"));
    }
}
