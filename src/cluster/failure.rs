//! Errors that are sent between processes: the engine passes them on as text inside its own messages.

use std::fmt::{self, Display, Formatter};

use datafusion::error::DataFusionError;

use crate::error::Error;

/// An error while rows are aggregated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// A column has an invalid value.
    Column {
        /// Index of the column.
        column: usize,
        /// The problem with its values.
        problem: String,
    },
    /// Any other error, as text.
    Other(String),
}

/// Marks the start of a failure in the text of an engine.
const START: &str = "<<mixlab ";
/// Marks the end.
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
    /// Finds a failure in the text of an engine.
    pub(super) fn find(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once(START)?;
        let (body, _) = rest.split_once(END)?;
        let (column, problem) = body.split_once(' ')?;
        // undoes the escapes of a text that was formatted with Debug on the way
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
    fn failures_are_found_in_messages_of_the_engine() {
        for failure in [
            Failure::Column { column: 3, problem: "it is infinite".into() },
            Failure::Other("the \"request\" is \\ cut off".into()),
        ] {
            let error = DataFusionError::from(failure.clone());
            assert_eq!(Failure::find(&format!("job x failed: {error}")), Some(failure.clone()));
            let debug = format!("{:?}", error.to_string());
            assert_eq!(Failure::find(&debug), Some(failure));
        }
        assert_eq!(Failure::find("no space left on device"), None);
    }
}
