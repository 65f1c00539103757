//! How a table is read.

use std::io;
use std::path::{Path, PathBuf};

use super::choice::Choice;
use crate::compute::memory::MemoryBudget;
use crate::error::Error;

/// What a [`TableReader`](super::TableReader) was told.
#[derive(Debug, Clone, Default)]
pub(super) struct ReadOptions {
    pub(super) choice: Choice,
    /// Whether the first line of a text names the columns; none if its content says so.
    pub(super) header: Option<bool>,
    /// Lines before those of the table.
    pub(super) skip: usize,
    /// Whether rows that miss a value are left out.
    pub(super) drop_missing: bool,
    /// Whether columns that are not chosen are kept as text.
    pub(super) carry: bool,
    pub(super) budget: MemoryBudget,
}

/// What is read: its name, for messages, and how it is read.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) options: ReadOptions,
}

impl Source {
    pub(super) fn new(path: &Path, options: &ReadOptions) -> Self {
        Self { path: path.into(), options: options.clone() }
    }

    pub(super) fn io(&self, error: io::Error) -> Error {
        Error::io(&self.path, error)
    }

    /// An [`Error::Table`]; line and column are counted from 1.
    pub(super) fn table(&self, line: usize, column: usize, problem: String) -> Error {
        Error::Table { path: self.path.clone(), line, column, problem }
    }

    /// An error for a table of which no row is left, `n_dropped` having missing values.
    pub(super) fn no_rows(&self, n_dropped: usize) -> Error {
        let path = self.path.clone();
        match n_dropped {
            0 => Error::EmptyTable { path },
            n_rows => Error::NothingComplete { path, n_rows },
        }
    }

    pub(super) fn array_format(&self, problem: String) -> Error {
        Error::ArrayFormat { path: self.path.clone(), problem }
    }
}
