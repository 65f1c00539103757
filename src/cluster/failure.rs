//! Errors that cross processes: an engine hands them on as text, wrapped in text of its own.

use std::fmt::{self, Display, Formatter};

use datafusion::error::DataFusionError;

use crate::error::Error;

/// What goes wrong while rows are added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// A column has a value that cannot be used.
    Column {
        /// The column, counted from 0.
        column: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// Anything else, in words.
    Other(String),
}

/// What a failure begins with in the text of an engine.
const START: &str = "<<mixlab ";
/// What it ends with.
const END: &str = ">>";

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column { column, problem } => write!(f, "{START}{column} {problem}{END}"),
            Self::Other(problem) => write!(f, "{START}- {problem}{END}"),
        }
    }
}

impl Failure {
    /// A column with values that are missing.
    pub(super) fn missing(column: usize) -> Self {
        Self::Column { column, problem: "values are missing".into() }
    }

    /// The failure in the text of an engine, if there is one.
    pub(super) fn find(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once(START)?;
        let (told, _) = rest.split_once(END)?;
        let (column, problem) = told.split_once(' ')?;
        // text that was printed as a debug text on its way
        let problem = problem.replace("\\\"", "\"").replace("\\\\", "\\");
        Some(match column.parse() {
            Ok(column) => Self::Column { column, problem },
            Err(_) => Self::Other(problem),
        })
    }
}

impl From<Failure> for DataFusionError {
    fn from(failure: Failure) -> Self {
        Self::Execution(failure.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::NonFinite { column, value, .. } => {
                Self::Column { column, problem: format!("a value is {value}") }
            }
            other => Self::Other(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_found_in_what_engines_make_of_them() {
        for failure in [Failure::missing(3), Failure::Other("the \"request\" is \\ cut off".into())]
        {
            let error = DataFusionError::from(failure.clone());
            assert_eq!(Failure::find(&format!("job x failed: {error}")), Some(failure.clone()));
            let twice = format!("{:?}", error.to_string());
            assert_eq!(Failure::find(&twice), Some(failure));
        }
        assert_eq!(Failure::find("no space left on device"), None);
    }
}
