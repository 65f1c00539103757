//! Constructors of the errors that many modules raise.

use std::path::PathBuf;
use std::sync::Arc;

use super::Error;

impl Error {
    /// An [`Error::Io`] for `path`.
    pub(crate) fn io(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Io { path: path.into(), source: Arc::new(source) }
    }

    /// An [`Error::InvalidParam`].
    pub(crate) fn param(name: &'static str, value: impl ToString, expected: &'static str) -> Self {
        Self::InvalidParam { name, value: value.to_string(), expected }
    }

    /// An [`Error::ShapeMismatch`].
    pub(crate) fn shape(what: &'static str, expected: impl ToString, found: impl ToString) -> Self {
        Self::ShapeMismatch { what, expected: expected.to_string(), found: found.to_string() }
    }
}
