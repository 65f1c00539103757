//! Notebooks: how values show themselves in [evcxr](https://github.com/evcxr/evcxr), the Jupyter kernel for Rust.
//!
//! A cell of a notebook shows its last expression. evcxr calls `evcxr_display` on it if there is such a method,
//! and prints it with `{:?}` otherwise. [`Show`] is that method for everything in mixlab that is worth seeing:
//! pictures as PNG, which every viewer of notebooks can show, and models, reports and arrays as tables. It is in the
//! [`prelude`](crate::prelude).
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
//! With the feature `notebooks`, `run` executes whole notebooks.

mod arrays;
mod models;
#[cfg(feature = "plot")]
mod pictures;
#[cfg(feature = "notebooks")]
pub mod run;

use std::io::{self, Write};

use crate::error::{Error, Result};
use crate::report::text_table::TextTable;

/// Most lines of a table that a cell shows.
const LINES: usize = 24;

/// What shows itself as the last expression of a notebook cell.
pub trait Show {
    /// What it shows.
    ///
    /// # Errors
    /// [`Error::Drawing`] for pictures.
    fn shown(&self) -> Result<Shown>;

    /// Shows it; evcxr calls this. What goes wrong is told on standard error.
    fn evcxr_display(&self) {
        let told = self.shown().and_then(|shown| {
            let mut out = io::stdout().lock();
            shown.write(&mut out).map_err(|source| Error::io("standard output", source))
        });
        if let Err(error) = told {
            eprintln!("{error}");
        }
    }
}

/// One value in one or more media types, of which a viewer shows the richest it can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Media types with their contents; pictures in base 64.
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

    /// Writes the contents as evcxr reads them.
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
