//! Options of reading a table.

use std::io;
use std::path::{Path, PathBuf};

use super::choice::Choice;
use super::kind_choice::KindChoice;
use crate::compute::memory::MemoryBudget;
use crate::error::Error;

/// Options of a [`TableReader`](super::TableReader).
#[derive(Debug, Clone, Default)]
pub(super) struct ReadOptions {
    pub(super) choice: Choice,
    pub(super) kinds: KindChoice,
    /// Columns of the file that are read as text, since a part of it has shown that they are no numbers or dates.
    pub(super) as_text: Vec<usize>,
    /// Whether the first line of a text table is a header; none to detect it.
    pub(super) header: Option<bool>,
    /// Number of lines to skip before the table.
    pub(super) skip: usize,
    /// Separator of the values of a text table; none to detect it. A space represents any white space.
    pub(super) separator: Option<char>,
    /// Decimal mark of a text table, a point or a comma; none to detect it.
    pub(super) decimal_mark: Option<char>,
    /// Texts that are missing values of a text table, in addition to the usual ones.
    pub(super) missing_values: Vec<String>,
    /// Beginning of the comments of a text table; empty if there are none; none for `#`.
    pub(super) comment: Option<String>,
    /// Whether rows with missing values are dropped.
    pub(super) drop_missing: bool,
    /// Whether columns that are not selected are kept as text.
    pub(super) carry: bool,
    /// Whether the values of all columns of a text table are kept as text as well.
    pub(super) keep_texts: bool,
    pub(super) budget: MemoryBudget,
}

impl ReadOptions {
    /// Whether rows with missing values are dropped while rows are read: their columns are known before.
    pub(super) fn drops_while_reading(&self) -> bool {
        self.drop_missing && !self.kinds.detects()
    }
}

/// The file that is read, for messages, and the options.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) options: ReadOptions,
    /// Whether the path is that of a file which was opened, not the name of a pipe.
    pub(super) is_opened: bool,
}

impl Source {
    pub(super) fn new(path: &Path, options: &ReadOptions) -> Self {
        Self { path: path.into(), options: options.clone(), is_opened: false }
    }

    /// Whether the file can be read again from its beginning.
    pub(super) fn can_repeat(&self) -> bool {
        self.is_opened && self.path.metadata().is_ok_and(|metadata| metadata.is_file())
    }

    pub(super) fn io(&self, error: io::Error) -> Error {
        Error::io(&self.path, error)
    }

    /// Returns an [`Error::Table`]; line and column are counted from 1.
    pub(super) fn table(&self, line: usize, column: usize, problem: String) -> Error {
        Error::Table { path: self.path.clone(), line, column, problem }
    }

    /// Returns the error for a table without rows, of which `n_dropped` were dropped.
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
